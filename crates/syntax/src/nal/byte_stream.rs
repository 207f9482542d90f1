//! The byte stream format (annex B): NAL units behind start codes `00 00 01`.

use super::unit::{NalHeader, write_nal_unit};
use crate::bits::find_zero_pair;
use crate::error::{Error, Result};
use std::ops::Range;

/// Index of the first `00 00 01` at or after `from`.
fn find_start_code(data: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let pair = find_zero_pair(data, from)?;
        match data.get(pair + 2)? {
            1 => return Some(pair),
            0 => from = pair + 1,
            _ => from = pair + 3,
        }
    }
}

/// `nal` without its trailing zero bytes (trailing_zero_8bits and the zero_byte of a following start code).
fn trim_zeros(data: &[u8], range: Range<usize>) -> Range<usize> {
    let len = data[range.clone()].iter().rposition(|&b| b != 0).map_or(0, |last| last + 1);
    range.start..range.start + len
}

/// Iterates over the NAL units of a whole byte stream, as ranges of it (header included, trailing zero bytes
/// left out). Bytes before the first start code, and empty units, are skipped.
///
/// ```
/// use rivus_syntax::nal::NalUnits;
/// let stream = [0, 0, 0, 1, 0x46, 1, 0x50, 0, 0, 1, 0x4a, 1];
/// assert_eq!(NalUnits::new(&stream).collect::<Vec<_>>(), [4..7, 10..12]);
/// ```
#[derive(Debug, Clone)]
pub struct NalUnits<'a> {
    data: &'a [u8],
    /// Where the next unit begins, just after its start code.
    begin: Option<usize>,
}

impl<'a> NalUnits<'a> {
    /// All NAL units of `data`.
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, begin: find_start_code(data, 0).map(|i| i + 3) }
    }
}

impl Iterator for NalUnits<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        loop {
            let begin = self.begin?;
            let code = find_start_code(self.data, begin);
            self.begin = code.map(|i| i + 3);
            let nal = trim_zeros(self.data, begin..code.unwrap_or(self.data.len()));
            if !nal.is_empty() {
                return Some(nal);
            }
        }
    }
}

/// Splits a byte stream that arrives in chunks of any size.
///
/// ```
/// use rivus_syntax::nal::ByteStreamSplitter;
/// let mut splitter = ByteStreamSplitter::new(1 << 20);
/// splitter.push(&[0, 0, 1, 0x46, 1]);
/// assert_eq!(splitter.next_nal().unwrap(), None); // may go on
/// splitter.push(&[0x50, 0, 0]);
/// splitter.push(&[1, 0x4a, 1]);
/// assert_eq!(splitter.next_nal().unwrap(), Some(&[0x46, 1, 0x50][..]));
/// splitter.finish();
/// assert_eq!(splitter.next_nal().unwrap(), Some(&[0x4a, 1][..]));
/// assert_eq!(splitter.nal_offset(), 9);
/// assert_eq!(splitter.next_nal().unwrap(), None);
/// ```
#[derive(Debug, Clone)]
pub struct ByteStreamSplitter {
    buffer: Vec<u8>,
    /// Start of the current unit in `buffer`; before the first start code, what may be part of one.
    begin: usize,
    /// No start code begins in `buffer[begin..scanned]`.
    scanned: usize,
    in_nal: bool,
    finished: bool,
    max_nal_size: usize,
    /// Bytes of the stream that were before `buffer`.
    dropped: u64,
    /// Where the unit returned last begins in the stream.
    nal_offset: u64,
}

impl ByteStreamSplitter {
    /// A splitter that refuses NAL units of more than `max_nal_size` bytes.
    pub fn new(max_nal_size: usize) -> Self {
        Self {
            buffer: Vec::new(),
            begin: 0,
            scanned: 0,
            in_nal: false,
            finished: false,
            max_nal_size,
            dropped: 0,
            nal_offset: 0,
        }
    }

    /// Appends the next bytes of the stream. Take out units with [`Self::next_nal`] after each call: what is
    /// not taken stays in memory.
    pub fn push(&mut self, chunk: &[u8]) {
        self.buffer.drain(..self.begin);
        self.dropped += self.begin as u64;
        self.scanned -= self.begin;
        self.begin = 0;
        self.finished = false;
        self.buffer.extend_from_slice(chunk);
    }

