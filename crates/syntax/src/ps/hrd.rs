//! hrd_parameters() and sub_layer_hrd_parameters() (clauses E.2.2, E.2.3, E.3.2, E.3.3).

use crate::bits::{BitReader, BitWriter};
use crate::error::Result;

/// What decoding units below the access unit add to the common part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SubPicHrd {
    /// tick_divisor_minus2.
    pub tick_divisor_minus2: u8,
    /// du_cpb_removal_delay_increment_length_minus1, 0..=31.
    pub du_cpb_removal_delay_increment_length_minus1: u8,
    /// sub_pic_cpb_params_in_pic_timing_sei_flag.
    pub sub_pic_cpb_params_in_pic_timing_sei_flag: bool,
    /// dpb_output_delay_du_length_minus1, 0..=31.
    pub dpb_output_delay_du_length_minus1: u8,
    /// cpb_size_du_scale, 0..=15.
    pub cpb_size_du_scale: u8,
}

/// The part of hrd_parameters() common to all sub-layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HrdCommon {
    /// nal_hrd_parameters_present_flag: schedules of the byte stream (type II).
    pub nal_hrd_parameters_present_flag: bool,
    /// vcl_hrd_parameters_present_flag: schedules of VCL and filler data units (type I).
    pub vcl_hrd_parameters_present_flag: bool,
    /// Sub-picture parameters, if sub_pic_hrd_params_present_flag.
    pub sub_pic: Option<SubPicHrd>,
    /// bit_rate_scale, 0..=15: rates in units of 2^(6 + bit_rate_scale) bit/s.
    pub bit_rate_scale: u8,
    /// cpb_size_scale, 0..=15: sizes in units of 2^(4 + cpb_size_scale) bits.
    pub cpb_size_scale: u8,
    /// initial_cpb_removal_delay_length_minus1, 0..=31.
    pub initial_cpb_removal_delay_length_minus1: u8,
    /// au_cpb_removal_delay_length_minus1, 0..=31.
    pub au_cpb_removal_delay_length_minus1: u8,
    /// dpb_output_delay_length_minus1, 0..=31.
    pub dpb_output_delay_length_minus1: u8,
}

impl Default for HrdCommon {
    /// No schedules; delay lengths as E.3.2 infers them (24 bits).
    fn default() -> Self {
        Self {
            nal_hrd_parameters_present_flag: false,
            vcl_hrd_parameters_present_flag: false,
            sub_pic: None,
            bit_rate_scale: 0,
            cpb_size_scale: 0,
            initial_cpb_removal_delay_length_minus1: 23,
            au_cpb_removal_delay_length_minus1: 23,
            dpb_output_delay_length_minus1: 23,
        }
    }
}

impl HrdCommon {
    /// CpbDpbDelaysPresentFlag: whether picture timing SEI messages carry removal and output delays.
    pub const fn cpb_dpb_delays_present_flag(&self) -> bool {
        self.nal_hrd_parameters_present_flag || self.vcl_hrd_parameters_present_flag
    }

    fn parse(r: &mut BitReader<'_>) -> Result<Self> {
        let mut common = Self {
            nal_hrd_parameters_present_flag: r.read_flag()?,
            vcl_hrd_parameters_present_flag: r.read_flag()?,
            ..Self::default()
        };
        if !common.cpb_dpb_delays_present_flag() {
            return Ok(common);
        }
        if r.read_flag()? {
            common.sub_pic = Some(SubPicHrd {
                tick_divisor_minus2: r.read_u8(8)?,
                du_cpb_removal_delay_increment_length_minus1: r.read_u8(5)?,
                sub_pic_cpb_params_in_pic_timing_sei_flag: r.read_flag()?,
                dpb_output_delay_du_length_minus1: r.read_u8(5)?,
                cpb_size_du_scale: 0,
            });
        }
        common.bit_rate_scale = r.read_u8(4)?;
        common.cpb_size_scale = r.read_u8(4)?;
        if let Some(sub_pic) = &mut common.sub_pic {
            sub_pic.cpb_size_du_scale = r.read_u8(4)?;
        }
        common.initial_cpb_removal_delay_length_minus1 = r.read_u8(5)?;
        common.au_cpb_removal_delay_length_minus1 = r.read_u8(5)?;
        common.dpb_output_delay_length_minus1 = r.read_u8(5)?;
        Ok(common)
    }

