//! The table of functions that most programs ask for, one for each number of bits per sample.

use crate::exports::*;
use crate::layout::{Nal, Param, Picture, Stats};
use crate::session::Session;
use rivus_x265_options::VERSION;
use std::ffi::{c_char, c_int, c_void};

/// Number of the interface.
const BUILD: c_int = 199;
/// Errors of [`x265_api_query`]: the number of the interface is another one; there is no such number of bits.
const OTHER_BUILD: c_int = 1;
const NO_LIBRARY: c_int = 2;

const ABOUT: &std::ffi::CStr = c"[rivus]";

/// A text in a variable that programs read.
#[repr(transparent)]
#[derive(Debug)]
pub struct Text(*const c_char);

// SAFETY: the text is constant.
unsafe impl Sync for Text {}

/// Version, for programs that read the variable.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
pub static x265_version_str: Text = Text(VERSION.as_ptr());

/// What the version was made of, for programs that read the variable.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
pub static x265_build_info_str: Text = Text(ABOUT.as_ptr());

/// Bits per sample of functions that no table leads to.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
pub static x265_max_bit_depth: c_int = 8;

/// `x265_api`: sizes of structs, and functions.
#[repr(C)]
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Api {
    pub major: c_int,
    pub build: c_int,
    pub size_param: c_int,
    pub size_picture: c_int,
    pub size_analysis: c_int,
    pub size_zone: c_int,
    pub size_stats: c_int,
    pub bit_depth: c_int,
    pub version: Text,
    pub about: Text,
    pub param_alloc: extern "C" fn() -> *mut Param,
    pub param_free: unsafe extern "C" fn(*mut Param),
    pub param_default: unsafe extern "C" fn(*mut Param),
    pub param_parse: unsafe extern "C" fn(*mut Param, *const c_char, *const c_char) -> c_int,
    pub param_apply_profile: unsafe extern "C" fn(*mut Param, *const c_char) -> c_int,
    pub param_default_preset: unsafe extern "C" fn(*mut Param, *const c_char, *const c_char) -> c_int,
    pub picture_alloc: extern "C" fn() -> *mut Picture,
    pub picture_free: unsafe extern "C" fn(*mut Picture),
    pub picture_init: unsafe extern "C" fn(*const Param, *mut Picture),
    pub encoder_open: unsafe extern "C" fn(*const Param) -> *mut Session,
    pub encoder_parameters: unsafe extern "C" fn(*mut Session, *mut Param),
    pub encoder_reconfig: unsafe extern "C" fn(*mut Session, *const Param) -> c_int,
    pub encoder_reconfig_zone: extern "C" fn(*mut Session, *mut c_void) -> c_int,
    pub encoder_headers: unsafe extern "C" fn(*mut Session, *mut *mut Nal, *mut u32) -> c_int,
    pub encoder_encode:
        unsafe extern "C" fn(*mut Session, *mut *mut Nal, *mut u32, *const Picture, *mut Picture) -> c_int,
    pub encoder_get_stats: unsafe extern "C" fn(*mut Session, *mut Stats, u32),
    pub encoder_log: extern "C" fn(*mut Session, c_int, *mut *mut c_char),
    pub encoder_close: unsafe extern "C" fn(*mut Session),
    pub cleanup: extern "C" fn(),
    pub size_frame_stats: c_int,
    pub encoder_intra_refresh: extern "C" fn(*mut Session) -> c_int,
    pub encoder_ctu_info: extern "C" fn(*mut Session, c_int, *mut *mut c_void) -> c_int,
    pub get_slicetype_poc_and_scenecut:
        extern "C" fn(*mut Session, *mut c_int, *mut c_int, *mut c_int) -> c_int,
    pub get_ref_frame_list: extern "C" fn(
        *mut Session,
        *mut *mut c_void,
        *mut *mut c_void,
        c_int,
        c_int,
        *mut c_int,
        *mut c_int,
    ) -> c_int,
    pub csvlog_open: extern "C" fn(*const Param) -> *mut c_void,
    pub csvlog_frame: extern "C" fn(*const Param, *const Picture),
    pub csvlog_encode: extern "C" fn(*const Param, *const Stats, c_int, c_int, c_int, *mut *mut c_char),
    pub dither_image: extern "C" fn(*mut Picture, c_int, c_int, *mut i16, c_int),
    pub set_analysis_data: extern "C" fn(*mut Session, *mut c_void, c_int, u32) -> c_int,
    pub zone_param_parse: extern "C" fn(*mut Param, *const c_char, *const c_char) -> c_int,
}

const fn api<const BITS: i32>() -> Api {
    Api {
        major: 1,
        build: BUILD,
        size_param: size_of::<Param>() as c_int,
        size_picture: size_of::<Picture>() as c_int,
        size_analysis: 15_688,
        size_zone: 40,
        size_stats: size_of::<Stats>() as c_int,
        bit_depth: BITS,
        version: Text(VERSION.as_ptr()),
        about: Text(ABOUT.as_ptr()),
        param_alloc: x265_param_alloc,
        param_free: x265_param_free,
        param_default: param_default::<BITS>,
        param_parse: x265_param_parse,
        param_apply_profile: x265_param_apply_profile,
        param_default_preset: param_default_preset::<BITS>,
        picture_alloc: x265_picture_alloc,
        picture_free: x265_picture_free,
        picture_init: x265_picture_init,
        encoder_open: x265_encoder_open_199,
        encoder_parameters: x265_encoder_parameters,
        encoder_reconfig: x265_encoder_reconfig,
        encoder_reconfig_zone: x265_encoder_reconfig_zone,
        encoder_headers: x265_encoder_headers,
        encoder_encode: x265_encoder_encode,
        encoder_get_stats: x265_encoder_get_stats,
        encoder_log: x265_encoder_log,
        encoder_close: x265_encoder_close,
        cleanup: x265_cleanup,
        size_frame_stats: 960,
        encoder_intra_refresh: x265_encoder_intra_refresh,
        encoder_ctu_info: x265_encoder_ctu_info,
        get_slicetype_poc_and_scenecut: x265_get_slicetype_poc_and_scenecut,
        get_ref_frame_list: x265_get_ref_frame_list,
        csvlog_open: x265_csvlog_open,
        csvlog_frame: x265_csvlog_frame,
        csvlog_encode: x265_csvlog_encode,
        dither_image: x265_dither_image,
        set_analysis_data: x265_set_analysis_data,
        zone_param_parse: x265_zone_param_parse,
    }
}

static API_8: Api = api::<8>();
static API_10: Api = api::<10>();

/// The functions for this many bits per sample, 0 for any; null if there are none.
#[unsafe(no_mangle)]
pub extern "C" fn x265_api_get_199(depth: c_int) -> *const Api {
    match depth {
        0 | 8 => &raw const API_8,
        10 => &raw const API_10,
        _ => std::ptr::null(),
    }
}

/// The functions for this many bits per sample, 0 for any, if the program was made for this build; else null, with the reason in
/// `*error`.
///
/// # Safety
/// As all functions of [`exports`](crate::exports).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn x265_api_query(depth: c_int, build: c_int, error: *mut c_int) -> *const Api {
    let api = x265_api_get_199(depth);
    let (api, code) = match (build == BUILD, api.is_null()) {
        (false, _) => (std::ptr::null(), OTHER_BUILD),
        (_, true) => (api, NO_LIBRARY),
        _ => (api, 0),
    };
    if !error.is_null() {
        // SAFETY: not null, so valid for writing by the contract of all functions.
        unsafe { error.write(code) };
    }
    api
}
