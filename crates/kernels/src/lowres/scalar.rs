//! Half-size pictures, reference.

use rivus_picture::{Block, BlockMut, Sample};

pub(super) fn half<S: Sample>(mut dst: BlockMut<'_, S>, src: Block<'_, S>) {
    for y in 0..dst.height() {
        let (upper, lower) = (src.row(2 * y), src.row(2 * y + 1));
        for (x, out) in dst.row_mut(y).iter_mut().enumerate() {
            let four = [upper[2 * x], upper[2 * x + 1], lower[2 * x], lower[2 * x + 1]];
            *out = S::from_i32((four.map(S::to_i32).iter().sum::<i32>() + 2) >> 2);
        }
    }
}
