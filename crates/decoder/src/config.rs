//! Settings of a decoder.

use crate::error::Error;
use crate::limits::DecoderLimits;
use rivus_kernels::Tier;
use rivus_syntax::nal::NalHeader;
use rivus_syntax::slice_header::SliceType;

/// Which pictures are not decoded, and do not come out. What comes out is the same as without skipping, in the same order
/// and with the same picture order counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// None but those that cannot be decoded.
    #[default]
    Nothing,
    /// Pictures that no other picture can refer to: sub-layer non-reference pictures of the highest temporal sub-layer.
    NonReference,
    /// Pictures with P or B slices.
    NonIntra,
    /// All but IRAP pictures: the points of random access.
    NonKey,
}

impl Skip {
    /// Whether to skip a picture, by its NAL unit header and the type of its first slice; `highest_tid` is HighestTid.
    pub(crate) fn skips(self, nal: NalHeader, highest_tid: u8, slice_type: SliceType) -> bool {
        let kind = nal.nal_unit_type;
        match self {
            Self::Nothing => false,
            Self::NonReference => kind.is_sub_layer_non_reference() && nal.temporal_id >= highest_tid,
            Self::NonIntra => slice_type != SliceType::I,
            Self::NonKey => !kind.is_irap(),
        }
    }

    /// Whether pictures that refer to others are skipped.
    pub(crate) fn leaves_intra_only(self) -> bool {
        self >= Self::NonIntra
    }
}

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
    /// picture of memory and, without `low_delay`, of delay: a picture comes out up to as many access units later than its
    /// place in output order demands, less one. With one thread there is one, and no such delay. Default 0.
    pub frames_in_flight: usize,
    /// Gives each picture as soon as its order allows: when nothing more is to be decoded, the decoder waits for a picture
    /// that is due, and a picture is due as soon as no other can precede it, even if the stream would allow for more
    /// reordering. So a picture of a stream without reordering comes with its own access unit (sent by
    /// [`send_access_unit`](crate::Decoder::send_access_unit)), whatever the number of threads. Threads then share the work
    /// of a picture that comes at once, and that of pictures that wait for their turn.
    ///
    /// The order is the same. A picture may be out before the stream says that it is not to be shown: by
    /// `no_output_of_prior_pics_flag`, or by a CRA picture after an end of sequence (C.5.2.2). Default false.
    pub low_delay: bool,
    /// Gives also the pictures between the place where decoding began, if that is a picture with a recovery point SEI message
    /// (D.3.8) instead of a random access point, and the recovery point: parts of them may be wrong, and
    /// [`PictureInfo::recovering`](crate::PictureInfo) marks them. Default false.
    pub output_recovering: bool,
    /// Pictures that are not decoded. Default none.
    pub skip: Skip,
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
            low_delay: false,
            output_recovering: false,
            skip: Skip::Nothing,
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
