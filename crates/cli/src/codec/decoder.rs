//! Decoding.

use rivus::{DecoderConfig, Skip};

use crate::image::Image;

/// Most messages about damage kept between two pictures; a stream of noise would give thousands.
const MAX_MESSAGES: usize = 20;

/// What a decoder found wrong so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Damage {
    /// Pictures of which a part was concealed.
    pub(crate) concealed: u64,
    /// Pictures whose hash SEI was checked.
    pub(crate) hashes_checked: u64,
    /// Of these, those that did not match.
    pub(crate) hash_mismatches: u64,
}

/// How to decode.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DecodeSettings {
    /// Threads; 0 is one per core.
    pub(crate) threads: usize,
    /// Check picture hash SEI.
    pub(crate) verify_hash: bool,
    /// Pictures that are not wanted.
    pub(crate) skip: Skip,
}

/// A decoder.
#[derive(Debug)]
pub(crate) struct Decoder {
    inner: rivus::Decoder,
}

impl Decoder {
    /// Opens a decoder.
    pub(crate) fn open(settings: DecodeSettings) -> Result<Self, String> {
        let DecodeSettings { threads, verify_hash, skip } = settings;
        let config = DecoderConfig { threads, verify_hash, skip, ..DecoderConfig::default() };
        let inner = rivus::Decoder::new(config).map_err(|error| error.to_string())?;
        Ok(Self { inner })
    }

    /// Gives bytes of a byte stream, cut anywhere.
    pub(crate) fn send_data(&mut self, data: &[u8]) {
        self.inner.send_data(data, None);
    }

    /// Gives a whole access unit as Annex B bytes, shown at `time`.
    pub(crate) fn send_access_unit(&mut self, data: &[u8], time: i64) {
        self.inner.send_access_unit(data, Some(time));
    }

    /// Says that no more data comes.
    pub(crate) fn flush(&mut self) {
        self.inner.flush();
    }

    /// The next picture in output order with its time, `None` if the decoder wants more input or has finished. An
    /// error concerns a part of the stream that was skipped; the next call goes on behind it.
    pub(crate) fn next_picture(&mut self) -> Result<Option<(Image, Option<i64>)>, String> {
        let picture = self.inner.next_picture().map_err(|error| error.to_string())?;
        Ok(picture.map(|picture| {
            let time = picture.pts();
            (Image::Decoded(picture), time)
        }))
    }

    /// What was found wrong so far.
    pub(crate) fn damage(&self) -> Damage {
        let statistics = self.inner.statistics();
        Damage {
            concealed: statistics.concealed_pictures,
            hashes_checked: statistics.hash_matches + statistics.hash_mismatches,
            hash_mismatches: statistics.hash_mismatches,
        }
    }

    /// Takes messages about damage found since the last call.
    pub(crate) fn take_messages(&mut self) -> Vec<String> {
        let issues = self.inner.take_issues();
        let more = issues.len().saturating_sub(MAX_MESSAGES);
        let mut messages: Vec<String> = issues
            .iter()
            .take(MAX_MESSAGES)
            .map(|issue| match issue.nal_unit_type {
                Some(kind) => format!("NAL unit {} ({kind:?}): {}", issue.nal, issue.reason),
                None => format!("NAL unit {}: {}", issue.nal, issue.reason),
            })
            .collect();
        if more > 0 {
            messages.push(format!("and {more} more"));
        }
        messages
    }
}
