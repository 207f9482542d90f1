//! NAL unit header and types (clauses 7.3.1.2 and 7.4.2.2).

use crate::bits::escape_into;
use crate::error::{Error, Result};

/// nal_unit_type (table 7-1), 0..=63.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NalUnitType(u8);

macro_rules! nal_unit_types {
    ($($(#[$doc:meta])* $name:ident = $value:literal,)*) => {
        impl NalUnitType {
            $($(#[$doc])* pub const $name: Self = Self($value);)*

            /// The name of table 7-1, or none for reserved and unspecified types.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some(stringify!($name)),)*
                    _ => None,
                }
            }
        }
    };
}

nal_unit_types! {
    /// Trailing picture, not used for reference in its sub-layer.
    TRAIL_N = 0,
    /// Trailing picture.
    TRAIL_R = 1,
    /// Temporal sub-layer access, not used for reference in its sub-layer.
    TSA_N = 2,
    /// Temporal sub-layer access.
    TSA_R = 3,
    /// Step-wise temporal sub-layer access, not used for reference in its sub-layer.
    STSA_N = 4,
    /// Step-wise temporal sub-layer access.
    STSA_R = 5,
    /// Random access decodable leading picture, not used for reference in its sub-layer.
    RADL_N = 6,
    /// Random access decodable leading picture.
    RADL_R = 7,
    /// Random access skipped leading picture, not used for reference in its sub-layer.
    RASL_N = 8,
    /// Random access skipped leading picture.
    RASL_R = 9,
    /// Broken link access, may have any leading pictures.
    BLA_W_LP = 16,
    /// Broken link access, without RASL pictures.
    BLA_W_RADL = 17,
    /// Broken link access, without leading pictures.
    BLA_N_LP = 18,
    /// Instantaneous decoding refresh, may have RADL pictures.
    IDR_W_RADL = 19,
    /// Instantaneous decoding refresh, without leading pictures.
    IDR_N_LP = 20,
    /// Clean random access.
    CRA_NUT = 21,
    /// Video parameter set.
    VPS_NUT = 32,
    /// Sequence parameter set.
    SPS_NUT = 33,
    /// Picture parameter set.
    PPS_NUT = 34,
    /// Access unit delimiter.
    AUD_NUT = 35,
    /// End of sequence.
    EOS_NUT = 36,
    /// End of bitstream.
    EOB_NUT = 37,
    /// Filler data.
    FD_NUT = 38,
    /// Supplemental enhancement information before the picture.
    PREFIX_SEI_NUT = 39,
    /// Supplemental enhancement information after the picture.
    SUFFIX_SEI_NUT = 40,
}

impl NalUnitType {
    /// The type with this number; only the low six bits count.
    pub const fn new(value: u8) -> Self {
        Self(value & 0x3f)
    }

    /// The number, 0..=63.
    pub const fn value(self) -> u8 {
        self.0
    }

    /// Video coding layer, reserved types included.
    pub const fn is_vcl(self) -> bool {
        self.0 < 32
    }

    /// Carries a slice segment this edition defines (types 0..=9 and 16..=21).
    pub const fn is_slice(self) -> bool {
        matches!(self.0, 0..=9 | 16..=21)
    }

    /// Intra random access point, reserved types 22 and 23 included.
    pub const fn is_irap(self) -> bool {
        matches!(self.0, 16..=23)
    }

    /// Instantaneous decoding refresh.
    pub const fn is_idr(self) -> bool {
        matches!(self.0, 19 | 20)
    }

    /// Broken link access.
    pub const fn is_bla(self) -> bool {
        matches!(self.0, 16..=18)
    }

    /// Clean random access.
    pub const fn is_cra(self) -> bool {
        self.0 == 21
    }

    /// Random access skipped leading picture.
    pub const fn is_rasl(self) -> bool {
        matches!(self.0, 8 | 9)
    }

    /// Random access decodable leading picture.
    pub const fn is_radl(self) -> bool {
        matches!(self.0, 6 | 7)
    }

    /// Leading picture.
    pub const fn is_leading(self) -> bool {
        matches!(self.0, 6..=9)
    }

    /// Sub-layer non-reference picture, reserved types included: the even types below 16.
    pub const fn is_sub_layer_non_reference(self) -> bool {
        self.0 < 16 && self.0.is_multiple_of(2)
    }
}

impl std::fmt::Debug for NalUnitType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "NalUnitType({})", self.0),
        }
    }
}

