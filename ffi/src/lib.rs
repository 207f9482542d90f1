//! The C interface of Rivus: opaque handles, structs that begin with their size, status codes.
//!
//! `include/rivus.h` is made from this crate by cbindgen, so what is documented here is what C programmers read;
//! `docs/c-api.md` is the guide. Modules: `config` and `decoder_config` hold options, `encoder` takes [`picture`]s and gives
//! [`packet`]s, `decoder` takes bytes and gives [`frame`]s. Beneath them: `handle` locks a handle, catches panics and keeps the
//! text of the last error; `sized` reads and writes structs of other versions of the header; `error` turns what the crates
//! below say into status codes; `option` describes options; `log` hands messages to the caller.
//!
//! # Contract of all functions
//!
//! What makes them `unsafe` is the same everywhere, and said once, here: pointers are null or valid for what the function does
//! with them; handles come from the `create` function or the function that returned them, and are not destroyed yet; texts end
//! with a zero byte. Everything else is checked. A panic beneath becomes [`RivusStatus::ErrorInternal`](error::RivusStatus).
#![allow(clippy::missing_safety_doc, reason = "the contract is the same for all and given above")]

#[cfg(panic = "abort")]
compile_error!("panics must unwind, so that they can be caught at the boundary: build with panic=unwind");

pub mod config;
pub mod decoder;
pub mod decoder_config;
pub mod encoder;
pub mod error;
pub mod frame;
mod handle;
pub mod log;
pub mod option;
pub mod packet;
pub mod picture;
mod sized;
mod text;

use std::ffi::c_char;

/// Major version: changes when programs must be compiled again.
pub const RIVUS_VERSION_MAJOR: u32 = 0;
/// Minor version: grows with what is added.
pub const RIVUS_VERSION_MINOR: u32 = 1;
/// Patch version.
pub const RIVUS_VERSION_PATCH: u32 = 0;

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");

/// Version of the library that is linked, such as "0.1.0". The text is constant.
#[unsafe(no_mangle)]
pub extern "C" fn rivus_version() -> *const c_char {
    VERSION.as_ptr().cast()
}

/// Version of the library that is linked as a number: major * 65536 + minor * 256 + patch.
#[unsafe(no_mangle)]
pub extern "C" fn rivus_version_number() -> u32 {
    RIVUS_VERSION_MAJOR << 16 | RIVUS_VERSION_MINOR << 8 | RIVUS_VERSION_PATCH
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers are those of the manifest.
    #[test]
    fn versions_agree() {
        let numbers = format!("{RIVUS_VERSION_MAJOR}.{RIVUS_VERSION_MINOR}.{RIVUS_VERSION_PATCH}");
        assert_eq!(numbers, env!("CARGO_PKG_VERSION"));
        assert_eq!(VERSION, format!("{numbers}\0"));
    }
}
