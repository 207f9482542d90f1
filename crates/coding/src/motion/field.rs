//! Motion of a finished picture, for temporal prediction in later ones (8.5.3.2.8).

use std::sync::OnceLock;

use super::{Motion, Mv, SliceMotion};
use crate::ctu::maps::{CtuMaps, at};

/// Motion of the top-left block of a 16x16 block, with what its reference indices meant in its own slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColMotion {
    /// MvL0, MvL1.
    pub mv: [Mv; 2],
    /// Picture order counts of the reference pictures.
    pub ref_poc: [i32; 2],
    flags: u8,
}

impl ColMotion {
    /// Not inter predicted.
    pub const INTRA: Self = Self { mv: [Mv::ZERO; 2], ref_poc: [0; 2], flags: 0 };

    /// Keeps what `motion`, of a block of `slice`, says.
    pub fn new(motion: &Motion, slice: &SliceMotion) -> Self {
        let mut col = Self { mv: motion.mv, ..Self::INTRA };
        for list in 0..2 {
            if motion.uses(list) {
                let ref_idx = motion.ref_idx[list];
                col.ref_poc[list] = slice.ref_poc(list, ref_idx);
                col.flags |= (1 | u8::from(slice.is_long_term(list, ref_idx)) << 2) << list;
            }
        }
        col
    }

    /// predFlagLXCol.
    #[inline]
    pub const fn uses(&self, list: usize) -> bool {
        self.flags >> list & 1 != 0
    }

    /// LongTermRefPic(ColPic, colPb, refIdxCol, ListCol): as marked when ColPic was decoded.
    #[inline]
    pub const fn is_long_term(&self, list: usize) -> bool {
        self.flags >> (list + 2) & 1 != 0
    }

    /// Inter predicted.
    #[inline]
    pub const fn is_inter(&self) -> bool {
        self.flags & 3 != 0
    }
}

/// The motion of one CTB row while it is being collected.
#[derive(Clone, Debug)]
pub struct ColRow {
    blocks: Box<[ColMotion]>,
}

/// Motion of a picture in 16x16 granularity, published CTB row by CTB row.
///
/// Each row is written once, by whoever reconstructs it, and may be read from other threads from then on. A
/// row never published (of a picture that was not decoded, say) reads as intra.
#[derive(Debug)]
pub struct MotionField {
    poc: i32,
    width: u32,
    ctb_log2_size: u8,
    rows: Box<[OnceLock<ColRow>]>,
}

impl MotionField {
    /// An empty field for picture `poc` of `width` x `height` luma samples with CTBs of `1 << ctb_log2_size`,
    /// 3..=6.
    pub fn new(poc: i32, (width, height): (u32, u32), ctb_log2_size: u8) -> Self {
        let rows = height.div_ceil(1 << ctb_log2_size);
        Self { poc, width, ctb_log2_size, rows: (0..rows).map(|_| OnceLock::new()).collect() }
    }

    /// Picture order count of the picture.
    pub fn poc(&self) -> i32 {
        self.poc
    }

    /// Whether CTB row `row_ctb` was published; true outside the picture, where nothing will come.
    pub fn is_published(&self, row_ctb: usize) -> bool {
        self.rows.get(row_ctb).is_none_or(|row| row.get().is_some())
    }

    /// Starts collecting a CTB row; all of it is intra at first.
    pub fn begin_row(&self) -> ColRow {
        let lines = (1usize << self.ctb_log2_size).div_ceil(16);
        ColRow { blocks: vec![ColMotion::INTRA; lines * self.stride()].into_boxed_slice() }
    }

    /// Adds a CTU, all of whose motion is in `maps`, to its row.
    pub fn collect(&self, row: &mut ColRow, maps: &CtuMaps, slice: &SliceMotion) {
        // With 8x8 CTBs three of four contain no top-left corner of a 16x16 block.
        if !maps.x0.is_multiple_of(16) || !maps.y0.is_multiple_of(16) {
            return;
        }
        let first = maps.x0 as usize / 16;
        for (line, y) in (0..maps.units_h).step_by(4).enumerate() {
            for (column, x) in (0..maps.units_w).step_by(4).enumerate() {
                if let Some(block) = row.blocks.get_mut(line * self.stride() + first + column) {
                    *block = ColMotion::new(&maps.motion[at(x as isize, y as isize)], slice);
                }
            }
        }
    }

    /// Publishes CTB row `row_ctb`. A row already published, or outside the picture, is left alone.
    pub fn publish(&self, row_ctb: usize, row: ColRow) {
        if let Some(cell) = self.rows.get(row_ctb) {
            // A second publication can only follow from a damaged stream that codes a row twice.
            let _ = cell.set(row);
        }
    }

    /// colPb of 8.5.3.2.8: motion of the block that covers ((`x` >> 4) << 4, (`y` >> 4) << 4), in luma
    /// samples; none if it is intra or outside.
    #[inline]
    pub fn at(&self, x: u32, y: u32) -> Option<&ColMotion> {
        let row = self.rows.get((y >> self.ctb_log2_size) as usize)?.get()?;
        let line = ((y & ((1 << self.ctb_log2_size) - 1)) >> 4) as usize;
        row.blocks.get(line * self.stride() + (x >> 4) as usize).filter(|block| block.is_inter())
    }

    #[inline]
    fn stride(&self) -> usize {
        self.width.div_ceil(16) as usize
    }
}
