//! Texts from C.

use crate::error::Failure;
use std::ffi::{CStr, c_char};

/// The text at `pointer`.
///
/// # Safety
/// `pointer` is null or points to a text that ends with a zero byte and stays as it is for `'a`.
pub(crate) unsafe fn read<'a>(pointer: *const c_char, what: &str) -> Result<&'a str, Failure> {
    if pointer.is_null() {
        return Err(Failure::null(what));
    }
    // SAFETY: by the contract of this function.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str().map_err(|_| Failure::argument(format!("{what} is not UTF-8: {}", text.to_string_lossy())))
}

/// The `count` values at `pointer`; none if `count` is 0.
///
/// # Safety
/// If `count` is not 0, `pointer` is null or valid for reading `count` values that stay as they are for `'a`.
pub(crate) unsafe fn slice<'a, T>(pointer: *const T, count: usize, what: &str) -> Result<&'a [T], Failure> {
    if count == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(Failure::null(what));
    }
    if !pointer.is_aligned()
        || count.checked_mul(size_of::<T>()).is_none_or(|bytes| bytes > isize::MAX as usize)
    {
        return Err(Failure::argument(format!("{what}: {count} values at {pointer:p} cannot be")));
    }
    // SAFETY: not null, aligned, not too large; the rest is the contract of this function.
    Ok(unsafe { std::slice::from_raw_parts(pointer, count) })
}
