//! Round trips and refusals of [`Sps`], and the strategies other tests draw parameter sets from.

use super::*;
use crate::ps::profile_tier_level::tests::profile_tier_level;
use crate::ps::scaling_list::tests::scaling_list_data;
use crate::ps::st_ref_pic_set::tests::sets;
use crate::ps::vui::tests::vui;
use proptest::option::of;
use proptest::prelude::*;

pub(crate) fn window(max: u32) -> impl Strategy<Value = Window> {
    [0..=max, 0..=max, 0..=max, 0..=max].prop_map(|[left, right, top, bottom]| Window {
        left,
        right,
        top,
        bottom,
    })
}

/// The present flag and the entries, as parsing gives them.
pub(crate) fn sub_layer_ordering(
    max_sub_layers_minus1: u8,
) -> impl Strategy<Value = (bool, [SubLayerOrdering; 7])> {
    let entry = (0u8..16, 0u8..16, 0..u32::MAX).prop_map(|(a, b, c)| SubLayerOrdering {
        max_dec_pic_buffering_minus1: a,
        max_num_reorder_pics: b,
        max_latency_increase_plus1: c,
    });
    (any::<bool>(), prop::collection::vec(entry, 7)).prop_map(move |(info_present, entries)| {
        let highest = usize::from(max_sub_layers_minus1);
        let all = std::array::from_fn(|i| match i {
            _ if i > highest => SubLayerOrdering::default(),
            _ if info_present => entries[i],
            _ => entries[highest],
        });
        (info_present, all)
    })
}

fn pcm() -> impl Strategy<Value = Pcm> {
    (0u8..8, 0u8..8, 0u8..3, any::<bool>()).prop_map(|(luma, chroma, log2, disabled)| Pcm {
        pcm_sample_bit_depth_luma_minus1: luma,
        pcm_sample_bit_depth_chroma_minus1: chroma,
        log2_min_pcm_luma_coding_block_size_minus3: log2,
        log2_diff_max_min_pcm_luma_coding_block_size: 2 - log2,
        pcm_loop_filter_disabled_flag: disabled,
    })
}

fn range_extension() -> impl Strategy<Value = SpsRangeExtension> {
    any::<[bool; 9]>().prop_map(|f| SpsRangeExtension {
        transform_skip_rotation_enabled_flag: f[0],
        transform_skip_context_enabled_flag: f[1],
        implicit_rdpcm_enabled_flag: f[2],
        explicit_rdpcm_enabled_flag: f[3],
        extended_precision_processing_flag: f[4],
        intra_smoothing_disabled_flag: f[5],
        high_precision_offsets_enabled_flag: f[6],
        persistent_rice_adaptation_enabled_flag: f[7],
        cabac_bypass_alignment_enabled_flag: f[8],
    })
}

fn scc_extension(chroma_format_idc: u8) -> impl Strategy<Value = SpsSccExtension> {
    let comps = if chroma_format_idc == 0 { 1 } else { 3 };
    let initializers = prop::collection::vec(any::<[u8; 3]>(), 1..9).prop_map(move |entries| {
        std::array::from_fn(|c| match c < comps {
            true => entries.iter().map(|e| u16::from(e[c])).collect(),
            false => vec![],
        })
    });
    let palette = (8u8..=64, 0u8..=128, of(initializers));
    (any::<[bool; 2]>(), of(palette), 0u8..3).prop_map(|(flags, palette, control)| {
        let mut ext = SpsSccExtension {
            sps_curr_pic_ref_enabled_flag: flags[0],
            motion_vector_resolution_control_idc: control,
            intra_boundary_filtering_disabled_flag: flags[1],
            ..SpsSccExtension::default()
        };
        if let Some((size, delta, initializers)) = palette {
            ext.palette_mode_enabled_flag = true;
            ext.palette_max_size = size;
            ext.delta_palette_max_predictor_size = delta;
            ext.sps_palette_predictor_initializers = initializers;
        }
        ext
    })
}