    fn write(&self, w: &mut BitWriter) {
        w.write_flag(self.nal_hrd_parameters_present_flag);
        w.write_flag(self.vcl_hrd_parameters_present_flag);
        if !self.cpb_dpb_delays_present_flag() {
            return;
        }
        w.write_flag(self.sub_pic.is_some());
        if let Some(sub_pic) = &self.sub_pic {
            w.write_bits(sub_pic.tick_divisor_minus2.into(), 8);
            w.write_bits(sub_pic.du_cpb_removal_delay_increment_length_minus1.into(), 5);
            w.write_flag(sub_pic.sub_pic_cpb_params_in_pic_timing_sei_flag);
            w.write_bits(sub_pic.dpb_output_delay_du_length_minus1.into(), 5);
        }
        w.write_bits(self.bit_rate_scale.into(), 4);
        w.write_bits(self.cpb_size_scale.into(), 4);
        if let Some(sub_pic) = &self.sub_pic {
            w.write_bits(sub_pic.cpb_size_du_scale.into(), 4);
        }
        w.write_bits(self.initial_cpb_removal_delay_length_minus1.into(), 5);
        w.write_bits(self.au_cpb_removal_delay_length_minus1.into(), 5);
        w.write_bits(self.dpb_output_delay_length_minus1.into(), 5);
    }
}

/// One delivery schedule: an entry of sub_layer_hrd_parameters() (clause E.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct CpbEntry {
    /// bit_rate_value_minus1.
    pub bit_rate_value_minus1: u32,
    /// cpb_size_value_minus1.
    pub cpb_size_value_minus1: u32,
    /// cpb_size_du_value_minus1; only with sub-picture parameters.
    pub cpb_size_du_value_minus1: u32,
    /// bit_rate_du_value_minus1; only with sub-picture parameters.
    pub bit_rate_du_value_minus1: u32,
    /// cbr_flag: delivery at a constant rate.
    pub cbr_flag: bool,
}

impl CpbEntry {
    fn parse(r: &mut BitReader<'_>, sub_pic: bool) -> Result<Self> {
        let mut entry = Self {
            bit_rate_value_minus1: r.read_ue()?,
            cpb_size_value_minus1: r.read_ue()?,
            ..Self::default()
        };
        if sub_pic {
            entry.cpb_size_du_value_minus1 = r.read_ue()?;
            entry.bit_rate_du_value_minus1 = r.read_ue()?;
        }
        entry.cbr_flag = r.read_flag()?;
        Ok(entry)
    }

    fn write(&self, w: &mut BitWriter, sub_pic: bool) {
        w.write_ue(self.bit_rate_value_minus1);
        w.write_ue(self.cpb_size_value_minus1);
        if sub_pic {
            w.write_ue(self.cpb_size_du_value_minus1);
            w.write_ue(self.bit_rate_du_value_minus1);
        }
        w.write_flag(self.cbr_flag);
    }

    /// BitRate in bit/s (equation E-48).
    pub const fn bit_rate(&self, common: &HrdCommon) -> u64 {
        (self.bit_rate_value_minus1 as u64 + 1) << (6 + common.bit_rate_scale)
    }

    /// CpbSize in bits (equation E-49).
    pub const fn cpb_size(&self, common: &HrdCommon) -> u64 {
        (self.cpb_size_value_minus1 as u64 + 1) << (4 + common.cpb_size_scale)
    }
}

/// What hrd_parameters() says of one sub-layer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SubLayerHrd {
    /// fixed_pic_rate_general_flag.
    pub fixed_pic_rate_general_flag: bool,
    /// fixed_pic_rate_within_cvs_flag; 1 when the general flag is.
    pub fixed_pic_rate_within_cvs_flag: bool,
    /// elemental_duration_in_tc_minus1, 0..=2047; only with a fixed picture rate.
    pub elemental_duration_in_tc_minus1: u16,
    /// low_delay_hrd_flag; only without a fixed picture rate.
    pub low_delay_hrd_flag: bool,
    /// NAL schedules, cpb_cnt_minus1 + 1 of them; empty without nal_hrd_parameters_present_flag.
    pub nal: Vec<CpbEntry>,
    /// VCL schedules, cpb_cnt_minus1 + 1 of them; empty without vcl_hrd_parameters_present_flag.
    pub vcl: Vec<CpbEntry>,
    /// cpb_cnt_minus1, 0..=31.
    pub cpb_cnt_minus1: u8,
}

