//! Weighted sample prediction, reference.

use rivus_picture::{Block, BlockMut, Sample};

use crate::interpolation::{MC_STRIDE, PRED_BIAS, pred_shift};

/// Sets each sample to Clip1 of `weigh(index of its predSample)`.
fn each<S: Sample>(mut dst: BlockMut<'_, S>, bit_depth: u8, weigh: impl Fn(usize) -> i32) {
    for y in 0..dst.height() {
        for (x, v) in dst.row_mut(y).iter_mut().enumerate() {
            *v = S::clip(weigh(y * MC_STRIDE + x), bit_depth);
        }
    }
}

fn pred(stored: i16) -> i32 {
    i32::from(stored) + PRED_BIAS
}

pub(super) fn put<S: Sample>(dst: BlockMut<'_, S>, a: &[i16], bit_depth: u8) {
    let shift1 = pred_shift(bit_depth);
    each(dst, bit_depth, |i| (pred(a[i]) + (1 << (shift1 - 1))) >> shift1);
}

pub(super) fn avg<S: Sample>(dst: BlockMut<'_, S>, a: &[i16], b: &[i16], bit_depth: u8) {
    let shift2 = pred_shift(bit_depth) + 1;
    each(dst, bit_depth, |i| (pred(a[i]) + pred(b[i]) + (1 << (shift2 - 1))) >> shift2);
}

pub(super) fn mean<S: Sample>(mut dst: BlockMut<'_, S>, a: Block<'_, S>, b: Block<'_, S>) {
    assert!((a.width(), a.height()) == (dst.width(), dst.height()) && b.width() == a.width(), "{a:?} {b:?}");
    for y in 0..dst.height() {
        for ((v, a), b) in dst.row_mut(y).iter_mut().zip(a.row(y)).zip(b.row(y)) {
            *v = S::from_i32((a.to_i32() + b.to_i32() + 1) >> 1);
        }
    }
}

pub(super) fn uni<S: Sample>(
    dst: BlockMut<'_, S>,
    a: &[i16],
    weight: i32,
    offset: i32,
    log2_wd: u8,
    bit_depth: u8,
) {
    if log2_wd >= 1 {
        let round = 1 << (log2_wd - 1);
        each(dst, bit_depth, |i| ((pred(a[i]) * weight + round) >> log2_wd) + offset);
    } else {
        each(dst, bit_depth, |i| pred(a[i]) * weight + offset);
    }
}

pub(super) fn bi<S: Sample>(
    dst: BlockMut<'_, S>,
    a: &[i16],
    b: &[i16],
    w0: i32,
    w1: i32,
    o0: i32,
    o1: i32,
    log2_wd: u8,
    bit_depth: u8,
) {
    let round = (o0 + o1 + 1) << log2_wd;
    each(dst, bit_depth, |i| (pred(a[i]) * w0 + pred(b[i]) * w1 + round) >> (log2_wd + 1));
}
