//! Visual sample entries of HEVC: `hvc1` with `hvcC`, `colr`, `pasp`, `mdcv` and `clli`.

use mp4_atom::{Colr, Encode, HvcCArray, Hvcc, Pasp, Visual};

use super::boxes::{self, append, append_container, children};
use super::sps_head::SpsHead;
use crate::access_unit::nal_unit_type;
use crate::video::{ColourDescription, ContentLight, MasteringDisplay, Ratio, VideoTags};
use crate::{Error, Result};

/// Bytes of a visual sample entry before its child boxes, box header not counted.
const VISUAL_BYTES: usize = 78;

const VPS: u8 = 32;
const SPS: u8 = 33;
const PPS: u8 = 34;
const PREFIX_SEI: u8 = 39;

/// Decoder configuration (`hvcC`, ISO/IEC 14496-15 8.3.3): parameter sets and the profile they have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HevcConfig {
    record: Hvcc,
}

impl HevcConfig {
    /// Builds the record from NAL units without start codes: at least one VPS, SPS and PPS, and SEI for the whole
    /// sequence. Profile, tier, constraint flags and level are copied bit by bit from the first SPS.
    ///
    /// # Errors
    /// A parameter set is missing or the SPS is damaged.
    pub fn from_parameter_sets<'a>(units: impl IntoIterator<Item = &'a [u8]>) -> Result<Self> {
        let mut record = Hvcc { length_size_minus_one: 3, ..Hvcc::new() };
        for kind in [VPS, SPS, PPS, PREFIX_SEI] {
            record.arrays.push(HvcCArray { completeness: true, nal_unit_type: kind, nalus: Vec::new() });
        }
        for unit in units {
            let array =
                record.arrays.iter_mut().find(|array| nal_unit_type(unit) == Some(array.nal_unit_type));
            if let Some(array) = array
                && !array.nalus.iter().any(|known| known == unit)
            {
                array.nalus.push(unit.to_vec());
            }
        }
        record.arrays.retain(|array| !array.nalus.is_empty());
        for (kind, name) in [(VPS, "VPS"), (SPS, "SPS"), (PPS, "PPS")] {
            if !record.arrays.iter().any(|array| array.nal_unit_type == kind) {
                return Err(Error::malformed("parameter sets for MP4", format!("there is no {name}")));
            }
        }
        let too_long = |array: &HvcCArray| array.nalus.iter().any(|unit| unit.len() > usize::from(u16::MAX));
        if record.arrays.iter().any(too_long) {
            return Err(Error::malformed("parameter sets for MP4", "one is longer than 65535 bytes"));
        }
        let sps = record.arrays.iter().find(|array| array.nal_unit_type == SPS);
        let head = SpsHead::parse(sps.and_then(|array| array.nalus.first()).map_or(&[], Vec::as_slice))?;
        let [first, c0, c1, c2, c3, i0, i1, i2, i3, i4, i5, level] = head.profile_tier_level;
        record.general_profile_space = first >> 6;
        record.general_tier_flag = first & 0x20 != 0;
        record.general_profile_idc = first & 0x1f;
        record.general_profile_compatibility_flags = [c0, c1, c2, c3];
        record.general_constraint_indicator_flags = [i0, i1, i2, i3, i4, i5];
        record.general_level_idc = level;
        record.chroma_format_idc = head.chroma_format_idc;
        record.bit_depth_luma_minus8 = head.bit_depth_luma_minus8;
        record.bit_depth_chroma_minus8 = head.bit_depth_chroma_minus8;
        record.num_temporal_layers = head.sps_max_sub_layers_minus1 + 1;
        record.temporal_id_nested = head.sps_temporal_id_nesting_flag;
        Ok(Self { record })
    }

    /// Bytes of the length before each NAL unit of a sample: 1, 2 or 4 (3 in damaged files).
    pub fn length_size(&self) -> u8 {
        self.record.length_size_minus_one + 1
    }

    /// VPS, SPS, PPS and SEI NAL units in the order of the record.
    pub fn parameter_sets(&self) -> impl Iterator<Item = &[u8]> {
        self.record.arrays.iter().flat_map(|array| array.nalus.iter().map(Vec::as_slice))
    }

    /// The `codecs` string of RFC 6381 without the leading `hvc1.`, such as `1.6.L93.B0`.
    pub fn profile_string(&self) -> String {
        let record = &self.record;
        let space = ["", "A", "B", "C"][usize::from(record.general_profile_space & 3)];
        let flags = u32::from_be_bytes(record.general_profile_compatibility_flags).reverse_bits();
        let tier = if record.general_tier_flag { 'H' } else { 'L' };
        let mut text =
            format!("{space}{}.{flags:X}.{tier}{}", record.general_profile_idc, record.general_level_idc);
        let constraints = record.general_constraint_indicator_flags;
        let used = constraints.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        for byte in &constraints[..used] {
            text.push_str(&format!(".{byte:X}"));
        }
        text
    }
}

/// A visual sample entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisualEntry {
    /// Width in samples.
    pub width: u16,
    /// Height in samples.
    pub height: u16,
    /// Decoder configuration, `None` for codecs other than HEVC.
    pub hevc: Option<HevcConfig>,
    /// Colour, shape and light.
    pub tags: VideoTags,
}

