//! Bit-level syntax of HEVC: NAL units, parameter sets, slice segment headers, SEI and CABAC.
//!
//! Clause numbers are those of Rec. ITU-T H.265 v4 (12/2016) and later editions, which share them. Syntax
//! elements are spelt as there; each syntax structure has a file of its own with the type, `parse` and
//! `write` side by side.
//!
//! The layers, from the outside in:
//! * [`nal`] finds NAL units in a byte stream or a sample and reads their header;
//! * [`bits::Rbsp`] removes emulation prevention, [`bits::BitReader`] reads what remains;
//! * [`ps`] holds parameter sets; a [`ps::ParameterSetStore`] binds them to pictures;
//! * [`slice_header`] reads what precedes the slice data, and says where its substreams lie;
//! * [`sei`] reads supplemental enhancement information;
//! * [`cabac`] decodes, encodes and estimates the arithmetic-coded slice data.
//!
//! Nothing here panics on input. Values are range-checked as they are read, so that what a parser returns is
//! safe to index with; what is not supported is refused with an error that names it.

#![forbid(unsafe_code)]

pub mod bits;
pub mod cabac;
mod error;
pub mod nal;
pub mod ps;
pub mod slice_header;

pub use error::{Error, Result};
