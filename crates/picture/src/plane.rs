//! Planes: rows of samples with padding on every side.
//!
//! Inter prediction may reach outside the picture, where samples equal the nearest one inside (8.5.3.3.3.1).
//! A plane keeps [`PAD`] such samples on every side, so that a reference block is a plain rectangle wherever
//! it lies.

use std::ops::Range;

use crate::block::{Block, BlockMut};
use crate::sample::Sample;
use crate::storage::{ALIGN, Storage};

/// Padding on every side of every plane, in samples: the largest prediction block (64) with the 7 further
/// samples of the interpolation filter, rounded up to a multiple of 16.
pub const PAD: usize = 80;

/// Where the rows of a padded plane lie in a slice of samples.
///
/// Invariant: `origin >= PAD * stride + PAD`, `stride >= PAD + width + PAD`, and the plane's last padding
/// sample, at `origin + (height - 1 + PAD) * stride + width - 1 + PAD`, is below `len`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) stride: usize,
    /// Index of the sample at (0, 0).
    pub(crate) origin: usize,
    /// Samples the plane takes, from index 0.
    pub(crate) len: usize,
}

impl Layout {
    /// The layout for a plane of `width` x `height` samples of `sample_bytes` each: the first sample of
    /// every row is aligned, and rows are not a multiple of 4096 bytes apart, which would make a column
    /// share one cache set.
    pub(crate) fn new(width: usize, height: usize, sample_bytes: usize) -> Self {
        let align = ALIGN / sample_bytes;
        let left = PAD.next_multiple_of(align);
        let mut stride = (left + width + PAD).next_multiple_of(align);
        if (stride * sample_bytes).is_multiple_of(4096) {
            stride += align;
        }
        Self { width, height, stride, origin: PAD * stride + left, len: (height + 2 * PAD) * stride }
    }

    /// The same plane, `offset` samples further on in the slice.
    pub(crate) fn shifted(self, offset: usize) -> Self {
        Self { origin: self.origin + offset, len: self.len + offset, ..self }
    }

    /// Index of the sample at `(x, y)`, the top-left corner of a rectangle of `w` x `h`.
    ///
    /// # Panics
    /// If the rectangle leaves the padded plane.
    #[inline]
    #[track_caller]
    pub(crate) fn index(&self, x: isize, y: isize, w: usize, h: usize) -> usize {
        match self.index_inside(x, y, w, h) {
            Some(index) => index,
            None => panic!("block {w}x{h} at ({x}, {y}) leaves plane {}x{}", self.width, self.height),
        }
    }

    /// As [`Layout::index`], `None` if the rectangle leaves the padded plane.
    #[inline]
    pub(crate) fn index_inside(&self, x: isize, y: isize, w: usize, h: usize) -> Option<usize> {
        self.index_within(PAD, x, y, w, h)
    }

    /// As [`Layout::index`], `None` if the rectangle reaches more than `margin` samples, at most [`PAD`], outside the plane.
    #[inline]
    pub(crate) fn index_within(
        &self,
        margin: usize,
        x: isize,
        y: isize,
        w: usize,
        h: usize,
    ) -> Option<usize> {
        // Adding the margin makes the legal range start at 0; what was below wraps to a huge number.
        let px = x.wrapping_add_unsigned(margin) as usize;
        let py = y.wrapping_add_unsigned(margin) as usize;
        let (pw, ph) = (self.width + 2 * margin, self.height + 2 * margin);
        let inside = px <= pw && w <= pw - px && py <= ph && h <= ph - py;
        inside.then(|| self.origin - margin * self.stride - margin + py * self.stride + px)
    }
}

/// One plane that owns its samples.
#[derive(Clone)]
pub struct Plane<S> {
    storage: Storage,
    layout: Layout,
    sample: std::marker::PhantomData<S>,
}

impl<S: Sample> Plane<S> {
    /// A plane of `width` x `height` samples, all zero, with padding.
    pub fn new(width: usize, height: usize) -> Self {
        let layout = Layout::new(width, height, S::BYTES);
        Self { storage: Storage::zeroed(layout.len * S::BYTES), layout, sample: std::marker::PhantomData }
    }

    /// Width in samples, without padding.
    #[inline]
    pub fn width(&self) -> usize {
        self.layout.width
    }

    /// Height in samples, without padding.
    #[inline]
    pub fn height(&self) -> usize {
        self.layout.height
    }

