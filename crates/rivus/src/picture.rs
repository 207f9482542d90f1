//! Pictures as they go in and out.

use crate::error::Error;
use rivus_encoder::InputPicture;
use rivus_picture::{Block, Frame, PictureFormat};
use std::ops::Deref;
use std::sync::Arc;

pub use rivus_decoder::{PictureInfo, Window};
pub use rivus_picture::ChromaFormat;

/// A decoded picture.
///
/// Cloning is cheap: clones share the samples, which nobody can change. The memory goes back to the decoder when
/// the last clone is dropped.
///
/// ```
/// use rivus::{Picture, Planes};
///
/// /// Mean of the luma samples.
/// fn brightness(picture: &Picture) -> f64 {
///     let sum: u64 = match picture.planes() {
///         Planes::U8(planes) => planes[0].rows().flatten().map(|&v| u64::from(v)).sum(),
///         Planes::U16(planes) => planes[0].rows().flatten().map(|&v| u64::from(v)).sum(),
///     };
///     sum as f64 / f64::from(picture.width() * picture.height())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Picture {
    frame: Frame,
    window: Window,
    pts: Option<i64>,
    info: Arc<PictureInfo>,
    concealed_ctus: u32,
}

impl Picture {
    pub(crate) fn from_decoded(decoded: rivus_decoder::DecodedPicture) -> Self {
        let rivus_decoder::DecodedPicture { frame, window, pts, info, concealed_ctus } = decoded;
        Self { frame, window, pts, info, concealed_ctus }
    }

    /// What the encoder reconstructed.
    pub(crate) fn from_reconstruction(
        reconstruction: rivus_encoder::Reconstruction,
        pts: i64,
        info: PictureInfo,
    ) -> Self {
        let rivus_encoder::Reconstruction { frame, width, height } = reconstruction;
        let window = Window { x: 0, y: 0, width, height };
        Self { frame, window, pts: Some(pts), info: Arc::new(info), concealed_ctus: 0 }
    }

    /// The picture as input of an [`Encoder`](crate::Encoder), shown at `pts`.
    ///
    /// # Errors
    /// If the picture is not 4:2:0.
    pub fn to_input(&self, pts: i64) -> Result<InputPicture<'_>, Error> {
        let Window { x, y, width, height } = self.window;
        let (corner, size) = ((x as usize, y as usize), (width as usize, height as usize));
        Ok(InputPicture::from_frame(&self.frame, corner, size, pts)?)
    }

    /// Width in luma samples, after cropping by the conformance window.
    pub fn width(&self) -> u32 {
        self.window.width
    }

    /// Height in luma samples, after cropping by the conformance window.
    pub fn height(&self) -> u32 {
        self.window.height
    }

    /// Chroma format.
    pub fn chroma_format(&self) -> ChromaFormat {
        self.frame.format().chroma
    }

    /// Bits per luma sample, 8..=16.
    pub fn bit_depth_luma(&self) -> u8 {
        self.frame.format().bit_depth_luma
    }

    /// Bits per chroma sample, 8..=16.
    pub fn bit_depth_chroma(&self) -> u8 {
        self.frame.format().bit_depth_chroma
    }

    /// The presentation time that came with the access unit, in the caller's unit.
    pub fn pts(&self) -> Option<i64> {
        self.pts
    }

    /// Coding tree units that could not be decoded, because data was damaged or lost, and were made up from pictures before.
    pub fn concealed_ctus(&self) -> u32 {
        self.concealed_ctus
    }

    /// Picture order count, type, colour description, field and HDR information, captions and other messages.
    pub fn info(&self) -> &PictureInfo {
        &self.info
    }

    /// The samples: one plane (luma) for monochrome, else three (Y, Cb, Cr).
    pub fn planes(&self) -> Planes<'_> {
        let format = self.frame.format();
        match &self.frame {
            Frame::U8(picture) => Planes::U8(PlaneList::new(format, |plane| {
                let (x, y, w, h) = self.window.of_plane(format, plane);
                picture.block(plane, x as isize, y as isize, w, h)
            })),
            Frame::U16(picture) => Planes::U16(PlaneList::new(format, |plane| {
                let (x, y, w, h) = self.window.of_plane(format, plane);
                picture.block(plane, x as isize, y as isize, w, h)
            })),
        }
    }

    /// The whole coded picture in memory, before cropping. What lies outside it is undefined, see
    /// [`Picture::pad`](rivus_picture::Picture::pad).
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Appends all samples to `out`: planes one after the other, rows without padding, one byte per sample for 8-bit
    /// pictures, else two bytes little endian for all planes.
    pub fn write_raw(&self, out: &mut Vec<u8>) {
        match self.planes() {
            Planes::U8(planes) => {
                for row in planes.iter().flat_map(PlaneRef::rows) {
                    out.extend_from_slice(row);
                }
            }
            Planes::U16(planes) => {
                for row in planes.iter().flat_map(PlaneRef::rows) {
                    out.extend(row.iter().flat_map(|v| v.to_le_bytes()));
                }
            }
        }
    }
}

/// The planes of a picture, by sample type.
#[derive(Clone, Copy, Debug)]
pub enum Planes<'a> {
    /// All components have 8 bits.
    U8(PlaneList<'a, u8>),
    /// Some component has more than 8 bits; each keeps its own bit depth.
    U16(PlaneList<'a, u16>),
}

/// One or three planes; dereferences to a slice of them.
#[derive(Clone, Copy, Debug)]
pub struct PlaneList<'a, S> {
    planes: [PlaneRef<'a, S>; 3],
    len: usize,
}

impl<'a, S> PlaneList<'a, S> {
    fn new(format: &PictureFormat, block: impl Fn(usize) -> Block<'a, S>) -> Self {
        let len = format.num_planes();
        let plane = |i: usize| PlaneRef { block: block(i.min(len - 1)) };
        Self { planes: [plane(0), plane(1), plane(2)], len }
    }
}

impl<'a, S> Deref for PlaneList<'a, S> {
    type Target = [PlaneRef<'a, S>];

    fn deref(&self) -> &Self::Target {
        &self.planes[..self.len]
    }
}

/// One cropped plane.
#[derive(Debug)]
pub struct PlaneRef<'a, S> {
    block: Block<'a, S>,
}

impl<S> Clone for PlaneRef<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for PlaneRef<'_, S> {}

impl<'a, S: Copy> PlaneRef<'a, S> {
    /// Width in samples of this plane.
    pub fn width(&self) -> usize {
        self.block.width()
    }

    /// Height in samples of this plane.
    pub fn height(&self) -> usize {
        self.block.height()
    }

    /// Samples from the start of one row to the start of the next.
    pub fn stride(&self) -> usize {
        self.block.stride()
    }

    /// Row `y`, [`width()`](Self::width) samples.
    ///
    /// # Panics
    /// If `y >= height()`.
    pub fn row(&self, y: usize) -> &'a [S] {
        self.block.row(y)
    }

    /// The rows from top to bottom.
    pub fn rows(&self) -> impl Iterator<Item = &'a [S]> + use<'a, S> {
        let block = self.block;
        (0..block.height()).map(move |y| block.row(y))
    }

    /// Pointer to the first sample; row `y` starts [`stride()`](Self::stride) `* y` samples on. For foreign code.
    pub fn as_ptr(&self) -> *const S {
        self.block.as_ptr()
    }
}
