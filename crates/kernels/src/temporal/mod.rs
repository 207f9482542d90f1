//! Temporal filter: a block blended with its motion-compensated neighbours in time.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod baseline;
mod scalar;
#[cfg(any(test, feature = "harness"))]
pub(crate) mod tests;

use rivus_picture::{Block, BlockMut, Sample};

/// Weight of the block itself.
pub const OWN_WEIGHT: i16 = 2048;

/// Most neighbours of one call.
pub const MAX_NEIGHBOURS: usize = 8;

/// Largest weight of a neighbour: the sum of all weights fits 16 bit.
pub const MAX_WEIGHT: i16 = (i16::MAX - OWN_WEIGHT) / MAX_NEIGHBOURS as i16;

/// A prediction of the block from another picture.
#[derive(Clone, Copy, Debug)]
pub struct Neighbour<'a, S> {
    /// The prediction, as large as the block.
    pub block: Block<'a, S>,
    /// Weight of samples equal to those of the block, in 1/[`OWN_WEIGHT`], 0..=[`MAX_WEIGHT`].
    pub weight: i16,
    /// How fast the weight falls with the difference, 1..=32767: 2^15 over the difference at which it is 0.
    pub scale: i16,
}

impl<S> Neighbour<'_, S> {
    /// Largest difference that `scale` can be multiplied with in 16 bit.
    #[inline]
    fn limit(&self) -> i16 {
        i16::MAX / self.scale
    }
}

/// Blends a block with predictions of it: `(dst, src, neighbours)`.
pub type Blend<S> = fn(BlockMut<'_, S>, Block<'_, S>, &[Neighbour<'_, S>]);

/// Kernels of this family.
#[derive(Clone, Copy, Debug)]
pub struct TemporalKernels<S> {
    /// Bilateral mean over time. A neighbour's sample that differs by `d` has the weight
    /// `weight * (1 - u^2)^8` with `u = min(1, |d| * scale / 2^15)`, which follows `exp(-8 * u^2)`; all in
    /// 16 bit, rounded. The mean is rounded to the nearest, ties to even. The width is 8, the height even and at
    /// most 64; samples have at most 15 bits; there are at most [`MAX_NEIGHBOURS`] neighbours.
    pub blend: Blend<S>,
}

impl<S: Sample> TemporalKernels<S> {
    pub(crate) const SCALAR: Self = Self { blend: scalar::blend };
}

impl TemporalKernels<u8> {
    pub(crate) fn baseline(self) -> Self {
        Self { blend: baseline::blend }
    }
}

impl TemporalKernels<u16> {
    pub(crate) fn baseline(self) -> Self {
        Self { blend: baseline::blend }
    }
}

#[cfg(target_arch = "x86_64")]
impl TemporalKernels<u8> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { blend: avx2::blend_u8 }
    }
}

#[cfg(target_arch = "x86_64")]
impl TemporalKernels<u16> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { blend: avx2::blend_u16 }
    }
}
