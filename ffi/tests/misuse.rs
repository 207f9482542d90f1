//! Wrong uses give error codes, never a crash. Here: destroying twice, wrong sizes of structs, pictures, options, and calls in
//! a wrong order.
//!
//! Null pointers are in `null.rs`, limits on what may be asked for in `limits.rs`, calls from several threads in `threads.rs`.
//! Callers with another version of a struct, and panics, whose causes cannot be had from outside, are tested beside the code that
//! deals with them: `sized`, `handle`, `encoder`.

mod common;

use common::{Config, Encoder, Samples, WIDTH, sized, text};
use rivus_ffi::config::*;
use rivus_ffi::decoder::*;
use rivus_ffi::decoder_config::*;
use rivus_ffi::encoder::*;
use rivus_ffi::error::RivusStatus;
use rivus_ffi::frame::*;
use rivus_ffi::option::RivusOption;
use rivus_ffi::packet::*;
use rivus_ffi::picture::{RivusPicture, RivusSei};
use std::ptr::{null, null_mut};

/// Handles of every type are null once destroyed, and destroying them again does nothing.
#[test]
fn destroying_twice_does_nothing() {
    let source = Encoder::new(&[("recon", "1")]);
    let samples = Samples::<u8>::new(0, |v| v);
    assert_eq!(source.send(&samples.picture(8, 0)), RivusStatus::Ok);
    let (mut config, mut encoder, mut packet, mut frame) = (null_mut(), null_mut(), null_mut(), null_mut());
    let (mut decoder_config, mut decoder) = (null_mut(), null_mut());
    // SAFETY: valid places, and live handles up to their destruction.
    unsafe {
        assert_eq!(rivus_encoder_flush(source.0), RivusStatus::Ok);
        assert_eq!(rivus_encoder_receive(source.0, &mut packet), RivusStatus::Ok);
        assert_eq!(rivus_packet_reconstruction(packet, &mut frame), RivusStatus::Ok);
        assert_eq!(rivus_config_create(64, 64, &mut config), RivusStatus::Ok);
        assert_eq!(rivus_encoder_create(config, &mut encoder), RivusStatus::Ok);
        assert_eq!(rivus_decoder_config_create(&mut decoder_config), RivusStatus::Ok);
        assert_eq!(rivus_decoder_create(decoder_config, &mut decoder), RivusStatus::Ok);
        for _ in 0..2 {
            rivus_config_destroy(&mut config);
            rivus_encoder_destroy(&mut encoder);
            rivus_packet_destroy(&mut packet);
            rivus_frame_destroy(&mut frame);
            rivus_decoder_config_destroy(&mut decoder_config);
            rivus_decoder_destroy(&mut decoder);
            assert!(config.is_null() && encoder.is_null() && packet.is_null() && frame.is_null());
            assert!(decoder_config.is_null() && decoder.is_null());
        }
        // What was destroyed is null, and null is refused.
        assert_eq!(rivus_encoder_flush(encoder), RivusStatus::ErrorNull);
    }
}

