//! Sizes and offsets are those of `layout.h`, which `layout.c` asserts from C: the binary interface. They never change; new fields
//! come at the end, and `layout.h` gets lines for them.
#![cfg(target_pointer_width = "64")]

use rivus_ffi::decoder::RivusDecoderStatistics;
use rivus_ffi::encoder::{RivusEncoderInfo, RivusEncoderStatistics};
use rivus_ffi::frame::RivusFrameInfo;
use rivus_ffi::option::RivusOption;
use rivus_ffi::packet::RivusPacketInfo;
use rivus_ffi::picture::{RivusContentLight, RivusMasteringDisplay, RivusPicture, RivusSei};
use std::mem::offset_of;

/// Lines as in `layout.h`.
macro_rules! layout {
    ($($name:ident { $($field:ident),+ $(,)? })+) => {
        [$(
            vec![format!("STRUCT({}, {})", stringify!($name), size_of::<$name>())],
            vec![$(format!("FIELD({}, {}, {})", stringify!($name), stringify!($field), offset_of!($name, $field))),+],
        )+].concat()
    };
}

#[test]
fn structs_have_the_layout_of_the_binary_interface() {
    let actual = layout! {
        RivusOption { size, name, group, legal, help, default_value }
        RivusSei { payload_type, reserved, data, data_size }
        RivusMasteringDisplay { primaries, white_point, max_luminance, min_luminance }
        RivusContentLight { max_content, max_average }
        RivusPicture {
            size, planes, strides, width, height, bit_depth, sample_bytes, pts, picture_type, qp_offset_columns,
            qp_offset_rows, sei_count, qp_offsets, sei, mastering_display, content_light, release, opaque,
        }
        RivusPacketInfo {
            size, data, data_size, pts, dts, picture_type, is_keyframe, is_disposable, poc, temporal_id, layer, slice_qp,
            has_reconstruction, mean_qp, intra_share, inter_share, skip_share,
        }
        RivusFrameInfo {
            size, planes, strides, width, height, chroma_format, plane_count, sample_bytes, bit_depth_luma,
            bit_depth_chroma, picture_type, pts, decode_number, poc, is_keyframe, temporal_id, scan, colour_primaries,
            transfer_characteristics, matrix_coefficients, full_range, chroma_location, sar_width, sar_height,
            rate_numerator, rate_denominator, has_mastering_display, has_content_light, mastering_display, content_light,
            display_fields, is_duplicate, profile, high_tier, level, reorder_pictures, concealed_ctus, missing_references,
            is_recovering, reserved,
        }
        RivusEncoderInfo { size, profile, high_tier, level, reorder_pictures, delay, bit_depth }
        RivusEncoderStatistics {
            size, pictures_in, packets_out, bytes, keyframes, i_pictures, p_pictures, b_pictures, recoded, mean_qp,
        }
        RivusDecoderStatistics {
            size, nal_units, decoded_pictures, output_pictures, concealed_pictures, concealed_ctus, skipped_pictures,
            missing_references, issues, hash_matches, hash_mismatches, picture_memory,
        }
    };
    let written: Vec<&str> = include_str!("layout.h")
        .lines()
        .filter(|line| line.starts_with("STRUCT") || line.starts_with("FIELD"))
        .collect();
    assert_eq!(actual, written);
}
