//! Sum of absolute Hadamard-transformed differences: what a residual will roughly cost, for the price of
//! additions.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod baseline;
mod scalar;
#[cfg(any(test, feature = "harness"))]
pub(crate) mod tests;

use rivus_picture::{Block, Sample};

/// SATD of two blocks of the same size.
pub type Satd<S> = fn(Block<'_, S>, Block<'_, S>) -> u32;

/// Kernels of this family.
#[derive(Clone, Copy, Debug)]
pub struct SatdKernels<S> {
    /// Width and height are multiples of 4. If both are multiples of 8, the difference is transformed in
    /// blocks of 8x8, each adding (sum of magnitudes + 2) >> 2; otherwise in blocks of 4x4, each adding (sum
    /// + 1) >> 1. Both are the orthonormal transform's magnitudes times 2.
    pub block: Satd<S>,
}

impl<S: Sample> SatdKernels<S> {
    pub(crate) const SCALAR: Self = Self { block: scalar::block };
}

impl SatdKernels<u8> {
    pub(crate) fn baseline(self) -> Self {
        Self { block: baseline::block }
    }
}

impl SatdKernels<u16> {
    pub(crate) fn baseline(self) -> Self {
        Self { block: baseline::block }
    }
}

#[cfg(target_arch = "x86_64")]
impl SatdKernels<u8> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { block: avx2::block_u8 }
    }

    #[target_feature(enable = "avx2,avx512f,avx512bw")]
    pub(crate) fn avx512(self) -> Self {
        Self { block: avx512::block_u8 }
    }
}

#[cfg(target_arch = "x86_64")]
impl SatdKernels<u16> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { block: avx2::block_u16 }
    }

    #[target_feature(enable = "avx2,avx512f,avx512bw")]
    pub(crate) fn avx512(self) -> Self {
        Self { block: avx512::block_u16 }
    }
}
