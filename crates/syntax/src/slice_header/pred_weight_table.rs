//! pred_weight_table() (clauses 7.3.6.3 and 7.4.7.3).

use super::ref_list_modification::MAX_REF_IDX_ACTIVE;
use crate::bits::{BitReader, BitWriter};
use crate::error::{Error, Result, in_range};

/// Weights and offsets of one reference picture, final as prediction uses them. Offsets are in units of
/// 1 << (BitDepth - 8), or of 1 with high_precision_offsets_enabled_flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PredWeight {
    /// luma_weight_lX_flag: whether the luma weight and offset are written; else they have no effect.
    pub luma_weight_flag: bool,
    /// chroma_weight_lX_flag: whether the chroma weights and offsets are written; else they have no effect.
    pub chroma_weight_flag: bool,
    /// `LumaWeightLX`, in units of 1 / 2^luma_log2_weight_denom, -128..=255.
    pub luma_weight: i16,
    /// luma_offset_lX.
    pub luma_offset: i32,
    /// `ChromaWeightLX` for Cb and Cr, in units of 1 / 2^ChromaLog2WeightDenom, -128..=255.
    pub chroma_weight: [i16; 2],
    /// `ChromaOffsetLX` for Cb and Cr.
    pub chroma_offset: [i32; 2],
    /// delta_chroma_offset_lX as written; [`PredWeightTable::set_chroma`] computes it.
    pub delta_chroma_offset: [i32; 2],
}

/// What the ranges of the table depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightFormat {
    /// Whether chroma is there: ChromaArrayType is not 0.
    pub has_chroma: bool,
    /// `WpOffsetHalfRangeY`: luma offsets are at least minus this and below it.
    pub wp_offset_half_range_luma: i32,
    /// `WpOffsetHalfRangeC`, likewise for chroma.
    pub wp_offset_half_range_chroma: i32,
}

impl WeightFormat {
    /// Of pictures with this SPS.
    pub fn new(sps: &crate::ps::Sps) -> Self {
        let half = |depth: u32| match sps.range_extension.high_precision_offsets_enabled_flag {
            true => 1 << (depth - 1),
            false => 128,
        };
        Self {
            has_chroma: sps.chroma_array_type() != 0,
            wp_offset_half_range_luma: half(sps.bit_depth_luma()),
            wp_offset_half_range_chroma: half(sps.bit_depth_chroma()),
        }
    }
}

/// pred_weight_table().
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PredWeightTable {
    /// luma_log2_weight_denom, 0..=7.
    pub luma_log2_weight_denom: u8,
    /// `ChromaLog2WeightDenom`, 0..=7; equals the luma one without chroma.
    pub chroma_log2_weight_denom: u8,
    /// Weights by list and reference index; entries past the active ones have no effect.
    pub weights: [[PredWeight; MAX_REF_IDX_ACTIVE]; 2],
}

impl PredWeightTable {
    /// A table without effect at these precisions, 0..=7 each.
    pub fn neutral(luma_log2_weight_denom: u8, chroma_log2_weight_denom: u8) -> Self {
        let weight = PredWeight {
            luma_weight: 1 << luma_log2_weight_denom,
            chroma_weight: [1 << chroma_log2_weight_denom; 2],
            ..PredWeight::default()
        };
        Self { luma_log2_weight_denom, chroma_log2_weight_denom, weights: [[weight; MAX_REF_IDX_ACTIVE]; 2] }
    }

    /// Sets the luma weight and offset of reference `ref_idx` of list `list`. The weight may differ by
    /// -128..=127 from 2^luma_log2_weight_denom.
    ///
    /// # Panics
    /// If there is no such reference.
    pub fn set_luma(&mut self, list: usize, ref_idx: usize, weight: i16, offset: i32) {
        let entry = &mut self.weights[list][ref_idx];
        entry.luma_weight_flag = true;
        entry.luma_weight = weight;
        entry.luma_offset = offset;
    }

    /// Sets the Cb and Cr weights and offsets of reference `ref_idx` of list `list`. The weights may differ by
    /// -128..=127 from 2^ChromaLog2WeightDenom.
    ///
    /// # Panics
    /// If there is no such reference.
    pub fn set_chroma(
        &mut self,
        list: usize,
        ref_idx: usize,
        weight: [i16; 2],
        offset: [i32; 2],
        format: WeightFormat,
    ) {
        let shift = self.chroma_log2_weight_denom;
        let entry = &mut self.weights[list][ref_idx];
        entry.chroma_weight_flag = true;
        entry.chroma_weight = weight;
        entry.chroma_offset = offset;
        entry.delta_chroma_offset =
            std::array::from_fn(|c| offset[c] - predicted_offset(weight[c], shift, format));
    }

