//! Intra sample prediction (8.4.4.2.3 to 8.4.4.2.6).

pub(crate) mod angles;
#[cfg(target_arch = "x86_64")]
mod avx2;
mod baseline;
mod scalar;
#[cfg(any(test, feature = "harness"))]
pub(crate) mod tests;

use rivus_picture::{BlockMut, Sample};

/// INTRA_PLANAR: `(dst, top, left)`.
pub type Planar<S> = fn(BlockMut<'_, S>, &[S], &[S]);
/// INTRA_DC: `(dst, top, left, edge_filter)`.
pub type Dc<S> = fn(BlockMut<'_, S>, &[S], &[S], bool);
/// INTRA_ANGULAR2..34: `(dst, top, left, mode, edge_filter, bit_depth)`.
pub type Angular<S> = fn(BlockMut<'_, S>, &[S], &[S], u8, bool, u8);
/// Filter of neighbouring samples: `(top, left, out_top, out_left)`.
pub type FilterReference<S> = fn(&[S], &[S], &mut [S], &mut [S]);

/// Kernels of this family.
///
/// `dst` is N x N, N = 4, 8, 16 or 32. Neighbouring samples are two lines of 2N + 1 that start at the
/// corner: `top[0]` = `left[0]` = p\[-1\]\[-1\], `top[1 + x]` = p\[x\]\[-1\], `left[1 + y]` = p\[-1\]\[y\].
/// Longer slices are fine for prediction; the filters take exactly 2N + 1.
#[derive(Clone, Copy, Debug)]
pub struct IntraKernels<S> {
    /// 8.4.4.2.4.
    pub planar: Planar<S>,
    /// 8.4.4.2.5; `edge_filter` smooths the first row and column (luma below 32x32).
    pub dc: Dc<S>,
    /// 8.4.4.2.6 for mode 2..=34; `edge_filter` smooths the first column of mode 26 and row of mode 10 (luma
    /// below 32x32, unless disableIntraBoundaryFilter).
    pub angular: Angular<S>,
    /// 8.4.4.2.3 with biIntFlag 0: filter \[1 2 1\].
    pub smooth: FilterReference<S>,
    /// 8.4.4.2.3 with biIntFlag 1: linear between the ends of a 32x32 block's 65 samples.
    pub strong: FilterReference<S>,
}

impl<S: Sample> IntraKernels<S> {
    pub(crate) const SCALAR: Self = Self {
        planar: scalar::planar,
        dc: scalar::dc,
        angular: scalar::angular,
        smooth: scalar::smooth,
        strong: scalar::strong,
    };
}

impl IntraKernels<u8> {
    pub(crate) fn baseline(self) -> Self {
        Self {
            planar: baseline::planar,
            dc: baseline::dc,
            angular: baseline::angular,
            smooth: baseline::smooth,
            ..self
        }
    }
}

impl IntraKernels<u16> {
    pub(crate) fn baseline(self) -> Self {
        Self {
            planar: baseline::planar,
            dc: baseline::dc,
            angular: baseline::angular,
            smooth: baseline::smooth,
            ..self
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl IntraKernels<u8> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self {
            planar: avx2::planar_u8,
            dc: avx2::dc,
            angular: avx2::angular_u8,
            smooth: avx2::smooth,
            strong: avx2::strong,
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl IntraKernels<u16> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self {
            planar: avx2::planar_u16,
            dc: avx2::dc,
            angular: avx2::angular_u16,
            smooth: avx2::smooth,
            strong: avx2::strong,
        }
    }
}
