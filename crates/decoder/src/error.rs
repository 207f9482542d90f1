//! Errors of the decoder, and the reports about damaged streams that do not stop it.

use rivus_syntax::nal::NalUnitType;

/// Why decoding cannot go on as asked.
///
/// Damage in a stream is not an error: it is reported as an [`Issue`], and decoding goes on at the next
/// point where it can.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A configuration value is outside its legal range.
    #[error("{field} is {value}, outside {min}..={max}")]
    Config {
        /// The field of [`DecoderConfig`](crate::DecoderConfig).
        field: &'static str,
        /// The value given.
        value: u64,
        /// The smallest legal value.
        min: u64,
        /// The largest legal value.
        max: u64,
    },
    /// The kernel tier asked for does not exist on this machine.
    #[error("kernel tier {0} is not available on this machine")]
    Tier(&'static str),
    /// The worker threads could not be started.
    #[error("cannot start worker threads: {0}")]
    Threads(String),
    /// The stream uses a feature that is not implemented. The part of the stream that does is skipped.
    #[error("NAL unit {nal}: not supported: {feature}")]
    Unsupported {
        /// Number of the NAL unit in decoding order, from 0.
        nal: u64,
        /// The feature.
        feature: &'static str,
    },
    /// The stream asks for more than [`DecoderLimits`](crate::DecoderLimits) allow. The part of the stream that does is
    /// skipped.
    #[error("NAL unit {nal}: {which} {asked} exceeds the limit {allowed}")]
    Limit {
        /// Number of the NAL unit in decoding order, from 0.
        nal: u64,
        /// The limit.
        which: &'static str,
        /// What the stream asks for.
        asked: u64,
        /// What is allowed.
        allowed: u64,
    },
}

/// Damage found in the stream: where, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Number of the NAL unit in decoding order, from 0.
    pub nal: u64,
    /// Type of that NAL unit, if its header could be read.
    pub nal_unit_type: Option<NalUnitType>,
    /// What is wrong.
    pub reason: Reason,
}

/// What is wrong with a NAL unit or picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// A syntax structure could not be read.
    #[error(transparent)]
    Syntax(#[from] rivus_syntax::Error),
    /// A slice segment lies outside the picture, or twice in it.
    #[error("slice segment at CTU {0} is out of place")]
    SlicePosition(u32),
    /// The data of a slice segment ended, or became illegal, before its end.
    #[error("slice data is damaged at CTU {ctu}: {error}")]
    SliceData {
        /// Address of the CTU in tile scan where decoding stopped.
        ctu: u32,
        /// What the parser found.
        error: rivus_coding::error::Error,
    },
    /// The reference picture lists of a slice cannot be built.
    #[error(transparent)]
    ReferenceLists(#[from] rivus_coding::ref_lists::RefListError),
    /// CTUs of a picture were not received, or could not be decoded.
    #[error("picture {poc}: {missing} of {total} CTUs are concealed")]
    MissingCtus {
        /// PicOrderCntVal of the picture.
        poc: i32,
        /// CTUs that were concealed.
        missing: u32,
        /// CTUs of the picture.
        total: u32,
    },
    /// A reference picture is not in the decoded picture buffer. The nearest one stands in for it, or a grey one.
    #[error("picture {poc}: reference picture {missing} is missing")]
    MissingReference {
        /// PicOrderCntVal of the picture that refers to it.
        poc: i32,
        /// PicOrderCntVal of the missing picture (its least significant bits, if the stream gives no more).
        missing: i32,
    },
    /// The decoded picture hash SEI message does not match the picture.
    #[error("picture {poc}: hash of plane {plane} does not match")]
    HashMismatch {
        /// PicOrderCntVal of the picture.
        poc: i32,
        /// The first plane that differs: 0 luma, 1 Cb, 2 Cr.
        plane: u8,
    },
    /// The data before the first random access point or recovery point cannot be decoded.
    #[error("no random access point yet")]
    NoRandomAccessPoint,
    /// The decoder itself failed on this picture; it is a defect worth reporting.
    #[error("internal error: {0}")]
    Internal(&'static str),
}