impl Default for SubLayerHrd {
    /// A fixed picture rate of one tick, one (empty) schedule.
    fn default() -> Self {
        Self {
            fixed_pic_rate_general_flag: true,
            fixed_pic_rate_within_cvs_flag: true,
            elemental_duration_in_tc_minus1: 0,
            low_delay_hrd_flag: false,
            nal: Vec::new(),
            vcl: Vec::new(),
            cpb_cnt_minus1: 0,
        }
    }
}

impl SubLayerHrd {
    fn parse(r: &mut BitReader<'_>, common: &HrdCommon) -> Result<Self> {
        let mut s = Self { fixed_pic_rate_general_flag: r.read_flag()?, ..Self::default() };
        s.fixed_pic_rate_within_cvs_flag = s.fixed_pic_rate_general_flag || r.read_flag()?;
        if s.fixed_pic_rate_within_cvs_flag {
            s.elemental_duration_in_tc_minus1 =
                r.read_ue_max("elemental_duration_in_tc_minus1", 2047)? as u16;
        } else {
            s.low_delay_hrd_flag = r.read_flag()?;
        }
        if !s.low_delay_hrd_flag {
            s.cpb_cnt_minus1 = r.read_ue8("cpb_cnt_minus1", 31)?;
        }
        let mut schedules = |present: bool| -> Result<Vec<CpbEntry>> {
            let count = if present { s.cpb_cnt_minus1 + 1 } else { 0 };
            (0..count).map(|_| CpbEntry::parse(r, common.sub_pic.is_some())).collect()
        };
        s.nal = schedules(common.nal_hrd_parameters_present_flag)?;
        s.vcl = schedules(common.vcl_hrd_parameters_present_flag)?;
        Ok(s)
    }

    fn write(&self, w: &mut BitWriter, common: &HrdCommon) {
        w.write_flag(self.fixed_pic_rate_general_flag);
        if !self.fixed_pic_rate_general_flag {
            w.write_flag(self.fixed_pic_rate_within_cvs_flag);
        }
        if self.fixed_pic_rate_general_flag || self.fixed_pic_rate_within_cvs_flag {
            w.write_ue(self.elemental_duration_in_tc_minus1.into());
        } else {
            w.write_flag(self.low_delay_hrd_flag);
        }
        if !self.low_delay_hrd_flag {
            w.write_ue(self.cpb_cnt_minus1.into());
        }
        self.nal.iter().chain(&self.vcl).for_each(|entry| entry.write(w, common.sub_pic.is_some()));
    }
}

/// hrd_parameters() (clause E.2.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct HrdParameters {
    /// The part common to all sub-layers.
    pub common: HrdCommon,
    /// One entry per sub-layer, lowest first.
    pub sub_layers: Vec<SubLayerHrd>,
}

impl HrdParameters {
    /// E.2.2: hrd_parameters(commonInfPresentFlag, maxNumSubLayersMinus1). The common part is read if
    /// `inherited` is `None`, else taken from it.
    ///
    /// # Errors
    /// If the data ends early or an element is out of range.
    pub(crate) fn parse(
        r: &mut BitReader<'_>,
        inherited: Option<&HrdCommon>,
        max_sub_layers_minus1: u8,
    ) -> Result<Self> {
        let common = match inherited {
            Some(common) => *common,
            None => HrdCommon::parse(r)?,
        };
        let sub_layers =
            (0..=max_sub_layers_minus1).map(|_| SubLayerHrd::parse(r, &common)).collect::<Result<_>>()?;
        Ok(Self { common, sub_layers })
    }

