//! Fuzz target `chunked_stream`.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use rivus_fuzz::{drive, mutate};

fuzz_target!(|data: &[u8]| drive::chunked_stream(data));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::byte_stream(data, size, max_size, seed)
});
