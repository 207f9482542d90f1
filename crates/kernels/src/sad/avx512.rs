//! Sum of absolute differences, AVX-512: columns of 64 and of twice 32 bytes; what is narrower is left to
//! AVX2. The wide functions are kept out of line, so that small blocks do not pay for their stack frames.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use rivus_picture::Block;

use super::avx2::{self, check};
use crate::x86::{load256, load512};

#[target_feature(enable = "avx2,avx512f,avx512bw")]
pub(super) fn block_u8(a: Block<'_, u8>, b: Block<'_, u8>) -> u32 {
    sums_u8(a, [b])[0]
}

#[target_feature(enable = "avx2,avx512f,avx512bw")]
pub(super) fn x4_u8(a: Block<'_, u8>, candidates: [Block<'_, u8>; 4]) -> [u32; 4] {
    sums_u8(a, candidates)
}

#[target_feature(enable = "avx2,avx512f,avx512bw")]
pub(super) fn block_u16(a: Block<'_, u16>, b: Block<'_, u16>) -> u32 {
    sums_u16(a, [b])[0]
}

#[target_feature(enable = "avx2,avx512f,avx512bw")]
pub(super) fn x4_u16(a: Block<'_, u16>, candidates: [Block<'_, u16>; 4]) -> [u32; 4] {
    sums_u16(a, candidates)
}

/// 32 bytes of each of two rows.
///
/// # Safety
/// Rows `y` and `y + 1` have 32 bytes from column `x` on.
#[inline]
#[target_feature(enable = "avx2,avx512f")]
unsafe fn two_rows<T: Copy>(b: Block<'_, T>, x: usize, y: usize) -> __m512i {
    // SAFETY: contract.
    unsafe { _mm512_inserti64x4(_mm512_castsi256_si512(load256(b, x, y)), load256(b, x, y + 1), 1) }
}

/// The columns of `b` from `x` on.
#[inline]
fn right_of<T: Copy>(b: Block<'_, T>, x: usize) -> Block<'_, T> {
    b.sub(x, 0, b.width() - x, b.height())
}

#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw")]
fn sums_u8<const N: usize>(a: Block<'_, u8>, b: [Block<'_, u8>; N]) -> [u32; N] {
    if a.width() < 32 { avx2::sums_u8(a, b) } else { wide_u8(a, b) }
}

#[inline(never)]
#[target_feature(enable = "avx2,avx512f,avx512bw")]
fn wide_u8<const N: usize>(a: Block<'_, u8>, b: [Block<'_, u8>; N]) -> [u32; N] {
    let (w, h) = check(a, b);
    let mut sums = [_mm512_setzero_si512(); N];
    let mut x = 0;
    // SAFETY: `check` found the height to be a multiple of 4, and all blocks of the same size. Each load
    // begins at a column with at least its own size left.
    unsafe {
        while x + 64 <= w {
            for y in 0..h {
                let row = load512(a, x, y);
                for i in 0..N {
                    sums[i] = _mm512_add_epi64(sums[i], _mm512_sad_epu8(row, load512(b[i], x, y)));
                }
            }
            x += 64;
        }
        if w & 32 != 0 {
            for y in (0..h).step_by(2) {
                let rows = two_rows(a, x, y);
                for i in 0..N {
                    sums[i] = _mm512_add_epi64(sums[i], _mm512_sad_epu8(rows, two_rows(b[i], x, y)));
                }
            }
            x += 32;
        }
    }
    let mut totals = [0; N];
    if x < w {
        totals = avx2::sums_u8(right_of(a, x), b.map(|b| right_of(b, x)));
    }
    for i in 0..N {
        totals[i] += _mm512_reduce_add_epi64(sums[i]) as u32;
    }
    totals
}

#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw")]
fn sums_u16<const N: usize>(a: Block<'_, u16>, b: [Block<'_, u16>; N]) -> [u32; N] {
    if a.width() < 16 { avx2::sums_u16(a, b) } else { wide_u16(a, b) }
}

#[inline(never)]
#[target_feature(enable = "avx2,avx512f,avx512bw")]
fn wide_u16<const N: usize>(a: Block<'_, u16>, b: [Block<'_, u16>; N]) -> [u32; N] {
    let (w, h) = check(a, b);
    let mut sums = [_mm512_setzero_si512(); N];
    let mut x = 0;
    // SAFETY: as in `wide_u8`, with 2 bytes per sample.
    unsafe {
        while x + 32 <= w {
            for y in 0..h {
                let row = load512(a, x, y);
                for i in 0..N {
                    sums[i] = _mm512_add_epi32(sums[i], difference_sums(row, load512(b[i], x, y)));
                }
            }
            x += 32;
        }
        if w & 16 != 0 {
            for y in (0..h).step_by(2) {
                let rows = two_rows(a, x, y);
                for i in 0..N {
                    sums[i] = _mm512_add_epi32(sums[i], difference_sums(rows, two_rows(b[i], x, y)));
                }
            }
            x += 16;
        }
    }
    let mut totals = [0u32; N];
    if x < w {
        totals = avx2::sums_u16(right_of(a, x), b.map(|b| right_of(b, x)));
    }
    for i in 0..N {
        // `difference_sums` is short by 2^15 per sample; the total is right modulo 2^32.
        let sum = _mm512_reduce_add_epi32(sums[i]).cast_unsigned().wrapping_add(((x * h) as u32) << 15);
        totals[i] = totals[i].wrapping_add(sum);
    }
    totals
}

/// Sums of two neighbouring absolute differences of unsigned 16-bit lanes each, less 2^16: see the AVX2 twin.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn difference_sums(a: __m512i, b: __m512i) -> __m512i {
    let difference = _mm512_sub_epi16(_mm512_max_epu16(a, b), _mm512_min_epu16(a, b));
    let signed = _mm512_xor_si512(difference, _mm512_set1_epi16(i16::MIN));
    _mm512_madd_epi16(signed, _mm512_set1_epi16(1))
}
