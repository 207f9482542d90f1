//! Fuzz target `length_prefixed`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rivus_fuzz::drive;

fuzz_target!(|data: &[u8]| drive::length_prefixed(data));
