//! What a decoder hands out: pictures with everything known about them.

use rivus_picture::{Frame, PictureFormat};
use rivus_syntax::sei::{UserDataRegistered, UserDataUnregistered};
use std::sync::Arc;

/// A decoded picture in output order.
#[derive(Clone, Debug)]
pub struct DecodedPicture {
    /// The samples of the coded picture, before cropping.
    pub frame: Frame,
    /// The conformance window.
    pub window: Window,
    /// The presentation time that came with the access unit, in the caller's unit.
    pub pts: Option<i64>,
    /// What is known about the picture.
    pub info: Arc<PictureInfo>,
    /// CTUs that could not be decoded and were made up.
    pub concealed_ctus: u32,
}

/// The conformance window (7.4.3.2.1): the part of the coded picture that is output, in luma samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width, at least 1.
    pub width: u32,
    /// Height, at least 1.
    pub height: u32,
}

impl Window {
    /// The window in samples of plane 0 (luma), 1 (Cb) or 2 (Cr): x, y, width, height.
    pub fn of_plane(&self, format: &PictureFormat, plane: usize) -> (usize, usize, usize, usize) {
        let (sx, sy) = format.chroma.plane_shifts(plane);
        (
            (self.x >> sx) as usize,
            (self.y >> sy) as usize,
            (self.width >> sx) as usize,
            (self.height >> sy) as usize,
        )
    }
}

/// What is known about a picture besides its samples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PictureInfo {
    /// PicOrderCntVal.
    pub poc: i32,
    /// Number of the picture in decoding order, from 0.
    pub decode_number: u64,
    /// Slice types of the picture.
    pub picture_type: PictureType,
    /// An intra random access point: decoding can begin here.
    pub random_access_point: bool,
    /// Decoding began at a recovery point SEI message instead of a random access point, and this picture precedes the
    /// recovery point: it may be wrong. Comes out with [`DecoderConfig::output_recovering`](crate::DecoderConfig) only.
    pub recovering: bool,
    /// TemporalId, 0..=6.
    pub temporal_id: u8,
    /// general_profile_idc of the stream (annex A): 1 Main, 2 Main 10, 3 Main Still Picture, 4 range extensions, and so on.
    pub profile_idc: u8,
    /// general_tier_flag of the stream: High tier.
    pub high_tier: bool,
    /// general_level_idc of the stream: 30 times the level, such as 93 for level 3.1.
    pub level_idc: u8,
    /// sps_max_num_reorder_pics of the stream: most pictures that precede one in decoding order and follow it in output
    /// order, 0..=15.
    pub reorder_pictures: u8,
    /// Reference pictures that were missing, for which others stood in.
    pub missing_references: u32,
    /// Frame or field: pic_struct of the picture timing SEI message, else what the profile says of the source.
    pub scan: Scan,
    /// How long the picture is shown, in fields (table D.2): 1 for a field, 2 for a frame, 3 with a repeated field, 4 and 6
    /// for a doubled and tripled frame.
    pub display_fields: Option<u8>,
    /// duplicate_flag: the picture repeats the one before it in output order.
    pub is_duplicate: bool,
    /// Colour description from the VUI.
    pub colour: ColourDescription,
    /// Sample aspect ratio, width : height; (0, 0) if unspecified.
    pub sample_aspect_ratio: (u16, u16),
    /// Picture rate from the VUI or VPS: time_scale, num_units_in_tick.
    pub picture_rate: Option<(u32, u32)>,
    /// Mastering display colour volume SEI message.
    pub mastering_display: Option<MasteringDisplay>,
    /// Content light level SEI message.
    pub content_light: Option<ContentLight>,
    /// User data registered by Rec. ITU-T T.35: captions, dynamic HDR metadata and the like.
    pub registered_user_data: Vec<UserDataRegistered>,
    /// Unregistered user data.
    pub unregistered_user_data: Vec<UserDataUnregistered>,
    /// SEI messages that came with the picture and that no other field tells of, in stream order.
    pub other_sei: Vec<OtherSei>,
}

impl PictureInfo {
    /// Closed captions as ATSC A/53 part 4 carries them: the `cc_data_pkt` triplets of three bytes each, in stream order.
    pub fn closed_captions(&self) -> impl Iterator<Item = &[u8]> {
        self.registered_user_data.iter().filter_map(closed_captions)
    }
}

/// The triplets of caption data, if the message is such: country code of the United States, provider code and user identifier
/// of ATSC, type cc_data(), then flags with the number of triplets, and a byte that is reserved.
fn closed_captions(data: &UserDataRegistered) -> Option<&[u8]> {
    const USA: u8 = 0xb5;
    let rest = data.payload.strip_prefix(b"\x00\x31GA94\x03").filter(|_| data.country_code == USA)?;
    let (&[flags, _], triplets) = rest.split_first_chunk()?;
    let process_cc_data_flag = flags & 0x40 != 0;
    triplets.get(..3 * usize::from(flags & 0x1f)).filter(|_| process_cc_data_flag)
}

