//! What a sequence parameter set (with the PPS in use) says, in words.

use rivus_stream::video::Ratio;
use rivus_syntax::ps::{ActivePps, HrdParameters, Pps, ProfileTierLevel, Sps, Vui};
use serde::Serialize;

/// A coded video sequence.
#[derive(Debug, Serialize)]
pub(super) struct SequenceReport {
    pub(super) profile: String,
    pub(super) tier: &'static str,
    pub(super) level: f64,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) coded_width: u32,
    pub(super) coded_height: u32,
    pub(super) chroma: &'static str,
    pub(super) bit_depth_luma: u32,
    pub(super) bit_depth_chroma: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) frame_rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sample_aspect_ratio: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) colour: Option<ColourReport>,
    pub(super) ctb_size: u32,
    pub(super) min_cb_size: u32,
    pub(super) transform_sizes: (u32, u32),
    pub(super) temporal_layers: u8,
    pub(super) dpb_pictures: u32,
    pub(super) reorder_pictures: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hrd: Option<HrdReport>,
    pub(super) tools: Vec<&'static str>,
}

/// Colour description in code points of H.273.
#[derive(Debug, Serialize)]
pub(super) struct ColourReport {
    pub(super) primaries: u8,
    pub(super) transfer: u8,
    pub(super) matrix: u8,
    pub(super) full_range: bool,
}

/// The first schedule of the highest sub-layer.
#[derive(Debug, Serialize)]
pub(super) struct HrdReport {
    pub(super) bit_rate: u64,
    pub(super) cpb_size: u64,
    pub(super) cbr: bool,
}

impl SequenceReport {
    /// Describes what one picture used.
    pub(super) fn new(active: &ActivePps) -> Self {
        let (sps, pps) = (&*active.sps, &*active.pps);
        let (_, _, width, height) = sps.output_rectangle();
        let vui = sps.vui.as_deref();
        let vps_timing = active.vps.as_ref().and_then(|vps| vps.timing_info.as_ref());
        let timing = vui.and_then(|vui| vui.timing_info.as_ref()).or(vps_timing);
        let rate = timing.and_then(|timing| Ratio::new(timing.time_scale, timing.num_units_in_tick));
        let shape = vui.and_then(|vui| vui.sample_aspect_ratio.as_ref()).and_then(|shape| shape.ratio());
        let ordering = sps.highest_sub_layer_ordering();
        Self {
            profile: profile_name(&sps.profile_tier_level),
            tier: if sps.profile_tier_level.general.tier_flag { "High" } else { "Main" },
            level: f64::from(sps.profile_tier_level.general_level_idc) / 30.0,
            width,
            height,
            coded_width: sps.pic_width_in_luma_samples,
            coded_height: sps.pic_height_in_luma_samples,
            chroma: ["4:0:0", "4:2:0", "4:2:2", "4:4:4"][usize::from(sps.chroma_format_idc & 3)],
            bit_depth_luma: sps.bit_depth_luma(),
            bit_depth_chroma: sps.bit_depth_chroma(),
            frame_rate: rate.map(Ratio::as_f64),
            sample_aspect_ratio: shape.map(|(w, h)| format!("{w}:{h}")),
            colour: vui.and_then(colour),
            ctb_size: sps.ctb_size(),
            min_cb_size: 1 << sps.min_cb_log2_size(),
            transform_sizes: (1 << sps.min_tb_log2_size(), 1 << sps.max_tb_log2_size()),
            temporal_layers: sps.sps_max_sub_layers_minus1 + 1,
            dpb_pictures: u32::from(ordering.max_dec_pic_buffering_minus1) + 1,
            reorder_pictures: ordering.max_num_reorder_pics,
            hrd: vui.and_then(|vui| vui.hrd.as_ref()).and_then(hrd),
            tools: tools(sps, pps),
        }
    }
}

fn profile_name(ptl: &ProfileTierLevel) -> String {
    let general = &ptl.general;
    // A stream may leave general_profile_idc at 0 and state compatibility only.
    let idc = match general.profile_idc {
        0 => (1..=11).find(|&idc| general.is_compatible_with(idc)).unwrap_or(0),
        idc => idc,
    };
    match idc {
        1 => "Main".into(),
        2 => "Main 10".into(),
        3 => "Main Still Picture".into(),
        4 => "Range extensions".into(),
        5 => "High throughput".into(),
        6 => "Multiview Main".into(),
        7 => "Scalable".into(),
        8 => "3D Main".into(),
        9 => "Screen content coding".into(),
        10 => "Scalable range extensions".into(),
        11 => "High throughput screen content coding".into(),
        other => format!("profile {other}"),
    }
}

fn colour(vui: &Vui) -> Option<ColourReport> {
    let signal = vui.video_signal_type.as_ref()?;
    let described = signal.colour_description;
    Some(ColourReport {
        primaries: described.map_or(2, |colour| colour.colour_primaries),
        transfer: described.map_or(2, |colour| colour.transfer_characteristics),
        matrix: described.map_or(2, |colour| colour.matrix_coeffs),
        full_range: signal.video_full_range_flag,
    })
}

/// E.3.2: BitRate and CpbSize from value and scale.
fn hrd(hrd: &HrdParameters) -> Option<HrdReport> {
    let common = &hrd.common;
    let layer = hrd.sub_layers.last()?;
    let entry = layer.nal.first().or(layer.vcl.first())?;
    Some(HrdReport {
        bit_rate: (u64::from(entry.bit_rate_value_minus1) + 1) << (6 + common.bit_rate_scale),
        cpb_size: (u64::from(entry.cpb_size_value_minus1) + 1) << (4 + common.cpb_size_scale),
        cbr: entry.cbr_flag,
    })
}

fn tools(sps: &Sps, pps: &Pps) -> Vec<&'static str> {
    [
        (sps.amp_enabled_flag, "AMP"),
        (sps.sample_adaptive_offset_enabled_flag, "SAO"),
        (sps.pcm.is_some(), "PCM"),
        (sps.scaling_list_enabled_flag, "scaling lists"),
        (sps.long_term_ref_pics_present_flag, "long-term references"),
        (sps.sps_temporal_mvp_enabled_flag, "TMVP"),
        (sps.strong_intra_smoothing_enabled_flag, "strong intra smoothing"),
        (pps.sign_data_hiding_enabled_flag, "sign data hiding"),
        (pps.cu_qp_delta_enabled_flag, "CU QP delta"),
        (pps.transform_skip_enabled_flag, "transform skip"),
        (pps.transquant_bypass_enabled_flag, "lossless"),
        (pps.constrained_intra_pred_flag, "constrained intra"),
        (pps.weighted_pred_flag, "weighted P"),
        (pps.weighted_bipred_flag, "weighted B"),
        (pps.tiles.is_some(), "tiles"),
        (pps.entropy_coding_sync_enabled_flag, "wavefront"),
        (pps.dependent_slice_segments_enabled_flag, "dependent slices"),
    ]
    .into_iter()
    .filter_map(|(used, name)| used.then_some(name))
    .collect()
}
