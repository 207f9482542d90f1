//! Weighted sample prediction in portable vectors. Samples deeper than 12 bits take the scalar path.

use rivus_picture::{Block, BlockMut};
use wide::{i16x8, i32x4, u16x8};

use super::scalar;
use crate::interpolation::baseline::{MAX_BIT_DEPTH, to_samples};
use crate::interpolation::{MC_STRIDE, PRED_BIAS, pred_shift};
use crate::lanes::{
    Lanes, clip, join_columns, load_part, load_values, pair_rows, saturate, signed, splat_pair, store_part,
};

/// Sets up to eight samples at a time to what `weigh` makes of the predSamples at the same place.
#[inline]
fn each<S: Lanes, const N: usize>(
    mut dst: BlockMut<'_, S>,
    sources: [&[i16]; N],
    weigh: impl Fn([i16x8; N]) -> i16x8,
) {
    let w = dst.width();
    for y in 0..dst.height() {
        let sources = sources.map(|source| &source[y * MC_STRIDE..][..w]);
        let (eights, rest) = dst.row_mut(y).as_chunks_mut::<8>();
        for (i, out) in eights.iter_mut().enumerate() {
            let mut values = [i16x8::ZERO; N];
            for (value, source) in values.iter_mut().zip(sources) {
                *value = i16x8::new(source.as_chunks().0[i]);
            }
            *out = S::unload(weigh(values));
        }
        if !rest.is_empty() {
            let start = w - rest.len();
            store_part(rest, weigh(sources.map(|source| load_values(&source[start..]))));
        }
    }
}

pub(super) fn put<S: Lanes>(dst: BlockMut<'_, S>, a: &[i16], bit_depth: u8) {
    if bit_depth > MAX_BIT_DEPTH {
        return scalar::put(dst, a, bit_depth);
    }
    let shift = pred_shift(bit_depth);
    each(dst, [a], |[a]| to_samples(a, shift, PRED_BIAS, bit_depth));
}

/// The sum may saturate: see the AVX2 file.
pub(super) fn avg<S: Lanes>(dst: BlockMut<'_, S>, a: &[i16], b: &[i16], bit_depth: u8) {
    if bit_depth > MAX_BIT_DEPTH {
        return scalar::avg(dst, a, b, bit_depth);
    }
    let shift = pred_shift(bit_depth) + 1;
    each(dst, [a, b], |[a, b]| to_samples(a.saturating_add(b), shift, 2 * PRED_BIAS, bit_depth));
}

pub(super) fn mean<S: Lanes>(mut dst: BlockMut<'_, S>, a: Block<'_, S>, b: Block<'_, S>) {
    // Without the carry that samples of 16 bits would lose.
    let mean = |a: u16x8, b: u16x8| (a | b) - ((a ^ b) >> 1);
    for y in 0..dst.height() {
        let ((a, a_rest), (b, b_rest)) = (a.row(y).as_chunks(), b.row(y).as_chunks());
        let (out, rest) = dst.row_mut(y).as_chunks_mut::<8>();
        for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
            *out = S::unload(signed(mean(S::load(a), S::load(b))));
        }
        if !rest.is_empty() {
            store_part(rest, signed(mean(load_part(a_rest), load_part(b_rest))));
        }
    }
}

/// `(a * w0 + b * w1 + round) >> shift`, the predSamples being biased, clipped.
#[inline]
fn weigh(rows: [i16x8; 2], weights: [i32; 2], round: i32, shift: u8, bit_depth: u8) -> i16x8 {
    let factors = splat_pair(weights[0] as i16, weights[1] as i16);
    let start = i32x4::splat(round + (weights[0] + weights[1]) * PRED_BIAS);
    let sums =
        pair_rows(rows[0], rows[1]).map(|pairs| saturate((pairs.dot(factors) + start) >> u32::from(shift)));
    clip(join_columns(sums), bit_depth)
}

pub(super) fn uni<S: Lanes>(
    dst: BlockMut<'_, S>,
    a: &[i16],
    weight: i32,
    offset: i32,
    log2_wd: u8,
    bit_depth: u8,
) {
    if bit_depth > MAX_BIT_DEPTH {
        return scalar::uni(dst, a, weight, offset, log2_wd, bit_depth);
    }
    let half = if log2_wd >= 1 { 1 << (log2_wd - 1) } else { 0 };
    let round = half + (offset << log2_wd);
    each(dst, [a], |[a]| weigh([a, i16x8::ZERO], [weight, 0], round, log2_wd, bit_depth));
}

pub(super) fn bi<S: Lanes>(
    dst: BlockMut<'_, S>,
    a: &[i16],
    b: &[i16],
    w0: i32,
    w1: i32,
    o0: i32,
    o1: i32,
    log2_wd: u8,
    bit_depth: u8,
) {
    if bit_depth > MAX_BIT_DEPTH {
        return scalar::bi(dst, a, b, w0, w1, o0, o1, log2_wd, bit_depth);
    }
    let round = (o0 + o1 + 1) << log2_wd;
    each(dst, [a, b], |rows| weigh(rows, [w0, w1], round, log2_wd + 1, bit_depth));
}
