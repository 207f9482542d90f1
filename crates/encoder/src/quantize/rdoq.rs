//! Rate-distortion optimised quantisation.
//!
//! Coefficients are visited in coding order (highest frequency first). Each takes the level among round-to-nearest,
//! one below, and zero that minimises `error + lambda * bits`, with bits from the context states at the start of the
//! block. Then each group of sixteen may be dropped whole, and finally the last significant position is chosen.
//! The method is the one described in the HM encoder description (JCTVC-S1002, section 6.6).

use super::Quantizer;
use super::scan::Scans;
use super::sign_hiding::{self, Alternatives};
use rivus_coding::scan_order::{VERTICAL, sub_blocks};
use rivus_coding::slice_data::residual_coding::contexts::{
    CodedSubBlocks, SigContexts, coded_sub_block, last_prefix,
};
use rivus_syntax::cabac::ContextSet;
use rivus_syntax::cabac::contexts as ctx;

/// One bit in the fixed point of context costs.
const BIT: u32 = 1 << 15;

/// What to quantise and at what price.
pub struct Block<'a> {
    /// Transform coefficients, raster order.
    pub coeffs: &'a [i16],
    /// Log2 of the block size, 2..=5.
    pub log2_size: u8,
    /// Component, 0..=2.
    pub c_idx: u8,
    /// scanIdx (6.5.3 - 6.5.5, 7.4.9.11).
    pub scan_idx: u8,
    /// The quantiser.
    pub quantizer: Quantizer,
    /// Lagrangian: squared sample error per 1/32768 bit.
    pub lambda: f32,
    /// Context states that price the bits.
    pub contexts: &'a ContextSet,
    /// Price of the coded block flag being 0 and 1, in 1/32768 bits.
    pub cbf_bits: [u32; 2],
    /// `sign_data_hiding_enabled_flag` and nothing that turns it off in this block.
    pub sign_hiding: bool,
}

/// The quantiser with its scans and scratch memory, reused for every block.
#[derive(Default)]
pub struct Rdoq {
    scans: Scans,
    work: Work,
}

/// Costs of the coefficients of the block in work, in coding order.
struct Work {
    cost: Box<[f32; 1024]>,
    cost_zero: Box<[f32; 1024]>,
    cost_sig: Box<[f32; 1024]>,
    alternatives: Alternatives,
}

impl Default for Work {
    fn default() -> Self {
        Self {
            cost: Box::new([0.0; 1024]),
            cost_zero: Box::new([0.0; 1024]),
            cost_sig: Box::new([0.0; 1024]),
            alternatives: Alternatives::default(),
        }
    }
}

/// The adaptive state of level coding inside a group (9.3.4.2.6, 9.3.3.11).
#[derive(Clone, Copy)]
struct LevelState {
    /// Context offset of `coeff_abs_level_greater1_flag`: four per set.
    set: usize,
    greater1_ctx: usize,
    greater1_left: u32,
    greater2_left: bool,
    rice: u32,
}

/// Price of every flag of the levels of one block, gathered once.
struct LevelPrices {
    greater1: [[u32; 2]; 24],
    greater2: [[u32; 2]; 6],
}

impl LevelPrices {
    fn new(contexts: &ContextSet) -> Self {
        let price = |at: usize| [contexts.cost(at, false), contexts.cost(at, true)];
        Self {
            greater1: core::array::from_fn(|i| price(ctx::COEFF_ABS_LEVEL_GREATER1_FLAG + i)),
            greater2: core::array::from_fn(|i| price(ctx::COEFF_ABS_LEVEL_GREATER2_FLAG + i)),
        }
    }

    /// Bits of sign and magnitude of a non-zero `level`, without its significance flag.
    #[inline]
    fn of(&self, level: u32, state: &LevelState) -> u32 {
        let base = if state.greater1_left == 0 {
            1
        } else if state.greater2_left {
            3
        } else {
            2
        };
        let mut bits = BIT;
        if state.greater1_left > 0 {
            bits += self.greater1[4 * state.set + state.greater1_ctx][usize::from(level > 1)];
            if level > 1 && state.greater2_left {
                bits += self.greater2[state.set][usize::from(level > 2)];
            }
        }
        if level >= base { bits + remaining_bits(level - base, state.rice) } else { bits }
    }
}

