//! From coefficient levels to residual samples, and their addition to the prediction (8.6.2 to 8.6.8).
//!
//! [`block_residual`] does one transform block. Up to 14 bits and without extended precision, coefficients and residual
//! fit 16 bits and go through the SIMD kernels; the rest of the range takes a plain 32-bit path ([`block_residual_wide`])
//! with the same steps.

pub mod add;
pub mod cross_component;
pub mod dequant;
pub mod inverse;
pub mod transform_skip;

use rivus_coding::ctu::record::Coeff;
use rivus_kernels::Kernels;
use rivus_picture::Sample;

use dequant::Scaling;
use transform_skip::Direction;

/// Samples of the largest transform block.
pub const MAX_SAMPLES: usize = 32 * 32;

/// How the levels of a block become its residual (8.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `cu_transquant_bypass_flag`: the levels are the residual (8.6.2, lossless).
    Bypass,
    /// `transform_skip_flag`: scaled, not transformed (8.6.4.2).
    TransformSkip,
    /// Inverse DCT.
    Dct,
    /// Inverse DST-VII: intra luma 4x4.
    Dst,
}

/// What determines the residual of one transform block besides its levels.
#[derive(Clone, Copy, Debug)]
pub struct ResidualParams<'a> {
    /// Log2 of the block size, 2..=5.
    pub log2_size: u8,
    /// Bit depth of the component.
    pub bit_depth: u8,
    /// qP: Qp'Y, Qp'Cb or Qp'Cr, with QpBdOffset; not negative.
    pub qp: u8,
    /// Scaling factors m in raster order if `scaling_list_enabled_flag`; [`Scaling`] knows when they are ignored.
    pub factors: Option<&'a [u8]>,
    /// Lossless, transform skip, or the transform.
    pub method: Method,
    /// Rotation by half a turn (`transform_skip_rotation_enabled_flag`, 4x4 intra, bypass or transform skip).
    pub rotate: bool,
    /// Residual DPCM, implicit or explicit (bypass or transform skip).
    pub rdpcm: Option<Direction>,
    /// `extended_precision_processing_flag`.
    pub extended_precision: bool,
    /// Leading columns and rows that hold all coefficients, 1..=size.
    pub nz_cols: u8,
    /// See `nz_cols`.
    pub nz_rows: u8,
}

impl ResidualParams<'_> {
    /// Whether the residual needs more than 16 bits: then it is [`block_residual_wide`] that computes it.
    #[inline]
    pub fn needs_wide(&self) -> bool {
        needs_wide(self.bit_depth, self.extended_precision)
    }
}

/// Whether residuals of a component need more than 16 bits, or their coefficients do.
#[inline]
pub fn needs_wide(bit_depth: u8, extended_precision: bool) -> bool {
    extended_precision || bit_depth > 14
}

/// Buffers of one worker. The coefficient buffers are all zero between calls.
#[derive(Clone, Debug)]
pub struct ResidualScratch {
    coeffs: Box<[i16; MAX_SAMPLES]>,
    wide: Box<[i32; MAX_SAMPLES]>,
}

impl Default for ResidualScratch {
    fn default() -> Self {
        Self { coeffs: Box::new([0; MAX_SAMPLES]), wide: Box::new([0; MAX_SAMPLES]) }
    }
}

/// 8.6.2: the residual of a block with the levels `coeffs`, dense raster into `out`, for components that do not need the
/// wide path. Positions of `coeffs` lie inside the block.
pub fn block_residual<S: Sample>(
    params: &ResidualParams<'_>,
    coeffs: &[Coeff],
    kernels: &Kernels<S>,
    scratch: &mut ResidualScratch,
    out: &mut [i16],
) {
    let samples = 1 << (2 * params.log2_size);
    let out = &mut out[..samples];
    if coeffs.is_empty() {
        out.fill(0);
        return;
    }
    let transform = match params.method {
        Method::Dct => kernels.idct.dct[usize::from(params.log2_size) - 2],
        Method::Dst => kernels.idct.dst4,
        Method::Bypass | Method::TransformSkip => {
            let wide = &mut scratch.wide[..samples];
            untransformed(params, coeffs, wide);
            for (to, from) in out.iter_mut().zip(wide) {
                // Beyond 16 bits the reconstructed sample saturates anyway.
                *to = std::mem::take(from).clamp(i16::MIN.into(), i16::MAX.into()) as i16;
            }
            return;
        }
    };
    let scaling = Scaling::new(params);
    for c in coeffs {
        scratch.coeffs[usize::from(c.pos)] = scaling.scale(*c) as i16;
    }
    let (cols, rows) = (usize::from(params.nz_cols), usize::from(params.nz_rows));
    transform(&scratch.coeffs[..samples], cols, rows, out, params.bit_depth);
    for c in coeffs {
        scratch.coeffs[usize::from(c.pos)] = 0;
    }
}

/// As [`block_residual`], in 32 bits throughout, for any bit depth and `extended_precision_processing_flag`.
pub fn block_residual_wide(params: &ResidualParams<'_>, coeffs: &[Coeff], out: &mut [i32]) {
    let out = &mut out[..1 << (2 * params.log2_size)];
    out.fill(0);
    match params.method {
        Method::Bypass | Method::TransformSkip => untransformed(params, coeffs, out),
        Method::Dct | Method::Dst => {
            let scaling = Scaling::new(params);
            for c in coeffs {
                out[usize::from(c.pos)] = scaling.scale(*c);
            }
            inverse::transform_wide(params, out);
        }
    }
}

/// The residual of a block that is not transformed, into `out`, which is zero.
fn untransformed(params: &ResidualParams<'_>, coeffs: &[Coeff], out: &mut [i32]) {
    let last = out.len() - 1;
    let place = |pos: u16| if params.rotate { last - usize::from(pos) } else { usize::from(pos) };
    if params.method == Method::Bypass {
        for c in coeffs {
            out[place(c.pos)] = c.level;
        }
    } else {
        let scaling = Scaling::new(params);
        for c in coeffs {
            out[place(c.pos)] = transform_skip::residual(params, scaling.scale(*c));
        }
    }
    if let Some(direction) = params.rdpcm {
        transform_skip::accumulate(out, params.log2_size, direction);
    }
}

/// log2TransformRange of 8.6.4.2 and CoeffMinY: 15, or more with extended precision.
#[inline]
pub(crate) fn log2_transform_range(bit_depth: u8, extended_precision: bool) -> u8 {
    if extended_precision { 15.max(bit_depth + 6) } else { 15 }
}

/// bdShift of 8.6.2.
#[inline]
pub(crate) fn bd_shift(bit_depth: u8, extended_precision: bool) -> u8 {
    if extended_precision { 20u8.saturating_sub(bit_depth).max(11) } else { 20 - bit_depth }
}

#[cfg(test)]
mod tests;
