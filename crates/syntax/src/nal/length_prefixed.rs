//! NAL units behind big-endian length fields, as in ISO/IEC 14496-15 samples.

use super::unit::{NalHeader, write_nal_unit};
use crate::error::{Error, Result};

/// Size of the length field (lengthSizeMinusOne + 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LengthSize {
    /// One byte.
    One = 1,
    /// Two bytes.
    Two = 2,
    /// Four bytes.
    Four = 4,
}

impl LengthSize {
    /// The length field of `bytes` bytes, if there is one.
    pub const fn new(bytes: u8) -> Option<Self> {
        match bytes {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            4 => Some(Self::Four),
            _ => None,
        }
    }
}

/// Iterates over the NAL units (header included) of a sample. After an error the iteration ends.
#[derive(Debug, Clone)]
pub struct LengthPrefixedUnits<'a> {
    data: &'a [u8],
    size: LengthSize,
}

impl<'a> LengthPrefixedUnits<'a> {
    /// All NAL units of `data`.
    pub fn new(data: &'a [u8], size: LengthSize) -> Self {
        Self { data, size }
    }

    fn split(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.data.split_at_checked(self.size as usize)?;
        let length = length.iter().fold(0usize, |v, &b| v << 8 | usize::from(b));
        let (nal, rest) = rest.split_at_checked(length)?;
        self.data = rest;
        Some(nal)
    }
}

impl<'a> Iterator for LengthPrefixedUnits<'a> {
    type Item = Result<&'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.data.is_empty() {
            return None;
        }
        let nal = self.split();
        if nal.is_none() {
            self.data = &[];
        }
        Some(nal.ok_or(Error::UnexpectedEnd { structure: "length-prefixed NAL unit" }))
    }
}

/// Appends the length and the NAL unit of `header` and `rbsp`, with emulation prevention.
///
/// # Errors
/// [`Error::Limit`] if the unit is too long for the length field; `out` is then as before.
pub fn write_length_prefixed(
    size: LengthSize,
    header: NalHeader,
    rbsp: &[u8],
    out: &mut Vec<u8>,
) -> Result<()> {
    let start = out.len();
    let bytes = size as usize;
    out.resize(start + bytes, 0);
    write_nal_unit(header, rbsp, out);
    let length = (out.len() - start - bytes) as u64;
    if length >> (8 * bytes) != 0 {
        out.truncate(start);
        let allowed = (1u64 << (8 * bytes)) - 1;
        return Err(Error::Limit { which: "NAL unit length field", asked: length, allowed });
    }
    out[start..start + bytes].copy_from_slice(&length.to_be_bytes()[8 - bytes..]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nal::NalUnitType;

    #[test]
    fn round_trip() {
        let header = NalHeader::new(NalUnitType::FD_NUT, 2);
        for size in [LengthSize::One, LengthSize::Two, LengthSize::Four] {
            let mut out = vec![];
            write_length_prefixed(size, header, &[0, 0, 1, 7], &mut out).unwrap();
            write_length_prefixed(size, header, &[], &mut out).unwrap();
            let units: Vec<_> = LengthPrefixedUnits::new(&out, size).map(Result::unwrap).collect();
            assert_eq!(units, [&[0x4c, 3, 0, 0, 3, 1, 7][..], &[0x4c, 3][..]]);
            out.pop();
            let units: Vec<_> = LengthPrefixedUnits::new(&out, size).collect();
            assert!(units.len() == 2 && units[1].is_err());
        }
    }

    #[test]
    fn too_long_for_the_field() {
        let mut out = vec![1];
        let header = NalHeader::new(NalUnitType::FD_NUT, 0);
        assert!(write_length_prefixed(LengthSize::One, header, &[1; 254], &mut out).is_err());
        assert_eq!(out, [1]);
        assert!(write_length_prefixed(LengthSize::One, header, &[1; 253], &mut out).is_ok());
    }
}
