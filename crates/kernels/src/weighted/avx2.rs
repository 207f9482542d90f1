//! Weighted sample prediction, AVX2, in cells (see `cells`).
//!
//! Default weights need 16 bits only. Let `a` and `b` be predSamples minus the bias. The saturated sum of
//! `a` and `b` differs from the true one only where that is beyond 16 bits: then, with twice the bias
//! (16384) added, it is below -16384 or above 49151, and so is, or is limited to that, the saturated one:
//! both clip to 0, or to the largest sample (at most 16383 at 14 bits). Explicit weights multiply and add in
//! 32 bits. Samples deeper than 12 bits take the scalar path.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use rivus_picture::{Block, BlockMut};

use super::scalar;
use crate::cells::{CellSample, load_words, rows_per_cell, strips};
use crate::interpolation::avx2::{MAX_BIT_DEPTH, Rounding};
use crate::interpolation::{MC_STRIDE, PRED_BIAS, pred_shift};

/// Runs `$weigh` on each cell of the predSamples `$src` and stores its result.
macro_rules! each_cell {
    ($dst:ident, [$($src:ident),+], $weigh:expr) => {{
        let (w, h) = ($dst.width(), $dst.height());
        assert!(w.is_multiple_of(2) && h.is_multiple_of(2), "prediction block of {w}x{h}");
        $(let $src = Block::new($src, 0, MC_STRIDE, w, h);)+
        strips!(w, x, W => for y in (0..h).step_by(rows_per_cell::<W>()) {
            // SAFETY: all blocks are `w` x `h`, and the cells of an even height lie inside.
            unsafe {
                let cell = $weigh($(load_words::<i16, W>($src, x, y)),+);
                CellSample::store_cell::<W>(&mut $dst, x, y, cell);
            }
        });
    }};
}

#[target_feature(enable = "avx2")]
pub(super) fn put_u8(mut dst: BlockMut<'_, u8>, a: &[i16], bit_depth: u8) {
    let rounding = Rounding::new(pred_shift(bit_depth), PRED_BIAS, bit_depth);
    each_cell!(dst, [a], |a| rounding.apply(a));
}

#[target_feature(enable = "avx2")]
pub(super) fn put_u16(mut dst: BlockMut<'_, u16>, a: &[i16], bit_depth: u8) {
    if bit_depth > MAX_BIT_DEPTH {
        return scalar::put(dst, a, bit_depth);
    }
    let rounding = Rounding::new(pred_shift(bit_depth), PRED_BIAS, bit_depth);
    each_cell!(dst, [a], |a| rounding.apply(a));
}

#[target_feature(enable = "avx2")]
pub(super) fn avg_u8(mut dst: BlockMut<'_, u8>, a: &[i16], b: &[i16], bit_depth: u8) {
    let rounding = Rounding::new(pred_shift(bit_depth) + 1, 2 * PRED_BIAS, bit_depth);
    each_cell!(dst, [a, b], |a, b| rounding.apply(_mm256_adds_epi16(a, b)));
}

#[target_feature(enable = "avx2")]
pub(super) fn avg_u16(mut dst: BlockMut<'_, u16>, a: &[i16], b: &[i16], bit_depth: u8) {
    if bit_depth > MAX_BIT_DEPTH {
        return scalar::avg(dst, a, b, bit_depth);
    }
    let rounding = Rounding::new(pred_shift(bit_depth) + 1, 2 * PRED_BIAS, bit_depth);
    each_cell!(dst, [a, b], |a, b| rounding.apply(_mm256_adds_epi16(a, b)));
}

/// The rounded mean of samples.
#[inline]
#[target_feature(enable = "avx2")]
fn mean<S: CellSample>(mut dst: BlockMut<'_, S>, a: Block<'_, S>, b: Block<'_, S>) {
    let (w, h) = (dst.width(), dst.height());
    assert!(w.is_multiple_of(2) && h.is_multiple_of(2), "prediction block of {w}x{h}");
    assert!((a.width(), a.height()) == (w, h) && (b.width(), b.height()) == (w, h), "{a:?} {b:?}");
    strips!(w, x, W => for y in (0..h).step_by(rows_per_cell::<W>()) {
        // SAFETY: all blocks are `w` x `h`, and the cells of an even height lie inside.
        unsafe {
            let (a, b) = (S::load_cell::<W>(a, x, y), S::load_cell::<W>(b, x, y));
            S::store_cell::<W>(&mut dst, x, y, _mm256_avg_epu16(a, b));
        }
    });
}

