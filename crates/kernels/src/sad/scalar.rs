//! Sum of absolute differences, reference.

use std::iter::zip;

use rivus_picture::{Block, Sample};

pub(super) fn block<S: Sample>(a: Block<'_, S>, b: Block<'_, S>) -> u32 {
    let difference = |(a, b): (&S, &S)| a.to_i32().abs_diff(b.to_i32());
    zip(a.rows(), b.rows()).flat_map(|(a, b)| zip(a, b)).map(difference).sum()
}

pub(super) fn x4<S: Sample>(a: Block<'_, S>, candidates: [Block<'_, S>; 4]) -> [u32; 4] {
    candidates.map(|b| block(a, b))
}
