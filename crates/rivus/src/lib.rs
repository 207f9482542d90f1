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
//! Both do their work on threads of their own; what comes out does not depend on how many. Refused input and options are
//! an [`Error`] that names them; damage in a stream is not, see [`Decoder::take_issues`]. The folder `examples` of this
//! crate has small programs: `encode_y4m`, `decode_to_yuv`, and `decode_md5`, which checks and measures a decoder.
//!
//! Implemented is Rec. ITU-T H.265 (08/2021), and clause numbers anywhere in these crates are those of that edition. The
//! decoder takes the base layer of streams of version 1 and of the format range extensions: 4:0:0 to 4:4:4 with 8 to 16
//! bits. Of the screen content extensions it takes what does without palette, current picture referencing, and adaptive
//! colour transform or vector resolution. The encoder writes 4:2:0 with 8 or 10 bits (Main, Main 10).
#![forbid(unsafe_code)]

mod decode;
mod encode;
mod error;
mod picture;

pub use decode::{
    ColourDescription, ContentLight, DecodeError, Decoder, DecoderConfig, DecoderLimits, Issue,
    MasteringDisplay, OtherSei, PictureType, Reason, Scan, Skip, Statistics, UserDataRegistered,
    UserDataUnregistered,
};
pub use encode::{
    Config, ConfigError, EncodeError, Encoder, EncoderStatistics, InputPicture, Legal, OptionInfo, Packet,
    PictureKind, Preset, SeiPayload, Settings, StageTimes, StreamInfo, Tune,
};
pub use error::Error;
pub use picture::{ChromaFormat, Picture, PictureInfo, PlaneList, PlaneRef, Planes, Window};
pub use rivus_kernels::Tier;
