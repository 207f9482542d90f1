//! What there is nothing behind: programs find these functions, and learn from them that it cannot be had.

use super::FAILED;
use crate::layout::{Param, Picture, Stats};
use crate::session::Session;
use std::ffi::{c_char, c_int, c_void};

/// Nothing: there is no global state.
#[unsafe(no_mangle)]
pub extern "C" fn x265_cleanup() {}

/// Refuses: pictures are not refreshed in parts.
#[unsafe(no_mangle)]
pub extern "C" fn x265_encoder_intra_refresh(_: *mut Session) -> c_int {
    FAILED
}

/// Refuses: there is no analysis from outside.
#[unsafe(no_mangle)]
pub extern "C" fn x265_encoder_ctu_info(_: *mut Session, _: c_int, _: *mut *mut c_void) -> c_int {
    FAILED
}

/// Refuses: there are no zones.
#[unsafe(no_mangle)]
pub extern "C" fn x265_encoder_reconfig_zone(_: *mut Session, _: *mut c_void) -> c_int {
    FAILED
}

/// Refuses: there are no zones.
#[unsafe(no_mangle)]
pub extern "C" fn x265_zone_param_parse(_: *mut Param, _: *const c_char, _: *const c_char) -> c_int {
    FAILED
}

/// Null: there are no zones.
#[unsafe(no_mangle)]
pub extern "C" fn x265_zone_alloc(_: c_int, _: c_int) -> *mut c_void {
    std::ptr::null_mut()
}

/// Nothing, as there are no zones.
#[unsafe(no_mangle)]
pub extern "C" fn x265_zone_free(_: *mut Param) {}

/// Refuses: decisions are not told before pictures are coded.
#[unsafe(no_mangle)]
pub extern "C" fn x265_get_slicetype_poc_and_scenecut(
    _: *mut Session,
    _: *mut c_int,
    _: *mut c_int,
    _: *mut c_int,
) -> c_int {
    FAILED
}

/// Refuses: reference pictures are not shown.
#[unsafe(no_mangle)]
pub extern "C" fn x265_get_ref_frame_list(
    _: *mut Session,
    _: *mut *mut c_void,
    _: *mut *mut c_void,
    _: c_int,
    _: c_int,
    _: *mut c_int,
    _: *mut c_int,
) -> c_int {
    FAILED
}

/// Refuses: there is no analysis from outside.
#[unsafe(no_mangle)]
pub extern "C" fn x265_set_analysis_data(_: *mut Session, _: *mut c_void, _: c_int, _: u32) -> c_int {
    FAILED
}

/// Nothing: there is no analysis to be kept.
#[unsafe(no_mangle)]
pub extern "C" fn x265_alloc_analysis_data(_: *mut Param, _: *mut c_void) {}

/// Nothing: there is no analysis to be kept.
#[unsafe(no_mangle)]
pub extern "C" fn x265_free_analysis_data(_: *mut Param, _: *mut c_void) {}

/// Nothing: the program has its own log.
#[unsafe(no_mangle)]
pub extern "C" fn x265_encoder_log(_: *mut Session, _: c_int, _: *mut *mut c_char) {}

/// Null: there is no CSV file.
#[unsafe(no_mangle)]
pub extern "C" fn x265_csvlog_open(_: *const Param) -> *mut c_void {
    std::ptr::null_mut()
}

/// Nothing, as there is no CSV file.
#[unsafe(no_mangle)]
pub extern "C" fn x265_csvlog_frame(_: *const Param, _: *const Picture) {}

/// Nothing, as there is no CSV file.
#[unsafe(no_mangle)]
pub extern "C" fn x265_csvlog_encode(
    _: *const Param,
    _: *const Stats,
    _: c_int,
    _: c_int,
    _: c_int,
    _: *mut *mut c_char,
) {
}

/// Nothing: samples are rounded to the depth of the encoder when they come in.
#[unsafe(no_mangle)]
pub extern "C" fn x265_dither_image(_: *mut Picture, _: c_int, _: c_int, _: *mut i16, _: c_int) {}
