//! The border: panics and null pointers stop here.

use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `f`; a panic becomes `failed`.
pub(crate) fn guard<R>(failed: R, f: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|payload| {
        // A payload may panic when it is dropped.
        std::mem::forget(payload);
        failed
    })
}

/// The text at `pointer`: none for null, an error for what is not UTF-8.
///
/// # Safety
/// `pointer` is null or a text that outlives `'a`.
pub(crate) unsafe fn text<'a>(pointer: *const c_char) -> Result<Option<&'a str>, std::str::Utf8Error> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: not null, so a text by the contract of this function.
    unsafe { CStr::from_ptr(pointer) }.to_str().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_and_foreign_texts_stop_here() {
        assert_eq!(guard(-1, || 3), 3);
        assert_eq!(guard(-1, || panic!("stops at the border")), -1);
        // SAFETY: null or texts that end with zero.
        unsafe {
            assert_eq!(text(std::ptr::null()), Ok(None));
            assert_eq!(text(c"crf".as_ptr()), Ok(Some("crf")));
            assert!(text(c"\xff".as_ptr()).is_err());
        }
    }
}
