//! Luma sample interpolation, reference.

use rivus_picture::{Block, BlockMut, Sample};

use crate::interpolation::{self, LUMA_TAPS};

/// The filter for a fraction; none for a full-sample position.
pub(super) fn taps(fraction: u8) -> Option<&'static [i8; 8]> {
    (fraction > 0).then(|| &LUMA_TAPS[usize::from(fraction)])
}

pub(super) fn put<S: Sample>(dst: BlockMut<'_, S>, src: Block<'_, S>, fx: u8, fy: u8, bit_depth: u8) {
    interpolation::put(dst, src, taps(fx), taps(fy), bit_depth);
}

pub(super) fn prep<S: Sample>(
    dst: &mut [i16],
    src: Block<'_, S>,
    w: usize,
    h: usize,
    fx: u8,
    fy: u8,
    bit_depth: u8,
) {
    interpolation::prep(dst, src, w, h, taps(fx), taps(fy), bit_depth);
}

pub(super) fn avg<S: Sample>(
    dst: BlockMut<'_, S>,
    first: &[i16],
    src: Block<'_, S>,
    fx: u8,
    fy: u8,
    bit_depth: u8,
) {
    interpolation::avg(dst, first, src, taps(fx), taps(fy), bit_depth);
}