/// nal_unit_header() (clause 7.3.1.2): two bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NalHeader {
    /// What the unit carries.
    pub nal_unit_type: NalUnitType,
    /// Layer, 0..=63; single-layer decoders ignore units with any other than 0.
    pub nuh_layer_id: u8,
    /// TemporalId = nuh_temporal_id_plus1 - 1, 0..=6.
    pub temporal_id: u8,
}

impl NalHeader {
    /// Size of the header in bytes.
    pub const SIZE: usize = 2;

    /// A header of the base layer.
    pub const fn new(nal_unit_type: NalUnitType, temporal_id: u8) -> Self {
        Self { nal_unit_type, nuh_layer_id: 0, temporal_id }
    }

    /// 7.3.1.2: splits a NAL unit into its header and its payload, which still holds emulation prevention.
    ///
    /// # Errors
    /// [`Error::UnexpectedEnd`] for less than two bytes; [`Error::Malformed`] if forbidden_zero_bit is one
    /// or nuh_temporal_id_plus1 is zero.
    pub fn parse(nal: &[u8]) -> Result<(Self, &[u8])> {
        let [first, second, payload @ ..] = nal else {
            return Err(Error::UnexpectedEnd { structure: "nal_unit_header" });
        };
        if first & 0x80 != 0 {
            return Err(Error::Malformed { element: "forbidden_zero_bit", what: "is one" });
        }
        if second & 7 == 0 {
            return Err(Error::Malformed { element: "nuh_temporal_id_plus1", what: "is zero" });
        }
        let header = Self {
            nal_unit_type: NalUnitType::new(first >> 1),
            nuh_layer_id: (first & 1) << 5 | second >> 3,
            temporal_id: (second & 7) - 1,
        };
        Ok((header, payload))
    }

    /// 7.3.1.2: the two bytes of this header.
    pub const fn to_bytes(self) -> [u8; 2] {
        let layer = self.nuh_layer_id & 0x3f;
        [self.nal_unit_type.0 << 1 | layer >> 5, layer << 3 | ((self.temporal_id + 1) & 7)]
    }
}

/// 7.3.1.1: appends a NAL unit: `header`, then `rbsp` with emulation prevention.
pub fn write_nal_unit(header: NalHeader, rbsp: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&header.to_bytes());
    escape_into(rbsp, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_header_round_trips() {
        for value in 0..64 {
            for nuh_layer_id in [0, 1, 31, 32, 63] {
                for temporal_id in 0..7 {
                    let header =
                        NalHeader { nal_unit_type: NalUnitType::new(value), nuh_layer_id, temporal_id };
                    let mut nal = header.to_bytes().to_vec();
                    nal.push(9);
                    assert_eq!(NalHeader::parse(&nal).unwrap(), (header, &[9u8][..]));
                }
            }
        }
    }

    #[test]
    fn bad_headers_are_errors() {
        assert!(NalHeader::parse(&[]).is_err());
        assert!(NalHeader::parse(&[0x40]).is_err());
        assert!(NalHeader::parse(&[0xc0, 1]).is_err());
        assert!(NalHeader::parse(&[0x40, 0]).is_err());
    }

    #[test]
    fn classes_of_table_7_1() {
        assert!(
            NalUnitType::IDR_N_LP.is_irap()
                && NalUnitType::IDR_N_LP.is_idr()
                && NalUnitType::new(23).is_irap()
        );
        assert!(
            !NalUnitType::new(22).is_slice()
                && NalUnitType::CRA_NUT.is_slice()
                && !NalUnitType::new(10).is_slice()
        );
        assert!(NalUnitType::RASL_N.is_leading() && NalUnitType::RASL_N.is_sub_layer_non_reference());
        assert!(
            NalUnitType::new(14).is_sub_layer_non_reference()
                && !NalUnitType::BLA_W_LP.is_sub_layer_non_reference()
        );
        assert_eq!(
            format!("{:?} {:?}", NalUnitType::VPS_NUT, NalUnitType::new(50)),
            "VPS_NUT NalUnitType(50)"
        );
    }
}
