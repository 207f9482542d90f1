//! Decoding.

use crate::error::Error;
use crate::picture::Picture;

pub use rivus_decoder::Error as DecodeError;
pub use rivus_decoder::{
    ColourDescription, ContentLight, DecoderConfig, DecoderLimits, Issue, MasteringDisplay, OtherSei,
    PictureType, Reason, Scan, Skip, Statistics, UserDataRegistered, UserDataUnregistered,
};

/// An HEVC decoder.
///
/// Give it bytes, NAL units or access units; take pictures until it says [`None`]: then it wants more, or, after
/// [`flush`](Self::flush), there are no more. Pictures come in output order. Decoding happens in
/// [`next_picture`](Self::next_picture) and, with more than one thread, in the background, so memory stays
/// bounded however much is given at once.
///
/// # Delay
///
/// A picture comes when its place in output order is certain. On top of that, with more than one thread, as many access
/// units may have to be given as pictures are decoded at the same time, less one ([`DecoderConfig::frames_in_flight`]); by
/// default one per thread and one more. [`DecoderConfig::low_delay`] takes both down to what the order of pictures demands.
/// In a byte stream the end of an access unit only shows by the beginning of the next one;
/// [`send_access_unit`](Self::send_access_unit) and [`flush`](Self::flush) say where it is.
///
/// # Seeking
///
/// After [`seek`](Self::seek), data may be given from any place in the stream on. Pictures come from the next random access
/// point: RASL pictures, which refer to pictures before it, are skipped. The parameter sets known so far stay known.
///
/// A stream with gradual decoding refresh has pictures with recovery point SEI messages instead. Decoding begins at the first
/// of them, and pictures come from the recovery point that it names, in output order; those before it, parts of which may be
/// wrong, with [`DecoderConfig::output_recovering`].
///
/// ```
/// use rivus::{Decoder, DecoderConfig};
///
/// fn count_pictures(stream: &[u8]) -> Result<usize, rivus::Error> {
///     let mut decoder = Decoder::new(DecoderConfig::default())?;
///     let mut pictures = 0;
///     for chunk in stream.chunks(4096) {
///         decoder.send_data(chunk, None);
///         while let Some(picture) = decoder.next_picture()? {
///             assert!(picture.width() > 0);
///             pictures += 1;
///         }
///     }
///     decoder.flush();
///     while decoder.next_picture()?.is_some() {
///         pictures += 1;
///     }
///     Ok(pictures)
/// }
///
/// assert_eq!(count_pictures(b"no start code, no pictures"), Ok(0));
/// ```
#[derive(Debug)]
pub struct Decoder {
    inner: rivus_decoder::Decoder,
}

impl Decoder {
    /// A decoder with these settings.
    ///
    /// # Errors
    /// If a setting is outside its range, or threads cannot be started.
    pub fn new(config: DecoderConfig) -> Result<Self, Error> {
        Ok(Self { inner: rivus_decoder::Decoder::new(config)? })
    }

    /// Takes the next bytes of an Annex B byte stream, cut anywhere. `pts` belongs to the first access unit that
    /// begins in them.
    pub fn send_data(&mut self, data: &[u8], pts: Option<i64>) {
        self.inner.send_data(data, pts);
    }

    /// Takes one NAL unit: header and payload, with emulation prevention, without start code. `pts` belongs to its access
    /// unit.
    pub fn send_nal(&mut self, nal: &[u8], pts: Option<i64>) {
        self.inner.send_nal(nal, pts);
    }

    /// Takes a whole access unit as an Annex B byte stream, and decodes it without waiting for the next one.
    pub fn send_access_unit(&mut self, data: &[u8], pts: Option<i64>) {
        self.inner.send_access_unit(data, pts);
    }

    /// The next picture in output order. `None`: more data is needed, or, after [`flush`](Self::flush), all is out.
    ///
    /// # Errors
    /// If the stream uses an unsupported feature or exceeds a limit. That part of the stream is skipped; decoding
    /// goes on with the next call.
    pub fn next_picture(&mut self) -> Result<Option<Picture>, Error> {
        Ok(self.inner.next_picture()?.map(Picture::from_decoded))
    }

    /// Says that the stream ends here: all pictures come out. What is sent afterwards begins a new stream, for which the
    /// parameter sets are still known.
    pub fn flush(&mut self) {
        self.inner.flush();
    }

    /// Prepares for a jump to another place of the stream: drops what was sent and is not decoded, and all pictures that have
    /// not been taken. Parameter sets stay, and so do counts, reports, and the numbers of NAL units and pictures.
    pub fn seek(&mut self) {
        self.inner.seek();
    }

    /// Forgets the stream, parameter sets and counts included, for another one.
    pub fn reset(&mut self) {
        self.inner.reset();
    }

    /// Memory of pictures, those handed out included, in bytes: what [`DecoderLimits::max_picture_memory`] limits.
    pub fn picture_memory(&self) -> u64 {
        self.inner.picture_memory()
    }

    /// Counts since the beginning, or since [`reset`](Self::reset).
    pub fn statistics(&self) -> Statistics {
        self.inner.statistics()
    }

    /// Takes the reports about damage found since the last call.
    pub fn take_issues(&mut self) -> Vec<Issue> {
        self.inner.take_issues()
    }
}
