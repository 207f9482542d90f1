//! What is said of a stream and of its damage, and pictures that are stored bottom-up.

mod common;

use common::{Encoder, HEIGHT, Packet, Samples, WIDTH, decode, encode, samples, sized};
use rivus_ffi::decoder::*;
use rivus_ffi::encoder::*;
use rivus_ffi::error::RivusStatus;
use rivus_ffi::frame::*;
use std::ptr::null_mut;

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
    let flipped = encode(&Encoder::new(&[]), 3, 8, |n, picture| {
        let samples = Samples::<u8>::new(n, |v| v);
        for plane in 0..3 {
            let width = WIDTH as usize >> usize::from(plane > 0);
            let last_row = ((HEIGHT as usize >> usize::from(plane > 0)) - 1) * width;
            let rows: Vec<u8> = samples.plane(plane).chunks(width).rev().flatten().copied().collect();
            let rows = Vec::leak(rows);
            picture.planes[plane] = rows[last_row..].as_ptr().cast();
            picture.strides[plane] = -(width as isize);
        }
    });
    assert!(bytes(flipped) == upright);
}

/// A frame says that blocks of it are made up, and one that a reference of it is missing.
#[test]
fn frames_tell_of_damage() {
    let options = [("bframes", "0"), ("ref", "1"), ("tune", "zerolatency")];
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
