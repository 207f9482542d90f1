//! Quantisation and scaling, AVX2.

use std::arch::x86_64::*;
use std::iter::zip;

use super::scalar;
use crate::x86::{read16, sum_epi32, write16};

/// Parameters of quantisation that vectors can use. Products are put together from their low and high 16
/// bits; `scale` and the sum must therefore be small enough for unsigned 16 and 32 bit, which they are for
/// all flat lists. The rest is scalar.
pub(super) struct Plain {
    pub(super) scale: u16,
    pub(super) add: i32,
    /// 1..=31.
    pub(super) shift: u8,
}

impl Plain {
    #[inline]
    pub(super) fn new(scale: i32, add: i32, shift: u8) -> Option<Self> {
        let fits = (i64::from(scale) << 15) + i64::from(add) <= u32::MAX.into();
        let scale = u16::try_from(scale).ok()?;
        (fits && matches!(shift, 1..=31)).then_some(Self { scale, add, shift })
    }
}

/// Parameters of scaling that vectors can use. `(level * scale + add) >> shift` stays the same when all three
/// give up common factors of two. What remains of `scale` and `add` nearly always fits 16 bit, and then one
/// `pmaddwd` of (level, 1) by (scale, add) does it. The rest is scalar.
pub(super) struct Scaling {
    /// `scale` in the low half, `add` in the high half.
    pub(super) factors: i32,
    /// 0..=31.
    pub(super) shift: i32,
}

impl Scaling {
    #[inline]
    pub(super) fn new(scale: i32, add: i32, shift: u8) -> Option<Self> {
        let common = scale.trailing_zeros().min(add.trailing_zeros()).min(shift.into());
        let scale = i16::try_from(scale >> common).ok()?;
        let add = i16::try_from(add >> common).ok()?;
        let factors = i32::from(add) << 16 | i32::from(scale.cast_unsigned());
        (shift <= 31).then_some(Self { factors, shift: i32::from(shift) - common.cast_signed() })
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn plain(coeffs: &[i16], levels: &mut [i16], scale: i32, add: i32, shift: u8) -> u32 {
    let Some(plain) = Plain::new(scale, add, shift) else {
        return scalar::plain(coeffs, levels, scale, add, shift);
    };
    let scale = _mm256_set1_epi16(plain.scale.cast_signed());
    let add = _mm256_set1_epi32(plain.add);
    let shift = _mm_cvtsi32_si128(plain.shift.into());
    let round = |product| _mm256_srl_epi32(_mm256_add_epi32(product, add), shift);

    let n = coeffs.len().min(levels.len());
    let mut zeros = _mm256_setzero_si256();
    for (coeffs, levels) in zip(coeffs.as_chunks::<16>().0, levels.as_chunks_mut::<16>().0) {
        let c = read16(coeffs);
        // As unsigned lanes, so -2^15 has its magnitude too.
        let magnitude = _mm256_abs_epi16(c);
        let low = _mm256_mullo_epi16(magnitude, scale);
        let high = _mm256_mulhi_epu16(magnitude, scale);
        let first = round(_mm256_unpacklo_epi16(low, high));
        let second = round(_mm256_unpackhi_epi16(low, high));
        // Shifted by one at least, the lanes are not negative: this saturates to 2^16 - 1.
        let level = _mm256_packus_epi32(first, second);
        // 2^15 - 1, or 2^15 where the coefficient is negative.
        let largest = _mm256_sub_epi16(_mm256_set1_epi16(i16::MAX), _mm256_srai_epi16(c, 15));
        let level = _mm256_sign_epi16(_mm256_min_epu16(level, largest), c);
        zeros = _mm256_sub_epi16(zeros, _mm256_cmpeq_epi16(level, _mm256_setzero_si256()));
        write16(levels, level);
    }
    n as u32 - sum_epi32(_mm256_madd_epi16(zeros, _mm256_set1_epi16(1)))
}

#[target_feature(enable = "avx2")]
pub(super) fn dequant(levels: &[i16], coeffs: &mut [i16], scale: i32, add: i32, shift: u8) {
    let Some(scaling) = Scaling::new(scale, add, shift) else {
        return scalar::dequant(levels, coeffs, scale, add, shift);
    };
    let factors = _mm256_set1_epi32(scaling.factors);
    let shift = _mm_cvtsi32_si128(scaling.shift);
    let ones = _mm256_set1_epi16(1);
    for (levels, coeffs) in zip(levels.as_chunks::<16>().0, coeffs.as_chunks_mut::<16>().0) {
        let level = read16(levels);
        let first = _mm256_madd_epi16(_mm256_unpacklo_epi16(level, ones), factors);
        let second = _mm256_madd_epi16(_mm256_unpackhi_epi16(level, ones), factors);
        let packed = _mm256_packs_epi32(_mm256_sra_epi32(first, shift), _mm256_sra_epi32(second, shift));
        write16(coeffs, packed);
    }
}
