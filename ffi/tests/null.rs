//! Null in place of every pointer of every function is an error or nothing, never a crash.

mod common;

use common::{Config, Encoder, encode, sized, text};
use rivus_ffi::config::*;
use rivus_ffi::decoder::*;
use rivus_ffi::decoder_config::*;
use rivus_ffi::encoder::*;
use rivus_ffi::error::RivusStatus;
use rivus_ffi::frame::*;
use rivus_ffi::packet::*;
use rivus_ffi::picture::RivusSei;
use std::ptr::{null, null_mut};

/// Every function, with null for every pointer.
#[test]
fn null_is_refused_everywhere() {
    let name = c"crf".as_ptr();
    let config = Config::new(&[]);
    let encoder = Encoder::new(&[]);
    let source = Encoder::new(&[("recon", "1")]);
    let packets = encode(&source, 1, 8, |_, _| ());
    let packet = packets[0].0;
    let (mut decoder, mut decoder_config, mut frame) = (null_mut(), null_mut(), null_mut());
    let mut sei = RivusSei { payload_type: 0, reserved: 0, data: null(), data_size: 0 };
    // SAFETY: null, live handles and valid places only.
    unsafe {
        assert_eq!(rivus_decoder_create(null_mut(), &mut decoder), RivusStatus::Ok);
        assert_eq!(rivus_decoder_config_create(&mut decoder_config), RivusStatus::Ok);
        assert_eq!(rivus_packet_reconstruction(packet, &mut frame), RivusStatus::Ok);
        let results = [
            rivus_config_create(64, 64, null_mut()),
            rivus_config_set(null_mut(), name, name),
            rivus_config_set(config.0, null(), name),
            rivus_config_set(config.0, name, null()),
            rivus_config_option(null_mut(), 0, null_mut()),
            rivus_config_option(config.0, 0, null_mut()),
            rivus_config_set_log(null_mut(), None, null_mut()),
            rivus_decoder_config_option(null_mut(), 0, null_mut()),
            rivus_decoder_config_option(decoder_config, 0, null_mut()),
            rivus_encoder_create(null_mut(), &mut null_mut()),
            rivus_encoder_create(config.0, null_mut()),
            rivus_encoder_headers(null(), &mut null(), &mut 0),
            rivus_encoder_headers(encoder.0, null_mut(), &mut 0),
            rivus_encoder_headers(encoder.0, &mut null(), null_mut()),
            rivus_encoder_info(null_mut(), &mut sized()),
            rivus_encoder_info(encoder.0, null_mut()),
            rivus_encoder_send(null_mut(), null()),
            rivus_encoder_send(encoder.0, null()),
            rivus_encoder_flush(null_mut()),
            rivus_encoder_receive(null_mut(), &mut null_mut()),
            rivus_encoder_receive(encoder.0, null_mut()),
            rivus_encoder_set(null_mut(), name, name),
            rivus_encoder_set(encoder.0, null(), name),
            rivus_encoder_set(encoder.0, name, null()),
            rivus_encoder_statistics(null_mut(), &mut sized()),
            rivus_encoder_statistics(encoder.0, null_mut()),
            rivus_packet_info(null(), &mut sized()),
            rivus_packet_info(packet, null_mut()),
            rivus_packet_reconstruction(null(), &mut null_mut()),
            rivus_packet_reconstruction(packet, null_mut()),
            rivus_frame_info(null(), &mut sized()),
            rivus_frame_info(frame, null_mut()),
            rivus_frame_sei(null(), 0, &mut sei),
            rivus_frame_sei(frame, 0, null_mut()),
            rivus_frame_share(null(), &mut null_mut()),
            rivus_frame_share(frame, null_mut()),
            rivus_decoder_config_create(null_mut()),
            rivus_decoder_config_set(null_mut(), name, name),
            rivus_decoder_config_set(decoder_config, null(), name),
            rivus_decoder_config_set(decoder_config, name, null()),
            rivus_decoder_config_set_log(null_mut(), None, null_mut()),
            rivus_decoder_create(null_mut(), null_mut()),
            rivus_decoder_send_data(null_mut(), null(), 0, 0),
            rivus_decoder_send_data(decoder, null(), 1, 0),
            rivus_decoder_send_nal(null_mut(), null(), 0, 0),
            rivus_decoder_send_access_unit(null_mut(), null(), 0, 0),
            rivus_decoder_send_nal(decoder, null(), 1, 0),
            rivus_decoder_send_access_unit(decoder, null(), 1, 0),
            rivus_decoder_flush(null_mut()),
            rivus_decoder_seek(null_mut()),
            rivus_decoder_reset(null_mut()),
            rivus_decoder_receive(null_mut(), &mut null_mut()),
            rivus_decoder_receive(decoder, null_mut()),
            rivus_decoder_statistics(null_mut(), &mut sized()),
            rivus_decoder_statistics(decoder, null_mut()),
        ];
        for (number, status) in results.into_iter().enumerate() {
            assert_eq!(status, RivusStatus::ErrorNull, "call number {number}");
        }
        assert!(rivus_config_get(null_mut(), name).is_null() && rivus_config_get(config.0, null()).is_null());
        assert!(rivus_decoder_config_get(null_mut(), name).is_null());
        assert!(rivus_decoder_config_get(decoder_config, null()).is_null());
        for error in [
            rivus_config_error(null()),
            rivus_encoder_error(null()),
            rivus_decoder_error(null()),
            rivus_decoder_config_error(null()),
        ] {
            assert_eq!(text(error), "the handle is null");
        }
        rivus_config_destroy(null_mut());
        rivus_encoder_destroy(null_mut());
        rivus_packet_destroy(null_mut());
        rivus_frame_destroy(null_mut());
        rivus_decoder_config_destroy(null_mut());
        rivus_decoder_destroy(null_mut());
        rivus_frame_destroy(&mut frame);
        rivus_decoder_destroy(&mut decoder);
        rivus_decoder_config_destroy(&mut decoder_config);
        // Nothing at all is fine for no bytes.
        assert_eq!(rivus_decoder_create(null_mut(), &mut decoder), RivusStatus::Ok);
        assert_eq!(rivus_decoder_send_data(decoder, null(), 0, 0), RivusStatus::Ok);
        rivus_decoder_destroy(&mut decoder);
    }
}

/// No function of the header is left out above, but those that take no pointer.
#[test]
fn every_function_is_tried() {
    let without_pointers = ["rivus_version", "rivus_version_number", "rivus_strerror"];
    let tried = include_str!("null.rs");
    let header = include_str!("../include/rivus.h");
    // Declarations are at the beginning of a line, comments are not.
    let declared = header.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
    let names: Vec<&str> = declared
        .filter_map(|line| line.split_once('(').map(|(before, _)| before))
        .filter_map(|before| before.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("rivus_") && !without_pointers.contains(name))
        .collect();
    assert!(names.len() > 35, "{names:?}");
    for name in names {
        let calls = tried.lines().filter(|line| line.contains(&format!("{name}(")));
        assert!(calls.into_iter().any(|line| line.contains("null")), "{name} is not called with null");
    }
}
