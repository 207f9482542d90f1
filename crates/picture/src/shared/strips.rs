//! A band divided among those who write parts of it at the same time.
//!
//! CTUs of one row may belong to several substreams (tiles, slices), which are decoded side by side. Each decoder holds a
//! [`Strip`], the columns of its CTUs in that row.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, PoisonError};

use super::{Band, SharedPicture};
use crate::block::BlockMut;
use crate::sample::Sample;
use crate::sync::{Mutex, MutexGuard};

/// A [`Band`] given out in strips: ranges of luma columns that do not overlap.
///
/// Dropped, it leaves the band to the strips that are out: with the last of them the band counts as missing.
pub struct DividedBand<S: Sample> {
    division: Arc<Division<S>>,
}

/// The exclusive right to write some columns of a band. They are given back when it is dropped.
///
/// Invariants:
/// 1. `columns` is in the list of its division, once, and overlaps no other range in it. In every plane the samples of
///    ranges that do not overlap are disjoint, since no range begins or ends inside a chroma sample.
/// 2. `planes` are all rows of the band at `columns`, empty for planes that the picture does not have. Their lifetime stands
///    for that of the strip: they are given out only as borrows of it.
pub struct Strip<S: Sample> {
    division: Arc<Division<S>>,
    columns: Range<usize>,
    planes: [BlockMut<'static, S>; 3],
}

/// What the strips of a band share.
///
/// Invariant: while it exists, the samples of `band` are touched only through strips.
struct Division<S: Sample> {
    band: Band<S>,
    /// Columns of the strips that are out.
    taken: Mutex<Vec<Range<usize>>>,
}

impl<S: Sample> Division<S> {
    /// The list is valid at any time, also when a thread panicked.
    fn taken(&self) -> MutexGuard<'_, Vec<Range<usize>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn picture(&self) -> &SharedPicture<S> {
        &self.band.picture
    }
}

impl<S: Sample> Band<S> {
    /// Gives up writing the band as a whole for writing it in strips.
    pub fn divide(self) -> DividedBand<S> {
        DividedBand { division: Arc::new(Division { band: self, taken: Mutex::default() }) }
    }
}

impl<S: Sample> DividedBand<S> {
    /// The strip of these luma columns, unless a strip is out that overlaps it.
    ///
    /// # Panics
    /// If the range leaves the picture, or begins or ends inside a chroma sample.
    pub fn take(&self, columns: Range<usize>) -> Option<Strip<S>> {
        let format = &self.division.picture().format;
        let unit = 1 << format.chroma.plane_shifts(1).0;
        let is_whole = |column: usize| column.is_multiple_of(unit) || column == format.width;
        assert!(
            columns.start <= columns.end && columns.end <= format.width,
            "columns {columns:?} of {}",
            format.width
        );
        assert!(is_whole(columns.start) && is_whole(columns.end), "columns {columns:?} cut a chroma sample");
        let mut taken = self.division.taken();
        if taken.iter().any(|other| columns.start < other.end && other.start < columns.end) {
            return None;
        }
        taken.push(columns.clone());
        drop(taken);
        // SAFETY: the columns are in the list for this strip alone.
        let planes = unsafe { self.planes(&columns) };
        Some(Strip { division: Arc::clone(&self.division), columns, planes })
    }

    /// The planes of the strip with these columns.
    ///
    /// # Safety
    /// The caller has put the columns into the list, and puts the views into a strip that takes them out again.
    unsafe fn planes(&self, columns: &Range<usize>) -> [BlockMut<'static, S>; 3] {
        let (band, picture) = (self.division.band.index, self.division.picture());
        std::array::from_fn(|plane| {
            if plane >= picture.format.num_planes() {
                return BlockMut::new(&mut [], 0, 0, 0, 0);
            }
            let columns = plane_columns(picture, plane, columns);
            let rows = picture.band_rows(plane, band, band + 1);
            // SAFETY: the division holds the band, whose samples are touched only through strips while it exists, and the
            // strip, which shares the division, will be the only one with these columns (invariant of `Division`,
            // invariants of `Strip`). The views are of different planes, hence disjoint.
            unsafe {
                let (x, w) = (columns.start, columns.len());
                picture.band_block_mut(band..band + 1, plane, x, rows.start, w, rows.len())
            }
        })
    }

    /// The band, if no strip is out; otherwise it is left to the strips.
    pub fn whole(self) -> Option<Band<S>> {
        Arc::into_inner(self.division).map(|division| division.band)
    }
}

