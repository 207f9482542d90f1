//! Decoded picture hash (clauses D.2.19 and D.3.19).

use crate::bits::{BitReader, BitWriter};
use crate::error::{Error, Result};

/// A hash per colour plane, one plane for monochrome, else three. The samples hashed are those of the decoded
/// picture before cropping.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PictureHash {
    /// hash_type 0: MD5 of the samples, one byte each, or two little-endian ones above 8 bits.
    Md5(Vec<[u8; 16]>),
    /// hash_type 1: CRC-16 with polynomial 0x1021.
    Crc(Vec<u16>),
    /// hash_type 2: a 32-bit sum of samples masked by their position.
    Checksum(Vec<u32>),
}

impl PictureHash {
    /// Number of planes hashed, 1 or 3.
    pub fn num_planes(&self) -> usize {
        match self {
            Self::Md5(planes) => planes.len(),
            Self::Crc(planes) => planes.len(),
            Self::Checksum(planes) => planes.len(),
        }
    }

    /// D.2.19. The number of planes follows from the size.
    pub(super) fn parse(data: &[u8]) -> Result<Self> {
        let (&hash_type, hashes) =
            data.split_first().ok_or(Error::UnexpectedEnd { structure: "hash_type" })?;
        let size = match hash_type {
            0 => 16,
            1 => 2,
            2 => 4,
            _ => return Err(Error::Unsupported { feature: "hash_type above 2" }),
        };
        let planes = match hashes.len() / size {
            0 => return Err(Error::UnexpectedEnd { structure: "decoded_picture_hash" }),
            1 | 2 => 1,
            _ => 3,
        };
        let r = &mut BitReader::named(hashes, "decoded_picture_hash");
        Ok(match hash_type {
            0 => {
                let mut digests = vec![[0; 16]; planes];
                for byte in digests.as_flattened_mut() {
                    *byte = r.read_u8(8)?;
                }
                Self::Md5(digests)
            }
            1 => Self::Crc((0..planes).map(|_| Ok(r.read_bits(16)? as u16)).collect::<Result<_>>()?),
            _ => Self::Checksum((0..planes).map(|_| r.read_bits(32)).collect::<Result<_>>()?),
        })
    }

    /// D.2.19.
    pub(super) fn write(&self, w: &mut BitWriter) {
        match self {
            Self::Md5(planes) => {
                w.write_bits(0, 8);
                w.write_bytes(planes.as_flattened());
            }
            Self::Crc(planes) => {
                w.write_bits(1, 8);
                planes.iter().for_each(|&crc| w.write_bits(crc.into(), 16));
            }
            Self::Checksum(planes) => {
                w.write_bits(2, 8);
                planes.iter().for_each(|&sum| w.write_bits(sum, 32));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SeiPayload, testing::round_trips};
    use super::*;
    use crate::nal::NalUnitType;
    use crate::ps::Sps;

    #[test]
    fn round_trip() {
        for hash in [
            PictureHash::Md5(vec![[1; 16], [2; 16], [0x80; 16]]),
            PictureHash::Md5(vec![[7; 16]]),
            PictureHash::Crc(vec![1, 0xffff, 0]),
            PictureHash::Crc(vec![5]),
            PictureHash::Checksum(vec![1, 2, u32::MAX]),
            PictureHash::Checksum(vec![0]),
        ] {
            assert!([1, 3].contains(&hash.num_planes()));
            round_trips(SeiPayload::DecodedPictureHash(hash), NalUnitType::SUFFIX_SEI_NUT, &Sps::default());
        }
    }

    #[test]
    fn short_or_unknown_hashes_are_errors() {
        assert!(PictureHash::parse(&[]).is_err());
        assert!(PictureHash::parse(&[0; 16]).is_err());
        assert!(PictureHash::parse(&[3; 50]).is_err());
    }
}
