//! Choice of sample adaptive offset (8.7.3) per CTB: statistics on deblocked samples, then rate and distortion.
//!
//! For an offset `o` on `n` samples whose errors `source - reconstruction` sum up to `e`, the squared error changes by
//! `n * o * o - 2 * o * e`; nothing else is needed to compare all types, classes and bands.

use crate::mode_decision::cost::Lambda;
use rivus_coding::ctu::record::{SaoComponent, SaoParams};
use rivus_kernels::Kernels;
use rivus_picture::{Block, Sample};
use rivus_syntax::cabac::{ContextSet, contexts as ctx};

/// One bit in the unit of context costs.
const BIT: u32 = 1 << 15;

/// Statistics of one component of a CTB.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    edge_sum: [[i32; 5]; 4],
    edge_count: [[u32; 5]; 4],
    band_sum: [i32; 32],
    band_count: [u32; 32],
}

impl Stats {
    /// Gathers the statistics of a block; `reconstruction` is deblocked and has one more sample on every side.
    pub fn gather<S: Sample>(
        kernels: &Kernels<S>,
        source: Block<'_, S>,
        reconstruction: Block<'_, S>,
        bit_depth: u8,
    ) -> Self {
        let mut stats = Self::default();
        for class in 0..4 {
            let (sum, count) = (&mut stats.edge_sum[class], &mut stats.edge_count[class]);
            (kernels.sao.edge_stats)(source, reconstruction, class as u8, sum, count);
        }
        let inner = reconstruction.sub(1, 1, source.width(), source.height());
        (kernels.sao.band_stats)(source, inner, &mut stats.band_sum, &mut stats.band_count, bit_depth);
        stats
    }

    /// Change of the squared error by `component`.
    fn gain(&self, component: &SaoComponent) -> i64 {
        let change = |count: u32, sum: i32, offset: i16| {
            let offset = i64::from(offset);
            i64::from(count) * offset * offset - 2 * offset * i64::from(sum)
        };
        let offsets = component.sao_offset_val.iter().enumerate();
        match component.sao_type_idx {
            1 => offsets
                .map(|(i, &offset)| {
                    let band = (usize::from(component.sao_band_position) + i) & 31;
                    change(self.band_count[band], self.band_sum[band], offset)
                })
                .sum(),
            2 => {
                let class = usize::from(component.sao_eo_class);
                offsets
                    .map(|(i, &offset)| {
                        change(self.edge_count[class][i + 1], self.edge_sum[class][i + 1], offset)
                    })
                    .sum()
            }
            _ => 0,
        }
    }
}

/// What the choice weighs with.
#[derive(Clone, Copy)]
pub struct SaoCost<'a> {
    /// Lagrangians of the CTU.
    pub lambda: Lambda,
    /// Context states that price the flags.
    pub contexts: &'a ContextSet,
    /// Largest offset magnitude: (1 << (Min(bitDepth, 10) - 5)) - 1.
    pub max_offset: i16,
}

/// A choice for one or two components and its cost against doing nothing.
#[derive(Clone, Copy)]
struct Choice {
    components: [SaoComponent; 2],
    cost: f64,
}

