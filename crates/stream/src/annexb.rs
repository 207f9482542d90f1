//! Byte stream format (Annex B) read in chunks from any `Read`, on top of `rivus_syntax::nal`.

use std::io::Read;

use rivus_syntax::nal::{ByteStreamSplitter, NalUnits};

use crate::{Error, Result};

/// Bytes read at a time.
const CHUNK: usize = 1 << 16;

/// Largest NAL unit accepted. A picture of level 6.2 High tier stays far below.
pub const MAX_NAL_BYTES: usize = 1 << 27;

/// B.2: takes NAL units out of a byte stream.
#[derive(Debug)]
pub struct NalReader<R> {
    input: R,
    splitter: ByteStreamSplitter,
    chunk: Vec<u8>,
    at_end: bool,
    bytes_read: u64,
}

impl<R: Read> NalReader<R> {
    /// Reads from `input` in chunks of 64 KiB; no further buffering is needed.
    pub fn new(input: R) -> Self {
        let splitter = ByteStreamSplitter::new(MAX_NAL_BYTES);
        Self { input, splitter, chunk: vec![0; CHUNK], at_end: false, bytes_read: 0 }
    }

    /// Returns the next NAL unit: header and payload, without start code and trailing zero bytes. `None` at the end
    /// of the input.
    ///
    /// # Errors
    /// A read fails or a NAL unit exceeds [`MAX_NAL_BYTES`].
    pub fn next_nal(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            let found = self.splitter.next_nal().map(|unit| unit.map(<[u8]>::to_vec));
            let place = || format!("before byte {}", self.bytes_read);
            match found.map_err(|error| Error::malformed(place(), error.to_string()))? {
                Some(unit) => return Ok(Some(unit)),
                None if self.at_end => return Ok(None),
                None => self.fill()?,
            }
        }
    }

    fn fill(&mut self) -> Result<()> {
        match self.input.read(&mut self.chunk) {
            Ok(0) => {
                self.at_end = true;
                self.splitter.finish();
            }
            Ok(count) => {
                self.splitter.push(&self.chunk[..count]);
                self.bytes_read += count as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

/// NAL units of a whole Annex B buffer, as [`NalReader`] gives them.
pub fn split(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    NalUnits::new(data).map(|range| &data[range])
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

    fn read_all(data: &[u8], step: usize) -> Vec<Vec<u8>> {
        let mut reader = NalReader::new(Dribble(data, step));
        std::iter::from_fn(|| reader.next_nal().expect("memory")).collect()
    }

    #[test]
    fn units_larger_than_the_chunk_come_whole() {
        let mut data = Vec::new();
        for (size, fill) in [(200_000, 0x55), (3, 0x66), (70_000, 0x77)] {
            append_with_start_code(&mut data, &vec![fill; size]);
        }
        let sizes: Vec<_> = read_all(&data, 10_007).iter().map(Vec::len).collect();
        assert_eq!(sizes, [200_000, 3, 70_000]);
    }

    proptest! {
        #[test]
        fn reader_and_splitter_agree(data in proptest::collection::vec(0u8..4, 0..300), step in 1usize..50) {
            let split: Vec<Vec<u8>> = split(&data).map(<[u8]>::to_vec).collect();
            prop_assert_eq!(read_all(&data, step), split);
        }
    }
}