/// An SEI message as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherSei {
    /// payloadType (clause D.2.1).
    pub payload_type: u32,
    /// The payload, alignment bits included.
    pub data: Vec<u8>,
}

/// Slice types of a picture: the most general one in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum PictureType {
    /// Intra slices only.
    #[default]
    I,
    /// Intra and uni-predicted slices.
    P,
    /// Some slice is bi-predicted.
    B,
}

/// Frame or field (table D.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scan {
    /// Nothing is said.
    #[default]
    Unknown,
    /// A progressive frame.
    Progressive,
    /// An interlaced frame, top field first.
    TopFieldFirst,
    /// An interlaced frame, bottom field first.
    BottomFieldFirst,
    /// The picture is a single top field.
    TopField,
    /// The picture is a single bottom field.
    BottomField,
}

/// Colour description (E.3.1); 2 means unspecified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColourDescription {
    /// colour_primaries (table E.3).
    pub primaries: u8,
    /// transfer_characteristics (table E.4).
    pub transfer: u8,
    /// matrix_coeffs (table E.5).
    pub matrix: u8,
    /// video_full_range_flag.
    pub full_range: bool,
    /// chroma_sample_loc_type_top_field, if present.
    pub chroma_location: Option<u8>,
}

impl Default for ColourDescription {
    fn default() -> Self {
        Self { primaries: 2, transfer: 2, matrix: 2, full_range: false, chroma_location: None }
    }
}

/// Mastering display colour volume SEI message (D.3.28).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MasteringDisplay {
    /// Chromaticity (x, y) of green, blue and red, in units of 0.00002.
    pub primaries: [(u16, u16); 3],
    /// Chromaticity (x, y) of the white point, in units of 0.00002.
    pub white_point: (u16, u16),
    /// Highest luminance, in units of 0.0001 cd/m2.
    pub max_luminance: u32,
    /// Lowest luminance, in units of 0.0001 cd/m2.
    pub min_luminance: u32,
}

/// Content light level information SEI message (D.3.35).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentLight {
    /// max_content_light_level, in cd/m2.
    pub max_content_light_level: u16,
    /// max_pic_average_light_level, in cd/m2.
    pub max_pic_average_light_level: u16,
}

/// Counts of a decoder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// NAL units received.
    pub nal_units: u64,
    /// Pictures decoded, concealed ones included.
    pub decoded_pictures: u64,
    /// Pictures handed out.
    pub output_pictures: u64,
    /// Pictures of which a part was concealed.
    pub concealed_pictures: u64,
    /// CTUs that were concealed.
    pub concealed_ctus: u64,
    /// Pictures skipped: RASL without their random access point, pictures before the first random access point, those that
    /// [`DecoderConfig::skip`](crate::DecoderConfig::skip) names, and those there was no memory for.
    pub skipped_pictures: u64,
    /// Reference pictures that were missing and replaced by others, unless they precede the recovery point that decoding
    /// began at.
    pub missing_references: u64,
    /// Reports about damage, also those beyond the limit of kept ones.
    pub issues: u64,
    /// Pictures whose hash SEI message matches (only with `verify_hash`).
    pub hash_matches: u64,
    /// Pictures whose hash SEI message does not match (only with `verify_hash`).
    pub hash_mismatches: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use rivus_picture::ChromaFormat;

    #[test]
    fn caption_triplets_are_found_and_nothing_else() {
        let message = |country_code, payload: &[u8]| UserDataRegistered {
            country_code,
            payload: payload.to_vec(),
            ..UserDataRegistered::default()
        };
        let info = PictureInfo {
            registered_user_data: vec![
                message(0xb5, b"\x00\x31GA94\x03\xc2\xff\xfc\x94\x20\xfd\x80\x80\xff"),
                // Another country, another type, captions not to be processed, fewer triplets than announced.
                message(0xb4, b"\x00\x31GA94\x03\xc1\xff\xfc\x94\x20\xff"),
                message(0xb5, b"\x00\x31GA94\x06\xc1\xff\xfc\x94\x20\xff"),
                message(0xb5, b"\x00\x31GA94\x03\x81\xff\xfc\x94\x20\xff"),
                message(0xb5, b"\x00\x31GA94\x03\xc2\xff\xfc\x94\x20"),
                message(0xb5, b"\x00\x31GA94\x03"),
            ],
            ..PictureInfo::default()
        };
        let captions: Vec<_> = info.closed_captions().collect();
        assert_eq!(captions, [b"\xfc\x94\x20\xfd\x80\x80"]);
    }

    #[test]
    fn chroma_windows_are_subsampled() {
        let format = PictureFormat {
            width: 64,
            height: 64,
            chroma: ChromaFormat::Yuv422,
            bit_depth_luma: 8,
            bit_depth_chroma: 8,
        };
        let window = Window { x: 2, y: 3, width: 40, height: 30 };
        assert_eq!(window.of_plane(&format, 0), (2, 3, 40, 30));
        assert_eq!(window.of_plane(&format, 1), (1, 3, 20, 30));
    }
}
