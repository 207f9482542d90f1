//! 7.4.2.4.4: grouping NAL units into access units.

use std::io::Read;

use crate::Result;
use crate::annexb::{NalReader, NalUnit, append_with_start_code};

/// `nal_unit_type` of a NAL unit, 0..=63; `None` if it has no whole header.
pub fn nal_unit_type(unit: &[u8]) -> Option<u8> {
    (unit.len() >= 2).then(|| unit[0] >> 1 & 0x3f)
}

/// `nuh_layer_id` of a NAL unit, 0..=63; `None` if it has no whole header.
pub fn nuh_layer_id(unit: &[u8]) -> Option<u8> {
    (unit.len() >= 2).then(|| (unit[0] & 1) << 5 | unit[1] >> 3)
}

/// Whether `unit` is a slice segment (or reserved VCL type) of the base layer.
pub fn is_base_vcl(unit: &[u8]) -> bool {
    nuh_layer_id(unit) == Some(0) && nal_unit_type(unit).is_some_and(|kind| kind < 32)
}

/// Whether a NAL unit type is a random access point (IDR, BLA, CRA or reserved IRAP, 16..=23).
pub fn is_irap(kind: u8) -> bool {
    (16..=23).contains(&kind)
}

/// All NAL units of one coded picture, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccessUnit {
    /// NAL units, other layers' included.
    pub units: Vec<NalUnit>,
}

impl AccessUnit {
    /// `nal_unit_type` of the first slice segment, `None` if there is no slice.
    pub fn slice_type(&self) -> Option<u8> {
        self.units.iter().find(|unit| is_base_vcl(&unit.data)).and_then(|unit| nal_unit_type(&unit.data))
    }

    /// The NAL units behind start codes.
    pub fn to_annexb(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.units.iter().map(|unit| unit.data.len() + 4).sum());
        for unit in &self.units {
            append_with_start_code(&mut out, &unit.data);
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
    pub fn push(&mut self, unit: NalUnit) -> Option<AccessUnit> {
        let finished = if self.has_slice && begins_access_unit(&unit.data) { self.finish() } else { None };
        self.has_slice |= is_base_vcl(&unit.data);
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
    if nuh_layer_id(unit) != Some(0) {
        return false;
    }
    match nal_unit_type(unit) {
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
            [Some(19), Some(1), Some(21)]
        );
        let joined: Vec<u8> = units.iter().flat_map(AccessUnit::to_annexb).collect();
        assert_eq!(joined, stream);
    }

    #[test]
    fn units_without_a_whole_header_do_no_harm() {
        let mut assembler = Assembler::default();
        for data in [vec![], vec![0x26], vec![0x26, 1]] {
            assert_eq!(assembler.push(NalUnit { offset: 0, data }), None);
        }
        assert_eq!(assembler.finish().map(|au| au.units.len()), Some(3));
        assert_eq!(assembler.finish(), None);
    }
}
