//! The samples of one coding tree unit in memory of their own, for an encoder that tries and takes back.
//!
//! A [`CtuTile`] holds, per plane, the samples of the CTU and a border of already decoded neighbours: the row above (from
//! the corner to the end of the above-right CTU) and the column to the left. The tile stays in the first- or second-level
//! cache; a finished CTU is copied to the picture, and its bottom line handed to the row below as a [`TileBottom`].
//!
//! Whether a border sample may be used at all is the business of `CtuMaps`; here values without meaning are harmless.

use rivus_picture::{Block, BlockMut, ChromaFormat, PictureFormat, Sample};

use crate::samples::CtuSamples;

/// Samples per row of a tile: the left border sits at column 15, so the CTU begins on a 16-sample boundary.
const STRIDE: usize = 144;
/// Column of the first sample of the CTU.
const ORIGIN: usize = 16;
/// Samples of a plane: the border row and 64 rows.
const LEN: usize = STRIDE * 65;

/// Index of sample (x, y), x in -1..=127 (beyond 63 only for y = -1), y in -1..=63.
#[inline]
fn at(x: isize, y: isize) -> usize {
    debug_assert!((-1..128).contains(&x) && (-1..64).contains(&y), "sample ({x}, {y})");
    ((y + 1) * STRIDE as isize + ORIGIN as isize + x) as usize
}

/// The lowest line of a CTU before in-loop filtering, per plane, for intra prediction in the row below.
#[derive(Clone, Debug)]
pub struct TileBottom<S> {
    /// Per plane; only the CTB width of the plane is meaningful.
    pub lines: [[S; 64]; 3],
}

impl<S: Sample> Default for TileBottom<S> {
    fn default() -> Self {
        Self { lines: [[S::default(); 64]; 3] }
    }
}

/// Fills the row above a CTU, from the corner on, with the bottoms of the above-left, above and above-right CTUs, where they
/// exist; CTBs of the plane are `w` samples wide. Other samples keep old values.
pub(crate) fn border_row<S: Sample>(
    [up_left, up, up_right]: [Option<&TileBottom<S>>; 3],
    plane: usize,
    w: usize,
    row: &mut [S],
) {
    if let Some(bottom) = up_left {
        row[0] = bottom.lines[plane][w - 1];
    }
    if let Some(bottom) = up {
        row[1..][..w].copy_from_slice(&bottom.lines[plane][..w]);
    }
    if let Some(bottom) = up_right {
        row[1 + w..][..w].copy_from_slice(&bottom.lines[plane][..w]);
    }
}

/// The samples of a CTU in progress with their border; see the module.
#[derive(Clone, Debug)]
pub struct CtuTile<S> {
    planes: [Box<[S]>; 3],
    format: PictureFormat,
    ctb_size: usize,
}

impl<S: Sample> CtuTile<S> {
    /// A tile for pictures of `format` with CTBs of 1 << `ctb_log2_size` luma samples (4..=6).
    pub fn new(format: PictureFormat, ctb_log2_size: u8) -> Self {
        assert!((3..=6).contains(&ctb_log2_size), "CTB size 1 << {ctb_log2_size}");
        let plane = |used| vec![S::default(); if used { LEN } else { 0 }].into_boxed_slice();
        let chroma = format.chroma != ChromaFormat::Monochrome;
        Self { planes: [plane(true), plane(chroma), plane(chroma)], format, ctb_size: 1 << ctb_log2_size }
    }

    /// Width and height of a CTB in samples of the plane.
    #[inline]
    pub fn ctb_size(&self, plane: usize) -> (usize, usize) {
        let (sx, sy) = self.format.chroma.plane_shifts(plane);
        (self.ctb_size >> sx, self.ctb_size >> sy)
    }

    /// Prepares the tile for the next CTU of a row.
    ///
    /// The right column of the CTU before it becomes the left border, so CTUs of a row are begun in order. `above` are the
    /// bottoms of the above-left, above and above-right CTUs, where they exist. Samples inside keep old values.
    pub fn begin(&mut self, above: [Option<&TileBottom<S>>; 3]) {
        for plane in 0..self.format.num_planes() {
            let (w, h) = self.ctb_size(plane);
            let samples = &mut self.planes[plane];
            for y in 0..h as isize {
                samples[at(-1, y)] = samples[at(w as isize - 1, y)];
            }
            border_row(above, plane, w, &mut samples[at(-1, -1)..]);
        }
    }

    /// Stores the lowest line of the CTU, to be handed to the row below.
    pub fn bottom(&self, out: &mut TileBottom<S>) {
        for plane in 0..self.format.num_planes() {
            let (w, h) = self.ctb_size(plane);
            let from = at(0, h as isize - 1);
            out.lines[plane][..w].copy_from_slice(&self.planes[plane][from..from + w]);
        }
    }

