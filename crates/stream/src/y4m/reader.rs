//! Reading y4m.

use std::io::{BufRead, BufReader, Read};

use super::header::Header;
use crate::frame::{Frame, FrameMemory};
use crate::raw::read_fully;
use crate::{Error, Result};

/// Longest header or `FRAME` line; real ones have some 100 bytes.
const MAX_LINE: u64 = 4096;

/// Reads a y4m stream picture by picture.
#[derive(Debug)]
pub struct Reader<R> {
    input: BufReader<R>,
    header: Header,
    frames_read: u64,
    offset: u64,
    memory: FrameMemory,
}

impl<R: Read> Reader<R> {
    /// Reads the header line.
    ///
    /// # Errors
    /// Not a y4m stream, or one whose header cannot be accepted; the error names the parameter.
    pub fn new(input: R) -> Result<Self> {
        let mut input = BufReader::with_capacity(1 << 16, input);
        let line = read_line(&mut input, "y4m header")?.ok_or_else(|| Error::Truncated {
            place: "y4m header".into(),
            have: 0,
            need: super::header::MAGIC.len() as u64,
        })?;
        let text = std::str::from_utf8(&line)
            .map_err(|_| Error::malformed("y4m header", "is not a YUV4MPEG2 text line"))?;
        let header = Header::parse(text.trim_end_matches('\r'))?;
        let offset = line.len() as u64 + 1;
        Ok(Self { input, header, frames_read: 0, offset, memory: FrameMemory::default() })
    }

    /// What the header said.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Pictures returned so far.
    pub fn frames_read(&self) -> u64 {
        self.frames_read
    }

    /// Returns the next picture, `None` at the end of the stream. Parameters of the `FRAME` line are ignored.
    ///
    /// # Errors
    /// No `FRAME` line where one must be, or the stream ends inside a picture; the error says which and where.
    pub fn read_frame(&mut self) -> Result<Option<Frame>> {
        let place = format!("picture {} at byte {}", self.frames_read, self.offset);
        let Some(line) = read_line(&mut self.input, &place)? else {
            return Ok(None);
        };
        if !(line.starts_with(b"FRAME") && matches!(line.get(5), None | Some(b' ' | b'\r'))) {
            return Err(Error::malformed(place, "does not start with FRAME"));
        }
        let need = self.header.format.frame_bytes();
        let have = read_fully(&mut self.input, self.memory.bytes(self.header.format))?;
        if have < need {
            return Err(Error::Truncated { place, have: have as u64, need: need as u64 });
        }
        self.offset += line.len() as u64 + 1 + need as u64;
        self.frames_read += 1;
        Ok(Some(self.memory.frame(self.header.format)))
    }

    /// Takes a picture nobody needs any more, for its memory.
    pub fn reuse(&mut self, frame: Frame) {
        self.memory.reuse(frame);
    }
}

/// Returns the next line without its line feed, `None` if the input is at its end.
fn read_line(input: &mut impl BufRead, place: &str) -> Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    input.take(MAX_LINE).read_until(b'\n', &mut line)?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(_) if line.len() as u64 + 1 == MAX_LINE => {
            Err(Error::malformed(place, format!("no line feed within {MAX_LINE} bytes")))
        }
        Some(_) => {
            let have = line.len() as u64 + 1;
            Err(Error::Truncated { place: place.into(), have, need: have + 1 })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::frame::Samples;

    fn sample_stream() -> Vec<u8> {
        let mut stream = b"YUV4MPEG2 W3 H3 F25:1 C420\nFRAME\n".to_vec();
        stream.extend(0..17);
        stream.extend(b"FRAME Ip\n");
        stream.extend(100..117);
        stream
    }

    fn read_all(data: &[u8]) -> Result<Vec<Frame>> {
        let mut reader = Reader::new(data)?;
        std::iter::from_fn(|| reader.read_frame().transpose()).collect()
    }

    #[test]
    fn two_odd_sized_pictures() {
        let frames = read_all(&sample_stream()).expect("whole");
        assert_eq!(frames.len(), 2);
        assert_eq!(frames[1].samples, Samples::U8((100..117).collect()));
    }

    #[test]
    fn a_stream_cut_anywhere_is_an_error_or_a_shorter_stream() {
        let stream = sample_stream();
        let header_end = stream.iter().position(|&b| b == b'\n').expect("line") + 1;
        let frame_end = header_end + 6 + 17;
        for cut in 0..stream.len() {
            match read_all(&stream[..cut]) {
                Ok(frames) => {
                    assert!(cut == header_end || cut == frame_end, "cut at {cut}");
                    assert_eq!(frames.len(), usize::from(cut == frame_end));
                }
                Err(error) => assert!(matches!(error, Error::Truncated { .. }), "cut at {cut}: {error}"),
            }
        }
    }

    #[test]
    fn garbage_between_pictures_names_the_place() {
        let mut stream = sample_stream();
        stream[27 + 6 + 17] = b'G';
        let message = read_all(&stream).expect_err("no FRAME").to_string();
        assert_eq!(message, "picture 1 at byte 50: does not start with FRAME");
    }

    #[test]
    fn an_endless_line_is_refused() {
        let stream = vec![b'Y'; 100_000];
        assert!(Reader::new(&stream[..]).expect_err("no line feed").to_string().contains("4096"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_panic(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut stream = b"YUV4MPEG2 ".to_vec();
            stream.extend(&data);
            let _ = read_all(&data);
            let _ = read_all(&stream);
        }
    }
}
