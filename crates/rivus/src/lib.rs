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
//! [`Encoder`] turns pictures into packets; [`Config`] says how, by options that [`Config::options`] lists:
//!
//! ```
//! use rivus::{Config, Encoder, InputPicture};
//!
//! # fn main() -> Result<(), rivus::Error> {
//! let mut config = Config::new(64, 48);
//! config.set("preset", "fast")?.set("crf", "26")?.set("fps", "50")?;
//! let mut encoder = Encoder::new(&config)?;
//! # let (luma, chroma) = (vec![90u8; 64 * 48], vec![128u8; 32 * 24]);
//! let planes = [(&luma[..], 64), (&chroma[..], 32), (&chroma[..], 32)];
//! encoder.send_picture(&InputPicture::from_u8(64, 48, planes, 0)?)?;
//! encoder.flush();
//! while let Some(packet) = encoder.receive_packet()? {
//!     println!("{} bytes, shown at {}", packet.data.len(), packet.pts);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Clause numbers anywhere in these crates are those of Rec. ITU-T H.265 (08/2021).
#![forbid(unsafe_code)]

mod decode;
mod encode;
mod error;
mod picture;

pub use decode::{
    ColourDescription, ContentLight, DecodeError, Decoder, DecoderConfig, DecoderLimits, Issue,
    MasteringDisplay, PictureType, Reason, Scan, Statistics,
};
pub use encode::{
    Config, ConfigError, EncodeError, Encoder, EncoderStatistics, InputPicture, Legal, OptionInfo, Packet,
    PictureKind, Preset, Settings, Tune,
};
pub use error::Error;
pub use picture::{ChromaFormat, Picture, PictureInfo, PlaneList, PlaneRef, Planes, Window};
pub use rivus_kernels::Tier;
