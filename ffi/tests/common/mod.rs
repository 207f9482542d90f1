//! What the tests of the interface share: handles that are destroyed when they go, texts, pictures.
#![allow(dead_code, reason = "every test takes what it needs")]

use rivus_ffi::config::{RivusConfig, rivus_config_create, rivus_config_destroy, rivus_config_set};
use rivus_ffi::decoder::*;
use rivus_ffi::encoder::*;
use rivus_ffi::error::RivusStatus;
use rivus_ffi::frame::{RivusFrame, RivusFrameInfo, rivus_frame_destroy, rivus_frame_info};
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

/// Sends `pictures` pictures of `depth` bits, changed by `change`, and takes all packets.
pub(crate) fn encode(
    encoder: &Encoder,
    pictures: u8,
    depth: u32,
    change: impl Fn(u8, &mut RivusPicture),
) -> Vec<Packet> {
    let mut packets = Vec::new();
    let mut take = |end| loop {
        match encoder.receive() {
            Ok(packet) => packets.push(packet),
            Err(status) => break assert_eq!(status, end),
        }
    };
    for n in 0..pictures {
        let (narrow, wide) =
            (Samples::<u8>::new(n, |v| v), Samples::<u16>::new(n, |v| u16::from(v) << (depth - 8)));
        let mut picture =
            if depth == 8 { narrow.picture(8, n.into()) } else { wide.picture(depth, n.into()) };
        change(n, &mut picture);
        assert_eq!(encoder.send(&picture), RivusStatus::Ok);
        take(RivusStatus::Again);
    }
    // SAFETY: a live handle.
    assert_eq!(unsafe { rivus_encoder_flush(encoder.0) }, RivusStatus::Ok);
    take(RivusStatus::End);
    packets
}

/// Samples of a frame: planes without padding.
pub(crate) fn samples(frame: *const RivusFrame) -> (RivusFrameInfo, Vec<u8>) {
    let mut info: RivusFrameInfo = sized();
    // SAFETY: a live frame and a struct of its size.
    assert_eq!(unsafe { rivus_frame_info(frame, &mut info) }, RivusStatus::Ok);
    let mut all = Vec::new();
    for plane in 0..info.plane_count as usize {
        let shift = u32::from(plane > 0);
        let row = ((info.width >> shift) * info.sample_bytes) as usize;
        for y in 0..(info.height >> shift) as isize {
            // SAFETY: the frame is live and has this row.
            all.extend_from_slice(unsafe {
                std::slice::from_raw_parts(
                    info.planes[plane].cast::<u8>().offset(y * info.strides[plane]),
                    row,
                )
            });
        }
    }
    (info, all)
}

/// Decodes packets one by one, and shows each frame to `look`; every frame is destroyed only after its decoder.
pub(crate) fn decode<R>(packets: &[Packet], look: impl Fn(*const RivusFrame) -> R) -> Vec<R> {
    let mut decoder = null_mut();
    let mut frames = Vec::new();
    // SAFETY: `decoder` is a valid place and then a live handle; data and frames are valid.
    unsafe {
        assert_eq!(rivus_decoder_create(null_mut(), &mut decoder), RivusStatus::Ok);
        let mut take = |end| loop {
            let mut frame = null_mut();
            match rivus_decoder_receive(decoder, &mut frame) {
                RivusStatus::Ok => frames.push(frame),
                status => break assert_eq!(status, end),
            }
        };
        for packet in packets {
            let (data, info) = (packet.data(), packet.info());
            assert_eq!(
                rivus_decoder_send_access_unit(decoder, data.as_ptr(), data.len(), info.pts),
                RivusStatus::Ok
            );
            take(RivusStatus::Again);
        }
        assert_eq!(rivus_decoder_flush(decoder), RivusStatus::Ok);
        take(RivusStatus::End);
        let mut statistics: RivusDecoderStatistics = sized();
        assert_eq!(rivus_decoder_statistics(decoder, &mut statistics), RivusStatus::Ok);
        assert_eq!((statistics.output_pictures, statistics.issues), (packets.len() as u64, 0));
        rivus_decoder_destroy(&mut decoder);
        let decoded = frames.iter().map(|frame| look(*frame)).collect();
        frames.iter_mut().for_each(|frame| rivus_frame_destroy(frame));
        decoded
    }
}
