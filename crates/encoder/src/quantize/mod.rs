//! Quantisation: transform coefficients to levels, plainly or by rate and distortion, and sign hiding.

mod groups;
mod levels_price;
pub mod plain;
mod prices;
pub mod rdoq;
pub mod sign_hiding;
mod significance;
#[cfg(test)]
mod tests;

pub use levels_price::levels_bits;
pub use significance::Significance;

use groups::Groups;
use prices::LastPrices;
use rivus_coding::slice_data::residual_coding::ResidualBlock;
use rivus_syntax::cabac::ContextSet;
use significance::SigPrices;
use std::cell::OnceCell;

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

/// What to quantise and at what price.
pub struct LevelBlock<'a> {
    coeffs: &'a [i16],
    log2_size: u8,
    c_idx: u8,
    scan_idx: u8,
    quantizer: Quantizer,
    /// Squared sample error per 1/32768 bit.
    lambda: f32,
    contexts: &'a ContextSet,
    cbf_bits: [u32; 2],
    groups: Groups,
    sig_prices: SigPrices,
    last_prices: OnceCell<LastPrices>,
}

impl<'a> LevelBlock<'a> {
    /// The transform coefficients `coeffs` of `block`, raster order; `contexts`, in the states they have, price the bits, and
    /// `cbf_bits` are the price of the coded block flag being 0 and 1, in 1/32768 bit. `lambda`: squared sample error per
    /// 1/32768 bit.
    pub fn new(
        block: &ResidualBlock,
        coeffs: &'a [i16],
        quantizer: Quantizer,
        lambda: f32,
        contexts: &'a ContextSet,
        cbf_bits: [u32; 2],
    ) -> Self {
        let &ResidualBlock { log2_size, scan_idx, c_idx, .. } = block;
        let groups = Groups::new(log2_size, scan_idx);
        let sig_prices = SigPrices::new(block, contexts);
        Self {
            coeffs,
            log2_size,
            c_idx,
            scan_idx,
            quantizer,
            lambda,
            contexts,
            cbf_bits,
            groups,
            sig_prices,
            last_prices: OnceCell::new(),
        }
    }

    /// Prices of last positions whose coordinates do not exceed `highest`, which later calls must not exceed: levels are only
    /// taken away.
    #[inline]
    fn last_prices(&self, highest: usize) -> &LastPrices {
        self.last_prices.get_or_init(|| LastPrices::new(self, highest))
    }

    /// What coding the coefficient of `magnitude` as `level` adds to the squared error of coding it as zero (negative: gain).
    #[inline]
    fn error_change(&self, magnitude: i32, level: u32) -> f32 {
        let value = self.quantizer.dequant(level as i32);
        // (m - v)^2 - m^2
        (value as f32) * ((value - 2 * magnitude) as f32) * self.quantizer.error_scale
    }
}
