//! Fuzz target `parameter_sets`.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use rivus_fuzz::{drive, mutate};

fuzz_target!(|data: &[u8]| drive::parameter_sets(data));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::byte_stream(data, size, max_size, seed)
});
