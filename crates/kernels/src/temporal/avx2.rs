//! Temporal filter, AVX2: two rows of eight samples per register.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use rivus_picture::{Block, BlockMut};

use super::{Neighbour, OWN_WEIGHT};
use crate::x86::{load64, load128, store64, store128};

#[inline]
fn check<T: Copy>(src: Block<'_, T>, dst: &BlockMut<'_, T>, neighbours: &[Neighbour<'_, T>]) {
    let (w, h) = (dst.width(), dst.height());
    assert!(w == 8 && h.is_multiple_of(2), "temporal filter of a block of {w}x{h}");
    let is_as_large = |b: Block<'_, T>| b.width() == w && b.height() == h;
    assert!(is_as_large(src) && neighbours.iter().all(|n| is_as_large(n.block)), "blocks of one size");
}

/// What is added to the samples in `own`; `load` gives those of a neighbour. The sum of weights fits 16 bit, see
/// [`super::MAX_WEIGHT`]; the sum of differences needs 32.
#[inline]
#[target_feature(enable = "avx2")]
fn change<T: Copy>(
    own: __m256i,
    neighbours: &[Neighbour<'_, T>],
    load: impl Fn(Block<'_, T>) -> __m256i,
) -> __m256i {
    let zero = _mm256_setzero_si256();
    let mut weights = _mm256_set1_epi16(OWN_WEIGHT);
    let (mut low, mut high) = (zero, zero);
    for n in neighbours {
        let d = _mm256_sub_epi16(load(n.block), own);
        let limited = _mm256_min_epi16(_mm256_abs_epi16(d), _mm256_set1_epi16(n.limit()));
        let u = _mm256_mullo_epi16(limited, _mm256_set1_epi16(n.scale));
        let mut falloff = _mm256_sub_epi16(_mm256_set1_epi16(i16::MAX), _mm256_mulhrs_epi16(u, u));
        for _ in 0..3 {
            falloff = _mm256_mulhrs_epi16(falloff, falloff);
        }
        let weight = _mm256_mulhrs_epi16(falloff, _mm256_set1_epi16(n.weight));
        weights = _mm256_add_epi16(weights, weight);
        let pair = |a, b| _mm256_madd_epi16(a, b);
        low =
            _mm256_add_epi32(low, pair(_mm256_unpacklo_epi16(weight, zero), _mm256_unpacklo_epi16(d, zero)));
        high =
            _mm256_add_epi32(high, pair(_mm256_unpackhi_epi16(weight, zero), _mm256_unpackhi_epi16(d, zero)));
    }
    let mean = |sum, weights| {
        _mm256_cvtps_epi32(_mm256_div_ps(_mm256_cvtepi32_ps(sum), _mm256_cvtepi32_ps(weights)))
    };
    let low = mean(low, _mm256_unpacklo_epi16(weights, zero));
    let high = mean(high, _mm256_unpackhi_epi16(weights, zero));
    _mm256_packs_epi32(low, high)
}

#[target_feature(enable = "avx2")]
pub(super) fn blend_u8(mut dst: BlockMut<'_, u8>, src: Block<'_, u8>, neighbours: &[Neighbour<'_, u8>]) {
    check(src, &dst, neighbours);
    for y in (0..dst.height()).step_by(2) {
        // SAFETY: all blocks are 8 samples wide and have an even number of rows, so row y + 1 exists.
        let load = |b: Block<'_, u8>| unsafe {
            _mm256_cvtepu8_epi16(_mm_unpacklo_epi64(load64(b, 0, y), load64(b, 0, y + 1)))
        };
        let own = load(src);
        let sum = _mm256_add_epi16(own, change(own, neighbours, load));
        let packed = _mm256_packus_epi16(sum, sum);
        // SAFETY: as above.
        unsafe {
            store64(&mut dst, 0, y, _mm256_castsi256_si128(packed));
            store64(&mut dst, 0, y + 1, _mm256_extracti128_si256::<1>(packed));
        }
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn blend_u16(mut dst: BlockMut<'_, u16>, src: Block<'_, u16>, neighbours: &[Neighbour<'_, u16>]) {
    check(src, &dst, neighbours);
    for y in (0..dst.height()).step_by(2) {
        // SAFETY: as in `blend_u8`, with 2 bytes per sample.
        let load = |b: Block<'_, u16>| unsafe { _mm256_set_m128i(load128(b, 0, y + 1), load128(b, 0, y)) };
        let own = load(src);
        let sum = _mm256_add_epi16(own, change(own, neighbours, load));
        // SAFETY: as above.
        unsafe {
            store128(&mut dst, 0, y, _mm256_castsi256_si128(sum));
            store128(&mut dst, 0, y + 1, _mm256_extracti128_si256::<1>(sum));
        }
    }
}
