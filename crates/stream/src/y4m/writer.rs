//! Writing y4m.

use std::io::Write;

use super::header::Header;
use crate::frame::{Frame, Samples};
use crate::{Result, raw};

/// Writes a y4m stream: the header, then per picture [`begin_frame`](Self::begin_frame) and its rows plane by plane.
#[derive(Debug)]
pub struct Writer<W> {
    output: W,
}

impl<W: Write> Writer<W> {
    /// Writes the header line.
    ///
    /// # Errors
    /// The write fails.
    pub fn new(mut output: W, header: &Header) -> Result<Self> {
        output.write_all(header.to_line().as_bytes())?;
        Ok(Self { output })
    }

    /// Writes the `FRAME` line. The caller then writes exactly the rows of one picture, Y, Cb, Cr.
    ///
    /// # Errors
    /// The write fails.
    pub fn begin_frame(&mut self) -> Result<()> {
        Ok(self.output.write_all(b"FRAME\n")?)
    }

    /// Writes a row of 8-bit samples.
    ///
    /// # Errors
    /// The write fails.
    pub fn write_row_u8(&mut self, row: &[u8]) -> Result<()> {
        raw::write_row_u8(&mut self.output, row)
    }

    /// Writes a row of samples of 9 to 16 bits.
    ///
    /// # Errors
    /// The write fails.
    pub fn write_row_u16(&mut self, row: &[u16]) -> Result<()> {
        raw::write_row_u16(&mut self.output, row)
    }

    /// Writes a whole picture, whose format must be the header's.
    ///
    /// # Errors
    /// The write fails.
    pub fn write_frame(&mut self, frame: &Frame) -> Result<()> {
        self.begin_frame()?;
        match &frame.samples {
            Samples::U8(samples) => self.write_row_u8(samples),
            Samples::U16(samples) => self.write_row_u16(samples),
        }
    }

    /// Flushes and returns the output.
    ///
    /// # Errors
    /// The flush fails.
    pub fn finish(mut self) -> Result<W> {
        self.output.flush()?;
        Ok(self.output)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Reader;
    use super::*;
    use crate::frame::{ChromaSampling, FrameFormat, FrameMemory};
    use crate::video::Ratio;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            width in 1usize..20,
            height in 1usize..20,
            idc in 0usize..4,
            depth in 8u8..=16,
            frames in 0u64..3,
            rate in proptest::option::of((1u32..100_000, 1u32..2000)),
        ) {
            let chroma = [
                ChromaSampling::Monochrome, ChromaSampling::Yuv420, ChromaSampling::Yuv422, ChromaSampling::Yuv444,
            ][idc];
            let format = FrameFormat::new(width, height, chroma, depth).expect("legal");
            let header = Header::new(format, rate.and_then(|(num, den)| Ratio::new(num, den)));
            let picture = |index: u64| {
                let mut memory = FrameMemory::default();
                for (i, byte) in memory.bytes(format).iter_mut().enumerate() {
                    *byte = ((i as u64 * 7 + index) % 251) as u8;
                }
                memory.frame(format)
            };
            let mut writer = Writer::new(Vec::new(), &header).expect("memory");
            for index in 0..frames {
                writer.write_frame(&picture(index)).expect("memory");
            }
            let stream = writer.finish().expect("memory");
            let mut reader = Reader::new(&stream[..]).expect("own header");
            prop_assert_eq!(reader.header(), &header);
            for index in 0..frames {
                let frame = reader.read_frame().expect("whole").expect("there");
                prop_assert_eq!(&frame, &picture(index));
                // The next one comes in the memory of this one.
                reader.reuse(frame);
            }
            prop_assert_eq!(reader.read_frame().expect("end"), None);
        }
    }
}
