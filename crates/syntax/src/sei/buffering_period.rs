//! Buffering period (clauses D.2.2 and D.3.2).

use crate::bits::{BitReader, BitWriter};
use crate::error::{Error, Result};
use crate::ps::{HrdCommon, HrdParameters, Sps};

/// When the first access unit leaves the coded picture buffer of one schedule, in units of 1/90000 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct InitialCpbRemoval {
    /// nal_ or vcl_initial_cpb_removal_delay.
    pub delay: u32,
    /// nal_ or vcl_initial_cpb_removal_offset.
    pub offset: u32,
    /// nal_ or vcl_initial_alt_cpb_removal_delay and _offset; present with irap_cpb_params_present_flag or
    /// sub-picture HRD parameters.
    pub alternative: Option<(u32, u32)>,
}

/// buffering_period().
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct BufferingPeriod {
    /// bp_seq_parameter_set_id, 0..=15.
    pub bp_seq_parameter_set_id: u8,
    /// cpb_delay_offset and dpb_delay_offset, if irap_cpb_params_present_flag.
    pub irap_cpb_params: Option<(u32, u32)>,
    /// concatenation_flag.
    pub concatenation_flag: bool,
    /// au_cpb_removal_delay_delta_minus1.
    pub au_cpb_removal_delay_delta_minus1: u32,
    /// One entry per NAL schedule of the highest sub-layer.
    pub nal: Vec<InitialCpbRemoval>,
    /// One entry per VCL schedule of the highest sub-layer.
    pub vcl: Vec<InitialCpbRemoval>,
    /// use_alt_cpb_params_flag, if present.
    pub use_alt_cpb_params_flag: Option<bool>,
}

/// The HRD parameters of an SPS.
fn hrd(sps: &Sps) -> Option<&HrdParameters> {
    sps.vui.as_ref()?.hrd.as_ref()
}

impl InitialCpbRemoval {
    fn parse_all(
        r: &mut BitReader<'_>,
        count: usize,
        common: &HrdCommon,
        alternative: bool,
    ) -> Result<Vec<Self>> {
        let len = u32::from(common.initial_cpb_removal_delay_length_minus1) + 1;
        let entry = |_| {
            Ok(Self {
                delay: r.read_bits(len)?,
                offset: r.read_bits(len)?,
                alternative: if alternative { Some((r.read_bits(len)?, r.read_bits(len)?)) } else { None },
            })
        };
        (0..count).map(entry).collect()
    }

    fn write(&self, w: &mut BitWriter, common: &HrdCommon) {
        let len = u32::from(common.initial_cpb_removal_delay_length_minus1) + 1;
        w.write_bits(self.delay, len);
        w.write_bits(self.offset, len);
        if let Some((delay, offset)) = self.alternative {
            w.write_bits(delay, len);
            w.write_bits(offset, len);
        }
    }
}

impl BufferingPeriod {
    /// bp_seq_parameter_set_id of a buffering period payload: the SPS needed to read the rest.
    ///
    /// # Errors
    /// If the payload ends early or the id is out of range.
    pub fn sps_id(data: &[u8]) -> Result<u8> {
        BitReader::named(data, "buffering_period").read_ue8("bp_seq_parameter_set_id", 15)
    }

    /// D.2.2.
    pub(super) fn parse(r: &mut BitReader<'_>, sps: &Sps) -> Result<Self> {
        let what = "the SPS has no HRD parameters";
        let hrd = hrd(sps).ok_or(Error::Malformed { element: "buffering_period", what })?;
        let common = &hrd.common;
        let mut bp =
            Self { bp_seq_parameter_set_id: r.read_ue8("bp_seq_parameter_set_id", 15)?, ..Self::default() };
        let au_len = u32::from(common.au_cpb_removal_delay_length_minus1) + 1;
        let dpb_len = u32::from(common.dpb_output_delay_length_minus1) + 1;
        if common.sub_pic.is_none() && r.read_flag()? {
            bp.irap_cpb_params = Some((r.read_bits(au_len)?, r.read_bits(dpb_len)?));
        }
        bp.concatenation_flag = r.read_flag()?;
        bp.au_cpb_removal_delay_delta_minus1 = r.read_bits(au_len)?;
        let alternative = common.sub_pic.is_some() || bp.irap_cpb_params.is_some();
        let (nal, vcl) = hrd.sub_layers.last().map_or((0, 0), |s| (s.nal.len(), s.vcl.len()));
        bp.nal = InitialCpbRemoval::parse_all(r, nal, common, alternative)?;
        bp.vcl = InitialCpbRemoval::parse_all(r, vcl, common, alternative)?;
        // payload_extension_present(): something precedes the stop bit.
        bp.use_alt_cpb_params_flag = if r.more_rbsp_data() { Some(r.read_flag()?) } else { None };
        Ok(bp)
    }

