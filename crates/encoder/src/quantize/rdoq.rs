//! Rate-distortion optimised quantisation.
//!
//! Coefficients are visited in coding order (highest frequency first). Each takes the level among the rounded one,
//! one below, and zero that minimises `error + lambda * bits`, with bits from the context states at the start of the
//! block. Then each group of sixteen may be dropped whole, and finally the last significant position is chosen.
//! The method is the one described in the HM encoder description (JCTVC-S1002, section 6.6).
//!
//! All costs are relative to coding nothing, so what rounds to zero in a group of its own costs no work.

use super::LevelBlock;
use super::groups::Groups;
use super::prices::{LastPrices, LevelState};
use rivus_coding::slice_data::residual_coding::contexts::{CodedSubBlocks, SigContexts, coded_sub_block};

/// Rounding of the levels that are started from, in 1/512 of a step. Measured: what is nearer to a level above, but by less than
/// this, is hardly ever kept there, and a block without levels is done.
pub const ROUND_INTRA: i32 = 220;
/// The same for inter prediction.
pub const ROUND_INTER: i32 = 200;

/// The quantiser's scratch memory, reused for every block: costs by coefficient in coding order, valid in groups that
/// are kept.
pub struct Rdoq {
    /// Cost of the level as chosen against nothing coded.
    cost: Box<[f32; 1024]>,
    /// The part of it that is the significance flag's.
    cost_sig: Box<[f32; 1024]>,
    /// Cost of the flag of each group.
    flag_cost: [f32; 64],
}

impl Default for Rdoq {
    fn default() -> Self {
        Self { cost: Box::new([0.0; 1024]), cost_sig: Box::new([0.0; 1024]), flag_cost: [0.0; 64] }
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
    /// Cost of the group as decided against nothing coded, without its flag.
    cost: f32,
    any: bool,
    /// A level told of as greater than 1.
    greater1: bool,
}

impl Rdoq {
    /// Chooses `levels`, which hold each coefficient rounded to a level, and returns whether any is not zero.
    pub fn run(&mut self, block: &LevelBlock<'_>, levels: &mut [i16]) -> bool {
        let groups = Groups::new(block.log2_size, block.scan_idx);
        let occupied = groups.occupied(levels);
        if occupied == 0 {
            return false;
        }
        let last_group = 63 - occupied.leading_zeros() as usize;
        let sig = SigContexts::new(block.log2_size.into(), block.c_idx, block.scan_idx.into(), false);
        let mut coded = CodedSubBlocks::default();
        let mut kept = 0u64;
        let mut total = 0.0f32;
        let mut after_greater1 = false;
        for group in (0..=last_group).rev() {
            let (x, y) = groups.place(group);
            let neighbours = coded.neighbours(x, y);
            let inferred = group == 0 || group == last_group;
            let flag = coded_sub_block(block.c_idx, neighbours);
            let price =
                |set| if inferred { 0.0 } else { block.lambda * block.contexts.cost(flag, set) as f32 };
            let mut outcome = GroupOutcome::default();
            if occupied >> group & 1 != 0 || group == 0 {
                let sig_group = sig.sub_block(group, neighbours);
                let is_last = group == last_group;
                let place = GroupPlace { group, is_last, sig: sig_group, dc: sig.dc, after_greater1 };
                outcome = self.group(block, levels, &groups.positions(group), &place);
            }
            let keeps = outcome.any && (inferred || outcome.cost + price(true) <= price(false));
            if keeps || group == 0 {
                coded.set(x, y);
                kept |= 1 << group;
                self.flag_cost[group] = price(true);
                total += outcome.cost + self.flag_cost[group];
            } else {
                self.flag_cost[group] = price(false);
                total += self.flag_cost[group];
                if occupied >> group & 1 != 0 {
                    groups.clear(levels, group);
                }
            }
            if keeps {
                after_greater1 = outcome.greater1;
            }
        }
        self.choose_last(block, levels, groups, kept, last_group, total)
    }

