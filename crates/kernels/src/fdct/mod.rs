//! Forward transforms: the encoder's counterpart of 8.6.4.2, with the scaling that makes the inverse give the
//! residual back.
//!
//! Rows first, then columns; each stage rounds. With `log2` the logarithm of the size, the first stage shifts
//! by `log2 + bit_depth - 9`, the second by `log2 + 6`, which leaves the orthonormal transform times
//! `2^(15 - bit_depth - log2)`: 16 bit at every size and depth.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod baseline;
mod scalar;
#[cfg(any(test, feature = "harness"))]
pub(crate) mod tests;

/// Transforms the N x N residual in the first list into coefficients in the second, both dense raster of at
/// least N * N elements; the last argument is the bit depth. The residual lies in
/// `-(1 << bit_depth) < r < 1 << bit_depth`.
pub type Forward = fn(&[i16], &mut [i16], u8);

/// Kernels of this family.
#[derive(Clone, Copy, Debug)]
pub struct FdctKernels {
    /// DCT of 4x4, 8x8, 16x16 and 32x32, indexed by log2 - 2.
    pub dct: [Forward; 4],
    /// DST-VII of 4x4 intra luma blocks.
    pub dst4: Forward,
}

impl FdctKernels {
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

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { dct: [avx2::dct4, avx2::dct8, avx2::dct16, avx2::dct32], dst4: avx2::dst4 }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
    pub(crate) fn avx512(self) -> Self {
        let [dct4, dct8, ..] = self.dct;
        Self { dct: [dct4, dct8, avx512::dct16, avx512::dct32], ..self }
    }
}