    /// 7.3.6.3. `is_current` tells which references are the current picture itself: they have no flags.
    pub(super) fn parse(
        r: &mut BitReader<'_>,
        format: WeightFormat,
        num_active: [usize; 2],
        is_current: &[[bool; MAX_REF_IDX_ACTIVE]; 2],
    ) -> Result<Self> {
        let luma = r.read_ue8("luma_log2_weight_denom", 7)?;
        let mut chroma = luma;
        if format.has_chroma {
            let delta = r.read_se_range("delta_chroma_log2_weight_denom", -7, 7)?;
            in_range("ChromaLog2WeightDenom", i64::from(luma) + i64::from(delta), 0, 7)?;
            chroma = (i32::from(luma) + delta) as u8;
        }
        let mut table = Self::neutral(luma, chroma);
        for ((weights, active), is_current) in table.weights.iter_mut().zip(num_active).zip(is_current) {
            let weights = &mut weights[..active];
            for (weight, _) in weights.iter_mut().zip(is_current).filter(|(_, current)| !**current) {
                weight.luma_weight_flag = r.read_flag()?;
            }
            if format.has_chroma {
                for (weight, _) in weights.iter_mut().zip(is_current).filter(|(_, current)| !**current) {
                    weight.chroma_weight_flag = r.read_flag()?;
                }
            }
            weights.iter_mut().try_for_each(|weight| weight.parse(r, format, chroma))?;
        }
        table.check_sum(num_active)?;
        Ok(table)
    }

    /// 7.4.7.3: the sum of luma flags and twice the chroma flags, over both lists, is at most 24.
    fn check_sum(&self, num_active: [usize; 2]) -> Result<()> {
        let active = self.weights.iter().zip(num_active).flat_map(|(weights, active)| &weights[..active]);
        let sum: i64 =
            active.map(|w| i64::from(w.luma_weight_flag) + 2 * i64::from(w.chroma_weight_flag)).sum();
        if sum > 24 {
            let what = "sumWeightL0Flags + sumWeightL1Flags exceeds 24";
            return Err(Error::Malformed { element: "pred_weight_table", what });
        }
        Ok(())
    }

    /// 7.3.6.3.
    pub(super) fn write(
        &self,
        w: &mut BitWriter,
        format: WeightFormat,
        num_active: [usize; 2],
        is_current: &[[bool; MAX_REF_IDX_ACTIVE]; 2],
    ) {
        w.write_ue(self.luma_log2_weight_denom.into());
        if format.has_chroma {
            w.write_se(i32::from(self.chroma_log2_weight_denom) - i32::from(self.luma_log2_weight_denom));
        }
        for ((weights, active), is_current) in self.weights.iter().zip(num_active).zip(is_current) {
            let weights = &weights[..active];
            for (weight, _) in weights.iter().zip(is_current).filter(|(_, current)| !**current) {
                w.write_flag(weight.luma_weight_flag);
            }
            if format.has_chroma {
                for (weight, _) in weights.iter().zip(is_current).filter(|(_, current)| !**current) {
                    w.write_flag(weight.chroma_weight_flag);
                }
            }
            for weight in weights {
                weight.write(w, self.luma_log2_weight_denom, self.chroma_log2_weight_denom);
            }
        }
    }
}

/// What a chroma offset is predicted as from its weight (equation 7-56 without clipping and delta).
fn predicted_offset(weight: i16, chroma_log2_weight_denom: u8, format: WeightFormat) -> i32 {
    let half = format.wp_offset_half_range_chroma;
    half - ((half * i32::from(weight)) >> chroma_log2_weight_denom)
}

impl PredWeight {
    fn parse(&mut self, r: &mut BitReader<'_>, format: WeightFormat, chroma: u8) -> Result<()> {
        if self.luma_weight_flag {
            let half = format.wp_offset_half_range_luma;
            self.luma_weight += i16::from(r.read_se8("delta_luma_weight_lX", -128, 127)?);
            self.luma_offset = r.read_se_range("luma_offset_lX", -half, half - 1)?;
        }
        if self.chroma_weight_flag {
            let half = format.wp_offset_half_range_chroma;
            for c in 0..2 {
                let weight = (1 << chroma) + i16::from(r.read_se8("delta_chroma_weight_lX", -128, 127)?);
                let delta = r.read_se_range("delta_chroma_offset_lX", -4 * half, 4 * half - 1)?;
                self.chroma_weight[c] = weight;
                self.delta_chroma_offset[c] = delta;
                self.chroma_offset[c] =
                    (predicted_offset(weight, chroma, format) + delta).clamp(-half, half - 1);
            }
        }
        Ok(())
    }

