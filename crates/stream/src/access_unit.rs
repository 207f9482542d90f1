//! 7.4.2.4.4: grouping NAL units into access units.

use std::io::Read;

use rivus_syntax::nal::{NalHeader, NalUnitType};

use crate::Result;
use crate::annexb::{NalReader, append_with_start_code};

/// Type of a NAL unit of the base layer; `None` for other layers and units without a whole legal header.
pub fn base_type(unit: &[u8]) -> Option<NalUnitType> {
    let (header, _) = NalHeader::parse(unit).ok()?;
    (header.nuh_layer_id == 0).then_some(header.nal_unit_type)
}

/// Whether `unit` is a slice segment (or reserved VCL type) of the base layer.
fn is_base_vcl(unit: &[u8]) -> bool {
    base_type(unit).is_some_and(NalUnitType::is_vcl)
}

/// All NAL units of one coded picture, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccessUnit {
    /// NAL units without start codes, other layers' included.
    pub units: Vec<Vec<u8>>,
}

impl AccessUnit {
    /// Type of the first slice segment, `None` if there is no slice.
    pub fn slice_type(&self) -> Option<NalUnitType> {
        self.units.iter().filter_map(|unit| base_type(unit)).find(|kind| kind.is_vcl())
    }

    /// The NAL units behind start codes.
    pub fn to_annexb(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.units.iter().map(|unit| unit.len() + 4).sum());
        for unit in &self.units {
            append_with_start_code(&mut out, unit);
        }
        out
    }
}

/// Collects NAL units until the next access unit begins.
#[derive(Debug, Default)]
pub struct Assembler {
    current: AccessUnit,
    has_slice: bool,
}

impl Assembler {
    /// Adds `unit` and returns the access unit before it if `unit` begins a new one.
    pub fn push(&mut self, unit: Vec<u8>) -> Option<AccessUnit> {
        let finished = if self.has_slice && begins_access_unit(&unit) { self.finish() } else { None };
        self.has_slice |= is_base_vcl(&unit);
        self.current.units.push(unit);
        finished
    }

    /// Returns what is left at the end of the stream.
    pub fn finish(&mut self) -> Option<AccessUnit> {
        self.has_slice = false;
        let unit = std::mem::take(&mut self.current);
        (!unit.units.is_empty()).then_some(unit)
    }
}

/// Whether `unit`, after at least one slice of a picture, is the first NAL unit of the next access unit.
fn begins_access_unit(unit: &[u8]) -> bool {
    match base_type(unit).map(NalUnitType::value) {
        // first_slice_segment_in_pic_flag is the first bit of the slice header.
        Some(0..=31) => unit.get(2).is_some_and(|byte| byte & 0x80 != 0),
        // VPS, SPS, PPS, access unit delimiter, prefix SEI, RSV_NVCL41..44, UNSPEC48..55.
        Some(32..=35 | 39 | 41..=44 | 48..=55) => true,
        _ => false,
    }
}

/// Reads a byte stream access unit by access unit.
#[derive(Debug)]
pub struct AccessUnitReader<R> {
    nals: NalReader<R>,
    assembler: Assembler,
}

impl<R: Read> AccessUnitReader<R> {
    /// Reads from `input` in chunks.
    pub fn new(input: R) -> Self {
        Self { nals: NalReader::new(input), assembler: Assembler::default() }
    }

    /// Returns the next access unit, `None` at the end of the input.
    ///
    /// # Errors
    /// As for [`NalReader::next_nal`].
    pub fn next_access_unit(&mut self) -> Result<Option<AccessUnit>> {
        while let Some(unit) = self.nals.next_nal()? {
            if let Some(finished) = self.assembler.push(unit) {
                return Ok(Some(finished));
            }
        }
        Ok(self.assembler.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A NAL unit of `kind` and `layer` whose first payload byte is `byte`.
    fn unit(kind: u8, layer: u8, byte: u8) -> Vec<u8> {
        vec![kind << 1, layer << 3 | 1, byte, 0x11]
    }

    #[test]
    fn pictures_are_split_before_their_first_header_or_slice() {
        let mut stream = Vec::new();
        // Picture 1: parameter sets, two slices, a slice of layer 1, suffix SEI. Picture 2: bare slice, end of sequence.
        // Picture 3: delimiter, prefix SEI, slice.
        let kinds = [
            (32, 0, 0),
            (33, 0, 0),
            (34, 0, 0),
            (19, 0, 0x80),
            (19, 0, 0),
            (19, 1, 0x80),
            (40, 0, 0),
            (1, 0, 0x80),
            (36, 0, 0),
            (35, 0, 0),
            (39, 0, 0),
            (21, 0, 0x80),
        ];
        for (kind, layer, byte) in kinds {
            append_with_start_code(&mut stream, &unit(kind, layer, byte));
        }
        let mut reader = AccessUnitReader::new(&stream[..]);
        let units: Vec<AccessUnit> =
            std::iter::from_fn(|| reader.next_access_unit().expect("memory")).collect();
        assert_eq!(units.iter().map(|au| au.units.len()).collect::<Vec<_>>(), [7, 2, 3]);
        assert_eq!(
            units.iter().map(AccessUnit::slice_type).collect::<Vec<_>>(),
            [Some(NalUnitType::IDR_W_RADL), Some(NalUnitType::TRAIL_R), Some(NalUnitType::CRA_NUT)]
        );
        let joined: Vec<u8> = units.iter().flat_map(AccessUnit::to_annexb).collect();
        assert_eq!(joined, stream);
    }

    #[test]
    fn units_without_a_whole_header_do_no_harm() {
        let mut assembler = Assembler::default();
        for data in [vec![], vec![0x26], vec![0x26, 1]] {
            assert_eq!(assembler.push(data), None);
        }
        assert_eq!(assembler.finish().map(|au| au.units.len()), Some(3));
        assert_eq!(assembler.finish(), None);
    }
}