/// Bits of `coeff_abs_level_remaining` (9.3.3.11), in the fixed point of context costs.
#[inline]
fn remaining_bits(value: u32, rice: u32) -> u32 {
    let prefix = value >> rice;
    if prefix < 4 {
        return (prefix + 1 + rice) * BIT;
    }
    let rest = value - (4 << rice) + (1 << (rice + 1));
    let exponent = rest.ilog2();
    (4 + 2 * (exponent - rice - 1) + 1 + rice + 1) * BIT
}

impl LevelState {
    /// After a non-zero `level`.
    #[inline]
    fn advance(&mut self, level: u32) {
        let base = if self.greater1_left == 0 {
            1
        } else if self.greater2_left {
            3
        } else {
            2
        };
        if level >= base && level > 3 << self.rice {
            self.rice = (self.rice + 1).min(4);
        }
        if self.greater1_left > 0 {
            self.greater1_left -= 1;
            if level > 1 {
                self.greater1_ctx = 0;
                self.greater2_left = false;
            } else if (1..3).contains(&self.greater1_ctx) {
                self.greater1_ctx += 1;
            }
        }
    }
}

impl Rdoq {
    /// Chooses `levels`, which hold each coefficient rounded to the nearest level, and returns how many are not zero.
    pub fn run(&mut self, block: &Block<'_>, levels: &mut [i16]) -> u32 {
        self.work.run(block, levels, self.scans.get(block.log2_size, block.scan_idx))
    }
}

impl Work {
    fn run(&mut self, block: &Block<'_>, levels: &mut [i16], scan: &[u16]) -> u32 {
        let log2 = u32::from(block.log2_size);
        let Some(last_group) = last_group(scan, levels) else { return 0 };
        let prices = LevelPrices::new(block.contexts);
        let sig = SigContexts::new(log2, block.c_idx, usize::from(block.scan_idx), false);
        let order = sub_blocks(log2, usize::from(block.scan_idx));
        let mut coded = CodedSubBlocks::default();
        let mut flag_cost = [0.0f32; 64];
        let mut total = 0.0f64;
        for i in (last_group + 1) * 16..scan.len() {
            total += f64::from(self.zero_cost(block, i, scan));
        }
        let mut after_greater1 = false;
        for group in (0..=last_group).rev() {
            let (x, y) = (usize::from(order[group] & 7), usize::from(order[group] >> 4 & 7));
            let neighbours = coded.neighbours(x, y);
            let place = GroupPlace {
                group,
                is_last: group == last_group,
                sig: sig.sub_block(group, neighbours),
                dc: sig.dc,
                after_greater1,
            };
            let outcome = self.group(block, levels, scan, &place, &prices);
            let flag = coded_sub_block(block.c_idx, neighbours);
            let price = |coded: bool| block.lambda * block.contexts.cost(flag, coded) as f32;
            let inferred = group == 0 || group == last_group;
            let keeps =
                outcome.any && (inferred || outcome.coded + price(true) <= outcome.zeroed + price(false));
            if keeps || group == 0 {
                coded.set(x, y);
                flag_cost[group] = if inferred { 0.0 } else { price(true) };
                total += f64::from(outcome.coded + flag_cost[group]);
            } else {
                flag_cost[group] = if inferred { 0.0 } else { price(false) };
                total += f64::from(outcome.zeroed + flag_cost[group]);
                self.drop_group(levels, scan, group);
            }
            if keeps {
                after_greater1 = outcome.after_greater1;
            }
        }
        let kept = self.choose_last(block, levels, scan, last_group, total, &flag_cost);
        if kept > 0 && block.sign_hiding {
            return sign_hiding::apply(levels, scan, last_group + 1, &self.alternatives);
        }
        kept
    }

    fn drop_group(&mut self, levels: &mut [i16], scan: &[u16], group: usize) {
        for i in group * 16..group * 16 + 16 {
            levels[usize::from(scan[i])] = 0;
            self.cost[i] = self.cost_zero[i];
            self.cost_sig[i] = 0.0;
        }
    }

