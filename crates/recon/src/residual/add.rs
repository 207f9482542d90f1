//! Picture construction (8.6.7): prediction plus residual, clipped, for residuals of the wide path. Residuals of 16 bits are
//! added by the kernel `residual.add`.

use rivus_picture::{BlockMut, Sample};

/// Adds the dense `residual` to the prediction in `dst` and clips to the bit depth.
pub fn add_wide<S: Sample>(mut dst: BlockMut<'_, S>, residual: &[i32], bit_depth: u8) {
    let width = dst.width();
    for (y, residual) in residual.chunks_exact(width).take(dst.height()).enumerate() {
        for (sample, r) in dst.row_mut(y).iter_mut().zip(residual) {
            *sample = S::clip(sample.to_i32().saturating_add(*r), bit_depth);
        }
    }
}
