//! The decoder's interface: the forms of input give the same pictures, times stay with their pictures, limits and
//! unsupported features are named, and a decoder can be used again.

use rivus::{DecodeError, Decoder, DecoderConfig, Error, Picture};
use rivus_syntax::nal::{NalHeader, NalUnitType, NalUnits, StartCode, write_annex_b};
use rivus_syntax::ps::{Sps, SpsSccExtension};
use std::path::Path;

fn stream(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/streams");
    std::fs::read(folder.join(name)).expect("a carried stream")
}

fn decoder(threads: usize) -> Decoder {
    let config = DecoderConfig { threads, verify_hash: true, ..DecoderConfig::default() };
    Decoder::new(config).expect("a legal configuration")
}

fn drain(decoder: &mut Decoder, pictures: &mut Vec<Picture>) {
    while let Some(picture) = decoder.next_picture().expect("a supported stream") {
        pictures.push(picture);
    }
}

fn flush(decoder: &mut Decoder, pictures: &mut Vec<Picture>) {
    decoder.flush();
    drain(decoder, pictures);
}

fn raw(pictures: &[Picture]) -> Vec<u8> {
    let mut raw = vec![];
    pictures.iter().for_each(|picture| picture.write_raw(&mut raw));
    raw
}

/// The access units of a stream with one slice segment or more per picture and nothing after them but suffix SEI.
fn access_units(stream: &[u8]) -> Vec<Vec<u8>> {
    let mut units: Vec<Vec<u8>> = vec![vec![]];
    let mut has_slice = false;
    for range in NalUnits::new(stream) {
        let nal = &stream[range];
        let (header, payload) = NalHeader::parse(nal).expect("a header");
        let kind = header.nal_unit_type;
        let first_slice = kind.is_slice() && payload[0] & 0x80 != 0;
        let begins = first_slice || (!kind.is_vcl() && kind != NalUnitType::SUFFIX_SEI_NUT);
        if has_slice && begins {
            units.push(vec![]);
            has_slice = false;
        }
        has_slice |= kind.is_slice();
        let unit = units.last_mut().expect("never empty");
        unit.extend_from_slice(&[0, 0, 1]);
        unit.extend_from_slice(nal);
    }
    units
}

#[test]
fn bytes_nal_units_and_access_units_give_the_same_pictures() {
    let stream = stream("rs_all_a.bit");
    let mut whole = vec![];
    let mut first = decoder(1);
    first.send_data(&stream, None);
    flush(&mut first, &mut whole);
    assert!(!whole.is_empty());
    for threads in [1, 3] {
        let (mut decoder, mut by_nal) = (decoder(threads), vec![]);
        for range in NalUnits::new(&stream) {
            decoder.send_nal(&stream[range], None);
            drain(&mut decoder, &mut by_nal);
        }
        flush(&mut decoder, &mut by_nal);
        assert_eq!(raw(&by_nal), raw(&whole));

        // The same decoder takes the stream again.
        let mut by_unit = vec![];
        for unit in access_units(&stream) {
            decoder.send_access_unit(&unit, None);
            drain(&mut decoder, &mut by_unit);
        }
        flush(&mut decoder, &mut by_unit);
        assert_eq!(raw(&by_unit), raw(&whole));
        assert_eq!(decoder.statistics().output_pictures as usize, 2 * whole.len());
        assert_eq!(decoder.take_issues(), []);
        decoder.reset();
        assert_eq!(decoder.statistics().output_pictures, 0);
    }
}

#[test]
fn presentation_times_stay_with_their_pictures() {
    let stream = stream("rs_all_a.bit");
    for threads in [1, 2] {
        let (mut decoder, mut pictures) = (decoder(threads), vec![]);
        for (number, unit) in access_units(&stream).iter().enumerate() {
            decoder.send_access_unit(unit, Some(1000 + number as i64));
        }
        flush(&mut decoder, &mut pictures);
        let numbers: Vec<_> = pictures.iter().map(|picture| picture.info().decode_number).collect();
        assert!(!numbers.is_sorted(), "the stream reorders");
        for picture in &pictures {
            assert_eq!(picture.pts(), Some(1000 + picture.info().decode_number as i64));
        }
    }
}

