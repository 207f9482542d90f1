//! The structure layer of HEVC: slice data (7.3.8), picture order and reference sets (8.3), motion
//! vector prediction (8.5.3.2), quantisation parameters (8.6.1) and scan orders (6.5).
//!
//! Nothing here touches samples. Parsing fills a [`ctu::record::CtuRecord`] per coding tree unit and writing
//! codes one; the decoder and the encoder share both, together with everything that either derives from them.
//!
//! * [`random_access`], [`poc`], [`rps`], [`ref_lists`] and [`dpb`] say which pictures there are, in which order and for how long;
//! * [`ctu`] holds the record of a coding tree unit and the maps of its surroundings;
//! * [`slice_data`] parses and writes records, [`motion`], [`intra_mode`] and [`qp`] derive what the syntax only hints at;
//! * [`scan_order`] places coefficients in a block.
#![forbid(unsafe_code)]

pub mod ctu;
pub mod dpb;
pub mod error;
pub mod intra_mode;
pub mod motion;
pub mod poc;
pub mod qp;
pub mod random_access;
pub mod ref_lists;
pub mod rps;
pub mod scan_order;
pub mod slice_data;

pub use error::{Error, Result};
