//! Encoding.

use crate::config::RivusConfig;
use crate::error::{Failure, RivusStatus};
use crate::handle::{self, Handle, Shared};
use crate::log::{Log, RivusLogLevel};
use crate::packet::RivusPacket;
use crate::picture::{self, RivusPicture};
use crate::sized::{self, SizedStruct};
use crate::text;
use rivus::{Config, Encoder, EncoderStatistics};
use std::ffi::c_char;
use std::mem::offset_of;

/// An encoder: pictures in display order go in, packets in decoding order come out. Made by `rivus_encoder_create`. Any thread
/// may use it; calls that overlap wait for each other.
pub struct RivusEncoder {
    shared: Shared<EncoderState>,
    /// Parameter sets.
    headers: Vec<u8>,
}

pub(crate) struct EncoderState {
    encoder: Encoder,
    is_flushing: bool,
    /// The last packet is out and the summary logged.
    has_ended: bool,
}

impl Handle for RivusEncoder {
    type Value = EncoderState;

    fn shared(&self) -> &Shared<EncoderState> {
        &self.shared
    }
}

/// What an encoder has done so far.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RivusEncoderStatistics {
    /// `sizeof(RivusEncoderStatistics)`, set by the caller.
    pub size: usize,
    /// Pictures taken.
    pub pictures_in: u64,
    /// Packets made.
    pub packets_out: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Keyframes among them.
    pub keyframes: u64,
    /// Intra pictures, keyframes included.
    pub i_pictures: u64,
    /// P pictures.
    pub p_pictures: u64,
    /// B pictures.
    pub b_pictures: u64,
    /// Pictures that were coded again because they did not fit the decoder's buffer.
    pub recoded: u64,
    /// Mean QP of all blocks; 0 without pictures.
    pub mean_qp: f64,
}

// SAFETY: `repr(C)`; a size and numbers.
unsafe impl SizedStruct for RivusEncoderStatistics {
    const NAME: &'static str = "RivusEncoderStatistics";
    const FIRST: usize = offset_of!(RivusEncoderStatistics, mean_qp) + size_of::<f64>();
}

/// What containers and programs want to know of a stream before its first packet.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RivusEncoderInfo {
    /// `sizeof(RivusEncoderInfo)`, set by the caller.
    pub size: usize,
    /// general_profile_idc (annex A): 1 Main, 2 Main 10.
    pub profile: u32,
    /// general_tier_flag: 1 for the High tier, else 0.
    pub high_tier: i32,
    /// general_level_idc: 30 times the level, such as 93 for level 3.1.
    pub level: u32,
    /// sps_max_num_reorder_pics: most pictures that precede one in decoding order and follow it in output order, 0..=4. With an
    /// even pace of pictures the `dts` of the first packet is this many pictures before the `pts` of the first picture.
    pub reorder_pictures: u32,
    /// Most pictures that are sent after a picture before its packet can be received.
    pub delay: u32,
    /// Bits per sample of the stream: 8 or 10.
    pub bit_depth: u32,
}

// SAFETY: `repr(C)`; a size and numbers.
unsafe impl SizedStruct for RivusEncoderInfo {
    const NAME: &'static str = "RivusEncoderInfo";
    const FIRST: usize = offset_of!(RivusEncoderInfo, bit_depth) + size_of::<u32>();
}

/// The options that were set, as text.
fn summary(config: &Config) -> String {
    let set = Config::options().iter().filter(|option| config.is_set(option.name));
    let texts = set.map(|option| format!(" {}={}", option.name, config.get(option.name).unwrap_or_default()));
    format!("rivus {} encodes with{}", env!("CARGO_PKG_VERSION"), texts.collect::<String>())
}

/// Makes an encoder for this configuration, which stays the caller's, and writes it to `*encoder`. After an error `*encoder` is
/// null, and `rivus_config_error` says what is wrong with the configuration.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_encoder_create(
    config: *mut RivusConfig,
    encoder: *mut *mut RivusEncoder,
) -> RivusStatus {
    // SAFETY: null or valid, by the contract of all functions.
    if let Err(failure) = unsafe { handle::clear(encoder, "encoder") } {
        return failure.status;
    }
    let create = |state: &mut crate::config::ConfigState, log: &mut Log| {
        let made = Encoder::new(&state.config)?;
        log.push(RivusLogLevel::Info, || summary(&state.config));
        let headers = made.headers();
        let state = EncoderState { encoder: made, is_flushing: false, has_ended: false };
        // SAFETY: not null, as just checked.
        unsafe {
            handle::hand_out(encoder, RivusEncoder { shared: Shared::new(state, log.fork()), headers })
        };
        Ok(RivusStatus::Ok)
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call(config, create) }
}

