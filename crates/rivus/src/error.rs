//! The one error type of the public API.

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Decoding cannot go on as asked.
    #[error(transparent)]
    Decode(#[from] rivus_decoder::Error),
}
