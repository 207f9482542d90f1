//! NAL unit type and slice segment header of a planned picture (7.3.6).

use super::ParameterSets;
use super::parameter_sets::reference_set;
use crate::config::Settings;
use crate::error::Error;
use crate::lookahead::gop::{PictureKind, PicturePlan};
use crate::lookahead::weights::{LOG2_DENOM, Weight, Weights};
use rivus_syntax::nal::{NalHeader, NalUnitType};
use rivus_syntax::slice_header::{PredWeightTable, SliceSegmentHeader, SliceType, WeightFormat};

/// The NAL unit header of the picture's slice.
pub(crate) fn nal_header(plan: &PicturePlan, temporal_layers: bool) -> NalHeader {
    let temporal_id = if temporal_layers { plan.layer } else { 0 };
    let pair = |reference, other| if plan.is_reference { reference } else { other };
    let nal_unit_type = match plan.kind {
        PictureKind::Idr => NalUnitType::IDR_N_LP,
        PictureKind::Cra => NalUnitType::CRA_NUT,
        _ if plan.is_leading => pair(NalUnitType::RASL_R, NalUnitType::RASL_N),
        // The structure is nested: a picture refers to lower layers only, so one may switch up at any picture.
        _ if temporal_id > 0 => pair(NalUnitType::TSA_R, NalUnitType::TSA_N),
        _ => pair(NalUnitType::TRAIL_R, NalUnitType::TRAIL_N),
    };
    NalHeader::new(nal_unit_type, temporal_id)
}

/// Which reference is the collocated picture: list and index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Collocated {
    /// In list 0, else in list 1.
    pub(crate) from_l0: bool,
    /// Reference index.
    pub(crate) ref_idx: u8,
}

/// The header of the picture's only slice. `slice_sao_luma_flag` and `slice_sao_chroma_flag` are set once the picture is
/// coded.
///
/// # Errors
/// If the plan keeps more pictures than a set holds.
pub(crate) fn header(
    settings: &Settings,
    sets: &ParameterSets,
    plan: &PicturePlan,
    slice_qp: i8,
    collocated: Option<Collocated>,
    weights: &[(i32, Weights)],
) -> Result<SliceSegmentHeader, Error> {
    let sps = &*sets.sps;
    let weighted = sets.weighted_pps.as_deref().filter(|_| !weights.is_empty());
    let pps = weighted.unwrap_or(&sets.pps);
    let set = reference_set(plan)?;
    let set_idx = sps.short_term_ref_pic_sets.iter().position(|s| *s == set);
    let slice_type = match plan.kind {
        PictureKind::Idr | PictureKind::Cra | PictureKind::I => SliceType::I,
        PictureKind::P => SliceType::P,
        PictureKind::B => SliceType::B,
    };
    let active = [0, 1].map(|list| (plan.lists[list].len() as u8).saturating_sub(1));
    let default = [pps.num_ref_idx_l0_default_active_minus1, pps.num_ref_idx_l1_default_active_minus1];
    let overrides = match slice_type {
        SliceType::I => false,
        SliceType::P => active[0] != default[0],
        SliceType::B => active != default,
    };
    let is_idr = plan.kind == PictureKind::Idr;
    Ok(SliceSegmentHeader {
        slice_pic_parameter_set_id: pps.pps_pic_parameter_set_id,
        slice_type,
        slice_pic_order_cnt_lsb: if is_idr { 0 } else { plan.poc as u32 & (sps.max_pic_order_cnt_lsb() - 1) },
        short_term_ref_pic_set_sps_flag: !is_idr && set_idx.is_some(),
        short_term_ref_pic_set_idx: if is_idr { 0 } else { set_idx.unwrap_or(0) as u8 },
        short_term_ref_pic_set: set,
        slice_temporal_mvp_enabled_flag: collocated.is_some(),
        num_ref_idx_active_override_flag: overrides,
        num_ref_idx_l0_active_minus1: active[0],
        num_ref_idx_l1_active_minus1: active[1],
        collocated_from_l0_flag: collocated.is_none_or(|c| c.from_l0),
        collocated_ref_idx: collocated.map_or(0, |c| c.ref_idx),
        five_minus_max_num_merge_cand: if slice_type == SliceType::I { 0 } else { 5 - settings.max_merge },
        pred_weight_table: weighted
            .map(|_| Box::new(pred_weight_table(plan, WeightFormat::new(sps), weights))),
        slice_qp_delta: (i32::from(slice_qp) - 26 - i32::from(pps.init_qp_minus26)) as i8,
        slice_deblocking_filter_disabled_flag: pps.deblocking.pps_deblocking_filter_disabled_flag,
        slice_beta_offset_div2: pps.deblocking.pps_beta_offset_div2,
        slice_tc_offset_div2: pps.deblocking.pps_tc_offset_div2,
        slice_loop_filter_across_slices_enabled_flag: pps.pps_loop_filter_across_slices_enabled_flag,
        ..SliceSegmentHeader::default()
    })
}

