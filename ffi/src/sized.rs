//! Structs that begin with their size, so that fields can be added at their end.
//!
//! A caller compiled against an older header gives a smaller size: fields beyond it count as 0, or are not written. One compiled
//! against a newer header gives a larger size: fields this version does not know must be 0, or are written as 0.

use crate::error::{Failure, RivusStatus};
use std::mem::MaybeUninit;

/// Largest size that is taken for one.
const LARGEST: usize = 4096;

/// Such a struct.
///
/// # Safety
/// `repr(C)`, the first field is `size: usize`, and all bytes 0 are a valid value, as are any bytes that C code may write to its
/// fields.
pub(crate) unsafe trait SizedStruct: Copy {
    /// Its name in C.
    const NAME: &'static str;
    /// Its size in the first version.
    const FIRST: usize;
}

fn size<T: SizedStruct>(pointer: *const T, stated: impl FnOnce() -> usize) -> Result<usize, Failure> {
    if pointer.is_null() {
        return Err(Failure::null(T::NAME));
    }
    let stated = stated();
    if (T::FIRST..=LARGEST).contains(&stated) {
        return Ok(stated);
    }
    let text = format!("{}.size is {stated}, expected sizeof({}) = {}", T::NAME, T::NAME, size_of::<T>());
    Err(Failure::new(RivusStatus::ErrorSize, text))
}

/// Reads a struct of the caller's version.
///
/// # Safety
/// `pointer` is null or valid for reading a `size_t`, and if that is a size the struct can have, for as many bytes.
pub(crate) unsafe fn read<T: SizedStruct>(pointer: *const T) -> Result<T, Failure> {
    // SAFETY: only called if it is not null; the contract of this function.
    let stated = size(pointer, || unsafe { pointer.cast::<usize>().read_unaligned() })?;
    let known = stated.min(size_of::<T>());
    let mut value = MaybeUninit::<T>::zeroed();
    let bytes = pointer.cast::<u8>();
    // SAFETY: the source has `stated` bytes by the contract of this function, the target `size_of::<T>()`; `known` is neither
    // above one nor the other. The rest of the source is not below `known`.
    let rest = unsafe {
        std::ptr::copy_nonoverlapping(bytes, value.as_mut_ptr().cast::<u8>(), known);
        std::slice::from_raw_parts(bytes.add(known), stated - known)
    };
    if rest.iter().any(|&byte| byte != 0) {
        let text = format!("{} has fields of a later version that are not 0", T::NAME);
        return Err(Failure::new(RivusStatus::ErrorSize, text));
    }
    // SAFETY: zero bytes and bytes from C code are valid values, by the contract of the trait.
    Ok(unsafe { value.assume_init() })
}

/// Writes `value` to a struct of the caller's version, all but its size.
///
/// # Safety
/// `pointer` is null or valid for reading a `size_t`, and if that is a size the struct can have, for writing as many bytes.
pub(crate) unsafe fn write<T: SizedStruct>(pointer: *mut T, value: &T) -> Result<(), Failure> {
    // SAFETY: only called if it is not null; the contract of this function.
    let stated = size(pointer, || unsafe { pointer.cast::<usize>().read_unaligned() })?;
    let known = stated.min(size_of::<T>());
    let bytes = pointer.cast::<u8>();
    let skipped = size_of::<usize>();
    // SAFETY: the target has `stated` bytes by the contract of this function, the source `size_of::<T>()`; `known` is neither
    // above one nor the other, and not below the size of a `size_t`, with which both begin.
    unsafe {
        let source = std::ptr::from_ref(value).cast::<u8>();
        std::ptr::copy_nonoverlapping(source.add(skipped), bytes.add(skipped), known - skipped);
        bytes.add(known).write_bytes(0, stated - known);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Version2 {
        size: usize,
        first: u64,
        added: u64,
    }

    // SAFETY: `repr(C)`, integers only, the first one is `size`.
    unsafe impl SizedStruct for Version2 {
        const NAME: &'static str = "Version2";
        const FIRST: usize = 16;
    }

    fn read_words(words: &[usize]) -> Result<Version2, RivusStatus> {
        // SAFETY: the first word says how many bytes there are, or a number that is no size.
        unsafe { read(words.as_ptr().cast::<Version2>()) }.map_err(|failure| failure.status)
    }

    /// A caller with an older, the same, and a newer header.
    #[test]
    fn structs_of_other_versions_are_read() {
        assert_eq!(read_words(&[16, 5]), Ok(Version2 { size: 16, first: 5, added: 0 }));
        assert_eq!(read_words(&[24, 5, 6]), Ok(Version2 { size: 24, first: 5, added: 6 }));
        assert_eq!(read_words(&[32, 5, 6, 0]), Ok(Version2 { size: 32, first: 5, added: 6 }));
        assert_eq!(read_words(&[32, 5, 6, 7]), Err(RivusStatus::ErrorSize));
    }

    #[test]
    fn sizes_that_are_none_are_refused() {
        for size in [0, 1, 15, 4097, usize::MAX] {
            assert_eq!(read_words(&[size, 5, 6]), Err(RivusStatus::ErrorSize));
        }
        // SAFETY: null is allowed.
        let null = unsafe { read(std::ptr::null::<Version2>()) };
        assert_eq!(null.map_err(|failure| failure.status), Err(RivusStatus::ErrorNull));
    }

    /// Nothing is written beyond the caller's size, and what this version does not know is 0.
    #[test]
    fn structs_of_other_versions_are_written() {
        let value = Version2 { size: 0, first: 8, added: 9 };
        for (size, expected) in
            [(16, [16, 8, 3, 3]), (24, [24, 8, 9, 3]), (32, [32, 8, 9, 0]), (8, [8, 3, 3, 3])]
        {
            let mut words = [size, 3usize, 3, 3];
            // SAFETY: there are as many bytes as the first word says, or it is no size.
            let written = unsafe { write(words.as_mut_ptr().cast::<Version2>(), &value) };
            assert_eq!((words, written.is_ok()), (expected, size >= 16));
        }
    }
}
