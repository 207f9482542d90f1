//! Visual sample entries of HEVC: `hvc1` with `hvcC`, `colr`, `pasp`, `mdcv` and `clli`.

use mp4_atom::{Colr, Encode, HvcCArray, Hvcc, Pasp, Visual};
use rivus_syntax::bits::Rbsp;
use rivus_syntax::nal::{LengthPrefixedUnits, LengthSize, NalHeader, NalUnitType};
use rivus_syntax::ps::Sps;

use super::boxes::{self, append, append_container, children};
use crate::access_unit::base_type;
use crate::video::{ColourDescription, ContentLightLevel, MasteringDisplayColourVolume, Ratio, VideoTags};
use crate::{Error, Result};

/// Bytes of a visual sample entry before its child boxes, box header not counted.
const VISUAL_BYTES: usize = 78;

/// How messages call what `hvcC` is made from.
const PLACE: &str = "parameter sets for MP4";

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
        let kinds = [
            (NalUnitType::VPS_NUT, "VPS"),
            (NalUnitType::SPS_NUT, "SPS"),
            (NalUnitType::PPS_NUT, "PPS"),
            (NalUnitType::PREFIX_SEI_NUT, "SEI"),
        ];
        let units: Vec<&[u8]> = units.into_iter().collect();
        for (kind, name) in kinds {
            let mut nalus: Vec<Vec<u8>> = Vec::new();
            for unit in units.iter().filter(|unit| base_type(unit) == Some(kind)) {
                if !nalus.iter().any(|known| known == unit) {
                    nalus.push(unit.to_vec());
                }
            }
            if nalus.iter().any(|unit| unit.len() > usize::from(u16::MAX)) {
                return Err(Error::malformed(PLACE, format!("a {name} is longer than 65535 bytes")));
            }
            if !nalus.is_empty() {
                record.arrays.push(HvcCArray { completeness: true, nal_unit_type: kind.value(), nalus });
            } else if kind != NalUnitType::PREFIX_SEI_NUT {
                return Err(Error::malformed(PLACE, format!("there is no {name}")));
            }
        }
        let sps = units.iter().find(|unit| base_type(unit) == Some(NalUnitType::SPS_NUT));
        let sps = parse_sps(sps.copied().unwrap_or_default())?;
        let profile = sps.profile_tier_level.general.to_bytes();
        let [first, c0, c1, c2, c3, i0, i1, i2, i3, i4, i5] = profile;
        record.general_profile_space = first >> 6;
        record.general_tier_flag = first & 0x20 != 0;
        record.general_profile_idc = first & 0x1f;
        record.general_profile_compatibility_flags = [c0, c1, c2, c3];
        record.general_constraint_indicator_flags = [i0, i1, i2, i3, i4, i5];
        record.general_level_idc = sps.profile_tier_level.general_level_idc;
        record.chroma_format_idc = sps.chroma_format_idc;
        record.bit_depth_luma_minus8 = sps.bit_depth_luma_minus8;
        record.bit_depth_chroma_minus8 = sps.bit_depth_chroma_minus8;
        record.num_temporal_layers = sps.sps_max_sub_layers_minus1 + 1;
        record.temporal_id_nested = sps.sps_temporal_id_nesting_flag;
        Ok(Self { record })
    }

    /// Takes a sample of the track apart into its NAL units.
    ///
    /// # Errors
    /// A length reaches past the end of the sample, or the record states a length of three bytes.
    pub fn split_sample<'a>(&self, sample: &'a [u8]) -> Result<Vec<&'a [u8]>> {
        let size = match self.record.length_size_minus_one {
            0 => LengthSize::One,
            1 => LengthSize::Two,
            3 => LengthSize::Four,
            _ => return Err(Error::malformed("box 'hvcC'", "lengths of three bytes")),
        };
        let units: std::result::Result<Vec<_>, _> = LengthPrefixedUnits::new(sample, size).collect();
        units.map_err(|error| Error::malformed("sample", error.to_string()))
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

fn parse_sps(unit: &[u8]) -> Result<Sps> {
    let parsed = NalHeader::parse(unit).and_then(|(_, payload)| Sps::parse(Rbsp::new().unescape(payload)));
    parsed.map_err(|error| Error::malformed(PLACE, error.to_string()))
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

fn parse_mdcv(body: &[u8]) -> Option<MasteringDisplayColourVolume> {
    let body: &[u8; 24] = body.first_chunk()?;
    let point = |at: usize| {
        (u16::from_be_bytes([body[at], body[at + 1]]), u16::from_be_bytes([body[at + 2], body[at + 3]]))
    };
    let luminance = |at: usize| u32::from_be_bytes([body[at], body[at + 1], body[at + 2], body[at + 3]]);
    Some(MasteringDisplayColourVolume {
        display_primaries: [point(0), point(4), point(8)],
        white_point: point(12),
        max_display_mastering_luminance: luminance(16),
        min_display_mastering_luminance: luminance(20),
    })
}

fn append_mdcv(out: &mut Vec<u8>, light: &MasteringDisplayColourVolume) {
    for (x, y) in light.display_primaries.into_iter().chain([light.white_point]) {
        out.extend_from_slice(&x.to_be_bytes());
        out.extend_from_slice(&y.to_be_bytes());
    }
    out.extend_from_slice(&light.max_display_mastering_luminance.to_be_bytes());
    out.extend_from_slice(&light.min_display_mastering_luminance.to_be_bytes());
}

fn parse_clli(body: &[u8]) -> Option<ContentLightLevel> {
    let body: &[u8; 4] = body.first_chunk()?;
    Some(ContentLightLevel {
        max_content_light_level: u16::from_be_bytes([body[0], body[1]]),
        max_pic_average_light_level: u16::from_be_bytes([body[2], body[3]]),
    })
}
