//! The interface as C programs use it: encode, decode, callbacks, what comes with pictures, threads.

mod common;

use common::{Config, Encoder, HEIGHT, Packet, Samples, WIDTH, decode, encode, samples, sized, text};
use rivus_ffi::config::*;
use rivus_ffi::decoder::*;
use rivus_ffi::decoder_config::*;
use rivus_ffi::encoder::*;
use rivus_ffi::error::RivusStatus;
use rivus_ffi::frame::*;
use rivus_ffi::option::RivusOption;
use rivus_ffi::packet::rivus_packet_reconstruction;
use rivus_ffi::picture::{RivusContentLight, RivusMasteringDisplay, RivusPictureType, RivusSei};
use rivus_ffi::{rivus_version, rivus_version_number};
use std::cell::RefCell;
use std::ffi::{CString, c_char, c_void};
use std::ptr::{null, null_mut};
use std::sync::Mutex;

/// SEI messages of a frame.
fn messages(frame: *const RivusFrame) -> Vec<(u32, Vec<u8>)> {
    let mut all = Vec::new();
    loop {
        let mut sei = RivusSei { payload_type: 0, reserved: 0, data: null(), data_size: 0 };
        // SAFETY: a live frame and a valid place.
        let status = unsafe { rivus_frame_sei(frame, all.len(), &mut sei) };
        if status != RivusStatus::Ok {
            assert_eq!(status, RivusStatus::End);
            return all;
        }
        // SAFETY: the bytes live as long as the frame.
        let data = unsafe { std::slice::from_raw_parts(sei.data, sei.data_size) };
        all.push((sei.payload_type, data.to_vec()));
    }
}

/// What the decoder shows is what the encoder reconstructs, with its times, at 8 and more bits.
#[test]
fn encoder_and_decoder_agree() {
    for (depth, output) in [(8, "8"), (10, "10"), (12, "10")] {
        let encoder = Encoder::new(&[("recon", "1"), ("output-depth", output), ("fps", "50")]);
        let packets = encode(&encoder, 12, depth, |_, _| ());
        let decoded = decode(&packets, samples);
        for packet in &packets {
            let info = packet.info();
            let mut frame = null_mut();
            // SAFETY: a live packet and a valid place.
            assert_eq!(unsafe { rivus_packet_reconstruction(packet.0, &mut frame) }, RivusStatus::Ok);
            let (expected, expected_samples) = samples(frame);
            // SAFETY: a live frame.
            unsafe { rivus_frame_destroy(&mut frame) };
            let (got, got_samples) = &decoded[info.pts as usize];
            assert_eq!((got.pts, got.poc, got.width, got.height), (info.pts, info.poc, WIDTH, HEIGHT));
            assert_eq!(
                (got.bit_depth_luma, got.sample_bytes),
                (output.parse().expect("a number"), expected.sample_bytes)
            );
            assert_eq!((got.rate_numerator, got.rate_denominator, got.chroma_location), (50, 1, -1));
            assert!(*got_samples == expected_samples && info.has_reconstruction == 1 && info.dts <= info.pts);
        }
        let mut statistics: RivusEncoderStatistics = sized();
        // SAFETY: a live handle and a struct of its size.
        assert_eq!(unsafe { rivus_encoder_statistics(encoder.0, &mut statistics) }, RivusStatus::Ok);
        let bytes: u64 = packets.iter().map(|packet| packet.info().data_size as u64).sum();
        assert_eq!((statistics.pictures_in, statistics.packets_out, statistics.bytes), (12, 12, bytes));
        assert_eq!(statistics.i_pictures + statistics.p_pictures + statistics.b_pictures, 12);
    }
}

/// Strides may be larger than rows, and 8 bits may come in two bytes: the stream is the same.
#[test]
fn strides_and_sample_sizes_do_not_matter() {
    let stream =
        |packets: Vec<Packet>| packets.iter().flat_map(|packet| packet.data().to_vec()).collect::<Vec<u8>>();
    let plain = stream(encode(&Encoder::new(&[]), 5, 8, |_, _| ()));
    let kept = RefCell::new(Vec::new());
    let padded = encode(&Encoder::new(&[]), 5, 8, |n, picture| {
        let samples = Samples::<u16>::new(n, u16::from);
        let mut planes = [vec![], vec![], vec![]];
        for (plane, out) in planes.iter_mut().enumerate() {
            for row in samples.plane(plane).chunks(WIDTH as usize >> usize::from(plane > 0)) {
                out.extend_from_slice(row);
                out.extend([0xffff; 5]);
            }
        }
        picture.planes = planes.each_ref().map(|plane| plane.as_ptr().cast());
        kept.borrow_mut().push(planes);
        picture.strides = [WIDTH + 5, WIDTH / 2 + 5, WIDTH / 2 + 5].map(|samples| 2 * samples as isize);
        picture.sample_bytes = 2;
    });
    assert!(stream(padded) == plain);
}

