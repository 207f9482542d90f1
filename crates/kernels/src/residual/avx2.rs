//! Residuals, AVX2, in cells (see `cells`).
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use rivus_picture::{Block, BlockMut};

use super::scalar;
use crate::cells::{CellSample, load_words, rows_per_cell, store_words, strips};

/// Checks what the loads rely on, and gives the size.
#[inline]
#[track_caller]
fn check<T: Copy>(block: Block<'_, T>) -> (usize, usize) {
    let (w, h) = (block.width(), block.height());
    assert!(w.is_multiple_of(2) && h.is_multiple_of(2), "residual of {w}x{h}");
    (w, h)
}

#[target_feature(enable = "avx2")]
pub(super) fn sub_u8(src: Block<'_, u8>, pred: Block<'_, u8>, out: &mut [i16]) {
    sub(src, pred, out, |a, b| _mm256_sub_epi16(a, b));
}

/// One of the two differences is the magnitude, the other 0; each is limited to what the sign allows.
#[target_feature(enable = "avx2")]
pub(super) fn sub_u16(src: Block<'_, u16>, pred: Block<'_, u16>, out: &mut [i16]) {
    let (positive, negative) = (_mm256_set1_epi16(i16::MAX), _mm256_set1_epi16(i16::MIN));
    sub(src, pred, out, |a, b| {
        _mm256_sub_epi16(
            _mm256_min_epu16(_mm256_subs_epu16(a, b), positive),
            _mm256_min_epu16(_mm256_subs_epu16(b, a), negative),
        )
    });
}

#[inline]
#[target_feature(enable = "avx2")]
fn sub<S: CellSample>(
    src: Block<'_, S>,
    pred: Block<'_, S>,
    out: &mut [i16],
    difference: impl Fn(__m256i, __m256i) -> __m256i,
) {
    let (w, h) = check(src);
    assert!((pred.width(), pred.height()) == (w, h), "difference of blocks of different sizes");
    let mut out = BlockMut::new(out, 0, w, w, h);
    strips!(w, x, W => for y in (0..h).step_by(rows_per_cell::<W>()) {
        // SAFETY: all blocks are `w` x `h`, both even.
        unsafe {
            let cell = difference(S::load_cell::<W>(src, x, y), S::load_cell::<W>(pred, x, y));
            store_words::<i16, W>(&mut out, x, y, cell);
        }
    });
}

/// The sum saturates to 16 bits, then to 8.
#[target_feature(enable = "avx2")]
pub(super) fn add_u8(dst: BlockMut<'_, u8>, residual: &[i16], _bit_depth: u8) {
    add(dst, residual, |samples, residual| _mm256_adds_epi16(samples, residual));
}

#[target_feature(enable = "avx2")]
pub(super) fn add_u16(dst: BlockMut<'_, u16>, residual: &[i16], bit_depth: u8) {
    if bit_depth > 15 {
        return scalar::add(dst, residual, bit_depth);
    }
    let max = _mm256_set1_epi16(((1_u16 << bit_depth) - 1).cast_signed());
    add(dst, residual, |samples, residual| {
        let sum = _mm256_adds_epi16(samples, residual);
        _mm256_max_epi16(_mm256_min_epi16(sum, max), _mm256_setzero_si256())
    });
}

#[inline]
#[target_feature(enable = "avx2")]
fn add<S: CellSample>(mut dst: BlockMut<'_, S>, residual: &[i16], sum: impl Fn(__m256i, __m256i) -> __m256i) {
    let (w, h) = check(dst.as_block());
    let residual = Block::new(residual, 0, w, w, h);
    strips!(w, x, W => for y in (0..h).step_by(rows_per_cell::<W>()) {
        // SAFETY: both blocks are `w` x `h`, both even.
        unsafe {
            let samples = S::load_cell::<W>(dst.as_block(), x, y);
            S::store_cell::<W>(&mut dst, x, y, sum(samples, load_words::<i16, W>(residual, x, y)));
        }
    });
}
