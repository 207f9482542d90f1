//! Residuals in portable vectors.

use rivus_picture::BlockMut;

use super::scalar;
use crate::lanes::{Lanes, clip, load_part, load_values, signed, store_part};

/// Sums saturate far outside the samples, except for 16 bits, which take the scalar path.
pub(super) fn add<S: Lanes>(mut dst: BlockMut<'_, S>, residual: &[i16], bit_depth: u8) {
    if bit_depth > 15 {
        return scalar::add(dst, residual, bit_depth);
    }
    let w = dst.width();
    for (y, residual) in residual.chunks_exact(w).enumerate().take(dst.height()) {
        for (out, residual) in dst.row_mut(y).chunks_mut(8).zip(residual.chunks(8)) {
            let sum = signed(load_part(out)).saturating_add(load_values(residual));
            store_part(out, clip(sum, bit_depth));
        }
    }
}
