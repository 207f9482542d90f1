//! Pictures that some threads write while others read what is finished.
//!
//! The rows of a picture are divided into bands, one per CTU row. A [`Band`] is the only key to writing its
//! rows; it is given out once, and given up by [`Band::publish`], after which the rows never change again
//! and anyone may read them. So there is nothing to lock, and a read costs one atomic load. A band can be divided into
//! [`Strip`]s of columns, for several threads to write at the same time.
//!
//! ```
//! use rivus_picture::{ChromaFormat, PictureFormat, SharedPicture};
//!
//! let format = PictureFormat {
//!     width: 64, height: 96, chroma: ChromaFormat::Yuv420, bit_depth_luma: 8, bit_depth_chroma: 8,
//! };
//! let (picture, bands) = SharedPicture::<u8>::new(format, 64);
//! for mut band in bands {
//!     let rows = band.rows(0);
//!     band.block_mut(0, 0, rows.start, 64, rows.len()).fill(rows.start as u8);
//!     band.publish();
//! }
//! // (-3, 70) lies in the padding left of the second band.
//! assert_eq!(picture.block(0, -3, 70, 8, 8).unwrap().at(0, 0), 64);
//! ```

use std::fmt;
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::{Arc, Weak};

use crate::block::{Block, BlockMut};
use crate::format::PictureFormat;
use crate::picture::Picture;
use crate::plane::{Layout, PAD, PAD_UNIT, PlaneMut, PlaneView};
use crate::pool::Home;
use crate::progress::Progress;
use crate::sample::Sample;
use crate::storage::Storage;

mod bands;
mod strips;
#[cfg(test)]
mod tests;

pub use bands::{Band, BandPair};
pub use strips::{DividedBand, Strip};

/// One picture in one allocation, written band by band and read where published.
///
/// Invariants:
/// 1. `base` points to the buffer of `storage`, which is initialised and holds every plane's padded rows as
///    described by `layouts`. Neither the buffer nor its size changes while `self` exists, and all access goes
///    through `base`.
/// 2. For each band there is at most one [`Band`], and there is none once the band is published. Band `i` covers
///    luma rows `i * band_height ..` of the picture and the matching chroma rows, in full width with their padding
///    left and right; the first and last band also cover the padding above and below. So bands are disjoint.
/// 3. The samples of a band that is not published are touched only through its [`Band`], or through the [`Strip`]s of
///    that band while it is divided.
pub struct SharedPicture<S> {
    base: NonNull<S>,
    storage: Storage,
    format: PictureFormat,
    layouts: [Layout; 3],
    /// In luma rows.
    band_height: usize,
    /// Samples around each plane that equal the nearest ones inside: a multiple of [`PAD_UNIT`], at most [`PAD`].
    margin: usize,
    progress: Progress,
    home: Weak<Home>,
}

// SAFETY: `base` is only a shortcut into `storage`, which is owned. By invariants 2 and 3 samples are
// written by the one holder of a `Band` or, one after the other, of a `Strip` (handed on under a lock), and read by
// others only after the band was published (release, acquire in `Progress`).
unsafe impl<S: Send + Sync> Send for SharedPicture<S> {}
// SAFETY: as above.
unsafe impl<S: Send + Sync> Sync for SharedPicture<S> {}

/// A picture to be written, and its bands from top to bottom.
pub type Unwritten<S> = (Arc<SharedPicture<S>>, Vec<Band<S>>);

/// The layout of each plane of `format` in one allocation. Every plane starts on a cache line, because each
/// takes a whole number of aligned rows.
fn layouts<S: Sample>(format: &PictureFormat) -> [Layout; 3] {
    let mut layouts = [Layout::default(); 3];
    let mut offset = 0;
    for (plane, layout) in layouts.iter_mut().enumerate().take(format.num_planes()) {
        let (width, height) = format.plane_size(plane);
        *layout = Layout::new(width, height, S::BYTES).shifted(offset);
        offset = layout.len;
    }
    layouts
}

impl<S: Sample> SharedPicture<S> {
    /// A picture in fresh zeroed memory, and its bands of `band_height` luma rows (the last may be lower),
    /// from top to bottom.
    ///
    /// # Panics
    /// If the format has a zero dimension or a bit depth that `S` cannot hold, or if `band_height` is zero
    /// or not a multiple of the vertical chroma subsampling.
    pub fn new(format: PictureFormat, band_height: usize) -> Unwritten<S> {
        Self::from_storage(format, band_height, PAD, Storage::zeroed(Self::bytes(&format)), Weak::new())
    }

