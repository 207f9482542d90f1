//! What the in-loop filters need to know about one row of CTUs.

use rivus_coding::ctu::maps::CtuMaps;
use rivus_coding::ctu::record::{CtuRecord, SaoParams};

use super::FilterParams;
use super::boundary_strength::{self, Column, Strengths};

/// Filter parameters of one CTU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CtuFilter {
    /// Number of the slice (dependent slice segments belong to the slice they depend on) within the picture, in decoding
    /// order.
    pub slice_idx: u32,
    /// TileId of the CTU.
    pub tile_id: u16,
    /// The CTU is the last of its tile in this row, and not the last of the picture: the next CTU of the row is decoded
    /// much later, or was decoded before.
    pub ends_tile: bool,
    /// `slice_deblocking_filter_disabled_flag`.
    pub slice_deblocking_filter_disabled_flag: bool,
    /// `slice_loop_filter_across_slices_enabled_flag`.
    pub slice_loop_filter_across_slices_enabled_flag: bool,
    /// `slice_beta_offset_div2` * 2.
    pub beta_offset: i8,
    /// `slice_tc_offset_div2` * 2.
    pub tc_offset: i8,
    /// SAO, with `sao_type_idx` 0 for components whose slice flag is off.
    pub sao: SaoParams,
}

impl CtuFilter {
    /// A CTU that was not decoded: nothing is filtered. Where there may be such, slices are numbered from 1, so that those that
    /// filter nothing of other slices filter nothing of these.
    pub const MISSING: Self = Self {
        slice_idx: 0,
        tile_id: 0,
        ends_tile: false,
        slice_deblocking_filter_disabled_flag: true,
        slice_loop_filter_across_slices_enabled_flag: true,
        beta_offset: 0,
        tc_offset: 0,
        sao: SaoParams {
            sao_merge_left_flag: false,
            sao_merge_up_flag: false,
            components: [rivus_coding::ctu::record::SaoComponent {
                sao_type_idx: 0,
                sao_band_position: 0,
                sao_eo_class: 0,
                sao_offset_val: [0; 4],
            }; 3],
        },
    };
}

/// Boundary strengths, QpY and filter parameters of one row of CTUs. Owned and movable, so that filtering may run as a task of
/// its own behind reconstruction; its memory is meant to be used again for other rows.
#[derive(Clone, Debug)]
pub struct RowFilterInfo {
    ctb_log2_size: u8,
    /// In units of 8 luma samples.
    width8: usize,
    /// In units of 4 luma samples: the visible height of the row.
    height4: usize,
    /// Strengths of vertical edges: 16 per 8-sample column, from top to bottom, one for 4 luma rows.
    bs_v: Vec<[u8; 16]>,
    /// Strengths of horizontal edges: for every 8 luma rows, groups of 16 for 64 luma columns, one for 4 columns.
    bs_h: Vec<[u8; 16]>,
    /// Groups per 8 luma rows.
    groups: usize,
    /// QpY per 8x8 luma samples, `width8` a row.
    qp_y: Vec<i8>,
    /// Samples that the filters leave alone (PCM with `pcm_loop_filter_disabled_flag`, lossless), per 8x8 luma samples.
    keep: Vec<bool>,
    any_keep: bool,
    ctus: Vec<CtuFilter>,
    /// Right columns of the CTUs that end a tile, with their CTU x.
    tile_ends: Vec<(usize, Column)>,
}

impl RowFilterInfo {
    /// Room for a row of a picture with `params`.
    pub fn new(params: &FilterParams) -> Self {
        let ctb8 = 1usize << (params.ctb_log2_size - 3);
        let width8 = params.format.width.div_ceil(8);
        let groups = width8.div_ceil(8);
        Self {
            ctb_log2_size: params.ctb_log2_size,
            width8,
            height4: 0,
            bs_v: vec![[0; 16]; width8],
            bs_h: vec![[0; 16]; groups * ctb8],
            groups,
            qp_y: vec![0; width8 * ctb8],
            keep: vec![false; width8 * ctb8],
            any_keep: false,
            ctus: vec![CtuFilter::MISSING; width8.div_ceil(ctb8)],
            tile_ends: Vec::new(),
        }
    }

    /// Begins the row of CTUs number `row` of a picture: no CTU is there yet. The picture has the dimensions and CTB size
    /// of the one given to [`RowFilterInfo::new`].
    pub fn begin(&mut self, params: &FilterParams, row: usize) {
        let top = row << self.ctb_log2_size;
        self.height4 = params.format.height.saturating_sub(top).min(1 << self.ctb_log2_size).div_ceil(4);
        self.ctus.fill(CtuFilter::MISSING);
        self.keep.fill(false);
        self.any_keep = false;
        self.tile_ends.clear();
    }