/// Sizes that are none, and later fields that are not 0.
#[test]
fn wrong_sizes_are_refused() {
    let (encoder, samples) = (Encoder::new(&[]), Samples::<u8>::new(0, |v| v));
    let mut seen = Vec::new();
    for size in [0, 8, size_of::<RivusPicture>() - 1, 5000, usize::MAX] {
        assert_eq!(encoder.send(&RivusPicture { size, ..samples.picture(8, 0) }), RivusStatus::ErrorSize);
        // SAFETY: a live handle.
        seen.push(text(unsafe { rivus_encoder_error(encoder.0) }));
        assert!(
            seen[seen.len() - 1].starts_with(&format!("RivusPicture.size is {size}, expected")),
            "{seen:?}"
        );
    }
    let packet = {
        let other = Encoder::new(&[("recon", "1")]);
        assert_eq!(other.send(&samples.picture(8, 0)), RivusStatus::Ok);
        // SAFETY: a live handle.
        assert_eq!(unsafe { rivus_encoder_flush(other.0) }, RivusStatus::Ok);
        other.receive().expect("a packet")
    };
    // SAFETY: live handles and valid places; structs of a wrong size are not touched.
    unsafe {
        let (mut frame, mut decoder) = (null_mut(), null_mut());
        assert_eq!(rivus_packet_reconstruction(packet.0, &mut frame), RivusStatus::Ok);
        assert_eq!(rivus_decoder_create(null_mut(), &mut decoder), RivusStatus::Ok);
        let config = Config::new(&[]);
        for size in [0, 7, 31, usize::MAX] {
            let of_encoder = &mut RivusEncoderStatistics { size, ..sized() };
            let of_decoder = &mut RivusDecoderStatistics { size, ..sized() };
            let statuses = [
                rivus_encoder_statistics(encoder.0, of_encoder),
                rivus_encoder_info(encoder.0, &mut RivusEncoderInfo { size, ..sized() }),
                rivus_decoder_statistics(decoder, of_decoder),
                rivus_packet_info(packet.0, &mut RivusPacketInfo { size, ..sized() }),
                rivus_frame_info(frame, &mut RivusFrameInfo { size, ..sized() }),
                rivus_config_option(config.0, 0, &mut RivusOption { size, ..sized() }),
            ];
            assert_eq!(statuses, [RivusStatus::ErrorSize; 6], "{size}");
        }
        rivus_frame_destroy(&mut frame);
        rivus_decoder_destroy(&mut decoder);
    }
    #[repr(C)]
    struct Later(RivusPicture, u64);
    let size = size_of::<Later>();
    let mut later = Later(RivusPicture { size, ..samples.picture(8, 0) }, 1);
    // SAFETY: a live handle, and as many bytes as the size says.
    unsafe {
        let pointer = (&raw const later).cast();
        assert_eq!(rivus_encoder_send(encoder.0, pointer), RivusStatus::ErrorSize);
        later.1 = 0;
        let pointer = (&raw const later).cast();
        assert_eq!(rivus_encoder_send(encoder.0, pointer), RivusStatus::Ok);
    }
}