    /// D.2.2.
    pub(super) fn write(&self, w: &mut BitWriter, sps: &Sps) {
        let default = HrdCommon::default();
        let common = hrd(sps).map_or(&default, |hrd| &hrd.common);
        let au_len = u32::from(common.au_cpb_removal_delay_length_minus1) + 1;
        w.write_ue(self.bp_seq_parameter_set_id.into());
        if common.sub_pic.is_none() {
            w.write_flag(self.irap_cpb_params.is_some());
            if let Some((cpb_delay_offset, dpb_delay_offset)) = self.irap_cpb_params {
                w.write_bits(cpb_delay_offset, au_len);
                w.write_bits(dpb_delay_offset, u32::from(common.dpb_output_delay_length_minus1) + 1);
            }
        }
        w.write_flag(self.concatenation_flag);
        w.write_bits(self.au_cpb_removal_delay_delta_minus1, au_len);
        self.nal.iter().chain(&self.vcl).for_each(|entry| entry.write(w, common));
        if let Some(flag) = self.use_alt_cpb_params_flag {
            w.write_flag(flag);
            // Without a bit of its own to end it, an aligned payload would lose a final zero flag.
            if w.byte_aligned() {
                w.write_trailing_bits();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SeiPayload, testing::round_trips};
    use super::*;
    use crate::nal::NalUnitType;
    use crate::ps::{CpbEntry, SubLayerHrd, SubPicHrd, Vui};

    /// An SPS with two NAL schedules and one VCL schedule's worth of HRD parameters.
    fn sps(sub_pic: bool, delay_bits: u8) -> Sps {
        let common = HrdCommon {
            nal_hrd_parameters_present_flag: true,
            sub_pic: sub_pic.then(SubPicHrd::default),
            initial_cpb_removal_delay_length_minus1: delay_bits - 1,
            ..HrdCommon::default()
        };
        let nal = vec![CpbEntry::default(); 2];
        let sub_layers = vec![SubLayerHrd { nal, cpb_cnt_minus1: 1, ..SubLayerHrd::default() }];
        let vui = Vui { hrd: Some(HrdParameters { common, sub_layers }), ..Vui::default() };
        Sps { vui: Some(Box::new(vui)), ..Sps::default() }
    }

    #[test]
    fn round_trip() {
        for delay_bits in 17..=32 {
            for (sub_pic, irap) in [(false, false), (false, true), (true, false)] {
                for use_alt_cpb_params_flag in [None, Some(false), Some(true)] {
                    let entry = |delay| InitialCpbRemoval {
                        delay,
                        offset: 3,
                        alternative: (sub_pic || irap).then_some((9, delay)),
                    };
                    let bp = BufferingPeriod {
                        bp_seq_parameter_set_id: 2,
                        irap_cpb_params: irap.then_some((5, 6)),
                        concatenation_flag: true,
                        au_cpb_removal_delay_delta_minus1: 0xabcdef,
                        nal: vec![entry(90_000), entry(1)],
                        vcl: vec![],
                        use_alt_cpb_params_flag,
                    };
                    let sps = sps(sub_pic, delay_bits);
                    let payload = SeiPayload::BufferingPeriod(bp);
                    assert_eq!(BufferingPeriod::sps_id(&payload.to_bytes(&sps)).unwrap(), 2);
                    round_trips(payload, NalUnitType::PREFIX_SEI_NUT, &sps);
                }
            }
        }
    }

    #[test]
    fn without_hrd_parameters_it_cannot_be_read() {
        assert!(BufferingPeriod::parse(&mut BitReader::new(&[0xff; 20]), &Sps::default()).is_err());
    }
}