/// The weights of the references of both lists, by picture order count (7.4.7.3).
fn pred_weight_table(
    plan: &PicturePlan,
    format: WeightFormat,
    weights: &[(i32, Weights)],
) -> PredWeightTable {
    let mut table = PredWeightTable::neutral(LOG2_DENOM, LOG2_DENOM);
    for (list, pocs) in plan.lists.iter().enumerate() {
        for (ref_idx, poc) in pocs.iter().enumerate() {
            let Some((_, [luma, cb, cr])) = weights.iter().find(|entry| entry.0 == *poc) else { continue };
            table.set_luma(list, ref_idx, luma.weight, luma.offset.into());
            if [cb, cr].iter().any(|chroma| **chroma != Weight::NONE) {
                let offsets = [cb, cr].map(|chroma| i32::from(chroma.offset));
                table.set_chroma(list, ref_idx, [cb.weight, cr.weight], offsets, format);
            }
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::lookahead::gop::GopBuilder;
    use rivus_coding::ref_lists::RefListParams;
    use rivus_coding::rps::ReferencePictureSet;
    use rivus_syntax::bits::{BitWriter, Rbsp};
    use rivus_syntax::slice_header::SliceSegment;

    /// Plans of a stream with every kind of picture, and its parameter sets.
    fn stream(options: &[(&str, &str)]) -> (Settings, ParameterSets, Vec<PicturePlan>) {
        let mut config = Config::new(200, 120);
        for (name, value) in options {
            config.set(name, value).expect("legal");
        }
        let settings = config.settings().expect("consistent");
        let sets = ParameterSets::new(&settings).expect("a level fits");
        let mut gop = GopBuilder::new(settings.gop_limits());
        let mut plans = vec![gop.idr(0)];
        let mut next = 1;
        let longest = settings.longest_mini_gop();
        let kinds = [PictureKind::B, PictureKind::P, PictureKind::Cra, PictureKind::B, PictureKind::I];
        for (i, kind) in kinds.into_iter().cycle().take(20).enumerate() {
            let count = (longest * (i % 4 + 1) / 4).max(1);
            plans.extend(gop.mini_gop(next, count, kind));
            next += count as u64;
        }
        (settings, sets, plans)
    }

    /// The header parses back to itself, and a decoder derives from it the lists the plan asks for.
    #[test]
    fn headers_parse_back_and_give_the_planned_lists() {
        for (bframes, refs, layers) in
            [("15", "2", "0"), ("15", "4", "1"), ("7", "3", "0"), ("0", "3", "0"), ("3", "1", "1")]
        {
            let (settings, sets, plans) =
                stream(&[("bframes", bframes), ("ref", refs), ("ref-b", refs), ("temporal-layers", layers)]);
            for plan in &plans {
                let collocated = (!plan.kind.is_intra()).then_some(Collocated { from_l0: true, ref_idx: 0 });
                let darker = Weight { weight: 40, offset: -3 };
                let weights = if plan.number % 3 == 0 { &[][..] } else { &plan.lists[0][..] };
                let weights: Vec<_> =
                    weights.iter().map(|&poc| (poc, [darker, Weight::NONE, darker])).collect();
                let header = header(&settings, &sets, plan, 30, collocated, &weights).expect("legal");
                assert_eq!(header.pred_weight_table.is_some(), !weights.is_empty());
                let pps = sets.pps_of(&header);
                let nal = nal_header(plan, settings.temporal_layers);
                let mut w = BitWriter::new();
                header.write(&mut w, nal, &sets.sps, pps);
                w.write_bits(0x80, 8);
                let mut rbsp = Rbsp::new();
                rbsp.unescape(&w.into_bytes());
                let parsed = SliceSegment::parse(&rbsp, nal, &sets.sps, pps, None).expect("legal").header;
                assert_eq!(parsed, header, "{plan:?}");
                check_lists(plan, &parsed);
            }
        }
    }

    fn check_lists(plan: &PicturePlan, header: &SliceSegmentHeader) {
        let set = ReferencePictureSet::derive(
            plan.poc,
            &header.short_term_ref_pic_set,
            &header.long_term_ref_pics,
            8,
        );
        let table = [&set.st_curr_before[..], &set.st_curr_after[..]].concat();
        let params = RefListParams::new(header, set.st_curr_before.len(), set.st_curr_after.len(), 0);
        for (list, planned) in params.build().expect("references").iter().zip(&plan.lists) {
            let pocs: Vec<i32> = list.pics().iter().map(|&i| table[usize::from(i)]).collect();
            assert_eq!(pocs, *planned, "{plan:?}");
        }
    }

    /// Temporal layers: a picture above layer 0 keeps lower layers only, so TSA is right.
    #[test]
    fn layers_are_nested() {
        let (_, _, plans) = stream(&[("ref", "4"), ("ref-b", "4")]);
        let layer = |number: u64| plans.iter().find(|p| p.number == number).map(|p| p.layer);
        for plan in plans.iter().filter(|p| p.layer > 0) {
            for &poc in plan.lists.iter().flatten() {
                let number = (plan.number as i64 + i64::from(poc - plan.poc)) as u64;
                assert!(layer(number) < Some(plan.layer), "{plan:?} refers to {poc}");
            }
        }
    }

    /// The buffer never holds more references than the SPS says, and no picture comes too late for its turn. With a buffer
    /// model pictures also wait for their time of output (C.5.2.2).
    #[test]
    fn the_buffer_size_of_the_sps_is_enough() {
        let buffer = [("vbv-maxrate", "500"), ("vbv-bufsize", "500")];
        for (bframes, refs, has_hrd) in (0..=4).flat_map(|depth| {
            let options = move |refs| [false, true].map(|hrd| ((1u32 << depth) - 1, refs, hrd));
            (1..=4).flat_map(options)
        }) {
            let (bframes, refs) = (bframes.to_string(), refs.to_string());
            let options = [("bframes", &*bframes), ("ref", &*refs), ("ref-b", &*refs), buffer[0], buffer[1]];
            let (_, sets, plans) = stream(if has_hrd { &options } else { &options[..3] });
            let ordering = *sets.sps.highest_sub_layer_ordering();
            let delay = u64::from(ordering.max_num_reorder_pics);
            let mut references: Vec<i32> = Vec::new();
            for (now, plan) in plans.iter().enumerate() {
                assert!(
                    plan.keep.iter().all(|poc| references.contains(poc)),
                    "{plan:?} keeps what is not held"
                );
                references.retain(|poc| plan.keep.contains(poc));
                let waits = |p: &&PicturePlan| has_hrd && p.number + delay > now as u64;
                let waiting =
                    plans[..now].iter().filter(|p| !plan.keep.contains(&p.poc)).filter(waits).count();
                assert!(
                    references.len() + waiting <= usize::from(ordering.max_dec_pic_buffering_minus1),
                    "{references:?} and {waiting} waiting before {plan:?}, bframes {bframes}, ref {refs}"
                );
                assert!(plan.number + delay >= now as u64, "{plan:?} comes too late");
                references.push(plan.poc);
            }
        }
    }
}