    /// E.2.2.
    pub(crate) fn write(&self, w: &mut BitWriter, common_inf_present_flag: bool) {
        if common_inf_present_flag {
            self.common.write(w);
        }
        self.sub_layers.iter().for_each(|sub_layer| sub_layer.write(w, &self.common));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sub_pic() -> impl Strategy<Value = SubPicHrd> {
        (any::<u8>(), 0u8..32, any::<bool>(), 0u8..32, 0u8..16).prop_map(|(a, b, c, d, e)| SubPicHrd {
            tick_divisor_minus2: a,
            du_cpb_removal_delay_increment_length_minus1: b,
            sub_pic_cpb_params_in_pic_timing_sei_flag: c,
            dpb_output_delay_du_length_minus1: d,
            cpb_size_du_scale: e,
        })
    }

    fn common() -> impl Strategy<Value = HrdCommon> {
        (any::<[bool; 2]>(), prop::option::of(sub_pic()), 0u8..16, 0u8..16, [0u8..32, 0u8..32, 0u8..32])
            .prop_map(|(present, sub_pic, bit_rate_scale, cpb_size_scale, lengths)| {
                if present == [false; 2] {
                    return HrdCommon::default();
                }
                HrdCommon {
                    nal_hrd_parameters_present_flag: present[0],
                    vcl_hrd_parameters_present_flag: present[1],
                    sub_pic,
                    bit_rate_scale,
                    cpb_size_scale,
                    initial_cpb_removal_delay_length_minus1: lengths[0],
                    au_cpb_removal_delay_length_minus1: lengths[1],
                    dpb_output_delay_length_minus1: lengths[2],
                }
            })
    }

    fn sub_layer(common: HrdCommon) -> impl Strategy<Value = SubLayerHrd> {
        let entry = (0..u32::MAX, 0..u32::MAX, 0..u32::MAX, 0..u32::MAX, any::<bool>());
        (any::<[bool; 3]>(), 0u16..2048, prop::collection::vec(entry, 64), 0u8..32).prop_map(
            move |(flags, duration, entries, cpb_cnt_minus1)| {
                let within = flags[0] || flags[1];
                let low_delay_hrd_flag = !within && flags[2];
                let cpb_cnt_minus1 = if low_delay_hrd_flag { 0 } else { cpb_cnt_minus1 };
                let mut entries = entries.into_iter().map(|(a, b, c, d, cbr_flag)| {
                    let (c, d) = if common.sub_pic.is_some() { (c, d) } else { (0, 0) };
                    CpbEntry {
                        bit_rate_value_minus1: a,
                        cpb_size_value_minus1: b,
                        cpb_size_du_value_minus1: c,
                        bit_rate_du_value_minus1: d,
                        cbr_flag,
                    }
                });
                let mut take = |present: bool| -> Vec<CpbEntry> {
                    entries.by_ref().take(if present { usize::from(cpb_cnt_minus1) + 1 } else { 0 }).collect()
                };
                SubLayerHrd {
                    fixed_pic_rate_general_flag: flags[0],
                    fixed_pic_rate_within_cvs_flag: within,
                    elemental_duration_in_tc_minus1: if within { duration } else { 0 },
                    low_delay_hrd_flag,
                    nal: take(common.nal_hrd_parameters_present_flag),
                    vcl: take(common.vcl_hrd_parameters_present_flag),
                    cpb_cnt_minus1,
                }
            },
        )
    }

    pub(crate) fn hrd(max_sub_layers_minus1: u8) -> impl Strategy<Value = HrdParameters> {
        common().prop_flat_map(move |common| {
            prop::collection::vec(sub_layer(common), usize::from(max_sub_layers_minus1) + 1)
                .prop_map(move |sub_layers| HrdParameters { common, sub_layers })
        })
    }

    proptest! {
        #[test]
        fn round_trip((max, hrd) in (0u8..7).prop_flat_map(|max| (Just(max), hrd(max))), inherit in any::<bool>()) {
            let mut w = BitWriter::new();
            hrd.write(&mut w, !inherit);
            let bits = w.bit_len();
            let bytes = w.into_bytes();
            let mut r = BitReader::new(&bytes);
            let parsed = HrdParameters::parse(&mut r, inherit.then_some(&hrd.common), max).unwrap();
            prop_assert_eq!(parsed, hrd);
            prop_assert_eq!(r.bit_position(), bits);
        }
    }
}