    /// Adds CTU number `ctu_x` of the row, reconstructed or not: `maps` hold its motion, flags and QpY and those of its
    /// neighbours (also of those in other slices and tiles), `record` its units.
    pub fn add_ctu(
        &mut self,
        params: &FilterParams,
        ctu_x: usize,
        maps: &CtuMaps,
        record: &CtuRecord,
        filter: CtuFilter,
    ) {
        let ctb8 = 1usize << (self.ctb_log2_size - 3);
        let x8 = ctu_x * ctb8;
        let visible8 = ctb8.min(self.width8 - x8);
        let left = if ctu_x == 0 {
            None
        } else if self.ctus[ctu_x - 1].tile_id == filter.tile_id {
            Some(Column::border(maps))
        } else {
            self.tile_ends.iter().find(|(x, _)| *x == ctu_x - 1).map(|(_, column)| column.clone())
        };
        let Strengths { vertical, horizontal } = boundary_strength::derive(maps, record, left.as_ref());
        self.bs_v[x8..x8 + visible8].copy_from_slice(&vertical[..visible8]);
        for (y, strengths) in horizontal[..ctb8].iter().enumerate() {
            // A CTU lies within a group.
            let group = &mut self.bs_h[y * self.groups + x8 / 8];
            let start = 2 * (x8 % 8);
            group[start..start + 2 * visible8].copy_from_slice(&strengths[..2 * visible8]);
        }
        for cu in &record.cus {
            let size8 = 1usize << (cu.log2_size - 3);
            let keep = cu.cu_transquant_bypass_flag || (cu.pcm_flag && params.pcm_loop_filter_disabled_flag);
            self.any_keep |= keep;
            for y in 0..size8 {
                if keep {
                    let start = (usize::from(cu.y / 8) + y) * self.width8 + x8 + usize::from(cu.x / 8);
                    self.keep[start..start + size8].fill(true);
                }
            }
        }
        self.set_qp(ctu_x, record);
        self.ctus[ctu_x] = filter;
        if filter.ends_tile {
            self.tile_ends.push((ctu_x, Column::right(maps)));
        }
    }

    /// Number of CTUs.
    #[inline]
    pub fn width_ctb(&self) -> usize {
        self.ctus.len()
    }

    /// Filter parameters of CTU `ctu_x`.
    #[inline]
    pub fn ctu(&self, ctu_x: usize) -> &CtuFilter {
        &self.ctus[ctu_x]
    }

    /// Sets the SAO parameters of a CTU, for an encoder that chooses them after deblocking.
    pub fn set_sao(&mut self, ctu_x: usize, sao: SaoParams) {
        self.ctus[ctu_x].sao = sao;
    }

    /// Sets QpY of all units of CTU `ctu_x` anew from `record`, for an encoder that knows them only after the row.
    pub fn set_qp(&mut self, ctu_x: usize, record: &CtuRecord) {
        let x8 = ctu_x << (self.ctb_log2_size - 3);
        for cu in &record.cus {
            let size8 = 1usize << (cu.log2_size - 3);
            for y in 0..size8 {
                let start = (usize::from(cu.y / 8) + y) * self.width8 + x8 + usize::from(cu.x / 8);
                self.qp_y[start..start + size8].fill(cu.qp_y);
            }
        }
    }

    /// Width in units of 8 luma samples.
    #[inline]
    pub(super) fn width8(&self) -> usize {
        self.width8
    }

    /// Visible height in units of 4 luma samples.
    #[inline]
    pub(super) fn height4(&self) -> usize {
        self.height4
    }

    /// Whether some samples are to be kept.
    #[inline]
    pub(super) fn any_keep(&self) -> bool {
        self.any_keep
    }

    /// Boundary strengths of the vertical edge at luma column `8 * x8`, from top to bottom.
    #[inline]
    pub(super) fn vertical(&self, x8: usize) -> &[u8; 16] {
        &self.bs_v[x8]
    }

    /// Boundary strengths of the horizontal edge at luma row `8 * y8` of the row of CTUs, from left to right in groups
    /// of 16. In the last group those beyond the picture are 0.
    #[inline]
    pub(super) fn horizontal(&self, y8: usize) -> &[[u8; 16]] {
        &self.bs_h[y8 * self.groups..][..self.groups]
    }

    /// QpY and keep flag of the 8x8 luma samples at (x8, y8).
    #[inline]
    pub(super) fn unit(&self, x8: usize, y8: usize) -> (i32, bool) {
        let i = y8 * self.width8 + x8;
        (self.qp_y[i].into(), self.any_keep && self.keep[i])
    }
}
