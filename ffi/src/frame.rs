//! Decoded pictures.

use crate::error::{Failure, RivusStatus};
use crate::handle;
use crate::picture::{RivusContentLight, RivusMasteringDisplay, RivusPictureType, RivusSei};
use crate::sized::{self, SizedStruct};
use rivus::{ChromaFormat, Picture, PictureInfo, PictureType, PlaneRef, Planes, Scan};
use std::ffi::c_void;
use std::mem::offset_of;
use std::sync::OnceLock;

/// The presentation time of what came without one.
pub const RIVUS_NO_PTS: i64 = i64::MIN;

/// A decoded picture. Nothing changes it, so any number of threads may read it. It lives until `rivus_frame_destroy`, also beyond
/// its decoder or packet; its memory goes back to the decoder then.
pub struct RivusFrame {
    picture: Picture,
    /// Payload type and payload of the messages that came with it; made when they are first asked for.
    sei: OnceLock<Vec<(u32, Vec<u8>)>>,
}

impl RivusFrame {
    pub(crate) fn new(picture: Picture) -> Self {
        Self { picture, sei: OnceLock::new() }
    }
}

/// Frame or field (table D.2 of H.265).
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RivusScan {
    /// Nothing is said.
    Unknown = 0,
    /// A progressive frame.
    Progressive = 1,
    /// An interlaced frame, top field first.
    TopFieldFirst = 2,
    /// An interlaced frame, bottom field first.
    BottomFieldFirst = 3,
    /// A single top field.
    TopField = 4,
    /// A single bottom field.
    BottomField = 5,
}

/// What a frame holds.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RivusFrameInfo {
    /// `sizeof(RivusFrameInfo)`, set by the caller.
    pub size: usize,
    /// First sample of each plane (Y, Cb, Cr), after cropping; they belong to the frame. Null beyond `plane_count`.
    pub planes: [*const c_void; 3],
    /// Bytes from the beginning of a row to that of the next.
    pub strides: [isize; 3],
    /// Width in luma samples, after cropping.
    pub width: u32,
    /// Height in luma samples, after cropping.
    pub height: u32,
    /// chroma_format_idc: 0 for 4:0:0, 1 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4.
    pub chroma_format: u32,
    /// Planes: 1 without chroma, else 3.
    pub plane_count: u32,
    /// Bytes per sample: 1 or 2, the same for all planes; of two, the samples are in the low bits, in the byte order of the machine.
    pub sample_bytes: u32,
    /// Bits per luma sample, 8..=16.
    pub bit_depth_luma: u32,
    /// Bits per chroma sample, 8..=16.
    pub bit_depth_chroma: u32,
    /// The most general type of its slices: `RIVUS_PICTURE_TYPE_I`, `_P` or `_B`.
    pub picture_type: i32,
    /// Presentation time that came with the access unit, or `RIVUS_NO_PTS`.
    pub pts: i64,
    /// Number of the picture in decoding order, from 0.
    pub decode_number: u64,
    /// PicOrderCntVal.
    pub poc: i32,
    /// 1 if decoding can begin here, else 0.
    pub is_keyframe: i32,
    /// TemporalId, 0..=6.
    pub temporal_id: u32,
    /// A `RivusScan`.
    pub scan: i32,
    /// colour_primaries (table E.3); 2 is unspecified.
    pub colour_primaries: u32,
    /// transfer_characteristics (table E.4); 2 is unspecified.
    pub transfer_characteristics: u32,
    /// matrix_coeffs (table E.5); 2 is unspecified.
    pub matrix_coefficients: u32,
    /// video_full_range_flag.
    pub full_range: u32,
    /// chroma_sample_loc_type_top_field (figure E.1), or -1.
    pub chroma_location: i32,
    /// Width of a sample relative to `sar_height`; 0 if unspecified.
    pub sar_width: u32,
    /// Height of a sample relative to `sar_width`; 0 if unspecified.
    pub sar_height: u32,
    /// Pictures per second, times `rate_denominator`; 0 if unspecified.
    pub rate_numerator: u32,
    /// See `rate_numerator`.
    pub rate_denominator: u32,
    /// 1 if `mastering_display` is known, else 0.
    pub has_mastering_display: i32,
    /// 1 if `content_light` is known, else 0.
    pub has_content_light: i32,
    /// Mastering display colour volume.
    pub mastering_display: RivusMasteringDisplay,
    /// Content light level.
    pub content_light: RivusContentLight,
    /// How long the picture is shown, in fields (table D.2): 2 is a frame; 0 if unspecified.
    pub display_fields: u32,
    /// 1 if the picture repeats the one before it in output order, else 0.
    pub is_duplicate: i32,
    /// general_profile_idc of the stream (annex A): 1 Main, 2 Main 10, 3 Main Still Picture, 4 range extensions, and so on.
    pub profile: u32,
    /// general_tier_flag of the stream: 1 for the High tier, else 0.
    pub high_tier: i32,
    /// general_level_idc of the stream: 30 times the level, such as 93 for level 3.1.
    pub level: u32,
    /// sps_max_num_reorder_pics of the stream: most pictures that precede one in decoding order and follow it in output order,
    /// 0..=15.
    pub reorder_pictures: u32,
    /// Coding tree units of this picture that could not be decoded, because data was damaged or lost, and were made up.
    pub concealed_ctus: u32,
    /// Reference pictures of this picture that were missing, for which others stood in. Together with `concealed_ctus` this says
    /// whether damage begins here; pictures that refer to this one show it, too, until the next keyframe.
    pub missing_references: u32,
    /// 1 if decoding began at a recovery point and this picture precedes it, so that it may be wrong, else 0. Such pictures come
    /// out with the option `output-recovering` only.
    pub is_recovering: i32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: `repr(C)`; a size, numbers and pointers.
