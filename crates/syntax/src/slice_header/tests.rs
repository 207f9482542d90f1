//! Round trips of slice segment headers over random parameter sets, and refusals.

use super::pred_weight_table::tests::table;
use super::ref_list_modification::tests::modification;
use super::*;
use crate::bits::escape_into;
use crate::nal::NalUnitType;
use crate::ps::{PpsRangeExtension, PpsSccExtension, SpsSccExtension, StRefPic, Tiles};
use proptest::prelude::*;

const SLICE: NalHeader = NalHeader::new(NalUnitType::TRAIL_R, 0);

fn sps() -> Sps {
    Sps { pic_width_in_luma_samples: 416, pic_height_in_luma_samples: 240, ..Sps::default() }
}

fn parse(
    bytes: &[u8],
    nal: NalHeader,
    sps: &Sps,
    pps: &Pps,
    previous: Option<&SliceSegmentHeader>,
) -> Result<SliceSegment> {
    let mut nal_bytes = vec![];
    escape_into(bytes, &mut nal_bytes);
    let mut rbsp = Rbsp::new();
    rbsp.unescape(&nal_bytes);
    SliceSegment::parse(&rbsp, nal, sps, pps, previous)
}

/// The header followed by one byte of slice data per substream.
fn write(header: &SliceSegmentHeader, nal: NalHeader, sps: &Sps, pps: &Pps) -> Vec<u8> {
    let mut w = BitWriter::new();
    header.write(&mut w, nal, sps, pps);
    w.write_bytes(&vec![0x80; header.entry_points.entry_point_offset_minus1.len() + 1]);
    w.into_bytes()
}

fn pics(sign: i32, used: &[bool]) -> Vec<StRefPic> {
    (1..).zip(used).map(|(i, &used_by_curr_pic)| StRefPic { delta_poc: sign * i, used_by_curr_pic }).collect()
}

/// An SPS and a PPS whose flags decide what a slice header contains.
fn parameter_sets() -> impl Strategy<Value = (Sps, Pps)> {
    let sps_parts =
        (any::<[bool; 5]>(), 0u8..4, 0u8..3, prop::collection::vec(any::<[bool; 3]>(), 0..5), 0u8..5);
    let pps_parts = (any::<[bool; 16]>(), 0u8..8, 0u8..15, 0u8..15, -3i8..=3);
    (sps_parts, pps_parts).prop_map(
        |((s, chroma_format_idc, mv_control, sets, lt), (p, extra, l0, l1, tc))| {
            let sets =
                sets.iter().map(|u| ShortTermRefPicSet::new(&pics(-1, &u[..2]), &pics(1, &u[2..])).unwrap());
            let lt = (0..if s[0] { lt } else { 0 }).map(|i| crate::ps::LongTermRefPicSps {
                lt_ref_pic_poc_lsb_sps: u32::from(i) + 3,
                used_by_curr_pic_lt_sps_flag: i % 2 == 0,
            });
            let sps = Sps {
                chroma_format_idc,
                separate_colour_plane_flag: chroma_format_idc == 3 && s[1],
                short_term_ref_pic_sets: sets.collect(),
                long_term_ref_pics_present_flag: s[0],
                long_term_ref_pics: lt.collect(),
                sps_temporal_mvp_enabled_flag: s[2],
                sample_adaptive_offset_enabled_flag: s[3],
                scc_extension: SpsSccExtension {
                    motion_vector_resolution_control_idc: mv_control,
                    sps_curr_pic_ref_enabled_flag: s[4],
                    ..SpsSccExtension::default()
                },
                ..sps()
            };
            let pps = Pps {
                dependent_slice_segments_enabled_flag: p[0],
                output_flag_present_flag: p[1],
                num_extra_slice_header_bits: extra,
                cabac_init_present_flag: p[2],
                num_ref_idx_l0_default_active_minus1: l0,
                num_ref_idx_l1_default_active_minus1: l1,
                pps_slice_chroma_qp_offsets_present_flag: p[3],
                weighted_pred_flag: p[4],
                weighted_bipred_flag: p[5],
                tiles: p[6].then(|| Tiles::uniform(3, 2)),
                entropy_coding_sync_enabled_flag: p[7],
                pps_loop_filter_across_slices_enabled_flag: p[8],
                deblocking_filter_control_present_flag: true,
                deblocking: crate::ps::PpsDeblockingControl {
                    deblocking_filter_override_enabled_flag: p[9],
                    pps_deblocking_filter_disabled_flag: p[10],
                    pps_beta_offset_div2: 0,
                    pps_tc_offset_div2: if p[10] { 0 } else { tc },
                },
                lists_modification_present_flag: p[11],
                slice_segment_header_extension_present_flag: p[12],
                range_extension: PpsRangeExtension {
                    chroma_qp_offset_list_enabled_flag: p[13],
                    ..PpsRangeExtension::default()
                },
                scc_extension: PpsSccExtension {
                    pps_curr_pic_ref_enabled_flag: p[14] && s[4],
                    adaptive_colour_transform: p[15].then_some(crate::ps::AdaptiveColourTransform {
                        pps_slice_act_qp_offsets_present_flag: true,
                        pps_act_y_qp_offset_plus5: 0,
                        pps_act_cb_qp_offset_plus5: 0,
                        pps_act_cr_qp_offset_plus3: 0,
                    }),
                    palette_predictor: None,
                },
                ..Pps::default()
            };
            (sps, pps)
        },
    )
}