    /// The plane for reading.
    #[inline]
    pub fn view(&self) -> PlaneView<'_, S> {
        PlaneView { data: self.storage.as_slice(), layout: self.layout }
    }

    /// The plane for writing.
    #[inline]
    pub fn view_mut(&mut self) -> PlaneMut<'_, S> {
        PlaneMut { data: self.storage.as_mut_slice(), layout: self.layout }
    }

    /// See [`PlaneView::block`].
    #[inline]
    #[track_caller]
    pub fn block(&self, x: isize, y: isize, w: usize, h: usize) -> Block<'_, S> {
        self.view().block(x, y, w, h)
    }

    /// See [`PlaneMut::block_mut`].
    #[inline]
    #[track_caller]
    pub fn block_mut(&mut self, x: isize, y: isize, w: usize, h: usize) -> BlockMut<'_, S> {
        self.view_mut().into_block_mut(x, y, w, h)
    }

    /// Row `y` without padding.
    ///
    /// # Panics
    /// If `y >= height()`.
    #[inline]
    #[track_caller]
    pub fn row(&self, y: usize) -> &[S] {
        self.view().row(y)
    }

    /// Row `y` without padding, for writing.
    ///
    /// # Panics
    /// If `y >= height()`.
    #[inline]
    #[track_caller]
    pub fn row_mut(&mut self, y: usize) -> &mut [S] {
        let layout = self.layout;
        assert!(y < layout.height, "row {y} of a plane of height {}", layout.height);
        let start = layout.origin + y * layout.stride;
        &mut self.storage.as_mut_slice()[start..start + layout.width]
    }

    /// See [`PlaneMut::pad_rows`].
    pub fn pad_rows(&mut self, rows: Range<usize>) {
        self.view_mut().pad_rows(rows);
    }

    /// See [`PlaneMut::pad_top`].
    pub fn pad_top(&mut self) {
        self.view_mut().pad_top();
    }

    /// See [`PlaneMut::pad_bottom`].
    pub fn pad_bottom(&mut self) {
        self.view_mut().pad_bottom();
    }

    /// See [`PlaneMut::pad`].
    pub fn pad(&mut self) {
        self.view_mut().pad();
    }
}

/// A whole plane for reading.
#[derive(Clone, Copy)]
pub struct PlaneView<'a, S> {
    pub(crate) data: &'a [S],
    pub(crate) layout: Layout,
}

impl<'a, S: Sample> PlaneView<'a, S> {
    /// Width in samples, without padding.
    #[inline]
    pub fn width(&self) -> usize {
        self.layout.width
    }

    /// Height in samples, without padding.
    #[inline]
    pub fn height(&self) -> usize {
        self.layout.height
    }

    /// Samples from row to row.
    #[inline]
    pub fn stride(&self) -> usize {
        self.layout.stride
    }

    /// The rectangle of `w` x `h` samples at `(x, y)`, which may reach up to [`PAD`] samples into the
    /// padding.
    ///
    /// # Panics
    /// If it reaches further.
    #[inline]
    #[track_caller]
    pub fn block(&self, x: isize, y: isize, w: usize, h: usize) -> Block<'a, S> {
        let index = self.layout.index(x, y, w, h);
        Block::new(self.data, index, self.layout.stride, w, h)
    }

    /// The whole plane without padding.
    #[inline]
    pub fn as_block(&self) -> Block<'a, S> {
        self.block(0, 0, self.layout.width, self.layout.height)
    }

    /// Row `y` without padding.
    ///
    /// # Panics
    /// If `y >= height()`.
    #[inline]
    #[track_caller]
    pub fn row(&self, y: usize) -> &'a [S] {
        assert!(y < self.layout.height, "row {y} of a plane of height {}", self.layout.height);
        let start = self.layout.origin + y * self.layout.stride;
        &self.data[start..start + self.layout.width]
    }

    /// The rows from top to bottom, without padding.
    #[inline]
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &'a [S]> + use<'a, S> {
        let view = *self;
        (0..view.layout.height).map(move |y| view.row(y))
    }
}

/// A whole plane for writing.
pub struct PlaneMut<'a, S> {
    pub(crate) data: &'a mut [S],
    pub(crate) layout: Layout,
}

impl<'a, S: Sample> PlaneMut<'a, S> {
    /// Width in samples, without padding.
    #[inline]
    pub fn width(&self) -> usize {
        self.layout.width
    }

    /// Height in samples, without padding.
    #[inline]
    pub fn height(&self) -> usize {
        self.layout.height
    }

