//! Luma sample interpolation, AVX-512: see `interpolation::avx512`.

use rivus_picture::{Block, BlockMut};

use super::scalar::{self, taps};
use crate::interpolation::avx2::MAX_BIT_DEPTH;
use crate::interpolation::avx512;

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
pub(super) fn put_u8(dst: BlockMut<'_, u8>, src: Block<'_, u8>, fx: u8, fy: u8, _bit_depth: u8) {
    avx512::put_u8::<8, 4>(dst, src, taps(fx), taps(fy));
}

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
pub(super) fn put_u16(dst: BlockMut<'_, u16>, src: Block<'_, u16>, fx: u8, fy: u8, bit_depth: u8) {
    if bit_depth > MAX_BIT_DEPTH {
        return scalar::put(dst, src, fx, fy, bit_depth);
    }
    avx512::put_u16::<8, 4>(dst, src, taps(fx), taps(fy), bit_depth);
}

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
pub(super) fn prep_u8(
    dst: &mut [i16],
    src: Block<'_, u8>,
    w: usize,
    h: usize,
    fx: u8,
    fy: u8,
    _bit_depth: u8,
) {
    avx512::prep_u8::<8, 4>(dst, src, w, h, taps(fx), taps(fy));
}

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
pub(super) fn prep_u16(
    dst: &mut [i16],
    src: Block<'_, u16>,
    w: usize,
    h: usize,
    fx: u8,
    fy: u8,
    bit_depth: u8,
) {
    if bit_depth > MAX_BIT_DEPTH {
        return scalar::prep(dst, src, w, h, fx, fy, bit_depth);
    }
    avx512::prep_u16::<8, 4>(dst, src, w, h, taps(fx), taps(fy), bit_depth);
}

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
pub(super) fn avg_u8(
    dst: BlockMut<'_, u8>,
    first: &[i16],
    src: Block<'_, u8>,
    fx: u8,
    fy: u8,
    _bit_depth: u8,
) {
    avx512::avg_u8::<8, 4>(dst, first, src, taps(fx), taps(fy));
}

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
pub(super) fn avg_u16(
    dst: BlockMut<'_, u16>,
    first: &[i16],
    src: Block<'_, u16>,
    fx: u8,
    fy: u8,
    bit_depth: u8,
) {
    if bit_depth > MAX_BIT_DEPTH {
        return scalar::avg(dst, first, src, fx, fy, bit_depth);
    }
    avx512::avg_u16::<8, 4>(dst, first, src, taps(fx), taps(fy), bit_depth);
}
