//! Byte stream format (Annex B) read in chunks, and the way between it and length-prefixed samples.

use std::io::Read;

use crate::{Error, Result};

/// Bytes read at a time.
const CHUNK: usize = 1 << 16;

/// Largest NAL unit accepted. A picture of level 6.2 High tier stays far below.
pub const MAX_NAL_BYTES: usize = 1 << 27;

/// One NAL unit, header included, emulation prevention still in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NalUnit {
    /// Position of the first byte after the start code in the input.
    pub offset: u64,
    /// Header and payload without start code and without trailing zero bytes.
    pub data: Vec<u8>,
}

/// B.2: takes NAL units out of a byte stream.
///
/// Bytes before the first start code are skipped; empty NAL units are left out.
#[derive(Debug)]
pub struct NalReader<R> {
    input: R,
    buffer: Vec<u8>,
    /// First byte of the current NAL unit in `buffer`; `None` before the first start code.
    start: Option<usize>,
    /// Everything before this index was searched for start codes.
    scanned: usize,
    /// Input position of `buffer[0]`.
    base: u64,
    at_end: bool,
}

impl<R: Read> NalReader<R> {
    /// Reads from `input` in chunks of 64 KiB; no further buffering is needed.
    pub fn new(input: R) -> Self {
        Self { input, buffer: Vec::new(), start: None, scanned: 0, base: 0, at_end: false }
    }

    /// Returns the next NAL unit, `None` at the end of the input.
    ///
    /// # Errors
    /// A read fails or a NAL unit exceeds [`MAX_NAL_BYTES`].
    pub fn next_nal(&mut self) -> Result<Option<NalUnit>> {
        loop {
            if let Some(code) = self.find_start_code() {
                let unit = self.take_unit(code);
                self.start = Some(code + 3);
                if unit.is_some() {
                    return Ok(unit);
                }
            } else if self.at_end {
                let end = self.buffer.len();
                let unit = self.take_unit(end);
                self.start = None;
                return Ok(unit);
            } else {
                self.fill()?;
            }
        }
    }

    /// Index of the next `00 00 01` at or after `scanned`.
    fn find_start_code(&mut self) -> Option<usize> {
        let found = find_start_code(&self.buffer[self.scanned..]).map(|index| self.scanned + index);
        // A start code may lie across the border to bytes not read yet.
        self.scanned = found.map_or(self.buffer.len().saturating_sub(2).max(self.scanned), |code| code + 3);
        found
    }

    /// The unit from `start` to `end` without trailing zero bytes.
    fn take_unit(&self, end: usize) -> Option<NalUnit> {
        let start = self.start?;
        let data = self.buffer.get(start..end)?;
        let length = data.iter().rposition(|&byte| byte != 0)? + 1;
        Some(NalUnit { offset: self.base + start as u64, data: data[..length].to_vec() })
    }

