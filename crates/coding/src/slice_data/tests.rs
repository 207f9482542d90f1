//! Parsing and writing against each other, over random parameter sets.
//!
//! Random bytes parse as slice data of all kinds: every bin string is some syntax. What comes out is written,
//! and must parse again to the same records, contexts and maps.

use proptest::prelude::*;
use rivus_syntax::cabac::{BIT, BinSink, BitEstimator, CabacDecoder, CabacWriter};
use rivus_syntax::ps::{Pcm, Pps, PpsRangeExtension, Sps, SpsRangeExtension};
use rivus_syntax::slice_header::{SliceSegmentHeader, SliceType};

use super::*;
use crate::ctu::maps::{CtuAvailability, CtuBottom};
use crate::ctu::record::{PredMode, SaoParams};

#[derive(Clone, Debug)]
struct Setup {
    sps: Sps,
    pps: Pps,
    slice: SliceSegmentHeader,
}

fn setup() -> impl Strategy<Value = Setup> {
    (any::<[bool; 24]>(), any::<[u8; 16]>()).prop_map(|(f, n)| {
        let pick = |i: usize, from: u8, to: u8| from + n[i] % (to - from + 1);
        let ctb = pick(0, 4, 6);
        let min_cb = pick(1, 3, ctb);
        let min_tb = pick(2, 2, (min_cb - 1).min(5));
        let max_tb = pick(3, min_tb, ctb.min(5));
        let depth = [pick(4, 0, 8), pick(4, 0, 8).min(pick(5, 0, 8))];
        let size = 1u32 << min_cb;
        let sps = Sps {
            chroma_format_idc: pick(6, 0, 3),
            pic_width_in_luma_samples: size * u32::from(pick(7, 1, 12)),
            pic_height_in_luma_samples: size * u32::from(pick(8, 1, 12)),
            bit_depth_luma_minus8: depth[0],
            bit_depth_chroma_minus8: depth[1],
            log2_min_luma_coding_block_size_minus3: min_cb - 3,
            log2_diff_max_min_luma_coding_block_size: ctb - min_cb,
            log2_min_luma_transform_block_size_minus2: min_tb - 2,
            log2_diff_max_min_luma_transform_block_size: max_tb - min_tb,
            max_transform_hierarchy_depth_inter: pick(9, 0, ctb - min_tb),
            max_transform_hierarchy_depth_intra: pick(10, 0, ctb - min_tb),
            amp_enabled_flag: f[0],
            pcm: f[1].then(|| Pcm {
                pcm_sample_bit_depth_luma_minus1: pick(11, 0, 7),
                pcm_sample_bit_depth_chroma_minus1: pick(12, 0, 7),
                log2_min_pcm_luma_coding_block_size_minus3: min_cb.min(5) - 3,
                log2_diff_max_min_pcm_luma_coding_block_size: 5u8.min(ctb) - min_cb.min(5),
                pcm_loop_filter_disabled_flag: false,
            }),
            range_extension: SpsRangeExtension {
                transform_skip_context_enabled_flag: f[2],
                implicit_rdpcm_enabled_flag: f[3],
                explicit_rdpcm_enabled_flag: f[4],
                extended_precision_processing_flag: f[5] && f[6],
                persistent_rice_adaptation_enabled_flag: f[7],
                cabac_bypass_alignment_enabled_flag: f[8] && f[9],
                ..SpsRangeExtension::default()
            },
            ..Sps::default()
        };
        let pps = Pps {
            sign_data_hiding_enabled_flag: f[10],
            transform_skip_enabled_flag: f[11],
            cu_qp_delta_enabled_flag: f[12],
            diff_cu_qp_delta_depth: pick(13, 0, ctb - min_cb),
            pps_cb_qp_offset: 5,
            pps_cr_qp_offset: -7,
            transquant_bypass_enabled_flag: f[13],
            range_extension: PpsRangeExtension {
                log2_max_transform_skip_block_size_minus2: pick(14, 0, 3),
                cross_component_prediction_enabled_flag: f[14],
                chroma_qp_offset_list_enabled_flag: f[15],
                diff_cu_chroma_qp_offset_depth: pick(13, 0, ctb - min_cb),
                chroma_qp_offset_list: vec![(3, -3), (-6, 6), (12, -12)],
                ..PpsRangeExtension::default()
            },
            ..Pps::default()
        };
        let slice = SliceSegmentHeader {
            slice_type: [SliceType::I, SliceType::P, SliceType::B][usize::from(pick(15, 0, 2))],
            slice_sao_luma_flag: f[16],
            slice_sao_chroma_flag: f[17] && sps.chroma_format_idc != 0,
            num_ref_idx_l0_active_minus1: pick(4, 0, 14),
            num_ref_idx_l1_active_minus1: pick(5, 0, 14),
            mvd_l1_zero_flag: f[18],
            cabac_init_flag: f[19],
            five_minus_max_num_merge_cand: pick(6, 0, 4),
            slice_cb_qp_offset: 3,
            cu_chroma_qp_offset_enabled_flag: f[15] && f[20],
            ..SliceSegmentHeader::default()
        };
        Setup { sps, pps, slice }
    })
}

