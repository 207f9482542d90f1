//! Settings of a decoder.

use crate::error::Error;
use crate::limits::DecoderLimits;
use rivus_kernels::Tier;

/// Settings of a decoder, with defaults that decode everything on all cores.
///
/// ```
/// use rivus_decoder::{Decoder, DecoderConfig};
/// let decoder = Decoder::new(DecoderConfig { threads: 1, verify_hash: true, ..DecoderConfig::default() });
/// assert!(decoder.is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecoderConfig {
    /// Worker threads, 0..=256: 0 is one per core; 1 decodes on the calling thread. Default 0.
    pub threads: usize,
    /// Pictures decoded at the same time, 0..=64: 0 chooses by the number of threads. Each one more is one more
    /// picture of memory and of delay. Default 0.
    pub frames_in_flight: usize,
    /// HighestTid: temporal sub-layers above this are dropped, 0..=6. Default 6.
    pub max_temporal_id: u8,
    /// Compares pictures with their decoded picture hash SEI messages. Default false.
    pub verify_hash: bool,
    /// The kernels to use; none takes the best of this machine. Default none.
    pub tier: Option<Tier>,
    /// What a stream may ask for.
    pub limits: DecoderLimits,
}

impl Default for DecoderConfig {
    fn default() -> Self {
        Self {
            threads: 0,
            frames_in_flight: 0,
            max_temporal_id: 6,
            verify_hash: false,
            tier: None,
            limits: DecoderLimits::default(),
        }
    }
}

impl DecoderConfig {
    /// Checks every field against its range.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        in_range("threads", self.threads as u64, 0, 256)?;
        in_range("frames_in_flight", self.frames_in_flight as u64, 0, 64)?;
        in_range("max_temporal_id", self.max_temporal_id.into(), 0, 6)?;
        in_range("limits.max_dpb_pictures", self.limits.max_dpb_pictures.into(), 1, 16)
    }

    /// Worker threads to start; 1 is none.
    pub(crate) fn effective_threads(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, |n| n.get().min(256)),
            n => n,
        }
    }

    /// Pictures in decoding at the same time.
    pub(crate) fn effective_frames_in_flight(&self) -> usize {
        match (self.frames_in_flight, self.effective_threads()) {
            (_, 1) => 1,
            (0, threads) => (threads + 1).min(16),
            (n, _) => n,
        }
    }
}

fn in_range(field: &'static str, value: u64, min: u64, max: u64) -> Result<(), Error> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(Error::Config { field, value, min, max }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_field_value_and_range() {
        let config = DecoderConfig { max_temporal_id: 7, ..DecoderConfig::default() };
        let error = config.validate().unwrap_err();
        assert_eq!(error.to_string(), "max_temporal_id is 7, outside 0..=6");
        assert!(DecoderConfig::default().validate().is_ok());
    }

    #[test]
    fn one_thread_decodes_one_picture_at_a_time() {
        let config = DecoderConfig { threads: 1, frames_in_flight: 8, ..DecoderConfig::default() };
        assert_eq!(config.effective_frames_in_flight(), 1);
    }
}