impl VisualEntry {
    /// Parses a whole sample entry box.
    pub(super) fn parse(entry: &[u8]) -> Result<Self> {
        let short = || Error::malformed("visual sample entry", "is too short");
        let fields = entry.get(8..8 + VISUAL_BYTES).ok_or_else(short)?;
        let word = |at: usize| u16::from_be_bytes([fields[at], fields[at + 1]]);
        let mut parsed = Self { width: word(24), height: word(26), hevc: None, tags: VideoTags::default() };
        for child in children(&entry[8 + VISUAL_BYTES..]) {
            let child = child?;
            match &child.kind {
                b"hvcC" => parsed.hevc = Some(HevcConfig { record: boxes::decode(child.body)? }),
                b"colr" => parsed.tags.colour = parse_colr(child.body).or(parsed.tags.colour),
                b"pasp" => {
                    let pasp: Pasp = boxes::decode(child.body)?;
                    parsed.tags.sample_aspect_ratio = Ratio::new(pasp.h_spacing, pasp.v_spacing);
                }
                b"mdcv" => parsed.tags.mastering_display = parse_mdcv(child.body),
                b"clli" => parsed.tags.content_light = parse_clli(child.body),
                _ => {}
            }
        }
        Ok(parsed)
    }

    /// Appends an `hvc1` sample entry.
    pub(super) fn append_to(&self, out: &mut Vec<u8>) -> Result<()> {
        let Some(hevc) = &self.hevc else {
            return Err(Error::malformed("visual sample entry", "has no decoder configuration"));
        };
        let visual =
            Visual { data_reference_index: 1, width: self.width, height: self.height, ..Visual::default() };
        append_container(out, b"hvc1", |out| {
            visual.encode(out).map_err(|error| Error::malformed("visual sample entry", error.to_string()))?;
            append(out, &hevc.record)?;
            if let Some(colour) = self.tags.colour {
                append(
                    out,
                    &Colr::Nclx {
                        colour_primaries: u16::from(colour.colour_primaries),
                        transfer_characteristics: u16::from(colour.transfer_characteristics),
                        matrix_coefficients: u16::from(colour.matrix_coeffs),
                        full_range_flag: colour.video_full_range_flag,
                    },
                )?;
            }
            if let Some(shape) = self.tags.sample_aspect_ratio {
                append(out, &Pasp { h_spacing: shape.num, v_spacing: shape.den })?;
            }
            if let Some(light) = self.tags.mastering_display {
                append_container(out, b"mdcv", |out| {
                    append_mdcv(out, &light);
                    Ok(())
                })?;
            }
            if let Some(light) = self.tags.content_light {
                append_container(out, b"clli", |out| {
                    out.extend_from_slice(&light.max_content_light_level.to_be_bytes());
                    out.extend_from_slice(&light.max_pic_average_light_level.to_be_bytes());
                    Ok(())
                })?;
            }
            Ok(())
        })
    }
}

/// `nclx` of ISO files and `nclc` of QuickTime; profiles and unknown forms say nothing that could be carried on.
fn parse_colr(body: &[u8]) -> Option<ColourDescription> {
    let (primaries, transfer, matrix, video_full_range_flag) = match boxes::decode(body).ok()? {
        Colr::Nclx {
            colour_primaries: p,
            transfer_characteristics: t,
            matrix_coefficients: m,
            full_range_flag,
        } => (p, t, m, full_range_flag),
        Colr::Nclc { colour_primaries: p, transfer_characteristics: t, matrix_coefficients: m } => {
            (p, t, m, false)
        }
        _ => return None,
    };
    let code = |value: u16| u8::try_from(value).unwrap_or(2);
    Some(ColourDescription {
        colour_primaries: code(primaries),
        transfer_characteristics: code(transfer),
        matrix_coeffs: code(matrix),
        video_full_range_flag,
    })
}

fn parse_mdcv(body: &[u8]) -> Option<MasteringDisplay> {
    let body: &[u8; 24] = body.first_chunk()?;
    let point = |at: usize| {
        (u16::from_be_bytes([body[at], body[at + 1]]), u16::from_be_bytes([body[at + 2], body[at + 3]]))
    };
    let luminance = |at: usize| u32::from_be_bytes([body[at], body[at + 1], body[at + 2], body[at + 3]]);
    Some(MasteringDisplay {
        display_primaries: [point(0), point(4), point(8)],
        white_point: point(12),
        max_display_mastering_luminance: luminance(16),
        min_display_mastering_luminance: luminance(20),
    })
}

fn append_mdcv(out: &mut Vec<u8>, light: &MasteringDisplay) {
    for (x, y) in light.display_primaries.into_iter().chain([light.white_point]) {
        out.extend_from_slice(&x.to_be_bytes());
        out.extend_from_slice(&y.to_be_bytes());
    }
    out.extend_from_slice(&light.max_display_mastering_luminance.to_be_bytes());
    out.extend_from_slice(&light.min_display_mastering_luminance.to_be_bytes());
}

fn parse_clli(body: &[u8]) -> Option<ContentLight> {
    let body: &[u8; 4] = body.first_chunk()?;
    Some(ContentLight {
        max_content_light_level: u16::from_be_bytes([body[0], body[1]]),
        max_pic_average_light_level: u16::from_be_bytes([body[2], body[3]]),
    })
}
