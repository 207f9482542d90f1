//! One uncompressed picture in memory, planar, as the y4m and raw readers deliver it.

use std::ops::Range;

use crate::{Error, Result};

/// Largest picture that is read, in bytes: 16-bit 4:4:4 at 8192x8192 fits.
pub const MAX_FRAME_BYTES: u64 = 1 << 29;

/// How many chroma samples there are (`chroma_format_idc`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChromaSampling {
    /// 4:0:0, luma only.
    Monochrome,
    /// 4:2:0, chroma half in both directions.
    Yuv420,
    /// 4:2:2, chroma half in width.
    Yuv422,
    /// 4:4:4, chroma as large as luma.
    Yuv444,
}

impl ChromaSampling {
    /// `(log2 of SubWidthC, log2 of SubHeightC)`; `(0, 0)` for 4:0:0.
    pub fn shifts(self) -> (u32, u32) {
        match self {
            Self::Yuv420 => (1, 1),
            Self::Yuv422 => (1, 0),
            Self::Yuv444 | Self::Monochrome => (0, 0),
        }
    }

    /// `chroma_format_idc` of the sequence parameter set, 0..=3.
    pub fn idc(self) -> u8 {
        match self {
            Self::Monochrome => 0,
            Self::Yuv420 => 1,
            Self::Yuv422 => 2,
            Self::Yuv444 => 3,
        }
    }

    /// 1 for 4:0:0, else 3.
    pub fn plane_count(self) -> usize {
        if self == Self::Monochrome { 1 } else { 3 }
    }
}

impl std::fmt::Display for ChromaSampling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Monochrome => "4:0:0",
            Self::Yuv420 => "4:2:0",
            Self::Yuv422 => "4:2:2",
            Self::Yuv444 => "4:4:4",
        })
    }
}

/// Size and sample layout of a picture; checked on construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameFormat {
    width: usize,
    height: usize,
    chroma: ChromaSampling,
    bit_depth: u8,
}

impl FrameFormat {
    /// Describes pictures of `width` x `height` luma samples with `bit_depth` bits in every plane.
    ///
    /// # Errors
    /// Width or height 0 or above 65535, depth outside 8..=16, or a picture above [`MAX_FRAME_BYTES`].
    pub fn new(width: usize, height: usize, chroma: ChromaSampling, bit_depth: u8) -> Result<Self> {
        if !(1..=65535).contains(&width) || !(1..=65535).contains(&height) {
            return Err(Error::malformed("picture size", format!("{width}x{height} is not in 1..=65535")));
        }
        if !(8..=16).contains(&bit_depth) {
            return Err(Error::unsupported("sample format", format!("a bit depth of {bit_depth}")));
        }
        let format = Self { width, height, chroma, bit_depth };
        let bytes = format.frame_bytes() as u64;
        if bytes > MAX_FRAME_BYTES {
            return Err(Error::Limit {
                place: "bytes per picture".into(),
                asked: bytes,
                allowed: MAX_FRAME_BYTES,
            });
        }
        Ok(format)
    }

    /// Luma width in samples.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Luma height in samples.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Chroma sampling.
    pub fn chroma(&self) -> ChromaSampling {
        self.chroma
    }

    /// Bits per sample of every plane, 8..=16.
    pub fn bit_depth(&self) -> u8 {
        self.bit_depth
    }

    /// `(width, height)` of `plane` in samples; chroma of odd sizes is rounded up.
    pub fn plane_size(&self, plane: usize) -> (usize, usize) {
        if plane == 0 {
            return (self.width, self.height);
        }
        let (shift_x, shift_y) = self.chroma.shifts();
        (self.width.div_ceil(1 << shift_x), self.height.div_ceil(1 << shift_y))
    }

    /// Where `plane` lies in the samples of a [`Frame`]; empty for a plane that the format lacks.
    pub fn plane_range(&self, plane: usize) -> Range<usize> {
        let size = |p: usize| {
            let (w, h) = self.plane_size(p);
            if p < self.chroma.plane_count() { w * h } else { 0 }
        };
        let start = (0..plane).map(size).sum();
        start..start + size(plane)
    }

    /// Samples of all planes together.
    pub fn sample_count(&self) -> usize {
        self.plane_range(2).end
    }

