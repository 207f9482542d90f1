//! Video, sequence and picture parameter set of a configuration (7.3.2).

use super::{level, vui};
use crate::config::Settings;
use crate::error::Error;
use crate::lookahead::gop::{GopBuilder, GopLimits, PictureKind, PicturePlan};
use rivus_coding::rps::short_term_set;
use rivus_picture::{ChromaFormat, PictureFormat};
use rivus_syntax::nal::{NalHeader, NalUnitType, StartCode, write_annex_b};
use rivus_syntax::ps::{
    Pps, PpsDeblockingControl, ProfileInfo, ProfileTierLevel, ShortTermRefPicSet, Sps, SubLayerOrdering, Vps,
    Window,
};
use rivus_syntax::slice_header::SliceSegmentHeader;
use std::sync::Arc;

/// Log2 of MaxPicOrderCntLsb: references are at most four mini-GOPs of 16 away.
const LOG2_MAX_POC_LSB: u8 = 8;

/// QP of most slices relative to that of a moving key picture: most are of high layers.
const USUAL_LAYER_OFFSET: f64 = 7.0;

/// general_profile_compatibility_flag of Main, Main 10 and Main Still Picture.
const COMPATIBLE_MAIN: u32 = 1 << (31 - 1);
const COMPATIBLE_MAIN_10: u32 = 1 << (31 - 2);

/// The parameter sets of a stream.
#[derive(Clone, Debug)]
pub(crate) struct ParameterSets {
    pub(crate) vps: Arc<Vps>,
    pub(crate) sps: Arc<Sps>,
    pub(crate) pps: Arc<Pps>,
    /// The same with explicit weights, of pictures that have any.
    pub(crate) weighted_pps: Option<Arc<Pps>>,
}

impl Settings {
    /// Log2 of the longest mini-GOP: layers above layer 0, and pictures that precede another one in coding order and follow
    /// it in output order.
    pub(crate) fn depth(&self) -> u8 {
        self.longest_mini_gop().ilog2() as u8
    }

    /// Key pictures that stay for the next one to refer to: as many as there are references, as far as six pictures in the buffer
    /// allow.
    fn kept_keys(&self) -> usize {
        usize::from(self.refs).clamp(2, 6 - usize::from(self.depth()))
    }

    /// Pictures in the decoded picture buffer, the current one included: the key pictures and one per layer, at most 6, which
    /// every level allows. Where the times of output are fixed by a buffer model, one more waits for its time.
    pub(crate) fn dpb_pictures(&self) -> usize {
        let depth = usize::from(self.depth());
        self.kept_keys() + depth.max(1) + usize::from(self.has_hrd() && depth > 1)
    }

    /// Limits of the picture structure.
    pub(crate) fn gop_limits(&self) -> GopLimits {
        GopLimits {
            refs: usize::from(self.refs),
            refs_b: usize::from(self.refs_b),
            keys: self.kept_keys(),
            b_allowed: self.longest_mini_gop() > 1,
        }
    }

    /// Format of coded pictures: 4:2:0, sides rounded up to whole coding units.
    pub(crate) fn coded_format(&self) -> PictureFormat {
        let unit = usize::from(self.min_cu_size);
        PictureFormat {
            width: (self.size.width as usize).next_multiple_of(unit),
            height: (self.size.height as usize).next_multiple_of(unit),
            chroma: ChromaFormat::Yuv420,
            bit_depth_luma: self.output_depth,
            bit_depth_chroma: self.output_depth,
        }
    }

    /// Temporal sub-layers of the stream.
    pub(crate) fn sub_layers(&self) -> usize {
        if self.temporal_layers { usize::from(self.depth()) + 1 } else { 1 }
    }
}

