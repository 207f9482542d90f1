//! Moments of a block in eight 16-bit lanes.

use rivus_picture::Block;
use wide::{i16x8, i32x4, u16x8, u64x2};

use crate::lanes::{Lanes, for_each_8, signed, sum, widen};

/// Samples `v` become `u = v - 2^15`, to be multiplied as signed values: the sum of `v` is that of `u` plus
/// `n * 2^15`, the sum of `v^2` is that of `u^2 + 2^16 * u` plus `n * 2^30`.
pub(super) fn block<S: Lanes>(a: Block<'_, S>) -> (u32, u64) {
    let (mut sums, mut squares) = (i32x4::ZERO, u64x2::ZERO);
    let mut n = 0;
    for row in a.rows() {
        n += for_each_8(row, |v| {
            let v = signed(v ^ u16x8::splat(1 << 15));
            sums += v.dot(i16x8::ONE);
            squares += widen(v.dot(v));
        });
    }
    let total = i64::from(sums.reduce_add());
    let squares = sum(squares).wrapping_add_signed(total << 16).wrapping_add((n as u64) << 30);
    ((total + ((n as i64) << 15)) as u32, squares)
}
