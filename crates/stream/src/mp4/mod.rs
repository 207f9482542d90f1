//! MP4 and QuickTime files (ISO/IEC 14496-12, -14, -15).
//!
//! Single boxes are decoded and encoded by the crate `mp4-atom`. The walk over the tree is our own, for three reasons:
//! the sample entries of audio are copied as bytes whatever their codec, a broken box of a track that is not needed
//! does no harm, and `mdcv`/`clli` inside a visual sample entry are kept.

mod boxes;
mod demux;
mod fragment;
mod moov;
mod mux;
mod sample_entry;
mod sample_table;
#[cfg(test)]
mod tests;
mod track;

pub use demux::{Demuxer, looks_like_mp4};
pub use mux::{AudioTrack, Muxer, VideoTrack};
pub use sample_entry::{HevcConfig, VisualEntry};
pub use track::{Presentation, Sample, Track, TrackKind};

/// Rows of the transformation matrix of a track header; 16.16 fixed point, last column 2.30.
pub type Matrix = [i32; 9];

/// The matrix that changes nothing.
pub const IDENTITY: Matrix = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000];
