//! Rate-distortion optimised quantisation.
//!
//! Coefficients are visited in coding order (highest frequency first). Each takes the level among the rounded one,
//! one below, and zero that minimises `error + lambda * bits`, with bits from the context states at the start of the
//! block. Then each group of sixteen may be dropped whole, and finally the last significant position is chosen.
//! The method is the one described in the HM encoder description (JCTVC-S1002, section 6.6).
//!
//! All costs are relative to coding nothing, so what rounds to zero in a group of its own costs no work. Only levels that
//! are not zero are visited: the flags of the zeros between them are counted by context.

use super::LevelBlock;
use super::groups::{Positions, descending};
use super::prices::LevelState;
use super::significance::{GroupSigPrices, Significance};
use rivus_coding::slice_data::residual_coding::contexts::{CodedSubBlocks, coded_sub_block};

/// Rounding of the levels that are started from, in 1/512 of a step. Measured: what is nearer to a level above, but by less than
/// this, is hardly ever kept there, and a block without levels is done.
pub const ROUND_INTRA: i32 = 220;
/// The same for inter prediction.
pub const ROUND_INTER: i32 = 200;

/// The quantiser's scratch memory, reused for every block.
pub struct Rdoq {
    /// By coefficient in coding order, valid for levels that are not zero.
    cost: Box<[LevelCost; 1024]>,
    /// By group, valid for those that are kept.
    groups: [GroupCost; 64],
}

/// What a level costs against nothing coded.
#[derive(Clone, Copy, Default)]
struct LevelCost {
    all: f32,
    /// The part of it that is the significance flag's.
    sig: f32,
}

/// What is known of a group besides its levels.
#[derive(Clone, Copy, Default)]
struct GroupCost {
    /// Cost of its flag.
    flag: f32,
    /// Coded neighbours.
    csbf_ctx: usize,
    /// The zeros whose flags are coded.
    zeros: u16,
}

impl Default for Rdoq {
    fn default() -> Self {
        Self { cost: Box::new([LevelCost::default(); 1024]), groups: [GroupCost::default(); 64] }
    }
}

/// Where a group lies and what its contexts are.
struct GroupPlace<'a> {
    group: usize,
    is_last: bool,
    positions: Positions,
    sig: GroupSigPrices<'a>,
    after_greater1: bool,
}

#[derive(Default)]
struct GroupOutcome {
    /// Cost of the group as decided against nothing coded, without its flag.
    cost: f32,
    /// The levels that are left.
    mask: u16,
    /// The zeros whose flags are coded.
    zeros: u16,
    /// A level told of as greater than 1.
    greater1: bool,
}

impl Rdoq {
    /// Chooses `levels`, which hold each coefficient rounded to a level, and returns whether any is not zero.
    /// `significance` tells which are not zero, before and after.
    pub fn run(
        &mut self,
        block: &LevelBlock<'_>,
        levels: &mut [i16],
        significance: &mut Significance,
    ) -> bool {
        let groups = &block.groups;
        let Some(last_group) = significance.occupied().checked_ilog2().map(|group| group as usize) else {
            return false;
        };
        let mut coded = CodedSubBlocks::default();
        let mut total = 0.0f32;
        let mut after_greater1 = false;
        for group in (0..=last_group).rev() {
            let (x, y) = groups.place(group);
            let csbf_ctx = coded.neighbours(x, y);
            let inferred = group == 0 || group == last_group;
            let flag = coded_sub_block(block.c_idx, csbf_ctx);
            let price =
                |set| if inferred { 0.0 } else { block.lambda * block.contexts.cost(flag, set) as f32 };
            let before = significance.of(group);
            let positions = groups.positions(group);
            let mut outcome = GroupOutcome::default();
            if before != 0 || group == 0 {
                let sig = block.sig_prices.group(group, csbf_ctx);
                let is_last = group == last_group;
                let place = GroupPlace { group, is_last, positions, sig, after_greater1 };
                outcome = self.group(block, levels, before, &place);
            }
            let keeps = outcome.mask != 0 && (inferred || outcome.cost + price(true) <= price(false));
            if keeps || group == 0 {
                coded.set(x, y);
                let flag = price(true);
                total += outcome.cost + flag;
                self.groups[group] = GroupCost { flag, csbf_ctx, zeros: outcome.zeros };
                significance.set(group, outcome.mask);
            } else {
                let flag = price(false);
                total += flag;
                self.groups[group] = GroupCost { flag, csbf_ctx, zeros: 0 };
                for k in descending(outcome.mask) {
                    levels[positions.at(k)] = 0;
                }
                significance.set(group, 0);
            }
            if keeps {
                after_greater1 = outcome.greater1;
            }
        }
        self.choose_last(block, levels, significance, last_group, total)
    }

