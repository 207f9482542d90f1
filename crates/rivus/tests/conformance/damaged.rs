//! Broken streams: the decoder ends, in bounded time, without a panic, and its memory follows the pictures it holds.

use crate::vectors;
use md5::{Digest, Md5};
use rivus::{Decoder, DecoderConfig, Reason};
use std::time::{Duration, Instant};

/// Decodes to the end and gives the number of pictures and the md5 of their samples. Internal errors count as failures.
fn decode(name: &str, data: &[u8], threads: usize, chunk: usize) -> (usize, String) {
    let config = DecoderConfig { threads, verify_hash: true, ..DecoderConfig::default() };
    let mut decoder = Decoder::new(config).expect("a legal configuration");
    let start = Instant::now();
    let (mut pictures, mut md5, mut raw) = (0, Md5::new(), vec![]);
    let mut errors = 0;
    let mut drain = |decoder: &mut Decoder| {
        loop {
            match decoder.next_picture() {
                Ok(Some(picture)) => {
                    pictures += usize::from(picture.width() > 0);
                    raw.clear();
                    picture.write_raw(&mut raw);
                    md5.update(&raw);
                }
                Ok(None) => break,
                Err(_) => errors += 1,
            }
            assert!(start.elapsed() < Duration::from_secs(120), "{name} takes too long");
            assert!(errors < 100_000, "{name} does not end");
        }
    };
    for chunk in data.chunks(chunk) {
        decoder.send_data(chunk, None);
        drain(&mut decoder);
    }
    decoder.flush();
    drain(&mut decoder);
    for issue in decoder.take_issues() {
        assert!(!matches!(issue.reason, Reason::Internal(_)), "{name}: NAL {}: {}", issue.nal, issue.reason);
    }
    (pictures, md5.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[test]
fn damaged_streams_end_with_the_same_pictures_on_any_number_of_threads() {
    for manifest in vectors::manifests() {
        for stream in &manifest.damaged {
            let data = std::fs::read(&stream.file).expect("a stream of the manifest");
            let pictures = decode(&stream.name, &data, 1, usize::MAX);
            assert_eq!(decode(&stream.name, &data, 2, 1009), pictures, "{}", stream.name);
        }
    }
}

/// A step of splitmix64.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Flips bits, drops a range, or doubles one.
fn damage(data: &[u8], seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut out = data.to_vec();
    let at = |state: &mut u64, len: usize| random(state) as usize % len.max(1);
    match seed % 4 {
        0 | 1 => {
            for _ in 0..1 + at(&mut state, 20) {
                let i = at(&mut state, out.len());
                out[i] ^= 1 << at(&mut state, 8);
            }
        }
        2 => {
            let start = at(&mut state, out.len());
            let end = (start + at(&mut state, 500)).min(out.len());
            out.drain(start..end);
        }
        _ => {
            let start = at(&mut state, out.len());
            let end = (start + at(&mut state, 500)).min(out.len());
            let piece = out[start..end].to_vec();
            out.splice(start..start, piece);
        }
    }
    out
}

#[test]
fn randomly_damaged_streams_end() {
    for manifest in vectors::manifests().iter().take(1) {
        for (i, stream) in manifest.streams.iter().enumerate() {
            let data = std::fs::read(&stream.file).expect("a stream of the manifest");
            for seed in 0..4 {
                let seed = seed + 4 * i as u64;
                let broken = damage(&data, seed);
                let name = format!("{} damaged with seed {seed}", stream.name);
                let pictures = decode(&name, &broken, 1, usize::MAX);
                assert_eq!(decode(&name, &broken, 2, 997), pictures, "{name}");
            }
        }
    }
}
