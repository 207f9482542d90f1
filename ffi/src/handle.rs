//! What is behind a handle: a lock, so that any thread may use it; the text of its last error; its log.
//!
//! Every function of the interface runs inside [`guard`] or [`call`], so no panic leaves the library. A panic while a handle
//! is locked poisons it: from then on it says so, and can only be destroyed.

use crate::error::{Failure, RivusStatus};
use crate::log::{Log, RivusLogLevel};
use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

/// The text of a handle after a panic.
const FAULT: &str = "internal error: the handle can only be destroyed";

struct Locked<T> {
    value: T,
    error: CString,
    log: Log,
}

/// A value that any thread may use, one at a time.
pub(crate) struct Shared<T> {
    locked: Mutex<Locked<T>>,
}

/// An opaque type of the interface.
pub(crate) trait Handle {
    type Value: Send;

    fn shared(&self) -> &Shared<Self::Value>;
}

/// A text for C: what follows a zero byte, which no message of ours has, is lost.
pub(crate) fn c_text(text: &str) -> CString {
    let text: Vec<u8> = text.bytes().take_while(|&byte| byte != 0).collect();
    CString::new(text).unwrap_or_default()
}

impl<T> Shared<T> {
    pub(crate) fn new(value: T, log: Log) -> Self {
        Self { locked: Mutex::new(Locked { value, error: CString::default(), log }) }
    }

    /// The text of the last error; empty before the first one.
    fn error(&self) -> *const c_char {
        self.locked.lock().unwrap_or_else(PoisonError::into_inner).error.as_ptr()
    }

    /// Runs `f` while the handle is locked, and notes and logs its failure. Messages are handed out when the lock is gone, so
    /// that a callback may use the handle.
    fn run<R>(&self, f: impl FnOnce(&mut T, &mut Log) -> Result<R, Failure>) -> Result<R, Failure> {
        let (result, sink, messages) = {
            let mut locked = match self.locked.lock() {
                Ok(locked) => locked,
                Err(_) => return Err(Failure::new(RivusStatus::ErrorInternal, FAULT)),
            };
            let Locked { value, error, log } = &mut *locked;
            let result = f(value, log);
            if let Err(failure) = &result {
                *error = c_text(&failure.text);
                log.push(RivusLogLevel::Error, || failure.text.clone());
            }
            (result, log.sink(), log.take())
        };
        sink.deliver(messages);
        result
    }

    /// After a panic: the text says so.
    fn note_fault(&self) {
        if let Err(poisoned) = self.locked.lock() {
            poisoned.into_inner().error = c_text(FAULT);
        }
    }
}

/// Runs `f`; its failure, or its panic, becomes `R` by `fail`.
pub(crate) fn guard<R>(f: impl FnOnce() -> Result<R, Failure>, fail: impl FnOnce(RivusStatus) -> R) -> R {
    // What `f` leaves behind is a poisoned lock at worst.
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(Ok(result)) => result,
        Ok(Err(failure)) => fail(failure.status),
        Err(payload) => {
            // A payload may panic when it is dropped.
            std::mem::forget(payload);
            fail(RivusStatus::ErrorInternal)
        }
    }
}

/// As [`guard`], for functions that return a status.
pub(crate) fn guard_status(f: impl FnOnce() -> Result<RivusStatus, Failure>) -> RivusStatus {
    guard(f, |status| status)
}

/// Locks the handle and runs `f` on what is behind it; `fail` makes a result of an error.
///
/// # Safety
/// `handle` is null or points to a live handle.
pub(crate) unsafe fn call_for<H: Handle, R>(
    handle: *const H,
    f: impl FnOnce(&mut H::Value, &mut Log) -> Result<R, Failure>,
    fail: impl FnOnce(RivusStatus) -> R,
) -> R {
    // SAFETY: by the contract of this function.
    let Some(handle) = (unsafe { handle.as_ref() }) else { return fail(RivusStatus::ErrorNull) };
    guard(
        || handle.shared().run(f),
        |status| {
            if status == RivusStatus::ErrorInternal {
                handle.shared().note_fault();
            }
            fail(status)
        },
    )
}

/// As [`call_for`], for functions that return a status.
///
/// # Safety
/// `handle` is null or points to a live handle.
pub(crate) unsafe fn call<H: Handle>(
    handle: *const H,
    f: impl FnOnce(&mut H::Value, &mut Log) -> Result<RivusStatus, Failure>,
) -> RivusStatus {
    // SAFETY: by the contract of this function.
    unsafe { call_for(handle, f, |status| status) }
}

