//! Sign data hiding (7.4.9.11): the parity of a group's levels carries the sign of its lowest non-zero coefficient.
//!
//! Where the parity is wrong, the change by one that costs least is made.

use super::LevelBlock;
use super::groups::{Positions, descending};
use super::prices::LevelState;
use super::significance::{GroupSigPrices, Significance};
use rivus_coding::slice_data::residual_coding::contexts::CodedSubBlocks;

/// A group with levels, and what its flags are priced with.
struct Group<'a> {
    levels: &'a [i16],
    positions: Positions,
    /// The levels that are not zero.
    mask: u16,
    /// The zeros that may become a level.
    zeros: u16,
    sig: GroupSigPrices<'a>,
    state: LevelState,
    block: &'a LevelBlock<'a>,
}

/// Adjusts `levels` of `block` so that every group that hides a sign has the right parity. `significance` tells which levels
/// are not zero, before and after.
pub fn apply(block: &LevelBlock<'_>, levels: &mut [i16], significance: &mut Significance) {
    let groups = &block.groups;
    // A quarter of a step: less would not become a level for the sake of parity.
    let least = ((block.quantizer.dequant(1) + 3) / 4) as u16;
    let mut coded = CodedSubBlocks::default();
    let mut after_greater1 = false;
    let mut is_last_group = true;
    for group in descending(significance.occupied()) {
        let (x, y) = groups.place(group);
        let csbf_ctx = coded.neighbours(x, y);
        coded.set(x, y);
        let (positions, mask) = (groups.positions(group), significance.of(group));
        let (first, last) = (mask.trailing_zeros() as usize, 15 - mask.leading_zeros() as usize);
        let is_odd = descending(mask).fold(false, |odd, k| odd ^ (levels[positions.at(k)] & 1 != 0));
        if last - first >= 4 && is_odd != (levels[positions.at(first)] < 0) {
            // In the group of the last coefficient nothing above it may become significant. A zero below the first would become
            // the sign carrier: its own sign is then the hidden one, so leave it.
            let within = if is_last_group { u16::MAX >> (15 - last) } else { u16::MAX } & u16::MAX << first;
            let (k, level) = Group {
                levels,
                positions,
                mask,
                zeros: groups.at_least(block.coeffs, group, least) & within & !mask,
                sig: block.sig_prices.group(group, csbf_ctx),
                state: LevelState::new(group, block.c_idx, after_greater1),
                block,
            }
            .cheapest_change();
            levels[positions.at(k)] = level;
            significance.set(group, mask & !(1 << k) | u16::from(level != 0) << k);
        }
        is_last_group = false;
        let told = descending(significance.of(group)).take(8);
        after_greater1 = told.into_iter().any(|k| levels[positions.at(k)].unsigned_abs() > 1);
    }
}

impl Group<'_> {
    /// The position whose level changes by one at the least cost, and the level it takes.
    fn cheapest_change(mut self) -> (usize, i16) {
        let (first, last) = (self.mask.trailing_zeros() as usize, 15 - self.mask.leading_zeros() as usize);
        let mut best = (f32::INFINITY, first, self.levels[self.positions.at(first)]);
        for k in descending(self.mask | self.zeros) {
            let at = self.positions.at(k);
            let coefficient = i32::from(self.block.coeffs[at]);
            let level = u32::from(self.levels[at].unsigned_abs());
            let now = self.price(k, coefficient, level);
            let mut consider = |to: u32| {
                let change = self.price(k, coefficient, to) - now;
                if change < best.0 {
                    best = (change, k, if coefficient < 0 { -(to as i16) } else { to as i16 });
                }
            };
            if level < 32767 {
                consider(level + 1);
            }
            // Removing the first or the last would move the rule's own ground.
            if level > 1 || (level == 1 && k != first && k != last) {
                consider(level - 1);
            }
            if level > 0 {
                self.state.advance(level);
            }
        }
        (best.1, best.2)
    }

    /// Cost of coding `coefficient` at position `k` as `level`, against the error alone of coding it as zero.
    #[inline]
    fn price(&self, k: usize, coefficient: i32, level: u32) -> f32 {
        let flag = self.sig.of(k)[usize::from(level > 0)];
        if level == 0 {
            return self.block.lambda * flag as f32;
        }
        let bits = flag + self.state.bits(self.block.contexts, level);
        self.block.error_change(coefficient.abs(), level) + self.block.lambda * bits as f32
    }
}