/// Any valid SPS with 8x8 to 64x64 coding blocks.
pub(crate) fn sps() -> impl Strategy<Value = Sps> {
    let identity = (0u8..16, 0u8..7, any::<bool>(), 0u8..16);
    let format = (0u8..4, 1u32..300, 1u32..300, of(window(1)), 0u8..9, 0u8..9, 0u8..13);
    (identity, format).prop_flat_map(|((vps_id, max, nesting, id), format)| {
        let (chroma_format_idc, width, height, window, luma, chroma, poc) = format;
        let parts = (
            profile_tier_level(max),
            sub_layer_ordering(max),
            (0u8..5, 0u8..5, any::<[bool; 6]>(), of(scaling_list_data()), of(pcm())),
            (sets(6), of(prop::collection::vec((0u32..16, any::<bool>()), 0..33))),
            of(vui(max)),
            (any::<[bool; 2]>(), of(range_extension()), of(scc_extension(chroma_format_idc))),
        );
        parts.prop_map(move |(ptl, (info_present, ordering), tools, (sets, lt), vui, extensions)| {
            let (depth_inter, depth_intra, flags, lists, pcm) = tools;
            let (forced, range, scc) = extensions;
            Sps {
                sps_video_parameter_set_id: vps_id,
                sps_max_sub_layers_minus1: max,
                sps_temporal_id_nesting_flag: nesting,
                profile_tier_level: ptl,
                sps_seq_parameter_set_id: id,
                chroma_format_idc,
                separate_colour_plane_flag: chroma_format_idc == 3 && flags[0],
                pic_width_in_luma_samples: width * 8,
                pic_height_in_luma_samples: height * 8,
                conformance_window: window,
                bit_depth_luma_minus8: luma,
                bit_depth_chroma_minus8: chroma,
                log2_max_pic_order_cnt_lsb_minus4: poc,
                sps_sub_layer_ordering_info_present_flag: info_present,
                sub_layer_ordering: ordering,
                max_transform_hierarchy_depth_inter: depth_inter,
                max_transform_hierarchy_depth_intra: depth_intra,
                scaling_list_enabled_flag: flags[1],
                scaling_list_data: lists.filter(|_| flags[1]).map(Box::new),
                amp_enabled_flag: flags[2],
                sample_adaptive_offset_enabled_flag: flags[3],
                pcm,
                short_term_ref_pic_sets: sets,
                long_term_ref_pics_present_flag: lt.is_some(),
                long_term_ref_pics: lt
                    .unwrap_or_default()
                    .into_iter()
                    .map(|(lsb, used)| LongTermRefPicSps {
                        lt_ref_pic_poc_lsb_sps: lsb,
                        used_by_curr_pic_lt_sps_flag: used,
                    })
                    .collect(),
                sps_temporal_mvp_enabled_flag: flags[4],
                strong_intra_smoothing_enabled_flag: flags[5],
                vui: vui.map(Box::new),
                sps_range_extension_flag: forced[0]
                    || range.is_some_and(|r| r != SpsRangeExtension::default()),
                range_extension: range.unwrap_or_default(),
                sps_scc_extension_flag: forced[1]
                    || scc.as_ref().is_some_and(|s| *s != SpsSccExtension::default()),
                scc_extension: scc.unwrap_or_default(),
                ..Sps::default()
            }
        })
    })
}

proptest! {
    #[test]
    fn round_trip(sps in sps()) {
        prop_assert_eq!(Sps::parse(&sps.to_rbsp()).unwrap(), sps);
    }

    /// Flipping bits gives an error or an SPS whose derived variables are usable.
    #[test]
    fn damaged_sets_parse_or_fail(sps in sps(), flips in prop::collection::vec(any::<prop::sample::Index>(), 1..6)) {
        let mut rbsp = sps.to_rbsp();
        for flip in flips {
            let bit = flip.index(rbsp.len() * 8);
            rbsp[bit / 8] ^= 1 << (bit % 8);
        }
        if let Ok(sps) = Sps::parse(&rbsp) {
            let (x, y, width, height) = sps.output_rectangle();
            prop_assert!(x + width <= sps.pic_width_in_luma_samples && width > 0);
            prop_assert!(y + height <= sps.pic_height_in_luma_samples && height > 0);
            prop_assert!(sps.pic_size_in_ctbs() > 0);
        }
    }
}

