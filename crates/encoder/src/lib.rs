//! The HEVC encoder: what to code and how; syntax, structure and samples come from the crates below.
#![forbid(unsafe_code)]

pub mod config;
mod error;
pub mod filter;
pub mod frame;
pub mod frame_ctx;
pub mod lookahead;
pub mod mode_decision;
pub mod motion_search;
pub mod quantize;
pub mod rate_control;
pub mod resolve;
pub mod sao_decision;
pub mod wavefront;
pub mod write;

pub use config::{Config, OptionInfo, Preset, Settings, Tune};
pub use error::{ConfigError, Error};
