//! Pictures for an encoder, as C gives them.

use crate::error::Failure;
use crate::sized::{self, SizedStruct};
use crate::text;
use rivus::{EncodeError, InputPicture, PictureKind, SeiPayload};
use std::borrow::Cow;
use std::ffi::c_void;
use std::mem::offset_of;

/// Kinds of pictures: what a caller may ask of one, and what a packet is.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RivusPictureType {
    /// What the encoder likes best; no packet is this.
    Auto = 0,
    /// Keyframe: decoding can begin here, and no later picture refers to anything before.
    Idr = 1,
    /// Keyframe that may be followed by pictures that are shown before it and refer to older ones.
    Cra = 2,
    /// Intra picture that is no keyframe.
    I = 3,
    /// Predicted from past pictures.
    P = 4,
    /// Predicted from past and future pictures.
    B = 5,
}

impl RivusPictureType {
    pub(crate) fn of(kind: PictureKind) -> Self {
        match kind {
            PictureKind::Idr => Self::Idr,
            PictureKind::Cra => Self::Cra,
            PictureKind::I => Self::I,
            PictureKind::P => Self::P,
            PictureKind::B => Self::B,
        }
    }

    fn kind(number: i32) -> Result<Option<PictureKind>, Failure> {
        Ok(match number {
            0 => None,
            1 => Some(PictureKind::Idr),
            2 => Some(PictureKind::Cra),
            3 => Some(PictureKind::I),
            4 => Some(PictureKind::P),
            5 => Some(PictureKind::B),
            _ => return Err(Failure::argument(format!("type is {number}, which is no RivusPictureType"))),
        })
    }
}

/// An SEI message (annex D of H.265). This struct never changes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RivusSei {
    /// payloadType: 4 for user data registered by ITU-T T.35, such as captions; 5 for unregistered user data, which begins with
    /// a UUID of 16 bytes.
    pub payload_type: u32,
    /// 0.
    pub reserved: u32,
    /// The payload, without emulation prevention.
    pub data: *const u8,
    /// Bytes in it.
    pub data_size: usize,
}

/// Mastering display colour volume (D.3.28). This struct never changes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RivusMasteringDisplay {
    /// Chromaticity (x, y) of green, blue and red, in units of 0.00002.
    pub primaries: [[u16; 2]; 3],
    /// Chromaticity (x, y) of the white point, in units of 0.00002.
    pub white_point: [u16; 2],
    /// Highest luminance in units of 0.0001 cd/m2.
    pub max_luminance: u32,
    /// Lowest luminance in units of 0.0001 cd/m2.
    pub min_luminance: u32,
}

/// Content light level (D.3.35), in cd/m2. This struct never changes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RivusContentLight {
    /// max_content_light_level.
    pub max_content: u16,
    /// max_pic_average_light_level.
    pub max_average: u16,
}

/// Says that a picture's planes are not needed any more.
pub type RivusReleaseCallback = Option<unsafe extern "C" fn(opaque: *mut c_void)>;

/// A 4:2:0 picture for an encoder. Set all bytes to 0, then `size` and what is needed: `planes`, `strides`, `width`, `height`,
/// `bit_depth` and `pts`.
///
/// `rivus_encoder_send` borrows the planes until it calls `release`, or until it returns if `release` is null; it copies
/// everything else before it returns.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RivusPicture {
    /// `sizeof(RivusPicture)`.
    pub size: usize,
    /// First sample of Y, Cb and Cr. Chroma planes have half the width and height, rounded up.
    pub planes: [*const c_void; 3],
    /// Bytes from the beginning of a row to that of the next, not less than a row has. Less than 0 if rows follow one another
    /// upwards in memory, as in images that are stored bottom-up; `planes` points to the upper row of the picture all the same.
    pub strides: [isize; 3],
    /// Width in luma samples.
    pub width: u32,
    /// Height in luma samples.
    pub height: u32,
    /// Bits per sample, 8..=16. Samples of more than 8 bits are in the low bits of 16, in the byte order of the machine.
    pub bit_depth: u32,
    /// Bytes per sample: 1, 2, or 0 for as many as `bit_depth` needs.
    pub sample_bytes: u32,
    /// Presentation time in a unit of the caller's, the same for all pictures; it rises from picture to picture.
    pub pts: i64,
    /// What the picture is to become: a `RivusPictureType`. `RIVUS_PICTURE_TYPE_IDR` forces a keyframe.
    pub picture_type: i32,
    /// Columns of `qp_offsets`: width / 16, rounded up.
    pub qp_offset_columns: u32,
    /// Rows of `qp_offsets`: height / 16, rounded up.
    pub qp_offset_rows: u32,
    /// Number of messages at `sei`.
    pub sei_count: u32,
    /// Region of interest: QP of each block of 16x16 luma samples relative to what it would have otherwise, -51..=51, row by
    /// row; negative is better. Null for none. Where QP does not vary otherwise, the option `roi` must be set.
    pub qp_offsets: *const f32,
    /// SEI messages for the picture's access unit, 262144 bytes at most; null for none.
    pub sei: *const RivusSei,
    /// Mastering display from this picture on, or null. It is written with the next keyframe, this picture included.
    pub mastering_display: *const RivusMasteringDisplay,
    /// Content light level from this picture on, or null; as `mastering_display`.
    pub content_light: *const RivusContentLight,
    /// Called once, with `opaque`, when the planes are not needed any more: before `rivus_encoder_send` returns, or later and on
    /// any thread. Not called if that function fails. May be null.
    pub release: RivusReleaseCallback,
    /// What `release` is called with.
    pub opaque: *mut c_void,
}