fn small() -> Sps {
    Sps { pic_width_in_luma_samples: 416, pic_height_in_luma_samples: 240, ..Sps::default() }
}

#[test]
fn derived_variables() {
    let sps = Sps {
        conformance_window: Some(Window { left: 1, right: 2, top: 3, bottom: 4 }),
        bit_depth_luma_minus8: 2,
        ..small()
    };
    assert_eq!((sps.pic_width_in_ctbs(), sps.pic_height_in_ctbs(), sps.pic_size_in_ctbs()), (7, 4, 28));
    assert_eq!((sps.pic_width_in_min_cbs(), sps.pic_height_in_min_cbs()), (52, 30));
    assert_eq!((sps.qp_bd_offset_luma(), sps.qp_bd_offset_chroma()), (12, 0));
    assert_eq!(sps.output_rectangle(), (2, 6, 410, 226));
    let monochrome = Sps { chroma_format_idc: 0, ..sps };
    assert_eq!(monochrome.output_rectangle(), (1, 3, 413, 233));
}

#[test]
fn an_unreadable_vui_is_dropped_in_version_1_profiles_only() {
    let vui = Vui { chroma_sample_loc_type: Some((77, 0)), ..Vui::default() };
    let mut sps = Sps { vui: Some(Box::new(vui)), ..small() };
    assert_eq!(Sps::parse(&sps.to_rbsp()).unwrap().vui, None);
    sps.profile_tier_level.general.profile_idc = 4;
    sps.profile_tier_level.general.profile_compatibility_flags = 1 << (31 - 4);
    assert!(Sps::parse(&sps.to_rbsp()).is_err());
}

#[test]
fn unreadable_extension_data_is_ignored_in_version_1_profiles_only() {
    // A 3D extension before a screen content one is not something we can read.
    let mut sps = Sps { sps_scc_extension_flag: true, ..small() };
    for readable in [true, false] {
        let mut rbsp = sps.to_rbsp();
        let mut flags = BitReader::new(&rbsp);
        let at = (0..rbsp.len() as u64 * 8).find(|&bit| {
            // sps_extension_present_flag, then the eight extension flags with only the SCC one set.
            let mut r = flags.clone();
            r.skip_bits(bit).is_ok()
                && rbsp.len() as u64 * 8 - bit < 24
                && r.read_bits(9) == Ok(0b1_0001_0000)
        });
        let third = at.unwrap() + 3;
        flags.skip_bits(third).unwrap();
        rbsp[(third / 8) as usize] |= 0x80 >> (third % 8);
        assert_eq!(Sps::parse(&rbsp).is_ok(), readable);
        sps.profile_tier_level.general.profile_idc = 9;
        sps.profile_tier_level.general.profile_compatibility_flags = 1 << (31 - 9);
    }
}

#[test]
fn illegal_values_are_refused() {
    let bad = [
        Sps { pic_width_in_luma_samples: 0, ..small() },
        Sps { pic_height_in_luma_samples: 244, ..small() },
        Sps { pic_width_in_luma_samples: 33_784, ..small() },
        Sps { pic_width_in_luma_samples: 32_768, pic_height_in_luma_samples: 4_360, ..small() },
        Sps { conformance_window: Some(Window { left: 104, right: 104, top: 0, bottom: 0 }), ..small() },
        Sps { log2_diff_max_min_luma_coding_block_size: 0, ..small() },
        Sps { log2_min_luma_transform_block_size_minus2: 1, ..small() },
        Sps { bit_depth_chroma_minus8: 9, ..small() },
        Sps { sps_max_sub_layers_minus1: 7, ..small() },
    ];
    for sps in bad {
        assert!(Sps::parse(&sps.to_rbsp()).is_err(), "{sps:?}");
    }
}
