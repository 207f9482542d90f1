//! The rate of bins in fractional bits, from the same context adaptation as the real engine.

use super::BinSink;
use super::contexts::ContextSet;
use super::tables::Step;

/// One bit in the units of the estimate.
pub const BIT: u32 = 1 << 15;

/// log2(n) for n in 1..512 in 1/2^24, by repeated squaring (the first entry is unused).
const LOG2: [u32; 512] = {
    let mut table = [0; 512];
    let mut n = 1u64;
    while n < 512 {
        let exponent = 63 - n.leading_zeros();
        // Mantissa in [1, 2) with 31 fraction bits.
        let mut mantissa = n << (31 - exponent);
        let mut result = exponent;
        let mut i = 0;
        while i < 24 {
            mantissa = (mantissa * mantissa) >> 31;
            let bit = mantissa >> 32;
            mantissa >>= bit;
            result = result << 1 | bit as u32;
            i += 1;
        }
        table[n as usize] = result;
        n += 1;
    }
    table
};

/// Mean cost of coding a bin that leaves `kept` of the range, over the ranges that occur: their density is about
/// proportional to 1/range, as for the mantissa of any product of many factors.
const fn mean_cost(state: usize, is_lps: bool) -> u32 {
    let (mut sum, mut weights) = (0u64, 0u64);
    let mut range = 256usize;
    while range <= 510 {
        let lps = Step::of(range as u32, (state << 1) as u8).lps_range as usize;
        let kept = if is_lps { lps } else { range - lps };
        let weight = (1u64 << 20) / range as u64;
        sum += weight * (LOG2[range] - LOG2[kept]) as u64;
        weights += weight;
        range += 1;
    }
    ((sum / weights + (1 << 8)) >> 9) as u32
}

/// Cost of a bin in 1/32768 bit by `model ^ bin`, where bit 0 then tells the LPS.
pub(super) const COST: &[u32; 128] = &{
    let mut table = [0; 128];
    let mut i = 0;
    while i < 128 {
        table[i] = mean_cost(i >> 1, i & 1 == 1);
        i += 1;
    }
    table
};

/// Cost of a terminating bin: log2(range / (range - 2)) for the mean range, and 8 bits less a fraction.
const TERMINATE_COST: [u32; 2] = [247, 8 * BIT - BIT / 2];

/// The sink that counts: context adaptation as in the bitstream, lengths in fractional bits.
#[derive(Clone, Copy, Debug)]
pub struct BitEstimator {
    contexts: ContextSet,
    frac_bits: u64,
    takes_residual: bool,
}

impl BitEstimator {
    /// An estimator at zero bits, starting from `contexts`.
    pub fn new(contexts: ContextSet) -> Self {
        Self { contexts, frac_bits: 0, takes_residual: true }
    }

    /// As [`new`](Self::new), but transform blocks add nothing and leave the contexts alone.
    pub fn without_residual(contexts: ContextSet) -> Self {
        Self { takes_residual: false, ..Self::new(contexts) }
    }

    /// The estimate so far in 1/32768 bit.
    #[inline]
    pub fn frac_bits(&self) -> u64 {
        self.frac_bits
    }

    /// Sets the count back to zero and leaves the contexts as they are.
    #[inline]
    pub fn reset_bits(&mut self) {
        self.frac_bits = 0;
    }
}

impl BinSink for BitEstimator {
    #[inline]
    fn bin(&mut self, ctx: usize, bin: bool) {
        let model = &mut self.contexts.models[ctx];
        // The range does not matter to the states.
        let step = Step::of(256, model.0);
        let is_lps = model.0 & 1 != u8::from(bin);
        self.frac_bits += u64::from(COST[usize::from((model.0 ^ u8::from(bin)) & 127)]);
        model.0 = if is_lps { step.next_lps } else { step.next_mps };
    }

    #[inline]
    fn bypass(&mut self, _bin: bool) {
        self.frac_bits += u64::from(BIT);
    }

    #[inline]
    fn bypass_bits(&mut self, _value: u32, n: u32) {
        self.frac_bits += u64::from(n) * u64::from(BIT);
    }

    fn terminate(&mut self, bin: bool) {
        self.frac_bits += u64::from(TERMINATE_COST[usize::from(bin)]);
    }

    fn align_bypass(&mut self) {
        // The mean of log2(range / 256).
        self.frac_bits += u64::from(BIT / 2);
    }

    fn begin_pcm(&mut self) {
        // The alignment's mean.
        self.frac_bits += 4 * u64::from(BIT);
    }

    fn pcm_sample(&mut self, _value: u32, n: u32) {
        self.frac_bits += u64::from(n) * u64::from(BIT);
    }

    fn end_pcm(&mut self) {}

    #[inline]
    fn contexts(&mut self) -> &mut ContextSet {
        &mut self.contexts
    }

    #[inline]
    fn takes_residual(&self) -> bool {
        self.takes_residual
    }
}
