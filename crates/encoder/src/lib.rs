//! The HEVC encoder: what to code and how; syntax, structure and samples come from the crates below.
#![forbid(unsafe_code)]

pub mod config;
mod encoder;
mod error;
pub mod filter;
pub mod frame;
pub mod frame_ctx;
mod headers;
mod input;
pub mod lookahead;
pub mod mode_decision;
pub mod motion_search;
mod packet;
mod preprocess;
pub mod quantize;
pub mod rate_control;
pub mod resolve;
pub mod sao_decision;
mod session;
pub mod wavefront;
pub mod write;

pub use config::{Config, OptionInfo, Preset, Settings, Tune};
pub use encoder::Encoder;
pub use error::{ConfigError, Error};
pub use headers::hrd::Vbv;
pub use input::InputPicture;
pub use packet::{Packet, Reconstruction, Statistics};
