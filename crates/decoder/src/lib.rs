//! HEVC decoder sessions: NAL units in, pictures in output order out.
//!
//! One picture goes through these modules:
//!
//! * `access_unit` cuts the input into NAL units, `receive` and `non_vcl` gather those of a picture
//!   (`current`);
//! * `sequence` decides what it may refer to, and which pictures leave for `output`;
//! * `assembly` and `pieces` turn its slice segments into a `frame_job::FrameJob`;
//! * `chain` runs on the tasks of `tasks`: it parses, reconstructs and hands on CTU by CTU, and leaves
//!   itself with a row (`rows`) or picture (`coded_picture`) where that is not far enough;
//! * `conceal` stands in for what was lost;
//! * `decoder` hands finished pictures out.
//!
//! Damage in a stream never stops decoding: it is reported as [`Issue`]s and counted in [`Statistics`].
#![forbid(unsafe_code)]

mod access_unit;
mod assembly;
mod chain;
mod coded_picture;
mod conceal;
mod config;
mod current;
mod decoder;
mod error;
#[cfg(test)]
mod faults;
mod frame_ctx;
mod frame_job;
mod limits;
mod memory;
#[cfg(all(test, feature = "model"))]
mod model;
mod non_vcl;
mod output;
mod picture_info;
mod pieces;
mod receive;
mod rows;
mod sequence;
mod sync;
mod tasks;

pub use config::{DecoderConfig, Skip};
pub use decoder::Decoder;
pub use error::{Error, Issue, Reason};
pub use limits::DecoderLimits;
pub use output::{
    ColourDescription, ContentLight, DecodedPicture, MasteringDisplay, OtherSei, PictureInfo, PictureType,
    Scan, Statistics, Window,
};
pub use rivus_syntax::sei::{UserDataRegistered, UserDataUnregistered};
