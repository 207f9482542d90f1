//! Moments of a block, AVX2.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use rivus_picture::Block;

use crate::x86::{load32, load64, load128, load256, sum_epi32, sum_epi64, widen_epu32};

#[inline]
fn check<T: Copy>(a: Block<'_, T>) -> (usize, usize) {
    let (w, h) = (a.width(), a.height());
    assert!(w.is_multiple_of(4) && w <= 64 && h <= 64, "moments of a block of {w}x{h}");
    (w, h)
}

/// The sum of squares of 64x64 samples of 8 bit fits a single 32-bit lane.
#[target_feature(enable = "avx2")]
pub(super) fn block_u8(a: Block<'_, u8>) -> (u32, u64) {
    let (w, h) = check(a);
    let (mut sums, mut squares) = (_mm_setzero_si128(), _mm256_setzero_si256());
    let mut add = |samples| {
        let wide = _mm256_cvtepu8_epi16(samples);
        sums = _mm_add_epi64(sums, _mm_sad_epu8(samples, _mm_setzero_si128()));
        squares = _mm256_add_epi32(squares, _mm256_madd_epi16(wide, wide));
    };
    // SAFETY: each load begins at a column with at least its own size left, in a row below the height.
    unsafe {
        for y in 0..h {
            let mut x = 0;
            while x + 16 <= w {
                add(load128(a, x, y));
                x += 16;
            }
            if w & 8 != 0 {
                add(load64(a, x, y));
                x += 8;
            }
            if w & 4 != 0 {
                add(_mm_cvtsi32_si128(load32(a, x, y)));
            }
        }
    }
    (sum_epi32(_mm256_zextsi128_si256(sums)), sum_epi32(squares).into())
}

/// `pmaddwd` reads its lanes as signed, so samples `v` become `u = v - 2^15`: the sum of `v` is that of `u`
/// plus `n * 2^15`, the sum of `v^2` is that of `u^2 + 2^16 * u` plus `n * 2^30`.
#[target_feature(enable = "avx2")]
pub(super) fn block_u16(a: Block<'_, u16>) -> (u32, u64) {
    let (w, h) = check(a);
    let (mut sums, mut squares) = (_mm256_setzero_si256(), _mm256_setzero_si256());
    let bias = _mm256_set1_epi16(i16::MIN);
    let mut add = |samples| {
        let signed = _mm256_xor_si256(samples, bias);
        sums = _mm256_add_epi32(sums, _mm256_madd_epi16(signed, _mm256_set1_epi16(1)));
        squares = _mm256_add_epi64(squares, widen_epu32(_mm256_madd_epi16(signed, signed)));
    };
    // What is not loaded counts as samples of 0.
    let mut n = 0u64;
    // SAFETY: as in `block_u8`, with 2 bytes per sample.
    unsafe {
        for y in 0..h {
            let mut x = 0;
            while x + 16 <= w {
                add(load256(a, x, y));
                x += 16;
                n += 16;
            }
            if w & 8 != 0 {
                add(_mm256_zextsi128_si256(load128(a, x, y)));
                x += 8;
                n += 16;
            }
            if w & 4 != 0 {
                add(_mm256_zextsi128_si256(load64(a, x, y)));
                n += 16;
            }
        }
    }
    let sum = i64::from(sum_epi32(sums).cast_signed());
    let squares = sum_epi64(squares).wrapping_add_signed(sum << 16).wrapping_add(n << 30);
    ((sum + ((n as i64) << 15)) as u32, squares)
}
