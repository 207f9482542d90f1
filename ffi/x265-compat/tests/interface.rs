//! The library as programs use it, by its table of functions.

use rivus_x265_compat::api::{Api, x265_api_get_199, x265_api_query};
use rivus_x265_compat::exports::x265_picture_init;
use rivus_x265_compat::layout::{Nal, Param, Picture, SeiPayload, Stats};
use std::ffi::{CString, c_int};
use std::ptr::{null, null_mut};

const WIDTH: usize = 64;
const HEIGHT: usize = 48;

fn api(depth: c_int) -> &'static Api {
    // SAFETY: the table is constant.
    unsafe { x265_api_get_199(depth).as_ref() }.expect("there is one")
}

/// Parameters for small pictures; freed with `param_free`.
fn param(api: &Api, options: &[(&str, &str)]) -> *mut Param {
    let param = (api.param_alloc)();
    // SAFETY: `param` was just made; the texts end with zero.
    unsafe {
        assert_eq!((api.param_default_preset)(param, c"ultrafast".as_ptr(), null()), 0);
        ((*param).width, (*param).height) = (WIDTH as i32, HEIGHT as i32);
        ((*param).fps_num, (*param).fps_den, (*param).log_level) = (25, 1, -1);
        for (name, value) in options {
            let (name, value) = (CString::new(*name).expect("text"), CString::new(*value).expect("text"));
            assert_eq!((api.param_parse)(param, name.as_ptr(), value.as_ptr()), 0, "{name:?}");
        }
    }
    param
}

/// What came out with a packet.
#[derive(Debug)]
struct Coded {
    picture: Picture,
    kinds: Vec<u32>,
    data: Vec<u8>,
}

fn units(nals: *const Nal, count: u32) -> (Vec<u32>, Vec<u8>) {
    let mut kinds = Vec::new();
    let mut data = Vec::new();
    for index in 0..count as usize {
        // SAFETY: the library gave so many, each as long as it says.
        let nal = unsafe { &*nals.add(index) };
        kinds.push(nal.kind);
        // SAFETY: as above.
        data.extend_from_slice(unsafe { std::slice::from_raw_parts(nal.data, nal.size as usize) });
    }
    (kinds, data)
}

/// Encodes `count` pictures of which `prepare` may change everything but the samples.
fn encode(api: &Api, param: *mut Param, count: i64, prepare: impl Fn(i64, &mut Picture)) -> Vec<Coded> {
    let mut coded = Vec::new();
    // SAFETY: every pointer is to something made here, and samples are as many as the strides say.
    unsafe {
        let encoder = (api.encoder_open)(param);
        assert!(!encoder.is_null());
        let depth = (*param).bit_depth;
        let mut output = std::mem::zeroed::<Picture>();
        let (mut nals, mut nal_count) = (null_mut(), 0);
        for number in 0.. {
            let bytes = if depth > 8 { 2 } else { 1 };
            let samples: Vec<u16> =
                (0..WIDTH * HEIGHT).map(|i| ((i + 3 * number as usize) % 200) as u16).collect();
            let narrow: Vec<u8> = samples.iter().map(|sample| *sample as u8).collect();
            let data = if depth > 8 { samples.as_ptr().cast() } else { narrow.as_ptr().cast() };
            let mut input = std::mem::zeroed::<Picture>();
            x265_picture_init(param, &mut input);
            input.planes = [data; 3];
            input.stride = [WIDTH, WIDTH / 2, WIDTH / 2].map(|stride| (stride * bytes) as i32);
            input.pts = 100 * number;
            input.user_data = (number + 1) as *mut _;
            prepare(number, &mut input);
            let given = if number < count { &raw const input } else { null() };
            let result = (api.encoder_encode)(encoder, &mut nals, &mut nal_count, given, &mut output);
            assert!(result >= 0);
            assert_eq!(result > 0, nal_count > 0);
            if result > 0 {
                let (kinds, data) = units(nals, nal_count);
                coded.push(Coded { picture: output, kinds, data });
            } else if number >= count {
                break;
            }
        }
        let mut stats = Stats::default();
        (api.encoder_get_stats)(encoder, &mut stats, size_of::<Stats>() as u32);
        assert_eq!(stats.pictures as i64, count);
        (api.encoder_close)(encoder);
        (api.param_free)(param);
    }
    coded
}

