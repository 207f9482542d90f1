//! Seeking: decoding goes on at a random access point, with the parameter sets it knows and without RASL pictures.

use crate::{
    access_units, decode_units, decoder, drain, encoded, flush, identity, nal_units, picture_header,
    push_nal, stream, unit_of,
};
use rivus::{Decoder, Picture};

/// The access unit without its parameter sets.
fn without_parameter_sets(unit: &[u8]) -> Vec<u8> {
    let mut rest = vec![];
    for (header, nal) in nal_units(unit) {
        if !(32..=34).contains(&header.nal_unit_type.value()) {
            push_nal(&mut rest, nal);
        }
    }
    rest
}

/// Access units from number `from` on, each with its number as time.
fn send_from(decoder: &mut Decoder, units: &[Vec<u8>], from: usize) -> Vec<Picture> {
    let mut pictures = vec![];
    for (number, unit) in units.iter().enumerate().skip(from) {
        decoder.send_access_unit(&without_parameter_sets(unit), Some(number as i64));
        drain(decoder, &mut pictures);
    }
    flush(decoder, &mut pictures);
    pictures
}

/// Streams whose parameter sets all come first.
fn streams() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    vec![
        ("rs_cra_first", access_units(&stream("rs_cra_first.bit"))),
        ("rs_cra_mid", access_units(&stream("rs_cra_mid.bit"))),
        ("rs_bla_2", access_units(&stream("rs_bla_2.bit"))),
        ("open GOPs", encoded(30, &[("bframes", "3"), ("keyint", "8"), ("open-gop", "1")])),
    ]
}

/// What comes out of the whole stream from access unit `from`, an IRAP picture, to the next but without the RASL pictures
/// that belong to it.
fn expected(units: &[Vec<u8>], from: usize) -> Vec<(Option<i64>, i32, Vec<u8>)> {
    let next_irap = (from + 1..units.len())
        .find(|&unit| picture_header(&units[unit]).nal_unit_type.is_irap())
        .unwrap_or(units.len());
    let is_lost = |unit: usize| {
        unit < from || (unit < next_irap && picture_header(&units[unit]).nal_unit_type.is_rasl())
    };
    // Order counts depend on where the sequence began; number and samples do not.
    let whole = decode_units(&mut decoder(1), units);
    whole.iter().filter(|picture| !is_lost(unit_of(picture))).map(identity).collect()
}

fn without_poc(identity: &(Option<i64>, i32, Vec<u8>)) -> (Option<i64>, &[u8]) {
    (identity.0, &identity.2)
}

#[test]
fn after_a_seek_decoding_goes_on_at_the_random_access_point() {
    let mut lost = 0;
    for (name, units) in streams() {
        let points: Vec<_> =
            (1..units.len()).filter(|&unit| picture_header(&units[unit]).nal_unit_type.is_irap()).collect();
        assert!(!points.is_empty(), "{name} has no random access point to seek to");
        for &point in &points {
            let expected = expected(&units, point);
            lost += units.len() - point - expected.len();
            for threads in [1, 3] {
                let mut decoder = decoder(threads);
                // Some pictures are taken, some wait, some are in decoding, some not begun when the jump comes.
                for (number, unit) in units.iter().enumerate() {
                    decoder.send_access_unit(unit, Some(number as i64));
                    if number < 5 {
                        decoder.next_picture().expect("a supported stream");
                    }
                }
                decoder.seek();
                assert!(decoder.next_picture().expect("nothing to decode").is_none());
                let pictures: Vec<_> = send_from(&mut decoder, &units, point).iter().map(identity).collect();
                assert!(
                    pictures.iter().map(without_poc).eq(expected.iter().map(without_poc)),
                    "{name} from unit {point} with {threads} threads"
                );
                assert_eq!(decoder.take_issues(), [], "{name} from unit {point}");
            }
        }
    }
    assert!(lost > 0, "no RASL picture was skipped");
}

#[test]
fn a_flush_gives_all_pictures_and_keeps_the_parameter_sets() {
    for (name, units) in streams() {
        for threads in [1, 3] {
            let mut decoder = decoder(threads);
            let whole: Vec<_> = decode_units(&mut decoder, &units).iter().map(identity).collect();
            let again: Vec<_> = send_from(&mut decoder, &units, 0).iter().map(identity).collect();
            assert_eq!(again, whole, "{name}");
        }
    }
}

#[test]
fn from_the_middle_of_a_group_decoding_begins_at_the_next_random_access_point() {
    let units = encoded(20, &[("bframes", "3"), ("keyint", "8"), ("open-gop", "0")]);
    let mut decoder = decoder(1);
    decode_units(&mut decoder, &units);
    decoder.seek();
    let pictures = send_from(&mut decoder, &units, 2);
    let first = pictures.first().expect("a picture");
    assert!(first.info().random_access_point && unit_of(first) > 2);
    let skipped = decoder.statistics().skipped_pictures as usize;
    assert_eq!(skipped + pictures.len(), units.len() - 2);
    assert_eq!(decoder.take_issues(), [], "a jump is no damage");
}
