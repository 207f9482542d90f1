//! Picture timing (clauses D.2.3 and D.3.3).

use crate::bits::{BitReader, BitWriter};
use crate::error::Result;
use crate::ps::{HrdCommon, Sps, SubPicHrd};

/// How the picture is to be shown; present with frame_field_info_present_flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct FrameFieldInfo {
    /// pic_struct (table D.2), 0..=15.
    pub pic_struct: u8,
    /// source_scan_type, 0..=3.
    pub source_scan_type: u8,
    /// duplicate_flag.
    pub duplicate_flag: bool,
}

/// Decoding units; present with sub_pic_cpb_params_in_pic_timing_sei_flag.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct DecodingUnits {
    /// du_common_cpb_removal_delay_increment_minus1, if du_common_cpb_removal_delay_flag.
    pub du_common_cpb_removal_delay_increment_minus1: Option<u32>,
    /// num_nalus_in_du_minus1 of each decoding unit, at least one.
    pub num_nalus_in_du_minus1: Vec<u32>,
    /// du_cpb_removal_delay_increment_minus1 of each decoding unit but the last; empty with a common one.
    pub du_cpb_removal_delay_increment_minus1: Vec<u32>,
}

/// When the picture leaves the buffers; present with HRD parameters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PicTimingDelays {
    /// au_cpb_removal_delay_minus1, in clock ticks.
    pub au_cpb_removal_delay_minus1: u32,
    /// pic_dpb_output_delay, in clock ticks.
    pub pic_dpb_output_delay: u32,
    /// pic_dpb_output_du_delay, in sub-picture clock ticks; only with sub-picture parameters, else 0.
    pub pic_dpb_output_du_delay: u32,
    /// Decoding units, if their parameters are here.
    pub decoding_units: Option<DecodingUnits>,
}

/// pic_timing(). What is present follows from the VUI of the SPS.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PicTiming {
    /// Frame and field information.
    pub frame_field_info: Option<FrameFieldInfo>,
    /// Delays.
    pub delays: Option<PicTimingDelays>,
}

/// Length of a removal delay increment in bits.
fn increment_len(sub_pic: &SubPicHrd) -> u32 {
    u32::from(sub_pic.du_cpb_removal_delay_increment_length_minus1) + 1
}

impl DecodingUnits {
    fn parse(r: &mut BitReader<'_>, sub_pic: &SubPicHrd) -> Result<Self> {
        let len = increment_len(sub_pic);
        let num_decoding_units_minus1 = r.read_ue()?;
        let common = if r.read_flag()? { Some(r.read_bits(len)?) } else { None };
        let mut units = Self { du_common_cpb_removal_delay_increment_minus1: common, ..Self::default() };
        // Each turn takes at least one bit, so the payload bounds the memory.
        for i in 0..=num_decoding_units_minus1 {
            units.num_nalus_in_du_minus1.push(r.read_ue()?);
            if common.is_none() && i < num_decoding_units_minus1 {
                units.du_cpb_removal_delay_increment_minus1.push(r.read_bits(len)?);
            }
        }
        Ok(units)
    }

    fn write(&self, w: &mut BitWriter, sub_pic: &SubPicHrd) {
        let len = increment_len(sub_pic);
        w.write_ue((self.num_nalus_in_du_minus1.len() as u32).saturating_sub(1));
        w.write_flag(self.du_common_cpb_removal_delay_increment_minus1.is_some());
        if let Some(increment) = self.du_common_cpb_removal_delay_increment_minus1 {
            w.write_bits(increment, len);
        }
        let mut increments = self.du_cpb_removal_delay_increment_minus1.iter();
        for &num_nalus_in_du_minus1 in &self.num_nalus_in_du_minus1 {
            w.write_ue(num_nalus_in_du_minus1);
            if let Some(&increment) = increments.next() {
                w.write_bits(increment, len);
            }
        }
    }
}

impl PicTimingDelays {
    fn parse(r: &mut BitReader<'_>, common: &HrdCommon) -> Result<Self> {
        let mut delays = Self {
            au_cpb_removal_delay_minus1: r
                .read_bits(u32::from(common.au_cpb_removal_delay_length_minus1) + 1)?,
            pic_dpb_output_delay: r.read_bits(u32::from(common.dpb_output_delay_length_minus1) + 1)?,
            ..Self::default()
        };
        if let Some(sub_pic) = &common.sub_pic {
            delays.pic_dpb_output_du_delay =
                r.read_bits(u32::from(sub_pic.dpb_output_delay_du_length_minus1) + 1)?;
            if sub_pic.sub_pic_cpb_params_in_pic_timing_sei_flag {
                delays.decoding_units = Some(DecodingUnits::parse(r, sub_pic)?);
            }
        }
        Ok(delays)
    }

