//! What slice data coding needs of the parameter sets and the slice header, looked up once per slice.

use rivus_syntax::cabac::ContextSet;
use rivus_syntax::ps::{Pps, Sps};
use rivus_syntax::slice_header::{SliceSegmentHeader, SliceType};

use super::residual_coding::ResidualTools;
use crate::qp::{QpParams, QpState};

/// PCM coding (`pcm_enabled_flag` = 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PcmParams {
    /// Log2MinIpcmCbSizeY.
    pub min_log2_size: u8,
    /// Log2MaxIpcmCbSizeY.
    pub max_log2_size: u8,
    /// PcmBitDepthY, PcmBitDepthC.
    pub bit_depth: [u8; 2],
}

/// The constants of a slice; cheap to make, and shared by all its substreams.
#[derive(Clone, Copy, Debug)]
pub struct SliceCoding<'a> {
    /// The active SPS.
    pub sps: &'a Sps,
    /// The active PPS.
    pub pps: &'a Pps,
    /// The slice's header; of its segments any, since nothing here depends on the segment.
    pub slice: &'a SliceSegmentHeader,
    /// Picture width in luma samples.
    pub pic_width: u32,
    /// Picture height in luma samples.
    pub pic_height: u32,
    /// CtbLog2SizeY.
    pub ctb_log2_size: u8,
    /// MinCbLog2SizeY.
    pub min_cb_log2_size: u8,
    /// MinTbLog2SizeY.
    pub min_tb_log2_size: u8,
    /// MaxTbLog2SizeY.
    pub max_tb_log2_size: u8,
    /// ChromaArrayType.
    pub chroma_array_type: u8,
    /// BitDepthY, BitDepthC.
    pub bit_depth: [u8; 2],
    /// The slice is an I slice.
    pub intra_slice: bool,
    /// `max_transform_hierarchy_depth_intra`, `max_transform_hierarchy_depth_inter`.
    pub max_transform_hierarchy_depth: [u8; 2],
    /// `amp_enabled_flag`.
    pub amp_enabled_flag: bool,
    /// `transquant_bypass_enabled_flag`.
    pub transquant_bypass_enabled_flag: bool,
    /// PCM coding, if enabled.
    pub pcm: Option<PcmParams>,
    /// `cu_qp_delta_enabled_flag`.
    pub cu_qp_delta_enabled_flag: bool,
    /// `cu_chroma_qp_offset_enabled_flag`.
    pub cu_chroma_qp_offset_enabled_flag: bool,
    /// `chroma_qp_offset_list_len_minus1`.
    pub chroma_qp_offset_list_len_minus1: u8,
    /// Log2MinCuChromaQpOffsetSize.
    pub log2_min_cu_chroma_qp_offset_size: u8,
    /// `cross_component_prediction_enabled_flag`.
    pub cross_component_prediction_enabled_flag: bool,
    /// MaxNumMergeCand.
    pub max_num_merge_cand: u8,
    /// `num_ref_idx_lX_active_minus1 + 1`; 0 for lists the slice type does not have.
    pub num_ref_idx_active: [u8; 2],
    /// `mvd_l1_zero_flag`.
    pub mvd_l1_zero_flag: bool,
    /// `slice_sao_luma_flag`.
    pub slice_sao_luma_flag: bool,
    /// `slice_sao_chroma_flag`.
    pub slice_sao_chroma_flag: bool,
    /// Residual coding.
    pub residual: ResidualTools,
    /// QP derivation.
    pub qp: QpParams,
}

