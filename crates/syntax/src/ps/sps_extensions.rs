//! sps_range_extension() and sps_scc_extension() (clauses 7.3.2.2.2, 7.3.2.2.3, 7.4.3.2.2, 7.4.3.2.3).

use super::sps::Sps;
use crate::bits::{BitReader, BitWriter};
use crate::error::{Result, in_range};

/// sps_range_extension() (clause 7.3.2.2.2). The default is what is inferred when it is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SpsRangeExtension {
    /// transform_skip_rotation_enabled_flag.
    pub transform_skip_rotation_enabled_flag: bool,
    /// transform_skip_context_enabled_flag.
    pub transform_skip_context_enabled_flag: bool,
    /// implicit_rdpcm_enabled_flag.
    pub implicit_rdpcm_enabled_flag: bool,
    /// explicit_rdpcm_enabled_flag.
    pub explicit_rdpcm_enabled_flag: bool,
    /// extended_precision_processing_flag.
    pub extended_precision_processing_flag: bool,
    /// intra_smoothing_disabled_flag.
    pub intra_smoothing_disabled_flag: bool,
    /// high_precision_offsets_enabled_flag.
    pub high_precision_offsets_enabled_flag: bool,
    /// persistent_rice_adaptation_enabled_flag.
    pub persistent_rice_adaptation_enabled_flag: bool,
    /// cabac_bypass_alignment_enabled_flag.
    pub cabac_bypass_alignment_enabled_flag: bool,
}

impl SpsRangeExtension {
    pub(super) fn parse(r: &mut BitReader<'_>) -> Result<Self> {
        Ok(Self {
            transform_skip_rotation_enabled_flag: r.read_flag()?,
            transform_skip_context_enabled_flag: r.read_flag()?,
            implicit_rdpcm_enabled_flag: r.read_flag()?,
            explicit_rdpcm_enabled_flag: r.read_flag()?,
            extended_precision_processing_flag: r.read_flag()?,
            intra_smoothing_disabled_flag: r.read_flag()?,
            high_precision_offsets_enabled_flag: r.read_flag()?,
            persistent_rice_adaptation_enabled_flag: r.read_flag()?,
            cabac_bypass_alignment_enabled_flag: r.read_flag()?,
        })
    }

    pub(super) fn write(&self, w: &mut BitWriter) {
        w.write_flag(self.transform_skip_rotation_enabled_flag);
        w.write_flag(self.transform_skip_context_enabled_flag);
        w.write_flag(self.implicit_rdpcm_enabled_flag);
        w.write_flag(self.explicit_rdpcm_enabled_flag);
        w.write_flag(self.extended_precision_processing_flag);
        w.write_flag(self.intra_smoothing_disabled_flag);
        w.write_flag(self.high_precision_offsets_enabled_flag);
        w.write_flag(self.persistent_rice_adaptation_enabled_flag);
        w.write_flag(self.cabac_bypass_alignment_enabled_flag);
    }
}

/// sps_scc_extension() (clause 7.3.2.2.3). The default is what is inferred when it is absent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct SpsSccExtension {
    /// sps_curr_pic_ref_enabled_flag.
    pub sps_curr_pic_ref_enabled_flag: bool,
    /// palette_mode_enabled_flag.
    pub palette_mode_enabled_flag: bool,
    /// palette_max_size, 0..=64.
    pub palette_max_size: u8,
    /// delta_palette_max_predictor_size, 0..=128.
    pub delta_palette_max_predictor_size: u8,
    /// sps_palette_predictor_initializer\[comp\]\[i\], if present: at least one entry, equally many in each
    /// component; the chroma components are empty for monochrome.
    pub sps_palette_predictor_initializers: Option<[Vec<u16>; 3]>,
    /// motion_vector_resolution_control_idc, 0..=2.
    pub motion_vector_resolution_control_idc: u8,
    /// intra_boundary_filtering_disabled_flag.
    pub intra_boundary_filtering_disabled_flag: bool,
}

impl SpsSccExtension {
    /// `PaletteMaxPredictorSize`, 0..=192.
    pub const fn palette_max_predictor_size(&self) -> u32 {
        self.palette_max_size as u32 + self.delta_palette_max_predictor_size as u32
    }

    pub(super) fn parse(r: &mut BitReader<'_>, sps: &Sps) -> Result<Self> {
        let mut scc = Self { sps_curr_pic_ref_enabled_flag: r.read_flag()?, ..Self::default() };
        scc.palette_mode_enabled_flag = r.read_flag()?;
        if scc.palette_mode_enabled_flag {
            scc.palette_max_size = r.read_ue8("palette_max_size", 64)?;
            scc.delta_palette_max_predictor_size = r.read_ue8("delta_palette_max_predictor_size", 128)?;
            if r.read_flag()? {
                let max = scc.palette_max_predictor_size().saturating_sub(1);
                let count = r.read_ue_max("sps_num_palette_predictor_initializers_minus1", max)? + 1;
                let depth = |c| if c == 0 { sps.bit_depth_luma() } else { sps.bit_depth_chroma() };
                let comps = if sps.chroma_format_idc == 0 { 1 } else { 3 };
                let mut entries = <[Vec<u16>; 3]>::default();
                for (c, component) in entries.iter_mut().enumerate().take(comps) {
                    *component =
                        (0..count).map(|_| Ok(r.read_bits(depth(c))? as u16)).collect::<Result<_>>()?;
                }
                scc.sps_palette_predictor_initializers = Some(entries);
            }
        }
        scc.motion_vector_resolution_control_idc = r.read_u8(2)?;
        in_range(
            "motion_vector_resolution_control_idc",
            scc.motion_vector_resolution_control_idc.into(),
            0,
            2,
        )?;
        scc.intra_boundary_filtering_disabled_flag = r.read_flag()?;
        Ok(scc)
    }

    pub(super) fn write(&self, w: &mut BitWriter, sps: &Sps) {
        w.write_flag(self.sps_curr_pic_ref_enabled_flag);
        w.write_flag(self.palette_mode_enabled_flag);
        if self.palette_mode_enabled_flag {
            w.write_ue(self.palette_max_size.into());
            w.write_ue(self.delta_palette_max_predictor_size.into());
            w.write_flag(self.sps_palette_predictor_initializers.is_some());
            if let Some([luma, chroma @ ..]) = &self.sps_palette_predictor_initializers {
                w.write_ue(luma.len() as u32 - 1);
                luma.iter().for_each(|&v| w.write_bits(v.into(), sps.bit_depth_luma()));
                chroma.iter().flatten().for_each(|&v| w.write_bits(v.into(), sps.bit_depth_chroma()));
            }
        }
        w.write_bits(self.motion_vector_resolution_control_idc.into(), 2);
        w.write_flag(self.intra_boundary_filtering_disabled_flag);
    }
}
