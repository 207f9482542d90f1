//! The samples of a coding tree unit in the picture.
//!
//! A [`CtuView`] reconstructs a CTU where it will stay. Its left neighbours before in-loop filtering are in the picture
//! as well: the filters touch a row of CTUs only when all of it is reconstructed. The row above may be filtered already, so
//! its samples come from [`TileBottom`]s, through an [`AboveRow`].

use rivus_picture::{BlockMut, PictureFormat, Sample, Strip};

use crate::samples::CtuSamples;
use crate::tile::{TileBottom, border_row};

/// Index of the first sample above the CTU, on a 16-sample boundary; the corner is before it.
const ORIGIN: usize = 16;
/// The corner, the row above the CTU and that above the next one.
const LEN: usize = ORIGIN + 128;

/// The samples above a CTU before in-loop filtering, per plane: the corner, the CTU's width, and that of the next one.
#[derive(Clone, Debug)]
pub struct AboveRow<S> {
    lines: [[S; LEN]; 3],
}

impl<S: Sample> Default for AboveRow<S> {
    fn default() -> Self {
        Self { lines: [[S::default(); LEN]; 3] }
    }
}

impl<S: Sample> AboveRow<S> {
    /// Takes the bottoms of the above-left, above and above-right CTUs, where they exist; CTBs are 1 << `ctb_log2_size`
    /// luma samples wide. Other samples keep old values.
    pub fn fill(&mut self, format: &PictureFormat, ctb_log2_size: u8, above: [Option<&TileBottom<S>>; 3]) {
        for (plane, line) in self.lines.iter_mut().enumerate().take(format.num_planes()) {
            let w = (1usize << ctb_log2_size) >> format.chroma.plane_shifts(plane).0;
            border_row(above, plane, w, &mut line[ORIGIN - 1..]);
        }
    }
}

/// A CTU in the picture; see the module.
#[derive(Debug)]
pub struct CtuView<'a, S> {
    /// The visible part of the CTU with `left` columns before it.
    planes: [BlockMut<'a, S>; 3],
    /// 1 if the strip has the column to the left of the CTU, else 0: then no left neighbour is available.
    left: usize,
    above: &'a AboveRow<S>,
    format: &'a PictureFormat,
}

impl<'a, S: Sample> CtuView<'a, S> {
    /// The CTU whose visible part is `width` luma samples wide from luma column `x0` on.
    ///
    /// # Panics
    /// If that leaves the strip.
    pub fn new(
        strip: &'a mut Strip<S>,
        x0: usize,
        width: usize,
        above: &'a AboveRow<S>,
        format: &'a PictureFormat,
    ) -> Self {
        let left = usize::from(x0 > strip.columns().start);
        Self { planes: strip.blocks_mut(x0 - left..x0 + width), left, above, format }
    }

    /// Width and height of the visible part, in samples of the plane.
    #[inline]
    pub fn size(&self, plane: usize) -> (usize, usize) {
        (self.planes[plane].width() - self.left, self.planes[plane].height())
    }

    /// Stores the lowest visible line of the CTU, to be handed to the row below.
    pub fn bottom(&self, out: &mut TileBottom<S>) {
        for plane in 0..self.format.num_planes() {
            let (w, h) = self.size(plane);
            out.lines[plane][..w].copy_from_slice(&self.planes[plane].row(h - 1)[self.left..]);
        }
    }

    /// Asks the processor to bring the CTU into its caches: its memory was last touched some pictures ago.
    pub fn prefetch(&self) {
        for (plane, samples) in self.planes.iter().enumerate().take(self.format.num_planes()) {
            // Not the column to the left, which was just written.
            let (w, h) = self.size(plane);
            samples.as_block().sub(self.left, 0, w, h).prefetch();
        }
    }

    /// Column of the plane's rectangle.
    #[inline]
    fn column_of(&self, x: isize) -> usize {
        self.left.wrapping_add_signed(x)
    }
}

