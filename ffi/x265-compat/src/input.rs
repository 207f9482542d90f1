//! Pictures as programs give them.

use crate::layout::{Picture, number};
use rivus::{InputPicture, PictureKind, SeiPayload};
use std::borrow::Cow;

/// payloadType values that the encoder writes itself or that only it can know: buffering period, picture timing, recovery point,
/// active parameter sets, decoding unit information, decoded picture hash, scalable nesting.
const NOT_FOR_PROGRAMS: [u32; 7] = [0, 1, 6, 129, 130, 132, 133];
/// Most messages that come with a picture.
const MOST_MESSAGES: i32 = 256;
/// Largest message.
const LARGEST_MESSAGE: i32 = 1 << 18;

/// What is fixed for all pictures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Pictures have one plane only; chroma is made up.
    pub(crate) is_grey: bool,
    /// Edge of the squares that QP offsets are given for; none if they are ignored.
    pub(crate) offset_block: Option<usize>,
}

/// Samples of a plane and how many there are from row to row.
type Plane<'a, S> = (Cow<'a, [S]>, usize);

/// The kind of picture that `sliceType` asks for. An I picture is a keyframe to programs.
fn kind(slice_type: i32) -> Option<PictureKind> {
    match slice_type {
        number::IDR => Some(PictureKind::Idr),
        number::I => Some(PictureKind::Cra),
        number::P => Some(PictureKind::P),
        number::BREF | number::B => Some(PictureKind::B),
        _ => None,
    }
}

/// A type of sample.
trait Sample: Copy {
    fn from_u16(value: u16) -> Self;
}

impl Sample for u8 {
    fn from_u16(value: u16) -> Self {
        value as Self
    }
}

impl Sample for u16 {
    fn from_u16(value: u16) -> Self {
        value
    }
}

/// The samples of a plane.
///
/// # Safety
/// The planes of `picture` are null or as large as its strides and `format` say.
unsafe fn plane<'a, S: Sample>(
    picture: &Picture,
    format: &Format,
    index: usize,
) -> Result<Plane<'a, S>, String> {
    let half = usize::from(index > 0);
    let (width, height) = ((format.width + half) >> half, (format.height + half) >> half);
    if index > 0 && format.is_grey {
        let middle = S::from_u16(1 << (picture.bit_depth - 1));
        return Ok((vec![middle; width * height].into(), width));
    }
    let data = picture.planes[index].cast::<S>();
    let stride = usize::try_from(picture.stride[index]).unwrap_or(0);
    if data.is_null() || !data.is_aligned() || stride % size_of::<S>() != 0 || stride / size_of::<S>() < width
    {
        return Err(format!("plane {index} of the picture is missing or too narrow: its stride is {stride}"));
    }
    let stride = stride / size_of::<S>();
    // SAFETY: not null, aligned, and as large by the contract of this function: the last row ends with its last sample.
    let samples = unsafe { std::slice::from_raw_parts(data, stride * (height - 1) + width) };
    Ok((samples.into(), stride))
}

/// Hands the picture to `send`, with `pts` for its time.
///
/// # Errors
/// What is wrong with the picture, or what `send` says.
///
/// # Safety
/// As [`plane`]; QP offsets and messages are null or as many as `format` and the picture say.
pub(crate) unsafe fn with_picture(
    picture: &Picture,
    format: &Format,
    pts: i64,
    extra: &[SeiPayload],
    send: impl FnOnce(&InputPicture<'_>) -> Result<(), rivus::Error>,
) -> Result<(), String> {
    if !(8..=16).contains(&picture.bit_depth) {
        return Err(format!("bitDepth of the picture is {}, expected 8 to 16", picture.bit_depth));
    }
    // SAFETY: by the contract of this function.
    let (offsets, mut messages) = unsafe { (qp_offsets(picture, format), messages(picture)) };
    messages.extend_from_slice(extra);
    let finish = |input: Result<InputPicture<'_>, _>| {
        let input = input.map_err(|error| rivus::Error::from(error).to_string())?;
        let input = input.kind(kind(picture.slice_type)).qp_offsets(&offsets).sei(&messages);
        send(&input).map_err(|error| error.to_string())
    };
    macro_rules! planes {
        ($sample:ty) => {{
            // SAFETY: by the contract of this function.
            let planes = unsafe {
                [
                    plane::<$sample>(picture, format, 0)?,
                    plane::<$sample>(picture, format, 1)?,
                    plane::<$sample>(picture, format, 2)?,
                ]
            };
            planes
        }};
    }
    let (width, height) = (format.width, format.height);
    if picture.bit_depth == 8 {
        let planes = planes!(u8);
        let planes = [0, 1, 2].map(|index| (&planes[index].0[..], planes[index].1));
        finish(InputPicture::from_u8(width, height, planes, pts))
    } else {
        let planes = planes!(u16);
        let planes = [0, 1, 2].map(|index| (&planes[index].0[..], planes[index].1));
        finish(InputPicture::from_u16(width, height, planes, picture.bit_depth as u8, pts))
    }
}