    /// Says that the stream ends here: the last unit becomes available.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// The next complete NAL unit (header included, trailing zero bytes left out), or `None` until more is
    /// pushed.
    ///
    /// # Errors
    /// [`Error::Limit`] if the current unit is too large. Its bytes are dropped; the call after goes on with
    /// the next start code.
    pub fn next_nal(&mut self) -> Result<Option<&[u8]>> {
        loop {
            let code = find_start_code(&self.buffer, self.scanned);
            let unit = self.begin..code.unwrap_or(self.buffer.len());
            let was_in_nal = self.in_nal;
            match code {
                Some(i) => {
                    self.begin = i + 3;
                    self.scanned = self.begin;
                    self.in_nal = true;
                }
                None if self.finished => {
                    self.begin = unit.end;
                    self.scanned = unit.end;
                    self.in_nal = false;
                }
                None => {
                    // The last two bytes may be the beginning of a start code.
                    self.scanned = self.scanned.max(unit.end.saturating_sub(2));
                    if !self.in_nal {
                        self.begin = self.scanned;
                    } else if unit.len() > self.max_nal_size {
                        self.begin = self.scanned;
                        self.in_nal = false;
                        return Err(self.too_large(unit.len()));
                    }
                    return Ok(None);
                }
            }
            let nal = trim_zeros(&self.buffer, unit);
            if was_in_nal && nal.len() > self.max_nal_size {
                return Err(self.too_large(nal.len()));
            }
            if was_in_nal && !nal.is_empty() {
                self.nal_offset = self.dropped + nal.start as u64;
                return Ok(Some(&self.buffer[nal]));
            }
            if code.is_none() {
                return Ok(None);
            }
        }
    }

    /// Where the NAL unit that [`Self::next_nal`] returned last begins, in bytes from the start of the stream; its start
    /// code is just before.
    pub fn nal_offset(&self) -> u64 {
        self.nal_offset
    }

    fn too_large(&self, size: usize) -> Error {
        Error::Limit { which: "NAL unit size", asked: size as u64, allowed: self.max_nal_size as u64 }
    }
}

/// The two forms of start code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartCode {
    /// `00 00 01`.
    Three,
    /// `00 00 00 01`: required before parameter sets and the first NAL unit of an access unit (B.2.2).
    Four,
}

/// B.2.1: appends a start code and the NAL unit of `header` and `rbsp`, with emulation prevention.
pub fn write_annex_b(start_code: StartCode, header: NalHeader, rbsp: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(match start_code {
        StartCode::Three => &[0, 0, 1],
        StartCode::Four => &[0, 0, 0, 1],
    });
    write_nal_unit(header, rbsp, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nal::NalUnitType;
    use proptest::prelude::*;

    fn zero_rich() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop_oneof![4 => Just(0u8), 2 => 0u8..3, 1 => any::<u8>()], 0..80)
    }

    fn split_in_chunks(stream: &[u8], sizes: &[usize]) -> Vec<Vec<u8>> {
        let mut splitter = ByteStreamSplitter::new(usize::MAX);
        let mut units = vec![];
        let mut sizes = sizes.iter().cycle();
        let mut rest = stream;
        while !rest.is_empty() {
            let (chunk, tail) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
            rest = tail;
            splitter.push(chunk);
            while let Some(nal) = splitter.next_nal().unwrap() {
                units.push(nal.to_vec());
            }
        }
        splitter.finish();
        while let Some(nal) = splitter.next_nal().unwrap() {
            units.push(nal.to_vec());
        }
        units
    }

    proptest! {
        /// The incremental splitter finds what the whole-slice one finds, however the stream is cut.
        #[test]
        fn chunks_do_not_matter(stream in zero_rich(), sizes in prop::collection::vec(1usize..9, 1..5)) {
            let whole: Vec<_> = NalUnits::new(&stream).map(|r| stream[r].to_vec()).collect();
            prop_assert_eq!(split_in_chunks(&stream, &sizes), whole);
        }

        #[test]
        fn written_units_are_found(payloads in prop::collection::vec((zero_rich(), any::<bool>()), 0..6)) {
            let header = NalHeader::new(NalUnitType::FD_NUT, 0);
            let mut payloads = payloads;
            // An RBSP ends in a non-zero byte, its stop bit.
            payloads.iter_mut().for_each(|p| p.0.push(0x80));
            let mut stream = vec![];
            for (rbsp, four) in &payloads {
                write_annex_b(if *four { StartCode::Four } else { StartCode::Three }, header, rbsp, &mut stream);
            }
            let mut buffer = crate::bits::Rbsp::new();
            let found: Vec<_> = NalUnits::new(&stream)
                .map(|r| buffer.unescape(NalHeader::parse(&stream[r]).unwrap().1).to_vec())
                .collect();
            prop_assert_eq!(found.len(), payloads.len());
            for (found, (rbsp, _)) in found.iter().zip(&payloads) {
                prop_assert_eq!(found, rbsp);
            }
        }
    }

    #[test]
    fn an_oversized_unit_is_refused_and_the_next_one_found() {
        let mut splitter = ByteStreamSplitter::new(4);
        splitter.push(&[0, 0, 1, 1, 2, 3, 4, 5, 6, 7]);
        assert!(matches!(splitter.next_nal(), Err(Error::Limit { .. })));
        assert_eq!(splitter.next_nal().unwrap(), None);
        splitter.push(&[8, 0, 0, 1, 9, 9, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 2]);
        assert_eq!(splitter.next_nal().unwrap(), Some(&[9u8, 9][..]));
        assert!(matches!(splitter.next_nal(), Err(Error::Limit { .. })));
        splitter.finish();
        assert_eq!(splitter.next_nal().unwrap(), Some(&[2u8][..]));
        assert_eq!(splitter.next_nal().unwrap(), None);
    }
}
