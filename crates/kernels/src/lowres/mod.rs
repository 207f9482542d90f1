//! Half-size pictures for the lookahead.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod baseline;
mod scalar;
#[cfg(any(test, feature = "harness"))]
pub(crate) mod tests;

use rivus_picture::{Block, BlockMut, Sample};

/// Fills a block from one of twice its width and height.
pub type Half<S> = fn(BlockMut<'_, S>, Block<'_, S>);

/// Kernels of this family.
#[derive(Clone, Copy, Debug)]
pub struct LowresKernels<S> {
    /// Each output sample is the mean of 2x2 input samples, (sum + 2) >> 2. Any width and height.
    pub half: Half<S>,
}

impl<S: Sample> LowresKernels<S> {
    pub(crate) const SCALAR: Self = Self { half: scalar::half };
}

impl LowresKernels<u8> {
    pub(crate) fn baseline(self) -> Self {
        Self { half: baseline::half_u8 }
    }
}

#[cfg(target_arch = "x86_64")]
impl LowresKernels<u8> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { half: avx2::half_u8 }
    }
}

impl LowresKernels<u16> {
    pub(crate) fn baseline(self) -> Self {
        Self { half: baseline::half_u16 }
    }
}

#[cfg(target_arch = "x86_64")]
impl LowresKernels<u16> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { half: avx2::half_u16 }
    }
}
