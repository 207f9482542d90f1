//! HEVC sample reconstruction: what happens to samples between parsing (or mode decision) and a finished picture.
//!
//! * [`CtuSamples`]: the samples of the CTU in progress with its unfiltered neighbours, in the picture ([`view::CtuView`]) or in
//!   memory of their own ([`tile::CtuTile`]).
//! * [`intra`] (8.4.4.2), [`inter`] (8.5.3.3) and [`residual`] (8.6.2 to 8.6.8) work in them, block by block.
//! * [`in_loop`] (8.7) works on rows of CTUs of the picture.
//! * [`ctu`] reconstructs a whole CTU from its record, [`params`] fetches what is needed from the parameter sets.
//!
//! Decoder and encoder share all of it. Arithmetic on many samples is in `rivus_kernels`; here is what goes where, in which order
//! and with which parameters. Everything is generic over the sample type and passes bit depths along.

#![forbid(unsafe_code)]

pub mod ctu;
pub mod in_loop;
pub mod inter;
pub mod intra;
pub mod params;
pub mod residual;
pub mod samples;
#[cfg(test)]
mod testing;
pub mod tile;
pub mod view;

pub use ctu::{CtuScratch, FrameRecon, derive_motion, reconstruct_ctu};
pub use params::{ReconParams, picture_format};
pub use samples::CtuSamples;
pub use tile::{CtuTile, TileBottom};
pub use view::{AboveRow, CtuView};
