//! Encoders.

use super::{FAILED, destroy};
use crate::guard::guard;
use crate::layout::{Nal, Param, Picture, Stats};
use crate::log::{self, Level};
use crate::output::Units;
use crate::session::Session;
use std::ffi::c_int;

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
