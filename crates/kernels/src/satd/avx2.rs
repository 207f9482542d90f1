//! Sum of absolute Hadamard-transformed differences, AVX2, in 16-bit lanes.
//!
//! A two-dimensional Hadamard transform is the same butterfly over each bit of the row and of the column
//! number, in any order, and a sum of magnitudes does not care where a coefficient ends up. So no stage puts
//! its output back in order: butterflies between rows add registers, butterflies between columns first move
//! the partners into two registers with one unpack or shuffle each.
//!
//! The last stage needs no additions: `|a + b| + |a - b| = 2 * max(|a|, |b|)`.
//!
//! Range: differences of up to 10-bit samples are at most 1023 in magnitude. The five butterflies before the
//! last stage of 8x8 multiply that by at most 32, 32736 in all: 16 bit suffice. Where a deeper sample was
//! seen, the result is thrown away and the block done again by the scalar kernel.
#![allow(unsafe_code)]

use std::arch::x86_64::*;
use std::cell::Cell;

use rivus_picture::Block;

use super::scalar;
use crate::x86::{load32, load64, load128, load256, sum_epi32};

/// Largest sample for which the lanes suffice.
pub(super) const MAX_SAMPLE: i16 = 1023;

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn block_u8(a: Block<'_, u8>, b: Block<'_, u8>) -> u32 {
    let (w, h) = check(a, b);
    // SAFETY: `tiles` asks for 16, 8 or 4 samples from column `x` on only
    // if the row has them, in rows below `h`; `check` found the blocks to be of the same size.
    let d16 = |x, y| unsafe {
        _mm256_sub_epi16(_mm256_cvtepu8_epi16(load128(a, x, y)), _mm256_cvtepu8_epi16(load128(b, x, y)))
    };
    // SAFETY: as above.
    let d8 = |x, y| unsafe {
        _mm_sub_epi16(_mm_cvtepu8_epi16(load64(a, x, y)), _mm_cvtepu8_epi16(load64(b, x, y)))
    };
    // SAFETY: as above.
    let d4 = |x, y| unsafe {
        let (a, b) = (_mm_cvtsi32_si128(load32(a, x, y)), _mm_cvtsi32_si128(load32(b, x, y)));
        _mm_sub_epi16(_mm_cvtepu8_epi16(a), _mm_cvtepu8_epi16(b))
    };
    tiles(w, h, d16, d8, d4)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn block_u16(a: Block<'_, u16>, b: Block<'_, u16>) -> u32 {
    let (w, h) = check(a, b);
    let bits = Cell::new(_mm256_setzero_si256());
    let seen = |v| bits.set(_mm256_or_si256(bits.get(), v));
    let d16 = |x, y| {
        // SAFETY: as in `block_u8`.
        let (a, b) = unsafe { (load256(a, x, y), load256(b, x, y)) };
        seen(_mm256_or_si256(a, b));
        _mm256_sub_epi16(a, b)
    };
    let narrow = |a, b| {
        seen(_mm256_zextsi128_si256(_mm_or_si128(a, b)));
        _mm_sub_epi16(a, b)
    };
    // SAFETY: as in `block_u8`.
    let d8 = |x, y| unsafe { narrow(load128(a, x, y), load128(b, x, y)) };
    // SAFETY: as in `block_u8`.
    let d4 = |x, y| unsafe { narrow(load64(a, x, y), load64(b, x, y)) };
    let result = tiles(w, h, d16, d8, d4);
    if _mm256_testz_si256(bits.get(), _mm256_set1_epi16(!MAX_SAMPLE)) == 0 {
        return scalar::block(a, b);
    }
    result
}

/// Checks the contract that the loads rely on.
#[inline]
pub(super) fn check<T: Copy>(a: Block<'_, T>, b: Block<'_, T>) -> (usize, usize) {
    let (w, h) = (a.width(), a.height());
    assert!(w.is_multiple_of(4) && h.is_multiple_of(4), "SATD of a block of {w}x{h}");
    assert!((b.width(), b.height()) == (w, h), "SATD of blocks of different sizes");
    (w, h)
}

/// Covers the block with tiles. `d16`, `d8`, `d4` give that many differences from (x, y) on; `d4` in the low
/// half.
#[inline]
#[target_feature(enable = "avx2")]
fn tiles(
    w: usize,
    h: usize,
    d16: impl Fn(usize, usize) -> __m256i,
    d8: impl Fn(usize, usize) -> __m128i,
    d4: impl Fn(usize, usize) -> __m128i,
) -> u32 {
    // The smallest sizes are the most frequent, and loops cost more there than sums.
    match (w, h) {
        (8, 8) => return one_8x8(rows(|i| _mm256_set_m128i(d8(0, i + 4), d8(0, i)))),
        (4, 4) => {
            let pair = |y| _mm_unpacklo_epi64(d4(0, y), d4(0, y + 1));
            return sum_epi32(_mm256_zextsi128_si256(one_4x4(pair(0), pair(2))));
        }
        _ => {}
    }
    let mut total = 0;
    let mut x = 0;
    if w.is_multiple_of(8) && h.is_multiple_of(8) {
        while x + 16 <= w {
            for y in (0..h).step_by(8) {
                total += two_8x8(rows(|i| d16(x, y + i)));
            }
            x += 16;
        }
        if x < w {
            for y in (0..h).step_by(8) {
                total += one_8x8(rows(|i| _mm256_set_m128i(d8(x, y + i + 4), d8(x, y + i))));
            }
        }
        return total;
    }
    let mut sums = _mm256_setzero_si256();
    while x + 16 <= w {
        for y in (0..h).step_by(4) {
            sums = _mm256_add_epi32(sums, four_4x4(rows(|i| d16(x, y + i))));
        }
        x += 16;
    }
    if w & 8 != 0 {
        let row = |y| if y < h { d8(x, y) } else { _mm_setzero_si128() };
        for y in (0..h).step_by(8) {
            let tile = rows(|i| _mm256_set_m128i(row(y + i + 4), row(y + i)));
            sums = _mm256_add_epi32(sums, four_4x4(tile));
        }
        x += 8;
    }
    if w & 4 != 0 {
        let row = |y| if y < h { d4(x, y) } else { _mm_setzero_si128() };
        let pair = |y| _mm_unpacklo_epi64(row(y), row(y + 4));
        for y in (0..h).step_by(16) {
            let tile = rows(|i| _mm256_set_m128i(pair(y + i + 8), pair(y + i)));
            sums = _mm256_add_epi32(sums, four_4x4(tile));
        }
    }
    sum_epi32(sums)
}

/// Register `i` from `row(i)`.
#[inline]
#[target_feature(enable = "avx2")]
fn rows<const N: usize>(row: impl Fn(usize) -> __m256i) -> [__m256i; N] {
    let mut rows = [_mm256_setzero_si256(); N];
    for (i, r) in rows.iter_mut().enumerate() {
        *r = row(i);
    }
    rows
}

/// `(a + b, a - b)`.
#[inline]
#[target_feature(enable = "avx2")]
fn butterfly(a: __m256i, b: __m256i) -> (__m256i, __m256i) {
    (_mm256_add_epi16(a, b), _mm256_sub_epi16(a, b))
}

/// The butterflies between register `i` and register `i + distance`.
#[inline]
#[target_feature(enable = "avx2")]
fn between_rows<const N: usize>(r: &mut [__m256i; N], distance: usize) {
    for i in (0..N).filter(|i| i & distance == 0) {
        (r[i], r[i + distance]) = butterfly(r[i], r[i + distance]);
    }
}

/// The butterflies between columns `c` and `c + 4` of each half register of eight columns, then between `c`
/// and `c + 2`. On return, neighbouring 32-bit lanes hold what the butterflies between `c` and `c + 1` join:
/// lanes 0 with 1 and 2 with 3 of each half.
#[inline]
#[target_feature(enable = "avx2")]
fn between_columns<const N: usize>(r: &mut [__m256i; N]) {
    for pair in r.chunks_exact_mut(2) {
        let low = _mm256_unpacklo_epi16(pair[0], pair[1]);
        let high = _mm256_unpackhi_epi16(pair[0], pair[1]);
        (pair[0], pair[1]) = butterfly(low, high);
    }
    for i in (0..N).filter(|i| i & 2 == 0) {
        let low = _mm256_unpacklo_epi64(r[i], r[i + 2]);
        let high = _mm256_unpackhi_epi64(r[i], r[i + 2]);
        (r[i], r[i + 2]) = butterfly(low, high);
    }
}

/// The even 32-bit lanes of two registers in one, and the odd ones in another; `shuffle_ps` within halves.
#[inline]
#[target_feature(enable = "avx2")]
fn split_lanes(a: __m256i, b: __m256i) -> (__m256i, __m256i) {
    let (a, b) = (_mm256_castsi256_ps(a), _mm256_castsi256_ps(b));
    (
        _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0b10_00_10_00)),
        _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0b11_01_11_01)),
    )
}

