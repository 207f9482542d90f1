//! Sign data hiding (7.4.9.11): the parity of a group's levels carries the sign of its lowest non-zero coefficient.
//!
//! Where the parity is wrong, the change by one that costs least is made.

use super::LevelBlock;
use super::groups::Groups;
use super::prices::{LevelState, tells_greater1};
use rivus_coding::slice_data::residual_coding::contexts::{CodedSubBlocks, SigContexts};

/// A group with levels, and what its flags are priced with.
struct Group<'a> {
    /// Levels in coding order, and where they lie.
    levels: [i16; 16],
    positions: [usize; 16],
    /// Lowest and highest position with a level.
    first: usize,
    last: usize,
    /// Highest position that may have a level.
    top: usize,
    /// Context of each significance flag.
    sig: [usize; 16],
    state: LevelState,
    block: &'a LevelBlock<'a>,
}

/// Adjusts `levels` of `block` so that every group that hides a sign has the right parity.
pub fn apply(block: &LevelBlock<'_>, levels: &mut [i16]) {
    let groups = Groups::new(block.log2_size, block.scan_idx);
    let mut occupied = groups.occupied(levels);
    let sig = SigContexts::new(block.log2_size.into(), block.c_idx, block.scan_idx.into(), false);
    let mut coded = CodedSubBlocks::default();
    let mut after_greater1 = false;
    let mut is_last_group = true;
    while occupied != 0 {
        let group = 63 - occupied.leading_zeros() as usize;
        occupied &= !(1 << group);
        let (x, y) = groups.place(group);
        let (base, pattern) = sig.sub_block(group, coded.neighbours(x, y));
        coded.set(x, y);
        let positions = groups.positions(group);
        let mut part = positions.map(|at| levels[at]);
        let first = part.iter().position(|&level| level != 0).unwrap_or(0);
        let last = part.iter().rposition(|&level| level != 0).unwrap_or(0);
        let sum: i32 = part.iter().map(|&level| i32::from(level).abs()).sum();
        if last - first >= 4 && (sum & 1 == 1) != (part[first] < 0) {
            let mut contexts = pattern.map(|position| base + usize::from(position));
            if group == 0 {
                contexts[0] = sig.dc;
            }
            let (k, level) = Group {
                levels: part,
                positions,
                first,
                last,
                // In the group of the last coefficient nothing above it may become significant.
                top: if is_last_group { last } else { 15 },
                sig: contexts,
                state: LevelState::new(group, block.c_idx, after_greater1),
                block,
            }
            .cheapest_change();
            part[k] = level;
            levels[positions[k]] = level;
        }
        is_last_group = false;
        after_greater1 = tells_greater1(&part);
    }
}

impl Group<'_> {
    /// The position whose level changes by one at the least cost, and the level it takes.
    fn cheapest_change(mut self) -> (usize, i16) {
        let mut best = (f32::INFINITY, self.first, self.levels[self.first]);
        let one = self.block.quantizer.dequant(1);
        for k in (0..=self.top).rev() {
            let level = u32::from(self.levels[k].unsigned_abs());
            // A zero below the first would become the sign carrier: its own sign is then the hidden one, so leave it.
            if level == 0 && k < self.first {
                break;
            }
            let coefficient = i32::from(self.block.coeffs[self.positions[k]]);
            // So little of a step would not become a level for the sake of parity.
            if level == 0 && 4 * coefficient.abs() < one {
                continue;
            }
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
            if level > 1 || (level == 1 && k != self.first && k != self.last) {
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
        let contexts = self.block.contexts;
        let flag = contexts.cost(self.sig[k], level > 0);
        if level == 0 {
            return self.block.lambda * flag as f32;
        }
        let bits = flag + self.state.bits(contexts, level);
        self.block.error_change(coefficient.abs(), level) + self.block.lambda * bits as f32
    }
}
