//! Sample storage for HEVC pictures, and the rules of who may touch it when.
//!
//! * [`Sample`] is the type of one sample: `u8` for 8-bit pictures, `u16` for 9 to 16 bits.
//! * [`Block`] and [`BlockMut`] are rectangular views whose bounds are proven once, at construction.
//!
//! Nothing here knows about bitstreams. `unsafe` is confined to the modules that say so below.

#![deny(unsafe_code)]

// Views are a pointer, a stride and a size; the bounds are proven when a view is made.
#[allow(unsafe_code)]
pub mod block;
pub mod format;
pub mod sample;

pub use block::{Block, BlockMut};
pub use format::{ChromaFormat, PictureFormat};
pub use sample::Sample;