/// `release` is called once for every picture that is taken, and for no other.
#[test]
fn planes_are_released_once() {
    unsafe extern "C" fn count(opaque: *mut c_void) {
        // SAFETY: the test gives the address of a counter.
        unsafe { *opaque.cast::<u32>() += 1 };
    }
    let (encoder, samples) = (Encoder::new(&[]), Samples::<u8>::new(0, |v| v));
    let mut count_of_calls = 0u32;
    let mut picture = samples.picture(8, 5);
    picture.release = Some(count);
    picture.opaque = (&raw mut count_of_calls).cast();
    assert_eq!(encoder.send(&picture), RivusStatus::Ok);
    assert_eq!(encoder.send(&picture), RivusStatus::ErrorPicture, "not later than the one before");
    drop(encoder);
    assert_eq!(count_of_calls, 1);
}

/// A kind, QP offsets, SEI messages and HDR description reach the stream, and the description the decoder.
#[test]
fn what_comes_with_pictures_reaches_the_stream() {
    let display = RivusMasteringDisplay {
        primaries: [[13250, 34500], [7500, 3000], [34000, 16000]],
        white_point: [15635, 16450],
        max_luminance: 10_000_000,
        min_luminance: 50,
    };
    let light = RivusContentLight { max_content: 1000, max_average: 400 };
    let captions = *b"\xb5\x00\x31GA94\x03caption";
    let sei = RivusSei { payload_type: 4, reserved: 0, data: captions.as_ptr(), data_size: captions.len() };
    let offsets = [-20.0f32; 4 * 3];
    let wished = [(3u8, RivusPictureType::P), (6, RivusPictureType::Idr), (8, RivusPictureType::I)];
    let encoder = Encoder::new(&[("qp", "40"), ("aq-mode", "0"), ("roi", "1"), ("info", "0")]);
    let packets = encode(&encoder, 10, 8, |n, picture| {
        let wish = wished.iter().find(|wish| wish.0 == n);
        picture.picture_type = wish.map_or(0, |wish| wish.1 as i32);
        if n == 6 {
            (picture.mastering_display, picture.content_light) = (&display, &light);
            (picture.sei, picture.sei_count) = (&sei, 1);
            (picture.qp_offsets, picture.qp_offset_columns, picture.qp_offset_rows) =
                (offsets.as_ptr(), 4, 3);
        }
    });
    for packet in &packets {
        let info = packet.info();
        if let Some(wish) = wished.iter().find(|wish| i64::from(wish.0) == info.pts) {
            assert_eq!(info.picture_type, wish.1 as i32);
        }
        let has_captions = packet.data().windows(captions.len()).any(|bytes| bytes == captions);
        assert_eq!(
            (has_captions, info.slice_qp < 25),
            (info.pts == 6, info.pts == 6),
            "picture {}",
            info.pts
        );
    }
    for ((info, _), messages) in decode(&packets, |frame| (samples(frame), messages(frame))) {
        let known = info.pts >= 6;
        assert_eq!(messages.contains(&(4, captions.to_vec())), info.pts == 6, "{messages:?}");
        assert_eq!(info.is_duplicate, 0);
        assert_eq!((info.has_mastering_display == 1, info.has_content_light == 1), (known, known));
        if known {
            assert_eq!((info.mastering_display, info.content_light), (display, light));
        }
    }
}

