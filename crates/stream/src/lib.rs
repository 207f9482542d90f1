#![forbid(unsafe_code)]
//! Containers and streaming glue around the codec, which itself knows nothing of files.
//!
//! * [`annexb`] finds NAL units in a byte stream read in chunks, [`access_unit`] groups them into pictures;
//! * [`mp4`] reads MP4/MOV files (progressive and fragmented) and writes playable `hvc1` files;
//! * [`y4m`] and [`raw`] read and write uncompressed pictures;
//! * [`ffmpeg`] reads whatever else there is through an `ffmpeg` found on `PATH`.
//!
//! Everything works on `Read`/`Write`/`Seek`, takes untrusted input, checks sizes before it takes memory and
//! returns an [`Error`] that names the place.

pub mod access_unit;
pub mod annexb;
mod error;
pub mod ffmpeg;
pub mod frame;
pub mod mp4;
pub mod raw;
pub mod video;
pub mod y4m;

pub use error::{Error, Result};
