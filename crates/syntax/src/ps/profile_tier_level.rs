//! profile_tier_level() (clauses 7.3.3 and 7.4.4).

use crate::bits::{BitReader, BitWriter};
use crate::error::Result;

/// The 88 bits that describe a profile, its tier and the constraints a stream keeps (clause 7.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProfileInfo {
    /// general_profile_space: 0 for every profile of the standard.
    pub profile_space: u8,
    /// general_tier_flag: true for the High tier.
    pub tier_flag: bool,
    /// general_profile_idc: 1 Main, 2 Main 10, 3 Main Still Picture, 4 range extensions, 9 screen content.
    pub profile_idc: u8,
    /// general_profile_compatibility_flag\[j\] in bit 31 - j.
    pub profile_compatibility_flags: u32,
    /// general_progressive_source_flag.
    pub progressive_source_flag: bool,
    /// general_interlaced_source_flag.
    pub interlaced_source_flag: bool,
    /// general_non_packed_constraint_flag.
    pub non_packed_constraint_flag: bool,
    /// general_frame_only_constraint_flag.
    pub frame_only_constraint_flag: bool,
    /// The 44 bits that follow, first bit in bit 43: constraint flags whose meaning depends on the profile,
    /// ending in general_inbld_flag. See [`RangeExtensionsConstraints`].
    pub constraint_bits: u64,
}

impl Default for ProfileInfo {
    /// Main profile, Main tier, progressive frames.
    fn default() -> Self {
        Self {
            profile_space: 0,
            tier_flag: false,
            profile_idc: 1,
            profile_compatibility_flags: 0x6000_0000,
            progressive_source_flag: true,
            interlaced_source_flag: false,
            non_packed_constraint_flag: false,
            frame_only_constraint_flag: true,
            constraint_bits: 0,
        }
    }
}

impl ProfileInfo {
    /// general_profile_compatibility_flag\[`profile_idc`\], `profile_idc` in 0..=31.
    pub const fn is_compatible_with(&self, profile_idc: u8) -> bool {
        profile_idc < 32 && self.profile_compatibility_flags >> (31 - profile_idc) & 1 != 0
    }

    /// Whether the profile is one of version 1 (Main, Main 10, Main Still Picture), whose parameter sets
    /// carry no extension.
    pub const fn is_version_1(&self) -> bool {
        matches!(self.profile_idc, 1..=3)
            || self.is_compatible_with(1)
            || self.is_compatible_with(2)
            || self.is_compatible_with(3)
    }

    fn parse(r: &mut BitReader<'_>) -> Result<Self> {
        Ok(Self {
            profile_space: r.read_u8(2)?,
            tier_flag: r.read_flag()?,
            profile_idc: r.read_u8(5)?,
            profile_compatibility_flags: r.read_bits(32)?,
            progressive_source_flag: r.read_flag()?,
            interlaced_source_flag: r.read_flag()?,
            non_packed_constraint_flag: r.read_flag()?,
            frame_only_constraint_flag: r.read_flag()?,
            constraint_bits: u64::from(r.read_bits(12)?) << 32 | u64::from(r.read_bits(32)?),
        })
    }

    fn write(&self, w: &mut BitWriter) {
        w.write_bits(self.profile_space.into(), 2);
        w.write_flag(self.tier_flag);
        w.write_bits(self.profile_idc.into(), 5);
        w.write_bits(self.profile_compatibility_flags, 32);
        w.write_flag(self.progressive_source_flag);
        w.write_flag(self.interlaced_source_flag);
        w.write_flag(self.non_packed_constraint_flag);
        w.write_flag(self.frame_only_constraint_flag);
        w.write_bits((self.constraint_bits >> 32) as u32, 12);
        w.write_bits(self.constraint_bits as u32, 32);
    }

    /// The 11 bytes as they stand in the stream, without emulation prevention. Containers and codec strings
    /// repeat them.
    pub fn to_bytes(&self) -> [u8; 11] {
        let mut w = BitWriter::new();
        self.write(&mut w);
        let mut bytes = [0; 11];
        bytes.copy_from_slice(w.as_bytes());
        bytes
    }
}

