//! The one place that calls the codec: what the commands need of it, in their own words.

use rivus_stream::video::{Ratio, VideoTags};

use crate::image::{Image, ImageFormat};

/// An encoder option as `(name, value)`.
pub(crate) type Setting = (String, String);

/// What the encoder must know about the pictures that will come.
#[derive(Debug, Clone)]
#[expect(dead_code, reason = "read by the encoder, which is not linked yet")]
pub(crate) struct StreamInfo {
    /// Format of all pictures; luma and chroma have the depth of the output.
    pub(crate) format: ImageFormat,
    pub(crate) frame_rate: Ratio,
    pub(crate) tags: VideoTags,
    /// `chroma_sample_loc_type`, if known.
    pub(crate) chroma_location: Option<u8>,
    /// Packets shall carry the decoded picture.
    pub(crate) reconstruct: bool,
}

/// A coded picture.
#[derive(Debug)]
pub(crate) struct Packet {
    /// Annex B access unit.
    pub(crate) data: Vec<u8>,
    /// Number of the picture in display order.
    pub(crate) pts: i64,
    /// Decoding time on the same scale; negative while pictures are reordered at the start.
    pub(crate) dts: i64,
    pub(crate) is_key: bool,
    /// `I`, `P` or `B`.
    pub(crate) picture_type: char,
    pub(crate) poc: i32,
    pub(crate) qp: f64,
    pub(crate) temporal_layer: u8,
    pub(crate) reconstruction: Option<Image>,
}

const MISSING: &str = "this build has no codec";

/// An encoder.
#[derive(Debug)]
pub(crate) struct Encoder {}

impl Encoder {
    /// Opens an encoder.
    pub(crate) fn open(
        preset: &str,
        tune: Option<&str>,
        settings: &[Setting],
        stream: &StreamInfo,
    ) -> Result<Self, String> {
        Err(format!("{MISSING}: {preset} {tune:?} {settings:?} {stream:?}"))
    }

    /// VPS, SPS and PPS as Annex B bytes.
    pub(crate) fn headers(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Gives the picture that is shown as number `pts`.
    pub(crate) fn send(&mut self, _image: &Image, _pts: i64) -> Result<(), String> {
        Err(MISSING.into())
    }

    /// Says that no more pictures come.
    pub(crate) fn flush(&mut self) -> Result<(), String> {
        Err(MISSING.into())
    }

    /// The next coded picture, `None` if the encoder wants more input or has finished.
    pub(crate) fn receive(&mut self) -> Result<Option<Packet>, String> {
        Err(MISSING.into())
    }
}

/// What a decoder found wrong so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Damage {
    /// Pictures that were concealed in part or whole.
    pub(crate) concealed: u64,
    /// Pictures with a hash SEI that was checked.
    pub(crate) hashes_checked: u64,
    /// Of these, those that did not match.
    pub(crate) hash_mismatches: u64,
}

/// A decoder.
#[derive(Debug)]
pub(crate) struct Decoder {}

impl Decoder {
    /// Opens a decoder; 0 threads is one per core.
    pub(crate) fn open(_threads: usize, _verify_hash: bool) -> Result<Self, String> {
        Err(MISSING.into())
    }

    /// Gives bytes of a byte stream, cut anywhere.
    pub(crate) fn send_data(&mut self, _data: &[u8]) {}

    /// Gives a whole access unit as Annex B bytes, shown at `time`.
    pub(crate) fn send_access_unit(&mut self, _data: &[u8], _time: i64) {}

    /// Says that no more data comes.
    pub(crate) fn flush(&mut self) {}

    /// The next picture in output order, `None` if the decoder wants more input or has finished.
    pub(crate) fn next_picture(&mut self) -> Result<Option<(Image, Option<i64>)>, String> {
        Ok(None)
    }

    /// What was found wrong so far.
    pub(crate) fn damage(&self) -> Damage {
        Damage::default()
    }

    /// Takes messages about damage found since the last call.
    pub(crate) fn take_messages(&mut self) -> Vec<String> {
        Vec::new()
    }
}
