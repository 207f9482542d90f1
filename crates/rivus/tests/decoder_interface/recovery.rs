//! Recovery points: where there is no random access point, decoding begins at a recovery point SEI message. What comes out is
//! right, unless more is asked for.

use crate::{
    decode_units, decoder, decoder_with, encoded, flush, nal_units, picture_header, push_nal, raw, unit_of,
    with_prefix,
};
use rivus::{Decoder, DecoderConfig, Picture, Reason};
use rivus_syntax::bits::{BitWriter, Rbsp};
use rivus_syntax::nal::{NalHeader, NalUnitType, write_nal_unit};
use rivus_syntax::ps::ParameterSetStore;
use rivus_syntax::ps::{Pps, Sps, Vps};
use rivus_syntax::sei::{RecoveryPoint, SeiPayload};
use rivus_syntax::slice_header::SliceSegment;

/// A stream of several groups with reordering, each of which begins with a CRA picture and has RASL pictures.
fn open_groups() -> Vec<Vec<u8>> {
    let units = encoded(33, &[("bframes", "3"), ("keyint", "8"), ("open-gop", "1"), ("adaptive-gop", "0")]);
    assert!(units.iter().any(|unit| picture_header(unit).nal_unit_type.is_rasl()));
    units
}

/// The numbers of the access units with IRAP pictures, but for the first.
fn later_points(units: &[Vec<u8>]) -> Vec<usize> {
    (1..units.len()).filter(|&n| picture_header(&units[n]).nal_unit_type.is_irap()).collect()
}

/// The parameter sets of an access unit.
fn parameter_sets(unit: &[u8]) -> Vec<u8> {
    let mut sets = vec![];
    for (header, nal) in nal_units(unit) {
        if (32..=34).contains(&header.nal_unit_type.value()) {
            push_nal(&mut sets, nal);
        }
    }
    sets
}

/// The same parameter sets, read.
fn store(unit: &[u8]) -> ParameterSetStore {
    let (mut store, mut rbsp) = (ParameterSetStore::new(), Rbsp::new());
    for (header, nal) in nal_units(unit) {
        let bytes = rbsp.unescape(&nal[2..]);
        match header.nal_unit_type {
            NalUnitType::VPS_NUT => drop(store.put_vps(Vps::parse(bytes).expect("a legal VPS"))),
            NalUnitType::SPS_NUT => drop(store.put_sps(Sps::parse(bytes).expect("a legal SPS"))),
            NalUnitType::PPS_NUT => drop(store.put_pps(Pps::parse(bytes).expect("a legal PPS"))),
            _ => {}
        }
    }
    store
}

/// The access unit with trailing pictures in place of IRAP and leading ones: their samples are the same.
fn as_trailing(unit: &[u8], store: &mut ParameterSetStore) -> Vec<u8> {
    let mut out = vec![];
    for (header, nal) in nal_units(unit) {
        let kind = header.nal_unit_type;
        let trailing = match kind {
            kind if kind.is_leading() && kind.is_sub_layer_non_reference() => NalUnitType::TRAIL_N,
            kind if kind.is_leading() || kind == NalUnitType::CRA_NUT => NalUnitType::TRAIL_R,
            _ => {
                push_nal(&mut out, nal);
                continue;
            }
        };
        let trailing = NalHeader::new(trailing, header.temporal_id);
        let mut rbsp = Rbsp::new();
        rbsp.unescape(&nal[2..]);
        let active = store.activate(0).expect("parameter sets");
        let (sps, pps) = (&active.sps, &active.pps);
        let segment = SliceSegment::parse(&rbsp, header, sps, pps, None).expect("a slice segment");
        let mut w = BitWriter::new();
        segment.header.write(&mut w, trailing, sps, pps);
        w.write_bytes(&rbsp.bytes()[segment.slice_data_byte_offset..]);
        let mut nal = vec![];
        write_nal_unit(trailing, &w.into_bytes(), &mut nal);
        push_nal(&mut out, &nal);
    }
    out
}

/// The stream with a single IRAP picture, the first; numbers and picture order counts of the others that were IRAP pictures.
fn without_later_irap() -> (Vec<Vec<u8>>, Vec<(usize, i32)>) {
    let units = open_groups();
    let mut store = store(&units[0]);
    let whole = decode_units(&mut decoder(1), &units);
    let points = later_points(&units).into_iter().map(|point| (point, poc_of(&whole, point))).collect();
    let rest = units.iter().skip(1).map(|unit| as_trailing(unit, &mut store));
    let units: Vec<_> = units.iter().take(1).cloned().chain(rest).collect();
    assert!(later_points(&units).is_empty());
    let changed = decode_units(&mut decoder(1), &units);
    assert!(changed.iter().map(contents).eq(whole.iter().map(contents)), "only types of NAL units changed");
    (units, points)
}

fn poc_of(pictures: &[Picture], unit: usize) -> i32 {
    pictures.iter().find(|picture| unit_of(picture) == unit).expect("every unit is shown").info().poc
}

/// Number of the access unit, and samples.
fn contents(picture: &Picture) -> (usize, Vec<u8>) {
    (unit_of(picture), raw(std::slice::from_ref(picture)))
}

