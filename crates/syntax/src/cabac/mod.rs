//! CABAC (clause 9.3): arithmetic decoding and encoding engines, context variables and binarizations.
//!
//! The engines know nothing of syntax. Reading goes through [`CabacDecoder`] with a [`ContextSet`] beside it;
//! writing goes through the trait [`BinSink`], so that one `write` function serves the bitstream
//! ([`CabacWriter`]) and the rate estimate of mode decision ([`BitEstimator`]) alike.
//!
//! A substream (slice segment, tile or wavefront row) is one engine: entry points cut the data, they do not
//! restart an engine.

pub mod binarization;
pub mod contexts;
mod decode;
mod encode;
mod estimate;
mod init_tables;
mod tables;

pub use contexts::{ContextModel, ContextSet};
pub use decode::{CabacDecoder, CabacState};
pub use encode::{CabacEncoder, CabacWriter};
pub use estimate::{BIT, BitEstimator};

/// Where bins go: a bitstream or an estimate of its length.
///
/// Every sink owns its context variables, so that snapshots for trial decisions are copies of the set.
pub trait BinSink {
    /// One bin with context `ctx` (an index from [`contexts`]), which adapts.
    fn bin(&mut self, ctx: usize, bin: bool);

    /// One bypass bin.
    fn bypass(&mut self, bin: bool);

    /// The `n` lowest bits of `value` as bypass bins, most significant first; `n` is 0..=32, other bits are 0.
    fn bypass_bits(&mut self, value: u32, n: u32);

    /// 9.3.4.3.5: a bin before termination (`end_of_slice_segment_flag`, `end_of_subset_one_bit`, `pcm_flag`).
    fn terminate(&mut self, bin: bool);

    /// 9.3.4.3.6: aligns the engine before bypass bins (`cabac_bypass_alignment_enabled_flag`).
    fn align_bypass(&mut self);

    /// After `pcm_flag` = 1: ends the arithmetic codeword and pads to a byte.
    fn begin_pcm(&mut self);

    /// One PCM sample of `n` bits, 1..=16.
    fn pcm_sample(&mut self, value: u32, n: u32);

    /// After the last PCM sample: starts a new arithmetic codeword.
    fn end_pcm(&mut self);

    /// The context variables and Rice statistics.
    fn contexts(&mut self) -> &mut ContextSet;

    /// Whether residual_coding() is wanted: a sink that prices what is around it knows the price of levels already.
    #[inline]
    fn takes_residual(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
