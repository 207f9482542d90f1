//! YUV4MPEG2 (`.y4m`): a text header, then pictures each behind a `FRAME` line.
//!
//! The header's letters are those of `yuv4mpeg(5)` of mjpegtools with the deep and monochrome `C` values and the
//! `XCOLORRANGE` comment that FFmpeg writes. Reading needs no seeking, so a pipe will do.

mod header;
mod reader;
mod writer;

pub use header::{ChromaLocation, Header, Interlacing};
pub use reader::Reader;
pub use writer::Writer;
