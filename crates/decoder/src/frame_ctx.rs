//! Everything about a picture that is fixed before its slice data is decoded.

use crate::coded_picture::CodedPicture;
use crate::pieces::Piece;
use rivus_coding::ctu::record::SaoParams;
use rivus_coding::motion::{MotionCtx, SliceMotion};
use rivus_kernels::Kernels;
use rivus_picture::{PictureFormat, PlaneHash, Sample, SharedPicture};
use rivus_recon::in_loop::{CtuFilter, FilterParams};
use rivus_recon::inter::PredWeights;
use rivus_recon::params::ReconParams;
use rivus_syntax::cabac::ContextSet;
use rivus_syntax::nal::NalUnitType;
use rivus_syntax::ps::ActivePps;
use rivus_syntax::slice_header::{SliceSegmentHeader, SliceType};
use std::sync::Arc;

/// A slice segment of the picture.
pub(crate) struct Segment {
    /// Number of its NAL unit.
    pub(crate) nal: u64,
    /// Type of its NAL unit.
    pub(crate) nal_unit_type: NalUnitType,
    /// Its header; a dependent segment's with what it takes over.
    pub(crate) header: SliceSegmentHeader,
    /// Its slice data without emulation prevention.
    pub(crate) data: Vec<u8>,
    /// First CTU of its slice (SliceAddrRs) in tile scan.
    pub(crate) slice_start: u32,
    /// Number of its slice in the picture, from 1.
    pub(crate) slice_idx: u32,
    /// Its reference lists.
    pub(crate) motion: SliceMotion,
    /// Its explicit prediction weights.
    pub(crate) weights: Option<Box<PredWeights>>,
    /// Index of the collocated picture in the table of reference pictures.
    pub(crate) collocated: Option<usize>,
}

/// What is fixed.
pub(crate) struct FrameCtx<S: Sample> {
    /// Parameter sets.
    pub(crate) active: ActivePps,
    /// Dimensions and bit depths.
    pub(crate) format: PictureFormat,
    /// PicOrderCntVal.
    pub(crate) poc: i32,
    /// Sample arithmetic.
    pub(crate) kernels: &'static Kernels<S>,
    /// The picture being decoded.
    pub(crate) picture: Arc<CodedPicture<S>>,
    /// Reference pictures by [`ref_pic`](rivus_coding::motion::Motion::ref_pic).
    pub(crate) references: Vec<Arc<CodedPicture<S>>>,
    /// Their samples.
    pub(crate) reference_samples: Vec<Arc<SharedPicture<S>>>,
    /// All of them were finished before this picture began.
    pub(crate) references_complete: bool,
    /// The picture that lost CTUs are copied from.
    pub(crate) stand_in: Option<Arc<CodedPicture<S>>>,
    /// Slice segments by position.
    pub(crate) segments: Vec<Segment>,
    /// All CTUs in tile scan, divided.
    pub(crate) pieces: Vec<Piece>,
    /// Reconstruction parameters.
    pub(crate) recon: ReconParams,
    /// In-loop filter parameters.
    pub(crate) filter: FilterParams,
    /// Picture hash per plane, to be verified, and the NAL unit it came in.
    pub(crate) hash: Option<(u64, Vec<PlaneHash>)>,
    /// CTBs per row.
    pub(crate) width_ctb: u32,
}

impl<S: Sample> FrameCtx<S> {
    /// CTU column and row of a tile scan address.
    pub(crate) fn position(&self, ts: u32) -> (u32, u32) {
        let rs = self.active.derived.ctb_addr_ts_to_rs[ts as usize];
        (rs % self.width_ctb, rs / self.width_ctb)
    }

    /// TileId of the CTU at column `x`, row `y`.
    pub(crate) fn tile_id(&self, x: u32, y: u32) -> u32 {
        self.active.derived.tile_id_rs[(y * self.width_ctb + x) as usize]
    }