/// A picture that is wrong in one way each time.
#[test]
fn wrong_pictures_are_refused() {
    use RivusStatus::{ErrorArgument, ErrorNull, ErrorPicture};
    let (encoder, samples) = (Encoder::new(&[]), Samples::<u8>::new(0, |v| v));
    let good = || samples.picture(8, 0);
    let offsets = [f32::NAN; 12];
    let sei =
        |payload_type, data: *const u8, data_size| RivusSei { payload_type, reserved: 0, data, data_size };
    let (timing, nothing, huge) =
        (sei(1, [0u8].as_ptr(), 1), sei(5, null(), 16), sei(5, [0u8].as_ptr(), usize::MAX));
    let with_sei = |sei: &RivusSei| RivusPicture { sei, sei_count: 1, ..good() };
    let odd = samples.plane(0).as_ptr().map_addr(|address| address | 1);
    let cases = [
        (RivusPicture { width: 0, ..good() }, ErrorArgument, "size is 0x48"),
        (RivusPicture { height: u32::MAX, ..good() }, ErrorArgument, "size is 64x4294967295"),
        (RivusPicture { width: WIDTH / 2, ..good() }, ErrorPicture, "size of the picture is 32x48"),
        (RivusPicture { bit_depth: 0, ..good() }, ErrorArgument, "bit_depth is 0"),
        (RivusPicture { bit_depth: 17, ..good() }, ErrorArgument, "bit_depth is 17"),
        (RivusPicture { bit_depth: 10, sample_bytes: 1, ..good() }, ErrorArgument, "sample_bytes 1"),
        (RivusPicture { sample_bytes: 3, ..good() }, ErrorArgument, "sample_bytes 3"),
        (RivusPicture { planes: [null(); 3], ..good() }, ErrorNull, "planes[0] is null"),
        (
            RivusPicture { planes: [good().planes[0], good().planes[1], null()], ..good() },
            ErrorNull,
            "planes[2] is null",
        ),
        (RivusPicture { strides: [63, 32, 32], ..good() }, ErrorArgument, "strides[0] is 63"),
        (RivusPicture { strides: [64, -31, 32], ..good() }, ErrorArgument, "strides[1] is -31"),
        (RivusPicture { strides: [64, 32, isize::MAX], ..good() }, ErrorArgument, "strides[2]"),
        (RivusPicture { strides: [64, 32, isize::MIN], ..good() }, ErrorArgument, "strides[2]"),
        (
            RivusPicture { planes: [null(); 3], strides: [-64, -32, -32], ..good() },
            ErrorNull,
            "planes[0] is null",
        ),
        (
            RivusPicture { strides: [129, 64, 64], sample_bytes: 2, ..good() },
            ErrorArgument,
            "strides[0] is 129",
        ),
        (
            RivusPicture { planes: [odd.cast(); 3], strides: [128, 64, 64], sample_bytes: 2, ..good() },
            ErrorArgument,
            "planes[0]",
        ),
        (RivusPicture { picture_type: 6, ..good() }, ErrorArgument, "type is 6"),
        (RivusPicture { picture_type: -1, ..good() }, ErrorArgument, "type is -1"),
        (RivusPicture { qp_offset_columns: 4, qp_offset_rows: 3, ..good() }, ErrorNull, "qp_offsets is null"),
        (RivusPicture { qp_offsets: offsets.as_ptr(), ..good() }, ErrorArgument, "0x0 blocks, expected 4x3"),
        (
            RivusPicture { qp_offsets: offsets.as_ptr(), qp_offset_columns: 4, qp_offset_rows: 3, ..good() },
            ErrorPicture,
            "NaN",
        ),
        (RivusPicture { sei_count: 1, ..good() }, ErrorNull, "sei is null"),
        (with_sei(&timing), ErrorPicture, "type of an SEI message of the picture is 1"),
        (with_sei(&nothing), ErrorNull, "sei.data is null"),
        (with_sei(&huge), ErrorArgument, "sei.data_size"),
    ];
    for (picture, status, expected) in cases {
        assert_eq!(encoder.send(&picture), status, "{expected}");
        // SAFETY: a live handle.
        let error = text(unsafe { rivus_encoder_error(encoder.0) });
        assert!(error.contains(expected), "{error}");
    }
    assert_eq!(encoder.send(&good()), RivusStatus::Ok, "nothing of this stops the encoder");
}

