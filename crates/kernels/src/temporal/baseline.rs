//! Temporal filter in eight 16-bit lanes.

use rivus_picture::{Block, BlockMut};
use wide::{f32x4, i16x8, i32x4};

use super::{Neighbour, OWN_WEIGHT};
use crate::lanes::{Lanes, signed};

#[inline]
fn row<S: Lanes>(block: Block<'_, S>, y: usize) -> i16x8 {
    let row: &[S; 8] = block.row(y).try_into().expect("the width is 8");
    signed(S::load(row))
}

/// The lanes in 32 bit.
#[inline]
fn halves(v: i16x8) -> [i32x4; 2] {
    let v = v.to_array().map(i32::from);
    [i32x4::new([v[0], v[1], v[2], v[3]]), i32x4::new([v[4], v[5], v[6], v[7]])]
}

/// The sum of weights fits 16 bit, see [`super::MAX_WEIGHT`]; the sum of differences needs 32.
pub(super) fn blend<S: Lanes>(mut dst: BlockMut<'_, S>, src: Block<'_, S>, neighbours: &[Neighbour<'_, S>]) {
    for y in 0..dst.height() {
        let own = row(src, y);
        let (mut sums, mut weights) = ([i32x4::ZERO; 2], i16x8::splat(OWN_WEIGHT));
        for n in neighbours {
            let d = row(n.block, y) - own;
            let u = d.abs().min(i16x8::splat(n.limit())) * i16x8::splat(n.scale);
            let mut falloff = i16x8::splat(i16::MAX) - u.mul_scale_round(u);
            for _ in 0..3 {
                falloff = falloff.mul_scale_round(falloff);
            }
            let weight = falloff.mul_scale_round(i16x8::splat(n.weight));
            weights += weight;
            let (weight, d) = (halves(weight), halves(d));
            for half in 0..2 {
                sums[half] += weight[half] * d[half];
            }
        }
        let weights = halves(weights);
        let mean = |half: usize| {
            let mean = f32x4::from_i32x4(sums[half]) / f32x4::from_i32x4(weights[half]);
            mean.round_int().to_array().map(|v| v as i16)
        };
        let ([a, b, c, d], [e, f, g, h]) = (mean(0), mean(1));
        let row: &mut [S; 8] = dst.row_mut(y).try_into().expect("the width is 8");
        *row = S::unload(own + i16x8::new([a, b, c, d, e, f, g, h]));
    }
}
