//! The HEVC encoder: what to code and how; syntax, structure and samples come from the crates below.
//!
//! [`Encoder`] takes pictures in display order and gives packets in decoding order; [`Config`] says how, by options that
//! `config` keeps in one table. One picture goes through these modules:
//!
//! * `input` and `preprocess` bring it to the coded format;
//! * [`request`] checks what the caller asks of it;
//! * [`lookahead`] decides its kind, place and references, QP offsets of its blocks, and motion to start from;
//! * [`mctf`] takes noise from the pictures that others are predicted from;
//! * [`rate_control`] chooses its QP, `headers` its slice header; together they make a [`frame_ctx::FrameCtx`];
//! * [`frame`] codes it: [`wavefront`] runs its rows of coding tree units, each decided by [`mode_decision`] with
//!   [`motion_search`] and [`quantize`]; [`resolve`] settles the QPs, [`filter`] runs the in-loop filters with the choice of
//!   [`sao_decision`], and [`write`](mod@write) codes the decisions;
//! * [`trace`] tells what was decided, and [`times`] what it took, where that is asked for;
//! * `session` holds all this together and makes the access unit.
//!
//! The stream depends on pictures and options alone, not on threads, kernels or timing. `docs/encoder` has a page per tool.
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
pub mod mctf;
pub mod mode_decision;
pub mod motion_search;
mod packet;
mod preprocess;
pub mod quantize;
pub mod rate_control;
pub mod request;
pub mod resolve;
pub mod sao_decision;
mod session;
pub mod times;
pub mod trace;
pub mod wavefront;
pub mod write;

pub use config::{Config, OptionInfo, Preset, Settings, Tune};
pub use encoder::Encoder;
pub use error::{ConfigError, Error};
pub use input::InputPicture;
pub use packet::{Packet, Reconstruction, Statistics, StreamInfo};
pub use times::StageTimes;