/// The constraint flags of the range extensions profiles and those built on them (profile_idc 4..=11), the
/// first ten of [`ProfileInfo::constraint_bits`]. Table A.2 lists which profile sets which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RangeExtensionsConstraints {
    /// general_max_12bit_constraint_flag.
    pub max_12bit_constraint_flag: bool,
    /// general_max_10bit_constraint_flag.
    pub max_10bit_constraint_flag: bool,
    /// general_max_8bit_constraint_flag.
    pub max_8bit_constraint_flag: bool,
    /// general_max_422chroma_constraint_flag.
    pub max_422chroma_constraint_flag: bool,
    /// general_max_420chroma_constraint_flag.
    pub max_420chroma_constraint_flag: bool,
    /// general_max_monochrome_constraint_flag.
    pub max_monochrome_constraint_flag: bool,
    /// general_intra_constraint_flag.
    pub intra_constraint_flag: bool,
    /// general_one_picture_only_constraint_flag.
    pub one_picture_only_constraint_flag: bool,
    /// general_lower_bit_rate_constraint_flag.
    pub lower_bit_rate_constraint_flag: bool,
    /// general_max_14bit_constraint_flag (profile_idc 5, 9, 10 and 11 only).
    pub max_14bit_constraint_flag: bool,
}

impl RangeExtensionsConstraints {
    fn flags(&self) -> [bool; 10] {
        [
            self.max_12bit_constraint_flag,
            self.max_10bit_constraint_flag,
            self.max_8bit_constraint_flag,
            self.max_422chroma_constraint_flag,
            self.max_420chroma_constraint_flag,
            self.max_monochrome_constraint_flag,
            self.intra_constraint_flag,
            self.one_picture_only_constraint_flag,
            self.lower_bit_rate_constraint_flag,
            self.max_14bit_constraint_flag,
        ]
    }

    /// The flags in the place they have in [`ProfileInfo::constraint_bits`].
    pub fn to_constraint_bits(&self) -> u64 {
        self.flags().iter().zip(0..).map(|(&flag, i)| u64::from(flag) << (43 - i)).sum()
    }

    /// The flags out of [`ProfileInfo::constraint_bits`].
    pub fn from_constraint_bits(bits: u64) -> Self {
        let flag = |i: u32| bits >> (43 - i) & 1 != 0;
        Self {
            max_12bit_constraint_flag: flag(0),
            max_10bit_constraint_flag: flag(1),
            max_8bit_constraint_flag: flag(2),
            max_422chroma_constraint_flag: flag(3),
            max_420chroma_constraint_flag: flag(4),
            max_monochrome_constraint_flag: flag(5),
            intra_constraint_flag: flag(6),
            one_picture_only_constraint_flag: flag(7),
            lower_bit_rate_constraint_flag: flag(8),
            max_14bit_constraint_flag: flag(9),
        }
    }
}

/// Profile and level of one sub-layer, each if present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SubLayerProfileLevel {
    /// The profile, if sub_layer_profile_present_flag.
    pub profile: Option<ProfileInfo>,
    /// sub_layer_level_idc, if sub_layer_level_present_flag.
    pub level_idc: Option<u8>,
}

/// profile_tier_level(1, maxNumSubLayersMinus1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProfileTierLevel {
    /// Profile of the whole stream.
    pub general: ProfileInfo,
    /// general_level_idc: 30 times the level number, 93 for level 3.1.
    pub general_level_idc: u8,
    /// The sub-layers below the highest; only the first maxNumSubLayersMinus1 count.
    pub sub_layers: [SubLayerProfileLevel; 6],
}

impl Default for ProfileTierLevel {
    /// Main profile, Main tier, level 4.
    fn default() -> Self {
        Self { general: ProfileInfo::default(), general_level_idc: 120, sub_layers: Default::default() }
    }
}

