//! The first fields of a sequence parameter set, which `hvcC` repeats.

use crate::{Error, Result};

/// What `hvcC` needs of 7.3.2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SpsHead {
    /// `general_profile_space` to `general_level_idc`, 12 bytes as they stand in the SPS.
    pub(super) profile_tier_level: [u8; 12],
    pub(super) sps_max_sub_layers_minus1: u8,
    pub(super) sps_temporal_id_nesting_flag: bool,
    pub(super) chroma_format_idc: u8,
    pub(super) bit_depth_luma_minus8: u8,
    pub(super) bit_depth_chroma_minus8: u8,
}

impl SpsHead {
    /// Parses an SPS NAL unit, header included.
    pub(super) fn parse(unit: &[u8]) -> Result<Self> {
        Self::parse_bits(unit).ok_or_else(|| Error::malformed("SPS for MP4", "is damaged"))
    }

    fn parse_bits(unit: &[u8]) -> Option<Self> {
        let rbsp = unescape(unit.get(2..)?);
        let first = *rbsp.first()?;
        let profile_tier_level: [u8; 12] = *rbsp.get(1..)?.first_chunk()?;
        let sub_layers = first >> 1 & 7;
        let mut bits = Bits { data: &rbsp, position: 13 * 8 };
        skip_sub_layers(&mut bits, u32::from(sub_layers))?;
        bits.ue()?; // sps_seq_parameter_set_id
        let chroma_format_idc = u8::try_from(bits.ue()?).ok().filter(|&idc| idc <= 3)?;
        if chroma_format_idc == 3 {
            bits.take(1)?;
        }
        bits.ue()?; // pic_width_in_luma_samples
        bits.ue()?; // pic_height_in_luma_samples
        if bits.take(1)? == 1 {
            for _ in 0..4 {
                bits.ue()?;
            }
        }
        let depth = |value: u32| u8::try_from(value).ok().filter(|&depth| depth <= 8);
        Some(Self {
            profile_tier_level,
            sps_max_sub_layers_minus1: sub_layers,
            sps_temporal_id_nesting_flag: first & 1 == 1,
            chroma_format_idc,
            bit_depth_luma_minus8: depth(bits.ue()?)?,
            bit_depth_chroma_minus8: depth(bits.ue()?)?,
        })
    }
}

/// Sub-layer part of 7.3.3.
fn skip_sub_layers(bits: &mut Bits<'_>, count: u32) -> Option<()> {
    if count == 0 {
        return Some(());
    }
    let flags: Vec<u32> = (0..count).map(|_| bits.take(2)).collect::<Option<_>>()?;
    bits.take(2 * (8 - count))?;
    for flag in flags {
        bits.position += 88 * (flag >> 1 & 1) as usize + 8 * (flag & 1) as usize;
    }
    Some(())
}

fn unescape(payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len());
    for &byte in payload {
        if byte != 3 || !out.ends_with(&[0, 0]) {
            out.push(byte);
        } else {
            // The removed byte ends the run of zeros.
            continue;
        }
    }
    out
}

struct Bits<'a> {
    data: &'a [u8],
    position: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = *self.data.get(self.position / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.position % 8) & 1);
            self.position += 1;
        }
        Some(value)
    }

    fn ue(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.take(1)? == 0 {
            zeros += 1;
        }
        if zeros > 31 {
            return None;
        }
        Some(self.take(zeros)? + (1u32 << zeros) - 1)
    }
}