// SAFETY: `repr(C)`; a size, numbers, pointers and a function that may be null.
unsafe impl SizedStruct for RivusPicture {
    const NAME: &'static str = "RivusPicture";
    const FIRST: usize = offset_of!(RivusPicture, opaque) + size_of::<usize>();
}

/// Samples of a plane from the upper row down, and the stride in samples. A plane that is stored bottom-up is copied.
type Plane<'a, S> = (Cow<'a, [S]>, usize);

/// One plane.
///
/// # Safety
/// If the size and stride are legal, the rows they describe are readable for `'a`.
unsafe fn plane<'a, S: Copy>(picture: &RivusPicture, plane: usize) -> Result<Plane<'a, S>, Failure> {
    const NAMES: [&str; 3] = ["planes[0]", "planes[1]", "planes[2]"];
    let shift = u32::from(plane > 0);
    let (width, height) =
        (picture.width.div_ceil(1 << shift) as usize, picture.height.div_ceil(1 << shift) as usize);
    let (pointer, bytes) = (picture.planes[plane].cast::<S>(), picture.strides[plane]);
    let stride = bytes.unsigned_abs() / size_of::<S>();
    let is_whole = bytes.unsigned_abs() % size_of::<S>() == 0 && stride >= width;
    let to_last_row = stride.checked_mul(height - 1).filter(|_| is_whole);
    let length = to_last_row.and_then(|samples| samples.checked_add(width));
    let (Some(to_last_row), Some(length)) = (to_last_row, length) else {
        let text = format!("strides[{plane}] is {bytes}, expected whole samples, at least {width}");
        return Err(Failure::argument(text));
    };
    if bytes >= 0 {
        // SAFETY: as many samples as the rows that this function may read have from the first to the last one.
        return Ok((Cow::Borrowed(unsafe { text::slice(pointer, length, NAMES[plane]) }?), stride));
    }
    // Here the first row in memory is the lowest one.
    let lowest = pointer.wrapping_sub(if pointer.is_null() { 0 } else { to_last_row });
    // SAFETY: as before: `lowest` is where the rows begin.
    let rows = unsafe { text::slice(lowest, length, NAMES[plane]) }?;
    let upright = rows.chunks(stride).rev().flat_map(|row| &row[..width]).copied().collect();
    Ok((Cow::Owned(upright), width))
}

/// All planes.
///
/// # Safety
/// As [`plane`].
unsafe fn planes<'a, S: Copy>(picture: &RivusPicture) -> Result<[Plane<'a, S>; 3], Failure> {
    // SAFETY: by the contract of this function.
    unsafe { Ok([plane(picture, 0)?, plane(picture, 1)?, plane(picture, 2)?]) }
}

/// The planes as the encoder takes them.
fn views<'a, S: Copy>(planes: &'a [Plane<'_, S>; 3]) -> [(&'a [S], usize); 3] {
    planes.each_ref().map(|(samples, stride)| (&**samples, *stride))
}