/// Walks the CTUs of a picture of one slice with their maps; `each` handles one CTU and says whether to go on.
fn walk(coding: &SliceCoding<'_>, mut each: impl FnMut(&mut CtuMaps, Option<usize>, Option<usize>) -> bool) {
    let size = 1u32 << coding.ctb_log2_size;
    let width = coding.pic_width.div_ceil(size) as usize;
    let height = coding.pic_height.div_ceil(size) as usize;
    let mut bottoms: Vec<CtuBottom> = Vec::new();
    for y in 0..height {
        let mut maps = CtuMaps::default();
        for x in 0..width {
            let index = y * width + x;
            let avail = CtuAvailability {
                left: x > 0,
                up: y > 0,
                up_left: x > 0 && y > 0,
                up_right: y > 0 && x + 1 < width,
            };
            let up = |dx: usize, on: bool| on.then(|| &bottoms[index - width + dx - 1]);
            maps.begin(
                (x as u32 * size, y as u32 * size),
                (coding.pic_width, coding.pic_height),
                coding.ctb_log2_size,
                avail,
                [up(0, avail.up_left), up(1, avail.up), up(2, avail.up_right)],
            );
            if !each(&mut maps, avail.left.then(|| index - 1), avail.up.then(|| index - width)) {
                return;
            }
            bottoms.push(CtuBottom::default());
            maps.bottom(&mut bottoms[index]);
        }
    }
}

/// Parses CTUs until the picture or the sense of the data ends.
fn parse_picture(
    coding: &SliceCoding<'_>,
    data: &[u8],
    limit: usize,
) -> (Vec<CtuRecord>, ContextSet, Option<Error>) {
    let mut cabac = CabacDecoder::new(data);
    let (mut contexts, mut qp) = (coding.initial_contexts(), coding.initial_qp());
    let mut records: Vec<CtuRecord> = Vec::new();
    let mut error = None;
    let mut before = contexts;
    walk(coding, |maps, left, up| {
        if records.len() == limit {
            return false;
        }
        before = contexts;
        let mut record = CtuRecord::default();
        let of = |index: Option<usize>| index.map(|index| &records[index].sao);
        record.sao = sao::parse(&mut cabac, &mut contexts, coding, of(left), of(up));
        error = parse_ctu(&mut cabac, &mut contexts, coding, maps, &mut qp, &mut record).err();
        if error.is_some() || cabac.is_overrun() {
            contexts = before;
            return false;
        }
        records.push(record);
        !parse_end_of_slice_segment_flag(&mut cabac)
    });
    (records, contexts, error)
}