/// Options can be listed, set, asked for, and some changed while pictures are coded.
#[test]
fn options_are_texts() {
    let config = Config::new(&[("preset", "slow"), ("crf", "21")]);
    let get = |name: &str| {
        let name = CString::new(name).expect("text");
        // SAFETY: a live handle and a text.
        text(unsafe { rivus_config_get(config.0, name.as_ptr()) })
    };
    assert_eq!(
        (get("crf"), get("preset"), get("rect"), get("input_res")),
        ("21".into(), "slow".into(), "1".into(), "64x48".into())
    );
    let mut names = Vec::new();
    loop {
        let mut option: RivusOption = sized();
        // SAFETY: a live handle and a struct of its size.
        match unsafe { rivus_config_option(config.0, names.len(), &mut option) } {
            RivusStatus::Ok => names.push(text(option.name)),
            status => break assert_eq!(status, RivusStatus::End),
        }
        assert!(
            !text(option.help).is_empty() && !text(option.legal).is_empty() && !text(option.group).is_empty()
        );
    }
    let expected: Vec<&str> = rivus::Config::options().iter().map(|option| option.name).collect();
    assert_eq!(names, expected);
    let encoder = Encoder::new(&[("bitrate", "300")]);
    // SAFETY: a live handle and texts.
    let changed = unsafe { rivus_encoder_set(encoder.0, c"bitrate".as_ptr(), c"200".as_ptr()) };
    assert_eq!(changed, RivusStatus::Ok);
}

/// The guide lists the decoder's options as the library describes them.
#[test]
fn the_guide_lists_the_options_of_the_decoder() {
    let guide = include_str!("../../docs/c-api.md");
    let mut config = null_mut();
    // SAFETY: a valid place, then a live handle; structs of their size.
    unsafe {
        assert_eq!(rivus_decoder_config_create(&mut config), RivusStatus::Ok);
        let mut count = 0;
        loop {
            let mut option: RivusOption = sized();
            if rivus_decoder_config_option(config, count, &mut option) == RivusStatus::End {
                break;
            }
            count += 1;
            let [name, legal, default, help] =
                [option.name, option.legal, option.default_value, option.help].map(text);
            let row = format!("| `{name}` | {legal} | {default} | {help} |");
            assert!(guide.contains(&row), "docs/c-api.md does not have the row {row}");
        }
        assert!(count > 10);
        rivus_decoder_config_destroy(&mut config);
    }
}

/// The headers are the parameter sets that the first packet begins with.
#[test]
fn headers_are_those_of_the_stream() {
    let encoder = Encoder::new(&[]);
    let (mut data, mut size) = (null(), 0);
    // SAFETY: a live handle and valid places; the bytes live as long as the encoder.
    let headers = unsafe {
        assert_eq!(rivus_encoder_headers(encoder.0, &mut data, &mut size), RivusStatus::Ok);
        std::slice::from_raw_parts(data, size)
    };
    let packets = encode(&encoder, 1, 8, |_, _| ());
    assert!(packets[0].data().starts_with(headers) && headers.len() > 30);
}

/// Messages come with level and text, from configuration, encoder and decoder; and the callback may call the library.
#[test]
fn messages_reach_the_callback() {
    struct Seen {
        config: *mut RivusConfig,
        messages: Mutex<Vec<(i32, String)>>,
    }
    unsafe extern "C" fn note(opaque: *mut c_void, level: i32, message: *const c_char) {
        // SAFETY: the test gives the address of a `Seen` that outlives all handles.
        let seen = unsafe { &*opaque.cast::<Seen>() };
        // SAFETY: null or a live handle.
        assert!(!unsafe { rivus_config_error(seen.config) }.is_null());
        seen.messages.lock().expect("no panic").push((level, text(message)));
    }
    let config = Config::new(&[("preset", "ultrafast")]);
    let seen = Seen { config: config.0, messages: Mutex::default() };
    let opaque = (&raw const seen).cast_mut().cast();
    let (mut encoder, mut decoder, mut decoder_config) = (null_mut(), null_mut(), null_mut());
    // SAFETY: live handles, valid places and texts.
    unsafe {
        assert_eq!(rivus_config_set_log(config.0, Some(note), opaque), RivusStatus::Ok);
        assert_eq!(config.set("crf", "99"), RivusStatus::ErrorValue);
        assert_eq!(rivus_encoder_create(config.0, &mut encoder), RivusStatus::Ok);
        assert_eq!(encode(&Encoder(encoder), 2, 8, |_, _| ()).len(), 2);
        assert_eq!(rivus_decoder_config_create(&mut decoder_config), RivusStatus::Ok);
        assert_eq!(rivus_decoder_config_set_log(decoder_config, Some(note), opaque), RivusStatus::Ok);
        assert_eq!(rivus_decoder_create(decoder_config, &mut decoder), RivusStatus::Ok);
        // A slice without parameter sets.
        let data = [0u8, 0, 1, 0x26, 0x01, 0xaf, 0x10];
        assert_eq!(
            rivus_decoder_send_data(decoder, data.as_ptr(), data.len(), RIVUS_NO_PTS),
            RivusStatus::Ok
        );
        assert_eq!(rivus_decoder_flush(decoder), RivusStatus::Ok);
        let mut frame = null_mut();
        assert_eq!(rivus_decoder_receive(decoder, &mut frame), RivusStatus::End);
        rivus_decoder_config_destroy(&mut decoder_config);
        rivus_decoder_destroy(&mut decoder);
    }
    let messages = seen.messages.lock().expect("no panic");
    let has = |level, start: &str| messages.iter().any(|m| m.0 == level && m.1.starts_with(start));
    assert!(has(1, "crf: 99 is not legal"), "{messages:?}");
    assert!(has(3, "rivus ") && has(3, "2 pictures in "), "{messages:?}");
    assert!(has(2, "NAL unit 0: "), "{messages:?}");
}

