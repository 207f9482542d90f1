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
use crate::plane::{Layout, PAD, PAD_UNIT, PlaneMut, PlaneView, pad_columns};
use crate::pool::Home;
use crate::progress::Progress;
use crate::sample::Sample;
use crate::storage::Storage;

mod strips;

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

/// The exclusive right to write the rows of one band of a [`SharedPicture`].
///
/// A band that is dropped without [`Band::publish`] counts as missing: [`SharedPicture::missing_bands`]
/// gives it out again.
///
/// Invariant: it is the only `Band` of its index and picture, and the band is not published unless
/// `published` is set.
pub struct Band<S: Sample> {
    picture: Arc<SharedPicture<S>>,
    index: usize,
    published: bool,
}

/// A picture to be written, and its bands from top to bottom.
pub type Unwritten<S> = (Arc<SharedPicture<S>>, Vec<Band<S>>);

/// Two vertically adjacent bands of a picture, written as one.
pub struct BandPair<'a, S: Sample> {
    upper: &'a mut Band<S>,
    lower: &'a mut Band<S>,
}

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
            None => self.copied_block(plane, x, y, w, h, copy),
        }
    }

    /// [`SharedPicture::block_or_copy`] outside the padding.
    #[cold]
    fn copied_block<'a>(
        &self,
        plane: usize,
        x: isize,
        y: isize,
        w: usize,
        h: usize,
        copy: &'a mut Vec<S>,
    ) -> Option<Block<'a, S>> {
        let Layout { width, height, .. } = self.layouts[plane];
        // The part of the picture, at least one column and row of it, that holds all samples.
        let (left, last) = (inside(x, width), inside(x + w as isize - 1, width));
        let (top, bottom) = (inside(y, height), inside(y + h as isize - 1, height));
        let (columns, rows) = (last - left + 1, bottom - top + 1);
        let part = self.block(plane, left as isize, top as isize, columns, rows)?;
        let before = ((-x).max(0) as usize).min(w);
        let behind = ((x + w as isize - width as isize).max(0) as usize).min(w);
        copy.clear();
        for dy in 0..h {
            let row = part.row(inside(y + dy as isize, height) - top);
            copy.extend(std::iter::repeat_n(row[0], before));
            copy.extend_from_slice(&row[..w.saturating_sub(before + behind)]);
            copy.extend(std::iter::repeat_n(row[columns - 1], behind));
        }
        Some(Block::new(copy, 0, w, w, h))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::ChromaFormat;

    fn format(width: usize, height: usize, chroma: ChromaFormat) -> PictureFormat {
        PictureFormat { width, height, chroma, bit_depth_luma: 8, bit_depth_chroma: 8 }
    }

    fn value(plane: usize, x: usize, y: usize) -> u8 {
        (plane * 85 + x * 3 + y * 7) as u8
    }

    fn paint(band: &mut Band<u8>) {
        for plane in 0..band.picture().format().num_planes() {
            let (width, rows) = (band.picture().format().plane_size(plane).0, band.rows(plane));
            let mut block = band.block_mut(plane, 0, rows.start, width, rows.len());
            for y in 0..rows.len() {
                for (x, v) in block.row_mut(y).iter_mut().enumerate() {
                    *v = value(plane, x, rows.start + y);
                }
            }
        }
    }

    fn check(picture: &SharedPicture<u8>, plane: usize, x: isize, y: isize, w: usize, h: usize) {
        let (width, height) = picture.format().plane_size(plane);
        let block = picture.block(plane, x, y, w, h).expect("published");
        for dy in 0..h {
            for dx in 0..w {
                let px = (x + dx as isize).clamp(0, width as isize - 1) as usize;
                let py = (y + dy as isize).clamp(0, height as isize - 1) as usize;
                assert_eq!(block.at(dx, dy), value(plane, px, py), "plane {plane} ({x}, {y}) + ({dx}, {dy})");
            }
        }
    }

    #[test]
    fn reads_anywhere_see_the_nearest_sample_of_the_picture() {
        let formats =
            [ChromaFormat::Monochrome, ChromaFormat::Yuv420, ChromaFormat::Yuv422, ChromaFormat::Yuv444];
        for chroma in formats {
            let (picture, bands) = SharedPicture::<u8>::new(format(72, 88, chroma), 32);
            assert_eq!(bands.len(), 3);
            for mut band in bands {
                paint(&mut band);
                band.publish();
            }
            for plane in 0..chroma.num_planes() {
                for (x, y) in [(0, 0), (-80, -80), (-5, 20), (-4000, 3), (4000, 50), (30, -900), (9, 32_767)]
                {
                    check(&picture, plane, x, y, 71, 71);
                    check(&picture, plane, x, y, 5, 11);
                }
            }
        }
    }

    /// With little padding, or none, copies take the place of what is not there; rows that are not published are not copied.
    #[test]
    fn reads_beyond_narrow_padding_see_the_nearest_sample_of_the_picture() {
        let pool = crate::pool::Pool::new(1, u64::MAX);
        let mut copy = vec![];
        for (margin, chroma) in
            [(0, ChromaFormat::Yuv444), (16, ChromaFormat::Yuv420), (80, ChromaFormat::Yuv422)]
        {
            let format = format(72, 88, chroma);
            let (picture, bands) = pool.picture::<u8>(format, 32, margin).expect("no limit");
            for mut band in bands {
                assert!(picture.block_or_copy(0, -300, 40, 8, 8, &mut copy).is_none() || band.index() == 2);
                // What was in the memory before must not show.
                band.fill([255; 3]);
                paint(&mut band);
                band.publish();
            }
            for plane in 0..3 {
                let (width, height) = format.plane_size(plane);
                for (x, y) in
                    [(0, 0), (-16, -16), (-17, 3), (-5, 90), (60, 80), (-4000, 3), (4000, 50), (9, 32_767)]
                {
                    for (w, h) in [(71, 71), (5, 11), (200, 1)] {
                        let block = picture.block_or_copy(plane, x, y, w, h, &mut copy).expect("published");
                        assert_eq!((block.width(), block.height()), (w, h));
                        for (dx, dy) in (0..h).flat_map(|dy| (0..w).map(move |dx| (dx, dy))) {
                            let at = (inside(x + dx as isize, width), inside(y + dy as isize, height));
                            let want = value(plane, at.0, at.1);
                            assert_eq!(
                                block.at(dx, dy),
                                want,
                                "plane {plane} ({x}, {y}) + ({dx}, {dy}), margin {margin}"
                            );
                        }
                    }
                }
            }
        }
    }

    /// A block that fits into the padding is read there, and a larger one refused.
    #[test]
    #[should_panic(expected = "reaches more than 16 outside")]
    fn blocks_larger_than_the_padding_are_refused() {
        let pool = crate::pool::Pool::new(1, u64::MAX);
        let (picture, bands) =
            pool.picture::<u8>(format(32, 32, ChromaFormat::Yuv420), 32, 16).expect("no limit");
        for mut band in bands {
            paint(&mut band);
            band.publish();
        }
        check(&picture, 0, -900, 900, 16, 16);
        picture.block(0, -17, 0, 17, 8);
    }

    #[test]
    fn odd_sizes_leave_no_row_without_a_band() {
        let (picture, bands) = SharedPicture::<u8>::new(format(17, 33, ChromaFormat::Yuv420), 16);
        let rows: Vec<_> = bands.iter().map(|band| (band.rows(0), band.rows(1))).collect();
        assert_eq!(rows, [(0..16, 0..8), (16..32, 8..16), (32..33, 16..17)]);
        for mut band in bands.into_iter().rev() {
            paint(&mut band);
            band.publish();
        }
        check(&picture, 2, 0, 0, 9, 17);
    }

    #[test]
    fn rows_become_readable_from_the_top_without_gaps() {
        let (picture, mut bands) = SharedPicture::<u8>::new(format(64, 96, ChromaFormat::Yuv420), 32);
        let (bottom, middle, top) = (bands.pop().unwrap(), bands.pop().unwrap(), bands.pop().unwrap());
        assert!(picture.block(0, 0, -70, 8, 8).is_none());
        middle.publish();
        assert_eq!(picture.rows_published(), 0);
        top.publish();
        assert_eq!(picture.rows_published(), 64);
        assert!(picture.block(1, 0, 24, 8, 8).is_some());
        assert!(picture.block(1, 0, 25, 8, 8).is_none());
        assert!(picture.plane(0).is_none());
        bottom.publish();
        assert!(picture.all_published() && picture.plane(2).is_some());
    }

    #[test]
    fn a_pair_writes_across_the_border_of_its_bands() {
        let (picture, mut bands) = SharedPicture::<u8>::new(format(32, 48, ChromaFormat::Yuv420), 16);
        let (upper, rest) = bands.split_at_mut(1);
        let mut pair = Band::pair(&mut upper[0], &mut rest[0]);
        assert_eq!(pair.rows(1), 0..16);
        pair.block_mut(0, 8, 12, 8, 8).fill(9);
        assert_eq!(pair.block(0, 8, 12, 8, 8).at(7, 7), 9);
        bands.into_iter().for_each(Band::publish);
        let plane = picture.plane(0).unwrap();
        assert_eq!((plane.row(11)[8], plane.row(12)[8], plane.row(19)[15], plane.row(20)[15]), (0, 9, 9, 0));
    }

    #[test]
    #[should_panic(expected = "bands 0 and 2")]
    fn a_pair_of_distant_bands_is_refused() {
        let (_, mut bands) = SharedPicture::<u8>::new(format(32, 48, ChromaFormat::Yuv420), 16);
        let (upper, rest) = bands.split_at_mut(2);
        Band::pair(&mut upper[0], &mut rest[0]);
    }

    #[test]
    #[should_panic(expected = "leaves rows 16..32")]
    fn writing_outside_the_band_is_refused() {
        let (_, mut bands) = SharedPicture::<u8>::new(format(32, 48, ChromaFormat::Yuv420), 16);
        bands[1].block_mut(0, 0, 15, 8, 8);
    }

    #[test]
    fn dropped_bands_are_missing_and_can_be_filled() {
        let (picture, mut bands) = SharedPicture::<u8>::new(format(32, 48, ChromaFormat::Yuv420), 16);
        paint(&mut bands[1]);
        bands.remove(1).publish();
        picture.fill_missing([1, 2, 3]);
        assert!(!picture.all_published(), "bands that are still held are not missing");
        drop(bands);
        picture.fill_missing([1, 2, 3]);
        assert!(picture.all_published());
        assert_eq!(picture.block(2, -9, -9, 4, 4).unwrap().at(0, 0), 3);
        check(&picture, 0, 3, 16, 16, 16);
    }

    /// Writers publish bands in a scattered order while readers check everything they are given.
    #[test]
    fn readers_never_see_unfinished_rows() {
        for round in 0..20 {
            let (picture, bands) = SharedPicture::<u8>::new(format(80, 160, ChromaFormat::Yuv420), 16);
            let mut queues: [Vec<Band<u8>>; 3] = Default::default();
            for band in bands {
                queues[(band.index() * 7 + round) % 3].push(band);
            }
            std::thread::scope(|scope| {
                for queue in queues {
                    scope.spawn(move || {
                        for mut band in queue {
                            paint(&mut band);
                            band.publish();
                        }
                    });
                }
                for _ in 0..2 {
                    scope.spawn(|| {
                        while !picture.all_published() {
                            let rows = picture.rows_published();
                            if rows > 0 {
                                check(&picture, 0, -8, rows as isize - 16, 96, 16);
                                check(&picture, 1, -8, (rows as isize - 16) / 2, 32, 8);
                            }
                            std::thread::yield_now();
                        }
                    });
                }
            });
            check(&picture, 0, -80, -80, 240, 320);
        }
    }
}