impl<'a> SliceCoding<'a> {
    /// Looks everything up. The parameter sets have been validated, alone and against each other.
    pub fn new(sps: &'a Sps, pps: &'a Pps, slice: &'a SliceSegmentHeader) -> Self {
        let ctb_log2_size = sps.ctb_log2_size() as u8;
        Self {
            sps,
            pps,
            slice,
            pic_width: sps.pic_width_in_luma_samples,
            pic_height: sps.pic_height_in_luma_samples,
            ctb_log2_size,
            min_cb_log2_size: sps.min_cb_log2_size() as u8,
            min_tb_log2_size: sps.min_tb_log2_size() as u8,
            max_tb_log2_size: sps.max_tb_log2_size() as u8,
            chroma_array_type: sps.chroma_array_type(),
            bit_depth: [sps.bit_depth_luma() as u8, sps.bit_depth_chroma() as u8],
            intra_slice: slice.slice_type == SliceType::I,
            max_transform_hierarchy_depth: [
                sps.max_transform_hierarchy_depth_intra,
                sps.max_transform_hierarchy_depth_inter,
            ],
            amp_enabled_flag: sps.amp_enabled_flag,
            transquant_bypass_enabled_flag: pps.transquant_bypass_enabled_flag,
            pcm: sps.pcm.map(|pcm| PcmParams {
                min_log2_size: pcm.log2_min_ipcm_cb_size() as u8,
                max_log2_size: pcm.log2_max_ipcm_cb_size() as u8,
                bit_depth: [pcm.pcm_bit_depth_luma() as u8, pcm.pcm_bit_depth_chroma() as u8],
            }),
            cu_qp_delta_enabled_flag: pps.cu_qp_delta_enabled_flag,
            cu_chroma_qp_offset_enabled_flag: slice.cu_chroma_qp_offset_enabled_flag,
            chroma_qp_offset_list_len_minus1: pps
                .range_extension
                .chroma_qp_offset_list
                .len()
                .saturating_sub(1) as u8,
            log2_min_cu_chroma_qp_offset_size: ctb_log2_size
                .saturating_sub(pps.range_extension.diff_cu_chroma_qp_offset_depth),
            cross_component_prediction_enabled_flag: pps
                .range_extension
                .cross_component_prediction_enabled_flag,
            max_num_merge_cand: slice.max_num_merge_cand() as u8,
            num_ref_idx_active: [0, 1].map(|list| slice.num_ref_idx_active(list) as u8),
            mvd_l1_zero_flag: slice.mvd_l1_zero_flag,
            slice_sao_luma_flag: slice.slice_sao_luma_flag,
            slice_sao_chroma_flag: slice.slice_sao_chroma_flag,
            residual: residual_tools(sps, pps),
            qp: qp_params(sps, pps, slice, ctb_log2_size),
        }
    }

    /// 9.3.2.2: the contexts at the start of the slice and of each substream that is not synchronised.
    pub fn initial_contexts(&self) -> ContextSet {
        let init_type = match (self.slice.slice_type, self.slice.cabac_init_flag) {
            (SliceType::I, _) => 0,
            (SliceType::P, false) | (SliceType::B, true) => 1,
            (SliceType::P, true) | (SliceType::B, false) => 2,
        };
        ContextSet::init(i32::from(self.qp.slice_qp_y), init_type)
    }

    /// The QP state at the start of the slice.
    pub fn initial_qp(&self) -> QpState {
        QpState::new(self.qp.slice_qp_y)
    }
}

fn residual_tools(sps: &Sps, pps: &Pps) -> ResidualTools {
    let ext = &sps.range_extension;
    let range = |bit_depth: u32| {
        if ext.extended_precision_processing_flag { (bit_depth + 6).max(15) as u8 } else { 15 }
    };
    ResidualTools {
        transform_skip_enabled_flag: pps.transform_skip_enabled_flag,
        log2_max_transform_skip_size: pps.log2_max_transform_skip_size() as u8,
        sign_data_hiding_enabled_flag: pps.sign_data_hiding_enabled_flag,
        implicit_rdpcm_enabled_flag: ext.implicit_rdpcm_enabled_flag,
        explicit_rdpcm_enabled_flag: ext.explicit_rdpcm_enabled_flag,
        transform_skip_context_enabled_flag: ext.transform_skip_context_enabled_flag,
        persistent_rice_adaptation_enabled_flag: ext.persistent_rice_adaptation_enabled_flag,
        cabac_bypass_alignment_enabled_flag: ext.cabac_bypass_alignment_enabled_flag,
        extended_precision_processing_flag: ext.extended_precision_processing_flag,
        log2_transform_range: [range(sps.bit_depth_luma()), range(sps.bit_depth_chroma())],
    }
}

fn qp_params(sps: &Sps, pps: &Pps, slice: &SliceSegmentHeader, ctb_log2_size: u8) -> QpParams {
    let mut chroma_qp_offset_list = [[0; 6]; 2];
    for (i, &(cb, cr)) in pps.range_extension.chroma_qp_offset_list.iter().enumerate().take(6) {
        (chroma_qp_offset_list[0][i], chroma_qp_offset_list[1][i]) = (cb, cr);
    }
    QpParams {
        slice_qp_y: slice.slice_qp(pps).clamp(-48, 51) as i8,
        qp_bd_offset_y: sps.qp_bd_offset_luma() as u8,
        qp_bd_offset_c: sps.qp_bd_offset_chroma() as u8,
        chroma_array_type: sps.chroma_array_type(),
        chroma_qp_offset: [
            pps.pps_cb_qp_offset.saturating_add(slice.slice_cb_qp_offset),
            pps.pps_cr_qp_offset.saturating_add(slice.slice_cr_qp_offset),
        ],
        chroma_qp_offset_list,
        log2_min_cu_qp_delta_size: ctb_log2_size.saturating_sub(pps.diff_cu_qp_delta_depth),
    }
}
