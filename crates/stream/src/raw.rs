//! Raw planar files (`.yuv`): pictures one after the other, nothing between; little endian above 8 bits.

use std::io::{Read, Write};

use crate::frame::{Frame, FrameFormat, FrameMemory};
use crate::{Error, Result};

/// Reads as much of `buffer` as the input has; fewer bytes than asked for mean its end.
pub(crate) fn read_fully(input: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Reads pictures of one format.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    format: FrameFormat,
    frames_read: u64,
    memory: FrameMemory,
}

impl<R: Read> Reader<R> {
    /// Reads pictures of `format` from `input`.
    pub fn new(input: R, format: FrameFormat) -> Self {
        Self { input, format, frames_read: 0, memory: FrameMemory::default() }
    }

    /// Format of every picture.
    pub fn format(&self) -> FrameFormat {
        self.format
    }

    /// Returns the next picture, `None` at the end of the input.
    ///
    /// # Errors
    /// [`Error::Truncated`] if the input ends inside a picture, or a read fails.
    pub fn read_frame(&mut self) -> Result<Option<Frame>> {
        let bytes = self.memory.bytes(self.format);
        let have = read_fully(&mut self.input, bytes)?;
        if have == 0 {
            return Ok(None);
        }
        if have < bytes.len() {
            return Err(Error::Truncated {
                place: format!("picture {}", self.frames_read),
                have: have as u64,
                need: bytes.len() as u64,
            });
        }
        self.frames_read += 1;
        Ok(Some(self.memory.frame(self.format)))
    }

    /// Takes a picture nobody needs any more, for its memory.
    pub fn reuse(&mut self, frame: Frame) {
        self.memory.reuse(frame);
    }
}

/// Writes rows of 8-bit samples as they are.
///
/// # Errors
/// The write fails.
pub fn write_row_u8(output: &mut impl Write, row: &[u8]) -> Result<()> {
    Ok(output.write_all(row)?)
}

/// Writes a row of samples as 16-bit little endian.
///
/// # Errors
/// The write fails.
pub fn write_row_u16(output: &mut impl Write, row: &[u16]) -> Result<()> {
    // A row goes through a small buffer: one write call per sample would cost more than the conversion.
    let mut bytes = [0; 1024];
    for part in row.chunks(bytes.len() / 2) {
        for (pair, sample) in bytes.chunks_exact_mut(2).zip(part) {
            pair.copy_from_slice(&sample.to_le_bytes());
        }
        output.write_all(&bytes[..part.len() * 2])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{ChromaSampling, Samples};

    #[test]
    fn frames_then_end_then_truncation() {
        let format = FrameFormat::new(2, 2, ChromaSampling::Yuv420, 8).expect("legal");
        let data: Vec<u8> = (0..15).collect();
        let mut reader = Reader::new(&data[..12], format);
        let first = reader.read_frame().expect("whole").expect("there");
        assert_eq!(first.samples, Samples::U8((0..6).collect()));
        reader.reuse(first);
        let second = reader.read_frame().expect("whole").expect("there");
        assert_eq!(second.samples, Samples::U8((6..12).collect()));
        assert!(reader.read_frame().expect("end").is_none());
        let mut reader = Reader::new(&data[..], format);
        for _ in 0..2 {
            reader.read_frame().expect("whole");
        }
        let message = reader.read_frame().expect_err("half a picture").to_string();
        assert_eq!(message, "picture 2: the input ends after 3 of 6 bytes");
    }

    #[test]
    fn long_rows_of_words_are_written_whole() {
        let row: Vec<u16> = (0..3001).collect();
        let mut bytes = Vec::new();
        write_row_u16(&mut bytes, &row).expect("memory");
        assert_eq!(bytes.len(), 6002);
        assert_eq!(bytes[6000..], 3000u16.to_le_bytes());
    }
}
