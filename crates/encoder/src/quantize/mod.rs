//! Quantisation: transform coefficients to levels, plainly or by rate and distortion, and sign hiding.

pub mod plain;
pub mod rdoq;
pub mod scan;
pub mod sign_hiding;

/// levelScale of the forward direction: 2^14 * 2^(6 - r/6) / 40.. for QP remainders 0..=5 (HM's quantScales).
pub const QUANT_SCALE: [i32; 6] = [26214, 23302, 20560, 18396, 16384, 14564];
/// levelScale (8.6.3).
pub const LEVEL_SCALE: [i32; 6] = [40, 45, 51, 57, 64, 72];

/// The numbers of one transform block's quantiser with flat scaling.
#[derive(Clone, Copy, Debug)]
pub struct Quantizer {
    /// Forward multiplier.
    pub scale: i32,
    /// Forward shift: qbits.
    pub shift: u8,
    /// Inverse multiplier: 16 * levelScale << (qP / 6).
    pub dequant_scale: i32,
    /// Inverse shift: bdShift of 8.6.3.
    pub dequant_shift: u8,
    /// Squared error in coefficients to squared error in samples: 2^(-2 * (15 - bitDepth - log2Size)).
    pub error_scale: f32,
}

impl Quantizer {
    /// For `qp` (with QpBdOffset, qP of 8.6.2), a block of `1 << log2_size` samples and the sample bit depth.
    pub fn new(qp: i32, log2_size: u8, bit_depth: u8) -> Self {
        let transform_shift = 15 - i32::from(bit_depth) - i32::from(log2_size);
        let (period, rest) = (qp / 6, (qp % 6) as usize);
        Self {
            scale: QUANT_SCALE[rest],
            shift: (14 + period + transform_shift) as u8,
            dequant_scale: (16 * LEVEL_SCALE[rest]) << period,
            dequant_shift: bit_depth + log2_size - 5,
            error_scale: (-2.0 * transform_shift as f32).exp2(),
        }
    }

    /// The coefficient that `level` (not negative) stands for.
    #[inline]
    pub fn dequant(&self, level: i32) -> i32 {
        let value = i64::from(level) * i64::from(self.dequant_scale);
        (((value + (1 << (self.dequant_shift - 1))) >> self.dequant_shift) as i32).min(32767)
    }
}
