//! Finished pictures.

use std::fmt;
use std::sync::Arc;

use crate::block::Block;
use crate::format::PictureFormat;
use crate::plane::{PlaneMut, PlaneView};
use crate::sample::Sample;
use crate::shared::SharedPicture;

/// A picture all of whose samples are there: what a decoder outputs and an encoder takes.
///
/// Cloning is cheap: clones share memory until one of them is written.
///
/// Invariant: the shared picture is all published.
#[derive(Clone)]
pub struct Picture<S> {
    shared: Arc<SharedPicture<S>>,
}

impl<S: Sample> Picture<S> {
    /// A picture whose samples, and padding, are zero.
    ///
    /// # Panics
    /// If the format has a zero dimension or a bit depth that `S` cannot hold.
    pub fn new(format: PictureFormat) -> Self {
        Self { shared: Arc::new(SharedPicture::zeroed(format)) }
    }

    /// See [`SharedPicture::into_picture`].
    pub(crate) fn from_shared(shared: Arc<SharedPicture<S>>) -> Option<Self> {
        shared.all_published().then_some(Self { shared })
    }

    /// Dimensions and bit depths.
    #[inline]
    pub fn format(&self) -> &PictureFormat {
        self.shared.format()
    }

    /// Plane 0 (luma), 1 (Cb) or 2 (Cr).
    ///
    /// # Panics
    /// If the chroma format has no such plane.
    #[inline]
    #[track_caller]
    pub fn plane(&self, plane: usize) -> PlaneView<'_, S> {
        assert!(plane < self.format().num_planes(), "plane {plane} of {:?}", self.format().chroma);
        self.shared.plane(plane).expect("type invariant: all published")
    }

    /// The rectangle of `w` x `h` samples at `(x, y)` of a plane; it may lie anywhere, as in
    /// [`SharedPicture::block`], provided the padding is filled. What a decoder puts out has little or none, which
    /// [`Picture::pad`] makes up for.
    ///
    /// # Panics
    /// As [`SharedPicture::block`].
    #[inline]
    #[track_caller]
    pub fn block(&self, plane: usize, x: isize, y: isize, w: usize, h: usize) -> Block<'_, S> {
        self.shared.block(plane, x, y, w, h).expect("type invariant: all published")
    }

    /// A plane for writing. Copies the picture first if other handles share its memory. Does not fill the
    /// padding: see [`PlaneMut::pad`].
    ///
    /// # Panics
    /// If the chroma format has no such plane.
    #[track_caller]
    pub fn plane_mut(&mut self, plane: usize) -> PlaneMut<'_, S> {
        assert!(plane < self.format().num_planes(), "plane {plane} of {:?}", self.format().chroma);
        self.unique().plane_mut(plane)
    }

    /// Fills the padding of every plane. Copies the picture first if other handles share its memory.
    pub fn pad(&mut self) {
        self.unique().pad();
    }

    /// The memory of this handle alone.
    fn unique(&mut self) -> &mut SharedPicture<S> {
        if Arc::get_mut(&mut self.shared).is_none() {
            self.shared = Arc::new(self.shared.finished_copy());
        }
        Arc::get_mut(&mut self.shared).expect("just made unique")
    }

    /// The picture in the form that inter prediction reads.
    #[inline]
    pub fn shared(&self) -> &Arc<SharedPicture<S>> {
        &self.shared
    }
}

impl<S: Sample> fmt::Debug for Picture<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Picture").field(self.format()).finish()
    }
}

/// A finished picture of either sample type.
#[derive(Clone, Debug)]
pub enum Frame {
    /// All components have 8 bits.
    U8(Arc<Picture<u8>>),
    /// Some component has more than 8 bits.
    U16(Arc<Picture<u16>>),
}

impl Frame {
    /// Dimensions and bit depths.
    pub fn format(&self) -> &PictureFormat {
        match self {
            Self::U8(picture) => picture.format(),
            Self::U16(picture) => picture.format(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::ChromaFormat;

    const FORMAT: PictureFormat = PictureFormat {
        width: 16,
        height: 18,
        chroma: ChromaFormat::Yuv422,
        bit_depth_luma: 10,
        bit_depth_chroma: 9,
    };

    #[test]
    fn writing_a_shared_picture_leaves_the_other_handle_alone() {
        let mut a = Picture::<u16>::new(FORMAT);
        a.plane_mut(1).row_mut(17).fill(5);
        a.pad();
        let b = a.clone();
        a.plane_mut(1).row_mut(17).fill(6);
        assert_eq!((a.plane(1).row(17)[7], b.plane(1).row(17)[7]), (6, 5));
        assert_eq!(b.block(1, 40, 60, 4, 4).at(0, 0), 5);
    }

    /// A picture with little padding, as decoders put out, is read anywhere once it is padded.
    #[test]
    fn padding_is_made_up_for() {
        let pool = crate::pool::Pool::new(1, u64::MAX);
        let (shared, bands) = pool.picture::<u16>(FORMAT, 16, 0).expect("no limit");
        for mut band in bands {
            band.fill([3, 4, 5]);
            band.publish();
        }
        let mut picture = shared.into_picture().expect("published");
        let other = picture.clone();
        picture.pad();
        assert_eq!(picture.block(2, -80, 90, 71, 8).at(70, 7), 5);
        assert_eq!(other.block(2, 0, 0, 8, 18).at(7, 17), 5, "the other handle is as it was");
    }

    #[test]
    fn only_a_published_picture_is_finished() {
        let (shared, bands) = SharedPicture::<u16>::new(FORMAT, 16);
        assert!(Arc::clone(&shared).into_picture().is_none());
        bands.into_iter().for_each(crate::shared::Band::publish);
        let picture = shared.into_picture().unwrap();
        assert_eq!((picture.plane(1).width(), picture.plane(1).height()), (8, 18));
    }
}