/// VPS, SPS and PPS as an Annex B byte stream, for containers that hold them apart from packets. The bytes belong to the encoder
/// and live as long as it does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_encoder_headers(
    encoder: *const RivusEncoder,
    data: *mut *const u8,
    size: *mut usize,
) -> RivusStatus {
    handle::guard_status(|| {
        // SAFETY: null or a live handle, by the contract of all functions.
        let encoder = unsafe { encoder.as_ref() }.ok_or_else(|| Failure::null("encoder"))?;
        if data.is_null() || size.is_null() {
            return Err(Failure::null("data or size"));
        }
        // SAFETY: not null, so valid by the contract of all functions.
        unsafe {
            data.write(encoder.headers.as_ptr());
            size.write(encoder.headers.len());
        }
        Ok(RivusStatus::Ok)
    })
}

/// Writes to `*info` what is known of the stream from the beginning; it never changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_encoder_info(
    encoder: *mut RivusEncoder,
    info: *mut RivusEncoderInfo,
) -> RivusStatus {
    let tell = |state: &mut EncoderState, _: &mut Log| {
        let stream = state.encoder.stream_info();
        let value = RivusEncoderInfo {
            size: 0,
            profile: stream.profile_idc.into(),
            high_tier: stream.high_tier.into(),
            level: stream.level_idc.into(),
            reorder_pictures: stream.reorder_pictures.into(),
            delay: stream.delay,
            bit_depth: stream.bit_depth.into(),
        };
        // SAFETY: null or valid, by the contract of all functions.
        unsafe { sized::write(info, &value) }?;
        Ok(RivusStatus::Ok)
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call(encoder, tell) }
}

/// Gives the encoder the next picture in display order. If this fails the picture is not taken, `release` is not called, and the
/// encoder goes on without it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_encoder_send(
    encoder: *mut RivusEncoder,
    picture: *const RivusPicture,
) -> RivusStatus {
    let mut release = None;
    let send = |state: &mut EncoderState, _: &mut Log| {
        // SAFETY: null or valid, by the contract of all functions.
        let taken = unsafe { picture::import(picture, |picture| Ok(state.encoder.send_picture(picture)?)) }?;
        release = Some(taken);
        Ok(RivusStatus::Ok)
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    let status = unsafe { handle::call(encoder, send) };
    if let Some(release) = release {
        release.call();
    }
    status
}

/// Says that there are no more pictures. Receive until `RIVUS_STATUS_END` afterwards. Doing it again does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_encoder_flush(encoder: *mut RivusEncoder) -> RivusStatus {
    let flush = |state: &mut EncoderState, _: &mut Log| {
        state.encoder.flush();
        state.is_flushing = true;
        Ok(RivusStatus::Ok)
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call(encoder, flush) }
}

/// Codes the next picture and writes its packet to `*packet`, to be destroyed by the caller. `*packet` is null if the result is
/// anything but `RIVUS_STATUS_OK`: `RIVUS_STATUS_AGAIN` if more pictures are needed, `RIVUS_STATUS_END` if, after a flush, all
/// packets are out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_encoder_receive(
    encoder: *mut RivusEncoder,
    packet: *mut *mut RivusPacket,
) -> RivusStatus {
    let receive = |state: &mut EncoderState, log: &mut Log| {
        // SAFETY: null or valid, by the contract of all functions.
        unsafe { handle::clear(packet, "packet") }?;
        if let Some(received) = state.encoder.receive_packet()? {
            // SAFETY: not null, as just checked.
            unsafe { handle::hand_out(packet, RivusPacket { packet: received }) };
            return Ok(RivusStatus::Ok);
        }
        if !state.is_flushing {
            return Ok(RivusStatus::Again);
        }
        if !std::mem::replace(&mut state.has_ended, true) {
            let EncoderStatistics { packets_out, bytes, .. } = state.encoder.statistics();
            let mean_qp = state.encoder.statistics().mean_qp();
            log.push(RivusLogLevel::Info, || {
                format!("{packets_out} pictures in {bytes} bytes, mean QP {mean_qp:.2}")
            });
        }
        Ok(RivusStatus::End)
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call(encoder, receive) }
}