    /// Squared error of dropping coefficient `i` of the scan, remembered for the later steps.
    #[inline]
    fn zero_cost(&mut self, block: &Block<'_>, i: usize, scan: &[u16]) -> f32 {
        let c = f32::from(block.coeffs[usize::from(scan[i])]);
        let cost = c * c * block.quantizer.error_scale;
        self.cost_zero[i] = cost;
        self.cost[i] = cost;
        self.cost_sig[i] = 0.0;
        cost
    }

    /// Decides the levels of one group; the costs of its coefficients stay in the scratch arrays.
    fn group(
        &mut self,
        block: &Block<'_>,
        levels: &mut [i16],
        scan: &[u16],
        place: &GroupPlace,
        prices: &LevelPrices,
    ) -> GroupOutcome {
        let (base, positions) = place.sig;
        let chroma = block.c_idx > 0;
        let set = usize::from(place.after_greater1) + if place.group == 0 || chroma { 0 } else { 2 };
        let mut state = LevelState {
            set: set + if chroma { 4 } else { 0 },
            greater1_ctx: 1,
            greater1_left: 8,
            greater2_left: true,
            rice: 0,
        };
        let mut outcome = GroupOutcome::default();
        // In the last group nothing above the last significant coefficient is coded.
        let mut seen = !place.is_last;
        for k in (0..16).rev() {
            let i = 16 * place.group + k;
            let at = usize::from(scan[i]);
            let zero = self.zero_cost(block, i, scan);
            outcome.zeroed += zero;
            let nearest = i32::from(levels[at]).unsigned_abs();
            if !seen && nearest == 0 {
                outcome.coded += zero;
                self.alternatives.none(i);
                continue;
            }
            // The last coefficient's significance is implied, and that of the first where no other is significant.
            let implied = !seen || (k == 0 && !outcome.any && place.group > 0 && !place.is_last);
            let flag = if i == 0 { place.dc } else { base + usize::from(positions[k]) };
            let sig_bits =
                if implied { [0; 2] } else { [false, true].map(|set| block.contexts.cost(flag, set)) };
            let forced = !seen;
            seen = true;
            let level = self.choose(block, i, at, nearest, sig_bits, forced, prices, &state);
            levels[at] = if block.coeffs[at] < 0 { -(level as i16) } else { level as i16 };
            outcome.coded += self.cost[i];
            if level > 0 {
                outcome.any = true;
                state.advance(level);
            }
        }
        outcome.after_greater1 = state.greater1_ctx == 0;
        outcome
    }

    /// The best of the candidate levels of one coefficient, whose magnitude rounds to `nearest`.
    #[inline]
    fn choose(
        &mut self,
        block: &Block<'_>,
        i: usize,
        at: usize,
        nearest: u32,
        sig_bits: [u32; 2],
        forced: bool,
        prices: &LevelPrices,
        state: &LevelState,
    ) -> u32 {
        let lambda = block.lambda;
        let sig_cost = sig_bits.map(|bits| lambda * bits as f32);
        let magnitude = i32::from(block.coeffs[at]).abs();
        let mut best = (0, self.cost_zero[i] + sig_cost[0], sig_cost[0]);
        if nearest > 0 {
            if nearest > 2 || (forced && nearest == 1) {
                best.1 = f32::INFINITY;
            }
            for level in [nearest, nearest - 1] {
                if level == 0 {
                    break;
                }
                let error = (magnitude - block.quantizer.dequant(level as i32)) as f32;
                let cost = error * error * block.quantizer.error_scale
                    + lambda * prices.of(level, state) as f32
                    + sig_cost[1];
                if cost < best.1 {
                    best = (level, cost, sig_cost[1]);
                }
            }
        }
        (self.cost[i], self.cost_sig[i]) = (best.1, best.2);
        if block.sign_hiding {
            self.alternatives
                .set(i, block, block.coeffs[at].into(), best.0, sig_bits, |level| prices.of(level, state));
        }
        best.0
    }

