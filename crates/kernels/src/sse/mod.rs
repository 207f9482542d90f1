//! Sums of squared differences: the distortion of rate-distortion decisions.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod baseline;
mod scalar;
#[cfg(any(test, feature = "harness"))]
pub(crate) mod tests;

use rivus_picture::{Block, Sample};

/// Sum of squared differences of two blocks of the same size.
pub type Sse<S> = fn(Block<'_, S>, Block<'_, S>) -> u64;
/// Sum of squared differences of two lists of the same length.
pub type SseCoeffs = fn(&[i16], &[i16]) -> u64;
/// Sum of squares of a list.
pub type Energy = fn(&[i16]) -> u64;

/// Kernels of this family.
#[derive(Clone, Copy, Debug)]
pub struct SseKernels<S> {
    /// Sum of (a - b)^2. Any even width, any height.
    pub block: Sse<S>,
    /// Sum of (a - b)^2 over coefficients or residuals. Any length.
    pub coeffs: SseCoeffs,
    /// Sum of a^2 over coefficients or residuals. Any length.
    pub energy: Energy,
}

impl<S: Sample> SseKernels<S> {
    pub(crate) const SCALAR: Self =
        Self { block: scalar::block, coeffs: scalar::coeffs, energy: scalar::energy };
}

impl SseKernels<u8> {
    pub(crate) fn baseline(self) -> Self {
        Self { block: baseline::block, coeffs: baseline::coeffs, energy: baseline::energy }
    }
}

impl SseKernels<u16> {
    pub(crate) fn baseline(self) -> Self {
        Self { block: baseline::block, coeffs: baseline::coeffs, energy: baseline::energy }
    }
}

#[cfg(target_arch = "x86_64")]
impl SseKernels<u8> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { block: avx2::block_u8, coeffs: avx2::coeffs, energy: avx2::energy }
    }

    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
    pub(crate) fn avx512(self) -> Self {
        Self { block: avx512::block_u8, ..self }
    }
}

#[cfg(target_arch = "x86_64")]
impl SseKernels<u16> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { block: avx2::block_u16, coeffs: avx2::coeffs, energy: avx2::energy }
    }

    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
    pub(crate) fn avx512(self) -> Self {
        Self { block: avx512::block_u16, ..self }
    }
}
