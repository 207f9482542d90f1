//! Residuals: the difference of source and prediction, and its addition to a prediction (8.6.7).

#[cfg(target_arch = "x86_64")]
mod avx2;
mod baseline;
mod scalar;
#[cfg(any(test, feature = "harness"))]
pub(crate) mod tests;

use rivus_picture::{Block, BlockMut, Sample};

/// Difference: `(source, prediction, out)`.
pub type Sub<S> = fn(Block<'_, S>, Block<'_, S>, &mut [i16]);
/// Reconstruction in place: `(dst, residual, bit_depth)`.
pub type Add<S> = fn(BlockMut<'_, S>, &[i16], u8);

/// Kernels of this family. Residuals are dense: rows as wide as the block. Width and height
/// are multiples of 4.
#[derive(Clone, Copy, Debug)]
pub struct ResidualKernels<S> {
    /// source - prediction. At 16 bits, differences beyond 16 bits saturate.
    pub sub: Sub<S>,
    /// 8.6.7: adds the residual to the prediction that `dst` holds, and clips.
    pub add: Add<S>,
}

impl<S: Sample> ResidualKernels<S> {
    pub(crate) const SCALAR: Self = Self { sub: scalar::sub, add: scalar::add };
}

impl ResidualKernels<u8> {
    pub(crate) fn baseline(self) -> Self {
        Self { add: baseline::add, ..self }
    }
}

impl ResidualKernels<u16> {
    pub(crate) fn baseline(self) -> Self {
        Self { add: baseline::add, ..self }
    }
}

#[cfg(target_arch = "x86_64")]
impl ResidualKernels<u8> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { sub: avx2::sub_u8, add: avx2::add_u8 }
    }
}

#[cfg(target_arch = "x86_64")]
impl ResidualKernels<u16> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { sub: avx2::sub_u16, add: avx2::add_u16 }
    }
}
