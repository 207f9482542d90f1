//! Decoding.

use crate::decoder_config::{DecoderConfigState, RivusDecoderConfig};
use crate::error::RivusStatus;
use crate::frame::{RIVUS_NO_PTS, RivusFrame};
use crate::handle::{self, Handle, Shared};
use crate::log::{Log, RivusLogLevel};
use crate::sized::{self, SizedStruct};
use crate::text;
use rivus::{Decoder, DecoderConfig};
use std::ffi::c_char;
use std::mem::offset_of;

/// A decoder: bytes go in, frames in output order come out. Made by `rivus_decoder_create`. Any thread may use it; calls that
/// overlap wait for each other.
pub struct RivusDecoder {
    shared: Shared<DecoderState>,
}

pub(crate) struct DecoderState {
    decoder: Decoder,
    /// Nothing was sent since the last flush.
    is_flushed: bool,
}

impl Handle for RivusDecoder {
    type Value = DecoderState;

    fn shared(&self) -> &Shared<DecoderState> {
        &self.shared
    }
}

/// What a decoder has done since the beginning or the last reset.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RivusDecoderStatistics {
    /// `sizeof(RivusDecoderStatistics)`, set by the caller.
    pub size: usize,
    /// NAL units received.
    pub nal_units: u64,
    /// Pictures decoded, concealed ones included.
    pub decoded_pictures: u64,
    /// Pictures handed out.
    pub output_pictures: u64,
    /// Pictures of which a part was concealed.
    pub concealed_pictures: u64,
    /// Coding tree units that were concealed.
    pub concealed_ctus: u64,
    /// Pictures that could not be decoded, such as those before the first keyframe, or were to be skipped.
    pub skipped_pictures: u64,
    /// Reference pictures that were missing and replaced.
    pub missing_references: u64,
    /// Reports about damage.
    pub issues: u64,
    /// Pictures whose hash matches, with the option `verify-hash`.
    pub hash_matches: u64,
    /// Pictures whose hash does not match, with the option `verify-hash`.
    pub hash_mismatches: u64,
    /// Bytes of pictures, those handed out included: what the option `max-picture-memory` limits.
    pub picture_memory: u64,
}

// SAFETY: `repr(C)`; a size and numbers.
unsafe impl SizedStruct for RivusDecoderStatistics {
    const NAME: &'static str = "RivusDecoderStatistics";
    const FIRST: usize = offset_of!(RivusDecoderStatistics, picture_memory) + size_of::<u64>();
}

/// Makes a decoder and writes it to `*decoder`. `config` stays the caller's; with null everything is as by default. After an
/// error `*decoder` is null, and `rivus_decoder_config_error` says what is wrong with the configuration.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_decoder_create(
    config: *mut RivusDecoderConfig,
    decoder: *mut *mut RivusDecoder,
) -> RivusStatus {
    // SAFETY: null or valid, by the contract of all functions.
    if let Err(failure) = unsafe { handle::clear(decoder, "decoder") } {
        return failure.status;
    }
    let make = |config: DecoderConfig, log: Log| {
        let state = DecoderState { decoder: Decoder::new(config)?, is_flushed: false };
        // SAFETY: not null, as just checked.
        unsafe { handle::hand_out(decoder, RivusDecoder { shared: Shared::new(state, log) }) };
        Ok(RivusStatus::Ok)
    };
    if config.is_null() {
        return handle::guard_status(|| make(DecoderConfig::default(), Log::default()));
    }
    let create = |state: &mut DecoderConfigState, log: &mut Log| make(state.config.clone(), log.fork());
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call(config, create) }
}

/// Gives the decoder `size` bytes at `data`, which are copied, by `take`.
///
/// # Safety
/// The contract of all functions.
unsafe fn send(
    decoder: *mut RivusDecoder,
    data: *const u8,
    size: usize,
    pts: i64,
    take: impl FnOnce(&mut Decoder, &[u8], Option<i64>),
) -> RivusStatus {
    let send = |state: &mut DecoderState, _: &mut Log| {
        // SAFETY: null or valid for `size` bytes, by the contract of this function.
        let data = unsafe { text::slice(data, size, "data") }?;
        take(&mut state.decoder, data, (pts != RIVUS_NO_PTS).then_some(pts));
        state.is_flushed = false;
        Ok(RivusStatus::Ok)
    };
    // SAFETY: null or a live handle, by the contract of this function.
    unsafe { handle::call(decoder, send) }
}

/// Gives the decoder the next bytes of an Annex B byte stream, cut anywhere. `pts`, or `RIVUS_NO_PTS`, belongs to the first
/// access unit that begins in them. The bytes are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_decoder_send_data(
    decoder: *mut RivusDecoder,
    data: *const u8,
    size: usize,
    pts: i64,
) -> RivusStatus {
    // SAFETY: the contract of all functions.
    unsafe { send(decoder, data, size, pts, Decoder::send_data) }
}