impl SaoCost<'_> {
    fn weighted(&self, chroma: bool, gain: i64, bits: u32) -> f64 {
        let weight = if chroma { self.lambda.chroma_weight[0] } else { 1.0 };
        gain as f64 * weight + self.lambda.sse * f64::from(bits)
    }

    fn type_bits(&self, sao_type_idx: u8) -> u32 {
        let first = self.contexts.cost(ctx::SAO_TYPE_IDX, sao_type_idx != 0);
        first + if sao_type_idx == 0 { 0 } else { BIT }
    }

    /// Bits of `sao_offset_abs`: truncated unary.
    fn magnitude_bits(&self, magnitude: i16) -> u32 {
        (i32::from(magnitude) + i32::from(magnitude < self.max_offset)) as u32 * BIT
    }

    /// The best offset of one category and its gain; `sign` restricts it (0: either).
    fn offset(&self, chroma: bool, sum: i32, count: u32, sign: i16, sign_bit: u32) -> (i16, i64, u32) {
        let zero = (0, 0i64, self.magnitude_bits(0));
        if count == 0 {
            return zero;
        }
        let mean = (f64::from(sum) / f64::from(count)).round();
        let mut offset = mean.clamp(f64::from(-self.max_offset), f64::from(self.max_offset)) as i16;
        if sign != 0 && offset.signum() != sign {
            return zero;
        }
        let mut best = zero;
        let mut best_cost = self.weighted(chroma, 0, zero.2);
        while offset != 0 {
            let wide = i64::from(offset);
            let gain = i64::from(count) * wide * wide - 2 * wide * i64::from(sum);
            let bits = self.magnitude_bits(offset.abs()) + sign_bit;
            let cost = self.weighted(chroma, gain, bits);
            if cost < best_cost {
                (best, best_cost) = ((offset, gain, bits), cost);
            }
            offset -= offset.signum();
        }
        best
    }

    /// The best edge offset of a class.
    fn edge(&self, chroma: bool, stats: &Stats, class: usize) -> (SaoComponent, i64, u32) {
        let mut component =
            SaoComponent { sao_type_idx: 2, sao_eo_class: class as u8, ..SaoComponent::default() };
        let (mut gain, mut bits) = (0, 0);
        for i in 0..4 {
            let sign = if i < 2 { 1 } else { -1 };
            let (sum, count) = (stats.edge_sum[class][i + 1], stats.edge_count[class][i + 1]);
            let (offset, g, b) = self.offset(chroma, sum, count, sign, 0);
            component.sao_offset_val[i] = offset;
            gain += g;
            bits += b;
        }
        (component, gain, bits)
    }

    /// The best band offset.
    fn band(&self, chroma: bool, stats: &Stats) -> (SaoComponent, i64, u32) {
        let all: [(i16, i64, u32); 32] =
            core::array::from_fn(|i| self.offset(chroma, stats.band_sum[i], stats.band_count[i], 0, BIT));
        let cost = |start: usize| -> f64 {
            (0..4)
                .map(|i| all[(start + i) & 31])
                .map(|(_, gain, bits)| self.weighted(chroma, gain, bits))
                .sum()
        };
        let mut best = (f64::INFINITY, 0);
        for start in 0..32 {
            let c = cost(start);
            if c < best.0 {
                best = (c, start);
            }
        }
        let four: [(i16, i64, u32); 4] = core::array::from_fn(|i| all[(best.1 + i) & 31]);
        let component = SaoComponent {
            sao_type_idx: 1,
            sao_band_position: best.1 as u8,
            sao_offset_val: four.map(|f| f.0),
            ..SaoComponent::default()
        };
        (component, four.iter().map(|f| f.1).sum(), four.iter().map(|f| f.2).sum::<u32>() + 5 * BIT)
    }

    /// The best parameters for luma (one entry) or both chroma components, which share type and class.
    fn best(&self, stats: &[Stats]) -> Choice {
        let chroma = stats.len() == 2;
        let mut best = Choice {
            components: [SaoComponent::default(); 2],
            cost: self.weighted(chroma, 0, self.type_bits(0)),
        };
        let mut offer = |parts: &[(SaoComponent, i64, u32)], extra: u32| {
            let cost = parts.iter().map(|p| self.weighted(chroma, p.1, p.2)).sum::<f64>()
                + self.weighted(chroma, 0, extra);
            let used = parts.iter().any(|p| p.0.sao_offset_val != [0; 4]);
            if used && cost < best.cost {
                best.cost = cost;
                for (to, part) in best.components.iter_mut().zip(parts) {
                    *to = part.0;
                }
            }
        };
        for class in 0..4 {
            let parts: [_; 2] =
                core::array::from_fn(|i| self.edge(chroma, &stats[i.min(stats.len() - 1)], class));
            offer(&parts[..stats.len()], self.type_bits(2) + 2 * BIT);
        }
        let parts: [_; 2] = core::array::from_fn(|i| self.band(chroma, &stats[i.min(stats.len() - 1)]));
        offer(&parts[..stats.len()], self.type_bits(1));
        best
    }

    /// Parameters of a CTB, with `left` and `up` the parameters that it may merge with.
    pub fn decide(&self, stats: &[Stats; 3], left: Option<&SaoParams>, up: Option<&SaoParams>) -> SaoParams {
        let merge = |set| self.contexts.cost(ctx::SAO_MERGE_FLAG, set);
        let flags = u32::from(left.is_some()) * merge(false) + u32::from(up.is_some()) * merge(false);
        let (luma, chroma) = (self.best(&stats[..1]), self.best(&stats[1..]));
        let mut cost = luma.cost + chroma.cost + self.weighted(false, 0, flags);
        let mut params = SaoParams {
            components: [luma.components[0], chroma.components[0], chroma.components[1]],
            ..SaoParams::default()
        };
        let merged_cost = |from: &SaoParams, bits: u32| {
            (0..3).map(|c| self.weighted(c > 0, stats[c].gain(&from.components[c]), 0)).sum::<f64>()
                + self.weighted(false, 0, bits)
        };
        if let Some(from) = left {
            let c = merged_cost(from, merge(true));
            if c < cost {
                cost = c;
                params = SaoParams { sao_merge_left_flag: true, sao_merge_up_flag: false, ..*from };
            }
        }
        if let Some(from) = up {
            let bits = u32::from(left.is_some()) * merge(false) + merge(true);
            if merged_cost(from, bits) < cost {
                params = SaoParams { sao_merge_left_flag: false, sao_merge_up_flag: true, ..*from };
            }
        }
        params
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(contexts: &ContextSet) -> SaoCost<'_> {
        SaoCost { lambda: Lambda::new(32, [31, 31], 8, 1.0), contexts, max_offset: 7 }
    }

    /// A constant error in one band is removed by a band offset; none stays none.
    #[test]
    fn constant_error_gets_its_offset() {
        let contexts = ContextSet::init(32, 1);
        let mut luma = Stats::default();
        (luma.band_count[12], luma.band_sum[12]) = (4000, 12000);
        let none = Stats::default();
        let params = cost(&contexts).decide(&[luma, none, none], None, None);
        let component = params.components[0];
        assert_eq!(component.sao_type_idx, 1);
        let at = (12 - i32::from(component.sao_band_position)) as usize;
        assert_eq!(component.sao_offset_val[at], 3);
        assert_eq!(params.components[1].sao_type_idx, 0);
        assert_eq!(luma.gain(&component), 4000 * 9 - 2 * 3 * 12000);
    }

    /// A neighbour's parameters that fit are merged, since that is cheaper.
    #[test]
    fn equal_neighbours_merge() {
        let contexts = ContextSet::init(32, 1);
        let mut luma = Stats::default();
        luma.edge_count[1] = [0, 900, 500, 500, 900];
        luma.edge_sum[1] = [0, 2700, 1000, -1000, -2700];
        let stats = [luma, Stats::default(), Stats::default()];
        let alone = cost(&contexts).decide(&stats, None, None);
        assert_eq!(alone.components[0].sao_type_idx, 2);
        assert_eq!(alone.components[0].sao_offset_val, [3, 2, -2, -3]);
        let merged = cost(&contexts).decide(&stats, None, Some(&alone));
        assert!(merged.sao_merge_up_flag && merged.components == alone.components);
    }
}
