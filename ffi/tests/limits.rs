//! What a stream, a picture or a program may ask for has limits; beyond them are error codes, and everything goes on.

mod common;

use common::{Encoder, Samples, sized, text};
use rivus_ffi::config::*;
use rivus_ffi::decoder::*;
use rivus_ffi::decoder_config::*;
use rivus_ffi::encoder::*;
use rivus_ffi::error::RivusStatus;
use rivus_ffi::frame::*;
use rivus_ffi::picture::{RivusPicture, RivusSei};
use std::ptr::null_mut;

/// A stream that asks for more than a limit allows is an error that names the limit, and the decoder goes on.
#[test]
fn limits_of_the_decoder_are_kept() {
    let (encoder, samples) = (Encoder::new(&[]), Samples::<u8>::new(0, |v| v));
    assert_eq!(encoder.send(&samples.picture(8, 0)), RivusStatus::Ok);
    // SAFETY: live handles, valid places, texts and data.
    unsafe {
        assert_eq!(rivus_encoder_flush(encoder.0), RivusStatus::Ok);
        let packet = encoder.receive().expect("a packet");
        for (name, value) in [
            (c"max-luma-samples", c"3071"),
            (c"max-dimension", c"63"),
            (c"max-dpb-pictures", c"1"),
            (c"max-nal-size", c"40"),
            (c"max-picture-memory", c"9999"),
        ] {
            let (mut config, mut decoder, mut frame) = (null_mut(), null_mut(), null_mut());
            assert_eq!(rivus_decoder_config_create(&mut config), RivusStatus::Ok);
            assert_eq!(rivus_decoder_config_set(config, name.as_ptr(), value.as_ptr()), RivusStatus::Ok);
            assert_eq!(text(rivus_decoder_config_get(config, name.as_ptr())), text(value.as_ptr()));
            assert_eq!(rivus_decoder_create(config, &mut decoder), RivusStatus::Ok);
            let data = packet.data();
            assert_eq!(
                rivus_decoder_send_access_unit(decoder, data.as_ptr(), data.len(), 0),
                RivusStatus::Ok
            );
            assert_eq!(rivus_decoder_flush(decoder), RivusStatus::Ok);
            let mut statuses = Vec::new();
            while statuses.last() != Some(&RivusStatus::End) {
                statuses.push(rivus_decoder_receive(decoder, &mut frame));
                assert!(frame.is_null() && statuses.len() < 20, "{name:?}: {statuses:?}");
            }
            assert!(statuses.contains(&RivusStatus::ErrorLimit), "{name:?}: {statuses:?}");
            let error = text(rivus_decoder_error(decoder));
            assert!(error.contains("exceeds the limit"), "{error}");
            rivus_decoder_config_destroy(&mut config);
            rivus_decoder_destroy(&mut decoder);
        }
    }
}

/// Frames that a program holds count: with memory for few of them the decoder says so, and works again when they are gone.
#[test]
fn memory_of_frames_that_are_held_is_limited() {
    let encoder = Encoder::new(&[("tune", "zerolatency")]);
    let packets = common::encode(&encoder, 40, 8, |_, _| ());
    let (mut config, mut decoder) = (null_mut(), null_mut());
    let mut held = Vec::new();
    // SAFETY: valid places, live handles, texts and data.
    unsafe {
        assert_eq!(rivus_decoder_config_create(&mut config), RivusStatus::Ok);
        for (name, value) in [(c"max-picture-memory", c"1000000"), (c"threads", c"1")] {
            assert_eq!(rivus_decoder_config_set(config, name.as_ptr(), value.as_ptr()), RivusStatus::Ok);
        }
        assert_eq!(rivus_decoder_create(config, &mut decoder), RivusStatus::Ok);
        rivus_decoder_config_destroy(&mut config);
        let send = |packet: &common::Packet| {
            let (data, pts) = (packet.data(), packet.info().pts);
            let sent = rivus_decoder_send_access_unit(decoder, data.as_ptr(), data.len(), pts);
            assert_eq!(sent, RivusStatus::Ok);
        };
        let receive = || {
            let mut frame = null_mut();
            (rivus_decoder_receive(decoder, &mut frame), frame)
        };
        let mut is_refused = false;
        for packet in &packets {
            send(packet);
            match receive() {
                (RivusStatus::Ok, frame) => held.push(frame),
                (status, frame) => {
                    is_refused |= status == RivusStatus::ErrorLimit;
                    assert!(frame.is_null());
                }
            }
            let mut statistics: RivusDecoderStatistics = sized();
            assert_eq!(rivus_decoder_statistics(decoder, &mut statistics), RivusStatus::Ok);
            assert!(statistics.picture_memory <= 1_000_000, "{}", statistics.picture_memory);
        }
        assert!(is_refused && held.len() > 1, "{} frames are held", held.len());
        held.iter_mut().for_each(|frame| rivus_frame_destroy(frame));
        assert_eq!(rivus_decoder_seek(decoder), RivusStatus::Ok);
        send(&packets[0]);
        let (status, mut frame) = receive();
        assert_eq!(status, RivusStatus::Ok, "memory is there again");
        rivus_frame_destroy(&mut frame);
        rivus_decoder_destroy(&mut decoder);
    }
}

/// Messages of a picture have a size that they may not exceed together; at the limit they are taken.
#[test]
fn size_of_messages_is_limited() {
    const MOST: usize = 262_144;
    let (encoder, samples) = (Encoder::new(&[]), Samples::<u8>::new(0, |v| v));
    let data = vec![0x55u8; MOST + 1];
    let sei = |data_size| RivusSei { payload_type: 5, reserved: 0, data: data.as_ptr(), data_size };
    for (messages, expected) in [
        (vec![sei(MOST + 1)], RivusStatus::ErrorArgument),
        (vec![sei(MOST), sei(16)], RivusStatus::ErrorPicture),
        (vec![sei(MOST / 2), sei(MOST / 2)], RivusStatus::Ok),
    ] {
        let sei_count = messages.len() as u32;
        let picture = RivusPicture { sei: messages.as_ptr(), sei_count, ..samples.picture(8, 0) };
        assert_eq!(encoder.send(&picture), expected, "{sei_count} messages");
    }
}

/// Sizes beyond any level, or whose product has no number, make no configuration, and take no memory.
#[test]
fn sizes_of_pictures_are_limited() {
    for (width, height) in
        [(8192, 8192), (u32::MAX, 1), (1, u32::MAX), (u32::MAX, u32::MAX), (0, 64), (65_536, 16)]
    {
        let mut config = std::ptr::dangling_mut();
        // SAFETY: a valid place.
        let status = unsafe { rivus_config_create(width, height, &mut config) };
        assert_eq!(status, RivusStatus::ErrorValue, "{width}x{height}");
        assert!(config.is_null());
    }
}
