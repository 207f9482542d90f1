//! Sum of absolute differences in eight 16-bit lanes.

use rivus_picture::Block;
use wide::{i16x8, i32x4, u16x8};

use crate::lanes::{Lanes, for_each_pair_of_8, signed};

/// Differences are moved down by 2^15 to be added in pairs as signed values: sums are right modulo 2^32 once
/// that is added again.
pub(super) fn block<S: Lanes>(a: Block<'_, S>, b: Block<'_, S>) -> u32 {
    let mut sums = i32x4::ZERO;
    let lanes = for_each_pair_of_8(a, b, |a, b| {
        let difference = (a.max(b) - a.min(b)) ^ u16x8::splat(1 << 15);
        sums += signed(difference).dot(i16x8::ONE);
    });
    sums.reduce_add().cast_unsigned().wrapping_add((lanes as u32) << 15)
}

pub(super) fn x4<S: Lanes>(a: Block<'_, S>, candidates: [Block<'_, S>; 4]) -> [u32; 4] {
    candidates.map(|b| block(a, b))
}
