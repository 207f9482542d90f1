//! Fuzz target `encode_config`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rivus_fuzz::drive;

fuzz_target!(|data: &[u8]| drive::encode_config(data));