    /// The rectangle of `w` x `h` samples at (`x`, `y`) inside the CTU.
    ///
    /// # Panics
    /// If it leaves the CTU.
    #[inline]
    pub fn block(&self, plane: usize, x: usize, y: usize, w: usize, h: usize) -> Block<'_, S> {
        assert!(x + w <= 64 && y + h <= 64, "{w}x{h} at ({x}, {y}) leaves the CTU");
        Block::new(&self.planes[plane], at(x as isize, y as isize), STRIDE, w, h)
    }

    /// Sets a border sample: `x` in -1..=127 with `y` = -1, or `x` = -1 with `y` in -1..=63.
    #[cfg(test)]
    pub(crate) fn set_border(&mut self, plane: usize, x: isize, y: isize, value: S) {
        assert!(x == -1 || y == -1);
        self.planes[plane][at(x, y)] = value;
    }

    /// Copies the top-left samples of the CTU to `dst`, a block of the picture as large as the CTU's visible part.
    pub fn store(&self, plane: usize, mut dst: BlockMut<'_, S>) {
        let (w, h) = (dst.width(), dst.height());
        dst.copy_from(self.block(plane, 0, 0, w, h));
    }
}

impl<S: Sample> CtuSamples<S> for CtuTile<S> {
    #[inline]
    fn format(&self) -> &PictureFormat {
        &self.format
    }

    #[inline]
    fn sample(&self, plane: usize, x: isize, y: isize) -> S {
        self.planes[plane][at(x, y)]
    }

    #[inline]
    fn row(&self, plane: usize, x: isize, y: isize, len: usize) -> &[S] {
        &self.planes[plane][at(x, y)..][..len]
    }

    #[inline]
    fn column(&self, plane: usize, x: isize, y: usize, out: &mut [S]) {
        let column = Block::new(&self.planes[plane], at(x, y as isize), STRIDE, 1, out.len());
        for (to, row) in out.iter_mut().zip(column.rows()) {
            *to = row[0];
        }
    }

    #[inline]
    fn block_mut(&mut self, plane: usize, x: usize, y: usize, w: usize, h: usize) -> BlockMut<'_, S> {
        assert!(x + w <= 64 && y + h <= 64, "{w}x{h} at ({x}, {y}) leaves the CTU");
        BlockMut::new(&mut self.planes[plane], at(x as isize, y as isize), STRIDE, w, h)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(chroma: ChromaFormat) -> PictureFormat {
        PictureFormat { width: 64, height: 64, chroma, bit_depth_luma: 8, bit_depth_chroma: 8 }
    }

    /// Borders come from the previous CTU and the three bottoms, at chroma resolution too.
    #[test]
    fn borders_are_handed_over() {
        let mut tile = CtuTile::<u8>::new(format(ChromaFormat::Yuv422), 4);
        for y in 0..16 {
            tile.block_mut(0, 0, y, 16, 1).fill(y as u8);
            tile.block_mut(1, 0, y, 8, 1).fill(100 + y as u8);
        }
        let mut bottoms = [const { TileBottom { lines: [[0u8; 64]; 3] } }; 3];
        for (i, b) in bottoms.iter_mut().enumerate() {
            for (x, v) in b.lines[1].iter_mut().enumerate() {
                *v = (i * 64 + x) as u8;
            }
        }
        tile.begin([Some(&bottoms[0]), Some(&bottoms[1]), Some(&bottoms[2])]);
        assert_eq!(tile.sample(0, -1, 9), 9);
        assert_eq!(tile.sample(1, -1, 15), 115);
        assert_eq!(tile.sample(1, -1, -1), 7);
        assert_eq!(tile.sample(1, 0, -1), 64);
        assert_eq!(tile.sample(1, 7, -1), 71);
        assert_eq!(tile.sample(1, 8, -1), 128);
        assert_eq!(tile.sample(1, 15, -1), 135);
    }

    #[test]
    fn the_bottom_line_is_the_last_of_the_ctb() {
        let mut tile = CtuTile::<u16>::new(format(ChromaFormat::Yuv420), 5);
        tile.block_mut(0, 0, 31, 32, 1).fill(7);
        tile.block_mut(2, 0, 15, 16, 1).fill(9);
        let mut bottom = TileBottom::default();
        tile.bottom(&mut bottom);
        assert_eq!(bottom.lines[0][..33], [[7u16; 32].as_slice(), &[0]].concat()[..]);
        assert_eq!(bottom.lines[2][15], 9);
        assert_eq!(bottom.lines[1][15], 0);
    }
}
