//! Quantisation and scaling, reference.

use std::iter::zip;

pub(super) fn plain(coeffs: &[i16], levels: &mut [i16], scale: i32, add: i32, shift: u8) -> u32 {
    let mut non_zero = 0;
    for (&coeff, level) in zip(coeffs, levels) {
        let magnitude = (i64::from(coeff.unsigned_abs()) * i64::from(scale) + i64::from(add)) >> shift;
        *level = saturate(magnitude * i64::from(coeff.signum()));
        non_zero += u32::from(*level != 0);
    }
    non_zero
}

pub(super) fn dequant(levels: &[i16], coeffs: &mut [i16], scale: i32, add: i32, shift: u8) {
    for (&level, coeff) in zip(levels, coeffs) {
        *coeff = saturate((i64::from(level) * i64::from(scale) + i64::from(add)) >> shift);
    }
}

fn saturate(v: i64) -> i16 {
    v.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}
