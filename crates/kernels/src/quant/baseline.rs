//! Quantisation and scaling in portable vectors.

use std::iter::zip;

use wide::{i16x8, i32x8, u16x8, u32x8};

use super::scalar;

/// `scale` and the sum must be small enough for unsigned 16 and 32 bit, as they are for all flat lists; the
/// rest is scalar.
pub(super) fn plain(coeffs: &[i16], levels: &mut [i16], scale: i32, add: i32, shift: u8) -> u32 {
    let (Ok(scale16), 1..=31) = (u16::try_from(scale), shift) else {
        return scalar::plain(coeffs, levels, scale, add, shift);
    };
    if (i64::from(scale) << 15) + i64::from(add) > u32::MAX.into() {
        return scalar::plain(coeffs, levels, scale, add, shift);
    }
    let (scale, add) = (u16x8::splat(scale16), u32x8::splat(add.cast_unsigned()));
    let n = coeffs.len().min(levels.len());
    let mut zeros = i16x8::ZERO;
    for (&coeffs, levels) in zip(coeffs.as_chunks::<8>().0, levels.as_chunks_mut::<8>().0) {
        let c = i16x8::new(coeffs);
        // As unsigned lanes, so -2^15 has its magnitude too.
        let magnitude: u16x8 = bytemuck::cast(c.abs());
        let scaled: i32x8 = bytemuck::cast((magnitude.widening_mul(scale) + add) >> u32::from(shift));
        let sign = i32x8::from_i16x8(c) >> 31;
        let level = i16x8::from_i32x8_saturate((scaled ^ sign) - sign);
        zeros -= level.simd_eq(i16x8::ZERO);
        *levels = level.to_array();
    }
    n as u32 - zeros.dot(i16x8::ONE).reduce_add().cast_unsigned()
}

/// `(level * scale + add) >> shift` stays the same when all three give up common factors of two. What remains
/// of `scale` nearly always fits 16 bit.
pub(super) fn dequant(levels: &[i16], coeffs: &mut [i16], scale: i32, add: i32, shift: u8) {
    let common = scale.trailing_zeros().min(add.trailing_zeros()).min(shift.into());
    let (Ok(scale), Ok(add), 0..=31) = (i16::try_from(scale >> common), i16::try_from(add >> common), shift)
    else {
        return scalar::dequant(levels, coeffs, scale, add, shift);
    };
    let (scale, add) = (i16x8::splat(scale), i32x8::splat(add.into()));
    for (&levels, coeffs) in zip(levels.as_chunks::<8>().0, coeffs.as_chunks_mut::<8>().0) {
        let sums = i16x8::new(levels).widening_mul(scale) + add;
        *coeffs = i16x8::from_i32x8_saturate(sums >> (u32::from(shift) - common)).to_array();
    }
}