    fn write(&self, w: &mut BitWriter, luma: u8, chroma: u8) {
        if self.luma_weight_flag {
            w.write_se(i32::from(self.luma_weight) - (1 << luma));
            w.write_se(self.luma_offset);
        }
        if self.chroma_weight_flag {
            for c in 0..2 {
                w.write_se(i32::from(self.chroma_weight[c]) - (1 << chroma));
                w.write_se(self.delta_chroma_offset[c]);
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A table for `num_active` references, offsets within what can be written.
    pub(in super::super) fn table(
        format: WeightFormat,
        num_active: [usize; 2],
        is_current: [[bool; MAX_REF_IDX_ACTIVE]; 2],
    ) -> impl Strategy<Value = PredWeightTable> {
        let entry = (any::<[bool; 2]>(), any::<[i8; 3]>(), any::<[i8; 3]>());
        (0u8..8, 0u8..8, prop::collection::vec(entry, 30)).prop_map(move |(luma, chroma, entries)| {
            let chroma = if format.has_chroma { chroma } else { luma };
            let mut table = PredWeightTable::neutral(luma, chroma);
            let mut budget = 24;
            for list in 0..2 {
                for i in (0..num_active[list]).filter(|&i| !is_current[list][i]) {
                    let ([with_luma, with_chroma], weights, offsets) = entries[list * 15 + i];
                    let weight = |k: usize, denom: u8| (1 << denom) + i16::from(weights[k]);
                    if with_luma && budget >= 1 {
                        table.set_luma(list, i, weight(0, luma), offsets[0].into());
                        budget -= 1;
                    }
                    if with_chroma && format.has_chroma && budget >= 2 {
                        let offsets = [offsets[1].into(), offsets[2].into()];
                        table.set_chroma(list, i, [weight(1, chroma), weight(2, chroma)], offsets, format);
                        budget -= 2;
                        // Where the delta would not fit, the offset is that of a zero delta.
                        let entry = &mut table.weights[list][i];
                        let half = format.wp_offset_half_range_chroma;
                        for c in 0..2 {
                            if !(-4 * half..4 * half).contains(&entry.delta_chroma_offset[c]) {
                                entry.delta_chroma_offset[c] = 0;
                                entry.chroma_offset[c] =
                                    predicted_offset(entry.chroma_weight[c], chroma, format)
                                        .clamp(-half, half - 1);
                            }
                        }
                    }
                }
            }
            table
        })
    }

    fn case() -> impl Strategy<Value = (WeightFormat, [usize; 2], PredWeightTable)> {
        (any::<bool>(), 7u32..16, 7u32..16, 1usize..=15, 0usize..=15).prop_flat_map(
            |(has_chroma, l, c, a, b)| {
                let format = WeightFormat {
                    has_chroma,
                    wp_offset_half_range_luma: 1 << l,
                    wp_offset_half_range_chroma: 1 << c,
                };
                (Just(format), Just([a, b]), table(format, [a, b], Default::default()))
            },
        )
    }

    proptest! {
        #[test]
        fn round_trip((format, num_active, table) in case()) {
            let mut w = BitWriter::new();
            table.write(&mut w, format, num_active, &Default::default());
            let bits = w.bit_len();
            let bytes = w.into_bytes();
            let mut r = BitReader::new(&bytes);
            let parsed = PredWeightTable::parse(&mut r, format, num_active, &Default::default()).unwrap();
            prop_assert_eq!(parsed, table);
            prop_assert_eq!(r.bit_position(), bits);
        }
    }

    /// Equation 7-56 with numbers: half the weight moves mid-grey up by half the range.
    #[test]
    fn chroma_offsets_are_relative_to_the_weight() {
        let format = WeightFormat {
            has_chroma: true,
            wp_offset_half_range_luma: 128,
            wp_offset_half_range_chroma: 128,
        };
        assert_eq!(predicted_offset(32, 6, format), 64);
        let mut table = PredWeightTable::neutral(6, 6);
        table.set_chroma(0, 0, [32, 64], [60, 5], format);
        assert_eq!(table.weights[0][0].delta_chroma_offset, [-4, 5]);
    }
}
