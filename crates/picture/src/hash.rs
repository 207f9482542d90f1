//! Hashes of decoded planes: D.3.19, decoded picture hash SEI message semantics.

use md5::{Digest, Md5};

use crate::plane::PlaneView;
use crate::sample::Sample;

/// How a plane is hashed (`hash_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum HashMethod {
    /// `hash_type` 0: `picture_md5`.
    Md5 = 0,
    /// `hash_type` 1: `picture_crc`.
    Crc = 1,
    /// `hash_type` 2: `picture_checksum`.
    Checksum = 2,
}

impl HashMethod {
    /// From `hash_type`; `None` above 2.
    pub fn from_hash_type(hash_type: u8) -> Option<Self> {
        match hash_type {
            0 => Some(Self::Md5),
            1 => Some(Self::Crc),
            2 => Some(Self::Checksum),
            _ => None,
        }
    }
}

/// The hash of one plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlaneHash {
    /// `picture_md5`.
    Md5([u8; 16]),
    /// `picture_crc`.
    Crc(u16),
    /// `picture_checksum`.
    Checksum(u32),
}

/// D.3.19: the hash of a plane of samples of `bit_depth` bits.
pub fn plane_hash<S: Sample>(plane: PlaneView<'_, S>, bit_depth: u8, method: HashMethod) -> PlaneHash {
    match method {
        HashMethod::Md5 => PlaneHash::Md5(md5(plane, bit_depth)),
        HashMethod::Crc => PlaneHash::Crc(crc(plane, bit_depth)),
        HashMethod::Checksum => PlaneHash::Checksum(checksum(plane, bit_depth)),
    }
}

/// The samples of a row as bytes: one per sample up to 8 bits, else two, the low one first.
fn row_bytes<S: Sample>(row: &[S], bit_depth: u8, bytes: &mut Vec<u8>) {
    bytes.clear();
    if bit_depth <= 8 {
        bytes.extend(row.iter().map(|v| v.to_i32() as u8));
    } else {
        bytes.extend(row.iter().flat_map(|v| (v.to_i32() as u16).to_le_bytes()));
    }
}

fn md5<S: Sample>(plane: PlaneView<'_, S>, bit_depth: u8) -> [u8; 16] {
    let mut hash = Md5::new();
    let mut bytes = Vec::with_capacity(plane.width() * 2);
    for row in plane.rows() {
        row_bytes(row, bit_depth, &mut bytes);
        hash.update(&bytes);
    }
    hash.finalize().into()
}

/// The remainders of all bytes for the generator x^16 + x^12 + x^5 + 1.
const CRC_TABLE: [u16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = (byte as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = (crc << 1) ^ (if crc & 0x8000 != 0 { 0x1021 } else { 0 });
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

/// The standard shifts message bits, and 16 zero bits after them, into a register that starts at 0xFFFF.
/// Shifting byte by byte, with the message added at the top of the register instead, needs no zero bits at
/// the end but starts from what 0xFFFF becomes after 16 zero bits: 0x1D0F.
fn crc<S: Sample>(plane: PlaneView<'_, S>, bit_depth: u8) -> u16 {
    let mut bytes = Vec::with_capacity(plane.width() * 2);
    let mut crc = 0x1D0F_u16;
    for row in plane.rows() {
        row_bytes(row, bit_depth, &mut bytes);
        for &byte in &bytes {
            crc = (crc << 8) ^ CRC_TABLE[usize::from((crc >> 8) as u8 ^ byte)];
        }
    }
    crc
}

fn checksum<S: Sample>(plane: PlaneView<'_, S>, bit_depth: u8) -> u32 {
    let mut sum = 0_u32;
    for (y, row) in plane.rows().enumerate() {
        for (x, v) in row.iter().enumerate() {
            let mask = (x ^ y ^ (x >> 8) ^ (y >> 8)) as u8;
            let [low, high] = (v.to_i32() as u16).to_le_bytes();
            sum = sum.wrapping_add(u32::from(low ^ mask));
            if bit_depth > 8 {
                sum = sum.wrapping_add(u32::from(high ^ mask));
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plane::Plane;

    fn plane<S: Sample>(width: usize, height: usize, max: usize) -> Plane<S> {
        let mut plane = Plane::new(width, height);
        for y in 0..height {
            for (x, v) in plane.row_mut(y).iter_mut().enumerate() {
                *v = S::from_i32(((x * 31 + y * 17) % (max + 1)) as i32);
            }
        }
        plane
    }

    /// The CRC as the standard writes it, bit by bit over the message and two zero bytes.
    fn crc_by_bits(message: &[u8]) -> u16 {
        let mut crc = 0xFFFF_u32;
        for byte in message.iter().chain(&[0, 0]) {
            for bit in (0..8).rev() {
                let msb = (crc >> 15) & 1;
                let val = u32::from(byte >> bit) & 1;
                crc = (((crc << 1) + val) & 0xFFFF) ^ (msb * 0x1021);
            }
        }
        crc as u16
    }

    #[test]
    fn crc_equals_the_bitwise_definition() {
        let small = plane::<u8>(37, 5, 255);
        let message: Vec<u8> = small.view().rows().flatten().copied().collect();
        assert_eq!(crc(small.view(), 8), crc_by_bits(&message));
        let deep = plane::<u16>(37, 5, 1023);
        let message: Vec<u8> = deep.view().rows().flatten().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(crc(deep.view(), 10), crc_by_bits(&message));
    }

    #[test]
    fn md5_of_known_bytes() {
        let mut plane = Plane::<u8>::new(3, 1);
        plane.row_mut(0).copy_from_slice(b"abc");
        let expected =
            [0x90, 0x01, 0x50, 0x98, 0x3c, 0xd2, 0x4f, 0xb0, 0xd6, 0x96, 0x3f, 0x7d, 0x28, 0xe1, 0x7f, 0x72];
        assert_eq!(plane_hash(plane.view(), 8, HashMethod::Md5), PlaneHash::Md5(expected));
    }

    #[test]
    fn checksum_masks_samples_with_their_position() {
        // A plane of zeros sums the masks: x ^ y for small coordinates, twice for two bytes.
        let zeros = Plane::<u16>::new(4, 2);
        let masks: u32 = (0..2u32).flat_map(|y| (0..4u32).map(move |x| x ^ y)).sum();
        assert_eq!(checksum(zeros.view(), 8), masks);
        assert_eq!(checksum(zeros.view(), 10), 2 * masks);
        // Beyond 255 the high byte of the coordinate counts as well.
        let mut wide = Plane::<u8>::new(258, 1);
        let zero = checksum(wide.view(), 8);
        wide.row_mut(0)[257] = 0x80;
        assert_eq!(checksum(wide.view(), 8), zero + 0x80);
        assert_eq!(zero, (0..256).sum::<u32>() + 1);
    }

    #[test]
    fn eight_bits_hash_alike_in_both_sample_types() {
        let (a, b) = (plane::<u8>(21, 9, 255), plane::<u16>(21, 9, 255));
        for method in [HashMethod::Md5, HashMethod::Crc, HashMethod::Checksum] {
            assert_eq!(plane_hash(a.view(), 8, method), plane_hash(b.view(), 8, method));
        }
    }
}