impl ParameterSets {
    /// The parameter sets for `settings`.
    ///
    /// # Errors
    /// If no level allows them.
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let format = settings.coded_format();
        let coded = (format.width as u32, format.height as u32);
        let (general_level_idc, tier_flag) = level::choose(settings, coded)?;
        let profile_tier_level = ProfileTierLevel {
            general: profile(settings, tier_flag),
            general_level_idc,
            ..ProfileTierLevel::default()
        };
        let vps = Vps {
            vps_max_sub_layers_minus1: settings.sub_layers() as u8 - 1,
            profile_tier_level,
            sub_layer_ordering: ordering(settings),
            ..Vps::default()
        };
        let sps = sps(settings, profile_tier_level, coded)?;
        let pps = pps(settings);
        let weighted_pps = settings.uses_weights().then(|| {
            Arc::new(Pps {
                pps_pic_parameter_set_id: pps.pps_pic_parameter_set_id + 1,
                weighted_pred_flag: true,
                weighted_bipred_flag: true,
                ..pps.clone()
            })
        });
        Ok(Self { vps: Arc::new(vps), sps: Arc::new(sps), pps: Arc::new(pps), weighted_pps })
    }

    /// The picture parameter set a slice names.
    pub(crate) fn pps_of(&self, header: &SliceSegmentHeader) -> &Arc<Pps> {
        let is_named = |pps: &&Arc<Pps>| pps.pps_pic_parameter_set_id == header.slice_pic_parameter_set_id;
        self.weighted_pps.as_ref().filter(is_named).unwrap_or(&self.pps)
    }

    /// VPS, SPS and each PPS as Annex B bytes.
    pub(crate) fn annex_b(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let picture_sets = [Some(&self.pps), self.weighted_pps.as_ref()].into_iter().flatten();
        let sets = [(NalUnitType::VPS_NUT, self.vps.to_rbsp()), (NalUnitType::SPS_NUT, self.sps.to_rbsp())];
        for (nal_unit_type, rbsp) in
            sets.into_iter().chain(picture_sets.map(|pps| (NalUnitType::PPS_NUT, pps.to_rbsp())))
        {
            write_annex_b(StartCode::Four, NalHeader::new(nal_unit_type, 0), &rbsp, &mut out);
        }
        out
    }
}

fn profile(settings: &Settings, tier_flag: bool) -> ProfileInfo {
    let is_8_bit = settings.output_depth == 8;
    ProfileInfo {
        tier_flag,
        profile_idc: if is_8_bit { 1 } else { 2 },
        profile_compatibility_flags: COMPATIBLE_MAIN_10 | if is_8_bit { COMPATIBLE_MAIN } else { 0 },
        ..ProfileInfo::default()
    }
}

/// Sizes of the decoded picture buffer per highest temporal sub-layer.
fn ordering(settings: &Settings) -> [SubLayerOrdering; 7] {
    let mut all = [SubLayerOrdering::default(); 7];
    let sub_layers = settings.sub_layers();
    for (i, entry) in all[..sub_layers].iter_mut().enumerate() {
        // Without the layers above, neither they nor the delay they cause are there.
        let missing = sub_layers - 1 - i;
        *entry = SubLayerOrdering {
            max_dec_pic_buffering_minus1: (settings.dpb_pictures() - 1 - missing) as u8,
            max_num_reorder_pics: settings.depth() - missing as u8,
            max_latency_increase_plus1: 0,
        };
    }
    all
}

fn sps(
    settings: &Settings,
    profile_tier_level: ProfileTierLevel,
    (width, height): (u32, u32),
) -> Result<Sps, Error> {
    let min_cb = settings.min_cu_size.ilog2() as u8;
    let ctb = settings.ctu.ilog2() as u8;
    let max_tb = ctb.min(5);
    // A transform tree reaches from the coding tree block down to 4x4 at most.
    let deepest = ctb - 2;
    let window = Window {
        right: (width - settings.size.width) / 2,
        bottom: (height - settings.size.height) / 2,
        ..Window::default()
    };
    Ok(Sps {
        sps_max_sub_layers_minus1: settings.sub_layers() as u8 - 1,
        profile_tier_level,
        pic_width_in_luma_samples: width,
        pic_height_in_luma_samples: height,
        conformance_window: (window != Window::default()).then_some(window),
        bit_depth_luma_minus8: settings.output_depth - 8,
        bit_depth_chroma_minus8: settings.output_depth - 8,
        log2_max_pic_order_cnt_lsb_minus4: LOG2_MAX_POC_LSB - 4,
        sub_layer_ordering: ordering(settings),
        log2_min_luma_coding_block_size_minus3: min_cb - 3,
        log2_diff_max_min_luma_coding_block_size: ctb - min_cb,
        log2_min_luma_transform_block_size_minus2: 0,
        log2_diff_max_min_luma_transform_block_size: max_tb - 2,
        max_transform_hierarchy_depth_inter: (settings.tu_inter_depth - 1).min(deepest),
        max_transform_hierarchy_depth_intra: (settings.tu_intra_depth - 1).min(deepest),
        amp_enabled_flag: settings.amp && settings.rect > 0,
        sample_adaptive_offset_enabled_flag: settings.sao,
        short_term_ref_pic_sets: frequent_sets(settings)?,
        sps_temporal_mvp_enabled_flag: settings.temporal_mvp,
        strong_intra_smoothing_enabled_flag: settings.strong_intra_smoothing,
        vui: Some(Box::new(vui::parameters(settings, settings.sub_layers()))),
        ..Sps::default()
    })
}

