//! NAL units as programs get them.

use crate::layout::Nal;

/// nal_unit_type of VPS, SPS and PPS.
const PARAMETER_SETS: std::ops::RangeInclusive<u8> = 32..=34;

/// NAL units that a program may read until the next call.
#[derive(Debug, Default)]
pub(crate) struct Units {
    /// The units, one behind the other, each after a start code or its length.
    data: Vec<u8>,
    nals: Vec<Nal>,
}

// SAFETY: the pointers lead into `data`, which moves along.
unsafe impl Send for Units {}

/// What is put in front of a unit, and which are left out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Start codes; else the length in four bytes.
    pub(crate) start_codes: bool,
    /// Parameter sets are left out: the program has asked for them apart.
    pub(crate) skip_parameter_sets: bool,
}

impl Units {
    /// Replaces what was there by the units of an Annex B byte stream.
    pub(crate) fn fill(&mut self, stream: &[u8], shape: Shape) {
        self.data.clear();
        self.nals.clear();
        let mut places = Vec::new();
        for unit in split(stream) {
            let kind = unit[0] >> 1 & 0x3f;
            if shape.skip_parameter_sets && PARAMETER_SETS.contains(&kind) {
                continue;
            }
            let prefix = if shape.start_codes { 1 } else { unit.len() as u32 };
            places.push((kind, self.data.len(), unit.len() + 4));
            self.data.extend(prefix.to_be_bytes());
            self.data.extend_from_slice(unit);
        }
        let nal = |(kind, start, size): (u8, usize, usize)| Nal {
            kind: kind.into(),
            size: size as u32,
            data: self.data[start..].as_ptr(),
        };
        self.nals.extend(places.into_iter().map(nal));
    }

    /// The units, valid until the next call of [`Self::fill`].
    pub(crate) fn nals(&mut self) -> &mut [Nal] {
        &mut self.nals
    }

    /// Bytes of all units.
    pub(crate) fn bytes(&self) -> usize {
        self.data.len()
    }
}

/// The NAL units of a byte stream, without start codes and zeros behind them.
fn split(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(found) = stream[at..].windows(3).position(|bytes| bytes == [0, 0, 1]) {
        at += found + 3;
        starts.push(at);
    }
    let ends = starts.iter().skip(1).map(|start| start - 3).chain([stream.len()]).collect::<Vec<_>>();
    starts
        .into_iter()
        .zip(ends)
        .map(|(start, end)| {
            let unit = &stream[start..end];
            &unit[..unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)]
        })
        .filter(|unit| !unit.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: [u8; 20] = [0, 0, 0, 1, 0x42, 1, 7, 0, 0, 0, 1, 0x26, 1, 9, 9, 0, 0, 1, 0x50, 1];

    fn units(start_codes: bool, skip_parameter_sets: bool) -> Vec<(u32, Vec<u8>)> {
        let mut units = Units::default();
        units.fill(&STREAM, Shape { start_codes, skip_parameter_sets });
        let total: usize = units.nals().iter().map(|nal| nal.size as usize).sum();
        assert_eq!(total, units.bytes());
        let read = |nal: &Nal| {
            // SAFETY: the unit belongs to `units`.
            let data = unsafe { std::slice::from_raw_parts(nal.data, nal.size as usize) };
            (nal.kind, data.to_vec())
        };
        units.nals().iter().map(read).collect()
    }

    #[test]
    fn units_are_cut_and_prefixed() {
        let all = units(true, false);
        assert_eq!(all[0], (33, vec![0, 0, 0, 1, 0x42, 1, 7]));
        assert_eq!(all[1], (19, vec![0, 0, 0, 1, 0x26, 1, 9, 9]));
        assert_eq!(all[2], (40, vec![0, 0, 0, 1, 0x50, 1]));
        let lengths = units(false, true);
        assert_eq!(lengths[0], (19, vec![0, 0, 0, 4, 0x26, 1, 9, 9]));
        assert_eq!(lengths.len(), 2);
    }
}
