//! The one place that calls the codec: what the commands need of it, in their own words.

mod decoder;
mod encoder;

pub(crate) use decoder::{Damage, DecodeSettings, Decoder};
pub(crate) use encoder::{Encoder, Packet, Setting, StreamInfo};
