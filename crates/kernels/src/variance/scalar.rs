//! Moments of a block, reference.

use rivus_picture::{Block, Sample};

pub(super) fn block<S: Sample>(a: Block<'_, S>) -> (u32, u64) {
    let values = || a.rows().flatten().map(|v| v.to_i32().unsigned_abs());
    (values().sum(), values().map(|v| u64::from(v).pow(2)).sum())
}
