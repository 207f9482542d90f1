//! Temporal filter, reference.

use rivus_picture::{Block, BlockMut, Sample};

use super::{Neighbour, OWN_WEIGHT};

/// Product of two values in 1/2^15, rounded.
fn product(a: i32, b: i32) -> i32 {
    (a * b + (1 << 14)) >> 15
}

pub(super) fn blend<S: Sample>(mut dst: BlockMut<'_, S>, src: Block<'_, S>, neighbours: &[Neighbour<'_, S>]) {
    for y in 0..dst.height() {
        for x in 0..dst.width() {
            let own = src.at(x, y).to_i32();
            let (mut sum, mut weights) = (0, i32::from(OWN_WEIGHT));
            for n in neighbours {
                let d = n.block.at(x, y).to_i32() - own;
                let u = d.abs().min(n.limit().into()) * i32::from(n.scale);
                let falloff = 32767 - product(u, u);
                let falloff = (0..3).fold(falloff, |f, _| product(f, f));
                let weight = product(falloff, n.weight.into());
                sum += weight * d;
                weights += weight;
            }
            let change = (sum as f32 / weights as f32).round_ties_even() as i32;
            dst.row_mut(y)[x] = S::from_i32(own + change);
        }
    }
}
