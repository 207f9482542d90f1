//! What is told about a picture: colour, HDR, field and SEI data, each with the picture it belongs to.

use crate::{
    access_units, decode_units, decoder, encoded, nal_units, push_nal, sei, stream, unit_of, with_prefix,
};
use rivus::{
    ContentLight, MasteringDisplay, OtherSei, Picture, Scan, UserDataRegistered, UserDataUnregistered,
};
use rivus_syntax::bits::Rbsp;
use rivus_syntax::nal::{NalUnitType, write_nal_unit};
use rivus_syntax::ps::{Sps, Vui};
use rivus_syntax::sei::{
    AlternativeTransferCharacteristics, ContentLightLevel, FrameFieldInfo, MasteringDisplayColourVolume,
    PicTiming, SeiPayload,
};

/// Changes the VUI of the SPS in an access unit.
fn with_vui(unit: &[u8], change: impl Fn(&mut Vui)) -> (Vec<u8>, Sps) {
    let (mut out, mut changed) = (vec![], None);
    for (header, nal) in nal_units(unit) {
        if header.nal_unit_type == NalUnitType::SPS_NUT {
            let mut rbsp = Rbsp::new();
            rbsp.unescape(&nal[2..]);
            let mut sps = Sps::parse(rbsp.bytes()).expect("a legal SPS");
            change(sps.vui.get_or_insert_default());
            let mut nal = vec![];
            write_nal_unit(header, &sps.to_rbsp(), &mut nal);
            push_nal(&mut out, &nal);
            changed = Some(sps);
        } else {
            push_nal(&mut out, nal);
        }
    }
    (out, changed.expect("an SPS"))
}

fn by_unit(pictures: &[Picture], unit: usize) -> &Picture {
    pictures.iter().find(|picture| unit_of(picture) == unit).expect("every unit is shown")
}

#[test]
fn user_data_stays_with_its_picture() {
    let mut units = encoded(6, &[("bframes", "3")]);
    // Caption data of ATSC A/53 with one triplet.
    let captions = UserDataRegistered {
        country_code: 0xb5,
        payload: b"\x00\x31GA94\x03\xc1\xff\xfc\x94\x20\xff".to_vec(),
        ..UserDataRegistered::default()
    };
    let mark = UserDataUnregistered { uuid: [7; 16], payload: b"mark".to_vec() };
    let unknown = OtherSei { payload_type: 200, data: vec![1, 2, 3, 0x80] };
    let payloads = [
        SeiPayload::UserDataRegistered(captions.clone()),
        SeiPayload::UserDataUnregistered(mark.clone()),
        SeiPayload::Raw { payload_type: unknown.payload_type, data: unknown.data.clone() },
    ];
    let sps = Sps::default();
    let before: Vec<_> = decode_units(&mut decoder(1), &units).iter().map(|p| p.info().clone()).collect();
    units[2] = with_prefix(&units[2], &payloads, &sps);
    // A suffix belongs to the picture before it.
    push_nal(&mut units[3], &sei(NalUnitType::SUFFIX_SEI_NUT, &payloads[1], &sps));
    for threads in [1, 3] {
        let pictures = decode_units(&mut decoder(threads), &units);
        for (picture, before) in pictures.iter().zip(&before) {
            let info = picture.info();
            let (registered, unregistered, other) = match unit_of(picture) {
                2 => (vec![captions.clone()], vec![mark.clone()], vec![unknown.clone()]),
                3 => (vec![], vec![mark.clone()], vec![]),
                _ => (vec![], vec![], vec![]),
            };
            assert_eq!(info.registered_user_data, registered);
            // The encoder writes user data of its own.
            assert_eq!(info.unregistered_user_data[before.unregistered_user_data.len()..], unregistered);
            assert_eq!(info.other_sei, other);
        }
        let captions: Vec<_> = by_unit(&pictures, 2).info().closed_captions().collect();
        assert_eq!(captions, [b"\xfc\x94\x20"]);
    }
}

