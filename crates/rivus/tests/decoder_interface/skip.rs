//! Pictures that are skipped by choice: the others come out as if nothing had been skipped.

use crate::{
    access_units, decode_units, decoder, decoder_with, flush, identity, nal_units, picture_header, push_nal,
    stream, unit_of,
};
use rivus::{DecoderConfig, Picture, PictureType, Skip};
use rivus_syntax::nal::NalUnitType;

#[test]
fn sub_layers_above_the_wanted_one_are_dropped() {
    let stream = stream("rs_tsub_4.bit");
    let count = |max_temporal_id| {
        let mut decoder = decoder_with(DecoderConfig { max_temporal_id, ..DecoderConfig::default() });
        let mut pictures = vec![];
        decoder.send_data(&stream, None);
        flush(&mut decoder, &mut pictures);
        assert!(pictures.iter().all(|picture| picture.info().temporal_id <= max_temporal_id));
        assert_eq!(decoder.take_issues(), []);
        pictures.len()
    };
    assert!(0 < count(0) && count(0) < count(6));
}

/// Decodes access units of a stream, with `skip` and without, and compares.
fn check(
    name: &str,
    skip: Skip,
    threads: usize,
    is_kept: impl Fn(&Picture, &[u8]) -> bool,
) -> (usize, usize) {
    let units = access_units(&stream(&format!("{name}.bit")));
    let whole = decode_units(&mut decoder(1), &units);
    let mut skipping = decoder_with(DecoderConfig { threads, skip, ..DecoderConfig::default() });
    let kept = decode_units(&mut skipping, &units);
    let expected: Vec<_> = whole.iter().filter(|p| is_kept(p, &units[unit_of(p)])).map(identity).collect();
    assert_eq!(kept.iter().map(identity).collect::<Vec<_>>(), expected, "{name} {skip:?}");
    let statistics = skipping.statistics();
    assert_eq!((statistics.issues, statistics.missing_references), (0, 0), "{name} {skip:?}");
    assert_eq!(
        statistics.decoded_pictures + statistics.skipped_pictures,
        units.len() as u64,
        "{name} {skip:?}"
    );
    (kept.len(), whole.len() - kept.len())
}

/// Streams with leading pictures, several sub-layers, reordering, mixed slice types, ends of sequences.
const STREAMS: [&str; 12] = [
    "rs_nonref",
    "rs_tsub_4",
    "rs_tsub_7",
    "rs_eos_2",
    "rs_cra_mid",
    "rs_bla_2",
    "rs_idr_multi",
    "rs_bumping",
    "rs_latency",
    "rs_slice_types",
    "rs_eos",
    "rs_poc_wrap",
];

fn check_all(skip: Skip, is_kept: impl Fn(&Picture, &[u8]) -> bool + Copy) {
    let mut totals = (0, 0);
    for name in STREAMS {
        for threads in [1, 3] {
            let (kept, skipped) = check(name, skip, threads, is_kept);
            totals = (totals.0 + kept, totals.1 + skipped);
        }
    }
    assert!(totals.0 > 0 && totals.1 > 0, "{totals:?} tells nothing");
}

#[test]
fn skipping_nothing_gives_everything() {
    assert_eq!(check("rs_nonref", Skip::Nothing, 1, |_, _| true).1, 0);
}

#[test]
fn only_pictures_that_others_may_refer_to() {
    // HighestTid is that of the sequence, whether or not it has pictures of that sub-layer.
    let highest_tid = |unit: &[Vec<u8>]| {
        let sps = nal_units(&unit[0]).into_iter().find(|(h, _)| h.nal_unit_type == NalUnitType::SPS_NUT);
        (sps.expect("parameter sets come first").1[2] >> 1) & 7
    };
    for name in STREAMS {
        let highest = highest_tid(&access_units(&stream(&format!("{name}.bit"))));
        let is_kept = |_: &Picture, unit: &[u8]| {
            let header = picture_header(unit);
            !header.nal_unit_type.is_sub_layer_non_reference() || header.temporal_id < highest
        };
        for threads in [1, 3] {
            let (kept, skipped) = check(name, Skip::NonReference, threads, is_kept);
            assert!(
                kept > 0 && (skipped > 0 || name != "rs_nonref"),
                "{name}: {kept} kept, {skipped} skipped"
            );
        }
    }
}

#[test]
fn only_intra_pictures() {
    check_all(Skip::NonIntra, |picture, _| picture.info().picture_type == PictureType::I);
}

#[test]
fn only_random_access_points() {
    check_all(Skip::NonKey, |_, unit| picture_header(unit).nal_unit_type.is_irap());
}

#[test]
fn skipped_pictures_stand_in_for_nothing() {
    // Intra pictures that lost most of their data, among others that are skipped only when their last slice is there.
    for name in ["rs_slice_types", "rs_slice_types_2"] {
        let mut units = access_units(&stream(&format!("{name}.bit")));
        for unit in
            decode_units(&mut decoder(1), &units).iter().filter(|p| p.info().picture_type == PictureType::I)
        {
            let number = unit_of(unit);
            let mut damaged = vec![];
            for (header, nal) in nal_units(&units[number]) {
                let len = if header.nal_unit_type.is_slice() { nal.len() / 4 } else { nal.len() };
                push_nal(&mut damaged, &nal[..len.max(3)]);
            }
            units[number] = damaged;
        }
        for threads in [1, 3] {
            let mut decoder =
                decoder_with(DecoderConfig { threads, skip: Skip::NonIntra, ..DecoderConfig::default() });
            let pictures = decode_units(&mut decoder, &units);
            assert_eq!(decoder.statistics().output_pictures, pictures.len() as u64);
            assert!(decoder.statistics().issues > 0 && decoder.statistics().skipped_pictures > 0, "{name}");
        }
    }
}
