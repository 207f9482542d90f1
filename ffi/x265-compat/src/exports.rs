//! The functions that programs call.
//!
//! The contract of all of them: pointers are null or valid, texts end with zero, encoders, parameters and pictures were made
//! here and are not destroyed yet, and planes, QP offsets and messages of a picture are as large as the picture and the
//! encoder's parameters say. One encoder is used by one thread at a time. Null is refused wherever it is not a value.
// What is to be kept is the same everywhere, and said above.
#![allow(clippy::missing_safety_doc)]

use crate::guard::{guard, text};
use crate::layout::{Nal, Param, Picture, Stats, Zero, number};
use crate::log::{self, Level};
use crate::output::Units;
use crate::parse;
use crate::session::Session;
use rivus_x265_options::{Refusal, profile};
use std::ffi::{c_char, c_int, c_void};

/// What a failed call returns where nothing more exact is defined.
const FAILED: c_int = -1;
/// Bits per sample of functions that no table of functions leads to.
const DEPTH: i32 = 8;

/// Destroys what `pointer` points to.
///
/// # Safety
/// `pointer` is null or came from [`Box::into_raw`] and is not destroyed yet.
unsafe fn destroy<T>(pointer: *mut T) {
    if !pointer.is_null() {
        // SAFETY: by the contract of this function.
        guard((), || drop(unsafe { Box::from_raw(pointer) }));
    }
}

/// Memory for parameters; it holds the defaults.
#[unsafe(no_mangle)]
pub extern "C" fn x265_param_alloc() -> *mut Param {
    guard(std::ptr::null_mut(), || Box::into_raw(Box::new(Param::new(DEPTH))))
}

/// Gives back what [`x265_param_alloc`] gave.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn x265_param_free(param: *mut Param) {
    // SAFETY: by the contract of all functions.
    unsafe { destroy(param) };
}

/// The defaults for `BITS` bits per sample.
pub(crate) unsafe extern "C" fn param_default<const BITS: i32>(param: *mut Param) {
    if !param.is_null() {
        // SAFETY: not null, so valid for writing by the contract of all functions.
        guard((), || unsafe { param.write(Param::new(BITS)) });
    }
}

/// The defaults for 8 bits per sample.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn x265_param_default(param: *mut Param) {
    // SAFETY: by the contract of all functions.
    unsafe { param_default::<DEPTH>(param) };
}

/// The defaults for `BITS` bits per sample with a preset and a tune.
pub(crate) unsafe extern "C" fn param_default_preset<const BITS: i32>(
    param: *mut Param,
    preset: *const c_char,
    tune: *const c_char,
) -> c_int {
    guard(FAILED, || {
        // SAFETY: null or texts, by the contract of all functions.
        let (Ok(preset), Ok(tune)) = (unsafe { text(preset) }, unsafe { text(tune) }) else { return FAILED };
        match Param::with_preset(BITS, preset, tune) {
            Some(value) if !param.is_null() => {
                // SAFETY: not null, so valid for writing by the contract of all functions.
                unsafe { param.write(value) };
                0
            }
            _ => FAILED,
        }
    })
}

/// The defaults for 8 bits per sample with a preset and a tune.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn x265_param_default_preset(
    param: *mut Param,
    preset: *const c_char,
    tune: *const c_char,
) -> c_int {
    // SAFETY: by the contract of all functions.
    unsafe { param_default_preset::<DEPTH>(param, preset, tune) }
}

/// Sets an option by its name; without a value it is switched on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn x265_param_parse(
    param: *mut Param,
    name: *const c_char,
    value: *const c_char,
) -> c_int {
    guard(number::BAD_VALUE, || {
        // SAFETY: null or valid, by the contract of all functions.
        let (Some(param), Ok(Some(name))) = (unsafe { param.as_mut() }, unsafe { text(name) }) else {
            return number::BAD_NAME;
        };
        // SAFETY: null or a text, by the contract of all functions.
        let Ok(value) = (unsafe { text(value) }) else { return number::BAD_VALUE };
        match parse::set(param, name, value) {
            Ok(note) => {
                note.into_iter().for_each(|note| log::line(param.log_level, Level::Warning, note));
                0
            }
            Err(refusal) => {
                log::line(param.log_level, Level::Error, &refusal);
                if matches!(refusal, Refusal::Unknown { .. }) { number::BAD_NAME } else { number::BAD_VALUE }
            }
        }
    })
}

/// Binds the stream to a profile; null binds it to none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn x265_param_apply_profile(param: *mut Param, name: *const c_char) -> c_int {
    guard(FAILED, || {
        // SAFETY: null or valid, by the contract of all functions.
        let (Some(param), Ok(name)) = (unsafe { param.as_mut() }, unsafe { text(name) }) else {
            return FAILED;
        };
        let Some(name) = name else { return 0 };
        match profile(name) {
            Some(profile) if param.bit_depth <= profile.depth => {
                if profile.is_intra {
                    param.keyint = 1;
                }
                0
            }
            Some(_) => {
                let reason = format_args!("profile {name} does not have {} bits per sample", param.bit_depth);
                log::line(param.log_level, Level::Error, reason);
                FAILED
            }
            None => {
                log::line(param.log_level, Level::Error, format_args!("there is no profile {name}"));
                FAILED
            }
        }
    })
}

/// Memory for a picture, all zero.
#[unsafe(no_mangle)]
pub extern "C" fn x265_picture_alloc() -> *mut Picture {
    guard(std::ptr::null_mut(), || Box::into_raw(Box::new(Picture::zeroed())))
}

