//! What each fuzz target does with its input, and what must hold whatever the input is.
//!
//! A target is a function of bytes that returns when all is well and panics when not. The fuzzers call them, and so does
//! the test `fuzz_corpus` of the crate `rivus`, which replays the seeds and all regressions; nothing here depends on a
//! fuzzing engine.
//!
//! Where a target needs choices besides the stream (sizes of chunks, threads), it takes them from the last bytes of the
//! input, which are part of the stream as well. So any stream is an input as it is.

mod chunked;
mod differential;
mod encode;
mod parameter_sets;
mod prefixed;
pub mod seeds;
mod session;
mod stream;

pub use chunked::chunked_stream;
pub use differential::differential;
pub use encode::encode_config;
pub use parameter_sets::parameter_sets;
pub use prefixed::length_prefixed;
pub use stream::whole_stream;

/// A target: its name, which is that of its folders of regressions and seeds, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 6] = [
    ("whole_stream", whole_stream),
    ("chunked_stream", chunked_stream),
    ("parameter_sets", parameter_sets),
    ("length_prefixed", length_prefixed),
    ("differential", differential),
    ("encode_config", encode_config),
];

/// The last `N` bytes of the input, zeros in front if there are fewer.
fn choices<const N: usize>(data: &[u8]) -> [u8; N] {
    let mut tail = [0; N];
    let len = data.len().min(N);
    tail[N - len..].copy_from_slice(&data[data.len() - len..]);
    tail
}
