//! Half-size pictures, AVX2. The last vector of a row overlaps the one before, so there is no scalar rest.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use rivus_picture::{Block, BlockMut};

use super::scalar;
use crate::x86::{load256, store128, store256};

/// Output samples per step.
const STEP: usize = 16;

#[inline]
fn check<T: Copy>(dst: &BlockMut<'_, T>, src: Block<'_, T>) -> (usize, usize) {
    let (w, h) = (dst.width(), dst.height());
    assert!((src.width(), src.height()) == (2 * w, 2 * h), "source is not twice {w}x{h}");
    (w, h)
}

/// Start columns of the vectors of a row of `w >= STEP` samples.
#[inline]
fn starts(w: usize) -> impl Iterator<Item = usize> {
    (0..w).step_by(STEP).map(move |x| x.min(w - STEP))
}

#[target_feature(enable = "avx2")]
pub(super) fn half_u8(mut dst: BlockMut<'_, u8>, src: Block<'_, u8>) {
    let (w, h) = check(&dst, src);
    if w < STEP {
        return scalar::half(dst, src);
    }
    let ones = _mm256_set1_epi8(1);
    for y in 0..h {
        for x in starts(w) {
            // SAFETY: `x + 16 <= w` and `y < h`, and the source is twice as large.
            unsafe {
                let upper = _mm256_maddubs_epi16(load256(src, 2 * x, 2 * y), ones);
                let lower = _mm256_maddubs_epi16(load256(src, 2 * x, 2 * y + 1), ones);
                let sums = _mm256_add_epi16(_mm256_add_epi16(upper, lower), _mm256_set1_epi16(2));
                let mean = _mm256_srli_epi16(sums, 2);
                let packed =
                    _mm_packus_epi16(_mm256_castsi256_si128(mean), _mm256_extracti128_si256(mean, 1));
                store128(&mut dst, x, y, packed);
            }
        }
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn half_u16(mut dst: BlockMut<'_, u16>, src: Block<'_, u16>) {
    let (w, h) = check(&dst, src);
    if w < STEP {
        return scalar::half(dst, src);
    }
    for y in 0..h {
        for x in starts(w) {
            // SAFETY: as in `half_u8`; 16 samples take two loads.
            unsafe {
                let mean = |x| mean_u16(load256(src, x, 2 * y), load256(src, x, 2 * y + 1));
                let packed = _mm256_packus_epi32(mean(2 * x), mean(2 * x + STEP));
                store256(&mut dst, x, y, _mm256_permute4x64_epi64(packed, 0b11_01_10_00));
            }
        }
    }
}

/// Means of 2x2 in 32-bit lanes, from two rows of 16 samples.
#[inline]
#[target_feature(enable = "avx2")]
fn mean_u16(upper: __m256i, lower: __m256i) -> __m256i {
    let even = _mm256_set1_epi32(0xffff);
    let pairs = |v| _mm256_add_epi32(_mm256_and_si256(v, even), _mm256_srli_epi32(v, 16));
    let sums = _mm256_add_epi32(_mm256_add_epi32(pairs(upper), pairs(lower)), _mm256_set1_epi32(2));
    _mm256_srli_epi32(sums, 2)
}
