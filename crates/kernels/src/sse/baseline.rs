//! Sums of squared differences in eight 16-bit lanes.

use std::iter::zip;

use rivus_picture::Block;
use wide::{i16x8, u16x8, u64x2};

use super::scalar;
use crate::lanes::{Lanes, for_each_pair_of_8, signed, sum, widen};

pub(super) fn block<S: Lanes>(a: Block<'_, S>, b: Block<'_, S>) -> u64 {
    let mut sums = u64x2::ZERO;
    let mut bits = u16x8::ZERO;
    for_each_pair_of_8(a, b, |a, b| {
        bits |= a | b;
        sums += squares(signed(a - b));
    });
    // Differences of samples with 16 bits do not fit the lanes.
    if signed(bits).to_bitmask() != 0 {
        return scalar::block(a, b);
    }
    sum(sums)
}

/// Squares added up in two lanes. The sum of two squares of -2^15 is 2^31, right as an unsigned number.
#[inline]
fn squares(d: i16x8) -> u64x2 {
    widen(d.dot(d))
}

pub(super) fn coeffs(a: &[i16], b: &[i16]) -> u64 {
    let ((a8, a_rest), (b8, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = u64x2::ZERO;
    let mut overflow = i16x8::ZERO;
    for (&a, &b) in zip(a8, b8) {
        let (a, b) = (i16x8::new(a), i16x8::new(b));
        overflow |= (a - b) ^ a.saturating_sub(b);
        sums += squares(a - b);
    }
    if overflow != i16x8::ZERO {
        return scalar::coeffs(a, b);
    }
    sum(sums) + scalar::coeffs(a_rest, b_rest)
}

pub(super) fn energy(a: &[i16]) -> u64 {
    let (a8, rest) = a.as_chunks::<8>();
    let mut sums = u64x2::ZERO;
    for &a in a8 {
        sums += squares(i16x8::new(a));
    }
    sum(sums) + scalar::energy(rest)
}
