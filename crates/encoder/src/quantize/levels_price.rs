//! What the levels of a block cost, from frozen context states.

use super::LevelBlock;
use super::groups::descending;
use super::prices::{BIT, LevelState};
use super::significance::Significance;
use rivus_coding::slice_data::residual_coding::contexts::{CodedSubBlocks, coded_sub_block};

/// Bits of the levels of `block` (7.3.8.11), of which at least one is not zero, in 1/32768. `hides_signs`:
/// `sign_data_hiding_enabled_flag`.
///
/// Contexts are those at the start of the block: in the writer they adapt, which changes the sum by little (measured: choices by
/// this price take 0.1 % more bits).
pub fn levels_bits(
    block: &LevelBlock<'_>,
    levels: &[i16],
    significance: &Significance,
    hides_signs: bool,
) -> u32 {
    let groups = &block.groups;
    let Some(last_group) = significance.occupied().checked_ilog2().map(|group| group as usize) else {
        return 0;
    };
    let mut coded = CodedSubBlocks::default();
    let mut after_greater1 = false;
    let mut bits = 0;
    for group in (0..=last_group).rev() {
        let (x, y) = groups.place(group);
        let csbf_ctx = coded.neighbours(x, y);
        let mask = significance.of(group);
        let is_last = group == last_group;
        let flag_coded = !is_last && group > 0;
        if flag_coded {
            bits += block.contexts.cost(coded_sub_block(block.c_idx, csbf_ctx), mask != 0);
        }
        if mask == 0 && group > 0 {
            continue;
        }
        coded.set(x, y);
        let highest = mask.checked_ilog2().unwrap_or(0);
        // Nothing above the last level is coded, and its own flag is implied; so is that of the first if it is alone.
        let below = !(u16::MAX << highest);
        let flags = match (is_last, flag_coded && mask == 1) {
            (true, _) => below,
            (_, true) => !1,
            _ => u16::MAX,
        };
        let sig = block.sig_prices.group(group, csbf_ctx);
        bits += sig.all(flags & !mask, false) + sig.all(flags & mask, true);
        if mask == 0 {
            continue;
        }
        let positions = groups.positions(group);
        if is_last {
            let at = positions.at(highest as usize);
            let farthest = (at & ((1 << block.log2_size) - 1)).max(at >> block.log2_size);
            bits += block.last_prices(farthest).of(at);
        }
        let mut state = LevelState::new(group, block.c_idx, after_greater1);
        for k in descending(mask) {
            let level = u32::from(levels[positions.at(k)].unsigned_abs());
            bits += state.bits(block.contexts, level);
            state.advance(level);
        }
        after_greater1 = state.told_greater1();
        if hides_signs && highest - mask.trailing_zeros() >= 4 {
            bits -= BIT;
        }
    }
    bits
}
