//! Bits of a raw byte sequence payload (RBSP): reading, writing, Exp-Golomb codes and emulation prevention
//! (clauses 7.2, 7.3.1.1, 9.2).

mod exp_golomb;
mod rbsp;
mod reader;
mod writer;

pub use rbsp::{Rbsp, escape_into, escaped_len};
pub use reader::BitReader;
pub use writer::BitWriter;

pub(crate) use rbsp::find_zero_pair;