    /// Drops what is no longer needed and reads one more chunk.
    fn fill(&mut self) -> Result<()> {
        let keep_from = self.start.unwrap_or(self.scanned);
        // Moving the rest only when at least half is dropped keeps the work linear in the input.
        if keep_from >= CHUNK && keep_from * 2 >= self.buffer.len() {
            self.buffer.drain(..keep_from);
            self.base += keep_from as u64;
            self.scanned -= keep_from;
            self.start = self.start.map(|start| start - keep_from);
        }
        let size = self.buffer.len() - self.start.unwrap_or(self.buffer.len());
        if size > MAX_NAL_BYTES {
            return Err(Error::Limit {
                place: format!("NAL unit at byte {}", self.base + self.start.unwrap_or(0) as u64),
                asked: size as u64,
                allowed: MAX_NAL_BYTES as u64,
            });
        }
        let old = self.buffer.len();
        self.buffer.resize(old + CHUNK, 0);
        let count = loop {
            match self.input.read(&mut self.buffer[old..]) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.buffer.truncate(old + count);
        self.at_end = count == 0;
        Ok(())
    }
}

/// Index of the first `00 00 01`.
fn find_start_code(data: &[u8]) -> Option<usize> {
    let mut index = 2;
    // The third byte decides how far to move: only 00 and 01 can belong to a start code that begins here or earlier.
    while let Some(&byte) = data.get(index) {
        if byte > 1 {
            index += 3;
        } else if byte == 1 && data[index - 2..index] == [0, 0] {
            return Some(index - 2);
        } else {
            index += 1;
        }
    }
    None
}

/// Splits a whole Annex B buffer into NAL units, as [`NalReader`] does.
pub fn split(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = find_start_code(data).map(|code| &data[code + 3..]);
    std::iter::from_fn(move || {
        loop {
            let current = rest?;
            let end = find_start_code(current);
            rest = end.map(|code| &current[code + 3..]);
            let unit = &current[..end.unwrap_or(current.len())];
            if let Some(last) = unit.iter().rposition(|&byte| byte != 0) {
                return Some(&unit[..=last]);
            }
        }
    })
}

/// Splits an MP4 sample into its NAL units, each behind a big-endian length of `length_size` bytes.
///
/// # Errors
/// A length reaches past the end of the sample; units before it are lost with it.
pub fn split_length_prefixed(sample: &[u8], length_size: u8) -> Result<Vec<&[u8]>> {
    let mut units = Vec::new();
    let mut rest = sample;
    while !rest.is_empty() {
        let at = sample.len() - rest.len();
        let parts = rest.split_at_checked(usize::from(length_size)).and_then(|(prefix, tail)| {
            let length = prefix.iter().fold(0usize, |value, &byte| value << 8 | usize::from(byte));
            tail.split_at_checked(length)
        });
        let Some((unit, tail)) = parts else {
            let reason = "the length of a NAL unit reaches past the end of the sample";
            return Err(Error::malformed(format!("byte {at} of the sample"), reason));
        };
        if !unit.is_empty() {
            units.push(unit);
        }
        rest = tail;
    }
    Ok(units)
}

/// Appends `unit` behind a four-byte start code.
pub fn append_with_start_code(out: &mut Vec<u8>, unit: &[u8]) {
    out.extend_from_slice(&[0, 0, 0, 1]);
    out.extend_from_slice(unit);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives at most `step` bytes per call.
    struct Dribble<'a>(&'a [u8], usize);

    impl Read for Dribble<'_> {
        fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
            let count = self.1.min(buf.len()).min(self.0.len());
            buf[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn read_all(data: &[u8], step: usize) -> Vec<NalUnit> {
        let mut reader = NalReader::new(Dribble(data, step));
        std::iter::from_fn(|| reader.next_nal().expect("memory")).collect()
    }

    #[test]
    fn start_codes_of_both_lengths_and_trailing_zeros() {
        let data = [9, 9, 0, 0, 0, 1, 0x40, 1, 5, 0, 0, 0, 0, 1, 0x42, 1, 0, 0, 3, 0, 0, 0, 1, 0, 0, 1, 0x44];
        for step in 1..8 {
            let units = read_all(&data, step);
            let bodies: Vec<&[u8]> = units.iter().map(|unit| &unit.data[..]).collect();
            assert_eq!(bodies, [&[0x40, 1, 5][..], &[0x42, 1, 0, 0, 3], &[0x44]]);
            assert_eq!(units.iter().map(|unit| unit.offset).collect::<Vec<_>>(), [6, 14, 26]);
        }
        assert_eq!(split(&data).count(), 3);
    }

    #[test]
    fn units_larger_than_the_chunk_come_whole() {
        let mut data = Vec::new();
        for (size, fill) in [(200_000, 0x55), (3, 0x66), (70_000, 0x77)] {
            append_with_start_code(&mut data, &vec![fill; size]);
        }
        let sizes: Vec<_> = read_all(&data, 10_007).iter().map(|unit| unit.data.len()).collect();
        assert_eq!(sizes, [200_000, 3, 70_000]);
    }

    #[test]
    fn a_length_past_the_end_is_an_error() {
        assert_eq!(split_length_prefixed(&[0, 2, 7, 8, 0, 0, 0, 1, 9], 2).expect("whole").len(), 2);
        let message = split_length_prefixed(&[0, 2, 7, 8, 0, 3, 1], 2).expect_err("short").to_string();
        assert!(message.starts_with("byte 4 of the sample"), "{message}");
        assert!(split_length_prefixed(&[0], 2).is_err());
        assert!(split_length_prefixed(&[255; 9], 4).is_err());
    }

    proptest! {
        #[test]
        fn reader_and_splitter_agree(data in proptest::collection::vec(0u8..4, 0..300), step in 1usize..50) {
            let units: Vec<Vec<u8>> = read_all(&data, step).into_iter().map(|unit| unit.data).collect();
            let split: Vec<Vec<u8>> = split(&data).map(<[u8]>::to_vec).collect();
            prop_assert_eq!(units, split);
        }
    }
}
