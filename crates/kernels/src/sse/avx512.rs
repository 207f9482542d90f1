//! Sums of squared differences, AVX-512 with VNNI: columns of 32 samples; what is narrower is left to AVX2.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use rivus_picture::Block;

use super::avx2::{self, COLUMNS, ROWS, check, parts};
use super::scalar;
use crate::x86::{load256, load512};

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
pub(super) fn block_u8(a: Block<'_, u8>, b: Block<'_, u8>) -> u64 {
    let (w, h) = check(a, b);
    match (w, h) {
        (0..32, 0..=ROWS) => avx2::part_u8(a, b),
        (0..=COLUMNS, 0..=ROWS) => part_u8(a, b),
        _ => parts(a, b, |a, b| part_u8(a, b)),
    }
}

/// The sum over two blocks of the same size, at most [`COLUMNS`] x [`ROWS`]: 32-bit lanes suffice.
#[inline(never)]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
fn part_u8(a: Block<'_, u8>, b: Block<'_, u8>) -> u64 {
    let (w, h) = (a.width(), a.height());
    let whole = w & !31;
    let mut sums = _mm512_setzero_si512();
    for y in 0..h {
        for x in (0..whole).step_by(32) {
            // SAFETY: `x + 32 <= w` and `y < h`, the size of both blocks.
            let (a, b) = unsafe { (load256(a, x, y), load256(b, x, y)) };
            let d = _mm512_sub_epi16(_mm512_cvtepu8_epi16(a), _mm512_cvtepu8_epi16(b));
            sums = _mm512_dpwssd_epi32(sums, d, d);
        }
    }
    let total = _mm512_reduce_add_epi64(widen(sums)).cast_unsigned();
    if whole == w {
        return total;
    }
    total + avx2::part_u8(a.sub(whole, 0, w - whole, h), b.sub(whole, 0, w - whole, h))
}

/// The sixteen unsigned 32-bit lanes widened to 64 bit and added in pairs.
#[inline]
#[target_feature(enable = "avx512f")]
fn widen(v: __m512i) -> __m512i {
    _mm512_add_epi64(_mm512_maskz_mov_epi32(0x5555, v), _mm512_srli_epi64(v, 32))
}

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
pub(super) fn block_u16(a: Block<'_, u16>, b: Block<'_, u16>) -> u64 {
    if a.width() < 32 { avx2::block_u16(a, b) } else { wide_u16(a, b) }
}

#[inline(never)]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
fn wide_u16(a: Block<'_, u16>, b: Block<'_, u16>) -> u64 {
    let (w, h) = check(a, b);
    let whole = w & !31;
    let mut sums = _mm512_setzero_si512();
    let mut bits = sums;
    for y in 0..h {
        for x in (0..whole).step_by(32) {
            // SAFETY: `x + 32 <= w` and `y < h`, the size of both blocks.
            let (a, b) = unsafe { (load512(a, x, y), load512(b, x, y)) };
            bits = _mm512_or_si512(bits, _mm512_or_si512(a, b));
            let d = _mm512_sub_epi16(a, b);
            sums = _mm512_add_epi64(sums, widen(_mm512_madd_epi16(d, d)));
        }
    }
    // Differences of samples with 16 bits do not fit the lanes.
    if _mm512_movepi16_mask(bits) != 0 {
        return scalar::block(a, b);
    }
    let total = _mm512_reduce_add_epi64(sums).cast_unsigned();
    if whole == w {
        return total;
    }
    total + avx2::block_u16(a.sub(whole, 0, w - whole, h), b.sub(whole, 0, w - whole, h))
}