/// Gives the decoder one NAL unit: header and payload, with emulation prevention, without start code. `pts`, or `RIVUS_NO_PTS`,
/// belongs to its access unit. The bytes are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_decoder_send_nal(
    decoder: *mut RivusDecoder,
    data: *const u8,
    size: usize,
    pts: i64,
) -> RivusStatus {
    // SAFETY: the contract of all functions.
    unsafe { send(decoder, data, size, pts, Decoder::send_nal) }
}

/// Gives the decoder a whole access unit as an Annex B byte stream, to be decoded without waiting for the next one. `pts` may be
/// `RIVUS_NO_PTS`. The bytes are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_decoder_send_access_unit(
    decoder: *mut RivusDecoder,
    data: *const u8,
    size: usize,
    pts: i64,
) -> RivusStatus {
    // SAFETY: the contract of all functions.
    unsafe { send(decoder, data, size, pts, Decoder::send_access_unit) }
}

/// Says that the stream ends here: receive until `RIVUS_STATUS_END` afterwards. What is sent then begins a new stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_decoder_flush(decoder: *mut RivusDecoder) -> RivusStatus {
    let flush = |state: &mut DecoderState, _: &mut Log| {
        state.decoder.flush();
        state.is_flushed = true;
        Ok(RivusStatus::Ok)
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call(decoder, flush) }
}

/// Prepares for a jump to another place of the stream: drops what was sent and is not decoded, and all frames that were not
/// received. Parameter sets and counts stay. Frames come from the next keyframe on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_decoder_seek(decoder: *mut RivusDecoder) -> RivusStatus {
    let seek = |state: &mut DecoderState, _: &mut Log| {
        state.decoder.seek();
        state.is_flushed = false;
        Ok(RivusStatus::Ok)
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call(decoder, seek) }
}

/// Forgets the stream, pictures, parameter sets and counts, for another one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_decoder_reset(decoder: *mut RivusDecoder) -> RivusStatus {
    let reset = |state: &mut DecoderState, _: &mut Log| {
        state.decoder.reset();
        state.is_flushed = false;
        Ok(RivusStatus::Ok)
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call(decoder, reset) }
}

/// Writes the next picture in output order to `*frame`, to be destroyed by the caller. `*frame` is null if the result is anything
/// but `RIVUS_STATUS_OK`: `RIVUS_STATUS_AGAIN` if more data is needed, `RIVUS_STATUS_END` if, after a flush, all frames are out.
/// After `RIVUS_STATUS_ERROR_UNSUPPORTED` and `RIVUS_STATUS_ERROR_LIMIT` a part of the stream is skipped; go on receiving.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_decoder_receive(
    decoder: *mut RivusDecoder,
    frame: *mut *mut RivusFrame,
) -> RivusStatus {
    let receive = |state: &mut DecoderState, log: &mut Log| {
        // SAFETY: null or valid, by the contract of all functions.
        unsafe { handle::clear(frame, "frame") }?;
        let received = state.decoder.next_picture();
        if log.is_open() {
            for issue in state.decoder.take_issues() {
                log.push(RivusLogLevel::Warning, || format!("NAL unit {}: {}", issue.nal, issue.reason));
            }
        }
        let Some(picture) = received? else {
            return Ok(if state.is_flushed { RivusStatus::End } else { RivusStatus::Again });
        };
        // SAFETY: not null, as just checked.
        unsafe { handle::hand_out(frame, RivusFrame::new(picture)) };
        Ok(RivusStatus::Ok)
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call(decoder, receive) }
}

/// Writes what the decoder has done to `*statistics`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_decoder_statistics(
    decoder: *mut RivusDecoder,
    statistics: *mut RivusDecoderStatistics,
) -> RivusStatus {
    let tell = |state: &mut DecoderState, _: &mut Log| {
        let done = state.decoder.statistics();
        let value = RivusDecoderStatistics {
            size: 0,
            nal_units: done.nal_units,
            decoded_pictures: done.decoded_pictures,
            output_pictures: done.output_pictures,
            concealed_pictures: done.concealed_pictures,
            concealed_ctus: done.concealed_ctus,
            skipped_pictures: done.skipped_pictures,
            missing_references: done.missing_references,
            issues: done.issues,
            hash_matches: done.hash_matches,
            hash_mismatches: done.hash_mismatches,
            picture_memory: state.decoder.picture_memory(),
        };
        // SAFETY: null or valid, by the contract of all functions.
        unsafe { sized::write(statistics, &value) }?;
        Ok(RivusStatus::Ok)
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call(decoder, tell) }
}

/// What was wrong in the last call that failed; empty before the first one. The text belongs to the decoder and lives until its
/// next failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_decoder_error(decoder: *const RivusDecoder) -> *const c_char {
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::error_text(decoder) }
}

/// Destroys `*decoder` and makes it null. Frames stay. Null, or a pointer to null, is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_decoder_destroy(decoder: *mut *mut RivusDecoder) {
    // SAFETY: null or a place that holds null or a live handle, by the contract of all functions.
    unsafe { handle::destroy(decoder) };
}