fn pps(settings: &Settings) -> Pps {
    let deblock = settings.deblock;
    let qp_varies = settings.aq_mode != 0 || settings.propagates() || settings.roi;
    let group = settings.qg_size.clamp(settings.min_cu_size, settings.ctu);
    // Slices of most pictures need not say how many references they have.
    let refs = if settings.depth() > 0 { settings.refs_b } else { settings.refs };
    let usual_qp = settings.expected_qp() + if settings.depth() > 0 { USUAL_LAYER_OFFSET } else { 0.0 };
    Pps {
        // Near the QP of most slices, so that they say little of it.
        init_qp_minus26: usual_qp.round().clamp(0.0, 51.0) as i8 - 26,
        sign_data_hiding_enabled_flag: settings.sign_hiding,
        num_ref_idx_l0_default_active_minus1: refs - 1,
        num_ref_idx_l1_default_active_minus1: refs - 1,
        cu_qp_delta_enabled_flag: qp_varies,
        diff_cu_qp_delta_depth: if qp_varies { (settings.ctu / group).ilog2() as u8 } else { 0 },
        pps_cb_qp_offset: settings.cb_qp_offset,
        pps_cr_qp_offset: settings.cr_qp_offset,
        entropy_coding_sync_enabled_flag: settings.wpp,
        // Pictures have one slice.
        pps_loop_filter_across_slices_enabled_flag: false,
        deblocking_filter_control_present_flag: !deblock.enabled
            || (deblock.tc_offset, deblock.beta_offset) != (0, 0),
        deblocking: PpsDeblockingControl {
            deblocking_filter_override_enabled_flag: false,
            pps_deblocking_filter_disabled_flag: !deblock.enabled,
            pps_beta_offset_div2: deblock.beta_offset,
            pps_tc_offset_div2: deblock.tc_offset,
        },
        ..Pps::default()
    }
}

/// The short-term reference picture set of a picture.
///
/// # Errors
/// If the plan keeps more pictures than a set holds.
pub(super) fn reference_set(plan: &PicturePlan) -> Result<ShortTermRefPicSet, Error> {
    let used = |poc: &i32| plan.lists.iter().any(|list| list.contains(poc));
    let keep: Vec<(i32, bool)> = plan.keep.iter().map(|poc| (*poc, used(poc))).collect();
    Ok(short_term_set(plan.poc, &keep)?)
}

