//! Parameters.

use super::{FAILED, destroy};
use crate::guard::{guard, text};
use crate::layout::{Param, number};
use crate::log::{self, Level};
use crate::parse;
use rivus_x265_options::{Refusal, profile};
use std::ffi::{c_char, c_int};

/// Bits per sample of functions that no table of functions leads to.
const DEPTH: i32 = 8;

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