/// Two 8x8 blocks side by side, one in each half of eight registers: the sum of both results.
#[inline]
#[target_feature(enable = "avx2")]
fn two_8x8(mut r: [__m256i; 8]) -> u32 {
    between_rows(&mut r, 1);
    between_rows(&mut r, 2);
    between_rows(&mut r, 4);
    between_columns(&mut r);
    let mut sums = _mm256_setzero_si256();
    for pair in r.chunks_exact(2) {
        let (a, b) = split_lanes(_mm256_abs_epi16(pair[0]), _mm256_abs_epi16(pair[1]));
        sums = _mm256_add_epi32(sums, add_neighbours(_mm256_max_epi16(a, b)));
    }
    // The lanes of a half are one block: half of its sum of magnitudes, rounded, counts.
    let sums = _mm256_add_epi32(sums, _mm256_shuffle_epi32(sums, 0b01_00_11_10));
    let sums = _mm256_add_epi32(sums, _mm256_shuffle_epi32(sums, 0b10_11_00_01));
    let results = _mm256_srli_epi32(_mm256_add_epi32(sums, _mm256_set1_epi32(1)), 1);
    let results = _mm_add_epi32(_mm256_castsi256_si128(results), _mm256_extracti128_si256(results, 1));
    _mm_cvtsi128_si32(results).cast_unsigned()
}

