//! Half-size pictures in portable vectors.

use std::iter::zip;

use rivus_picture::{Block, BlockMut, Sample};
use wide::{i16x8, u8x16, u16x8, u32x4};

use super::scalar;

pub(super) fn half_u8(dst: BlockMut<'_, u8>, src: Block<'_, u8>) {
    half(dst, src, |upper, lower| {
        let mean = |i: usize| {
            let pairs = |row: &[u8; 32]| -> u16x8 {
                let [low, high]: [u16x8; 2] = bytemuck::cast(*row);
                let v = if i == 0 { low } else { high };
                (v & u16x8::splat(0xff)) + (v >> 8)
            };
            let mean = (pairs(upper) + pairs(lower) + u16x8::splat(2)) >> 2;
            bytemuck::cast::<u16x8, i16x8>(mean)
        };
        u8x16::narrow_i16x8(mean(0), mean(1)).to_array()
    });
}

pub(super) fn half_u16(dst: BlockMut<'_, u16>, src: Block<'_, u16>) {
    half(dst, src, |upper, lower| {
        let rows: [[u32x4; 4]; 2] = [bytemuck::cast(*upper), bytemuck::cast(*lower)];
        let mean = |i: usize| -> u32x4 {
            let pairs = |v: u32x4| (v & u32x4::splat(0xffff)) + (v >> 16);
            (pairs(rows[0][i]) + pairs(rows[1][i]) + u32x4::splat(2)) >> 2
        };
        let mut out = [0; 16];
        for (i, out) in out.chunks_exact_mut(4).enumerate() {
            out.copy_from_slice(&mean(i).to_array().map(|v| v as u16));
        }
        out
    });
}

/// Rows from `means`, which makes 16 samples from 32 of two rows; the rest of the width is scalar.
#[inline]
fn half<S: Sample>(
    mut dst: BlockMut<'_, S>,
    src: Block<'_, S>,
    means: impl Fn(&[S; 32], &[S; 32]) -> [S; 16],
) {
    let (w, h) = (dst.width(), dst.height());
    for y in 0..h {
        let (upper, lower) = (src.row(2 * y).as_chunks().0, src.row(2 * y + 1).as_chunks().0);
        for (out, (upper, lower)) in zip(dst.row_mut(y).as_chunks_mut().0, zip(upper, lower)) {
            *out = means(upper, lower);
        }
    }
    let whole = w & !15;
    if whole < w {
        scalar::half(dst.into_sub(whole, 0, w - whole, h), src.sub(2 * whole, 0, 2 * (w - whole), 2 * h));
    }
}