unsafe impl SizedStruct for RivusFrameInfo {
    const NAME: &'static str = "RivusFrameInfo";
    const FIRST: usize = offset_of!(RivusFrameInfo, is_duplicate) + size_of::<i32>();
}

fn scan(scan: Scan) -> RivusScan {
    match scan {
        Scan::Unknown => RivusScan::Unknown,
        Scan::Progressive => RivusScan::Progressive,
        Scan::TopFieldFirst => RivusScan::TopFieldFirst,
        Scan::BottomFieldFirst => RivusScan::BottomFieldFirst,
        Scan::TopField => RivusScan::TopField,
        Scan::BottomField => RivusScan::BottomField,
    }
}

/// First samples, strides in bytes, number of planes, bytes per sample.
fn planes(picture: &Picture) -> ([*const c_void; 3], [isize; 3], u32, u32) {
    fn list<S: Copy>(planes: &[PlaneRef<'_, S>]) -> ([*const c_void; 3], [isize; 3], u32, u32) {
        let mut pointers = [std::ptr::null(); 3];
        let mut strides = [0; 3];
        for (at, plane) in planes.iter().enumerate().take(3) {
            pointers[at] = plane.as_ptr().cast();
            strides[at] = (plane.stride() * size_of::<S>()) as isize;
        }
        (pointers, strides, planes.len() as u32, size_of::<S>() as u32)
    }
    match picture.planes() {
        Planes::U8(planes) => list(&planes),
        Planes::U16(planes) => list(&planes),
    }
}

fn describe(picture: &Picture) -> RivusFrameInfo {
    let info = picture.info();
    let (planes, strides, plane_count, sample_bytes) = planes(picture);
    let (rate_numerator, rate_denominator) = info.picture_rate.unwrap_or((0, 0));
    let display = info.mastering_display.map(|display| RivusMasteringDisplay {
        primaries: display.primaries.map(|(x, y)| [x, y]),
        white_point: display.white_point.into(),
        max_luminance: display.max_luminance,
        min_luminance: display.min_luminance,
    });
    let light = info.content_light.map(|light| RivusContentLight {
        max_content: light.max_content_light_level,
        max_average: light.max_pic_average_light_level,
    });
    RivusFrameInfo {
        size: 0,
        planes,
        strides,
        width: picture.width(),
        height: picture.height(),
        chroma_format: match picture.chroma_format() {
            ChromaFormat::Monochrome => 0,
            ChromaFormat::Yuv420 => 1,
            ChromaFormat::Yuv422 => 2,
            ChromaFormat::Yuv444 => 3,
        },
        plane_count,
        sample_bytes,
        bit_depth_luma: picture.bit_depth_luma().into(),
        bit_depth_chroma: picture.bit_depth_chroma().into(),
        picture_type: match info.picture_type {
            PictureType::I => RivusPictureType::I,
            PictureType::P => RivusPictureType::P,
            PictureType::B => RivusPictureType::B,
        } as i32,
        pts: picture.pts().unwrap_or(RIVUS_NO_PTS),
        decode_number: info.decode_number,
        poc: info.poc,
        is_keyframe: info.random_access_point.into(),
        temporal_id: info.temporal_id.into(),
        scan: scan(info.scan) as i32,
        colour_primaries: info.colour.primaries.into(),
        transfer_characteristics: info.colour.transfer.into(),
        matrix_coefficients: info.colour.matrix.into(),
        full_range: info.colour.full_range.into(),
        chroma_location: info.colour.chroma_location.map_or(-1, i32::from),
        sar_width: info.sample_aspect_ratio.0.into(),
        sar_height: info.sample_aspect_ratio.1.into(),
        rate_numerator,
        rate_denominator,
        has_mastering_display: display.is_some().into(),
        has_content_light: light.is_some().into(),
        mastering_display: display.unwrap_or_default(),
        content_light: light.unwrap_or_default(),
        display_fields: info.display_fields.map_or(0, u32::from),
        is_duplicate: info.is_duplicate.into(),
        profile: info.profile_idc.into(),
        high_tier: info.high_tier.into(),
        level: info.level_idc.into(),
        reorder_pictures: info.reorder_pictures.into(),
        concealed_ctus: picture.concealed_ctus(),
        missing_references: info.missing_references,
        is_recovering: info.recovering.into(),
        reserved: 0,
    }
}

/// Writes what the frame holds to `*info`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_frame_info(
    frame: *const RivusFrame,
    info: *mut RivusFrameInfo,
) -> RivusStatus {
    handle::guard_status(|| {
        // SAFETY: null or a live frame, by the contract of all functions.
        let frame = unsafe { frame.as_ref() }.ok_or_else(|| Failure::null("frame"))?;
        // SAFETY: null or valid, by the contract of all functions.
        unsafe { sized::write(info, &describe(&frame.picture)) }?;
        Ok(RivusStatus::Ok)
    })
}