    fn write(&self, w: &mut BitWriter, common: &HrdCommon) {
        w.write_bits(
            self.au_cpb_removal_delay_minus1,
            u32::from(common.au_cpb_removal_delay_length_minus1) + 1,
        );
        w.write_bits(self.pic_dpb_output_delay, u32::from(common.dpb_output_delay_length_minus1) + 1);
        if let Some(sub_pic) = &common.sub_pic {
            w.write_bits(
                self.pic_dpb_output_du_delay,
                u32::from(sub_pic.dpb_output_delay_du_length_minus1) + 1,
            );
            if let Some(units) = &self.decoding_units {
                units.write(w, sub_pic);
            }
        }
    }
}

/// frame_field_info_present_flag of an SPS, and its HRD parameters if they bring delays.
fn present(sps: &Sps) -> (bool, Option<&HrdCommon>) {
    let Some(vui) = &sps.vui else { return (false, None) };
    let common = vui.hrd.as_ref().map(|hrd| &hrd.common);
    (vui.frame_field_info_present_flag, common.filter(|c| c.cpb_dpb_delays_present_flag()))
}

impl PicTiming {
    /// D.2.3.
    pub(super) fn parse(r: &mut BitReader<'_>, sps: &Sps) -> Result<Self> {
        let (frame_field_info_present_flag, common) = present(sps);
        let mut timing = Self::default();
        if frame_field_info_present_flag {
            timing.frame_field_info = Some(FrameFieldInfo {
                pic_struct: r.read_u8(4)?,
                source_scan_type: r.read_u8(2)?,
                duplicate_flag: r.read_flag()?,
            });
        }
        timing.delays = common.map(|common| PicTimingDelays::parse(r, common)).transpose()?;
        Ok(timing)
    }

    /// D.2.3.
    pub(super) fn write(&self, w: &mut BitWriter, sps: &Sps) {
        if let Some(info) = &self.frame_field_info {
            w.write_bits(info.pic_struct.into(), 4);
            w.write_bits(info.source_scan_type.into(), 2);
            w.write_flag(info.duplicate_flag);
        }
        if let (Some(delays), (_, Some(common))) = (&self.delays, present(sps)) {
            delays.write(w, common);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SeiPayload, testing::round_trips};
    use super::*;
    use crate::nal::NalUnitType;
    use crate::ps::{HrdParameters, Vui};
    use proptest::option::of;
    use proptest::prelude::*;

    fn units() -> impl Strategy<Value = DecodingUnits> {
        (of(0u32..1 << 10), prop::collection::vec((0u32..300, 0u32..1 << 10), 1..8)).prop_map(
            |(common, units)| DecodingUnits {
                du_common_cpb_removal_delay_increment_minus1: common,
                num_nalus_in_du_minus1: units.iter().map(|u| u.0).collect(),
                du_cpb_removal_delay_increment_minus1: match common {
                    Some(_) => vec![],
                    None => units[1..].iter().map(|u| u.1).collect(),
                },
            },
        )
    }

    proptest! {
        #[test]
        fn round_trip(info in of((0u8..16, 0u8..4, any::<bool>())),
                      delays in of((0u32..1 << 24, 0u32..1 << 24, of((0u32..1 << 5, of(units())))))) {
            let sub_pic = delays.as_ref().and_then(|d| d.2.as_ref()).map(|s| SubPicHrd {
                du_cpb_removal_delay_increment_length_minus1: 9,
                dpb_output_delay_du_length_minus1: 4,
                sub_pic_cpb_params_in_pic_timing_sei_flag: s.1.is_some(),
                ..SubPicHrd::default()
            });
            let common = HrdCommon { vcl_hrd_parameters_present_flag: true, sub_pic, ..HrdCommon::default() };
            let vui = Vui {
                frame_field_info_present_flag: info.is_some(),
                hrd: delays.is_some().then(|| HrdParameters { common, sub_layers: vec![] }),
                ..Vui::default()
            };
            let sps = Sps { vui: Some(Box::new(vui)), ..Sps::default() };
            let timing = PicTiming {
                frame_field_info: info.map(|(pic_struct, source_scan_type, duplicate_flag)| FrameFieldInfo {
                    pic_struct,
                    source_scan_type,
                    duplicate_flag,
                }),
                delays: delays.map(|(removal, output, sub)| PicTimingDelays {
                    au_cpb_removal_delay_minus1: removal,
                    pic_dpb_output_delay: output,
                    pic_dpb_output_du_delay: sub.as_ref().map_or(0, |s| s.0),
                    decoding_units: sub.and_then(|s| s.1),
                }),
            };
            round_trips(SeiPayload::PicTiming(timing), NalUnitType::PREFIX_SEI_NUT, &sps);
        }
    }
}