    /// Memory the samples of a picture of `format` take with their padding, in bytes.
    pub fn bytes(format: &PictureFormat) -> usize {
        layouts::<S>(format)[format.num_planes() - 1].len * S::BYTES
    }

    /// As [`SharedPicture::new`], in the given memory, which goes to `home` when the picture is dropped, and with `margin`
    /// samples of padding.
    pub(crate) fn from_storage(
        format: PictureFormat,
        band_height: usize,
        margin: usize,
        storage: Storage,
        home: Weak<Home>,
    ) -> Unwritten<S> {
        let picture = Arc::new(Self::unwritten(format, band_height, margin, storage, home));
        let bands = (0..picture.progress.bands())
            .map(|index| Band { picture: Arc::clone(&picture), index, published: false })
            .collect();
        (picture, bands)
    }

    /// A picture for which no band was given out yet.
    fn unwritten(
        format: PictureFormat,
        band_height: usize,
        margin: usize,
        mut storage: Storage,
        home: Weak<Home>,
    ) -> Self {
        assert!(format.width > 0 && format.height > 0, "a picture has samples");
        assert!(margin <= PAD && margin.is_multiple_of(PAD_UNIT), "{margin} samples of padding");
        for plane in 0..format.num_planes() {
            assert!(S::holds(format.bit_depth(plane)), "bit depth {}", format.bit_depth(plane));
        }
        let shift = format.chroma.sub_height_shift();
        assert!(band_height > 0 && band_height.is_multiple_of(1 << shift), "bands of {band_height} rows");
        assert!(storage.bytes() >= Self::bytes(&format));
        let base = NonNull::from(storage.as_mut_slice::<S>()).cast::<S>();
        let progress = Progress::new(format.height.div_ceil(band_height));
        Self { base, storage, format, layouts: layouts::<S>(&format), band_height, margin, progress, home }
    }

    /// A picture with the samples that the memory holds, all published; see [`SharedPicture::from_storage`].
    pub(crate) fn finished(format: PictureFormat, storage: Storage, home: Weak<Home>) -> Self {
        let band_height = format.height.next_multiple_of(2);
        let picture = Self::unwritten(format, band_height, PAD, storage, home);
        picture.progress.publish(0);
        picture
    }

    /// A zeroed picture that is all published.
    pub(crate) fn zeroed(format: PictureFormat) -> Self {
        Self::finished(format, Storage::zeroed(Self::bytes(&format)), Weak::new())
    }

    /// A copy of a picture that is all published.
    pub(crate) fn finished_copy(&self) -> Self {
        let mut copy = Self::zeroed(self.format);
        copy.margin = self.margin;
        assert!(self.all_published());
        // SAFETY: both buffers hold `len` samples (invariant 1); nobody writes `self` any more (invariants 2
        // and 3, as all is published), and `copy` is not shared yet.
        unsafe { copy.base.copy_from_nonoverlapping(self.base, self.len()) };
        copy
    }

    /// Samples of all planes with padding.
    fn len(&self) -> usize {
        self.layouts[self.format.num_planes() - 1].len
    }

    /// Dimensions and bit depths.
    #[inline]
    pub fn format(&self) -> &PictureFormat {
        &self.format
    }

    /// Luma rows per band; the last band may have fewer.
    #[inline]
    pub fn band_height(&self) -> usize {
        self.band_height
    }

    /// Number of luma rows published from the top without a gap.
    #[inline]
    pub fn rows_published(&self) -> usize {
        (self.progress.published_from_top() * self.band_height).min(self.format.height)
    }

    /// Whether every band is published.
    #[inline]
    pub fn all_published(&self) -> bool {
        self.progress.published_from_top() == self.progress.bands()
    }