/// Payload type and payload of all messages, as they were in the stream.
fn messages(info: &PictureInfo) -> Vec<(u32, Vec<u8>)> {
    const USER_DATA_REGISTERED: u32 = 4;
    const USER_DATA_UNREGISTERED: u32 = 5;
    let registered = info.registered_user_data.iter().map(|data| {
        let mut payload = vec![data.country_code];
        if data.country_code == 0xff {
            payload.push(data.country_code_extension);
        }
        payload.extend_from_slice(&data.payload);
        (USER_DATA_REGISTERED, payload)
    });
    let unregistered = info.unregistered_user_data.iter();
    let unregistered =
        unregistered.map(|data| (USER_DATA_UNREGISTERED, [&data.uuid[..], &data.payload].concat()));
    let other = info.other_sei.iter().map(|message| (message.payload_type, message.data.clone()));
    registered.chain(unregistered).chain(other).collect()
}

/// Writes SEI message number `index`, from 0, of those that came with the picture to `*sei`: user data registered by ITU-T T.35,
/// unregistered user data, then others that `RivusFrameInfo` does not tell of. The bytes belong to the frame handle.
/// `RIVUS_STATUS_END` after the last one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_frame_sei(
    frame: *const RivusFrame,
    index: usize,
    sei: *mut RivusSei,
) -> RivusStatus {
    handle::guard_status(|| {
        // SAFETY: null or a live frame, by the contract of all functions.
        let frame = unsafe { frame.as_ref() }.ok_or_else(|| Failure::null("frame"))?;
        if sei.is_null() {
            return Err(Failure::null("sei"));
        }
        let all = frame.sei.get_or_init(|| messages(frame.picture.info()));
        let Some((payload_type, data)) = all.get(index) else { return Ok(RivusStatus::End) };
        let message =
            RivusSei { payload_type: *payload_type, reserved: 0, data: data.as_ptr(), data_size: data.len() };
        // SAFETY: not null, so valid by the contract of all functions.
        unsafe { sei.write(message) };
        Ok(RivusStatus::Ok)
    })
}

/// Writes another handle of the same frame to `*copy`; the samples are shared, and live until the last handle is destroyed.
/// `*copy` is null after an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_frame_share(
    frame: *const RivusFrame,
    copy: *mut *mut RivusFrame,
) -> RivusStatus {
    handle::guard_status(|| {
        // SAFETY: null or valid, by the contract of all functions.
        unsafe { handle::clear(copy, "copy") }?;
        // SAFETY: null or a live frame, by the contract of all functions.
        let frame = unsafe { frame.as_ref() }.ok_or_else(|| Failure::null("frame"))?;
        // SAFETY: not null, as just checked.
        unsafe { handle::hand_out(copy, RivusFrame::new(frame.picture.clone())) };
        Ok(RivusStatus::Ok)
    })
}

/// Destroys `*frame` and makes it null. Null, or a pointer to null, is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_frame_destroy(frame: *mut *mut RivusFrame) {
    // SAFETY: null or a place that holds null or a live frame, by the contract of all functions.
    unsafe { handle::destroy(frame) };
}
