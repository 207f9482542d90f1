//! Sums of squared differences, reference.

use std::iter::zip;

use rivus_picture::{Block, Sample};

pub(super) fn block<S: Sample>(a: Block<'_, S>, b: Block<'_, S>) -> u64 {
    let square = |(a, b): (&S, &S)| u64::from(a.to_i32().abs_diff(b.to_i32())).pow(2);
    zip(a.rows(), b.rows()).flat_map(|(a, b)| zip(a, b)).map(square).sum()
}

pub(super) fn coeffs(a: &[i16], b: &[i16]) -> u64 {
    zip(a, b).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum()
}

pub(super) fn energy(a: &[i16]) -> u64 {
    a.iter().map(|a| u64::from(a.unsigned_abs()).pow(2)).sum()
}