    /// Chooses the last significant coefficient, or none at all, and clears what lies beyond.
    fn choose_last(
        &self,
        block: &Block<'_>,
        levels: &mut [i16],
        scan: &[u16],
        last_group: usize,
        total: f64,
        flag_cost: &[f32; 64],
    ) -> u32 {
        let lambda = f64::from(block.lambda);
        let count = (last_group + 1) * 16;
        let beyond: f64 = self.cost_zero[count..scan.len()].iter().map(|&c| f64::from(c)).sum();
        let all_zero: f64 = beyond + self.cost_zero[..count].iter().map(|&c| f64::from(c)).sum::<f64>();
        let last_prices = LastPrices::new(block);
        let mut best = (0usize, all_zero + lambda * f64::from(block.cbf_bits[0]));
        let mut running = total + lambda * f64::from(block.cbf_bits[1]);
        'search: for group in (0..=last_group).rev() {
            running -= f64::from(flag_cost[group]);
            for i in (16 * group..16 * group + 16).rev() {
                let at = usize::from(scan[i]);
                if levels[at] != 0 {
                    let last = last_prices.of(block, at);
                    let cost = running + lambda * f64::from(last) - f64::from(self.cost_sig[i]);
                    if cost < best.1 {
                        best = (i + 1, cost);
                    }
                    if levels[at].unsigned_abs() > 1 {
                        break 'search;
                    }
                }
                running += f64::from(self.cost_zero[i]) - f64::from(self.cost[i]);
            }
        }
        let mut kept = 0;
        for (i, &at) in scan[..count].iter().enumerate() {
            if i >= best.0 {
                levels[usize::from(at)] = 0;
            } else {
                kept += u32::from(levels[usize::from(at)] != 0);
            }
        }
        kept
    }
}

/// Where a group lies and what its contexts are.
struct GroupPlace {
    group: usize,
    is_last: bool,
    /// First context of `sig_coeff_flag` and what each position adds.
    sig: (usize, &'static [u8; 16]),
    /// Context of the DC coefficient.
    dc: usize,
    after_greater1: bool,
}

#[derive(Default)]
struct GroupOutcome {
    /// Cost of the group as decided, without its flag.
    coded: f32,
    /// Cost with all coefficients zero.
    zeroed: f32,
    any: bool,
    after_greater1: bool,
}

/// Price of the last significant position: prefix bins by context, suffix bits.
struct LastPrices {
    /// Per axis of the syntax (x, y) and prefix.
    prefix: [[u32; 10]; 2],
}

impl LastPrices {
    fn new(block: &Block<'_>) -> Self {
        let (offset, shift) = last_prefix(block.log2_size.into(), block.c_idx);
        let longest = 2 * usize::from(block.log2_size) - 1;
        let prefix = [ctx::LAST_SIG_COEFF_X_PREFIX, ctx::LAST_SIG_COEFF_Y_PREFIX].map(|first| {
            let mut ones = 0;
            core::array::from_fn(|prefix| {
                let context = first + offset + (prefix >> shift);
                let suffix = if prefix > 3 { (prefix as u32 / 2 - 1) * BIT } else { 0 };
                if prefix > longest {
                    return 0;
                }
                let end = if prefix < longest { block.contexts.cost(context, false) } else { 0 };
                let bits = ones + end + suffix;
                if prefix < longest {
                    ones += block.contexts.cost(context, true);
                }
                bits
            })
        });
        Self { prefix }
    }

    /// Bits of the last position being raster position `at`.
    #[inline]
    fn of(&self, block: &Block<'_>, at: usize) -> u32 {
        let (x, y) = (at & ((1 << block.log2_size) - 1), at >> block.log2_size);
        let (x, y) = if usize::from(block.scan_idx) == VERTICAL { (y, x) } else { (x, y) };
        let group = |last: usize| {
            if last < 4 {
                last
            } else {
                let n = last.ilog2() as usize;
                2 * n + ((last >> (n - 1)) & 1)
            }
        };
        self.prefix[0][group(x)] + self.prefix[1][group(y)]
    }
}

/// Index of the highest group with a non-zero level.
fn last_group(scan: &[u16], levels: &[i16]) -> Option<usize> {
    scan.chunks(16).rposition(|group| group.iter().any(|&at| levels[usize::from(at)] != 0))
}