    /// The CTU at (`x`, `y`) is the last of its tile in this row, but not of the picture.
    pub(crate) fn ends_tile(&self, x: u32, y: u32) -> bool {
        x + 1 < self.width_ctb && self.tile_id(x, y) != self.tile_id(x + 1, y)
    }

    /// The CTU at (`x`, `y`) is the second of its tile in this row.
    pub(crate) fn is_second_in_tile(&self, x: u32, y: u32) -> bool {
        let id = self.tile_id(x, y);
        x > 0 && self.tile_id(x - 1, y) == id && (x == 1 || self.tile_id(x - 2, y) != id)
    }

    /// Whether a CTU at or before `ts` in tile scan belongs to the slice that begins at `slice_start`.
    fn in_slice(&self, slice_start: u32, (nx, ny): (u32, u32)) -> bool {
        self.active.derived.ctb_addr_rs_to_ts[(ny * self.width_ctb + nx) as usize] >= slice_start
    }

    /// 6.4.1: whether the CTU at (`nx`, `ny`), to the left or above, is in the same tile as the one at (`x`, `y`) and in its
    /// slice, which begins at `slice_start`. Coordinates left of or above the picture wrap to large numbers.
    pub(crate) fn available(&self, slice_start: u32, (x, y): (u32, u32), (nx, ny): (u32, u32)) -> bool {
        nx < self.width_ctb
            && ny <= y
            && self.in_slice(slice_start, (nx, ny))
            && self.tile_id(nx, ny) == self.tile_id(x, y)
    }

    /// Whether deblocking of the CTU at (`x`, `y`), of `segment`, filters its edge towards its left or upper neighbour.
    pub(crate) fn filters_across(&self, segment: &Segment, (x, y): (u32, u32), (nx, ny): (u32, u32)) -> bool {
        let header = &segment.header;
        !header.slice_deblocking_filter_disabled_flag
            && (header.slice_loop_filter_across_slices_enabled_flag
                || self.in_slice(segment.slice_start, (nx, ny)))
            && (self.filter.loop_filter_across_tiles_enabled_flag
                || self.tile_id(nx, ny) == self.tile_id(x, y))
    }

    /// Filter parameters of the CTU at (`x`, `y`), of `segment`.
    pub(crate) fn ctu_filter(&self, segment: &Segment, (x, y): (u32, u32), sao: SaoParams) -> CtuFilter {
        let header = &segment.header;
        CtuFilter {
            slice_idx: segment.slice_idx,
            tile_id: self.tile_id(x, y) as u16,
            ends_tile: self.ends_tile(x, y),
            slice_deblocking_filter_disabled_flag: header.slice_deblocking_filter_disabled_flag,
            slice_loop_filter_across_slices_enabled_flag: header.slice_loop_filter_across_slices_enabled_flag,
            beta_offset: 2 * header.slice_beta_offset_div2,
            tc_offset: 2 * header.slice_tc_offset_div2,
            sao,
        }
    }

    /// SliceQpY.
    pub(crate) fn slice_qp_y(&self, segment: &Segment) -> i8 {
        segment.header.slice_qp(&self.active.pps) as i8
    }

    /// 9.3.2.2: the contexts at the start of a slice.
    pub(crate) fn initial_contexts(&self, segment: &Segment) -> ContextSet {
        let init_type = match (segment.header.slice_type, segment.header.cabac_init_flag) {
            (SliceType::I, _) => 0,
            (SliceType::P, false) | (SliceType::B, true) => 1,
            (SliceType::P, true) | (SliceType::B, false) => 2,
        };
        ContextSet::init(self.slice_qp_y(segment).into(), init_type)
    }

    /// What motion derivation needs to know of a slice.
    pub(crate) fn motion_ctx<'a>(&'a self, segment: &'a Segment) -> MotionCtx<'a> {
        let collocated = segment.collocated.and_then(|index| self.references.get(index));
        MotionCtx { slice: &segment.motion, col: collocated.map(|picture| &picture.motion) }
    }
}