/// Numbers a header is drawn from; which of them matter depends on the parameter sets.
#[derive(Debug, Clone)]
struct Draw {
    flags: [bool; 16],
    slice_type: SliceType,
    numbers: [u8; 12],
    used: Vec<bool>,
    long_term: Vec<(u8, bool, Option<u8>)>,
    offsets: Vec<u8>,
}

fn draw() -> impl Strategy<Value = Draw> {
    let slice_type = prop_oneof![Just(SliceType::B), Just(SliceType::P), Just(SliceType::I)];
    let long_term = prop::collection::vec((any::<u8>(), any::<bool>(), prop::option::of(any::<u8>())), 0..6);
    let used = prop::collection::vec(any::<bool>(), 1..8);
    (
        any::<[bool; 16]>(),
        slice_type,
        any::<[u8; 12]>(),
        used,
        long_term,
        prop::collection::vec(any::<u8>(), 0..4),
    )
        .prop_map(|(flags, slice_type, numbers, used, long_term, offsets)| Draw {
            flags,
            slice_type,
            numbers,
            used,
            long_term,
            offsets,
        })
}

fn long_term(sps: &Sps, draw: &Draw) -> LongTermRefPics {
    let candidates = sps.long_term_ref_pics.len() as u8;
    let from_sps = (draw.numbers[11] % 3).min(draw.long_term.len() as u8).min(candidates);
    let mut cycle = 0;
    let pics = (0..).zip(&draw.long_term).map(|(i, &(value, used, delta))| {
        cycle = if i == from_sps { 0 } else { cycle } + u32::from(delta.unwrap_or(0));
        let lt_idx_sps = (i < from_sps).then(|| value % candidates);
        let candidate = lt_idx_sps.map(|idx| &sps.long_term_ref_pics[usize::from(idx)]);
        LongTermRefPic {
            lt_idx_sps,
            poc_lsb_lt: candidate.map_or(value.into(), |c| c.lt_ref_pic_poc_lsb_sps),
            used_by_curr_pic_lt: candidate.map_or(used, |c| c.used_by_curr_pic_lt_sps_flag),
            delta_poc_msb_present_flag: delta.is_some(),
            delta_poc_msb_cycle_lt: cycle,
        }
    });
    LongTermRefPics { pics: pics.collect() }
}