/// The access unit with a recovery point message.
fn with_recovery_point(unit: &[u8], recovery_poc_cnt: i32) -> Vec<u8> {
    let point = RecoveryPoint { recovery_poc_cnt: recovery_poc_cnt as i16, ..RecoveryPoint::default() };
    with_prefix(unit, &[SeiPayload::RecoveryPoint(point)], &Sps::default())
}

/// Decodes from an access unit in the middle on; the parameter sets come before it.
fn join(decoder: &mut Decoder, units: &[Vec<u8>], from: usize) -> Vec<Picture> {
    let mut pictures = vec![];
    decoder.send_data(&parameter_sets(&units[0]), None);
    for (number, unit) in units.iter().enumerate().skip(from) {
        decoder.send_access_unit(unit, Some(number as i64));
        crate::drain(decoder, &mut pictures);
    }
    flush(decoder, &mut pictures);
    pictures
}

/// Decoders that shall agree: several numbers of threads, and low delay.
fn decoders(output_recovering: bool) -> Vec<Decoder> {
    let settings = [(1, false), (1, true), (3, false), (3, true)];
    let decoder = |(threads, low_delay)| {
        decoder_with(DecoderConfig { threads, low_delay, output_recovering, ..DecoderConfig::default() })
    };
    settings.map(decoder).into()
}

/// Of pictures of the whole stream, those that are shown at `poc` or later.
fn shown_from(pictures: &[Picture], poc: i32) -> Vec<(usize, Vec<u8>)> {
    pictures.iter().filter(|picture| picture.info().poc >= poc).map(contents).collect()
}

#[test]
fn at_an_intra_picture_everything_shown_from_it_on_is_right() {
    let (mut units, points) = without_later_irap();
    for &(point, _) in &points {
        units[point] = with_recovery_point(&units[point], 0);
    }
    // In a stream decoded from its beginning, the messages change nothing.
    let whole = decode_units(&mut decoder(1), &units);
    assert_eq!(whole.len(), units.len());
    for &(point, poc) in &points {
        let expected = shown_from(&whole, poc);
        assert!(expected.len() < units.len() - point, "some pictures that follow are shown before it");
        for mut decoder in decoders(false) {
            let pictures = join(&mut decoder, &units, point);
            assert!(pictures.iter().map(contents).eq(expected.iter().cloned()), "from unit {point}");
            assert!(pictures.iter().all(|picture| !picture.info().recovering));
            assert_eq!(decoder.take_issues(), [], "from unit {point}");
            let statistics = decoder.statistics();
            assert_eq!((statistics.missing_references, statistics.hash_mismatches), (0, 0));
            assert_eq!(statistics.hash_matches, expected.len() as u64);
            assert_eq!(statistics.decoded_pictures, (units.len() - point) as u64);
        }
    }
}

#[test]
fn pictures_before_the_recovery_point_come_out_if_asked_for_and_are_marked() {
    let (mut units, points) = without_later_irap();
    let whole = decode_units(&mut decoder(1), &units);
    let (point, right_from) = points[1];
    // The message comes with a picture that refers to some that are not there.
    let first = point - 2;
    units[first] = with_recovery_point(&units[first], right_from - poc_of(&whole, first));
    let expected = shown_from(&whole, right_from);
    // Two pictures earlier the stream cannot be decoded yet, which is no damage after a jump.
    for (from, after_jump) in [(first, false), (first - 2, false), (first - 2, true)] {
        let mut all: Option<Vec<_>> = None;
        for mut decoder in decoders(true) {
            if after_jump {
                decode_units(&mut decoder, &units[..4]);
                decoder.seek();
            }
            let pictures = join(&mut decoder, &units, from);
            assert_eq!(pictures.len(), units.len() - first);
            let right = pictures.iter().filter(|picture| !picture.info().recovering);
            assert!(right.map(contents).eq(expected.iter().cloned()), "from unit {from}");
            let pictures: Vec<_> = pictures.iter().map(contents).collect();
            assert!(all.is_none_or(|all| all == pictures), "threads and delay make no difference");
            all = Some(pictures);
            let reasons: Vec<_> = decoder.take_issues().into_iter().map(|issue| issue.reason).collect();
            let skipped = if after_jump { 0 } else { first - from };
            assert_eq!(reasons, vec![Reason::NoRandomAccessPoint; skipped]);
        }
        for mut decoder in decoders(false) {
            let pictures = join(&mut decoder, &units, from);
            assert!(pictures.iter().map(contents).eq(expected.iter().cloned()), "from unit {from}");
        }
    }
}

#[test]
fn a_random_access_point_ends_recovery_and_its_rasl_pictures_are_not_shown() {
    let mut units = open_groups();
    let whole = decode_units(&mut decoder(1), &units);
    let point = later_points(&units)[1];
    let first = point - 2;
    units[first] = with_recovery_point(&units[first], i16::MAX.into());
    let expected = shown_from(&whole, poc_of(&whole, point));
    for mut decoder in decoders(false) {
        let pictures = join(&mut decoder, &units, first);
        assert!(pictures.iter().map(contents).eq(expected.iter().cloned()));
        assert_eq!(decoder.take_issues(), []);
    }
}