    /// The rectangle of `w` x `h` samples at `(x, y)` of a plane. It may lie anywhere: samples outside the
    /// picture equal the nearest one inside (8.5.3.3.3.1). `None` if a row it needs is not published yet, or
    /// a band above that row.
    ///
    /// # Panics
    /// If the plane does not exist, or the rectangle reaches outside the picture's padding ([`PAD`] samples, if it was
    /// not made with less) and is wider or higher than that.
    #[inline]
    #[track_caller]
    pub fn block(&self, plane: usize, x: isize, y: isize, w: usize, h: usize) -> Option<Block<'_, S>> {
        let (layout, margin) = (&self.layouts[plane], self.margin);
        let (index, y) = match layout.index_within(margin, x, y, w, h) {
            Some(index) => (index, y),
            None => {
                let x = into_padding(x, w, layout.width, margin);
                let y = into_padding(y, h, layout.height, margin);
                (layout.index(x, y, w, h), y)
            }
        };
        // SAFETY: `index` checked that the rectangle lies in the padded plane.
        unsafe { self.published_block(plane, index, y, w, h) }
    }

    /// As [`SharedPicture::block`], of any size: if it reaches outside the padding, its samples are put into `copy`.
    #[inline]
    pub fn block_or_copy<'a>(
        &'a self,
        plane: usize,
        x: isize,
        y: isize,
        w: usize,
        h: usize,
        copy: &'a mut Vec<S>,
    ) -> Option<Block<'a, S>> {
        match self.layouts[plane].index_within(self.margin, x, y, w, h) {
            // SAFETY: `index_within` checked that the rectangle lies in the padded plane.
            Some(index) => unsafe { self.published_block(plane, index, y, w, h) },
            // A view made here rather than there: it stays in registers.
            None if self.copy_block(plane, x, y, w, h, copy) => Some(Block::new(copy, 0, w, w, h)),
            None => None,
        }
    }

    /// [`SharedPicture::block_or_copy`] outside the padding; false if rows are not published yet.
    #[cold]
    #[inline(never)]
    fn copy_block(&self, plane: usize, x: isize, y: isize, w: usize, h: usize, copy: &mut Vec<S>) -> bool {
        let Layout { width, height, .. } = self.layouts[plane];
        // The part of the picture, at least one column and row of it, that holds all samples.
        let (left, last) = (inside(x, width), inside(x + w as isize - 1, width));
        let (top, bottom) = (inside(y, height), inside(y + h as isize - 1, height));
        let (columns, rows) = (last - left + 1, bottom - top + 1);
        let Some(part) = self.block(plane, left as isize, top as isize, columns, rows) else { return false };
        let before = ((-x).max(0) as usize).min(w);
        let behind = ((x + w as isize - width as isize).max(0) as usize).min(w);
        copy.clear();
        for dy in 0..h {
            let row = part.row(inside(y + dy as isize, height) - top);
            copy.extend(std::iter::repeat_n(row[0], before));
            copy.extend_from_slice(&row[..w.saturating_sub(before + behind)]);
            copy.extend(std::iter::repeat_n(row[columns - 1], behind));
        }
        true
    }

    /// The rectangle of `w` x `h` samples at `index`, which is in row `y` of a plane, if its rows are published.
    ///
    /// # Safety
    /// The rectangle lies in the padded plane.
    #[inline]
    unsafe fn published_block(
        &self,
        plane: usize,
        index: usize,
        y: isize,
        w: usize,
        h: usize,
    ) -> Option<Block<'_, S>> {
        let layout = &self.layouts[plane];
        let last_row = (y + h as isize - 1).clamp(0, layout.height as isize - 1) as usize;
        if last_row >= self.published_rows(plane) {
            return None;
        }
        // SAFETY: the rectangle lies in the padded plane (by the caller's promise), which lies in the buffer
        // (invariant 1). Its rows, and the padding they stand for, belong to published bands: nobody writes
        // them (invariants 2, 3).
        Some(unsafe { Block::from_raw(self.base.add(index), layout.stride, w, h) })
    }

    /// The whole of a plane, if the whole picture is published.
    #[inline]
    pub fn plane(&self, plane: usize) -> Option<PlaneView<'_, S>> {
        if !self.all_published() {
            return None;
        }
        // SAFETY: the buffer holds `len` initialised samples (invariant 1), and nobody writes any of them,
        // as all bands are published (invariants 2, 3).
        let data = unsafe { NonNull::slice_from_raw_parts(self.base, self.len()).as_ref() };
        Some(PlaneView { data, layout: self.layouts[plane] })
    }

    /// The rows of a plane from top to bottom, without padding, if the whole picture is published.
    pub fn plane_rows(&self, plane: usize) -> Option<impl ExactSizeIterator<Item = &[S]>> {
        Some(self.plane(plane)?.rows())
    }

    /// Fills the padding on all sides.
    pub(crate) fn pad(&mut self) {
        for plane in 0..self.format.num_planes() {
            self.plane_mut(plane).pad();
        }
        self.margin = PAD;
    }

    /// The whole of a plane for writing; the caller pads.
    pub(crate) fn plane_mut(&mut self, plane: usize) -> PlaneMut<'_, S> {
        // SAFETY: the buffer holds `len` initialised samples (invariant 1). `&mut self` excludes other
        // views: they borrow the picture, or hold an `Arc` of it.
        let data = unsafe { NonNull::slice_from_raw_parts(self.base, self.len()).as_mut() };
        PlaneMut { data, layout: self.layouts[plane] }
    }

    /// The picture as a value that needs no further checks, if it is all published. It shares the memory.
    pub fn into_picture(self: Arc<Self>) -> Option<Picture<S>> {
        Picture::from_shared(self)
    }

    /// Takes the bands that were dropped without being published, from top to bottom.
    pub fn missing_bands(self: &Arc<Self>) -> Vec<Band<S>> {
        (0..self.progress.bands())
            .filter(|&index| self.progress.reclaim(index))
            .map(|index| Band { picture: Arc::clone(self), index, published: false })
            .collect()
    }

    /// Publishes every band that was dropped without being published, with all samples of plane `i` set to
    /// `values[i]`.
    pub fn fill_missing(self: &Arc<Self>, values: [S; 3]) {
        for mut band in self.missing_bands() {
            band.fill(values);
            band.publish();
        }
    }

    /// Log2 of luma rows per row of the plane.
    #[inline]
    fn plane_shift(&self, plane: usize) -> u32 {
        self.format.chroma.plane_shifts(plane).1
    }

    /// Number of rows of the plane published from the top without a gap.
    #[inline]
    fn published_rows(&self, plane: usize) -> usize {
        let bands = self.progress.published_from_top();
        if bands == self.progress.bands() {
            self.layouts[plane].height
        } else {
            (bands * self.band_height) >> self.plane_shift(plane)
        }
    }

    /// Rows of the plane that belong to bands `from..to`.
    fn band_rows(&self, plane: usize, from: usize, to: usize) -> Range<usize> {
        let (shift, height) = (self.plane_shift(plane), self.layouts[plane].height);
        let row = |band: usize| ((band * self.band_height) >> shift).min(height);
        // The last band ends with the plane, whose height is rounded up if the luma height is odd.
        row(from)..if to == self.progress.bands() { height } else { row(to) }
    }

    /// A view of samples of bands `from..to`.
    ///
    /// # Panics
    /// If the rectangle leaves the rows of these bands or the picture.
    ///
    /// # Safety
    /// The caller holds these bands, borrowed as `&mut` for `'a`.
    #[inline]
    #[track_caller]
    unsafe fn band_block_mut<'a>(
        &self,
        bands: Range<usize>,
        plane: usize,
        x: usize,
        y: usize,
        w: usize,
        h: usize,
    ) -> BlockMut<'a, S> {
        let layout = &self.layouts[plane];
        let rows = self.band_rows(plane, bands.start, bands.end);
        let inside = x <= layout.width
            && w <= layout.width - x
            && rows.start <= y
            && y <= rows.end
            && h <= rows.end - y;
        assert!(inside, "block {w}x{h} at ({x}, {y}) leaves rows {rows:?} of width {}", layout.width);
        let index = layout.origin + y * layout.stride + x;
        // SAFETY: the rectangle lies in the plane, hence in the buffer (invariant 1), and in rows of bands
        // that the caller holds exclusively for `'a` (invariants 2, 3).
        unsafe { BlockMut::from_raw(self.base.add(index), layout.stride, w, h) }
    }
}

/// The coordinate at which a rectangle of extent `size` starts inside the padding of a plane of extent
/// `len`, such that it has the same samples as at `pos`: far outside the picture all coordinates look alike.
#[inline]
#[track_caller]
fn into_padding(pos: isize, size: usize, len: usize, margin: usize) -> isize {
    let (pad, size, len) = (margin as isize, size as isize, len as isize);
    if pos >= -pad && pos <= len + pad - size {
        return pos;
    }
    assert!(size <= pad, "a block of {size} samples reaches more than {margin} outside the picture");
    pos.clamp(-pad, len + pad - size)
}

/// The coordinate inside a plane of extent `len` that is nearest to `pos`.
#[inline]
fn inside(pos: isize, len: usize) -> usize {
    pos.clamp(0, len as isize - 1) as usize
}

impl<S> Drop for SharedPicture<S> {
    fn drop(&mut self) {
        Home::give_back(&self.home, std::mem::take(&mut self.storage));
    }
}

impl<S: Sample> fmt::Debug for SharedPicture<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows_published();
        write!(f, "SharedPicture({}x{}, {rows} rows published)", self.format.width, self.format.height)
    }
}
