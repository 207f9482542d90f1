//! One picture as the commands pass it around, wherever it came from.

use std::io::Write;
use std::sync::Arc;

use md5::{Digest, Md5};
use rivus::{ChromaFormat, Picture, Planes, Scan};
use rivus_stream::frame::{ChromaSampling, Frame, FrameFormat, Samples};
use rivus_stream::raw;
use rivus_stream::y4m::Interlacing;

/// Size and sample layout; luma and chroma may differ in depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ImageFormat {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) chroma: ChromaSampling,
    pub(crate) depth_luma: u8,
    pub(crate) depth_chroma: u8,
}

impl ImageFormat {
    /// Bits per sample of `plane`.
    pub(crate) fn depth(&self, plane: usize) -> u8 {
        if plane == 0 { self.depth_luma } else { self.depth_chroma }
    }

    /// Largest depth of any plane that exists.
    pub(crate) fn max_depth(&self) -> u8 {
        if self.chroma == ChromaSampling::Monochrome {
            self.depth_luma
        } else {
            self.depth_luma.max(self.depth_chroma)
        }
    }

    /// Width and height of `plane`; chroma of odd sizes is rounded up.
    pub(crate) fn plane_size(&self, plane: usize) -> (usize, usize) {
        if plane == 0 {
            return (self.width, self.height);
        }
        let (shift_x, shift_y) = self.chroma.shifts();
        (self.width.div_ceil(1 << shift_x), self.height.div_ceil(1 << shift_y))
    }

    /// The same as a format of files, which have one depth for all planes.
    pub(crate) fn frame_format(&self, depth: u8) -> rivus_stream::Result<FrameFormat> {
        FrameFormat::new(self.width, self.height, self.chroma, depth)
    }
}

impl From<FrameFormat> for ImageFormat {
    fn from(format: FrameFormat) -> Self {
        Self {
            width: format.width(),
            height: format.height(),
            chroma: format.chroma(),
            depth_luma: format.bit_depth(),
            depth_chroma: format.bit_depth(),
        }
    }
}

impl std::fmt::Display for ImageFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{} {} {} bit", self.width, self.height, self.chroma, self.depth_luma)?;
        if self.depth_chroma != self.depth_luma && self.chroma != ChromaSampling::Monochrome {
            write!(f, " (chroma {} bit)", self.depth_chroma)?;
        }
        Ok(())
    }
}

/// A row of samples.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Row<'a> {
    U8(&'a [u8]),
    U16(&'a [u16]),
}

impl Row<'_> {
    /// Appends the samples, shifted left by `shift`.
    pub(crate) fn append_to(self, out: &mut Vec<u16>, shift: u32) {
        match self {
            Row::U8(row) => out.extend(row.iter().map(|&sample| u16::from(sample) << shift)),
            Row::U16(row) => out.extend(row.iter().map(|&sample| sample << shift)),
        }
    }
}

/// A picture; clones are cheap.
#[derive(Debug, Clone)]
pub(crate) enum Image {
    /// From a y4m or raw file, or converted.
    Frame(Arc<Frame>),
    /// From our decoder or the encoder's reconstruction, cropped.
    Decoded(Picture),
}

impl Image {
    /// Size and layout.
    pub(crate) fn format(&self) -> ImageFormat {
        match self {
            Self::Frame(frame) => frame.format.into(),
            Self::Decoded(picture) => ImageFormat {
                width: picture.width() as usize,
                height: picture.height() as usize,
                chroma: match picture.chroma_format() {
                    ChromaFormat::Monochrome => ChromaSampling::Monochrome,
                    ChromaFormat::Yuv420 => ChromaSampling::Yuv420,
                    ChromaFormat::Yuv422 => ChromaSampling::Yuv422,
                    ChromaFormat::Yuv444 => ChromaSampling::Yuv444,
                },
                depth_luma: picture.bit_depth_luma(),
                depth_chroma: picture.bit_depth_chroma(),
            },
        }
    }

    /// Field order, as far as the picture says.
    pub(crate) fn interlacing(&self) -> Interlacing {
        match self {
            Self::Frame(_) => Interlacing::Progressive,
            Self::Decoded(picture) => match picture.info().scan {
                Scan::TopFieldFirst => Interlacing::TopFieldFirst,
                Scan::BottomFieldFirst => Interlacing::BottomFieldFirst,
                // Most streams do not say, and are progressive; single fields are pictures of their own here.
                _ => Interlacing::Progressive,
            },
        }
    }

    /// Row `y` of `plane`; both must exist.
    pub(crate) fn row(&self, plane: usize, y: usize) -> Row<'_> {
        match self {
            Self::Frame(frame) => {
                let (width, _) = frame.format.plane_size(plane);
                let start = frame.format.plane_range(plane).start + y * width;
                match &frame.samples {
                    Samples::U8(samples) => Row::U8(&samples[start..start + width]),
                    Samples::U16(samples) => Row::U16(&samples[start..start + width]),
                }
            }
            Self::Decoded(picture) => match picture.planes() {
                Planes::U8(planes) => Row::U8(planes[plane].row(y)),
                Planes::U16(planes) => Row::U16(planes[plane].row(y)),
            },
        }
    }

    /// All rows, plane after plane.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let format = self.format();
        (0..format.chroma.plane_count())
            .flat_map(move |plane| (0..format.plane_size(plane).1).map(move |y| (plane, y)))
            .map(|(plane, y)| self.row(plane, y))
    }

    /// Writes all samples: one byte each if all depths are 8, else two bytes little endian for all planes.
    pub(crate) fn write_raw(&self, output: &mut impl Write) -> rivus_stream::Result<()> {
        self.rows().try_for_each(|row| match row {
            Row::U8(row) => raw::write_row_u8(output, row),
            Row::U16(row) => raw::write_row_u16(output, row),
        })
    }
}

/// MD5 over the samples of all pictures, as `Image::write_raw` writes them.
#[derive(Debug, Default)]
pub(crate) struct OutputHash(Md5);

impl OutputHash {
    /// Adds a picture.
    pub(crate) fn add(&mut self, image: &Image) {
        let mut bytes = Vec::new();
        for row in image.rows() {
            match row {
                Row::U8(row) => self.0.update(row),
                Row::U16(row) => {
                    bytes.clear();
                    bytes.extend(row.iter().flat_map(|sample| sample.to_le_bytes()));
                    self.0.update(&bytes);
                }
            }
        }
    }

    /// The hash in hexadecimal.
    pub(crate) fn finish(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A 4:2:0 picture whose samples follow from `seed`.
    pub(crate) fn noise(width: usize, height: usize, depth: u8, seed: u32) -> Image {
        let format = FrameFormat::new(width, height, ChromaSampling::Yuv420, depth).expect("legal");
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12345);
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as u16 >> (16 - depth)
        };
        let values: Vec<u16> = (0..format.sample_count()).map(|_| next()).collect();
        let samples = if depth == 8 {
            Samples::U8(values.iter().map(|&value| value as u8).collect())
        } else {
            Samples::U16(values)
        };
        Image::Frame(Arc::new(Frame { format, samples }))
    }

    #[test]
    fn hash_is_that_of_the_raw_file() {
        let image = noise(6, 4, 10, 3);
        let mut bytes = Vec::new();
        image.write_raw(&mut bytes).expect("memory");
        let mut hash = OutputHash::default();
        hash.add(&image);
        let expected: String = Md5::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash.finish(), expected);
    }
}
