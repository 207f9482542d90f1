//! Luma sample interpolation (8.5.3.3.3.2).

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod baseline;
mod scalar;
#[cfg(any(test, feature = "harness"))]
pub(crate) mod tests;

use rivus_picture::{Block, BlockMut, Sample};

/// Prediction of `dst` from `src`, at fraction `(fx, fy)`: `(dst, src, fx, fy, bit_depth)`.
pub type Put<S> = fn(BlockMut<'_, S>, Block<'_, S>, u8, u8, u8);
/// predSamples from `src`, at fraction `(fx, fy)`: `(dst, src, w, h, fx, fy, bit_depth)`.
pub type Prep<S> = fn(&mut [i16], Block<'_, S>, usize, usize, u8, u8, u8);

/// Mean of earlier predSamples and those from `src`, at fraction `(fx, fy)`: `(dst, first, src, fx, fy,
/// bit_depth)`.
pub type AvgWith<S> = fn(BlockMut<'_, S>, &[i16], Block<'_, S>, u8, u8, u8);

/// Kernels of this family.
///
/// `fx` and `fy` are the fractional position in quarter samples, 0..=3. The block is `w` x `h`, `w` an even
/// number up to 64, `h` up to 64. `src` is `(w + 7)` x `(h + 7)` and starts 3 samples to the left and 3
/// above the position of the vector's integer part.
#[derive(Clone, Copy, Debug)]
pub struct McLumaKernels<S> {
    /// Prediction with default weighting from one reference (8.5.3.3.4.2): rounded and clipped.
    pub put: Put<S>,
    /// predSamples minus [`PRED_BIAS`](crate::PRED_BIAS), in rows of [`MC_STRIDE`](crate::MC_STRIDE), for
    /// the `weighted` family. Exact up to 12 bits; above, values beyond 16 bits saturate.
    pub prep: Prep<S>,
    /// Prediction with default weighting from two references (8.5.3.3.4.2), of which `prep` has prepared the
    /// first.
    pub avg: AvgWith<S>,
}

impl<S: Sample> McLumaKernels<S> {
    pub(crate) const SCALAR: Self = Self { put: scalar::put, prep: scalar::prep, avg: scalar::avg };
}

impl McLumaKernels<u8> {
    pub(crate) fn baseline(self) -> Self {
        Self { put: baseline::put, prep: baseline::prep, avg: baseline::avg }
    }
}

impl McLumaKernels<u16> {
    pub(crate) fn baseline(self) -> Self {
        Self { put: baseline::put, prep: baseline::prep, avg: baseline::avg }
    }
}

#[cfg(target_arch = "x86_64")]
impl McLumaKernels<u8> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { put: avx2::put_u8, prep: avx2::prep_u8, avg: avx2::avg_u8 }
    }

    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
    pub(crate) fn avx512(self) -> Self {
        Self { put: avx512::put_u8, prep: avx512::prep_u8, avg: avx512::avg_u8 }
    }
}

#[cfg(target_arch = "x86_64")]
impl McLumaKernels<u16> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { put: avx2::put_u16, prep: avx2::prep_u16, avg: avx2::avg_u16 }
    }

    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
    pub(crate) fn avx512(self) -> Self {
        Self { put: avx512::put_u16, prep: avx512::prep_u16, avg: avx512::avg_u16 }
    }
}
