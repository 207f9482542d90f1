//! The one error type of the crate.

use std::io;

/// Why a container or an uncompressed file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input breaks its format's rules.
    #[error("{place}: {reason}")]
    Malformed {
        /// Where: a box, a header field, a picture number, a byte offset.
        place: String,
        /// What is wrong there.
        reason: String,
    },
    /// The input ends inside something.
    #[error("{place}: the input ends after {have} of {need} bytes")]
    Truncated {
        /// What was being read.
        place: String,
        /// Bytes that were there.
        have: u64,
        /// Bytes that the format asked for.
        need: u64,
    },
    /// The input is legal but uses something this crate does not handle.
    #[error("{place}: {feature} is not supported")]
    Unsupported {
        /// Where it was asked for.
        place: String,
        /// What was asked for.
        feature: String,
    },
    /// A size or count exceeds what this crate is willing to take memory for.
    #[error("{place}: {asked} exceeds the limit of {allowed}")]
    Limit {
        /// What is too large.
        place: String,
        /// The value found.
        asked: u64,
        /// The largest value accepted.
        allowed: u64,
    },
    /// The child process `ffmpeg` is missing or failed; the text holds its own words.
    #[error("{0}")]
    Ffmpeg(String),
    /// The operating system refused a read or write.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Error {
    pub(crate) fn malformed(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Malformed { place: place.into(), reason: reason.into() }
    }

    pub(crate) fn unsupported(place: impl Into<String>, feature: impl Into<String>) -> Self {
        Self::Unsupported { place: place.into(), feature: feature.into() }
    }
}

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
