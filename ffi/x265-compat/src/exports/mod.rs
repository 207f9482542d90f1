//! The functions that programs call.
//!
//! The contract of all of them: pointers are null or valid, texts end with zero, encoders, parameters and pictures were made
//! here and are not destroyed yet, and planes, QP offsets and messages of a picture are as large as the picture and the
//! encoder's parameters say. One encoder is used by one thread at a time. Null is refused wherever it is not a value.
// What is to be kept is the same everywhere, and said above.
#![allow(clippy::missing_safety_doc)]

mod absent;
mod encoder;
mod param;
mod picture;

pub use absent::*;
pub use encoder::*;
pub use param::*;
pub use picture::*;

use crate::guard::guard;
use std::ffi::c_int;

/// What a failed call returns where nothing more exact is defined.
const FAILED: c_int = -1;

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