#[target_feature(enable = "avx2")]
pub(super) fn mean_u8(dst: BlockMut<'_, u8>, a: Block<'_, u8>, b: Block<'_, u8>) {
    mean(dst, a, b);
}

#[target_feature(enable = "avx2")]
pub(super) fn mean_u16(dst: BlockMut<'_, u16>, a: Block<'_, u16>, b: Block<'_, u16>) {
    mean(dst, a, b);
}

/// `(a * w0 + b * w1 + round) >> shift` in 32 bits, narrowed and clipped.
#[derive(Clone, Copy)]
struct Weighting {
    /// w0 and w1 in each 32-bit lane.
    weights: __m256i,
    round: __m256i,
    shift: __m128i,
    max: __m256i,
}

impl Weighting {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(w0: i32, w1: i32, round: i32, shift: u8, bit_depth: u8) -> Self {
        Self {
            weights: _mm256_set1_epi32((w0 & 0xFFFF) | (w1 << 16)),
            round: _mm256_set1_epi32(round + (w0 + w1) * PRED_BIAS),
            shift: _mm_cvtsi32_si128(shift.into()),
            max: _mm256_set1_epi16((1 << bit_depth) - 1),
        }
    }

    /// 8.5.3.3.4.3: ((p * w + round) >> log2WD) + o, the offset moved inside the shift.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn uni(weight: i32, offset: i32, log2_wd: u8, bit_depth: u8) -> Self {
        let round = if log2_wd >= 1 { 1 << (log2_wd - 1) } else { 0 };
        Self::new(weight, 0, round + (offset << log2_wd), log2_wd, bit_depth)
    }

    /// 8.5.3.3.4.3: (p0 * w0 + p1 * w1 + ((o0 + o1 + 1) << log2WD)) >> (log2WD + 1).
    #[inline]
    #[target_feature(enable = "avx2")]
    fn bi(w0: i32, w1: i32, o0: i32, o1: i32, log2_wd: u8, bit_depth: u8) -> Self {
        Self::new(w0, w1, (o0 + o1 + 1) << log2_wd, log2_wd + 1, bit_depth)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn apply(self, a: __m256i, b: __m256i) -> __m256i {
        let weigh = |pairs| {
            let sum = _mm256_add_epi32(_mm256_madd_epi16(pairs, self.weights), self.round);
            _mm256_sra_epi32(sum, self.shift)
        };
        let low = weigh(_mm256_unpacklo_epi16(a, b));
        let high = weigh(_mm256_unpackhi_epi16(a, b));
        let narrowed = _mm256_packs_epi32(low, high);
        _mm256_max_epi16(_mm256_min_epi16(narrowed, self.max), _mm256_setzero_si256())
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn uni_u8(
    mut dst: BlockMut<'_, u8>,
    a: &[i16],
    weight: i32,
    offset: i32,
    log2_wd: u8,
    bit_depth: u8,
) {
    let weighting = Weighting::uni(weight, offset, log2_wd, bit_depth);
    each_cell!(dst, [a], |a| weighting.apply(a, _mm256_setzero_si256()));
}

#[target_feature(enable = "avx2")]
pub(super) fn uni_u16(
    mut dst: BlockMut<'_, u16>,
    a: &[i16],
    weight: i32,
    offset: i32,
    log2_wd: u8,
    bit_depth: u8,
) {
    if bit_depth > MAX_BIT_DEPTH {
        return scalar::uni(dst, a, weight, offset, log2_wd, bit_depth);
    }
    let weighting = Weighting::uni(weight, offset, log2_wd, bit_depth);
    each_cell!(dst, [a], |a| weighting.apply(a, _mm256_setzero_si256()));
}

#[target_feature(enable = "avx2")]
pub(super) fn bi_u8(
    mut dst: BlockMut<'_, u8>,
    a: &[i16],
    b: &[i16],
    w0: i32,
    w1: i32,
    o0: i32,
    o1: i32,
    log2_wd: u8,
    bit_depth: u8,
) {
    let weighting = Weighting::bi(w0, w1, o0, o1, log2_wd, bit_depth);
    each_cell!(dst, [a, b], |a, b| weighting.apply(a, b));
}

#[target_feature(enable = "avx2")]
pub(super) fn bi_u16(
    mut dst: BlockMut<'_, u16>,
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
    let weighting = Weighting::bi(w0, w1, o0, o1, log2_wd, bit_depth);
    each_cell!(dst, [a, b], |a, b| weighting.apply(a, b));
}