/// The text of the handle's last error.
///
/// # Safety
/// `handle` is null or points to a live handle.
pub(crate) unsafe fn error_text<H: Handle>(handle: *const H) -> *const c_char {
    // SAFETY: by the contract of this function.
    match unsafe { handle.as_ref() } {
        Some(handle) => handle.shared().error(),
        None => c"the handle is null".as_ptr(),
    }
}

/// Moves `value` to the heap and its address to `*out`.
///
/// # Safety
/// `out` is valid for writing.
pub(crate) unsafe fn hand_out<T>(out: *mut *mut T, value: T) {
    // SAFETY: by the contract of this function.
    unsafe { out.write(Box::into_raw(Box::new(value))) };
}

/// Checks that `out` is not null and makes `*out` null, so that it is after every failure.
///
/// # Safety
/// `out` is null or valid for writing.
pub(crate) unsafe fn clear<T>(out: *mut *mut T, what: &str) -> Result<(), Failure> {
    if out.is_null() {
        return Err(Failure::null(what));
    }
    // SAFETY: not null, so valid by the contract of this function.
    unsafe { out.write(std::ptr::null_mut()) };
    Ok(())
}

/// Destroys what `*handle` points to and makes `*handle` null, so that doing it again does nothing.
///
/// # Safety
/// `handle` is null or valid for reading and writing; `*handle` is null or came from [`hand_out`] and is not destroyed yet.
pub(crate) unsafe fn destroy<T>(handle: *mut *mut T) {
    if handle.is_null() {
        return;
    }
    // SAFETY: not null, so valid by the contract of this function.
    let value = unsafe { handle.replace(std::ptr::null_mut()) };
    if !value.is_null() {
        let drop = || {
            // SAFETY: it came from `hand_out`, and nobody else will destroy it, by the contract of this function.
            drop(unsafe { Box::from_raw(value) });
            Ok(())
        };
        guard(drop, |_| ());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    struct Number {
        shared: Shared<u32>,
    }

    impl Handle for Number {
        type Value = u32;

        fn shared(&self) -> &Shared<u32> {
            &self.shared
        }
    }

    fn text(number: &Number) -> String {
        // SAFETY: the handle is live, and so is its text.
        unsafe { CStr::from_ptr(error_text(number)) }.to_str().expect("UTF-8").to_owned()
    }

    /// A panic becomes an error code; afterwards the handle refuses everything, says why, and can be destroyed.
    #[test]
    fn panics_are_caught_and_poison_the_handle() {
        let mut number = std::ptr::null_mut();
        // SAFETY: `number` is a valid place, and a live handle from here to `destroy`.
        unsafe {
            hand_out(&mut number, Number { shared: Shared::new(7, Log::default()) });
            let ok = call(number, |value, _| {
                *value += 1;
                Ok(RivusStatus::Ok)
            });
            assert_eq!((ok, text(&*number)), (RivusStatus::Ok, String::new()));
            let failed = call(number, |_, _| Err(Failure::argument("wrong")));
            assert_eq!((failed, text(&*number)), (RivusStatus::ErrorArgument, "wrong".to_owned()));
            let panicked = call(number, |value, _| panic!("{value} breaks"));
            assert_eq!((panicked, text(&*number)), (RivusStatus::ErrorInternal, FAULT.to_owned()));
            assert_eq!(call(number, |_, _| Ok(RivusStatus::Ok)), RivusStatus::ErrorInternal);
            destroy(&mut number);
            assert!(number.is_null());
            destroy(&mut number);
        }
        assert_eq!(guard_status(|| panic!("outside of a handle")), RivusStatus::ErrorInternal);
    }

    /// What panics when it is dropped is destroyed all the same.
    #[test]
    fn panics_of_destructors_are_caught() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("while dropping");
            }
        }
        let mut bomb = std::ptr::null_mut();
        // SAFETY: `bomb` is a valid place and, between the calls, a live handle.
        unsafe {
            hand_out(&mut bomb, Bomb);
            destroy(&mut bomb);
        }
        assert!(bomb.is_null());
    }

    /// Null instead of a handle, and instead of the place of one.
    #[test]
    fn null_is_refused() {
        let null = std::ptr::null::<Number>();
        // SAFETY: null is allowed.
        unsafe {
            assert_eq!(call(null, |_, _| Ok(RivusStatus::Ok)), RivusStatus::ErrorNull);
            assert_eq!(CStr::from_ptr(error_text(null)), c"the handle is null");
            assert!(clear(std::ptr::null_mut::<*mut Number>(), "number").is_err());
            destroy(std::ptr::null_mut::<*mut Number>());
        }
    }
}
