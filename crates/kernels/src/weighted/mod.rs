//! Weighted sample prediction (8.5.3.3.4): from predSamples to samples.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod baseline;
mod scalar;
#[cfg(any(test, feature = "harness"))]
pub(crate) mod tests;

use rivus_picture::{Block, BlockMut, Sample};

/// One prediction, default weights: `(dst, a, bit_depth)`.
pub type PutPred<S> = fn(BlockMut<'_, S>, &[i16], u8);
/// Two predictions, default weights: `(dst, a, b, bit_depth)`.
pub type Average<S> = fn(BlockMut<'_, S>, &[i16], &[i16], u8);
/// Two predictions at full-sample positions, default weights: `(dst, a, b)`.
pub type Mean<S> = fn(BlockMut<'_, S>, Block<'_, S>, Block<'_, S>);
/// One prediction, explicit weight: `(dst, a, weight, offset, log2_wd, bit_depth)`.
pub type WeightedUni<S> = fn(BlockMut<'_, S>, &[i16], i32, i32, u8, u8);
/// Two predictions, explicit weights: `(dst, a, b, w0, w1, o0, o1, log2_wd, bit_depth)`.
pub type WeightedBi<S> = fn(BlockMut<'_, S>, &[i16], &[i16], i32, i32, i32, i32, u8, u8);

/// Kernels of this family.
///
/// Sources are what `prep` of `mc_luma` and `mc_chroma` stores: predSamples minus
/// [`PRED_BIAS`](crate::PRED_BIAS) in rows of [`MC_STRIDE`](crate::MC_STRIDE). `dst` is up to 64 x 64, its
/// width even.
///
/// Weights lie in -128..=255. Offsets are scaled to the bit depth already (`<< (BitDepth - 8)` unless
/// `high_precision_offsets_enabled_flag`). `log2_wd` is log2WD: `luma_log2_weight_denom` (or chroma's) +
/// shift1, where shift1 is 14 - BitDepth, at least 2.
#[derive(Clone, Copy, Debug)]
pub struct WeightedKernels<S> {
    /// 8.5.3.3.4.2, one reference.
    pub put: PutPred<S>,
    /// 8.5.3.3.4.2, two references.
    pub avg: Average<S>,
    /// 8.5.3.3.4.2, two references at full-sample positions: the rounded mean of their samples. Blocks are as
    /// large as `dst`.
    pub mean: Mean<S>,
    /// 8.5.3.3.4.3, one reference.
    pub uni: WeightedUni<S>,
    /// 8.5.3.3.4.3, two references.
    pub bi: WeightedBi<S>,
}

impl<S: Sample> WeightedKernels<S> {
    pub(crate) const SCALAR: Self =
        Self { put: scalar::put, avg: scalar::avg, mean: scalar::mean, uni: scalar::uni, bi: scalar::bi };
}

impl WeightedKernels<u8> {
    pub(crate) fn baseline(self) -> Self {
        Self {
            put: baseline::put,
            avg: baseline::avg,
            mean: baseline::mean,
            uni: baseline::uni,
            bi: baseline::bi,
        }
    }
}

impl WeightedKernels<u16> {
    pub(crate) fn baseline(self) -> Self {
        Self {
            put: baseline::put,
            avg: baseline::avg,
            mean: baseline::mean,
            uni: baseline::uni,
            bi: baseline::bi,
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl WeightedKernels<u8> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { put: avx2::put_u8, avg: avx2::avg_u8, mean: avx2::mean_u8, uni: avx2::uni_u8, bi: avx2::bi_u8 }
    }
}

#[cfg(target_arch = "x86_64")]
impl WeightedKernels<u16> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self {
            put: avx2::put_u16,
            avg: avx2::avg_u16,
            mean: avx2::mean_u16,
            uni: avx2::uni_u16,
            bi: avx2::bi_u16,
        }
    }
}