fn assert_times(coded: &[Coded], step: i64) {
    assert!(coded.windows(2).all(|pair| pair[0].picture.dts < pair[1].picture.dts));
    assert!(coded.iter().all(|coded| coded.picture.dts <= coded.picture.pts));
    let mut shown: Vec<i64> = coded.iter().map(|coded| coded.picture.pts).collect();
    shown.sort_unstable();
    assert_eq!(shown, (0..coded.len() as i64).map(|number| step * number).collect::<Vec<_>>());
    for coded in coded {
        assert_eq!(coded.picture.user_data as i64, coded.picture.pts / step + 1);
    }
}

fn pictures(data: &[u8]) -> usize {
    let mut decoder = rivus::Decoder::new(rivus::DecoderConfig::default()).expect("a decoder");
    decoder.send_data(data, None);
    decoder.flush();
    let mut count = 0;
    while decoder.next_picture().expect("decodes").is_some() {
        count += 1;
    }
    assert_eq!(decoder.statistics().concealed_pictures, 0);
    count
}

#[test]
fn pictures_come_out_with_their_times_and_companions() {
    for depth in [8, 10] {
        let api = api(depth);
        assert_eq!(api.bit_depth, depth);
        let param = param(api, &[("repeat-headers", "1"), ("hash", "1"), ("crf", "30")]);
        let coded = encode(api, param, 40, |_, _| ());
        assert_eq!(coded.len(), 40);
        assert_times(&coded, 100);
        let kinds = &coded[0].kinds;
        assert!([32, 33, 34].iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
        assert_eq!(coded[0].picture.slice_type, 1);
        assert_eq!(coded[0].picture.bit_depth, depth);
        assert_eq!(coded[0].picture.frame_bytes, coded[0].data.len());
        let stream: Vec<u8> = coded.into_iter().flat_map(|coded| coded.data).collect();
        assert_eq!(pictures(&stream), 40);
        assert!(stream.windows(6).any(|bytes| bytes == b"rivus "));
    }
}

/// Parameter sets come from the call for them only, and keyframes where a program asks for them.
#[test]
fn headers_apart_and_forced_keyframes() {
    let api = api(0);
    let options = [("open-gop", "0"), ("bframes", "3"), ("scenecut", "0"), ("bitrate", "100")];
    let first = param(api, &options);
    let mut header = Vec::new();
    // SAFETY: everything is made here.
    unsafe {
        let encoder = (api.encoder_open)(first);
        let (mut nals, mut count) = (null_mut(), 0);
        let bytes = (api.encoder_headers)(encoder, &mut nals, &mut count);
        let (kinds, data) = units(nals, count);
        header.extend(data);
        // One of each: there are programs that keep no second PPS.
        assert_eq!((bytes as usize, kinds), (header.len(), vec![32, 33, 34]));
        (api.encoder_close)(encoder);
        (api.param_free)(first);
    }
    let coded = encode(api, param(api, &options), 30, |number, picture| {
        if number == 11 {
            picture.slice_type = 2;
        }
    });
    assert_times(&coded, 100);
    assert!(coded.iter().flat_map(|coded| &coded.kinds).all(|kind| !(32..=34).contains(kind)));
    let keys: Vec<i64> =
        coded.iter().filter(|coded| coded.picture.slice_type == 1).map(|coded| coded.picture.pts).collect();
    assert_eq!(keys, [0, 1100]);
    let stream: Vec<u8> = header.into_iter().chain(coded.into_iter().flat_map(|coded| coded.data)).collect();
    assert_eq!(pictures(&stream), 30);
}

#[test]
fn offsets_and_messages_are_taken() {
    let api = api(8);
    let offsets = [-4.0f32; 4 * 3];
    let text = *b"0123456789abcdefhello from the program";
    let message = SeiPayload { size: text.len() as i32, kind: 5, data: text.as_ptr() };
    let with = |offsets: *const f32| {
        encode(api, param(api, &[("crf", "30")]), 8, |number, picture| {
            picture.qp_offsets = offsets;
            (picture.sei, picture.sei_count) = (&raw const message, i32::from(number == 0));
        })
    };
    let size = |coded: &[Coded]| coded.iter().map(|coded| coded.data.len()).sum::<usize>();
    let (finer, plain) = (with(offsets.as_ptr()), with(null()));
    assert!(size(&finer) > size(&plain));
    assert!(finer[0].data.windows(5).any(|bytes| bytes == b"hello"));
}

#[test]
fn times_that_do_not_rise_are_no_error() {
    let api = api(8);
    let coded = encode(api, param(api, &[]), 9, |_, picture| picture.pts = 0);
    assert_eq!(coded.len(), 9);
}

#[test]
fn rates_change_and_other_things_do_not() {
    let api = api(8);
    let param = param(api, &[("bitrate", "500"), ("vbv-maxrate", "800"), ("vbv-bufsize", "800")]);
    // SAFETY: everything is made here.
    unsafe {
        let encoder = (api.encoder_open)(param);
        (*param).bitrate = 300;
        assert_eq!((api.encoder_reconfig)(encoder, param), 0);
        let mut seen = *param;
        seen.bitrate = 0;
        (api.encoder_parameters)(encoder, &mut seen);
        assert_eq!(seen.bitrate, 300);
        (*param).vbv_maxrate = 9000;
        assert!((api.encoder_reconfig)(encoder, param) < 0);
        (api.encoder_close)(encoder);
        (api.param_free)(param);
    }
}

/// A program that was made for another build gets no table, whatever depth it asks for, and learns why.
#[test]
fn other_builds_are_refused() {
    for build in [c_int::MIN, -1, 0, 30, 198, 200, 209, 215, c_int::MAX] {
        for depth in [0, 8, 10, 12] {
            let mut error = 7;
            // SAFETY: `error` is a valid place.
            let table = unsafe { x265_api_query(depth, build, &mut error) };
            assert!(table.is_null() && error == 1, "build {build}, {depth} bits");
            // SAFETY: null is allowed.
            assert!(unsafe { x265_api_query(depth, build, null_mut()) }.is_null());
        }
    }
    for depth in [0, 8, 10] {
        assert_eq!((api(depth).major, api(depth).build), (1, 199));
    }
}

/// Null, wrong values and impossible parameters end in errors.
#[test]
fn misuse_is_refused() {
    let api = api(8);
    let mut error = 7;
    // SAFETY: null is allowed everywhere; the rest is made here.
    unsafe {
        assert!(x265_api_get_199(12).is_null() && x265_api_get_199(-1).is_null());
        assert!(x265_api_query(12, 199, &mut error).is_null() && error == 2);
        assert!(!x265_api_query(10, 199, &mut error).is_null() && error == 0);
        assert!(!x265_api_query(0, 199, null_mut()).is_null());
        (api.param_free)(null_mut());
        (api.param_default)(null_mut());
        (api.picture_init)(null(), null_mut());
        (api.picture_free)(null_mut());
        (api.encoder_close)(null_mut());
        (api.encoder_get_stats)(null_mut(), null_mut(), 8);
        (api.encoder_parameters)(null_mut(), null_mut());
        assert!((api.encoder_open)(null()).is_null());
        assert!((api.encoder_headers)(null_mut(), null_mut(), null_mut()) < 0);
        assert!((api.encoder_encode)(null_mut(), null_mut(), null_mut(), null(), null_mut()) < 0);
        assert!((api.encoder_reconfig)(null_mut(), null()) < 0);
        assert_eq!((api.param_parse)(null_mut(), c"crf".as_ptr(), c"20".as_ptr()), -1);

        let param = param(api, &[]);
        assert_eq!((api.param_parse)(param, null(), null()), -1);
        assert_eq!((api.param_parse)(param, c"no-such".as_ptr(), null()), -1);
        assert_eq!((api.param_parse)(param, c"crf".as_ptr(), null()), -2);
        assert_eq!((api.param_parse)(param, c"lossless".as_ptr(), c"1".as_ptr()), -2);
        assert_eq!((api.param_apply_profile)(param, c"main444-8".as_ptr()), -1);
        assert_eq!((api.param_apply_profile)(param, null()), 0);
        assert_eq!((api.param_default_preset)(param, c"sluggish".as_ptr(), null()), -1);
        for spoil in [
            |param: &mut Param| param.width = -3,
            |param: &mut Param| param.chroma_format = 3,
            |param: &mut Param| param.bit_depth = 12,
            |param: &mut Param| param.lossless = 1,
            |param: &mut Param| param.interlace = 1,
        ] {
            let mut spoilt = *param;
            spoil(&mut spoilt);
            assert!((api.encoder_open)(&spoilt).is_null());
        }
        let encoder = (api.encoder_open)(param);
        let picture = (api.picture_alloc)();
        (api.picture_init)(param, picture);
        assert!((api.encoder_encode)(encoder, null_mut(), null_mut(), picture, null_mut()) < 0, "no planes");
        assert_eq!((api.encoder_encode)(encoder, null_mut(), null_mut(), null(), null_mut()), 0);
        (api.picture_free)(picture);
        (api.encoder_close)(encoder);
        (api.param_free)(param);
    }
}