impl ProfileTierLevel {
    /// 7.3.3, `max_sub_layers_minus1` in 0..=6.
    ///
    /// # Errors
    /// If the data ends early.
    pub(crate) fn parse(r: &mut BitReader<'_>, max_sub_layers_minus1: u8) -> Result<Self> {
        let count = usize::from(max_sub_layers_minus1.min(6));
        let general = ProfileInfo::parse(r)?;
        let general_level_idc = r.read_u8(8)?;
        let mut present = [(false, false); 6];
        for flags in &mut present[..count] {
            *flags = (r.read_flag()?, r.read_flag()?);
        }
        if count > 0 {
            r.skip_bits(2 * (8 - count as u64))?; // reserved_zero_2bits
        }
        let mut sub_layers = [SubLayerProfileLevel::default(); 6];
        for (sub_layer, (profile, level)) in sub_layers.iter_mut().zip(present) {
            sub_layer.profile = profile.then(|| ProfileInfo::parse(r)).transpose()?;
            sub_layer.level_idc = level.then(|| r.read_u8(8)).transpose()?;
        }
        Ok(Self { general, general_level_idc, sub_layers })
    }

    /// 7.3.3.
    pub(crate) fn write(&self, w: &mut BitWriter, max_sub_layers_minus1: u8) {
        let sub_layers = &self.sub_layers[..usize::from(max_sub_layers_minus1.min(6))];
        self.general.write(w);
        w.write_bits(self.general_level_idc.into(), 8);
        for sub_layer in sub_layers {
            w.write_flag(sub_layer.profile.is_some());
            w.write_flag(sub_layer.level_idc.is_some());
        }
        if !sub_layers.is_empty() {
            w.write_bits(0, 2 * (8 - sub_layers.len() as u32));
        }
        for sub_layer in sub_layers {
            if let Some(profile) = &sub_layer.profile {
                profile.write(w);
            }
            if let Some(level_idc) = sub_layer.level_idc {
                w.write_bits(level_idc.into(), 8);
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn profile() -> impl Strategy<Value = ProfileInfo> {
        (0u8..4, any::<bool>(), 0u8..32, any::<u32>(), any::<[bool; 4]>(), 0u64..1 << 44).prop_map(
            |(profile_space, tier_flag, profile_idc, compatibility, flags, constraint_bits)| ProfileInfo {
                profile_space,
                tier_flag,
                profile_idc,
                profile_compatibility_flags: compatibility,
                progressive_source_flag: flags[0],
                interlaced_source_flag: flags[1],
                non_packed_constraint_flag: flags[2],
                frame_only_constraint_flag: flags[3],
                constraint_bits,
            },
        )
    }

    pub(crate) fn profile_tier_level(max_sub_layers_minus1: u8) -> impl Strategy<Value = ProfileTierLevel> {
        let sub_layer = (prop::option::of(profile()), prop::option::of(any::<u8>()))
            .prop_map(|(profile, level_idc)| SubLayerProfileLevel { profile, level_idc });
        let sub_layers = prop::collection::vec(sub_layer, usize::from(max_sub_layers_minus1));
        (profile(), any::<u8>(), sub_layers).prop_map(|(general, general_level_idc, given)| {
            let mut sub_layers = [SubLayerProfileLevel::default(); 6];
            sub_layers[..given.len()].copy_from_slice(&given);
            ProfileTierLevel { general, general_level_idc, sub_layers }
        })
    }

    proptest! {
        #[test]
        fn round_trip((max, ptl) in (0u8..7).prop_flat_map(|max| (Just(max), profile_tier_level(max)))) {
            let mut w = BitWriter::new();
            ptl.write(&mut w, max);
            let bits = w.bit_len();
            let bytes = w.into_bytes();
            let mut r = BitReader::new(&bytes);
            prop_assert_eq!(ProfileTierLevel::parse(&mut r, max).unwrap(), ptl);
            prop_assert_eq!(r.bit_position(), bits);
        }

        #[test]
        fn constraint_bits_round_trip(bits in 0u64..1 << 10) {
            let bits = bits << 34;
            prop_assert_eq!(RangeExtensionsConstraints::from_constraint_bits(bits).to_constraint_bits(), bits);
        }
    }

    #[test]
    fn main_profile_bytes() {
        assert_eq!(ProfileInfo::default().to_bytes(), [1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0]);
        assert!(ProfileInfo::default().is_version_1() && ProfileInfo::default().is_compatible_with(2));
    }
}