fn write_picture<B: BinSink>(sink: &mut B, coding: &SliceCoding<'_>, records: &[CtuRecord]) {
    let mut next = 0;
    walk(coding, |maps, left, up| {
        let Some(record) = records.get(next) else { return false };
        sao::write(sink, coding, &record.sao, left.is_some(), up.is_some());
        write_ctu(sink, coding, maps, record, &mut |_| {});
        next += 1;
        write_end_of_slice_segment_flag(sink, next == records.len());
        true
    });
}

fn random_bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed;
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 56) as u8
        })
        .collect()
}

/// The units of a record tile the visible part of its CTU, and all ranges are legal.
fn check_record(coding: &SliceCoding<'_>, record: &CtuRecord) -> std::result::Result<(), TestCaseError> {
    for cu in &record.cus {
        prop_assert!((coding.min_cb_log2_size..=coding.ctb_log2_size).contains(&cu.log2_size));
        let area: u32 = record.pus[cu.pus.range()].iter().map(|pu| u32::from(pu.w) * u32::from(pu.h)).sum();
        prop_assert_eq!(area, if cu.pred_mode == PredMode::Intra { 0 } else { 1 << (2 * cu.log2_size) });
        let tus = &record.tus[cu.tus.range()];
        let area: u32 = tus.iter().map(|tu| 1u32 << (2 * tu.log2_size)).sum();
        prop_assert_eq!(area, if cu.rqt_root_cbf { 1 << (2 * cu.log2_size) } else { 0 });
        prop_assert!(cu.intra_luma.iter().chain(&cu.intra_chroma).all(|&mode| mode <= 34));
        for tu in tus {
            prop_assert!((coding.min_tb_log2_size..=coding.max_tb_log2_size).contains(&tu.log2_size));
            for tb in &record.tbs[tu.tbs.range()] {
                prop_assert!((2..=5).contains(&tb.log2_size));
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn parsed_records_survive_writing(setup in setup(), seed in any::<u64>()) {
        let coding = SliceCoding::new(&setup.sps, &setup.pps, &setup.slice);
        let (mut records, ..) = parse_picture(&coding, &random_bytes(seed, 1 << 17), usize::MAX);
        // Levels that only just fit have saturated: no writer produces them.
        let legal = |record: &CtuRecord| record.coeffs.iter().all(|coeff| coeff.level.abs() < 32767);
        records.truncate(records.iter().position(|record| !legal(record)).unwrap_or(records.len()));
        prop_assume!(!records.is_empty());
        for record in &records {
            check_record(&coding, record)?;
        }
        let mut writer = CabacWriter::new(Vec::new(), coding.initial_contexts());
        let mut estimator = BitEstimator::new(coding.initial_contexts());
        write_picture(&mut writer, &coding, &records);
        write_picture(&mut estimator, &coding, &records);
        let contexts = *writer.contexts();
        prop_assert_eq!(&*estimator.contexts(), &contexts);
        let bits = writer.bits();
        let estimate = estimator.frac_bits() as f64 / f64::from(BIT);
        prop_assert!((estimate - bits).abs() < 0.01 * bits + 100.0, "{} estimated, {} written", estimate, bits);
        let data = writer.finish();
        // Chroma flags of inner nodes may have been 1 for nothing at first, so only now contexts agree.
        let (again, contexts_again, error) = parse_picture(&coding, &data, records.len());
        prop_assert_eq!(error, None);
        prop_assert_eq!(contexts_again, contexts);
        prop_assert_eq!(again, records);
    }

    /// Short and broken data ends in an error or a record, never in a fault.
    #[test]
    fn damaged_data_is_safe(setup in setup(), data in prop::collection::vec(any::<u8>(), 0..60)) {
        let coding = SliceCoding::new(&setup.sps, &setup.pps, &setup.slice);
        parse_picture(&coding, &data, usize::MAX);
    }
}

/// The random walk reaches every part of the syntax.
#[test]
fn random_data_covers_the_syntax() {
    let sps = Sps {
        pic_width_in_luma_samples: 256,
        pic_height_in_luma_samples: 256,
        pcm: Some(Pcm {
            pcm_sample_bit_depth_luma_minus1: 6,
            pcm_sample_bit_depth_chroma_minus1: 4,
            log2_min_pcm_luma_coding_block_size_minus3: 0,
            log2_diff_max_min_pcm_luma_coding_block_size: 2,
            pcm_loop_filter_disabled_flag: false,
        }),
        max_transform_hierarchy_depth_inter: 2,
        max_transform_hierarchy_depth_intra: 2,
        ..Sps::default()
    };
    let pps = Pps { cu_qp_delta_enabled_flag: true, diff_cu_qp_delta_depth: 2, ..Pps::default() };
    let slice = SliceSegmentHeader {
        slice_type: SliceType::B,
        num_ref_idx_l0_active_minus1: 3,
        num_ref_idx_l1_active_minus1: 3,
        ..SliceSegmentHeader::default()
    };
    let coding = SliceCoding::new(&sps, &pps, &slice);
    let mut modes = [0; 8];
    let (mut pcm, mut skip, mut intra, mut negative_delta, mut merge, mut bi) = (0, 0, 0, 0, 0, 0);
    for seed in 0..100 {
        for record in parse_picture(&coding, &random_bytes(seed, 1 << 17), usize::MAX).0 {
            for cu in &record.cus {
                modes[cu.part_mode as usize] += 1;
                pcm += usize::from(cu.pcm_flag);
                skip += usize::from(cu.pred_mode == PredMode::Skip);
                intra += usize::from(cu.pred_mode == PredMode::Intra);
            }
            negative_delta += record.tus.iter().filter(|tu| tu.cu_qp_delta < 0).count();
            merge += record.pus.iter().filter(|pu| pu.merge_flag).count();
            bi += record.pus.iter().filter(|pu| pu.pred_lists == 3).count();
        }
    }
    assert!(modes.iter().all(|&count| count > 0), "{modes:?}");
    assert!(pcm > 0 && skip > 0 && intra > 0 && negative_delta > 0 && merge > 0 && bi > 0);
}

/// SAO parameters of every kind, with and without neighbours to merge with.
#[test]
fn sao_round_trip() {
    let (sps, pps) = (Sps { bit_depth_luma_minus8: 2, ..Sps::default() }, Pps::default());
    let slice = SliceSegmentHeader {
        slice_sao_luma_flag: true,
        slice_sao_chroma_flag: true,
        ..SliceSegmentHeader::default()
    };
    let coding = SliceCoding::new(&sps, &pps, &slice);
    let data = random_bytes(5, 1 << 14);
    let (mut cabac, mut contexts) = (CabacDecoder::new(&data), coding.initial_contexts());
    let mut all: Vec<SaoParams> = Vec::new();
    for i in 0..300usize {
        let of = |on: usize| all.last().filter(|_| on != 0);
        all.push(sao::parse(&mut cabac, &mut contexts, &coding, of(i & 1), of(i & 2)));
    }
    assert!(!cabac.is_overrun());
    let mut writer = CabacWriter::new(Vec::new(), coding.initial_contexts());
    for (i, sao) in all.iter().enumerate() {
        sao::write(&mut writer, &coding, sao, i & 1 != 0, i & 2 != 0);
    }
    writer.terminate(true);
    let data = writer.finish();
    let (mut cabac, mut contexts) = (CabacDecoder::new(&data), coding.initial_contexts());
    for (i, sao) in all.iter().enumerate() {
        let of = |on: usize| i.checked_sub(1).map(|at| &all[at]).filter(|_| on != 0);
        assert_eq!(sao::parse(&mut cabac, &mut contexts, &coding, of(i & 1), of(i & 2)), *sao);
    }
    assert!(cabac.decode_terminate());
}
