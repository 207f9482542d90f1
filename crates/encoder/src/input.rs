//! Pictures as the caller gives them.

use crate::error::Error;
use crate::lookahead::gop::PictureKind;
use crate::request::Request;
use rivus_picture::{Block, ChromaFormat, Frame};
use rivus_syntax::sei::SeiPayload;

/// The planes of an input picture: Y, Cb, Cr.
#[derive(Clone, Copy)]
pub(crate) enum InputPlanes<'a> {
    U8([Block<'a, u8>; 3]),
    U16([Block<'a, u16>; 3]),
}

/// A 4:2:0 picture to be coded, borrowed from the caller. Chroma planes of odd sizes are rounded up.
///
/// ```
/// use rivus_encoder::InputPicture;
///
/// let (luma, chroma) = (vec![128u8; 64 * 48], vec![128u8; 32 * 24]);
/// let planes = [(&luma[..], 64), (&chroma[..], 32), (&chroma[..], 32)];
/// let picture = InputPicture::from_u8(64, 48, planes, 0)?.keyframe(true);
/// assert_eq!((picture.width(), picture.height()), (64, 48));
/// # Ok::<(), rivus_encoder::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct InputPicture<'a> {
    pub(crate) planes: InputPlanes<'a>,
    /// Bits per sample of luma and chroma.
    pub(crate) bit_depths: [u8; 2],
    pub(crate) pts: i64,
    pub(crate) request: Request<'a>,
}

fn refuse(property: &'static str, value: String, expected: &str) -> Error {
    Error::Picture { property, value, expected: expected.to_owned() }
}

/// Views of the planes, each given by its samples and the distance from row to row in samples.
fn blocks<'a, S: Copy>(
    width: usize,
    height: usize,
    planes: [(&'a [S], usize); 3],
) -> Result<[Block<'a, S>; 3], Error> {
    const NAMES: [&str; 3] = ["Y plane", "Cb plane", "Cr plane"];
    if width == 0 || height == 0 || width > 1 << 16 || height > 1 << 16 {
        return Err(refuse("size", format!("{width}x{height}"), "sides in 1..=65536"));
    }
    let size =
        |plane: usize| if plane == 0 { (width, height) } else { (width.div_ceil(2), height.div_ceil(2)) };
    for (plane, (samples, stride)) in planes.iter().enumerate() {
        let (w, h) = size(plane);
        let needed = stride.checked_mul(h - 1).and_then(|n| n.checked_add(w));
        if *stride < w || needed.is_none_or(|needed| needed > samples.len()) {
            let value = format!("{} samples with {stride} per row", samples.len());
            return Err(refuse(NAMES[plane], value, &format!("at least {w}x{h} samples")));
        }
    }
    let block = |plane: usize| {
        let (w, h) = size(plane);
        Block::new(planes[plane].0, 0, planes[plane].1, w, h)
    };
    Ok([block(0), block(1), block(2)])
}

impl<'a> InputPicture<'a> {
    /// A picture of 8 bits per sample. Each plane (Y, Cb, Cr) is given by its samples and the number of samples from one row to
    /// the next; `pts` is the presentation time in any unit, the same for all pictures, rising from picture to picture.
    ///
    /// # Errors
    /// [`Error::Picture`] if a plane is too small.
    pub fn from_u8(
        width: usize,
        height: usize,
        planes: [(&'a [u8], usize); 3],
        pts: i64,
    ) -> Result<Self, Error> {
        let planes = InputPlanes::U8(blocks(width, height, planes)?);
        Ok(Self { planes, bit_depths: [8; 2], pts, request: Request::default() })
    }

    /// A picture of `bit_depth` bits per sample, 8..=16, in the low bits of `u16`; see [`Self::from_u8`]. Samples above the
    /// largest value of the depth are clipped to it.
    ///
    /// # Errors
    /// [`Error::Picture`] if a plane is too small or the depth is out of range.
    pub fn from_u16(
        width: usize,
        height: usize,
        planes: [(&'a [u16], usize); 3],
        bit_depth: u8,
        pts: i64,
    ) -> Result<Self, Error> {
        if !(8..=16).contains(&bit_depth) {
            return Err(refuse("bit depth", bit_depth.to_string(), "8..=16"));
        }
        let planes = InputPlanes::U16(blocks(width, height, planes)?);
        Ok(Self { planes, bit_depths: [bit_depth; 2], pts, request: Request::default() })
    }

    /// The rectangle of `width` x `height` luma samples at (`x`, `y`) of a picture in memory, such as a decoder's with its
    /// conformance window.
    ///
    /// # Errors
    /// [`Error::Picture`] if the picture is not 4:2:0, or the rectangle is not inside it or begins at an odd sample.
    pub fn from_frame(
        frame: &'a Frame,
        (x, y): (usize, usize),
        (width, height): (usize, usize),
        pts: i64,
    ) -> Result<Self, Error> {
        let format = frame.format();
        if format.chroma != ChromaFormat::Yuv420 {
            return Err(refuse("chroma format", format!("{:?}", format.chroma), "Yuv420"));
        }
        let fits = x % 2 == 0
            && y % 2 == 0
            && (1..=format.width).contains(&width)
            && (1..=format.height).contains(&height)
            && x <= format.width - width
            && y <= format.height - height;
        if !fits {
            let value = format!("{width}x{height} at {x}, {y}");
            return Err(refuse("window", value, &format!("inside {}x{}", format.width, format.height)));
        }
        let part = |plane: usize| {
            let shift = usize::from(plane > 0);
            (x >> shift, y >> shift, (width + shift) >> shift, (height + shift) >> shift)
        };
        macro_rules! planes {
            ($picture:expr) => {
                [0, 1, 2].map(|plane| {
                    let (x, y, w, h) = part(plane);
                    $picture.block(plane, x as isize, y as isize, w, h)
                })
            };
        }
        let planes = match frame {
            Frame::U8(picture) => InputPlanes::U8(planes!(picture)),
            Frame::U16(picture) => InputPlanes::U16(planes!(picture)),
        };
        Ok(Self {
            planes,
            bit_depths: [format.bit_depth_luma, format.bit_depth_chroma],
            pts,
            request: Request::default(),
        })
    }

    /// Whether the picture must become a keyframe: an IDR picture.
    #[must_use]
    pub fn keyframe(self, keyframe: bool) -> Self {
        self.kind(keyframe.then_some(PictureKind::Idr))
    }

    /// What the picture is to become, if not what the encoder likes best. IDR, CRA, I and P pictures are made where they are asked
    /// for, but for P and I where `keyint` demands a keyframe, and for CRA without `open-gop`, which becomes IDR. A B picture
    /// is one that groups do not end with; one that nothing else ends a group after still may.
    #[must_use]
    pub fn kind(mut self, kind: Option<PictureKind>) -> Self {
        self.request.kind = kind;
        self
    }

    /// QP of each block relative to what it would have otherwise: one number in -51..=51 for every 16x16 luma samples, row by
    /// row, with blocks that reach out of the picture; empty for none. In a region of interest offsets are negative.
    #[must_use]
    pub fn qp_offsets(mut self, offsets: &'a [f32]) -> Self {
        self.request.qp_offsets = offsets;
        self
    }

    /// SEI messages for the picture's access unit, such as user data, at most 262144 bytes. Mastering display colour volume,
    /// content light level and alternative transfer characteristics describe whole sequences: they are written with the next
    /// keyframe, be it this picture, and those after it, until others of the same type are given.
    #[must_use]
    pub fn sei(mut self, messages: &'a [SeiPayload]) -> Self {
        self.request.sei = messages;
        self
    }

    /// Whether the packet shall tell what was decided for every coding tree unit and at which cost, in lines of text that
    /// `docs/encoder/trace.md` describes. The stream is the same.
    #[must_use]
    pub fn trace(mut self, trace: bool) -> Self {
        self.request.trace = trace;
        self
    }

    /// Width in luma samples.
    pub fn width(&self) -> usize {
        match &self.planes {
            InputPlanes::U8(planes) => planes[0].width(),
            InputPlanes::U16(planes) => planes[0].width(),
        }
    }

    /// Height in luma samples.
    pub fn height(&self) -> usize {
        match &self.planes {
            InputPlanes::U8(planes) => planes[0].height(),
            InputPlanes::U16(planes) => planes[0].height(),
        }
    }

    /// Presentation time.
    pub fn pts(&self) -> i64 {
        self.pts
    }
}

impl std::fmt::Debug for InputPicture<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InputPicture")
            .field("width", &self.width())
            .field("height", &self.height())
            .field("bit_depths", &self.bit_depths)
            .field("pts", &self.pts)
            .field("request", &self.request)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rivus_picture::{Picture, PictureFormat};
    use std::sync::Arc;

    #[test]
    fn planes_that_are_too_small_are_refused_by_name() {
        let (luma, chroma) = (vec![0u8; 5 * 3], vec![0u8; 3 * 2]);
        let planes = [(&luma[..], 5), (&chroma[..], 3), (&chroma[..], 3)];
        let picture = InputPicture::from_u8(5, 3, planes, 7).unwrap();
        assert_eq!((picture.width(), picture.height(), picture.pts()), (5, 3, 7));
        let error = InputPicture::from_u8(5, 5, planes, 7).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Y plane of the picture is 15 samples with 5 per row, expected at least 5x5 samples"
        );
        let short = [planes[0], planes[1], (&chroma[..5], 3)];
        assert!(InputPicture::from_u8(5, 3, short, 7).unwrap_err().to_string().starts_with("Cr plane"));
        let wide = [(&luma[..], usize::MAX), planes[1], planes[2]];
        assert!(InputPicture::from_u8(5, 3, wide, 7).is_err());
        assert!(InputPicture::from_u8(0, 3, planes, 7).is_err());
    }

    #[test]
    fn windows_of_pictures_in_memory() {
        let format = |chroma| PictureFormat {
            width: 16,
            height: 16,
            chroma,
            bit_depth_luma: 10,
            bit_depth_chroma: 10,
        };
        let frame = Frame::U16(Arc::new(Picture::new(format(ChromaFormat::Yuv420))));
        assert!(InputPicture::from_frame(&frame, (2, 4), (14, 11), 0).is_ok());
        assert!(InputPicture::from_frame(&frame, (2, 4), (15, 12), 0).is_err());
        assert!(InputPicture::from_frame(&frame, (1, 0), (4, 4), 0).is_err());
        let frame = Frame::U16(Arc::new(Picture::new(format(ChromaFormat::Yuv444))));
        let error = InputPicture::from_frame(&frame, (0, 0), (16, 16), 0).unwrap_err();
        assert_eq!(error.to_string(), "chroma format of the picture is Yuv444, expected Yuv420");
    }
}
