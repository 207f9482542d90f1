//! When pictures come out: at once if nothing is reordered, with low delay as soon as no other can precede them, and never
//! later than threads account for.

use crate::{
    access_units, decode_units, decoder, decoder_with, drain, encoded, flush, identity, stream, unit_of,
};
use rivus::{Decoder, DecoderConfig, Picture};

fn low_delay(threads: usize) -> Decoder {
    decoder_with(DecoderConfig { threads, low_delay: true, ..DecoderConfig::default() })
}

/// Pictures with the number of access units that had been given when they came out.
fn arrivals(decoder: &mut Decoder, units: &[Vec<u8>]) -> Vec<(usize, Picture)> {
    let mut arrivals = vec![];
    for (number, unit) in units.iter().enumerate() {
        decoder.send_access_unit(unit, Some(number as i64));
        let mut pictures = vec![];
        drain(decoder, &mut pictures);
        arrivals.extend(pictures.into_iter().map(|picture| (number + 1, picture)));
    }
    let mut rest = vec![];
    flush(decoder, &mut rest);
    arrivals.extend(rest.into_iter().map(|picture| (units.len() + 1, picture)));
    arrivals
}

#[test]
fn without_reordering_a_picture_comes_with_its_access_unit() {
    let streams = [access_units(&stream("rs_intra_dc_planar_edges_2.bit")), encoded(6, &[("bframes", "0")])];
    for units in streams {
        for threads in [1, 2, 4] {
            for (given, picture) in arrivals(&mut low_delay(threads), &units) {
                assert_eq!(given, unit_of(&picture) + 1, "{threads} threads");
            }
        }
    }
}

#[test]
fn pictures_come_as_soon_as_no_other_can_precede_them() {
    for (bframes, keyint) in [("3", "8"), ("7", "16")] {
        let units = encoded(25, &[("bframes", bframes), ("keyint", keyint), ("adaptive-gop", "0")]);
        let in_order = decode_units(&mut decoder(1), &units);
        assert!(!in_order.is_sorted_by_key(unit_of), "the stream reorders");
        for threads in [1, 3] {
            let arrivals = arrivals(&mut low_delay(threads), &units);
            assert!(arrivals.iter().map(|(_, p)| identity(p)).eq(in_order.iter().map(identity)));
            // All pictures up to this one in output order must have been given, and that is enough.
            let mut needed = 0;
            for (given, picture) in &arrivals {
                needed = needed.max(unit_of(picture) + 1);
                assert_eq!(*given, needed, "picture {} with {threads} threads", picture.info().poc);
            }
        }
    }
}

#[test]
fn low_delay_changes_neither_order_nor_samples() {
    let names =
        ["rs_bumping", "rs_latency", "rs_cra_mid", "rs_bla_2", "rs_tsub_7", "rs_picout", "rs_idr_multi"];
    for name in names {
        let units = access_units(&stream(&format!("{name}.bit")));
        let usual = arrivals(&mut decoder(1), &units);
        for threads in [1, 3] {
            let early = arrivals(&mut low_delay(threads), &units);
            assert_eq!(early.len(), usual.len(), "{name}");
            for ((early, a), (usual, b)) in early.iter().zip(&usual) {
                assert_eq!(identity(a), identity(b), "{name}");
                assert!(early <= usual, "{name}: picture {} comes later", a.info().poc);
            }
        }
    }
}

#[test]
fn threads_delay_pictures_by_those_in_flight_at_most() {
    let units = encoded(12, &[("bframes", "0")]);
    for frames_in_flight in 1..5 {
        let config = DecoderConfig { threads: 2, frames_in_flight, ..DecoderConfig::default() };
        for (given, picture) in arrivals(&mut decoder_with(config), &units) {
            assert!(given <= units.len() + 1 && given <= unit_of(&picture) + frames_in_flight);
        }
    }
}
