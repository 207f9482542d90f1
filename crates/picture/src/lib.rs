//! Sample storage for HEVC pictures, and the rules of who may touch it when.
//!
//! * [`Sample`] is the type of one sample: `u8` for 8-bit pictures, `u16` for more.
//! * [`Block`] and [`BlockMut`] are rectangular views whose bounds are proven once, at construction.
//! * [`Plane`] owns the samples of one plane, with padding for motion compensation.
//! * [`SharedPicture`] is a picture being written, one [`Band`] of rows at a time (in [`Strip`]s of columns where
//!   several write it), while its finished rows are read.
//! * [`Picture`] is a finished one, [`Frame`] one of either sample type, [`Pool`] reuses their memory.
//! * [`hash`] computes the hashes that streams carry to check a decoder.
//!
//! Nothing here knows about bitstreams. `unsafe` is confined to the two modules marked below.

#![deny(unsafe_code)]

// Views are a pointer, a stride and a size; the bounds are proven when a view is made.
#[allow(unsafe_code)]
pub mod block;
pub mod format;
pub mod hash;
#[cfg(all(test, feature = "model"))]
mod model;
pub mod picture;
pub mod plane;
pub mod pool;
mod progress;
pub mod sample;
// Disjoint parts of one allocation are written by several threads and read by others.
#[allow(unsafe_code)]
pub mod shared;
mod storage;
mod sync;

pub use block::{Block, BlockMut};
pub use format::{ChromaFormat, PictureFormat};
pub use hash::{HashMethod, PlaneHash, plane_hash};
pub use picture::{Frame, Picture};
pub use plane::{PAD, Plane, PlaneMut, PlaneView};
pub use pool::Pool;
pub use sample::Sample;
pub use shared::{Band, BandPair, DividedBand, SharedPicture, Strip, Unwritten};