/// Options: wrong names, values, texts and combinations say what is wrong.
#[test]
fn wrong_options_are_refused_by_name() {
    let config = Config::new(&[]);
    // SAFETY: a live handle.
    let error = || text(unsafe { rivus_config_error(config.0) });
    assert_eq!(error(), "");
    assert_eq!(config.set("crff", "24"), RivusStatus::ErrorOption);
    assert_eq!(error(), "there is no option named crff");
    assert_eq!(config.set("crf", "77"), RivusStatus::ErrorValue);
    assert_eq!(error(), "crf: 77 is not legal, expected a number in 0..=51");
    // SAFETY: live handles, valid places and texts.
    unsafe {
        let latin1 = c"\xe9".as_ptr();
        assert_eq!(rivus_config_set(config.0, latin1, latin1), RivusStatus::ErrorArgument);
        assert!(rivus_config_get(config.0, c"crff".as_ptr()).is_null());
        assert_eq!(config.set("bitrate", "100"), RivusStatus::Ok);
        assert_eq!(config.set("crf", "20"), RivusStatus::Ok);
        let mut encoder = std::ptr::dangling_mut();
        assert_eq!(rivus_encoder_create(config.0, &mut encoder), RivusStatus::ErrorConfig);
        assert!(encoder.is_null());
        assert_eq!(error(), "bitrate and crf exclude each other");
        let mut sizeless = null_mut();
        assert_eq!(rivus_config_create(0, 0, &mut sizeless), RivusStatus::Ok);
        assert_eq!(rivus_encoder_create(sizeless, &mut encoder), RivusStatus::ErrorConfig);
        assert_eq!(text(rivus_config_error(sizeless)), "input-res must be set");
        rivus_config_destroy(&mut sizeless);
        // Too large for any level, or for anything.
        assert_eq!(rivus_config_create(8192, 8192, &mut sizeless), RivusStatus::ErrorValue);
        assert!(sizeless.is_null());
        assert_eq!(rivus_config_create(u32::MAX, 1, &mut sizeless), RivusStatus::ErrorValue);
        let mut decoder_config = null_mut();
        assert_eq!(rivus_decoder_config_create(&mut decoder_config), RivusStatus::Ok);
        let set = |name: &std::ffi::CStr, value: &std::ffi::CStr| {
            let status = rivus_decoder_config_set(decoder_config, name.as_ptr(), value.as_ptr());
            (status, text(rivus_decoder_config_error(decoder_config)))
        };
        assert_eq!(set(c"crf", c"1"), (RivusStatus::ErrorOption, "there is no option named crf".into()));
        let expected = "threads: 257 is not legal, expected a whole number in 0..=256";
        assert_eq!(set(c"threads", c"257"), (RivusStatus::ErrorValue, expected.into()));
        rivus_decoder_config_destroy(&mut decoder_config);
        let encoder = Encoder::new(&[]);
        let change = rivus_encoder_set(encoder.0, c"preset".as_ptr(), c"slow".as_ptr());
        assert_eq!(change, RivusStatus::ErrorOption);
        assert!(text(rivus_encoder_error(encoder.0)).starts_with("preset cannot change"));
    }
}

/// Calls in an order that makes no sense.
#[test]
fn wrong_order_is_refused() {
    let (encoder, samples) = (Encoder::new(&[]), Samples::<u8>::new(0, |v| v));
    assert_eq!(encoder.receive().err(), Some(RivusStatus::Again), "before the first picture");
    assert_eq!(encoder.send(&samples.picture(8, 0)), RivusStatus::Ok);
    // SAFETY: live handles and valid places.
    unsafe {
        assert_eq!(rivus_encoder_flush(encoder.0), RivusStatus::Ok);
        assert_eq!(rivus_encoder_flush(encoder.0), RivusStatus::Ok, "once more");
        assert_eq!(encoder.send(&samples.picture(8, 1)), RivusStatus::ErrorOrder);
        assert_eq!(text(rivus_encoder_error(encoder.0)), "a picture was sent after flush");
        let change = rivus_encoder_set(encoder.0, c"crf".as_ptr(), c"20".as_ptr());
        assert_eq!(change, RivusStatus::Ok, "a change that comes too late is none");
        let packet = encoder.receive().expect("a packet");
        let mut frame = std::ptr::dangling_mut();
        assert_eq!(
            rivus_packet_reconstruction(packet.0, &mut frame),
            RivusStatus::ErrorOrder,
            "recon is not set"
        );
        assert!(frame.is_null());
        for _ in 0..2 {
            assert_eq!(encoder.receive().err(), Some(RivusStatus::End));
        }
        assert_eq!(rivus_encoder_info(encoder.0, &mut sized()), RivusStatus::Ok, "after the end");
        let mut statistics: RivusEncoderStatistics = sized();
        assert_eq!(rivus_encoder_statistics(encoder.0, &mut statistics), RivusStatus::Ok);
        assert_eq!(
            (statistics.pictures_in, statistics.packets_out),
            (1, 1),
            "what was refused does not count"
        );
        let mut decoder = null_mut();
        assert_eq!(rivus_decoder_create(null_mut(), &mut decoder), RivusStatus::Ok);
        let mut receive = || rivus_decoder_receive(decoder, &mut frame);
        assert_eq!(receive(), RivusStatus::Again, "before the first byte");
        assert_eq!(rivus_decoder_flush(decoder), RivusStatus::Ok);
        assert_eq!((receive(), receive()), (RivusStatus::End, RivusStatus::End));
        assert_eq!(rivus_decoder_reset(decoder), RivusStatus::Ok);
        assert_eq!(receive(), RivusStatus::Again);
        assert_eq!(rivus_decoder_seek(decoder), RivusStatus::Ok, "with nothing to leave");
        assert_eq!(receive(), RivusStatus::Again);
        rivus_decoder_destroy(&mut decoder);
    }
}

