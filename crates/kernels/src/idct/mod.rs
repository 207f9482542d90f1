//! Inverse transforms (8.6.4.2) with the final scaling of 8.6.2.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod baseline;
mod scalar;
#[cfg(any(test, feature = "harness"))]
pub(crate) mod tests;

/// Residual from coefficients: `(coeffs, nz_cols, nz_rows, out, bit_depth)`.
pub type Inverse = fn(&[i16], usize, usize, &mut [i16], u8);

/// Kernels of this family.
///
/// `coeffs` and `out` are N x N, row by row. Coefficients outside the top-left `nz_cols` x `nz_rows`
/// rectangle are zero; both are 1..=N. The first stage is clipped to 16 bits as the standard says. The
/// result is clipped to 16 bits as well, which streams of up to 15 bits cannot observe after the addition to
/// the prediction.
#[derive(Clone, Copy, Debug)]
pub struct IdctKernels {
    /// DCT of size 4, 8, 16, 32, indexed by log2 of the size minus 2.
    pub dct: [Inverse; 4],
    /// DST of size 4, for intra luma.
    pub dst4: Inverse,
}

impl IdctKernels {
    pub(crate) const SCALAR: Self = Self {
        dct: [scalar::dct::<4>, scalar::dct::<8>, scalar::dct::<16>, scalar::dct::<32>],
        dst4: scalar::dst4,
    };

    pub(crate) fn baseline(self) -> Self {
        Self {
            dct: [baseline::dct::<4>, baseline::dct::<8>, baseline::dct::<16>, baseline::dct::<32>],
            dst4: baseline::dst4,
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl IdctKernels {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { dct: [avx2::dct4, avx2::dct::<8>, avx2::dct::<16>, avx2::dct::<32>], dst4: avx2::dst4 }
    }
}