/// Reads a picture of the caller's and gives it to `send` in the encoder's form; then the picture is released.
///
/// # Safety
/// `picture` is null or valid, and so is what it points to.
pub(crate) unsafe fn import(
    picture: *const RivusPicture,
    send: impl FnOnce(&InputPicture<'_>) -> Result<(), Failure>,
) -> Result<Release, Failure> {
    // SAFETY: by the contract of this function.
    let picture = unsafe { sized::read(picture) }?;
    if picture.width == 0 || picture.height == 0 || picture.width > 1 << 16 || picture.height > 1 << 16 {
        let text = format!("size is {}x{}, expected sides in 1..=65536", picture.width, picture.height);
        return Err(Failure::argument(text));
    }
    let (width, height, pts) = (picture.width as usize, picture.height as usize, picture.pts);
    let is_wide = match (picture.sample_bytes, picture.bit_depth) {
        (0 | 1, 8) => false,
        (0, 9..=16) | (2, 8..=16) => true,
        (bytes, depth) => {
            let text =
                format!("bit_depth is {depth} with sample_bytes {bytes}, expected 8..=16 and 0, 1 or 2");
            return Err(Failure::argument(text));
        }
    };
    // SAFETY: by the contract of this function.
    let (sei, offsets) = unsafe { (messages(&picture)?, qp_offsets(&picture)?) };
    let kind = RivusPictureType::kind(picture.picture_type)?;
    let send = |input: Result<InputPicture<'_>, EncodeError>| {
        let input = input.map_err(|error| Failure::from(rivus::Error::from(error)))?;
        send(&input.kind(kind).qp_offsets(offsets).sei(&sei))
    };
    if is_wide {
        // SAFETY: by the contract of this function.
        let planes = unsafe { planes::<u16>(&picture) }?;
        send(InputPicture::from_u16(width, height, views(&planes), picture.bit_depth as u8, pts))?;
    } else {
        // SAFETY: by the contract of this function.
        let planes = unsafe { planes::<u8>(&picture) }?;
        send(InputPicture::from_u8(width, height, views(&planes), pts))?;
    }
    Ok(Release { callback: picture.release, opaque: picture.opaque })
}

/// The QP offsets, if there are any.
///
/// # Safety
/// As [`import`].
unsafe fn qp_offsets<'a>(picture: &RivusPicture) -> Result<&'a [f32], Failure> {
    let (columns, rows) = (picture.qp_offset_columns, picture.qp_offset_rows);
    let expected = (picture.width.div_ceil(16), picture.height.div_ceil(16));
    if picture.qp_offsets.is_null() && (columns, rows) == (0, 0) {
        return Ok(&[]);
    }
    if (columns, rows) != expected {
        let text = format!("qp_offsets has {columns}x{rows} blocks, expected {}x{}", expected.0, expected.1);
        return Err(Failure::argument(text));
    }
    // SAFETY: by the contract of this function.
    unsafe { text::slice(picture.qp_offsets, columns as usize * rows as usize, "qp_offsets") }
}

/// The messages, those from HDR fields first.
///
/// # Safety
/// As [`import`].
unsafe fn messages(picture: &RivusPicture) -> Result<Vec<SeiPayload>, Failure> {
    const MASTERING_DISPLAY_COLOUR_VOLUME: u32 = 137;
    const CONTENT_LIGHT_LEVEL: u32 = 144;
    const LARGEST_SEI: usize = 262_144;
    let mut messages = Vec::new();
    // SAFETY: null or valid, by the contract of this function.
    if let Some(display) = unsafe { picture.mastering_display.as_ref() } {
        let points = display.primaries.iter().chain([&display.white_point]).flatten();
        let mut data: Vec<u8> = points.flat_map(|coordinate| coordinate.to_be_bytes()).collect();
        data.extend(display.max_luminance.to_be_bytes());
        data.extend(display.min_luminance.to_be_bytes());
        messages.push(SeiPayload::Raw { payload_type: MASTERING_DISPLAY_COLOUR_VOLUME, data });
    }
    // SAFETY: null or valid, by the contract of this function.
    if let Some(light) = unsafe { picture.content_light.as_ref() } {
        let data = [light.max_content.to_be_bytes(), light.max_average.to_be_bytes()].concat();
        messages.push(SeiPayload::Raw { payload_type: CONTENT_LIGHT_LEVEL, data });
    }
    // SAFETY: null or valid for as many as it says, by the contract of this function.
    for message in unsafe { text::slice(picture.sei, picture.sei_count as usize, "sei") }? {
        if message.data_size > LARGEST_SEI {
            let text = format!("sei.data_size is {}, expected at most {LARGEST_SEI}", message.data_size);
            return Err(Failure::argument(text));
        }
        // SAFETY: as before.
        let data = unsafe { text::slice(message.data, message.data_size, "sei.data") }?.to_vec();
        messages.push(SeiPayload::Raw { payload_type: message.payload_type, data });
    }
    Ok(messages)
}

/// Tells the caller that a picture is not needed any more.
#[must_use]
pub(crate) struct Release {
    callback: RivusReleaseCallback,
    opaque: *mut c_void,
}

impl Release {
    /// Calls the callback; to be done when no lock is held.
    pub(crate) fn call(self) {
        if let Some(callback) = self.callback {
            // SAFETY: the callback and its argument are what the caller gave for this purpose.
            unsafe { callback(self.opaque) };
        }
    }
}
