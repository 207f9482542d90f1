//! Sizes and offsets are those of `layout.h`, which `layout.c` asserts from C.
#![cfg(target_pointer_width = "64")]

use rivus_x265_compat::api::Api;
use rivus_x265_compat::layout::{Nal, Param, Picture, SeiPayload, Stats, TypeStats};
use std::mem::offset_of;

/// Lines as in `layout.h`, without what they say of C.
macro_rules! layout {
    ($($name:ident { $($field:ident),+ $(,)? })+) => {
        [$(
            vec![format!("{}, {}", stringify!($name), size_of::<$name>())],
            vec![$(format!("{}, {}, {}", stringify!($name), stringify!($field), offset_of!($name, $field))),+],
        )+].concat()
    };
}

#[test]
fn structs_have_the_layout_of_the_binary_interface() {
    let actual = layout! {
        Param {
            pools, wavefront, log_level, bit_depth, chroma_format, fps_num, fps_den, width, height, interlace, total_frames, level, high_tier, refs, repeat_headers, annexb, aud, hrd, info, hash, temporal_layers, open_gop, min_keyint, keyint, bframes, b_adapt, b_pyramid, lookahead, scenecut, ctu, min_cu, rect, amp, max_tu, tu_inter, tu_intra, rdoq, sign_hiding, strong_intra, max_merge, subme, merange, temporal_mvp, deblock, deblock_tc, deblock_beta, sao, early_skip, rskip, lossless, cb_qp_offset, cr_qp_offset, transfer_sei, rate_mode, qp, bitrate, qcomp, ip_ratio, crf, aq_mode, aq_strength, vbv_maxrate, vbv_bufsize, vbv_init, cutree, qg_size, qpmax, qpmin, sar_number, sar_width, sar_height, has_signal, video_format, full_range, has_colour, primaries, transfer, matrix, has_chroma_location, chroma_location, master_display, max_cll, max_fall,
        }
        SeiPayload {
            size, kind, data,
        }
        Picture {
            pts, dts, user_data, planes, stride, bit_depth, slice_type, poc, chroma_format, qp_offsets, mean_qp, bits, coding_order, frame_poc, letter, sei_count, sei, frame_bytes, height, width,
        }
        Nal {
            kind, size, data,
        }
        TypeStats {
            mean_qp, kbps, pictures,
        }
        Stats {
            encode_seconds, video_seconds, kbps, bits, pictures, by_type, max_cll, max_fall,
        }
        Api {
            major, build, size_param, size_picture, size_analysis, size_zone, size_stats, bit_depth, version, about, param_alloc, param_free, param_default, param_parse, param_apply_profile, param_default_preset, picture_alloc, picture_free, picture_init, encoder_open, encoder_parameters, encoder_reconfig, encoder_reconfig_zone, encoder_headers, encoder_encode, encoder_get_stats, encoder_log, encoder_close, cleanup, size_frame_stats, encoder_intra_refresh, encoder_ctu_info, get_slicetype_poc_and_scenecut, get_ref_frame_list, csvlog_open, csvlog_frame, csvlog_encode, dither_image, set_analysis_data, zone_param_parse,
        }
    };
    let written: Vec<&str> = include_str!("layout.h")
        .lines()
        .filter_map(|line| {
            let (kind, rest) = line.split_once('(')?;
            let skipped = match kind {
                "STRUCT" => 1,
                "FIELD" => 2,
                _ => return None,
            };
            rest.splitn(skipped + 1, ", ").last()?.strip_suffix(')')
        })
        .collect();
    assert_eq!(actual, written);
}