/// Changes an option while pictures are coded: `bitrate`, `crf` or `qp`, whichever the encoder began with, from the next
/// mini-GOP on that is not begun; `vbv-maxrate` and `vbv-bufsize`, to at most what the encoder began with. After an error
/// everything is as before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_encoder_set(
    encoder: *mut RivusEncoder,
    name: *const c_char,
    value: *const c_char,
) -> RivusStatus {
    let set = |state: &mut EncoderState, _: &mut Log| {
        // SAFETY: null or texts, by the contract of all functions.
        let (name, value) = unsafe { (text::read(name, "name")?, text::read(value, "value")?) };
        state.encoder.set(name, value)?;
        Ok(RivusStatus::Ok)
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call(encoder, set) }
}

/// Writes what the encoder has done so far to `*statistics`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_encoder_statistics(
    encoder: *mut RivusEncoder,
    statistics: *mut RivusEncoderStatistics,
) -> RivusStatus {
    let tell = |state: &mut EncoderState, _: &mut Log| {
        let done = state.encoder.statistics();
        let [i_pictures, p_pictures, b_pictures] = done.by_type;
        let value = RivusEncoderStatistics {
            size: 0,
            pictures_in: done.pictures_in,
            packets_out: done.packets_out,
            bytes: done.bytes,
            keyframes: done.keyframes,
            i_pictures,
            p_pictures,
            b_pictures,
            recoded: done.recoded,
            mean_qp: done.mean_qp(),
        };
        // SAFETY: null or valid, by the contract of all functions.
        unsafe { sized::write(statistics, &value) }?;
        Ok(RivusStatus::Ok)
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call(encoder, tell) }
}

/// What was wrong in the last call that failed; empty before the first one. The text belongs to the encoder and lives until its
/// next failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_encoder_error(encoder: *const RivusEncoder) -> *const c_char {
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::error_text(encoder) }
}

/// Destroys `*encoder`, with pictures that are not coded, and makes it null. Null, or a pointer to null, is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_encoder_destroy(encoder: *mut *mut RivusEncoder) {
    // SAFETY: null or a place that holds null or a live handle, by the contract of all functions.
    unsafe { handle::destroy(encoder) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{rivus_config_create, rivus_config_destroy};
    use crate::decoder::{RivusDecoder, rivus_decoder_create, rivus_decoder_destroy, rivus_decoder_flush};
    use std::ptr::null_mut;

    /// A fault while an encoder or a decoder works becomes a status. From then on the handle says what happened whatever is asked
    /// of it, other handles work, and it can be destroyed.
    #[test]
    fn faults_of_live_handles_are_statuses() {
        let (mut config, mut encoder, mut other) = (null_mut(), null_mut(), null_mut());
        let mut decoder: *mut RivusDecoder = null_mut();
        // SAFETY: valid places, then live handles up to their destruction.
        unsafe {
            assert_eq!(rivus_config_create(64, 64, &mut config), RivusStatus::Ok);
            assert_eq!(rivus_encoder_create(config, &mut encoder), RivusStatus::Ok);
            assert_eq!(rivus_encoder_create(config, &mut other), RivusStatus::Ok);
            assert_eq!(rivus_decoder_create(null_mut(), &mut decoder), RivusStatus::Ok);
            let fault = handle::call(encoder, |state, _| panic!("{:?} breaks", state.encoder));
            assert_eq!(fault, RivusStatus::ErrorInternal);
            let mut packet = null_mut();
            let later = [
                rivus_encoder_send(encoder, null_mut()),
                rivus_encoder_flush(encoder),
                rivus_encoder_receive(encoder, &mut packet),
                handle::call(decoder, |_, _| panic!("breaks")),
                rivus_decoder_flush(decoder),
            ];
            assert_eq!(later, [RivusStatus::ErrorInternal; 5]);
            let text = std::ffi::CStr::from_ptr(rivus_encoder_error(encoder));
            assert!(text.to_bytes().starts_with(b"internal error"), "{text:?}");
            assert_eq!(rivus_encoder_flush(other), RivusStatus::Ok, "handles share nothing");
            rivus_encoder_destroy(&mut encoder);
            rivus_encoder_destroy(&mut other);
            rivus_decoder_destroy(&mut decoder);
            rivus_config_destroy(&mut config);
        }
        assert!(encoder.is_null() && decoder.is_null());
    }
}
