//! Residuals, reference.

use std::iter::zip;

use rivus_picture::{Block, BlockMut, Sample};

pub(super) fn sub<S: Sample>(src: Block<'_, S>, pred: Block<'_, S>, out: &mut [i16]) {
    for ((src, pred), out) in zip(zip(src.rows(), pred.rows()), out.chunks_exact_mut(src.width())) {
        for ((src, pred), out) in zip(zip(src, pred), out) {
            *out = (src.to_i32() - pred.to_i32()).clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        }
    }
}

pub(super) fn add<S: Sample>(mut dst: BlockMut<'_, S>, residual: &[i16], bit_depth: u8) {
    let width = dst.width();
    for y in 0..dst.height() {
        for (v, r) in zip(dst.row_mut(y), &residual[y * width..]) {
            *v = S::clip(v.to_i32() + i32::from(*r), bit_depth);
        }
    }
}
