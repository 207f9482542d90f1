//! NAL units without slice data: parameter sets, SEI messages, ends of sequences.

use crate::current::Unit;
use crate::decoder::{Decoder, limit};
use crate::error::Error;
use crate::receive::picture_bytes;
use crate::sequence::output_limits;
use rivus_recon::params::picture_format;
use rivus_syntax::nal::NalUnitType;
use rivus_syntax::ps::{Pps, Sps, Vps};

impl Decoder {
    /// Takes a NAL unit that holds no slice segment.
    pub(crate) fn non_vcl(&mut self, unit: Unit, rbsp: &[u8]) -> Result<(), Error> {
        let result = match unit.header.nal_unit_type {
            NalUnitType::VPS_NUT => Vps::parse(rbsp).map(|vps| drop(self.store.put_vps(vps))),
            NalUnitType::SPS_NUT => return self.sps(unit, rbsp),
            NalUnitType::PPS_NUT => Pps::parse(rbsp).and_then(|pps| self.pps(pps)),
            NalUnitType::EOS_NUT | NalUnitType::EOB_NUT => {
                self.finish_picture();
                self.sequence.end_of_sequence();
                Ok(())
            }
            // A suffix belongs to the picture before it, which is skipped if there is no current one.
            NalUnitType::SUFFIX_SEI_NUT if self.current.is_none() => Ok(()),
            kind @ (NalUnitType::PREFIX_SEI_NUT | NalUnitType::SUFFIX_SEI_NUT) => {
                self.sei.receive(unit.number, kind, rbsp, self.config.limits.max_sei_messages)
            }
            _ => Ok(()),
        };
        match result {
            Err(rivus_syntax::Error::Unsupported { feature }) => {
                Err(Error::Unsupported { nal: unit.number, feature })
            }
            Err(error) => {
                self.damaged(unit, error.into());
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Takes an SPS, unless it asks for more than is allowed or implemented.
    fn sps(&mut self, unit: Unit, rbsp: &[u8]) -> Result<(), Error> {
        let nal = unit.number;
        let sps = match Sps::parse(rbsp) {
            Ok(sps) => sps,
            Err(rivus_syntax::Error::Unsupported { feature }) => {
                return Err(Error::Unsupported { nal, feature });
            }
            Err(error) => {
                self.damaged(unit, error.into());
                return Ok(());
            }
        };
        let bit = 1 << (sps.sps_seq_parameter_set_id & 15);
        self.refused.0 |= bit;
        let limits = &self.config.limits;
        let dpb_size = u32::from(output_limits(&sps, 6).max_dec_pic_buffering_minus1) + 1;
        limits
            .check_picture(sps.pic_width_in_luma_samples, sps.pic_height_in_luma_samples)
            .and_then(|()| limits.check_dpb(dpb_size))
            .and_then(|()| limits.check_memory(picture_bytes(&picture_format(&sps)), dpb_size))
            .map_err(|exceeded| limit(nal, exceeded))?;
        if let Some(feature) = unsupported(&sps) {
            return Err(Error::Unsupported { nal, feature });
        }
        self.refused.0 &= !bit;
        self.store.put_sps(sps);
        Ok(())
    }

    /// Takes a PPS, unless it asks for what is not implemented.
    fn pps(&mut self, pps: Pps) -> rivus_syntax::Result<()> {
        let bit = 1 << (pps.pps_pic_parameter_set_id & 63);
        self.refused.1 |= bit;
        if pps.scc_extension.adaptive_colour_transform.is_some() {
            let feature = "residual_adaptive_colour_transform_enabled_flag";
            return Err(rivus_syntax::Error::Unsupported { feature });
        }
        self.refused.1 &= !bit;
        self.store.put_pps(pps);
        Ok(())
    }
}

/// What a sequence needs that is not implemented.
fn unsupported(sps: &Sps) -> Option<&'static str> {
    let scc = &sps.scc_extension;
    if sps.separate_colour_plane_flag {
        Some("separate_colour_plane_flag")
    } else if scc.palette_mode_enabled_flag {
        Some("palette_mode_enabled_flag")
    } else if scc.sps_curr_pic_ref_enabled_flag {
        Some("sps_curr_pic_ref_enabled_flag")
    } else if scc.motion_vector_resolution_control_idc != 0 {
        Some("motion_vector_resolution_control_idc")
    } else if scc.intra_boundary_filtering_disabled_flag {
        Some("intra_boundary_filtering_disabled_flag")
    } else {
        None
    }
}