    /// The plane for reading.
    #[inline]
    pub fn view(&self) -> PlaneView<'_, S> {
        PlaneView { data: self.data, layout: self.layout }
    }

    /// The rectangle of `w` x `h` samples at `(x, y)`, which may reach up to [`PAD`] samples into the
    /// padding.
    ///
    /// # Panics
    /// If it reaches further.
    #[inline]
    #[track_caller]
    pub fn block_mut(&mut self, x: isize, y: isize, w: usize, h: usize) -> BlockMut<'_, S> {
        let index = self.layout.index(x, y, w, h);
        BlockMut::new(self.data, index, self.layout.stride, w, h)
    }

    /// As [`PlaneMut::block_mut`], giving up the view of the plane.
    #[inline]
    #[track_caller]
    pub fn into_block_mut(self, x: isize, y: isize, w: usize, h: usize) -> BlockMut<'a, S> {
        let index = self.layout.index(x, y, w, h);
        BlockMut::new(self.data, index, self.layout.stride, w, h)
    }

    /// Row `y` without padding.
    ///
    /// # Panics
    /// If `y >= height()`.
    #[inline]
    #[track_caller]
    pub fn row_mut(&mut self, y: usize) -> &mut [S] {
        assert!(y < self.layout.height, "row {y} of a plane of height {}", self.layout.height);
        let start = self.layout.origin + y * self.layout.stride;
        &mut self.data[start..start + self.layout.width]
    }

    /// Repeats the first and last sample of each of `rows` into the padding left and right of it.
    ///
    /// # Panics
    /// If the range leaves the plane.
    pub fn pad_rows(&mut self, rows: Range<usize>) {
        let width = self.layout.width;
        let mut padded = self.block_mut(-(PAD as isize), rows.start as isize, width + 2 * PAD, rows.len());
        pad_columns(&mut padded, PAD);
    }

    /// Repeats row 0, with its padding, into the padding above it.
    pub fn pad_top(&mut self) {
        for y in 0..PAD {
            self.copy_padded_row(PAD, y);
        }
    }

    /// Repeats the last row, with its padding, into the padding below it.
    pub fn pad_bottom(&mut self) {
        let last = PAD + self.layout.height - 1;
        for y in 1..=PAD {
            self.copy_padded_row(last, last + y);
        }
    }

    /// Fills the padding on all sides.
    pub fn pad(&mut self) {
        self.pad_rows(0..self.layout.height);
        self.pad_top();
        self.pad_bottom();
    }

    /// Copies a row with its padding; rows count from the top of the padding.
    fn copy_padded_row(&mut self, from: usize, to: usize) {
        let left = self.layout.origin - PAD * self.layout.stride - PAD;
        let from = left + from * self.layout.stride;
        let to = left + to * self.layout.stride;
        self.data.copy_within(from..from + self.layout.width + 2 * PAD, to);
    }
}

/// Padding comes in whole multiples of so many samples: whole vectors.
pub(crate) const PAD_UNIT: usize = 16;

/// Repeats, in every row of a block that is `margin` wider than the picture on both sides, the picture's
/// first and last sample outwards. `margin` is a multiple of [`PAD_UNIT`].
pub(crate) fn pad_columns<S: Sample>(padded: &mut BlockMut<'_, S>, margin: usize) {
    let end = padded.width() - margin;
    for y in 0..padded.height() {
        let row = padded.row_mut(y);
        let (first, last) = (row[margin], row[end - 1]);
        // Units of known size, since a call of `memset` takes longer than a few of them.
        row[..margin].chunks_exact_mut(PAD_UNIT).for_each(|unit| unit.fill(first));
        row[end..].chunks_exact_mut(PAD_UNIT).for_each(|unit| unit.fill(last));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gradient<S: Sample>(w: usize, h: usize) -> Plane<S> {
        let mut plane = Plane::new(w, h);
        for y in 0..h {
            for (x, v) in plane.row_mut(y).iter_mut().enumerate() {
                *v = S::from_i32(((x * 7 + y * 13) % 251) as i32);
            }
        }
        plane
    }

    fn padding_repeats_the_border<S: Sample>(w: usize, h: usize) {
        let mut plane = gradient::<S>(w, h);
        plane.pad();
        let pad = PAD as isize;
        let all = plane.block(-pad, -pad, w + 2 * PAD, h + 2 * PAD);
        for y in 0..all.height() {
            let inside = plane.row((y as isize - pad).clamp(0, h as isize - 1) as usize);
            for x in 0..all.width() {
                assert_eq!(all.at(x, y), inside[(x as isize - pad).clamp(0, w as isize - 1) as usize]);
            }
        }
    }

    #[test]
    fn padding_repeats_the_border_for_both_sample_types() {
        for (w, h) in [(1, 1), (8, 8), (65, 33), (416, 240)] {
            padding_repeats_the_border::<u8>(w, h);
            padding_repeats_the_border::<u16>(w, h);
        }
    }

    #[test]
    fn rows_are_aligned_and_avoid_page_strides() {
        for w in [8, 64, 1920, 3840, 3968, 4096 - 208] {
            let plane = Plane::<u8>::new(w, 8);
            assert_eq!(plane.row(3).as_ptr() as usize % ALIGN, 0);
            assert_ne!(plane.view().stride() % 4096, 0);
            assert_eq!(Plane::<u16>::new(w, 8).row(5).as_ptr() as usize % ALIGN, 0);
        }
    }

    #[test]
    #[should_panic(expected = "leaves plane")]
    fn reaching_beyond_the_padding_is_refused() {
        Plane::<u8>::new(16, 16).block(-81, 0, 8, 8);
    }

    #[test]
    #[should_panic(expected = "leaves plane")]
    fn reaching_below_the_padding_is_refused() {
        Plane::<u16>::new(16, 16).block(0, 90, 8, 8);
    }
}
