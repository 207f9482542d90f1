//! Explicit weights of a slice in the form sample prediction uses (7.4.7.3, 8.5.3.3.4.3).

use rivus_coding::motion::Motion;
use rivus_syntax::ps::Sps;
use rivus_syntax::slice_header::PredWeightTable;

/// Weight and offset of one reference picture and component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WeightOffset {
    /// LumaWeight or ChromaWeight, -128..=255.
    pub weight: i16,
    /// Offset scaled to the bit depth: `luma_offset` or delta-decoded chroma offset, times 1 << (BitDepth - 8) unless
    /// `high_precision_offsets_enabled_flag`.
    pub offset: i32,
}

/// The weights of a slice with `weighted_pred_flag` (P) or `weighted_bipred_flag` (B).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PredWeights {
    /// `luma_log2_weight_denom` and ChromaLog2WeightDenom, 0..=7.
    pub log2_denom: [u8; 2],
    /// Per list and reference index: weights of Y, Cb and Cr.
    pub entries: [[[WeightOffset; 3]; 16]; 2],
}

impl PredWeights {
    /// Weights that change nothing.
    pub fn flat(log2_denom: [u8; 2]) -> Self {
        let entry = |d: u8| WeightOffset { weight: 1 << d, offset: 0 };
        let [luma, chroma] = log2_denom.map(entry);
        Self { log2_denom, entries: [[[luma, chroma, chroma]; 16]; 2] }
    }

    /// The weights of a slice: offsets scaled to the bit depth (8.5.3.3.4.3).
    pub fn new(table: &PredWeightTable, sps: &Sps) -> Self {
        let high_precision = sps.range_extension.high_precision_offsets_enabled_flag;
        let shift = |depth: u32| if high_precision { 0 } else { depth - 8 };
        let (luma, chroma) = (shift(sps.bit_depth_luma()), shift(sps.bit_depth_chroma()));
        let mut weights = Self::flat([table.luma_log2_weight_denom, table.chroma_log2_weight_denom]);
        for (to, from) in weights.entries.iter_mut().zip(&table.weights) {
            for (to, from) in to.iter_mut().zip(from) {
                let chroma = |c: usize| WeightOffset {
                    weight: from.chroma_weight[c],
                    offset: from.chroma_offset[c] << chroma,
                };
                let luma = WeightOffset { weight: from.luma_weight, offset: from.luma_offset << luma };
                *to = [luma, chroma(0), chroma(1)];
            }
        }
        weights
    }

    /// log2 of the denominator of a plane.
    #[inline]
    pub(super) fn denom(&self, plane: usize) -> u8 {
        self.log2_denom[usize::from(plane > 0)]
    }

    /// The weight a motion's list uses for a plane.
    #[inline]
    pub(super) fn entry(&self, motion: &Motion, list: usize, plane: usize) -> WeightOffset {
        self.entries[list][(motion.ref_idx[list].max(0) as usize).min(15)][plane]
    }

    /// Whether prediction of a plane differs from default weighting: with weight 1 and offset 0 the formulas of 8.5.3.3.4.3
    /// reduce to those of 8.5.3.3.4.2.
    #[inline]
    pub(super) fn matters(&self, motion: &Motion, plane: usize) -> bool {
        let flat = WeightOffset { weight: 1 << self.denom(plane), offset: 0 };
        (0..2).any(|list| motion.uses(list) && self.entry(motion, list, plane) != flat)
    }
}
