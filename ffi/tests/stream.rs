//! What is said of a stream and of its damage, and pictures that are stored bottom-up.

mod common;

use common::{Encoder, HEIGHT, Packet, Samples, WIDTH, decode, encode, samples, sized};
use rivus_ffi::decoder::*;
use rivus_ffi::decoder_config::*;
use rivus_ffi::encoder::*;
use rivus_ffi::error::RivusStatus;
use rivus_ffi::frame::*;
use std::cell::RefCell;
use std::ptr::{null, null_mut};

fn info(encoder: &Encoder) -> RivusEncoderInfo {
    let mut info = sized();
    // SAFETY: a live handle and a struct of its size.
    assert_eq!(unsafe { rivus_encoder_info(encoder.0, &mut info) }, RivusStatus::Ok);
    info
}

fn bytes(packets: Vec<Packet>) -> Vec<u8> {
    packets.iter().flat_map(|packet| packet.data().to_vec()).collect()
}

/// Reordering, delay, profile and level of an encoder are those of its packets, and of the frames that a decoder makes of them.
#[test]
fn what_is_said_of_a_stream_is_so() {
    for (options, profile, reorder) in [
        (&[("tune", "zerolatency")][..], 1, 0),
        (&[("bframes", "3"), ("rc-lookahead", "0")], 1, 2),
        (&[("bframes", "15"), ("rc-lookahead", "20"), ("output-depth", "10")], 2, 4),
    ] {
        let options = [options, &[("level", "4.1"), ("high-tier", "1")]].concat();
        let encoder = Encoder::new(&options);
        let told = info(&encoder);
        assert_eq!((told.profile, told.level, told.reorder_pictures), (profile, 123, reorder));
        for n in 0..=told.delay {
            assert_eq!(encoder.receive().err(), Some(RivusStatus::Again), "before picture {n}: {options:?}");
            let picture = Samples::<u8>::new(n as u8, |v| v);
            assert_eq!(encoder.send(&picture.picture(8, n.into())), RivusStatus::Ok);
        }
        let first = encoder.receive().expect("the delay is over").info();
        assert_eq!((first.pts, first.dts), (0, -i64::from(reorder)), "{options:?}");
        let packets = encode(&Encoder::new(&options), 9, 8, |_, _| ());
        for (frame, _) in decode(&packets, samples) {
            assert_eq!((frame.profile, frame.high_tier), (told.profile, told.high_tier));
            assert_eq!((frame.level, frame.reorder_pictures), (told.level, told.reorder_pictures));
            assert_eq!((frame.bit_depth_luma, frame.concealed_ctus), (told.bit_depth, 0));
        }
    }
}

/// Rows that follow one another upwards give the stream that the same rows give downwards.
#[test]
fn pictures_may_be_stored_bottom_up() {
    let upright = bytes(encode(&Encoder::new(&[]), 3, 8, |_, _| ()));
    let kept = RefCell::new(Vec::new());
    let flipped = encode(&Encoder::new(&[]), 3, 8, |n, picture| {
        let samples = Samples::<u8>::new(n, |v| v);
        for plane in 0..3 {
            let width = WIDTH as usize >> usize::from(plane > 0);
            let last_row = ((HEIGHT as usize >> usize::from(plane > 0)) - 1) * width;
            let rows: Vec<u8> = samples.plane(plane).chunks(width).rev().flatten().copied().collect();
            picture.planes[plane] = rows[last_row..].as_ptr().cast();
            picture.strides[plane] = -(width as isize);
            kept.borrow_mut().push(rows);
        }
    });
    assert!(bytes(flipped) == upright);
}

