//! Scaling of coefficients to levels and back.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod baseline;
mod scalar;
#[cfg(any(test, feature = "harness"))]
pub(crate) mod tests;

/// Quantises `coeffs` into `levels` of the same length with `scale`, `add`, `shift`; counts non-zero levels.
pub type Quant = fn(&[i16], &mut [i16], i32, i32, u8) -> u32;
/// Scales `levels` into `coeffs` of the same length with `scale`, `add`, `shift`.
pub type Dequant = fn(&[i16], &mut [i16], i32, i32, u8);

/// Kernels of this family. Lengths are multiples of 16.
#[derive(Clone, Copy, Debug)]
pub struct QuantKernels {
    /// `plain(coeffs, levels, scale, add, shift)`: each level is `(|c| * scale + add) >> shift` with the sign
    /// of `c`, clipped to 16 bit. `scale > 0`, `0 <= add < 1 << shift`, `shift <= 40`. Returns the number of
    /// non-zero levels.
    pub plain: Quant,
    /// 8.6.4.2: scaling with a flat list. `dequant(levels, coeffs, scale, add, shift)`: each coefficient is
    /// `(level * scale + add) >> shift`, clipped to 16 bit, where `scale` is `m * levelScale[qP % 6] << (qP /
    /// 6)`, `shift` is bdShift (at most 31) and `add` is `1 << (shift - 1)`. `scale > 0`.
    pub dequant: Dequant,
}

impl QuantKernels {
    pub(crate) const SCALAR: Self = Self { plain: scalar::plain, dequant: scalar::dequant };

    pub(crate) fn baseline(self) -> Self {
        Self { plain: baseline::plain, dequant: baseline::dequant }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { plain: avx2::plain, dequant: avx2::dequant }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,avx512f,avx512bw")]
    pub(crate) fn avx512(self) -> Self {
        Self { plain: avx512::plain, dequant: avx512::dequant }
    }
}
