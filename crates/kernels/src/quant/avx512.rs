//! Quantisation and scaling, AVX-512: the AVX2 kernels on 32 lanes. Blocks of 4x4 are left to AVX2.

use std::arch::x86_64::*;
use std::iter::zip;

use super::avx2::{self, Plain, Scaling};
use crate::x86::{read32, write32};

#[target_feature(enable = "avx2,avx512f,avx512bw")]
pub(super) fn plain(coeffs: &[i16], levels: &mut [i16], scale: i32, add: i32, shift: u8) -> u32 {
    let (true, Some(plain)) = (coeffs.len().is_multiple_of(32), Plain::new(scale, add, shift)) else {
        return avx2::plain(coeffs, levels, scale, add, shift);
    };
    let (zero, largest) = (_mm512_setzero_si512(), _mm512_set1_epi16(i16::MAX));
    let scale = _mm512_set1_epi16(plain.scale.cast_signed());
    let add = _mm512_set1_epi32(plain.add);
    let shift = _mm_cvtsi32_si128(plain.shift.into());
    let round = |product| _mm512_srl_epi32(_mm512_add_epi32(product, add), shift);

    let mut non_zero = 0;
    for (coeffs, levels) in zip(coeffs.as_chunks::<32>().0, levels.as_chunks_mut::<32>().0) {
        let c = read32(coeffs);
        let magnitude = _mm512_abs_epi16(c);
        let low = _mm512_mullo_epi16(magnitude, scale);
        let high = _mm512_mulhi_epu16(magnitude, scale);
        let first = round(_mm512_unpacklo_epi16(low, high));
        let second = round(_mm512_unpackhi_epi16(low, high));
        let level = _mm512_packus_epi32(first, second);
        // 2^15 - 1, or 2^15 where the coefficient is negative.
        let level = _mm512_min_epu16(level, _mm512_sub_epi16(largest, _mm512_srai_epi16(c, 15)));
        let level = _mm512_mask_sub_epi16(level, _mm512_movepi16_mask(c), zero, level);
        non_zero += _mm512_test_epi16_mask(level, level).count_ones();
        write32(levels, level);
    }
    non_zero
}

#[target_feature(enable = "avx2,avx512f,avx512bw")]
pub(super) fn dequant(levels: &[i16], coeffs: &mut [i16], scale: i32, add: i32, shift: u8) {
    let (true, Some(scaling)) = (levels.len().is_multiple_of(32), Scaling::new(scale, add, shift)) else {
        return avx2::dequant(levels, coeffs, scale, add, shift);
    };
    let factors = _mm512_set1_epi32(scaling.factors);
    let shift = _mm_cvtsi32_si128(scaling.shift);
    let ones = _mm512_set1_epi16(1);
    for (levels, coeffs) in zip(levels.as_chunks::<32>().0, coeffs.as_chunks_mut::<32>().0) {
        let level = read32(levels);
        let first = _mm512_madd_epi16(_mm512_unpacklo_epi16(level, ones), factors);
        let second = _mm512_madd_epi16(_mm512_unpackhi_epi16(level, ones), factors);
        let packed = _mm512_packs_epi32(_mm512_sra_epi32(first, shift), _mm512_sra_epi32(second, shift));
        write32(coeffs, packed);
    }
}
