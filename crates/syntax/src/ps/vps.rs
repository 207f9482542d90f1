//! video_parameter_set_rbsp() (clauses 7.3.2.1 and 7.4.3.1).

use super::hrd::HrdParameters;
use super::profile_tier_level::ProfileTierLevel;
use super::sps::SubLayerOrdering;
use super::vui::TimingInfo;
use crate::bits::{BitReader, BitWriter};
use crate::error::{Error, Result};

/// One of the hrd_parameters() of a VPS.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct VpsHrd {
    /// hrd_layer_set_idx.
    pub hrd_layer_set_idx: u16,
    /// cprms_present_flag: whether the common part is written; always true for the first entry.
    pub cprms_present_flag: bool,
    /// The parameters, common part filled in also when inherited.
    pub hrd: HrdParameters,
}

/// A video parameter set. Single-layer decoding needs nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Vps {
    /// vps_video_parameter_set_id, 0..=15.
    pub vps_video_parameter_set_id: u8,
    /// vps_base_layer_internal_flag.
    pub vps_base_layer_internal_flag: bool,
    /// vps_base_layer_available_flag.
    pub vps_base_layer_available_flag: bool,
    /// vps_max_layers_minus1, 0..=63.
    pub vps_max_layers_minus1: u8,
    /// vps_max_sub_layers_minus1, 0..=6.
    pub vps_max_sub_layers_minus1: u8,
    /// vps_temporal_id_nesting_flag.
    pub vps_temporal_id_nesting_flag: bool,
    /// profile_tier_level().
    pub profile_tier_level: ProfileTierLevel,
    /// vps_sub_layer_ordering_info_present_flag.
    pub vps_sub_layer_ordering_info_present_flag: bool,
    /// DPB sizes per highest TemporalId; the first vps_max_sub_layers_minus1 + 1 count.
    pub sub_layer_ordering: [SubLayerOrdering; 7],
    /// vps_max_layer_id, 0..=62.
    pub vps_max_layer_id: u8,
    /// Layer sets 1..=vps_num_layer_sets_minus1: layer_id_included_flag\[i\]\[j\] in bit j.
    pub layer_sets: Vec<u64>,
    /// Timing, if vps_timing_info_present_flag.
    pub timing_info: Option<TimingInfo>,
    /// hrd_parameters(); only with timing.
    pub hrds: Vec<VpsHrd>,
    /// vps_extension_flag as read. Extension data is not kept, so writing writes 0.
    pub vps_extension_flag: bool,
}

impl Default for Vps {
    /// One layer, one sub-layer, Main profile.
    fn default() -> Self {
        Self {
            vps_video_parameter_set_id: 0,
            vps_base_layer_internal_flag: true,
            vps_base_layer_available_flag: true,
            vps_max_layers_minus1: 0,
            vps_max_sub_layers_minus1: 0,
            vps_temporal_id_nesting_flag: true,
            profile_tier_level: ProfileTierLevel::default(),
            vps_sub_layer_ordering_info_present_flag: true,
            sub_layer_ordering: [SubLayerOrdering::default(); 7],
            vps_max_layer_id: 0,
            layer_sets: Vec::new(),
            timing_info: None,
            hrds: Vec::new(),
            vps_extension_flag: false,
        }
    }
}

impl Vps {
    /// 7.3.2.1: reads the RBSP of a VPS NAL unit.
    ///
    /// # Errors
    /// If the data ends early or an element is out of range.
    pub fn parse(rbsp: &[u8]) -> Result<Self> {
        let r = &mut BitReader::named(rbsp, "video_parameter_set_rbsp");
        let mut vps = Self {
            vps_video_parameter_set_id: r.read_u8(4)?,
            vps_base_layer_internal_flag: r.read_flag()?,
            vps_base_layer_available_flag: r.read_flag()?,
            vps_max_layers_minus1: r.read_u8(6)?,
            vps_max_sub_layers_minus1: r.read_u8(3)?,
            vps_temporal_id_nesting_flag: r.read_flag()?,
            ..Self::default()
        };
        if vps.vps_max_sub_layers_minus1 > 6 {
            return Err(Error::Malformed { element: "vps_max_sub_layers_minus1", what: "is 7" });
        }
        r.skip_bits(16)?; // vps_reserved_0xffff_16bits
        vps.profile_tier_level = ProfileTierLevel::parse(r, vps.vps_max_sub_layers_minus1)?;
        vps.vps_sub_layer_ordering_info_present_flag = r.read_flag()?;
        vps.sub_layer_ordering = SubLayerOrdering::parse_all(
            r,
            vps.vps_max_sub_layers_minus1,
            vps.vps_sub_layer_ordering_info_present_flag,
        )?;
        vps.vps_max_layer_id = r.read_u8(6)?;
        let layer_sets = r.read_ue_max("vps_num_layer_sets_minus1", 1023)?;
        for _ in 0..layer_sets {
            let mut set = 0;
            for j in 0..=vps.vps_max_layer_id {
                set |= u64::from(r.read_flag()?) << j;
            }
            vps.layer_sets.push(set);
        }
        vps.parse_timing(r)?;
        vps.vps_extension_flag = r.read_flag()?;
        Ok(vps)
    }

