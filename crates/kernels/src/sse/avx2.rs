//! Sums of squared differences, AVX2: differences in 16-bit lanes, squared and added in pairs by `pmaddwd`.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use rivus_picture::{Block, Sample};

use super::scalar;
use crate::x86::{load32, load64, load128, load256, read16, sum_epi64, widen_epu32};

/// Columns and rows after which 32-bit lanes are emptied: a lane gets at most 2 * 255^2 from 16 samples of a
/// row, and 4096 / 16 * 64 * 2 * 255^2 < 2^32.
pub(super) const COLUMNS: usize = 4096;
pub(super) const ROWS: usize = 64;

#[target_feature(enable = "avx2")]
pub(super) fn block_u8(a: Block<'_, u8>, b: Block<'_, u8>) -> u64 {
    let (w, h) = check(a, b);
    if w <= COLUMNS && h <= ROWS { part_u8(a, b) } else { parts(a, b, |a, b| part_u8(a, b)) }
}

/// The sum over parts of at most [`COLUMNS`] x [`ROWS`].
pub(super) fn parts<T: Copy>(
    a: Block<'_, T>,
    b: Block<'_, T>,
    part: impl Fn(Block<'_, T>, Block<'_, T>) -> u64,
) -> u64 {
    let (w, h) = (a.width(), a.height());
    let mut total = 0;
    for y in (0..h).step_by(ROWS) {
        for x in (0..w).step_by(COLUMNS) {
            let (w, h) = ((w - x).min(COLUMNS), (h - y).min(ROWS));
            total += part(a.sub(x, y, w, h), b.sub(x, y, w, h));
        }
    }
    total
}

/// Panics unless the sizes agree.
#[inline]
pub(super) fn check<T: Copy>(a: Block<'_, T>, b: Block<'_, T>) -> (usize, usize) {
    let (w, h) = (a.width(), a.height());
    assert!((b.width(), b.height()) == (w, h), "SSE of blocks of different sizes");
    (w, h)
}

/// The sum over two blocks of the same size, at most [`COLUMNS`] x [`ROWS`].
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn part_u8(a: Block<'_, u8>, b: Block<'_, u8>) -> u64 {
    let (w, h) = (a.width(), a.height());
    let whole = w & !3;
    let mut wide = _mm256_setzero_si256();
    let mut narrow = _mm_setzero_si128();
    // SAFETY: each load begins at a column with at least its own size left, in a row below the height, which
    // is the same for both blocks.
    unsafe {
        for y in 0..h {
            let mut x = 0;
            while x + 16 <= w {
                let a = _mm256_cvtepu8_epi16(load128(a, x, y));
                let d = _mm256_sub_epi16(a, _mm256_cvtepu8_epi16(load128(b, x, y)));
                wide = _mm256_add_epi32(wide, _mm256_madd_epi16(d, d));
                x += 16;
            }
            if w & 8 != 0 {
                let a = _mm_cvtepu8_epi16(load64(a, x, y));
                let d = _mm_sub_epi16(a, _mm_cvtepu8_epi16(load64(b, x, y)));
                narrow = _mm_add_epi32(narrow, _mm_madd_epi16(d, d));
                x += 8;
            }
            if w & 4 != 0 {
                let a = _mm_cvtepu8_epi16(_mm_cvtsi32_si128(load32(a, x, y)));
                let d = _mm_sub_epi16(a, _mm_cvtepu8_epi16(_mm_cvtsi32_si128(load32(b, x, y))));
                narrow = _mm_add_epi32(narrow, _mm_madd_epi16(d, d));
            }
        }
    }
    let sums = _mm256_add_epi64(widen_epu32(wide), widen_epu32(_mm256_zextsi128_si256(narrow)));
    sum_epi64(sums) + remainder(a, b, whole)
}

/// The columns from `x` on, fewer than 4.
#[inline]
fn remainder<S: Sample>(a: Block<'_, S>, b: Block<'_, S>, x: usize) -> u64 {
    let (w, h) = (a.width() - x, a.height());
    if w == 0 { 0 } else { scalar::block(a.sub(x, 0, w, h), b.sub(x, 0, w, h)) }
}

#[target_feature(enable = "avx2")]
pub(super) fn block_u16(a: Block<'_, u16>, b: Block<'_, u16>) -> u64 {
    let (w, h) = check(a, b);
    let whole = w & !3;
    let mut sums = _mm256_setzero_si256();
    let mut bits = _mm256_setzero_si256();
    let mut add = |a, b| {
        bits = _mm256_or_si256(bits, _mm256_or_si256(a, b));
        sums = _mm256_add_epi64(sums, squares(_mm256_sub_epi16(a, b)));
    };
    // SAFETY: as in `part_u8`, with 2 bytes per sample.
    unsafe {
        for y in 0..h {
            let mut x = 0;
            while x + 16 <= w {
                add(load256(a, x, y), load256(b, x, y));
                x += 16;
            }
            if w & 8 != 0 {
                add(_mm256_zextsi128_si256(load128(a, x, y)), _mm256_zextsi128_si256(load128(b, x, y)));
                x += 8;
            }
            if w & 4 != 0 {
                add(_mm256_zextsi128_si256(load64(a, x, y)), _mm256_zextsi128_si256(load64(b, x, y)));
            }
        }
    }
    // Differences of samples with 16 bits do not fit the lanes.
    if _mm256_movemask_epi8(bits) & 0xaaaa_aaaa_u32.cast_signed() != 0 {
        return scalar::block(a, b);
    }
    sum_epi64(sums) + remainder(a, b, whole)
}

/// Squares of sixteen 16-bit values, added up in four 64-bit lanes. The sum of two squares of -2^15 is 2^31,
/// right as an unsigned number.
#[inline]
#[target_feature(enable = "avx2")]
fn squares(d: __m256i) -> __m256i {
    widen_epu32(_mm256_madd_epi16(d, d))
}

#[target_feature(enable = "avx2")]
pub(super) fn coeffs(a: &[i16], b: &[i16]) -> u64 {
    let ((a16, a_rest), (b16, b_rest)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    let mut sums = _mm256_setzero_si256();
    let mut overflow = _mm256_setzero_si256();
    for (a, b) in a16.iter().zip(b16) {
        let (a, b) = (read16(a), read16(b));
        let d = _mm256_sub_epi16(a, b);
        overflow = _mm256_or_si256(overflow, _mm256_xor_si256(d, _mm256_subs_epi16(a, b)));
        sums = _mm256_add_epi64(sums, squares(d));
    }
    if _mm256_testz_si256(overflow, overflow) == 0 {
        return scalar::coeffs(a, b);
    }
    sum_epi64(sums) + scalar::coeffs(a_rest, b_rest)
}

#[target_feature(enable = "avx2")]
pub(super) fn energy(a: &[i16]) -> u64 {
    let (a16, rest) = a.as_chunks::<16>();
    let mut sums = _mm256_setzero_si256();
    for a in a16 {
        sums = _mm256_add_epi64(sums, squares(read16(a)));
    }
    sum_epi64(sums) + scalar::energy(rest)
}