/// Handles that others were made of may go first, in any order.
#[test]
fn handles_do_not_depend_on_those_they_were_made_of() {
    let samples = Samples::<u8>::new(0, |v| v);
    let (mut config, mut encoder, mut packet, mut frame) = (null_mut(), null_mut(), null_mut(), null_mut());
    let mut copy = null_mut();
    // SAFETY: valid places, and live handles up to their destruction.
    unsafe {
        assert_eq!(rivus_config_create(64, 48, &mut config), RivusStatus::Ok);
        for (name, value) in [(c"preset", c"ultrafast"), (c"recon", c"1")] {
            assert_eq!(rivus_config_set(config, name.as_ptr(), value.as_ptr()), RivusStatus::Ok);
        }
        assert_eq!(rivus_encoder_create(config, &mut encoder), RivusStatus::Ok);
        rivus_config_destroy(&mut config);
        assert_eq!(rivus_encoder_send(encoder, &samples.picture(8, 0)), RivusStatus::Ok);
        assert_eq!(rivus_encoder_flush(encoder), RivusStatus::Ok);
        assert_eq!(rivus_encoder_receive(encoder, &mut packet), RivusStatus::Ok);
        rivus_encoder_destroy(&mut encoder);
        assert_eq!(rivus_packet_reconstruction(packet, &mut frame), RivusStatus::Ok);
        rivus_packet_destroy(&mut packet);
        assert_eq!(rivus_frame_share(frame, &mut copy), RivusStatus::Ok);
        rivus_frame_destroy(&mut frame);
        let (info, decoded) = common::samples(copy);
        assert_eq!((info.width, info.height, decoded.len()), (64, 48, 64 * 48 * 3 / 2));
        rivus_frame_destroy(&mut copy);
    }
}

/// Encoders and decoders that are not used, or not to the end, are destroyed with all they hold; pictures are released.
#[test]
fn work_that_is_not_finished_may_be_left() {
    unsafe extern "C" fn count(opaque: *mut std::ffi::c_void) {
        // SAFETY: the test gives the address of a counter.
        unsafe { *opaque.cast::<u32>() += 1 };
    }
    let mut released = 0u32;
    drop(Encoder::new(&[]));
    let encoder = Encoder::new(&[("threads", "2")]);
    for n in 0..7u8 {
        let samples = Samples::<u8>::new(n, |v| v);
        let mut picture = samples.picture(8, n.into());
        picture.release = Some(count);
        picture.opaque = (&raw mut released).cast();
        assert_eq!(encoder.send(&picture), RivusStatus::Ok);
    }
    let packets = common::encode(&Encoder::new(&[]), 3, 8, |_, _| ());
    drop(encoder);
    assert_eq!(released, 7);
    let mut decoder = null_mut();
    // SAFETY: a valid place, then a live handle; data is valid.
    unsafe {
        assert_eq!(rivus_decoder_create(null_mut(), &mut decoder), RivusStatus::Ok);
        for packet in &packets {
            let data = packet.data();
            let sent = rivus_decoder_send_access_unit(decoder, data.as_ptr(), data.len(), 0);
            assert_eq!(sent, RivusStatus::Ok);
        }
        rivus_decoder_destroy(&mut decoder);
    }
}
