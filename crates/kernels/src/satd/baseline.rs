//! Sum of absolute Hadamard-transformed differences in eight 16-bit lanes: one 8x8 or four 4x4 blocks at a
//! time.
//!
//! The ranges are those derived in the AVX2 file: differences of up to 10-bit samples fit.

use std::array;

use rivus_picture::Block;
use wide::{i16x8, i32x4, u16x8};

use super::scalar;
use crate::lanes::{Lanes, load_part, signed};

/// Largest sample for which the lanes suffice.
const MAX_SAMPLE: u16 = 1023;

pub(super) fn block<S: Lanes>(a: Block<'_, S>, b: Block<'_, S>) -> u32 {
    let (w, h) = (a.width(), a.height());
    if (w, h) == (4, 4) {
        // The other three quarters would be empty.
        return scalar::block(a, b);
    }
    let whole = w.is_multiple_of(8) && h.is_multiple_of(8);
    let mut bits = u16x8::ZERO;
    let mut total = 0;
    for y in (0..h).step_by(8) {
        for x in (0..w).step_by(8) {
            let rows: [i16x8; 8] = array::from_fn(|i| {
                if y + i >= h {
                    return i16x8::ZERO;
                }
                let columns = x..w.min(x + 8);
                let (a, b) = (load_part(&a.row(y + i)[columns.clone()]), load_part(&b.row(y + i)[columns]));
                bits |= a | b;
                signed(a - b)
            });
            total += if whole { one_8x8(rows) } else { four_4x4(rows) };
        }
    }
    if bits.max(u16x8::splat(MAX_SAMPLE)) != u16x8::splat(MAX_SAMPLE) {
        return scalar::block(a, b);
    }
    total
}

/// The butterflies between register `i` and register `i + distance`.
#[inline]
fn butterflies(r: &mut [i16x8; 8], distance: usize) {
    for i in (0..8).filter(|i| i & distance == 0) {
        (r[i], r[i + distance]) = (r[i] + r[i + distance], r[i] - r[i + distance]);
    }
}

#[inline]
fn transpose(r: [i16x8; 8]) -> [i16x8; 8] {
    u16x8::transpose(r.map(bytemuck::cast)).map(bytemuck::cast)
}

/// Half of the sum of magnitudes after the butterflies of `distance`: `|a + b| + |a - b| = 2 * max(|a|,
/// |b|)`.
#[inline]
fn last(r: &[i16x8; 8], distance: usize) -> u32 {
    let mut sums = i32x4::ZERO;
    for i in (0..8).filter(|i| i & distance == 0) {
        sums += r[i].abs().max(r[i + distance].abs()).dot(i16x8::ONE);
    }
    sums.reduce_add().cast_unsigned()
}

#[inline]
fn one_8x8(mut r: [i16x8; 8]) -> u32 {
    butterflies(&mut r, 1);
    butterflies(&mut r, 2);
    butterflies(&mut r, 4);
    r = transpose(r);
    butterflies(&mut r, 1);
    butterflies(&mut r, 2);
    (last(&r, 4) + 1) >> 1
}

/// Without the butterflies of distance 4 the quarters of the block stay apart. Half of each one's sum of
/// magnitudes is a whole number here, so that results add up without rounding.
#[inline]
fn four_4x4(mut r: [i16x8; 8]) -> u32 {
    butterflies(&mut r, 1);
    butterflies(&mut r, 2);
    r = transpose(r);
    butterflies(&mut r, 1);
    last(&r, 2)
}
