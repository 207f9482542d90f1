//! Sum of absolute differences: the cost of integer motion search.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod baseline;
mod scalar;
#[cfg(any(test, feature = "harness"))]
pub(crate) mod tests;

use rivus_picture::{Block, Sample};

/// Sum of absolute differences of two blocks of the same size.
pub type Sad<S> = fn(Block<'_, S>, Block<'_, S>) -> u32;
/// Sums of absolute differences of one block with four others, all of the same size.
pub type SadX4<S> = fn(Block<'_, S>, [Block<'_, S>; 4]) -> [u32; 4];

/// Kernels of this family. Width and height are multiples of 4, at most 64 each.
#[derive(Clone, Copy, Debug)]
pub struct SadKernels<S> {
    /// Sum of |a - b|.
    pub block: Sad<S>,
    /// Four sums against the same first block, which is read once.
    pub x4: SadX4<S>,
}

impl<S: Sample> SadKernels<S> {
    pub(crate) const SCALAR: Self = Self { block: scalar::block, x4: scalar::x4 };
}

impl SadKernels<u8> {
    pub(crate) fn baseline(self) -> Self {
        Self { block: baseline::block, x4: baseline::x4 }
    }
}

impl SadKernels<u16> {
    pub(crate) fn baseline(self) -> Self {
        Self { block: baseline::block, x4: baseline::x4 }
    }
}

#[cfg(target_arch = "x86_64")]
impl SadKernels<u8> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { block: avx2::block_u8, x4: avx2::x4_u8 }
    }

    #[target_feature(enable = "avx2,avx512f,avx512bw")]
    pub(crate) fn avx512(self) -> Self {
        Self { block: avx512::block_u8, x4: avx512::x4_u8 }
    }
}

#[cfg(target_arch = "x86_64")]
impl SadKernels<u16> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { block: avx2::block_u16, x4: avx2::x4_u16 }
    }

    #[target_feature(enable = "avx2,avx512f,avx512bw")]
    pub(crate) fn avx512(self) -> Self {
        Self { block: avx512::block_u16, x4: avx512::x4_u16 }
    }
}
