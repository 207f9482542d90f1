//! Emulation prevention (clauses 7.3.1.1 and 7.4.2): `00 00 03` in a NAL unit stands for `00 00` in its RBSP.

use std::ops::Range;

/// The RBSP of one NAL unit, in buffers that are reused from unit to unit.
#[derive(Debug, Clone, Default)]
pub struct Rbsp {
    bytes: Vec<u8>,
    /// For each removed emulation_prevention_three_byte, ascending: the index in `bytes` of what followed it.
    removed: Vec<usize>,
}

impl Rbsp {
    /// Empty buffers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces the contents by the RBSP of `payload`, the bytes of a NAL unit after its two-byte header.
    pub fn unescape(&mut self, payload: &[u8]) -> &[u8] {
        self.bytes.clear();
        self.removed.clear();
        self.bytes.reserve(payload.len());
        let mut copied = 0;
        let mut from = 0;
        while let Some(pair) = find_zero_pair(payload, from) {
            if payload.get(pair + 2) == Some(&3) {
                self.bytes.extend_from_slice(&payload[copied..pair + 2]);
                self.removed.push(self.bytes.len());
                copied = pair + 3;
                from = copied;
            } else {
                from = pair + 1;
            }
        }
        self.bytes.extend_from_slice(&payload[copied..]);
        &self.bytes
    }

    /// The RBSP bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Turns consecutive sizes minus 1 in NAL unit bytes (emulation prevention bytes included, as
    /// `entry_point_offset_minus1` counts them) into ranges of [`Self::bytes`]. The first piece begins at
    /// `start`; one more piece than there are sizes reaches to the end of the RBSP.
    ///
    /// The first piece that does not fit, and all after it, are left out: what remains belongs to the piece
    /// before. Pieces are never empty, unless nothing follows `start`.
    pub fn ranges_from_nal_sizes(&self, start: usize, sizes_minus1: &[u32]) -> Vec<Range<usize>> {
        // An emulation prevention byte directly before `start` belongs to what precedes.
        let mut passed = self.removed.partition_point(|&r| r <= start);
        let mut nal_end = start as u64 + passed as u64;
        let mut begin = start;
        let mut ranges = Vec::with_capacity(sizes_minus1.len() + 1);
        for &size_minus1 in sizes_minus1 {
            nal_end += u64::from(size_minus1) + 1;
            // Removed byte number `passed` stood at `removed[passed] + passed` in the NAL unit.
            while self.removed.get(passed).is_some_and(|&r| ((r + passed) as u64) < nal_end) {
                passed += 1;
            }
            let end = usize::try_from(nal_end - passed as u64).unwrap_or(usize::MAX);
            if end <= begin || end >= self.bytes.len() {
                break;
            }
            ranges.push(begin..end);
            begin = end;
        }
        ranges.push(begin..self.bytes.len());
        ranges
    }
}

/// Index of the first `00 00` at or after `from`.
pub(crate) fn find_zero_pair(data: &[u8], from: usize) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let mut i = from;
    loop {
        // Eight bytes without any zero byte cannot hold the first zero of a pair.
        while let Some(v) =
            data.get(i..i + 8).and_then(|b| <[u8; 8]>::try_from(b).ok()).map(u64::from_le_bytes)
        {
            let zeros = v.wrapping_sub(ONES) & !v & HIGH;
            if zeros != 0 {
                i += (zeros.trailing_zeros() / 8) as usize;
                break;
            }
            i += 8;
        }
        while i < data.len() && data[i] != 0 {
            i += 1;
        }
        match data.get(i + 1) {
            None => return None,
            Some(0) => return Some(i),
            Some(_) => i += 2,
        }
    }
}

/// Calls `at` with each position of `rbsp` before which an emulation prevention byte belongs.
fn for_each_insertion(rbsp: &[u8], mut at: impl FnMut(usize)) {
    let mut from = 0;
    while let Some(pair) = find_zero_pair(rbsp, from) {
        match rbsp.get(pair + 2) {
            Some(0..=3) | None => {
                at(pair + 2);
                from = pair + 2;
            }
            Some(_) => from = pair + 3,
        }
    }
}

