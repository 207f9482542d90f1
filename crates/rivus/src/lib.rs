//! Rivus: a pure-Rust HEVC (H.265) encoder and decoder.
//!
//! [`Decoder`] turns a byte stream into [`Picture`]s:
//!
//! ```
//! use rivus::{Decoder, DecoderConfig};
//!
//! # fn main() -> Result<(), rivus::Error> {
//! # let stream: &[u8] = &[];
//! let mut decoder = Decoder::new(DecoderConfig::default())?;
//! decoder.send_data(stream, None);
//! decoder.flush();
//! while let Some(picture) = decoder.next_picture()? {
//!     println!("{}x{} poc {}", picture.width(), picture.height(), picture.info().poc);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Clause numbers anywhere in these crates are those of Rec. ITU-T H.265 (08/2021).
#![forbid(unsafe_code)]

mod decode;
mod error;
mod picture;

pub use decode::{
    ColourDescription, ContentLight, DecodeError, Decoder, DecoderConfig, DecoderLimits, Issue,
    MasteringDisplay, PictureType, Reason, Scan, Statistics,
};
pub use error::Error;
pub use picture::{ChromaFormat, Picture, PictureInfo, PlaneList, PlaneRef, Planes, Window};
pub use rivus_kernels::Tier;
