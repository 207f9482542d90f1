//! The one error type of the public API.

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Decoding cannot go on as asked.
    #[error(transparent)]
    Decode(#[from] rivus_decoder::Error),
    /// A configuration, a picture or a call that the encoder refuses.
    #[error(transparent)]
    Encode(#[from] rivus_encoder::Error),
}

impl From<rivus_encoder::ConfigError> for Error {
    fn from(error: rivus_encoder::ConfigError) -> Self {
        Self::Encode(error.into())
    }
}