/// Appends `rbsp` to `out` with emulation prevention bytes inserted, one also after a final `00 00`.
pub fn escape_into(rbsp: &[u8], out: &mut Vec<u8>) {
    out.reserve(rbsp.len() + rbsp.len() / 64);
    let mut copied = 0;
    for_each_insertion(rbsp, |i| {
        out.extend_from_slice(&rbsp[copied..i]);
        out.push(3);
        copied = i;
    });
    out.extend_from_slice(&rbsp[copied..]);
}

/// Size of `rbsp` with emulation prevention, in bytes: what `entry_point_offset_minus1` + 1 counts for a
/// substream. Every substream ends in a non-zero byte, so its size does not depend on its neighbours.
pub fn escaped_len(rbsp: &[u8]) -> usize {
    let mut inserted = 0;
    for_each_insertion(rbsp, |_| inserted += 1);
    rbsp.len() + inserted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unescape(nal: &[u8]) -> Vec<u8> {
        Rbsp::new().unescape(nal).to_vec()
    }

    #[test]
    fn known_sequences() {
        for (rbsp, nal) in [
            (&[0u8, 0, 1][..], &[0u8, 0, 3, 1][..]),
            (&[0, 0, 0, 0, 0], &[0, 0, 3, 0, 0, 3, 0]),
            (&[0, 0, 3, 0, 0, 2], &[0, 0, 3, 3, 0, 0, 3, 2]),
            (&[0, 0, 4, 0], &[0, 0, 4, 0]),
            (&[5, 0, 0], &[5, 0, 0, 3]),
        ] {
            let mut out = vec![];
            escape_into(rbsp, &mut out);
            assert_eq!(out, nal);
            assert_eq!(escaped_len(rbsp), nal.len());
            assert_eq!(unescape(nal), rbsp);
        }
    }

    /// Bytes rich in zeros and small values, at lengths around the eight-byte step.
    fn zero_rich(max: usize) -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop_oneof![4 => Just(0u8), 2 => 0u8..5, 1 => any::<u8>()], 0..max)
    }

    proptest! {
        #[test]
        fn zero_pairs_match_a_plain_search(data in zero_rich(40), from in 0usize..44) {
            let plain = (from..data.len().saturating_sub(1)).find(|&i| data[i] == 0 && data[i + 1] == 0);
            prop_assert_eq!(find_zero_pair(&data, from), plain);
        }

        #[test]
        fn escape_then_unescape_is_identity(rbsp in zero_rich(80)) {
            let mut nal = vec![];
            escape_into(&rbsp, &mut nal);
            prop_assert_eq!(nal.len(), escaped_len(&rbsp));
            prop_assert!(!nal.windows(3).any(|w| w[0] == 0 && w[1] == 0 && w[2] < 3));
            prop_assert!(!nal.ends_with(&[0, 0]));
            prop_assert_eq!(unescape(&nal), rbsp);
        }

        /// Pieces joined, escaped and cut again by their escaped sizes are the pieces.
        #[test]
        fn sizes_in_nal_bytes_become_ranges(pieces in prop::collection::vec(zero_rich(20), 2..6)) {
            // As in slice data, every piece ends in a non-zero byte.
            let pieces: Vec<Vec<u8>> = pieces.into_iter().map(|mut p| { p.push(0x80); p }).collect();
            let mut nal = vec![];
            escape_into(&pieces.concat(), &mut nal);
            let mut rbsp = Rbsp::new();
            rbsp.unescape(&nal);
            let sizes: Vec<u32> = pieces[1..].iter().map(|p| escaped_len(p) as u32 - 1).collect();
            let ranges = rbsp.ranges_from_nal_sizes(pieces[0].len(), &sizes[..sizes.len() - 1]);
            prop_assert_eq!(ranges.len(), pieces.len() - 1);
            for (range, piece) in ranges.iter().cloned().zip(&pieces[1..]) {
                prop_assert_eq!(&rbsp.bytes()[range], &piece[..]);
            }
            prop_assert_eq!(rbsp.ranges_from_nal_sizes(pieces[0].len(), &sizes), ranges);
        }
    }
}