/// A frame says that blocks of it are made up, and one that a reference of it is missing.
#[test]
fn frames_tell_of_damage() {
    // With weights the pictures, each brighter than the one before, would have next to no data to lack.
    let options = [("bframes", "0"), ("ref", "1"), ("tune", "zerolatency"), ("weighted", "0")];
    let packets = encode(&Encoder::new(&options), 6, 8, |_, _| ());
    let mut decoder = null_mut();
    let mut damage = Vec::new();
    // SAFETY: a valid place, then a live handle; data and frames are valid.
    unsafe {
        assert_eq!(rivus_decoder_create(null_mut(), &mut decoder), RivusStatus::Ok);
        for (number, packet) in packets.iter().enumerate() {
            let data = packet.data();
            // The second picture lacks most of its data, the fourth one is lost.
            let size = if number == 1 { 12.min(data.len()) } else { data.len() };
            if number != 3 {
                let sent = rivus_decoder_send_access_unit(decoder, data.as_ptr(), size, number as i64);
                assert_eq!(sent, RivusStatus::Ok);
            }
        }
        assert_eq!(rivus_decoder_flush(decoder), RivusStatus::Ok);
        let mut frame = null_mut();
        while rivus_decoder_receive(decoder, &mut frame) == RivusStatus::Ok {
            let mut info: RivusFrameInfo = sized();
            assert_eq!(rivus_frame_info(frame, &mut info), RivusStatus::Ok);
            damage.push((info.pts, info.concealed_ctus > 0, info.missing_references > 0));
            rivus_frame_destroy(&mut frame);
        }
        rivus_decoder_destroy(&mut decoder);
    }
    let expected =
        [(0, false, false), (1, true, false), (2, false, false), (4, false, true), (5, false, false)];
    assert_eq!(damage, expected);
}

/// An SEI message in a NAL unit of its own: a recovery point two pictures later, with exact_match_flag, without broken_link_flag.
const RECOVERY_POINT: [u8; 10] = [0, 0, 0, 1, 0x4e, 0x01, 6, 1, 0b0010_0101, 0x80];

/// Frames of a stream that is joined at its packet number 3, which has a recovery point message: presentation times, and whether
/// they precede the recovery point.
fn join(headers: &[u8], packets: &[Packet], output_recovering: bool) -> Vec<(i64, bool)> {
    let (mut config, mut decoder, mut frame) = (null_mut(), null_mut(), null_mut());
    let mut frames = Vec::new();
    // SAFETY: valid places, then live handles; texts, data and frames are valid.
    unsafe {
        assert_eq!(rivus_decoder_config_create(&mut config), RivusStatus::Ok);
        let value = if output_recovering { c"1" } else { c"0" };
        let set = rivus_decoder_config_set(config, c"output-recovering".as_ptr(), value.as_ptr());
        assert_eq!(set, RivusStatus::Ok);
        assert_eq!(rivus_decoder_create(config, &mut decoder), RivusStatus::Ok);
        rivus_decoder_config_destroy(&mut config);
        let sent = rivus_decoder_send_data(decoder, headers.as_ptr(), headers.len(), RIVUS_NO_PTS);
        assert_eq!(sent, RivusStatus::Ok);
        for (number, packet) in packets.iter().enumerate().skip(3) {
            let message = if number == 3 { &RECOVERY_POINT[..] } else { &[] };
            let (data, pts) = ([message, packet.data()].concat(), packet.info().pts);
            let sent = rivus_decoder_send_access_unit(decoder, data.as_ptr(), data.len(), pts);
            assert_eq!(sent, RivusStatus::Ok);
        }
        assert_eq!(rivus_decoder_flush(decoder), RivusStatus::Ok);
        while rivus_decoder_receive(decoder, &mut frame) == RivusStatus::Ok {
            let mut info: RivusFrameInfo = sized();
            assert_eq!(rivus_frame_info(frame, &mut info), RivusStatus::Ok);
            frames.push((info.pts, info.is_recovering == 1));
            rivus_frame_destroy(&mut frame);
        }
        rivus_decoder_destroy(&mut decoder);
    }
    frames
}

/// Where there is no keyframe decoding begins at a recovery point message, and frames before the point come out marked, if at all.
#[test]
fn streams_are_joined_at_recovery_points() {
    let encoder = Encoder::new(&[("bframes", "0"), ("ref", "1"), ("tune", "zerolatency"), ("keyint", "0")]);
    let (mut data, mut size) = (null(), 0);
    // SAFETY: a live handle and valid places; the bytes live as long as the encoder.
    let headers = unsafe {
        assert_eq!(rivus_encoder_headers(encoder.0, &mut data, &mut size), RivusStatus::Ok);
        std::slice::from_raw_parts(data, size)
    };
    let packets = encode(&encoder, 8, 8, |_, _| ());
    assert_eq!(join(headers, &packets, false), [(5, false), (6, false), (7, false)]);
    let marked = [(3, true), (4, true), (5, false), (6, false), (7, false)];
    assert_eq!(join(headers, &packets, true), marked);
}
