//! Chroma sample interpolation in portable vectors: see `interpolation::baseline`.

use rivus_picture::{Block, BlockMut};

use super::scalar::{self, taps};
use crate::interpolation::baseline::{self, MAX_BIT_DEPTH};
use crate::lanes::Lanes;

pub(super) fn put<S: Lanes>(dst: BlockMut<'_, S>, src: Block<'_, S>, fx: u8, fy: u8, bit_depth: u8) {
    if bit_depth > MAX_BIT_DEPTH {
        return scalar::put(dst, src, fx, fy, bit_depth);
    }
    baseline::put(dst, src, taps(fx), taps(fy), bit_depth);
}

pub(super) fn prep<S: Lanes>(
    dst: &mut [i16],
    src: Block<'_, S>,
    w: usize,
    h: usize,
    fx: u8,
    fy: u8,
    bit_depth: u8,
) {
    if bit_depth > MAX_BIT_DEPTH {
        return scalar::prep(dst, src, w, h, fx, fy, bit_depth);
    }
    baseline::prep(dst, src, w, h, taps(fx), taps(fy), bit_depth);
}

pub(super) fn avg<S: Lanes>(
    dst: BlockMut<'_, S>,
    first: &[i16],
    src: Block<'_, S>,
    fx: u8,
    fy: u8,
    bit_depth: u8,
) {
    if bit_depth > MAX_BIT_DEPTH {
        return scalar::avg(dst, first, src, fx, fy, bit_depth);
    }
    baseline::avg(dst, first, src, taps(fx), taps(fy), bit_depth);
}