/// One 8x8 block, row `i` in the lower and row `i + 4` in the upper half of register `i`.
#[inline]
#[target_feature(enable = "avx2")]
fn one_8x8(mut r: [__m256i; 4]) -> u32 {
    between_rows(&mut r, 1);
    between_rows(&mut r, 2);
    between_columns(&mut r);
    let mut sums = _mm256_setzero_si256();
    for pair in r.chunks_exact(2) {
        let (a, b) = split_lanes(pair[0], pair[1]);
        let (a, b) = butterfly(a, b);
        let (a, b) = (_mm256_abs_epi16(a), _mm256_abs_epi16(b));
        // The last stage joins the halves.
        let upper = _mm256_permute2x128_si256(a, b, 0x31);
        let lower = _mm256_permute2x128_si256(a, b, 0x20);
        sums = _mm256_add_epi32(sums, add_neighbours(_mm256_max_epi16(lower, upper)));
    }
    (sum_epi32(sums) + 1) >> 1
}

/// Four 4x4 blocks side by side: the sum of the results, spread over the lanes. Half of each block's sum of
/// magnitudes is a whole number here, so that results add up without rounding.
#[inline]
#[target_feature(enable = "avx2")]
fn four_4x4(mut r: [__m256i; 4]) -> __m256i {
    between_rows(&mut r, 1);
    between_rows(&mut r, 2);
    let mut sums = _mm256_setzero_si256();
    for pair in r.chunks_exact(2) {
        // Columns 0 and 1 of each block, columns 2 and 3.
        let (low, high) = split_lanes(pair[0], pair[1]);
        let (a, b) = butterfly(low, high);
        let (a, b) = (_mm256_abs_epi16(a), _mm256_abs_epi16(b));
        let even = _mm256_blend_epi16(a, _mm256_slli_epi32(b, 16), 0b1010_1010);
        let odd = _mm256_blend_epi16(_mm256_srli_epi32(a, 16), b, 0b1010_1010);
        sums = _mm256_add_epi32(sums, add_neighbours(_mm256_max_epi16(even, odd)));
    }
    sums
}

/// One 4x4 block, two rows to a register: the result, spread over the lanes.
#[inline]
#[target_feature(enable = "avx2")]
fn one_4x4(upper: __m128i, lower: __m128i) -> __m128i {
    let butterfly = |a, b| (_mm_add_epi16(a, b), _mm_sub_epi16(a, b));
    let (a, b) = butterfly(upper, lower);
    let (a, b) = butterfly(_mm_unpacklo_epi64(a, b), _mm_unpackhi_epi64(a, b));
    let (a, b) = (_mm_castsi128_ps(a), _mm_castsi128_ps(b));
    let low = _mm_castps_si128(_mm_shuffle_ps(a, b, 0b10_00_10_00));
    let high = _mm_castps_si128(_mm_shuffle_ps(a, b, 0b11_01_11_01));
    let (a, b) = butterfly(low, high);
    let (a, b) = (_mm_abs_epi16(a), _mm_abs_epi16(b));
    let even = _mm_blend_epi16(a, _mm_slli_epi32(b, 16), 0b1010_1010);
    let odd = _mm_blend_epi16(_mm_srli_epi32(a, 16), b, 0b1010_1010);
    _mm_madd_epi16(_mm_max_epi16(even, odd), _mm_set1_epi16(1))
}

/// Sums of two neighbouring 16-bit lanes.
#[inline]
#[target_feature(enable = "avx2")]
fn add_neighbours(v: __m256i) -> __m256i {
    _mm256_madd_epi16(v, _mm256_set1_epi16(1))
}
