//! What the tests of the interface share: handles that are destroyed when they go, texts, pictures.
#![allow(dead_code, reason = "every test takes what it needs")]

use rivus_ffi::config::{RivusConfig, rivus_config_create, rivus_config_destroy, rivus_config_set};
use rivus_ffi::encoder::{
    RivusEncoder, rivus_encoder_create, rivus_encoder_destroy, rivus_encoder_receive, rivus_encoder_send,
};
use rivus_ffi::error::RivusStatus;
use rivus_ffi::packet::{RivusPacket, RivusPacketInfo, rivus_packet_destroy, rivus_packet_info};
use rivus_ffi::picture::RivusPicture;
use std::ffi::{CStr, CString, c_char};
use std::ptr::null_mut;

pub(crate) const WIDTH: u32 = 64;
pub(crate) const HEIGHT: u32 = 48;

/// The text at `pointer`, which the library gave.
pub(crate) fn text(pointer: *const c_char) -> String {
    assert!(!pointer.is_null());
    // SAFETY: not null; texts of the library end with a zero byte.
    unsafe { CStr::from_ptr(pointer) }.to_str().expect("UTF-8").to_owned()
}

/// A struct of the interface with all bytes 0 but its size.
pub(crate) fn sized<T>() -> T {
    // SAFETY: the structs of the interface are valid with all bytes 0, and begin with their size.
    unsafe {
        let mut value: T = std::mem::zeroed();
        (&raw mut value).cast::<usize>().write(size_of::<T>());
        value
    }
}

/// A configuration with these options.
pub(crate) struct Config(pub(crate) *mut RivusConfig);

impl Config {
    pub(crate) fn new(options: &[(&str, &str)]) -> Self {
        let mut config = null_mut();
        // SAFETY: `config` is a valid place.
        let status = unsafe { rivus_config_create(WIDTH, HEIGHT, &mut config) };
        assert_eq!(status, RivusStatus::Ok);
        let config = Self(config);
        for (name, value) in options {
            assert_eq!(config.set(name, value), RivusStatus::Ok, "{name}={value}");
        }
        config
    }

    pub(crate) fn set(&self, name: &str, value: &str) -> RivusStatus {
        let (name, value) = (CString::new(name).expect("text"), CString::new(value).expect("text"));
        // SAFETY: a live handle and two texts.
        unsafe { rivus_config_set(self.0, name.as_ptr(), value.as_ptr()) }
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        // SAFETY: a live handle.
        unsafe { rivus_config_destroy(&mut self.0) };
        assert!(self.0.is_null());
    }
}

/// An encoder with these options.
pub(crate) struct Encoder(pub(crate) *mut RivusEncoder);

impl Encoder {
    pub(crate) fn new(options: &[(&str, &str)]) -> Self {
        let config = Config::new(&[("preset", "ultrafast"), ("threads", "1")]);
        for (name, value) in options {
            assert_eq!(config.set(name, value), RivusStatus::Ok, "{name}={value}");
        }
        let mut encoder = null_mut();
        // SAFETY: a live handle and a valid place.
        assert_eq!(unsafe { rivus_encoder_create(config.0, &mut encoder) }, RivusStatus::Ok);
        Self(encoder)
    }

    pub(crate) fn send(&self, picture: &RivusPicture) -> RivusStatus {
        // SAFETY: a live handle; the tests make pictures that are valid or refused.
        unsafe { rivus_encoder_send(self.0, picture) }
    }

    pub(crate) fn receive(&self) -> Result<Packet, RivusStatus> {
        let mut packet = null_mut();
        // SAFETY: a live handle and a valid place.
        match unsafe { rivus_encoder_receive(self.0, &mut packet) } {
            RivusStatus::Ok => Ok(Packet(packet)),
            status => {
                assert!(packet.is_null());
                Err(status)
            }
        }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: a live handle, or null.
        unsafe { rivus_encoder_destroy(&mut self.0) };
    }
}

/// A packet.
pub(crate) struct Packet(pub(crate) *mut RivusPacket);

impl Packet {
    pub(crate) fn info(&self) -> RivusPacketInfo {
        let mut info = sized();
        // SAFETY: a live packet and a struct of its size.
        assert_eq!(unsafe { rivus_packet_info(self.0, &mut info) }, RivusStatus::Ok);
        info
    }

    pub(crate) fn data(&self) -> &[u8] {
        let info = self.info();
        // SAFETY: the bytes belong to the packet, which is borrowed.
        unsafe { std::slice::from_raw_parts(info.data, info.data_size) }
    }
}

impl Drop for Packet {
    fn drop(&mut self) {
        // SAFETY: a live packet.
        unsafe { rivus_packet_destroy(&mut self.0) };
    }
}

/// Samples of a picture; `picture` describes them.
pub(crate) struct Samples<S> {
    planes: [Vec<S>; 3],
}

impl<S: Copy + From<u8>> Samples<S> {
    /// A gradient that moves with `n`, times `scale`.
    pub(crate) fn new(n: u8, scale: impl Fn(u8) -> S) -> Self {
        let plane = |width: u32, height: u32, base: u8| {
            (0..width * height)
                .map(|i| scale(base.wrapping_add((i % width + i / width) as u8).wrapping_add(3 * n)))
                .collect()
        };
        Self {
            planes: [
                plane(WIDTH, HEIGHT, 20),
                plane(WIDTH / 2, HEIGHT / 2, 90),
                plane(WIDTH / 2, HEIGHT / 2, 120),
            ],
        }
    }

    pub(crate) fn plane(&self, plane: usize) -> &[S] {
        &self.planes[plane]
    }

    /// Planes, strides, size and depth; the caller adds what it tests.
    pub(crate) fn picture(&self, bit_depth: u32, pts: i64) -> RivusPicture {
        let bytes = size_of::<S>() as isize;
        RivusPicture {
            planes: self.planes.each_ref().map(|plane| plane.as_ptr().cast()),
            strides: [WIDTH, WIDTH / 2, WIDTH / 2].map(|width| width as isize * bytes),
            width: WIDTH,
            height: HEIGHT,
            bit_depth,
            pts,
            ..sized()
        }
    }
}
