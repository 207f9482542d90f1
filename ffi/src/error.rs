//! Status codes, and what errors of the crates below become.

use rivus::{ConfigError, DecodeError, EncodeError, Error};
use std::ffi::{CStr, c_char};

/// What functions return: 0 or more is success, less than 0 an error. The handle has a text that says more: see
/// `rivus_config_error`, `rivus_encoder_error`, `rivus_decoder_config_error`, `rivus_decoder_error`.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RivusStatus {
    /// Done.
    Ok = 0,
    /// Nothing to receive until more is sent.
    Again = 1,
    /// Nothing more to receive: all is out after a flush, or a list is at its end.
    End = 2,
    /// A pointer is null that must not be.
    ErrorNull = -1,
    /// The size at the beginning of a struct is none it can have, or a later field that this version does not know is not 0.
    ErrorSize = -2,
    /// An argument is out of its range.
    ErrorArgument = -3,
    /// There is no option of this name, or not one that can be set now.
    ErrorOption = -4,
    /// The option does not accept the value.
    ErrorValue = -5,
    /// An option is missing, options contradict each other, or no level allows them.
    ErrorConfig = -6,
    /// The picture does not fit the configuration or the picture before, or what is asked of it cannot be granted.
    ErrorPicture = -7,
    /// The call comes at a wrong time, such as a picture after a flush.
    ErrorOrder = -8,
    /// The stream asks for more than a limit of the decoder allows; that part of it is skipped.
    ErrorLimit = -9,
    /// The stream uses a feature that is not implemented; that part of it is skipped.
    ErrorUnsupported = -10,
    /// Worker threads cannot be started.
    ErrorThreads = -11,
    /// A defect of the library. The handle can only be destroyed.
    ErrorInternal = -12,
}

impl RivusStatus {
    const ALL: [Self; 15] = [
        Self::Ok,
        Self::Again,
        Self::End,
        Self::ErrorNull,
        Self::ErrorSize,
        Self::ErrorArgument,
        Self::ErrorOption,
        Self::ErrorValue,
        Self::ErrorConfig,
        Self::ErrorPicture,
        Self::ErrorOrder,
        Self::ErrorLimit,
        Self::ErrorUnsupported,
        Self::ErrorThreads,
        Self::ErrorInternal,
    ];

    const fn text(self) -> &'static CStr {
        match self {
            Self::Ok => c"done",
            Self::Again => c"nothing to receive until more is sent",
            Self::End => c"nothing more to receive",
            Self::ErrorNull => c"a pointer is null",
            Self::ErrorSize => c"a struct has a wrong size",
            Self::ErrorArgument => c"an argument is out of range",
            Self::ErrorOption => c"no such option, or not one that can be set now",
            Self::ErrorValue => c"the option does not accept the value",
            Self::ErrorConfig => c"the configuration is incomplete or contradicts itself",
            Self::ErrorPicture => c"the picture does not fit",
            Self::ErrorOrder => c"the call comes at a wrong time",
            Self::ErrorLimit => c"the stream exceeds a limit",
            Self::ErrorUnsupported => c"the stream uses a feature that is not supported",
            Self::ErrorThreads => c"worker threads cannot be started",
            Self::ErrorInternal => c"internal error",
        }
    }
}

/// A constant text for a status; "unknown status" for a number that is none.
#[unsafe(no_mangle)]
pub extern "C" fn rivus_strerror(status: i32) -> *const c_char {
    let known = RivusStatus::ALL.into_iter().find(|known| *known as i32 == status);
    known.map_or(c"unknown status", RivusStatus::text).as_ptr()
}

/// Why a call fails: the code, and the text that the handle keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) status: RivusStatus,
    pub(crate) text: String,
}

impl Failure {
    pub(crate) fn new(status: RivusStatus, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }

    /// A pointer that must not be null is.
    pub(crate) fn null(what: &str) -> Self {
        Self::new(RivusStatus::ErrorNull, format!("{what} is null"))
    }

    pub(crate) fn argument(text: impl Into<String>) -> Self {
        Self::new(RivusStatus::ErrorArgument, text)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let status = match &error {
            ConfigError::UnknownOption { .. } | ConfigError::Fixed { .. } => RivusStatus::ErrorOption,
            ConfigError::Value { .. } => RivusStatus::ErrorValue,
            _ => RivusStatus::ErrorConfig,
        };
        Self::new(status, error.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::Encode(EncodeError::Config(config)) => return config.clone().into(),
            Error::Encode(EncodeError::Picture { .. }) => RivusStatus::ErrorPicture,
            Error::Encode(EncodeError::Flushed) => RivusStatus::ErrorOrder,
            Error::Encode(EncodeError::Threads(_)) | Error::Decode(DecodeError::Threads(_)) => {
                RivusStatus::ErrorThreads
            }
            Error::Decode(DecodeError::Config { .. } | DecodeError::Tier(_)) => RivusStatus::ErrorConfig,
            Error::Decode(DecodeError::Limit { .. }) => RivusStatus::ErrorLimit,
            Error::Decode(DecodeError::Unsupported { .. }) => RivusStatus::ErrorUnsupported,
            _ => RivusStatus::ErrorInternal,
        };
        Self::new(status, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every status has a text of its own, and every other number the one for unknown ones.
    #[test]
    fn texts_tell_statuses_apart() {
        // SAFETY: the function returns constant texts.
        let text = |status| unsafe { CStr::from_ptr(rivus_strerror(status)) };
        let texts: Vec<&CStr> = RivusStatus::ALL.iter().map(|status| text(*status as i32)).collect();
        for (at, one) in texts.iter().enumerate() {
            assert!(texts[..at].iter().all(|other| other != one));
        }
        for number in [3, -13, i32::MIN, i32::MAX] {
            assert_eq!(text(number), c"unknown status");
        }
    }
}