#[test]
fn an_access_unit_comes_out_at_once_if_nothing_is_reordered() {
    let stream = stream("rs_intra_dc_planar_edges_2.bit");
    let config = DecoderConfig { threads: 2, frames_in_flight: 1, ..DecoderConfig::default() };
    let mut decoder = Decoder::new(config).expect("a legal configuration");
    for unit in access_units(&stream) {
        decoder.send_access_unit(&unit, None);
        assert!(decoder.next_picture().expect("a supported stream").is_some());
    }
}

#[test]
fn sub_layers_above_the_wanted_one_are_dropped() {
    let stream = stream("rs_tsub_4.bit");
    let count = |max_temporal_id| {
        let config = DecoderConfig { max_temporal_id, verify_hash: true, ..DecoderConfig::default() };
        let mut decoder = Decoder::new(config).expect("a legal configuration");
        let mut pictures = vec![];
        decoder.send_data(&stream, None);
        flush(&mut decoder, &mut pictures);
        assert!(pictures.iter().all(|picture| picture.info().temporal_id <= max_temporal_id));
        assert_eq!(decoder.take_issues(), []);
        pictures.len()
    };
    assert!(0 < count(0) && count(0) < count(6));
}

#[test]
fn limits_and_unsupported_features_are_named() {
    let mut config = DecoderConfig::default();
    config.limits.max_luma_samples = 1000;
    let mut small = Decoder::new(config).expect("a legal configuration");
    small.send_data(&stream("rs_all_a.bit"), None);
    small.flush();
    let error = small.next_picture().expect_err("the picture is larger");
    assert!(
        matches!(error, Error::Decode(DecodeError::Limit { asked: 16_128, allowed: 1000, .. })),
        "{error}"
    );

    let scc_extension = SpsSccExtension { sps_curr_pic_ref_enabled_flag: true, ..SpsSccExtension::default() };
    let sps = Sps {
        pic_width_in_luma_samples: 64,
        pic_height_in_luma_samples: 64,
        scc_extension,
        ..Sps::default()
    };
    let mut unsupported = vec![];
    let header = NalHeader::new(NalUnitType::SPS_NUT, 0);
    write_annex_b(StartCode::Four, header, &sps.to_rbsp(), &mut unsupported);
    let mut decoder = decoder(1);
    decoder.send_data(&unsupported, None);
    decoder.flush();
    let error = decoder.next_picture().expect_err("screen content coding");
    assert_eq!(error.to_string(), "NAL unit 0: not supported: sps_curr_pic_ref_enabled_flag");
    assert!(decoder.next_picture().is_ok_and(|picture| picture.is_none()));
}

#[test]
fn a_lost_slice_is_concealed_and_counted() {
    let stream = stream("rs_all_a.bit");
    let slices: Vec<_> = NalUnits::new(&stream)
        .filter(|range| {
            NalHeader::parse(&stream[range.clone()]).is_ok_and(|(h, _)| h.nal_unit_type.is_slice())
        })
        .collect();
    // Half of the data of a slice in the middle of the stream is overwritten.
    let victim = slices[slices.len() / 2].clone();
    let mut broken = stream.clone();
    broken[victim.start + victim.len() / 2..victim.end].fill(0x55);
    let mut results = vec![];
    for threads in [1, 2] {
        let (mut decoder, mut pictures) = (decoder(threads), vec![]);
        decoder.send_data(&broken, None);
        flush(&mut decoder, &mut pictures);
        assert!(decoder.statistics().hash_mismatches > 0);
        results.push((raw(&pictures), decoder.take_issues()));
    }
    assert_eq!(results[0], results[1]);
}

#[test]
fn handles_cross_threads() {
    fn sendable<T: Send>() {}
    fn shareable<T: Send + Sync>() {}
    sendable::<Decoder>();
    shareable::<Picture>();
}