    fn parse_timing(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        if !r.read_flag()? {
            return Ok(());
        }
        self.timing_info = Some(TimingInfo::parse(r)?);
        let count = r.read_ue_max("vps_num_hrd_parameters", self.layer_sets.len() as u32 + 1)?;
        for i in 0..count {
            let hrd_layer_set_idx = r.read_ue_max("hrd_layer_set_idx", 1023)? as u16;
            let cprms_present_flag = i == 0 || r.read_flag()?;
            let inherited =
                if cprms_present_flag { None } else { self.hrds.last().map(|last| &last.hrd.common) };
            let hrd = HrdParameters::parse(r, inherited, self.vps_max_sub_layers_minus1)?;
            self.hrds.push(VpsHrd { hrd_layer_set_idx, cprms_present_flag, hrd });
        }
        Ok(())
    }

    /// 7.3.2.1: writes the RBSP, trailing bits included.
    pub fn write(&self, w: &mut BitWriter) {
        w.write_bits(self.vps_video_parameter_set_id.into(), 4);
        w.write_flag(self.vps_base_layer_internal_flag);
        w.write_flag(self.vps_base_layer_available_flag);
        w.write_bits(self.vps_max_layers_minus1.into(), 6);
        w.write_bits(self.vps_max_sub_layers_minus1.into(), 3);
        w.write_flag(self.vps_temporal_id_nesting_flag);
        w.write_bits(0xffff, 16);
        self.profile_tier_level.write(w, self.vps_max_sub_layers_minus1);
        w.write_flag(self.vps_sub_layer_ordering_info_present_flag);
        SubLayerOrdering::write_all(
            &self.sub_layer_ordering,
            w,
            self.vps_max_sub_layers_minus1,
            self.vps_sub_layer_ordering_info_present_flag,
        );
        w.write_bits(self.vps_max_layer_id.into(), 6);
        w.write_ue(self.layer_sets.len() as u32);
        for set in &self.layer_sets {
            (0..=self.vps_max_layer_id).for_each(|j| w.write_flag(set >> j & 1 != 0));
        }
        w.write_flag(self.timing_info.is_some());
        if let Some(timing_info) = &self.timing_info {
            timing_info.write(w);
            w.write_ue(self.hrds.len() as u32);
            for (i, entry) in self.hrds.iter().enumerate() {
                w.write_ue(entry.hrd_layer_set_idx.into());
                if i > 0 {
                    w.write_flag(entry.cprms_present_flag);
                }
                entry.hrd.write(w, i == 0 || entry.cprms_present_flag);
            }
        }
        w.write_flag(false); // vps_extension_flag
        w.write_trailing_bits();
    }

    /// The RBSP as bytes.
    pub fn to_rbsp(&self) -> Vec<u8> {
        let mut w = BitWriter::new();
        self.write(&mut w);
        w.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ps::hrd::tests::hrd;
    use crate::ps::profile_tier_level::tests::profile_tier_level;
    use crate::ps::sps::tests::sub_layer_ordering;
    use crate::ps::vui::tests::timing_info;
    use proptest::prelude::*;

    fn vps() -> impl Strategy<Value = Vps> {
        let with_max = |max: u8| {
            let hrds = prop::collection::vec((0u16..1024, hrd(max)), 0..3);
            (
                (0u8..16, any::<[bool; 3]>(), 0u8..64, 0u8..63),
                profile_tier_level(max),
                sub_layer_ordering(max),
                prop::collection::vec(any::<u64>(), 2..5),
                prop::option::of((timing_info(), hrds)),
            )
                .prop_map(move |(ids, ptl, (info, ordering), sets, timing)| {
                    let (timing_info, hrds) = timing.map_or((None, vec![]), |(t, h)| (Some(t), h));
                    let hrds = hrds.into_iter().map(|(hrd_layer_set_idx, hrd)| VpsHrd {
                        hrd_layer_set_idx,
                        cprms_present_flag: true,
                        hrd,
                    });
                    Vps {
                        vps_video_parameter_set_id: ids.0,
                        vps_base_layer_internal_flag: ids.1[0],
                        vps_base_layer_available_flag: ids.1[1],
                        vps_temporal_id_nesting_flag: ids.1[2],
                        vps_max_layers_minus1: ids.2,
                        vps_max_layer_id: ids.3,
                        vps_max_sub_layers_minus1: max,
                        profile_tier_level: ptl,
                        vps_sub_layer_ordering_info_present_flag: info,
                        sub_layer_ordering: ordering,
                        layer_sets: sets.iter().map(|s| s & ((2 << ids.3) - 1)).collect(),
                        timing_info,
                        hrds: hrds.collect(),
                        vps_extension_flag: false,
                    }
                })
        };
        (0u8..7).prop_flat_map(with_max)
    }

    proptest! {
        #[test]
        fn round_trip(vps in vps()) {
            prop_assert_eq!(Vps::parse(&vps.to_rbsp()).unwrap(), vps);
        }

        #[test]
        fn any_bytes_parse_or_fail(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = Vps::parse(&bytes);
        }
    }

    #[test]
    fn the_common_hrd_part_is_inherited() {
        let mut vps = Vps { timing_info: Some(TimingInfo::default()), layer_sets: vec![1], ..Vps::default() };
        let mut hrd = HrdParameters::default();
        hrd.common.bit_rate_scale = 3;
        hrd.common.nal_hrd_parameters_present_flag = true;
        hrd.sub_layers = vec![crate::ps::SubLayerHrd { nal: vec![Default::default()], ..Default::default() }];
        for cprms_present_flag in [true, false] {
            vps.hrds.push(VpsHrd { hrd_layer_set_idx: 0, cprms_present_flag, hrd: hrd.clone() });
        }
        assert_eq!(Vps::parse(&vps.to_rbsp()).unwrap(), vps);
    }
}
