//! The names of x265's options, and what Rivus makes of them: one [table](TABLE) for the library that programs load in place of
//! libx265 and for the command line that takes x265's flags.
//!
//! [`translate()`] says what one option with one value means; [`Choices`] collects options as they come, lets the last one of
//! those that exclude each other win, and mends combinations that x265 accepts and Rivus does not; [`Totals`] has the lines
//! that scripts look for at the end.
//!
//! ```
//! use rivus_x265_options::Choices;
//!
//! let mut choices = Choices::default();
//! choices.set("bitrate", Some("900")).unwrap();
//! choices.set("crf", Some("23.5")).unwrap();
//! choices.set("tskip", None).unwrap();
//! let (settings, notes) = choices.finish();
//! assert_eq!(settings, [("crf", "23.5".to_owned())]);
//! assert_eq!(notes, ["tskip: has no counterpart"]);
//! ```
#![forbid(unsafe_code)]

mod choices;
mod convert;
mod entry;
mod profile;
mod summary;
mod table;
mod translate;

pub use choices::Choices;
pub use entry::{Entry, Means};
pub use profile::{Profile, profile};
pub use summary::{Sums, Totals, log_level};
pub use table::TABLE;
pub use translate::{Refusal, Translation, find, normalise, translate};

/// The version of x265 whose options and interface these are, and whose they are.
pub const VERSION: &std::ffi::CStr = match std::ffi::CStr::from_bytes_with_nul(
    concat!("3.5+rivus-", env!("CARGO_PKG_VERSION"), "\0").as_bytes(),
) {
    Ok(text) => text,
    Err(_) => c"3.5+rivus",
};