#[test]
fn messages_of_a_skipped_picture_go_nowhere() {
    let units = access_units(&stream("rs_cra_first.bit"));
    let mark = UserDataUnregistered { uuid: [9; 16], payload: vec![] };
    let payload = SeiPayload::UserDataUnregistered(mark);
    // Every picture is marked with its unit's number.
    let units: Vec<_> = units
        .iter()
        .enumerate()
        .map(|(number, unit)| {
            let SeiPayload::UserDataUnregistered(mut mark) = payload.clone() else { unreachable!() };
            mark.payload = vec![number as u8];
            let payload = SeiPayload::UserDataUnregistered(mark);
            let mut unit = with_prefix(unit, std::slice::from_ref(&payload), &Sps::default());
            push_nal(&mut unit, &sei(NalUnitType::SUFFIX_SEI_NUT, &payload, &Sps::default()));
            unit
        })
        .collect();
    let mut decoder = decoder(1);
    for picture in decode_units(&mut decoder, &units) {
        let marks: Vec<_> = picture.info().unregistered_user_data.iter().map(|d| d.payload.clone()).collect();
        assert_eq!(marks, [vec![unit_of(&picture) as u8], vec![unit_of(&picture) as u8]]);
    }
    assert!(decoder.statistics().skipped_pictures > 0, "the stream begins with RASL pictures to skip");
}

#[test]
fn colour_and_hdr_data_hold_for_the_sequence() {
    let options = [
        ("bframes", "0"),
        ("keyint", "4"),
        ("open-gop", "0"),
        ("colorprim", "bt2020"),
        ("transfer", "smpte2084"),
        ("colormatrix", "bt2020nc"),
        ("range", "limited"),
    ];
    let mut units = encoded(8, &options);
    let volume = MasteringDisplayColourVolume {
        display_primaries: [(13_250, 34_500), (7500, 3000), (34_000, 16_000)],
        white_point: (15_635, 16_450),
        max_display_mastering_luminance: 10_000_000,
        min_display_mastering_luminance: 50,
    };
    let light = ContentLightLevel { max_content_light_level: 1000, max_pic_average_light_level: 400 };
    let hlg = AlternativeTransferCharacteristics { preferred_transfer_characteristics: 18 };
    let payloads = [
        SeiPayload::MasteringDisplayColourVolume(volume),
        SeiPayload::ContentLightLevel(light),
        SeiPayload::AlternativeTransferCharacteristics(hlg),
    ];
    units[0] = with_prefix(&units[0], &payloads, &Sps::default());
    let pictures = decode_units(&mut decoder(2), &units);
    for picture in &pictures {
        let (info, is_first) = (picture.info(), unit_of(picture) < 4);
        let colour = info.colour;
        // The second sequence has no messages.
        assert_eq!(
            (colour.primaries, colour.transfer, colour.matrix),
            (9, if is_first { 18 } else { 16 }, 9)
        );
        assert!(!colour.full_range);
        let display = MasteringDisplay {
            primaries: [(13_250, 34_500), (7500, 3000), (34_000, 16_000)],
            white_point: (15_635, 16_450),
            max_luminance: 10_000_000,
            min_luminance: 50,
        };
        assert_eq!(info.mastering_display, is_first.then_some(display));
        let light = ContentLight { max_content_light_level: 1000, max_pic_average_light_level: 400 };
        assert_eq!(info.content_light, is_first.then_some(light));
    }
    assert_eq!(pictures.len(), 8);
}

#[test]
fn field_and_frame_information_follows_table_d_2() {
    // pic_struct, duplicate_flag: what they mean.
    let cases = [
        ((0, false), Scan::Progressive, Some(2)),
        ((1, false), Scan::TopField, Some(1)),
        ((10, false), Scan::BottomField, Some(1)),
        ((3, true), Scan::TopFieldFirst, Some(2)),
        ((6, false), Scan::BottomFieldFirst, Some(3)),
        ((8, false), Scan::Progressive, Some(6)),
    ];
    let mut units = encoded(cases.len(), &[("bframes", "0")]);
    let (first, sps) = with_vui(&units[0], |vui| vui.frame_field_info_present_flag = true);
    units[0] = first;
    for (unit, ((pic_struct, duplicate_flag), ..)) in units.iter_mut().zip(cases) {
        let info = FrameFieldInfo { pic_struct, source_scan_type: 2, duplicate_flag };
        let timing = PicTiming { frame_field_info: Some(info), delays: None };
        *unit = with_prefix(unit, &[SeiPayload::PicTiming(timing)], &sps);
    }
    let pictures = decode_units(&mut decoder(1), &units);
    for (picture, ((_, is_duplicate), scan, display_fields)) in pictures.iter().zip(cases) {
        let info = picture.info();
        assert_eq!((info.scan, info.display_fields, info.is_duplicate), (scan, display_fields, is_duplicate));
    }
    assert_eq!(pictures.len(), cases.len());
    // Without messages the profile tells.
    let plain = decode_units(&mut decoder(1), &encoded(1, &[]));
    assert_eq!((plain[0].info().scan, plain[0].info().display_fields), (Scan::Progressive, None));
}
