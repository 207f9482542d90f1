//! What the search tries: plain data, filled by a preset and by options.

use rivus_coding::ctu::record::PartMode;

/// How a coding unit's motion is refined below whole samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subpel {
    /// Crosses of half-sample steps at most.
    pub half_rounds: u8,
    /// Crosses of quarter-sample steps at most.
    pub quarter_rounds: u8,
    /// Also try the diagonal between the better sides.
    pub diagonals: bool,
}

/// Cost by SATD up to which explicit motion is worth a residual, in twentieths of the least cost so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SatdSlack {
    /// For a whole coding unit.
    pub whole: u8,
    /// For one in parts.
    pub parts: u8,
}

impl SatdSlack {
    /// Measured: a whole unit still wins when it costs a little more than merging, parts only when they cost less.
    pub const NARROW: Self = Self { whole: 21, parts: 19 };
    /// What wins in the end although its SATD is higher: half a percent of bits for a few percent of time.
    pub const WIDE: Self = Self { whole: 25, parts: 25 };

    /// The limit for `part_mode` when the best motion so far costs `least`.
    pub fn limit(self, least: u32, part_mode: PartMode) -> u32 {
        let twentieths = if part_mode == PartMode::Part2Nx2N { self.whole } else { self.parts };
        let limit = u64::from(least) * u64::from(twentieths) / 20;
        u32::try_from(limit).unwrap_or(u32::MAX)
    }
}

/// The tools of mode decision, motion search and in-loop filtering.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tools {
    /// Log2 of the CTB size, 4..=6.
    pub ctb_log2_size: u8,
    /// Log2 of the smallest coding block, 3..=5.
    pub min_cb_log2_size: u8,
    /// `max_transform_hierarchy_depth_inter`, 0..=4.
    pub tu_depth_inter: u8,
    /// `max_transform_hierarchy_depth_intra`, 0..=4.
    pub tu_depth_intra: u8,
    /// Coding units may have two parts.
    pub divides: bool,
    /// Two parts are tried only if that is expected to save as many bits, distortion included; by size 8, 16, 32, 64.
    pub parts_gain: [f32; 4],
    /// Partitions are for pictures of temporal layers below this.
    pub part_layers: u8,
    /// The four asymmetric partitions as well.
    pub amp: bool,
    /// `MaxNumMergeCand`, 1..=5.
    pub merge_candidates: u8,
    /// Merge candidates that go from SATD to rate-distortion cost.
    pub merge_rd: u8,
    /// Explicit motion that goes from SATD to rate-distortion cost.
    pub satd_slack: SatdSlack,
    /// Intra modes that go from SATD to rate-distortion cost in intra pictures.
    pub intra_rd: u8,
    /// The same in P and B pictures.
    pub intra_rd_inter: u8,
    /// All intra modes are looked at by SATD, not only those around the best of a coarse grid.
    pub intra_all: bool,
    /// Chroma modes are compared by rate-distortion cost, not by SATD.
    pub chroma_rd: bool,
    /// Intra NxN in P and B pictures.
    pub intra_nxn_inter: bool,
    /// Hexagon moves of the integer search at most.
    pub search_steps: u8,
    /// Farthest vector component, in whole samples.
    pub search_reach: u16,
    /// Subpel refinement.
    pub subpel: Subpel,
    /// Rounds of bi-prediction refinement after the two single predictions are known.
    pub bi_rounds: u8,
    /// Rate-distortion optimised quantisation.
    pub rdoq: bool,
    /// `sign_data_hiding_enabled_flag`.
    pub sign_hiding: bool,
    /// Explicit motion is searched only if that is expected to save as many bits, distortion included; by size 8, 16, 32, 64.
    pub explicit_gain: [f32; 4],
    /// A coding unit of an intra picture that costs fewer bits than this is not split, nor the smallest into four parts, by size.
    pub stop_below: [u32; 4],
    /// One of another picture is split only if that is expected to save as many bits, distortion included, by size.
    pub split_gain: [f32; 4],
    /// A transform unit of inter prediction is split only if that is expected to save as many bits, by size 8, 16, 32.
    pub tree_gain: [f32; 3],
    /// Sample adaptive offset.
    pub sao: bool,
    /// Deblocking.
    pub deblock: bool,
    /// `sps_temporal_mvp_enabled_flag`: temporal motion vector prediction.
    pub temporal_mvp: bool,
    /// `strong_intra_smoothing_enabled_flag`.
    pub strong_intra_smoothing: bool,
    /// Less effort for pictures that no other refers to: what is better in them ends with them.
    pub lean_top: bool,
    /// At least this much for the pictures that the most others are predicted from.
    pub base: BaseEffort,
}

/// Effort of pictures that many others are predicted from: what is better in them is inherited.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BaseEffort {
    /// For which pictures: 0 none, 1 intra pictures, n reference pictures of the lowest n - 1 layers as well.
    pub reach: u8,
    /// Subpel refinement.
    pub subpel: Subpel,
    /// [`Tools::stop_below`], at most.
    pub stop_below: [u32; 4],
    /// [`Tools::split_gain`], at most.
    pub split_gain: [f32; 4],
}

impl Tools {
    /// What is tried in a picture of temporal layer `layer`. Measured: partitions bring two thirds of their gain in the
    /// lowest two layers, and in pictures that no other refers to SAO, refinement of bi-prediction and diagonal steps of
    /// the vector bring next to nothing.
    pub fn of_picture(&self, layer: u8, is_intra: bool, is_reference: bool) -> Self {
        let mut tools = *self;
        if layer >= self.part_layers {
            tools.divides = false;
        }
        if self.lean_top && !is_reference {
            tools.sao = false;
            tools.bi_rounds = 0;
            tools.subpel.quarter_rounds = self.subpel.quarter_rounds.min(1);
            tools.subpel.half_rounds = 0;
            tools.subpel.diagonals = false;
        }
        let base = self.base;
        if is_reference && layer + 1 < base.reach || is_intra && base.reach > 0 {
            tools.rdoq = true;
            tools.intra_nxn_inter = true;
            tools.subpel = base.subpel;
            tools.stop_below = core::array::from_fn(|size| self.stop_below[size].min(base.stop_below[size]));
            tools.split_gain = core::array::from_fn(|size| self.split_gain[size].min(base.split_gain[size]));
        }
        tools
    }
}