fn entry_points(pps: &Pps, draw: &Draw) -> EntryPoints {
    if draw.offsets.is_empty() || !(pps.tiles_enabled_flag() || pps.entropy_coding_sync_enabled_flag) {
        return EntryPoints::default();
    }
    // The test data has one byte per substream.
    let offsets = vec![0; draw.offsets.len().min(3)];
    EntryPoints { offset_len_minus1: draw.offsets[0] % 32, entry_point_offset_minus1: offsets }
}

/// An independent slice header that contains only what the parameter sets allow.
fn header(sps: &Sps, pps: &Pps, nal: NalHeader, d: &Draw) -> SliceSegmentHeader {
    let n = d.numbers;
    let mut h = SliceSegmentHeader {
        first_slice_segment_in_pic_flag: !d.flags[0],
        no_output_of_prior_pics_flag: nal.nal_unit_type.is_irap() && d.flags[1],
        slice_segment_address: if d.flags[0] { 1 + u32::from(n[0]) % 27 } else { 0 },
        slice_reserved_flags: n[1] & ((1u16 << pps.num_extra_slice_header_bits) - 1) as u8,
        slice_type: d.slice_type,
        pic_output_flag: !pps.output_flag_present_flag || d.flags[2],
        colour_plane_id: if sps.separate_colour_plane_flag { n[2] % 3 } else { 0 },
        slice_sao_luma_flag: sps.sample_adaptive_offset_enabled_flag && d.flags[3],
        slice_sao_chroma_flag: sps.sample_adaptive_offset_enabled_flag
            && sps.chroma_array_type() != 0
            && d.flags[4],
        entry_points: entry_points(pps, d),
        ..SliceSegmentHeader::default()
    };
    h.slice_addr_rs = h.slice_segment_address;
    if !nal.nal_unit_type.is_idr() {
        let sets = &sps.short_term_ref_pic_sets;
        h.slice_pic_order_cnt_lsb = n[3].into();
        h.short_term_ref_pic_set_sps_flag = d.flags[5] && !sets.is_empty();
        let split = d.used.len() / 2;
        h.short_term_ref_pic_set =
            ShortTermRefPicSet::new(&pics(-1, &d.used[..split]), &pics(1, &d.used[split..])).unwrap();
        if h.short_term_ref_pic_set_sps_flag {
            h.short_term_ref_pic_set_idx = n[4] % sets.len() as u8;
            h.short_term_ref_pic_set = sets[usize::from(h.short_term_ref_pic_set_idx)];
        }
        if sps.long_term_ref_pics_present_flag {
            h.long_term_ref_pics = long_term(sps, d);
        }
        h.slice_temporal_mvp_enabled_flag = sps.sps_temporal_mvp_enabled_flag && d.flags[6];
    }
    if h.num_pic_total_curr(pps) == 0 {
        h.slice_type = SliceType::I;
    }
    if h.slice_type != SliceType::I {
        fill_inter(&mut h, sps, pps, d);
    }
    fill_qp_and_filters(&mut h, pps, d);
    h
}

fn fill_inter(h: &mut SliceSegmentHeader, sps: &Sps, pps: &Pps, d: &Draw) {
    let is_b = h.slice_type == SliceType::B;
    h.num_ref_idx_active_override_flag = d.flags[7];
    let minus1 = |n: u8, default| if d.flags[7] { n % 15 } else { default };
    h.num_ref_idx_l0_active_minus1 = minus1(d.numbers[5], pps.num_ref_idx_l0_default_active_minus1);
    if is_b {
        h.num_ref_idx_l1_active_minus1 = minus1(d.numbers[6], pps.num_ref_idx_l1_default_active_minus1);
    }
    h.mvd_l1_zero_flag = is_b && d.flags[8];
    h.cabac_init_flag = pps.cabac_init_present_flag && d.flags[9];
    if h.slice_temporal_mvp_enabled_flag {
        h.collocated_from_l0_flag = !is_b || d.flags[10];
        h.collocated_ref_idx =
            d.numbers[7] % h.num_ref_idx_active(usize::from(!h.collocated_from_l0_flag)) as u8;
    }
    h.five_minus_max_num_merge_cand = d.numbers[8] % 5;
    h.use_integer_mv_flag = match sps.scc_extension.motion_vector_resolution_control_idc {
        2 => d.flags[11],
        idc => idc == 1,
    };
}