    /// 1 for 8 bits, else 2.
    pub fn bytes_per_sample(&self) -> usize {
        if self.bit_depth == 8 { 1 } else { 2 }
    }

    /// Bytes of one picture in a file.
    pub fn frame_bytes(&self) -> usize {
        self.sample_count() * self.bytes_per_sample()
    }
}

/// Samples of all planes, one plane after the other, rows without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Samples {
    /// 8-bit samples.
    U8(Vec<u8>),
    /// Samples of 9 to 16 bits.
    U16(Vec<u16>),
}

/// One uncompressed picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Size and layout.
    pub format: FrameFormat,
    /// Exactly `format.sample_count()` samples.
    pub samples: Samples,
}

/// Memory for pictures to be read: fresh memory for each would cost the system some percent of a fast encode.
#[derive(Debug, Default)]
pub(crate) struct FrameMemory {
    bytes: Vec<u8>,
    words: Vec<u16>,
}

impl FrameMemory {
    /// Room for the bytes of a picture as a file has them, with any contents.
    pub(crate) fn bytes(&mut self, format: FrameFormat) -> &mut [u8] {
        self.bytes.resize(format.frame_bytes(), 0);
        &mut self.bytes
    }

    /// The picture whose bytes (little endian above 8 bits) were put there.
    ///
    /// Samples above the largest value of the depth are clipped to it, since files exist whose header understates
    /// the depth and nothing after this point tolerates such samples.
    pub(crate) fn frame(&mut self, format: FrameFormat) -> Frame {
        debug_assert_eq!(self.bytes.len(), format.frame_bytes());
        let samples = if format.bytes_per_sample() == 1 {
            Samples::U8(std::mem::take(&mut self.bytes))
        } else {
            let max = u16::MAX >> (16 - format.bit_depth);
            let mut words = std::mem::take(&mut self.words);
            words.clear();
            let pairs = self.bytes.chunks_exact(2);
            words.extend(pairs.map(|pair| u16::from_le_bytes([pair[0], pair[1]]).min(max)));
            Samples::U16(words)
        };
        Frame { format, samples }
    }

    /// Takes a picture nobody needs any more.
    pub(crate) fn reuse(&mut self, frame: Frame) {
        match frame.samples {
            Samples::U8(bytes) => self.bytes = bytes,
            Samples::U16(words) => self.words = words,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_sizes_round_chroma_up() {
        let format = FrameFormat::new(5, 3, ChromaSampling::Yuv420, 8).expect("legal");
        assert_eq!(format.plane_size(1), (3, 2));
        assert_eq!(format.plane_range(2), 21..27);
        assert_eq!(format.frame_bytes(), 27);
        let format = FrameFormat::new(5, 3, ChromaSampling::Yuv422, 10).expect("legal");
        assert_eq!(format.frame_bytes(), 2 * (15 + 9 + 9));
        let format = FrameFormat::new(5, 3, ChromaSampling::Monochrome, 12).expect("legal");
        assert_eq!((format.frame_bytes(), format.plane_range(1)), (30, 15..15));
    }

    #[test]
    fn sizes_that_cannot_be_are_refused() {
        assert!(FrameFormat::new(0, 3, ChromaSampling::Yuv420, 8).is_err());
        assert!(FrameFormat::new(5, 70000, ChromaSampling::Yuv420, 8).is_err());
        assert!(FrameFormat::new(5, 3, ChromaSampling::Yuv420, 7).is_err());
        assert!(matches!(
            FrameFormat::new(65535, 65535, ChromaSampling::Yuv444, 16),
            Err(Error::Limit { .. })
        ));
    }

    #[test]
    fn deep_samples_are_little_endian_and_clipped() {
        let format = FrameFormat::new(2, 1, ChromaSampling::Monochrome, 10).expect("legal");
        let mut memory = FrameMemory::default();
        memory.bytes(format).copy_from_slice(&[0x34, 0x02, 0xff, 0xff]);
        let frame = memory.frame(format);
        assert_eq!(frame.samples, Samples::U16(vec![0x234, 1023]));
        memory.reuse(frame);
        memory.bytes(format).copy_from_slice(&[1, 0, 2, 0]);
        assert_eq!(memory.frame(format).samples, Samples::U16(vec![1, 2]));
    }
}