    /// Decides the levels of one group, of which those in `mask` are not zero; their costs stay in the scratch array.
    fn group(
        &mut self,
        block: &LevelBlock<'_>,
        levels: &mut [i16],
        mask: u16,
        place: &GroupPlace<'_>,
    ) -> GroupOutcome {
        let mut state = LevelState::new(place.group, block.c_idx, place.after_greater1);
        let costs = &mut self.cost[16 * place.group..][..16];
        // In the last group nothing above the last significant coefficient is coded.
        let coded = if place.is_last { u16::MAX >> mask.leading_zeros() } else { u16::MAX };
        let mut outcome = GroupOutcome { zeros: coded & !mask, ..GroupOutcome::default() };
        // The last coefficient's significance is implied.
        let mut forced = place.is_last;
        for k in descending(mask) {
            let at = place.positions.at(k);
            let nearest = u32::from(levels[at].unsigned_abs());
            // And that of the first where no other is significant.
            let implied = forced || (k == 0 && outcome.mask == 0 && place.group > 0 && !place.is_last);
            let sig = place.sig.of(k).map(|bits| if implied { 0.0 } else { block.lambda * bits as f32 });
            let (level, cost) = choose(block, block.coeffs[at].into(), nearest, sig, forced, &state);
            forced = false;
            levels[at] = if block.coeffs[at] < 0 { -(level as i16) } else { level as i16 };
            if level == 0 {
                outcome.zeros |= if implied { 0 } else { 1 << k };
                continue;
            }
            costs[k] = LevelCost { all: cost, sig: sig[1] };
            outcome.cost += cost;
            outcome.mask |= 1 << k;
            state.advance(level);
        }
        outcome.greater1 = state.told_greater1();
        outcome.cost += block.lambda * place.sig.all(outcome.zeros, false) as f32;
        outcome
    }

    /// Chooses the last significant coefficient, or none at all, and clears what lies beyond. `total` is the cost of all
    /// groups.
    fn choose_last(
        &self,
        block: &LevelBlock<'_>,
        levels: &mut [i16],
        significance: &mut Significance,
        last_group: usize,
        total: f32,
    ) -> bool {
        let groups = &block.groups;
        let highest = descending(significance.occupied()).fold(0, |highest, group| {
            let (x, y) = groups.place(group);
            highest.max(4 * x.max(y) + 3)
        });
        let last = block.last_prices(highest);
        let [none, some] = block.cbf_bits.map(|bits| block.lambda * bits as f32);
        let mut best = (0usize, none);
        let mut running = total + some;
        'search: for group in (0..=last_group).rev() {
            let GroupCost { flag, csbf_ctx, mut zeros } = self.groups[group];
            running -= flag;
            let positions = groups.positions(group);
            let sig = block.sig_prices.group(group, csbf_ctx);
            for k in descending(significance.of(group)) {
                let at = positions.at(k);
                let above = u16::MAX << k;
                running -= block.lambda * sig.all(zeros & above, false) as f32;
                zeros &= !above;
                let level = self.cost[16 * group + k];
                let cost = running + block.lambda * last.of(at) as f32 - level.sig;
                if cost < best.1 {
                    best = (16 * group + k + 1, cost);
                }
                if levels[at].unsigned_abs() > 1 {
                    break 'search;
                }
                running -= level.all;
            }
            running -= block.lambda * sig.all(zeros, false) as f32;
        }
        for group in descending(significance.occupied()).take_while(|&group| group >= best.0 / 16) {
            let (positions, mask) = (groups.positions(group), significance.of(group));
            let beyond = if group > best.0 / 16 { u16::MAX } else { u16::MAX << (best.0 % 16) };
            for k in descending(mask & beyond) {
                levels[positions.at(k)] = 0;
            }
            significance.set(group, mask & !beyond);
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