fn fill_qp_and_filters(h: &mut SliceSegmentHeader, pps: &Pps, d: &Draw) {
    let small = |n: u8, bound: i8| (n % (2 * bound as u8 + 1)) as i8 - bound;
    h.slice_qp_delta = small(d.numbers[9], 25);
    if pps.pps_slice_chroma_qp_offsets_present_flag {
        (h.slice_cb_qp_offset, h.slice_cr_qp_offset) = (small(d.numbers[10], 12), small(d.numbers[9], 12));
    }
    if pps.scc_extension.pps_slice_act_qp_offsets_present_flag() {
        h.slice_act_qp_offsets = [small(d.numbers[8], 12), small(d.numbers[7], 12), small(d.numbers[6], 12)];
    }
    h.cu_chroma_qp_offset_enabled_flag =
        pps.range_extension.chroma_qp_offset_list_enabled_flag && d.flags[12];
    let control = &pps.deblocking;
    h.deblocking_filter_override_flag = control.deblocking_filter_override_enabled_flag && d.flags[13];
    h.slice_deblocking_filter_disabled_flag = control.pps_deblocking_filter_disabled_flag;
    (h.slice_beta_offset_div2, h.slice_tc_offset_div2) =
        (control.pps_beta_offset_div2, control.pps_tc_offset_div2);
    if h.deblocking_filter_override_flag {
        h.slice_deblocking_filter_disabled_flag = d.flags[14];
        if !d.flags[14] {
            (h.slice_beta_offset_div2, h.slice_tc_offset_div2) =
                (small(d.numbers[4], 6), small(d.numbers[5], 6));
        }
    }
    h.slice_loop_filter_across_slices_enabled_flag = match h.has_filter_across_flag(pps) {
        true => d.flags[15],
        false => pps.pps_loop_filter_across_slices_enabled_flag,
    };
    if pps.slice_segment_header_extension_present_flag {
        h.slice_segment_header_extension = d.numbers[..usize::from(d.numbers[0] % 12)].to_vec();
    }
}

/// A header with list modification and weights drawn to fit it.
fn case() -> impl Strategy<Value = (Sps, Pps, NalHeader, SliceSegmentHeader)> {
    let unit_type =
        prop_oneof![Just(NalUnitType::TRAIL_R), Just(NalUnitType::CRA_NUT), Just(NalUnitType::IDR_W_RADL)];
    (parameter_sets(), unit_type, draw()).prop_flat_map(|((sps, pps), unit_type, draw)| {
        let nal = NalHeader::new(unit_type, 0);
        let h = header(&sps, &pps, nal, &draw);
        let total = h.num_pic_total_curr(&pps);
        let modified = pps.lists_modification_present_flag && total > 1;
        let lists = if modified { h.active() } else { [0; 2] };
        modification(lists, total.max(1)).prop_flat_map(move |modification| {
            let h = SliceSegmentHeader { ref_pic_lists_modification: modification, ..h.clone() };
            let (sps, pps) = (sps.clone(), pps.clone());
            let weights = table(WeightFormat::new(&sps), h.active(), h.is_current(&pps));
            weights.prop_map(move |weights| {
                let table = h.has_pred_weight_table(&pps).then(|| Box::new(weights));
                (sps.clone(), pps.clone(), nal, SliceSegmentHeader { pred_weight_table: table, ..h.clone() })
            })
        })
    })
}

