//! Bit-level syntax of HEVC: NAL units, parameter sets, slice segment headers, SEI and CABAC.
//!
//! Clause numbers are those of Rec. ITU-T H.265 (08/2021), mostly the same since v4 (12/2016). Syntax elements are
//! spelt as there; each syntax structure has a file of its own with the type, `parse` and `write` side by side.
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
//!
//! Reading a stream looks like this:
//!
//! ```
//! use rivus_syntax::bits::Rbsp;
//! use rivus_syntax::nal::{NalHeader, NalUnitType, NalUnits};
//! use rivus_syntax::ps::{ParameterSetStore, Pps, Sps};
//! use rivus_syntax::slice_header::{SliceSegment, SliceSegmentStart};
//!
//! fn walk(stream: &[u8]) -> rivus_syntax::Result<()> {
//!     let mut store = ParameterSetStore::new();
//!     let mut rbsp = Rbsp::new();
//!     let mut active = None;
//!     let mut previous = None;
//!     for range in NalUnits::new(stream) {
//!         let (nal, payload) = NalHeader::parse(&stream[range])?;
//!         rbsp.unescape(payload);
//!         match nal.nal_unit_type {
//!             NalUnitType::SPS_NUT => drop(store.put_sps(Sps::parse(rbsp.bytes())?)),
//!             NalUnitType::PPS_NUT => drop(store.put_pps(Pps::parse(rbsp.bytes())?)),
//!             slice if slice.is_slice() => {
//!                 let start = SliceSegmentStart::parse(rbsp.bytes(), nal)?;
//!                 if start.first_slice_segment_in_pic_flag || active.is_none() {
//!                     active = Some(store.activate(start.slice_pic_parameter_set_id)?);
//!                     previous = None;
//!                 }
//!                 let Some(sets) = &active else { continue };
//!                 let segment = SliceSegment::parse(&rbsp, nal, &sets.sps, &sets.pps, previous.as_ref())?;
//!                 println!("{:?} slice, {} substreams", segment.header.slice_type, segment.substreams.len());
//!                 previous = Some(segment.header);
//!             }
//!             _ => {}
//!         }
//!     }
//!     Ok(())
//! }
//! # walk(&[]).unwrap();
//! ```

#![forbid(unsafe_code)]

pub mod bits;
pub mod cabac;
mod error;
pub mod nal;
pub mod ps;
pub mod sei;
pub mod slice_header;

pub use error::{Error, Result};