impl<S: Sample> Strip<S> {
    /// Its luma columns.
    #[inline]
    pub fn columns(&self) -> Range<usize> {
        self.columns.clone()
    }

    /// All rows of the band at these luma columns, per plane; empty for planes that the picture does not have. A chroma
    /// sample counts as being at every luma column it stands for.
    ///
    /// # Panics
    /// If the range leaves the strip.
    #[inline]
    #[track_caller]
    pub fn blocks_mut(&mut self, columns: Range<usize>) -> [BlockMut<'_, S>; 3] {
        let inside = self.columns.start <= columns.start
            && columns.start <= columns.end
            && columns.end <= self.columns.end;
        assert!(inside, "columns {columns:?} leave the strip {:?}", self.columns);
        let (picture, own) = (self.division.picture(), &self.columns);
        // Not a map over the array: it would pass the views through memory.
        let [luma, cb, cr] = &mut self.planes;
        [
            part(picture, 0, luma, own, &columns),
            part(picture, 1, cb, own, &columns),
            part(picture, 2, cr, own, &columns),
        ]
    }
}

/// The part of a strip's plane, whose luma columns are `own`, at these luma columns.
#[inline(always)]
fn part<'a, S: Sample>(
    picture: &SharedPicture<S>,
    plane: usize,
    block: &'a mut BlockMut<'_, S>,
    own: &Range<usize>,
    columns: &Range<usize>,
) -> BlockMut<'a, S> {
    if block.width() == 0 {
        return block.rb();
    }
    let part = plane_columns(picture, plane, columns);
    let x = part.start - plane_columns(picture, plane, own).start;
    let height = block.height();
    block.sub_mut(x, 0, part.len(), height)
}

/// The columns of a plane that stand for these luma columns.
#[inline]
fn plane_columns<S: Sample>(
    picture: &SharedPicture<S>,
    plane: usize,
    columns: &Range<usize>,
) -> Range<usize> {
    let shift = picture.format.chroma.plane_shifts(plane).0;
    columns.start >> shift..columns.end.div_ceil(1 << shift)
}

impl<S: Sample> Drop for Strip<S> {
    fn drop(&mut self) {
        let mut taken = self.division.taken();
        // Empty strips may be alike; it does not matter which of them goes.
        if let Some(at) = taken.iter().position(|columns| *columns == self.columns) {
            taken.swap_remove(at);
        }
    }
}

impl<S: Sample> fmt::Debug for DividedBand<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DividedBand({:?}, taken {:?})", self.division.band, self.division.taken())
    }
}

