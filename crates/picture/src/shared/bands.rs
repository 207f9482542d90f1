//! The right to write a picture, band by band.

use super::SharedPicture;
use crate::block::{Block, BlockMut};
use crate::plane::pad_columns;
use crate::sample::Sample;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The exclusive right to write the rows of one band of a [`SharedPicture`].
///
/// A band that is dropped without [`Band::publish`] counts as missing: [`SharedPicture::missing_bands`]
/// gives it out again.
///
/// Invariant: it is the only `Band` of its index and picture, and the band is not published unless
/// `published` is set.
pub struct Band<S: Sample> {
    pub(super) picture: Arc<SharedPicture<S>>,
    pub(super) index: usize,
    pub(super) published: bool,
}

/// Two vertically adjacent bands of a picture, written as one.
pub struct BandPair<'a, S: Sample> {
    upper: &'a mut Band<S>,
    lower: &'a mut Band<S>,
}

impl<S: Sample> Band<S> {
    /// The picture this band is part of.
    #[inline]
    pub fn picture(&self) -> &Arc<SharedPicture<S>> {
        &self.picture
    }

    /// Number of the band from the top, 0 upwards.
    #[inline]
    pub fn index(&self) -> usize {
        self.index
    }

    /// The rows of the plane that belong to this band, in picture coordinates.
    #[inline]
    pub fn rows(&self, plane: usize) -> Range<usize> {
        self.picture.band_rows(plane, self.index, self.index + 1)
    }

    /// The rectangle of `w` x `h` samples at `(x, y)`, in picture coordinates.
    ///
    /// # Panics
    /// If it leaves the rows of this band or the picture.
    #[inline]
    #[track_caller]
    pub fn block_mut(&mut self, plane: usize, x: usize, y: usize, w: usize, h: usize) -> BlockMut<'_, S> {
        // SAFETY: `self` is the band and is borrowed as `&mut` for the life of the view.
        unsafe { self.picture.band_block_mut(self.index..self.index + 1, plane, x, y, w, h) }
    }

    /// As [`Band::block_mut`], for reading.
    #[inline]
    #[track_caller]
    pub fn block(&self, plane: usize, x: usize, y: usize, w: usize, h: usize) -> Block<'_, S> {
        // SAFETY: `self` is the band; it is borrowed for the life of the view, so that nobody writes its
        // rows, and the writable view becomes a read-only one at once.
        unsafe { self.picture.band_block_mut(self.index..self.index + 1, plane, x, y, w, h).into_block() }
    }

    /// Both bands as one area.
    ///
    /// # Panics
    /// Unless `lower` is the next band below `upper` in the same picture.
    pub fn pair<'a>(upper: &'a mut Self, lower: &'a mut Self) -> BandPair<'a, S> {
        assert!(Arc::ptr_eq(&upper.picture, &lower.picture), "bands of two pictures");
        assert!(upper.index + 1 == lower.index, "bands {} and {}", upper.index, lower.index);
        BandPair { upper, lower }
    }

    /// Sets all samples of plane `i` to `values[i]`.
    pub fn fill(&mut self, values: [S; 3]) {
        for (plane, &value) in values.iter().enumerate().take(self.picture.format.num_planes()) {
            let (rows, width) = (self.rows(plane), self.picture.layouts[plane].width);
            self.block_mut(plane, 0, rows.start, width, rows.len()).fill(value);
        }
    }

    /// Ends the writing: fills the padding next to the rows (and above the first band, below the last) and
    /// makes the rows readable for everyone.
    pub fn publish(mut self) {
        for plane in 0..self.picture.format.num_planes() {
            self.pad(plane);
        }
        self.published = true;
        self.picture.progress.publish(self.index);
    }

    /// Repeats the border samples into the padding that belongs to this band.
    fn pad(&mut self, plane: usize) {
        let (layout, rows) = (self.picture.layouts[plane], self.rows(plane));
        if rows.is_empty() {
            return;
        }
        let is_last = self.index + 1 == self.picture.progress.bands();
        let margin = self.picture.margin;
        let above = if self.index == 0 { margin } else { 0 };
        let below = if is_last { margin } else { 0 };
        let (width, height) = (layout.width + 2 * margin, above + rows.len() + below);
        let top = rows.start as isize - above as isize;
        let index = layout.index(-(margin as isize), top, width, height);
        // SAFETY: `index` checked that the rectangle lies in the padded plane, hence in the buffer. Its rows
        // with their padding are this band's (invariant 2), which is borrowed as `&mut` for the life of the
        // view.
        let mut padded =
            unsafe { BlockMut::from_raw(self.picture.base.add(index), layout.stride, width, height) };
        pad_columns(&mut padded.sub_mut(0, above, width, rows.len()), margin);
        let (mut above, rest) = padded.split_at_row(above);
        let (inside, mut below) = rest.split_at_row(rows.len());
        for y in 0..above.height() {
            above.row_mut(y).copy_from_slice(inside.row(0));
        }
        for y in 0..below.height() {
            below.row_mut(y).copy_from_slice(inside.row(rows.len() - 1));
        }
    }
}

impl<S: Sample> Drop for Band<S> {
    fn drop(&mut self) {
        if !self.published {
            self.picture.progress.abandon(self.index);
        }
    }
}

impl<S: Sample> fmt::Debug for Band<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Band({}, luma rows {:?})", self.index, self.rows(0))
    }
}

impl<S: Sample> BandPair<'_, S> {
    /// The rows of the plane that belong to the two bands, in picture coordinates.
    #[inline]
    pub fn rows(&self, plane: usize) -> Range<usize> {
        self.upper.picture.band_rows(plane, self.upper.index, self.lower.index + 1)
    }

    /// The rectangle of `w` x `h` samples at `(x, y)`, in picture coordinates, across both bands.
    ///
    /// # Panics
    /// If it leaves the rows of the bands or the picture.
    #[inline]
    #[track_caller]
    pub fn block_mut(&mut self, plane: usize, x: usize, y: usize, w: usize, h: usize) -> BlockMut<'_, S> {
        let bands = self.upper.index..self.lower.index + 1;
        // SAFETY: both bands are held as `&mut` by `self`, which is borrowed as `&mut` for the life of the
        // view.
        unsafe { self.upper.picture.band_block_mut(bands, plane, x, y, w, h) }
    }

    /// As [`BandPair::block_mut`], for reading.
    #[inline]
    #[track_caller]
    pub fn block(&self, plane: usize, x: usize, y: usize, w: usize, h: usize) -> Block<'_, S> {
        let bands = self.upper.index..self.lower.index + 1;
        // SAFETY: both bands are held by `self`, which is borrowed for the life of the view, so that nobody
        // writes their rows, and the writable view becomes a read-only one at once.
        unsafe { self.upper.picture.band_block_mut(bands, plane, x, y, w, h).into_block() }
    }
}
