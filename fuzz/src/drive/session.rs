//! One decoder, bounded, and everything it says.

use rivus::{Decoder, DecoderConfig, Error, Picture, Reason, Statistics};
use rivus_syntax::nal::{NalHeader, NalUnits};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Largest picture, in luma samples; the vectors stay below, and a run within some ten MiB.
pub(super) const MAX_LUMA_SAMPLES: u64 = 1 << 18;

/// Slice segments that are decoded. A segment of a few bytes can cost a whole picture of concealment, so this, not the
/// size of the input, bounds the time of a run.
const MAX_SLICES: usize = 64;

/// The beginning of a byte stream with no more slice segments than a run may take.
pub(super) fn bounded(data: &[u8]) -> &[u8] {
    let is_slice =
        |nal: &[u8]| NalHeader::parse(nal).is_ok_and(|(header, _)| header.nal_unit_type.is_slice());
    let end = NalUnits::new(data).filter(|range| is_slice(&data[range.clone()])).nth(MAX_SLICES);
    &data[..end.map_or(data.len(), |range| range.start)]
}

/// Settings with the limits of a run.
pub(super) fn config(threads: usize) -> DecoderConfig {
    let mut config = DecoderConfig { threads, verify_hash: true, ..DecoderConfig::default() };
    config.limits.max_luma_samples = MAX_LUMA_SAMPLES;
    config.limits.max_nal_size = 1 << 20;
    config.limits.max_slice_segments = 256;
    // None is dropped, so that two runs can be compared.
    config.limits.max_issues = usize::MAX;
    config
}

/// What came out of a decoder.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Output {
    /// Hash of each picture: samples, format, window, time and information.
    pub(super) pictures: Vec<u64>,
    /// Errors in the order they came.
    pub(super) errors: Vec<String>,
    /// Reports about damage, sorted: those from tasks come when their picture is finished.
    pub(super) issues: Vec<String>,
    /// Counts at the end.
    pub(super) statistics: Statistics,
}

/// A decoder under test.
pub(super) struct Session {
    decoder: Decoder,
    output: Output,
    samples: Vec<u8>,
}

impl Session {
    pub(super) fn new(config: DecoderConfig) -> Self {
        let decoder = Decoder::new(config).expect("a legal configuration");
        Self { decoder, output: Output::default(), samples: Vec::new() }
    }

    pub(super) fn decoder(&mut self) -> &mut Decoder {
        &mut self.decoder
    }

    /// Takes all pictures that can be had.
    pub(super) fn drain(&mut self) {
        loop {
            match self.decoder.next_picture() {
                Ok(Some(picture)) => {
                    let hash = hash(&picture, &mut self.samples);
                    self.output.pictures.push(hash);
                }
                Ok(None) => break,
                Err(Error::Decode(error)) => self.output.errors.push(error.to_string()),
                Err(error) => panic!("an error that is not the decoder's: {error}"),
            }
        }
        for issue in self.decoder.take_issues() {
            assert!(!matches!(issue.reason, Reason::Internal(_)), "NAL unit {}: {}", issue.nal, issue.reason);
            self.output.issues.push(format!("{issue:?}"));
        }
    }

    /// Ends the stream and takes all pictures.
    pub(super) fn flush(&mut self) {
        self.decoder.flush();
        self.drain();
        let statistics = self.decoder.statistics();
        assert!(statistics.output_pictures <= statistics.decoded_pictures, "{statistics:?}");
        assert!(statistics.concealed_pictures <= statistics.decoded_pictures, "{statistics:?}");
    }

    /// Everything since the beginning, after [`flush`](Self::flush).
    pub(super) fn finish(mut self) -> Output {
        self.flush();
        self.output.statistics = self.decoder.statistics();
        self.output.issues.sort();
        self.output
    }
}

/// Reads every sample of a picture, after checking its size.
fn hash(picture: &Picture, samples: &mut Vec<u8>) -> u64 {
    let (width, height) = (picture.width(), picture.height());
    assert!(width > 0 && height > 0 && u64::from(width) * u64::from(height) <= MAX_LUMA_SAMPLES);
    samples.clear();
    picture.write_raw(samples);
    let mut hasher = DefaultHasher::new();
    samples.hash(&mut hasher);
    (width, height, picture.bit_depth_luma(), picture.bit_depth_chroma(), picture.pts()).hash(&mut hasher);
    format!("{:?} {:?}", picture.chroma_format(), picture.info()).hash(&mut hasher);
    hasher.finish()
}