/// QP offsets of squares of 16 samples; those of 8 are averaged.
///
/// # Safety
/// As [`with_picture`].
unsafe fn qp_offsets(picture: &Picture, format: &Format) -> Vec<f32> {
    let Some(block) = format.offset_block.filter(|_| !picture.qp_offsets.is_null()) else {
        return Vec::new();
    };
    let (columns, rows) = (format.width.div_ceil(block), format.height.div_ceil(block));
    // SAFETY: by the contract of this function.
    let given = unsafe { std::slice::from_raw_parts(picture.qp_offsets, columns * rows) };
    let clean = |offset: f32| if offset.is_nan() { 0.0 } else { offset.clamp(-51.0, 51.0) };
    let per_side = 16 / block;
    let mean = |x: usize, y: usize| {
        let inside = (y * per_side..((y + 1) * per_side).min(rows))
            .flat_map(|y| (x * per_side..((x + 1) * per_side).min(columns)).map(move |x| (x, y)));
        let (sum, count) =
            inside.fold((0.0, 0), |(sum, n), (x, y)| (sum + clean(given[y * columns + x]), n + 1));
        sum / count.max(1) as f32
    };
    let (width, height) = (format.width.div_ceil(16), format.height.div_ceil(16));
    (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| mean(x, y)).collect()
}

/// The messages of a picture, those left out that programs cannot give.
///
/// # Safety
/// As [`with_picture`].
unsafe fn messages(picture: &Picture) -> Vec<SeiPayload> {
    if picture.sei.is_null() || picture.sei_count <= 0 {
        return Vec::new();
    }
    let count = picture.sei_count.min(MOST_MESSAGES) as usize;
    // SAFETY: not null, so as many by the contract of this function.
    let given = unsafe { std::slice::from_raw_parts(picture.sei, count) };
    let is_possible = |kind: i32| u32::try_from(kind).is_ok_and(|kind| !NOT_FOR_PROGRAMS.contains(&kind));
    given
        .iter()
        .filter(|message| !message.data.is_null() && (1..=LARGEST_MESSAGE).contains(&message.size))
        .filter(|message| is_possible(message.kind))
        .map(|message| {
            // SAFETY: not null, and as long as it says by the contract of this function.
            let data = unsafe { std::slice::from_raw_parts(message.data, message.size as usize) };
            SeiPayload::Raw { payload_type: message.kind as u32, data: data.to_vec() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Zero;

    #[test]
    fn offsets_of_small_squares_are_averaged() {
        let given: Vec<f32> = (0..3 * 3).map(|i| i as f32).collect();
        let picture = Picture { qp_offsets: given.as_ptr(), ..Picture::zeroed() };
        let format = Format { width: 24, height: 24, is_grey: false, offset_block: Some(8) };
        // SAFETY: there are three by three offsets.
        let offsets = unsafe { qp_offsets(&picture, &format) };
        assert_eq!(offsets, [2.0, 3.5, 6.5, 8.0]);
        let ignored = Format { offset_block: None, ..format };
        // SAFETY: as above.
        assert!(unsafe { qp_offsets(&picture, &ignored) }.is_empty());
    }

    #[test]
    fn messages_of_the_encoder_are_left_out() {
        let data = [7u8; 20];
        let message = |kind, size| crate::layout::SeiPayload { size, kind, data: data.as_ptr() };
        let given = [message(5, 20), message(1, 20), message(4, 9), message(-3, 4), message(5, 0)];
        let picture = Picture { sei: given.as_ptr(), sei_count: 5, ..Picture::zeroed() };
        // SAFETY: there are five messages of up to 20 bytes.
        let messages = unsafe { messages(&picture) };
        let kinds: Vec<_> = messages.iter().map(SeiPayload::payload_type).collect();
        assert_eq!(kinds, [5, 4]);
    }

    #[test]
    fn planes_that_cannot_be_are_refused() {
        let samples = [0u16; 64];
        let mut picture = Picture { bit_depth: 10, stride: [16; 3], ..Picture::zeroed() };
        picture.planes = [samples.as_ptr().cast(); 3];
        let format = Format { width: 8, height: 8, is_grey: false, offset_block: None };
        let send = |picture: &Picture, format: &Format| {
            // SAFETY: 64 samples are 8 rows of 16 bytes.
            unsafe { with_picture(picture, format, 0, &[], |_| Ok(())) }
        };
        assert_eq!(send(&picture, &format), Ok(()));
        assert!(send(&Picture { stride: [14; 3], ..picture }, &format).is_err());
        assert!(send(&Picture { stride: [-16; 3], ..picture }, &format).is_err());
        assert!(send(&Picture { bit_depth: 7, ..picture }, &format).is_err());
        let luma_only =
            Picture { planes: [picture.planes[0], std::ptr::null(), std::ptr::null()], ..picture };
        assert!(send(&luma_only, &format).is_err());
        assert_eq!(send(&luma_only, &Format { is_grey: true, ..format }), Ok(()));
    }
}