proptest! {
    #[test]
    fn round_trip((sps, pps, nal, header) in case()) {
        let bytes = write(&header, nal, &sps, &pps);
        let segment = parse(&bytes, nal, &sps, &pps, None).unwrap();
        prop_assert_eq!(&segment.header, &header);
        let pieces = header.entry_points.entry_point_offset_minus1.len() + 1;
        prop_assert_eq!(segment.slice_data_byte_offset, bytes.len() - pieces);
        let ranges: Vec<_> = (bytes.len() - pieces..bytes.len()).map(|i| i..i + 1).collect();
        prop_assert_eq!(segment.substreams, ranges);
        let start = SliceSegmentStart::parse(&bytes, nal).unwrap();
        prop_assert_eq!(start.slice_pic_parameter_set_id, header.slice_pic_parameter_set_id);

        // A dependent segment repeats the header but for its own address, entry points and extension.
        if pps.dependent_slice_segments_enabled_flag {
            let dependent = SliceSegmentHeader {
                first_slice_segment_in_pic_flag: false,
                dependent_slice_segment_flag: true,
                slice_segment_address: 27,
                entry_points: EntryPoints::default(),
                slice_segment_header_extension: vec![],
                ..header.clone()
            };
            let bytes = write(&dependent, nal, &sps, &pps);
            prop_assert_eq!(parse(&bytes, nal, &sps, &pps, Some(&header)).unwrap().header, dependent);
            prop_assert!(parse(&bytes, nal, &sps, &pps, None).is_err());
        }
    }

    #[test]
    fn damaged_headers_parse_or_fail((sps, pps, nal, header) in case(),
                                     flips in prop::collection::vec(any::<prop::sample::Index>(), 1..4)) {
        let mut bytes = write(&header, nal, &sps, &pps);
        for flip in flips {
            let bit = flip.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        if let Ok(segment) = parse(&bytes, nal, &sps, &pps, Some(&header)) {
            prop_assert!(segment.header.slice_segment_address < sps.pic_size_in_ctbs());
            prop_assert!(segment.substreams.iter().all(|s| s.end <= bytes.len() && !s.is_empty()));
        }
    }
}

#[test]
fn inter_slices_without_references_are_refused() {
    let header = SliceSegmentHeader { slice_type: SliceType::P, ..SliceSegmentHeader::default() };
    let (sps, pps) = (sps(), Pps::default());
    let bytes = write(&header, SLICE, &sps, &pps);
    let error = parse(&bytes, SLICE, &sps, &pps, None).unwrap_err();
    assert!(matches!(error, Error::OutOfRange { element: "NumPicTotalCurr", .. }), "{error}");
}

#[test]
fn entry_points_past_the_data_are_left_out() {
    let (sps, pps) = (sps(), Pps { entropy_coding_sync_enabled_flag: true, ..Pps::default() });
    let entry_points = EntryPoints { offset_len_minus1: 7, entry_point_offset_minus1: vec![0, 200] };
    let mut header = SliceSegmentHeader { entry_points, ..SliceSegmentHeader::default() };
    let bytes = write(&header, SLICE, &sps, &pps);
    let (first, end) = (bytes.len() - 3, bytes.len());
    let substreams = parse(&bytes, SLICE, &sps, &pps, None).unwrap().substreams;
    assert_eq!(substreams, [first..first + 1, first + 1..end]);
    assert!(parse(&bytes[..first], SLICE, &sps, &pps, None).is_err());
    header.entry_points.entry_point_offset_minus1 = vec![0; 4];
    let bytes = write(&header, SLICE, &sps, &pps);
    let error = parse(&bytes, SLICE, &sps, &pps, None).unwrap_err();
    assert!(matches!(error, Error::OutOfRange { element: "num_entry_point_offsets", max: 3, .. }), "{error}");
}

#[test]
fn the_last_slice_qp_that_is_legal() {
    let (sps, pps) = (sps(), Pps { init_qp_minus26: -26, ..Pps::default() });
    for (slice_qp_delta, ok) in [(0, true), (51, true), (52, false), (-1, false)] {
        let header = SliceSegmentHeader { slice_qp_delta, ..SliceSegmentHeader::default() };
        let bytes = write(&header, SLICE, &sps, &pps);
        assert_eq!(parse(&bytes, SLICE, &sps, &pps, None).is_ok(), ok, "{slice_qp_delta}");
    }
}