/// After a seek frames come from the next keyframe on, with the parameter sets known before; `skip` leaves pictures out.
#[test]
fn decoders_seek_and_skip() {
    let encoder =
        Encoder::new(&[("keyint", "5"), ("scenecut", "0"), ("repeat-headers", "0"), ("open-gop", "0")]);
    let packets = encode(&encoder, 20, 8, |_, _| ());
    let (mut config, mut decoder) = (null_mut(), null_mut());
    // SAFETY: valid places, live handles, texts and data.
    unsafe {
        assert_eq!(rivus_decoder_config_create(&mut config), RivusStatus::Ok);
        let (name, value) = (c"skip".as_ptr(), c"nonkey".as_ptr());
        assert_eq!(rivus_decoder_config_set(config, name, value), RivusStatus::Ok);
        assert_eq!(rivus_decoder_create(config, &mut decoder), RivusStatus::Ok);
        rivus_decoder_config_destroy(&mut config);
        let send = |packet: &Packet| {
            let (data, pts) = (packet.data(), packet.info().pts);
            let status = rivus_decoder_send_access_unit(decoder, data.as_ptr(), data.len(), pts);
            assert_eq!(status, RivusStatus::Ok);
        };
        let receive = || {
            let (mut frame, mut info) = (null_mut(), sized::<RivusFrameInfo>());
            let status = rivus_decoder_receive(decoder, &mut frame);
            if status == RivusStatus::Ok {
                assert_eq!(rivus_frame_info(frame, &mut info), RivusStatus::Ok);
                rivus_frame_destroy(&mut frame);
            }
            (status, info.pts)
        };
        packets[..3].iter().for_each(send);
        while receive().0 == RivusStatus::Ok {}
        assert_eq!(rivus_decoder_seek(decoder), RivusStatus::Ok);
        let from = packets.iter().position(|packet| packet.info().pts == 7).expect("coded");
        packets[from..].iter().for_each(send);
        assert_eq!(rivus_decoder_flush(decoder), RivusStatus::Ok);
        let frames: Vec<_> =
            std::iter::from_fn(|| Some(receive()).filter(|r| r.0 == RivusStatus::Ok)).collect();
        assert_eq!(frames, [(RivusStatus::Ok, 10), (RivusStatus::Ok, 15)]);
        rivus_decoder_destroy(&mut decoder);
    }
}

/// A shared frame lives until its last handle is destroyed.
#[test]
fn frames_are_shared() {
    let encoder = Encoder::new(&[("recon", "1")]);
    let packets = encode(&encoder, 1, 8, |_, _| ());
    let (mut frame, mut copy) = (null_mut(), null_mut());
    // SAFETY: live handles and valid places.
    unsafe {
        assert_eq!(rivus_packet_reconstruction(packets[0].0, &mut frame), RivusStatus::Ok);
        assert_eq!(rivus_frame_share(frame, &mut copy), RivusStatus::Ok);
        let before = samples(frame).1;
        drop(packets);
        rivus_frame_destroy(&mut frame);
        assert!(frame.is_null() && samples(copy).1 == before);
        rivus_frame_destroy(&mut copy);
    }
}

#[test]
fn versions_are_those_of_the_header() {
    assert_eq!(text(rivus_version()), env!("CARGO_PKG_VERSION"));
    assert_eq!(
        rivus_version_number() >> 8,
        rivus_ffi::RIVUS_VERSION_MAJOR << 8 | rivus_ffi::RIVUS_VERSION_MINOR
    );
}
