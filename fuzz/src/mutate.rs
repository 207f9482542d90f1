//! Mutations that know NAL units, for inputs that are byte streams.
//!
//! A plain mutation hits emulation prevention and start codes as readily as the payload. Here one NAL unit is taken, its
//! emulation prevention removed, changed by libFuzzer's own mutations, and put back; or units are left out, doubled or
//! exchanged, which plain mutations rarely do.

use libfuzzer_sys::fuzzer_mutate;
use rivus_syntax::bits::Rbsp;
use rivus_syntax::nal::{NalHeader, NalUnits, StartCode, write_annex_b};
use std::ops::Range;

/// Changes `data[..size]`, which may grow up to `max_size`, and returns the new size.
pub fn byte_stream(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let units: Vec<Range<usize>> = NalUnits::new(&data[..size]).collect();
    let mut random = Random(seed);
    if units.is_empty() || random.below(3) == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let changed = change(&data[..size], &units, &mut random);
    match changed {
        Some(changed) if changed.len() <= max_size => {
            data[..changed.len()].copy_from_slice(&changed);
            changed.len()
        }
        _ => fuzzer_mutate(data, size, max_size),
    }
}

/// The stream with one change; none if the unit that was picked cannot be changed so.
fn change(stream: &[u8], units: &[Range<usize>], random: &mut Random) -> Option<Vec<u8>> {
    let (picked, other) = (random.below(units.len()), random.below(units.len()));
    let unit = &units[picked];
    let with_code = |range: &Range<usize>| [&[0, 0, 1], &stream[range.clone()]].concat();
    match random.below(10) {
        0 => Some([&stream[..unit.start], &stream[unit.end..]].concat()),
        1 => {
            let place = units[other].end;
            Some([&stream[..place], &with_code(unit), &stream[place..]].concat())
        }
        2 if picked != other => {
            let (a, b) = (&units[picked.min(other)], &units[picked.max(other)]);
            let between = &stream[a.end..b.start];
            let exchanged = [&stream[b.clone()], between, &stream[a.clone()]].concat();
            Some([&stream[..a.start], &exchanged, &stream[b.end..]].concat())
        }
        _ => {
            let (header, payload) = NalHeader::parse(&stream[unit.clone()]).ok()?;
            let mut rbsp = Rbsp::new().unescape(payload).to_vec();
            mutate_payload(&mut rbsp, random);
            let mut written = Vec::new();
            write_annex_b(StartCode::Three, header, &rbsp, &mut written);
            // The start code that is there stays.
            Some([&stream[..unit.start], &written[3..], &stream[unit.end..]].concat())
        }
    }
}

/// Changes the whole payload or only its beginning, where headers are.
fn mutate_payload(rbsp: &mut Vec<u8>, random: &mut Random) {
    let tail = match random.below(2) {
        0 => rbsp.split_off(rbsp.len().min(16)),
        _ => vec![],
    };
    let size = rbsp.len();
    let max_size = size + 8;
    rbsp.resize(max_size, 0);
    let size = fuzzer_mutate(rbsp, size, max_size);
    rbsp.truncate(size);
    rbsp.extend_from_slice(&tail);
}

/// A linear congruential generator: libFuzzer gives a seed per mutation.
struct Random(u32);

impl Random {
    /// A number below `bound`, which is not 0.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % bound
    }
}