    /// Decides the levels of one group; the costs of its coefficients stay in the scratch arrays.
    fn group(
        &mut self,
        block: &LevelBlock<'_>,
        levels: &mut [i16],
        positions: &[usize; 16],
        place: &GroupPlace,
    ) -> GroupOutcome {
        let (base, pattern) = place.sig;
        let mut state = LevelState::new(place.group, block.c_idx, place.after_greater1);
        let mut outcome = GroupOutcome::default();
        let costs = &mut self.cost[16 * place.group..][..16];
        let costs_sig = &mut self.cost_sig[16 * place.group..][..16];
        // In the last group nothing above the last significant coefficient is coded.
        let mut seen = !place.is_last;
        let mut flags_left = 8;
        for k in (0..16).rev() {
            let at = positions[k];
            let nearest = u32::from(levels[at].unsigned_abs());
            if !seen && nearest == 0 {
                (costs[k], costs_sig[k]) = (0.0, 0.0);
                continue;
            }
            // The last coefficient's significance is implied, and that of the first where no other is significant.
            let implied = !seen || (k == 0 && !outcome.any && place.group > 0 && !place.is_last);
            let forced = !seen;
            seen = true;
            let flag = if k == 0 && place.group == 0 { place.dc } else { base + usize::from(pattern[k]) };
            let price =
                |set| if implied { 0.0 } else { block.lambda * block.contexts.cost(flag, set) as f32 };
            if nearest == 0 {
                let cost = price(false);
                (costs[k], costs_sig[k]) = (cost, cost);
                outcome.cost += cost;
                continue;
            }
            let sig = [price(false), price(true)];
            let (level, cost) = choose(block, block.coeffs[at].into(), nearest, sig, forced, &state);
            (costs[k], costs_sig[k]) = (cost, sig[usize::from(level > 0)]);
            outcome.cost += cost;
            levels[at] = if block.coeffs[at] < 0 { -(level as i16) } else { level as i16 };
            if level > 0 {
                outcome.any = true;
                outcome.greater1 |= flags_left > 0 && level > 1;
                flags_left -= i32::from(flags_left > 0);
                state.advance(level);
            }
        }
        outcome
    }

    /// Chooses the last significant coefficient, or none at all, and clears what lies beyond. `total` is the cost of all
    /// groups, of which those in `kept` have levels.
    fn choose_last(
        &self,
        block: &LevelBlock<'_>,
        levels: &mut [i16],
        groups: Groups,
        kept: u64,
        last_group: usize,
        total: f32,
    ) -> bool {
        let is_kept = |group: usize| kept >> group & 1 != 0;
        let in_kept = (0..=last_group).filter(|&g| is_kept(g));
        let highest = in_kept.fold(0, |highest, g| {
            let (x, y) = groups.place(g);
            highest.max(4 * x.max(y) + 3)
        });
        let prices = LastPrices::new(block, highest);
        let [none, some] = block.cbf_bits.map(|bits| block.lambda * bits as f32);
        let mut best = (0usize, none);
        let mut running = total + some;
        'search: for group in (0..=last_group).rev() {
            running -= self.flag_cost[group];
            if !is_kept(group) {
                continue;
            }
            let positions = groups.positions(group);
            for k in (0..16).rev() {
                let (i, at) = (16 * group + k, positions[k]);
                if levels[at] != 0 {
                    let cost = running + block.lambda * prices.of(at) as f32 - self.cost_sig[i];
                    if cost < best.1 {
                        best = (i + 1, cost);
                    }
                    if levels[at].unsigned_abs() > 1 {
                        break 'search;
                    }
                }
                running -= self.cost[i];
            }
        }
        for group in (best.0 / 16..=last_group).filter(|&g| is_kept(g)) {
            for (k, at) in groups.positions(group).into_iter().enumerate() {
                if 16 * group + k >= best.0 {
                    levels[at] = 0;
                }
            }
        }
        best.0 > 0
    }
}

/// The best of the candidate levels of a coefficient that rounds to `nearest`, which is not zero, and its cost against
/// nothing coded. `sig` are the costs of its significance flag; `forced`: it is the last one, which cannot be zero.
#[inline]
fn choose(
    block: &LevelBlock<'_>,
    coefficient: i32,
    nearest: u32,
    sig: [f32; 2],
    forced: bool,
    state: &LevelState,
) -> (u32, f32) {
    let magnitude = coefficient.abs();
    let keeps = nearest > 2 || (forced && nearest == 1);
    let mut best = (0, if keeps { f32::INFINITY } else { sig[0] });
    for level in (nearest.saturating_sub(1).max(1)..=nearest).rev() {
        let bits = state.bits(block.contexts, level);
        let cost = block.error_change(magnitude, level) + block.lambda * bits as f32 + sig[1];
        if cost < best.1 {
            best = (level, cost);
        }
    }
    best
}
