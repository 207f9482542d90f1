//! Pictures.

use super::destroy;
use crate::guard::guard;
use crate::layout::{Param, Picture, Zero};

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
