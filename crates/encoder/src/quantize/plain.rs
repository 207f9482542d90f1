//! The plain quantiser: one dead zone for the whole block.

use super::Quantizer;
use rivus_kernels::Kernels;
use rivus_picture::Sample;

/// Rounding of intra slices in units of 1/512 of a step: one third.
pub const ROUND_INTRA: i32 = 171;
/// Rounding of P and B slices: one sixth.
pub const ROUND_INTER: i32 = 85;

/// Quantises `coeffs` into `levels`; `round` in 1/512 of a step. Returns the number of non-zero levels.
pub fn quantize<S: Sample>(
    kernels: &Kernels<S>,
    quantizer: &Quantizer,
    round: i32,
    coeffs: &[i16],
    levels: &mut [i16],
) -> u32 {
    let add = round << (quantizer.shift - 9);
    (kernels.quant.plain)(coeffs, levels, quantizer.scale, add, quantizer.shift)
}
