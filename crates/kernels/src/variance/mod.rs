//! First and second moments of a block: adaptive quantisation and weighted prediction analysis.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod baseline;
mod scalar;
#[cfg(any(test, feature = "harness"))]
pub(crate) mod tests;

use rivus_picture::{Block, Sample};

/// Sum and sum of squares of the samples of a block.
pub type Moments<S> = fn(Block<'_, S>) -> (u32, u64);

/// Kernels of this family.
#[derive(Clone, Copy, Debug)]
pub struct VarianceKernels<S> {
    /// Sum and sum of squares. Width and height are multiples of 4, at most 64 each. The variance is
    /// `(sum_sq - sum^2 / n) / n`.
    pub block: Moments<S>,
}

impl<S: Sample> VarianceKernels<S> {
    pub(crate) const SCALAR: Self = Self { block: scalar::block };
}

impl VarianceKernels<u8> {
    pub(crate) fn baseline(self) -> Self {
        Self { block: baseline::block }
    }
}

impl VarianceKernels<u16> {
    pub(crate) fn baseline(self) -> Self {
        Self { block: baseline::block }
    }
}

#[cfg(target_arch = "x86_64")]
impl VarianceKernels<u8> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { block: avx2::block_u8 }
    }
}

#[cfg(target_arch = "x86_64")]
impl VarianceKernels<u16> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { block: avx2::block_u16 }
    }
}
