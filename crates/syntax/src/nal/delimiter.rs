//! access_unit_delimiter_rbsp() and filler_data_rbsp() (clauses 7.3.2.5, 7.3.2.8, 7.4.3.5).

use crate::bits::{BitReader, BitWriter};
use crate::error::{Result, in_range};

/// pic_type of an access unit delimiter (table 7-2): which slice types the access unit may contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PicType {
    /// I slices only.
    I = 0,
    /// P and I slices.
    PI = 1,
    /// B, P and I slices.
    BPI = 2,
}

impl PicType {
    /// 7.3.2.5: reads the RBSP of an access unit delimiter.
    ///
    /// # Errors
    /// If the data ends early or the value is reserved.
    pub fn parse(rbsp: &[u8]) -> Result<Self> {
        let pic_type = BitReader::named(rbsp, "access_unit_delimiter_rbsp").read_u8(3)?;
        in_range("pic_type", pic_type.into(), 0, 2)?;
        Ok(match pic_type {
            0 => Self::I,
            1 => Self::PI,
            _ => Self::BPI,
        })
    }

    /// 7.3.2.5: the RBSP of an access unit delimiter.
    pub fn to_rbsp(self) -> Vec<u8> {
        let mut w = BitWriter::new();
        w.write_bits(self as u32, 3);
        w.write_trailing_bits();
        w.into_bytes()
    }
}

/// 7.3.2.8: an RBSP of filler data that makes a NAL unit of `nal_size` bytes, header included; at least 3.
pub fn filler_data_rbsp(nal_size: usize) -> Vec<u8> {
    let mut rbsp = vec![0xff; nal_size.saturating_sub(3)];
    rbsp.push(0x80);
    rbsp
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nal::{NalHeader, NalUnitType, write_nal_unit};

    #[test]
    fn delimiters_round_trip() {
        for pic_type in [PicType::I, PicType::PI, PicType::BPI] {
            assert_eq!(PicType::parse(&pic_type.to_rbsp()).unwrap(), pic_type);
        }
        assert_eq!(PicType::BPI.to_rbsp(), [0x50]);
        assert!(PicType::parse(&[0x70]).is_err() && PicType::parse(&[]).is_err());
    }

    #[test]
    fn filler_has_the_size_asked_for() {
        for size in [3, 4, 100] {
            let mut nal = vec![];
            write_nal_unit(NalHeader::new(NalUnitType::FD_NUT, 0), &filler_data_rbsp(size), &mut nal);
            assert_eq!(nal.len(), size);
        }
    }
}
