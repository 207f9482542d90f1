//! Sum of absolute Hadamard-transformed differences, AVX-512: four 8x8 blocks side by side, as two in AVX2.
//! Widths without four of them are left to AVX2: 16x16 gathered from two rows each is no faster.
//! The wide functions are kept out of line, so that small blocks do not pay for their stack frames.
#![allow(unsafe_code)]

use std::arch::x86_64::*;
use std::cell::Cell;

use rivus_picture::Block;

use super::avx2::{self, MAX_SAMPLE, check};
use super::scalar;
use crate::x86::{load256, load512};

#[target_feature(enable = "avx2,avx512f,avx512bw")]
pub(super) fn block_u8(a: Block<'_, u8>, b: Block<'_, u8>) -> u32 {
    if a.width().is_multiple_of(32) && a.height().is_multiple_of(8) {
        wide_u8(a, b)
    } else {
        avx2::block_u8(a, b)
    }
}

#[inline(never)]
#[target_feature(enable = "avx2,avx512f,avx512bw")]
fn wide_u8(a: Block<'_, u8>, b: Block<'_, u8>) -> u32 {
    let (w, h) = check(a, b);
    // SAFETY: `tiles` asks for 32 samples from column `x` on only if the row has them, in rows below `h`;
    // `check` found the blocks to be of the same size.
    tiles(w, h, |x, y| unsafe {
        _mm512_sub_epi16(_mm512_cvtepu8_epi16(load256(a, x, y)), _mm512_cvtepu8_epi16(load256(b, x, y)))
    })
}

#[target_feature(enable = "avx2,avx512f,avx512bw")]
pub(super) fn block_u16(a: Block<'_, u16>, b: Block<'_, u16>) -> u32 {
    if a.width().is_multiple_of(32) && a.height().is_multiple_of(8) {
        wide_u16(a, b)
    } else {
        avx2::block_u16(a, b)
    }
}

#[inline(never)]
#[target_feature(enable = "avx2,avx512f,avx512bw")]
fn wide_u16(a: Block<'_, u16>, b: Block<'_, u16>) -> u32 {
    let (w, h) = check(a, b);
    let bits = Cell::new(_mm512_setzero_si512());
    let result = tiles(w, h, |x, y| {
        // SAFETY: as in `wide_u8`.
        let (a, b) = unsafe { (load512(a, x, y), load512(b, x, y)) };
        bits.set(_mm512_or_si512(bits.get(), _mm512_or_si512(a, b)));
        _mm512_sub_epi16(a, b)
    });
    if _mm512_test_epi16_mask(bits.get(), _mm512_set1_epi16(!MAX_SAMPLE)) != 0 {
        return scalar::block(a, b);
    }
    result
}

/// Covers the block; `d32` gives 32 differences from (x, y) on.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw")]
fn tiles(w: usize, h: usize, d32: impl Fn(usize, usize) -> __m512i) -> u32 {
    let mut results = _mm512_setzero_si512();
    for x in (0..w).step_by(32) {
        for y in (0..h).step_by(8) {
            results = _mm512_add_epi32(results, four_8x8(rows(|i| d32(x, y + i))));
        }
    }
    // Each result is in all four lanes of its quarter.
    _mm512_mask_reduce_add_epi32(0b0001_0001_0001_0001, results).cast_unsigned()
}

#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw")]
fn rows(row: impl Fn(usize) -> __m512i) -> [__m512i; 8] {
    let mut rows = [_mm512_setzero_si512(); 8];
    for (i, r) in rows.iter_mut().enumerate() {
        *r = row(i);
    }
    rows
}

/// `(a + b, a - b)`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn butterfly(a: __m512i, b: __m512i) -> (__m512i, __m512i) {
    (_mm512_add_epi16(a, b), _mm512_sub_epi16(a, b))
}

/// The results of four 8x8 blocks side by side, each in all 32-bit lanes of its quarter.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn four_8x8(mut r: [__m512i; 8]) -> __m512i {
    for distance in [1, 2, 4] {
        for i in (0..8).filter(|i| i & distance == 0) {
            (r[i], r[i + distance]) = butterfly(r[i], r[i + distance]);
        }
    }
    for pair in r.chunks_exact_mut(2) {
        let low = _mm512_unpacklo_epi16(pair[0], pair[1]);
        let high = _mm512_unpackhi_epi16(pair[0], pair[1]);
        (pair[0], pair[1]) = butterfly(low, high);
    }
    let mut sums = _mm512_setzero_si512();
    for (i, j) in [(0, 2), (1, 3), (4, 6), (5, 7)] {
        let low = _mm512_unpacklo_epi64(r[i], r[j]);
        let high = _mm512_unpackhi_epi64(r[i], r[j]);
        let (a, b) = butterfly(low, high);
        let (a, b) = (_mm512_castsi512_ps(_mm512_abs_epi16(a)), _mm512_castsi512_ps(_mm512_abs_epi16(b)));
        let even = _mm512_castps_si512(_mm512_shuffle_ps(a, b, 0b10_00_10_00));
        let odd = _mm512_castps_si512(_mm512_shuffle_ps(a, b, 0b11_01_11_01));
        let largest = _mm512_max_epi16(even, odd);
        sums = _mm512_add_epi32(sums, _mm512_madd_epi16(largest, _mm512_set1_epi16(1)));
    }
    let sums = _mm512_add_epi32(sums, _mm512_shuffle_epi32(sums, 0b01_00_11_10));
    let sums = _mm512_add_epi32(sums, _mm512_shuffle_epi32(sums, 0b10_11_00_01));
    _mm512_srli_epi32(_mm512_add_epi32(sums, _mm512_set1_epi32(1)), 1)
}