/// The sets that pictures of whole mini-GOPs have; others are written in slice headers.
fn frequent_sets(settings: &Settings) -> Result<Vec<ShortTermRefPicSet>, Error> {
    const GROUPS: u64 = 5;
    const MOST: usize = 64;
    let count = settings.longest_mini_gop();
    let mut gop = GopBuilder::new(settings.gop_limits());
    gop.idr(0);
    let mut sets: Vec<ShortTermRefPicSet> = Vec::new();
    for group in 0..GROUPS {
        let plans = gop.mini_gop(1 + group * count as u64, count, PictureKind::B);
        // The first groups refer to an IDR picture that steady state no longer has.
        if group + 2 < GROUPS {
            continue;
        }
        for plan in &plans {
            let set = reference_set(plan)?;
            if !sets.contains(&set) && sets.len() < MOST {
                sets.push(set);
            }
        }
    }
    Ok(sets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use proptest::prelude::*;
    use rivus_syntax::ps::PpsDerived;

    fn sets(width: u32, height: u32, options: &[(&str, &str)]) -> (Settings, ParameterSets) {
        let mut config = Config::new(width, height);
        for (name, value) in options {
            config.set(name, value).expect("legal");
        }
        let settings = config.settings().expect("consistent");
        let sets = ParameterSets::new(&settings).expect("a level fits");
        (settings, sets)
    }

    fn check_round_trip(sets: &ParameterSets) {
        assert_eq!(Vps::parse(&sets.vps.to_rbsp()).expect("legal"), *sets.vps);
        let sps = Sps::parse(&sets.sps.to_rbsp()).expect("legal");
        assert_eq!(sps, *sets.sps);
        for written in [Some(&sets.pps), sets.weighted_pps.as_ref()].into_iter().flatten() {
            let pps = Pps::parse(&written.to_rbsp()).expect("legal");
            assert_eq!(pps, **written);
            PpsDerived::new(&sps, &pps).expect("the PPS fits the SPS");
        }
    }

    #[test]
    fn odd_sizes_are_cropped() {
        for (width, height) in [(1, 1), (7, 9), (175, 143), (1920, 1080), (8192, 4320)] {
            let (_, sets) = sets(width, height, &[]);
            check_round_trip(&sets);
            let (x, y, w, h) = sets.sps.output_rectangle();
            // Chroma has whole samples: an odd side is shown with one sample more.
            assert_eq!((x, y, w, h), (0, 0, width.next_multiple_of(2), height.next_multiple_of(2)));
        }
    }

    #[test]
    fn colour_hdr_and_buffer_are_in_the_vui() {
        let options = [
            ("colorprim", "bt2020"),
            ("transfer", "smpte2084"),
            ("range", "full"),
            ("sar", "4:3"),
            ("fps", "30000/1001"),
            ("vbv-maxrate", "3000"),
            ("vbv-bufsize", "4000"),
            ("output-depth", "10"),
        ];
        let (_, sets) = sets(640, 360, &options);
        check_round_trip(&sets);
        let vui = sets.sps.vui.as_deref().expect("VUI");
        let signal = vui.video_signal_type.expect("signal type");
        assert!(signal.video_full_range_flag);
        let colour = signal.colour_description.expect("colour");
        assert_eq!(
            (colour.colour_primaries, colour.transfer_characteristics, colour.matrix_coeffs),
            (9, 16, 2)
        );
        assert_eq!(vui.sample_aspect_ratio.and_then(|sar| sar.ratio()), Some((4, 3)));
        let timing = vui.timing_info.expect("timing");
        assert_eq!((timing.num_units_in_tick, timing.time_scale), (1001, 30000));
        let hrd = vui.hrd.as_ref().expect("HRD");
        assert_eq!(hrd.sub_layers[0].nal[0].bit_rate(&hrd.common), 3_000_000 / 64 * 64);
        assert_eq!(sets.sps.profile_tier_level.general.profile_idc, 2);
    }

    #[test]
    fn steady_mini_gops_take_their_sets_from_the_sps() {
        let (settings, sets) = sets(64, 64, &[]);
        let mut gop = GopBuilder::new(settings.gop_limits());
        gop.idr(0);
        for group in 0..4 {
            for plan in gop.mini_gop(1 + group * 16, 16, PictureKind::B) {
                let set = reference_set(&plan).expect("legal");
                assert!(group < 3 || sets.sps.short_term_ref_pic_sets.contains(&set), "{plan:?}");
            }
        }
    }

    proptest! {
        /// Any size and structure gives parameter sets that parse back to themselves and fit each other.
        #[test]
        fn parameter_sets_parse_back(
            width in 1u32..5000, height in 1u32..4000, bframes in 0u8..=16,
            refs in 1u8..=4, refs_b in 1u8..=4,
            ctu in prop::sample::select(vec!["16", "32", "64"]), layers in any::<bool>(), depth in 1u8..=5,
        ) {
            let layers = if layers { "1" } else { "0" };
            let (_, sets) = sets(width, height, &[
                ("bframes", &bframes.to_string()), ("ref", &refs.to_string()),
                ("ref-b", &refs_b.to_string()), ("ctu", ctu),
                ("temporal-layers", layers), ("tu-inter-depth", &depth.to_string()),
            ]);
            check_round_trip(&sets);
        }
    }
}