impl<S: Sample> fmt::Debug for Strip<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Strip({:?}, columns {:?})", self.division.band, self.columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{ChromaFormat, PictureFormat};

    fn picture(width: usize, chroma: ChromaFormat) -> (Arc<SharedPicture<u8>>, Vec<DividedBand<u8>>) {
        let format = PictureFormat { width, height: 32, chroma, bit_depth_luma: 8, bit_depth_chroma: 8 };
        let (picture, bands) = SharedPicture::new(format, 16);
        (picture, bands.into_iter().map(Band::divide).collect())
    }

    #[test]
    fn strips_that_overlap_are_refused_until_one_is_dropped() {
        let (_, bands) = picture(64, ChromaFormat::Yuv420);
        let strip = bands[0].take(16..48).expect("free");
        assert_eq!(strip.columns(), 16..48);
        for columns in [16..48, 0..18, 46..64, 20..22, 0..64] {
            assert!(bands[0].take(columns.clone()).is_none(), "{columns:?}");
        }
        let neighbours = (bands[0].take(0..16).expect("free"), bands[0].take(48..64).expect("free"));
        assert!(bands[1].take(16..48).is_some(), "another band");
        drop(strip);
        assert!(bands[0].take(16..50).is_none());
        assert!(bands[0].take(20..48).is_some());
        drop(neighbours);
        assert!(bands[0].take(0..64).is_some());
    }

    #[test]
    fn a_strip_is_given_back_while_unwinding() {
        let (picture, mut bands) = picture(64, ChromaFormat::Yuv420);
        let strip = bands[1].take(0..64).expect("free");
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            let mut strip = strip;
            strip.blocks_mut(0..64)[0].fill(1);
            panic!("a writer fails");
        }));
        assert!(result.is_err() && bands[1].take(0..64).is_some());
        bands.remove(1).whole().expect("no strip is out").publish();
        assert!(!picture.all_published());
    }

    /// Widths that are no multiple of a chroma sample included: the last one stands for fewer luma columns.
    #[test]
    fn every_sample_of_every_plane_belongs_to_one_strip() {
        let formats =
            [ChromaFormat::Monochrome, ChromaFormat::Yuv420, ChromaFormat::Yuv422, ChromaFormat::Yuv444];
        for chroma in formats {
            let (picture, bands) = picture(37, chroma);
            for band in bands {
                for (value, columns) in [(1, 0..8), (2, 8..18), (3, 18..37)] {
                    let mut strip = band.take(columns.clone()).expect("free");
                    for block in &mut strip.blocks_mut(columns)[..chroma.num_planes()] {
                        for y in 0..block.height() {
                            block.row_mut(y).iter_mut().for_each(|v| *v += value);
                        }
                    }
                }
                band.whole().expect("no strip is out").publish();
            }
            for plane in 0..chroma.num_planes() {
                let shift = chroma.plane_shifts(plane).0;
                for row in picture.plane_rows(plane).expect("published") {
                    for (x, &v) in row.iter().enumerate() {
                        let want =
                            [(0, 1), (8, 2), (18, 3)].iter().rev().find(|(start, _)| x << shift >= *start);
                        assert_eq!(Some(v), want.map(|(_, value)| *value), "{chroma:?}, plane {plane}, {x}");
                    }
                }
            }
        }
    }

    /// What a CTU with a column of its left neighbour takes: one more column in every plane.
    #[test]
    fn a_column_to_the_left_is_one_in_every_plane() {
        for chroma in [ChromaFormat::Yuv420, ChromaFormat::Yuv422, ChromaFormat::Yuv444] {
            let (_, bands) = picture(64, chroma);
            let mut strip = bands[0].take(0..64).expect("free");
            let widths = strip.blocks_mut(15..32).map(|block| block.width());
            let chroma_width = 1 + (16 >> chroma.plane_shifts(1).0);
            assert_eq!(widths, [17, chroma_width, chroma_width]);
        }
        let (_, bands) = picture(64, ChromaFormat::Monochrome);
        let widths = bands[0].take(0..64).expect("free").blocks_mut(15..32).map(|block| block.width());
        assert_eq!(widths, [17, 0, 0]);
    }

    #[test]
    #[should_panic(expected = "leave the strip 16..48")]
    fn writing_outside_the_strip_is_refused() {
        let (_, bands) = picture(64, ChromaFormat::Yuv420);
        bands[0].take(16..48).expect("free").blocks_mut(15..32);
    }

    #[test]
    #[should_panic(expected = "cut a chroma sample")]
    fn columns_that_cut_a_chroma_sample_are_refused() {
        let (_, bands) = picture(64, ChromaFormat::Yuv422);
        let _ = bands[0].take(0..15);
    }

    #[test]
    #[should_panic(expected = "columns 48..66 of 64")]
    fn columns_outside_the_picture_are_refused() {
        let (_, bands) = picture(64, ChromaFormat::Yuv420);
        let _ = bands[0].take(48..66);
    }

    /// A band that is given up while strips are out is missing when the last one is dropped, not before.
    #[test]
    fn an_abandoned_band_is_missing_with_its_last_strip() {
        let (picture, mut bands) = picture(64, ChromaFormat::Yuv420);
        let lower = bands.pop().expect("two bands");
        let strips = [lower.take(0..32).expect("free"), lower.take(32..64).expect("free")];
        assert!(lower.whole().is_none());
        for strip in strips {
            assert!(picture.missing_bands().is_empty());
            drop(strip);
        }
        assert_eq!(picture.missing_bands().iter().map(Band::index).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn neighbouring_strips_are_written_side_by_side() {
        for _ in 0..50 {
            let (picture, bands) = picture(48, ChromaFormat::Yuv420);
            std::thread::scope(|scope| {
                for band in &bands {
                    for (value, columns) in [(1, 0..16), (2, 16..30), (3, 30..48)] {
                        let mut strip = band.take(columns.clone()).expect("free");
                        scope.spawn(move || {
                            strip.blocks_mut(columns).iter_mut().for_each(|block| block.fill(value));
                        });
                    }
                }
            });
            bands.into_iter().for_each(|band| band.whole().expect("no strip is out").publish());
            for (plane, (first, second)) in [(16, 30), (8, 15), (8, 15)].into_iter().enumerate() {
                for row in picture.plane_rows(plane).expect("published") {
                    let is_right =
                        |(x, &v): (usize, &u8)| v == 1 + u8::from(x >= first) + u8::from(x >= second);
                    assert!(row.iter().enumerate().all(is_right), "plane {plane}: {row:?}");
                }
            }
        }
    }
}