/// Gives back what [`x265_picture_alloc`] gave.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn x265_picture_free(picture: *mut Picture) {
    // SAFETY: by the contract of all functions.
    unsafe { destroy(picture) };
}

/// Prepares a picture for an encoder with these parameters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn x265_picture_init(param: *const Param, picture: *mut Picture) {
    // SAFETY: null or valid, by the contract of all functions.
    if let Some(param) = unsafe { param.as_ref() }.filter(|_| !picture.is_null()) {
        let (bit_depth, chroma_format) = (param.bit_depth, param.chroma_format);
        // SAFETY: not null, so valid for writing by the contract of all functions.
        unsafe { picture.write(Picture { bit_depth, chroma_format, ..Picture::zeroed() }) };
    }
}

/// An encoder for these parameters, which are copied; null if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn x265_encoder_open_199(param: *const Param) -> *mut Session {
    guard(std::ptr::null_mut(), || {
        // SAFETY: null or valid, by the contract of all functions.
        let Some(param) = (unsafe { param.as_ref() }) else { return std::ptr::null_mut() };
        // SAFETY: by the contract of all functions.
        match unsafe { Session::open(param) } {
            Ok(session) => Box::into_raw(Box::new(session)),
            Err(reason) => {
                log::line(param.log_level, Level::Error, reason);
                std::ptr::null_mut()
            }
        }
    })
}

/// Ends an encoder.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn x265_encoder_close(session: *mut Session) {
    // SAFETY: null or live, by the contract of all functions.
    if let Some(session) = unsafe { session.as_mut() } {
        session.run((), |session| session.close());
    }
    // SAFETY: by the contract of all functions.
    unsafe { destroy(session) };
}

/// Runs `f` on the encoder.
///
/// # Safety
/// The contract of all functions.
unsafe fn with(session: *mut Session, f: impl FnOnce(&mut Session) -> Result<c_int, String>) -> c_int {
    // SAFETY: null or live, by the contract of this function.
    let Some(session) = (unsafe { session.as_mut() }) else { return FAILED };
    session.run(FAILED, |session| match f(session) {
        Ok(code) => code,
        Err(reason) => {
            log::line(session.param().log_level, Level::Error, reason);
            FAILED
        }
    })
}

/// Shows the program where the units are.
///
/// # Safety
/// `nals` and `count` are null or valid for writing.
unsafe fn show(units: Option<&mut Units>, nals: *mut *mut Nal, count: *mut u32) {
    let units = units.map_or(&mut [][..], Units::nals);
    if !nals.is_null() {
        let first = if units.is_empty() { std::ptr::null_mut() } else { units.as_mut_ptr() };
        // SAFETY: by the contract of this function.
        unsafe { nals.write(first) };
    }
    if !count.is_null() {
        // SAFETY: by the contract of this function.
        unsafe { count.write(units.len() as u32) };
    }
}

/// The parameter sets, valid until the next call; returns how many bytes they have.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn x265_encoder_headers(
    session: *mut Session,
    nals: *mut *mut Nal,
    count: *mut u32,
) -> c_int {
    // SAFETY: by the contract of all functions.
    unsafe {
        with(session, |session| {
            let units = session.headers();
            let bytes = units.bytes() as c_int;
            show(Some(units), nals, count);
            Ok(bytes)
        })
    }
}

/// Takes a picture, or with null ends the video, and gives the units of one coded picture if there is one: 1 if so, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn x265_encoder_encode(
    session: *mut Session,
    nals: *mut *mut Nal,
    count: *mut u32,
    input: *const Picture,
    output: *mut Picture,
) -> c_int {
    // SAFETY: null or valid for writing, by the contract of all functions.
    unsafe { show(None, nals, count) };
    // SAFETY: by the contract of all functions.
    unsafe {
        with(session, |session| {
            session.send(input.as_ref())?;
            let units = session.receive(output.as_mut())?;
            let coded = c_int::from(units.is_some());
            show(units, nals, count);
            Ok(coded)
        })
    }
}

/// Writes the parameters of an encoder to `*param`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn x265_encoder_parameters(session: *mut Session, param: *mut Param) {
    // SAFETY: null or live, by the contract of all functions.
    if let Some(session) = unsafe { session.as_ref() }.filter(|_| !param.is_null()) {
        // SAFETY: not null, so valid for writing by the contract of all functions.
        unsafe { param.write(*session.param()) };
    }
}

/// Changes rates and quality from the next pictures on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn x265_encoder_reconfig(session: *mut Session, param: *const Param) -> c_int {
    // SAFETY: by the contract of all functions.
    unsafe {
        with(session, |session| match param.as_ref() {
            Some(param) => session.change(param).map(|()| 0),
            None => Ok(FAILED),
        })
    }
}

/// Writes what was done so far to `*stats`, of which `size` bytes are the program's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn x265_encoder_get_stats(session: *mut Session, stats: *mut Stats, size: u32) {
    // SAFETY: null or live, by the contract of all functions.
    let Some(session) = (unsafe { session.as_mut() }) else { return };
    if stats.is_null() {
        return;
    }
    let value = session.run(Stats::default(), |session| session.stats());
    let size = size_of::<Stats>().min(size as usize);
    // SAFETY: not null, so valid for as many bytes as the program says by the contract of all functions.
    unsafe { std::ptr::copy_nonoverlapping(std::ptr::from_ref(&value).cast::<u8>(), stats.cast(), size) };
}

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
