//! From settings to what the stages of the encoder take.

use super::Settings;
use crate::lookahead::LookaheadConfig;
use crate::mode_decision::tools::{BaseEffort, SatdSlack, Subpel, Tools};
use crate::rate_control::{RateConfig, RateMode};
use crate::times::Stopwatch;

/// Motion search below whole samples, by `subme`.
const SUBPEL: [Subpel; 6] = [
    Subpel { half_rounds: 0, quarter_rounds: 0, diagonals: false },
    Subpel { half_rounds: 0, quarter_rounds: 1, diagonals: false },
    Subpel { half_rounds: 0, quarter_rounds: 1, diagonals: true },
    Subpel { half_rounds: 0, quarter_rounds: 2, diagonals: true },
    Subpel { half_rounds: 1, quarter_rounds: 1, diagonals: true },
    Subpel { half_rounds: 4, quarter_rounds: 4, diagonals: true },
];

/// Cost in bits, by `rskip` and size 8, 16, 32, 64, below which a coding unit of an intra picture is not split, nor
/// the smallest into four parts.
const STOP_BELOW: [[u32; 4]; 5] =
    [[0; 4], [15, 27, 75, 200], [30, 45, 95, 260], [45, 65, 130, 330], [70, 70, 140, 400]];
/// Bits that a split must be expected to save, by `rskip` and size. Measured: a split of a unit of 16 takes as long as 4 bits are
/// worth at `medium`, larger ones longer, but they are needed to see the smaller ones.
const SPLIT_GAIN: [[f32; 4]; 5] =
    [[0.0; 4], [0.0, 1.0, 2.0, 2.0], [0.0, 2.0, 4.0, 4.0], [0.0, 4.0, 8.0, 8.0], [0.0, 7.0, 14.0, 14.0]];
/// Bits that a split of a transform unit of inter prediction must be expected to save, by `rskip` and size 8, 16, 32.
const TREE_GAIN: [[f32; 3]; 5] =
    [[0.0; 3], [0.3, 0.5, 0.7], [0.5, 0.7, 1.0], [1.0, 1.5, 2.0], [2.0, 3.0, 5.0]];
/// Bits that explicit motion must be expected to save, by `early-skip` and size.
const EXPLICIT_GAIN: [[f32; 4]; 4] =
    [[0.0; 4], [0.5, 1.0, 0.5, 1.2], [1.0, 2.0, 1.0, 2.5], [2.0, 4.0, 3.0, 8.0]];
/// Bits that two parts must be expected to save, by `rect` from 1 on and size.
const PARTS_GAIN: [[f32; 4]; 2] = [[1.7, 1.7, 2.5, 5.0], [0.3, 0.3, 0.5, 1.0]];

/// The entry for a level, the last one for all beyond.
fn level<T: Copy, const N: usize>(table: &[T; N], level: u8) -> T {
    table[usize::from(level).min(N - 1)]
}

impl Settings {
    /// What mode decision tries.
    pub fn tools(&self) -> Tools {
        Tools {
            ctb_log2_size: self.ctu.ilog2() as u8,
            min_cb_log2_size: self.min_cu_size.ilog2() as u8,
            tu_depth_inter: self.tu_inter_depth - 1,
            tu_depth_intra: self.tu_intra_depth - 1,
            divides: self.rect > 0,
            parts_gain: level(&PARTS_GAIN, self.rect.saturating_sub(1)),
            part_layers: self.rect_layers,
            amp: self.amp && self.rect > 0,
            merge_candidates: self.max_merge,
            merge_rd: self.merge_rd.min(self.max_merge),
            satd_slack: if self.inter_rd { SatdSlack::WIDE } else { SatdSlack::NARROW },
            intra_rd: self.intra_rd,
            intra_rd_inter: self.intra_rd_inter,
            intra_all: self.intra_all,
            chroma_rd: self.chroma_rd,
            intra_nxn_inter: self.intra_nxn_inter,
            search_steps: self.me_steps,
            search_reach: self.merange,
            subpel: level(&SUBPEL, self.subme),
            bi_rounds: self.bi_rounds,
            rdoq: self.rdoq,
            sign_hiding: self.sign_hiding,
            stop_below: level(&STOP_BELOW, self.rskip),
            explicit_gain: level(&EXPLICIT_GAIN, self.early_skip),
            split_gain: level(&SPLIT_GAIN, self.rskip),
            tree_gain: level(&TREE_GAIN, self.rskip),
            sao: self.sao,
            deblock: self.deblock.enabled,
            temporal_mvp: self.temporal_mvp,
            strong_intra_smoothing: self.strong_intra_smoothing,
            lean_top: self.lean_top,
            base: BaseEffort {
                reach: self.rich_base,
                subpel: level(&SUBPEL, self.subme.max(2)),
                stop_below: STOP_BELOW[2],
                split_gain: SPLIT_GAIN[2],
            },
        }
    }

    /// Whether pictures may have explicit weights: not if all are intra.
    pub(crate) fn uses_weights(&self) -> bool {
        self.weighted && self.keyframe_distances().0 > 1
    }

    /// Whether importance of blocks is propagated: not at constant QP.
    pub(crate) fn propagates(&self) -> bool {
        self.cutree && self.rc_lookahead > 0 && self.qp.is_none()
    }

    /// About the QP that the sequence is coded at: that of a moving key picture.
    pub(crate) fn expected_qp(&self) -> f64 {
        match self.rate_mode() {
            RateMode::ConstantQp(qp) => f64::from(qp),
            RateMode::ConstantQuality(crf) => crf,
            RateMode::AverageBitRate(_) => 30.0,
        }
    }

    /// What the lookahead does.
    pub fn lookahead(&self) -> LookaheadConfig {
        let (max_keyint, min_keyint) = self.keyframe_distances();
        LookaheadConfig {
            max_keyint,
            min_keyint,
            open_gop: self.open_gop,
            scene_cut: self.scenecut,
            longest_mini_gop: self.longest_mini_gop(),
            adaptive_mini_gop: self.adaptive_gop,
            limits: self.gop_limits(),
            depth: usize::from(self.rc_lookahead),
            propagation: if self.propagates() { self.cutree_strength } else { 0.0 },
            aq_mode: self.aq_mode,
            aq_strength: self.aq_strength,
            search_above: if self.subme < 2 { 2 } else { 1 },
            expected_qp: self.expected_qp(),
            mctf: self.mctf > 0.0,
            weighted: self.uses_weights(),
            stopwatch: Stopwatch::new(self.times),
        }
    }

    /// What rate control does.
    pub fn rate_control(&self) -> RateConfig {
        let format = self.coded_format();
        RateConfig {
            mode: self.rate_mode(),
            fps: self.fps.value(),
            intra_offset: self.intra_offset,
            cascade: self.cascade,
            qp_range: (self.qpmin, self.qpmax),
            qcomp: self.qcomp,
            buffer: self.vbv(),
            luma_samples: (format.width * format.height) as u64,
        }
    }
}