impl<S: Sample> CtuSamples<S> for CtuView<'_, S> {
    #[inline]
    fn format(&self) -> &PictureFormat {
        self.format
    }

    #[inline]
    fn sample(&self, plane: usize, x: isize, y: isize) -> S {
        match usize::try_from(y) {
            Ok(y) => self.planes[plane].row(y)[self.column_of(x)],
            Err(_) => self.above.lines[plane][ORIGIN.wrapping_add_signed(x)],
        }
    }

    #[inline]
    fn row(&self, plane: usize, x: isize, y: isize, len: usize) -> &[S] {
        match usize::try_from(y) {
            Ok(y) => &self.planes[plane].row(y)[self.column_of(x)..][..len],
            Err(_) => &self.above.lines[plane][ORIGIN.wrapping_add_signed(x)..][..len],
        }
    }

    #[inline]
    fn column(&self, plane: usize, x: isize, y: usize, out: &mut [S]) {
        let column = self.planes[plane].as_block().sub(self.column_of(x), y, 1, out.len());
        for (to, row) in out.iter_mut().zip(column.rows()) {
            *to = row[0];
        }
    }

    #[inline]
    #[track_caller]
    fn block_mut(&mut self, plane: usize, x: usize, y: usize, w: usize, h: usize) -> BlockMut<'_, S> {
        self.planes[plane].sub_mut(self.left + x, y, w, h)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CHROMA_FORMATS, format};
    use crate::tile::CtuTile;
    use rivus_picture::{ChromaFormat, SharedPicture};

    /// A sample that tells its plane and place in the picture.
    fn value(plane: usize, x: usize, y: usize) -> u8 {
        (plane * 85 + x * 3 + y * 7) as u8
    }

    /// The second CTU of a row seen in the picture and in a tile: the same samples inside, above and to the left.
    #[test]
    fn a_view_and_a_tile_show_the_same() {
        for chroma in CHROMA_FORMATS {
            let format = format(48, 32, chroma, 8);
            let (_, bands) = SharedPicture::<u8>::new(format, 16);
            let band = bands.into_iter().next_back().expect("two bands").divide();
            let mut strip = band.take(0..48).expect("free");
            let mut tile = CtuTile::<u8>::new(format, 4);
            let mut bottoms: [TileBottom<u8>; 3] = Default::default();
            for plane in 0..format.num_planes() {
                let (w, h) = tile.ctb_size(plane);
                for (ctu, bottom) in bottoms.iter_mut().enumerate() {
                    (0..w).for_each(|x| bottom.lines[plane][x] = value(plane, ctu * w + x, h - 1));
                }
            }
            let above = bottoms.each_ref().map(Some);
            let mut line = AboveRow::default();
            line.fill(&format, 4, above);
            for ctu in 0..2 {
                tile.begin(above);
                let mut view = CtuView::new(&mut strip, 16 * ctu, 16, &line, &format);
                for plane in 0..format.num_planes() {
                    let (w, h) = tile.ctb_size(plane);
                    assert_eq!(view.size(plane), (w, h));
                    for (y, x) in (0..h).flat_map(|y| (0..w).map(move |x| (y, x))) {
                        let v = value(plane, ctu * w + x, h + y);
                        view.block_mut(plane, x, y, 1, 1).fill(v);
                        tile.block_mut(plane, x, y, 1, 1).fill(v);
                    }
                }
            }
            let view = CtuView::new(&mut strip, 16, 16, &line, &format);
            let (mut from_view, mut from_tile) = (TileBottom::default(), TileBottom::default());
            view.bottom(&mut from_view);
            tile.bottom(&mut from_tile);
            assert_eq!(from_view.lines, from_tile.lines, "{chroma:?}");
            for plane in 0..format.num_planes() {
                let (w, h) = tile.ctb_size(plane);
                let inside = (0..h as isize).flat_map(|y| (-1..w as isize).map(move |x| (x, y)));
                for (x, y) in inside.chain((-1..2 * w as isize).map(|x| (x, -1))) {
                    let at = format!("{chroma:?}, plane {plane} ({x}, {y})");
                    assert_eq!(view.sample(plane, x, y), tile.sample(plane, x, y), "{at}");
                    assert_eq!(view.row(plane, x, y, 1), tile.row(plane, x, y, 1), "{at}");
                }
                let mut columns = ([0; 64], [0; 64]);
                view.column(plane, -1, 2, &mut columns.0[..h - 2]);
                tile.column(plane, -1, 2, &mut columns.1[..h - 2]);
                assert_eq!(columns.0, columns.1, "{chroma:?}, plane {plane}");
                assert_eq!(columns.0[0], value(plane, w - 1, h + 2), "{chroma:?}, plane {plane}");
            }
        }
    }

    /// At the strip's begin there is no left column, at the picture's end only part of a CTU.
    #[test]
    fn the_view_ends_with_strip_and_picture() {
        let format = format(40, 24, ChromaFormat::Yuv420, 8);
        let (_, bands) = SharedPicture::<u8>::new(format, 16);
        let band = bands.into_iter().next_back().expect("two bands").divide();
        let mut strip = band.take(32..40).expect("free");
        let above = AboveRow::default();
        let mut view = CtuView::new(&mut strip, 32, 8, &above, &format);
        assert_eq!((view.left, view.size(0), view.size(1)), (0, (8, 8), (4, 4)));
        view.block_mut(1, 0, 3, 4, 1).fill(5);
        let mut bottom = TileBottom::default();
        view.bottom(&mut bottom);
        assert_eq!(bottom.lines[1][..5], [5, 5, 5, 5, 0]);
    }
}
