//! What reconstruction and the in-loop filters take from the parameter sets.

use rivus_picture::{ChromaFormat, PictureFormat};
use rivus_syntax::ps::{Pps, Sps};

use crate::in_loop::FilterParams;
use crate::intra::IntraParams;
use crate::residual::needs_wide;

/// Parameters of reconstruction, the same for all pictures of the same parameter sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReconParams {
    /// Dimensions, chroma format and bit depths.
    pub format: PictureFormat,
    /// CtbLog2SizeY, 4..=6.
    pub ctb_log2_size: u8,
    /// Intra prediction.
    pub intra: IntraParams,
    /// `transform_skip_rotation_enabled_flag`.
    pub transform_skip_rotation_enabled_flag: bool,
    /// `extended_precision_processing_flag`.
    pub extended_precision_processing_flag: bool,
    /// Residuals take 32 bits (in all components if in one, since cross-component prediction mixes them).
    pub wide_residual: bool,
}

/// The format of pictures of a sequence. Planes coded separately (`separate_colour_plane_flag`) count as monochrome.
pub fn picture_format(sps: &Sps) -> PictureFormat {
    PictureFormat {
        width: sps.pic_width_in_luma_samples as usize,
        height: sps.pic_height_in_luma_samples as usize,
        chroma: ChromaFormat::from_idc(sps.chroma_array_type()).unwrap_or_default(),
        bit_depth_luma: sps.bit_depth_luma() as u8,
        bit_depth_chroma: sps.bit_depth_chroma() as u8,
    }
}

impl ReconParams {
    /// From a parsed, hence valid, pair of parameter sets.
    pub fn new(sps: &Sps, pps: &Pps) -> Self {
        let format = picture_format(sps);
        let range = &sps.range_extension;
        let extended = range.extended_precision_processing_flag;
        Self {
            format,
            ctb_log2_size: sps.ctb_log2_size() as u8,
            intra: IntraParams {
                constrained_intra_pred: pps.constrained_intra_pred_flag,
                strong_intra_smoothing: sps.strong_intra_smoothing_enabled_flag,
                intra_smoothing_disabled: range.intra_smoothing_disabled_flag,
                implicit_rdpcm: range.implicit_rdpcm_enabled_flag,
            },
            transform_skip_rotation_enabled_flag: range.transform_skip_rotation_enabled_flag,
            extended_precision_processing_flag: extended,
            wide_residual: (0..format.num_planes()).any(|p| needs_wide(format.bit_depth(p), extended)),
        }
    }
}

impl FilterParams {
    /// From a parsed, hence valid, pair of parameter sets.
    pub fn new(sps: &Sps, pps: &Pps) -> Self {
        Self {
            format: picture_format(sps),
            ctb_log2_size: sps.ctb_log2_size() as u8,
            pps_chroma_qp_offset: [pps.pps_cb_qp_offset, pps.pps_cr_qp_offset],
            loop_filter_across_tiles_enabled_flag: pps.loop_filter_across_tiles_enabled_flag(),
            pcm_loop_filter_disabled_flag: sps.pcm.is_some_and(|pcm| pcm.pcm_loop_filter_disabled_flag),
            log2_sao_offset_scale: [
                pps.range_extension.log2_sao_offset_scale_luma,
                pps.range_extension.log2_sao_offset_scale_chroma,
            ],
        }
    }
}
