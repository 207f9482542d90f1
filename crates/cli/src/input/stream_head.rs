//! What a HEVC stream says about itself before its first slice: VUI and HDR messages.

use std::io::Read;

use rivus_stream::access_unit::base_type;
use rivus_stream::annexb;
use rivus_stream::video::{ColourDescription, Ratio, VideoTags};
use rivus_syntax::bits::Rbsp;
use rivus_syntax::nal::{NalHeader, NalUnitType};
use rivus_syntax::ps::{Sps, Vui};
use rivus_syntax::sei::{SeiMessages, SeiPayload};

/// Bytes read at a time.
const CHUNK: usize = 1 << 16;

/// How far into a byte stream the first slice is looked for.
const MAX_HEAD: usize = 1 << 20;

/// Properties found; `None` is "not said".
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct StreamHead {
    pub(super) tags: VideoTags,
    pub(super) frame_rate: Option<Ratio>,
    /// `chroma_sample_loc_type_top_field`.
    chroma_sample_loc_type: Option<u8>,
}

impl StreamHead {
    /// Looks at the NAL units up to the first slice. What cannot be read counts as not said.
    pub(super) fn of<'a>(units: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut head = Self::default();
        let mut rbsp = Rbsp::new();
        for unit in units {
            let (Some(kind), Ok((_, payload))) = (base_type(unit), NalHeader::parse(unit)) else {
                continue;
            };
            match kind {
                NalUnitType::SPS_NUT => {
                    let sps = Sps::parse(rbsp.unescape(payload));
                    if let Some(vui) = sps.ok().and_then(|sps| sps.vui) {
                        head.add_vui(&vui);
                    }
                }
                NalUnitType::PREFIX_SEI_NUT => head.add_sei(rbsp.unescape(payload)),
                kind if kind.is_vcl() => break,
                _ => {}
            }
        }
        head
    }

    /// Position of chroma samples; E.3.1 infers 0 where nothing is said.
    pub(super) fn chroma_location(&self) -> u8 {
        self.chroma_sample_loc_type.unwrap_or(0)
    }

    fn add_vui(&mut self, vui: &Vui) {
        self.chroma_sample_loc_type = vui.chroma_sample_loc_type.map(|(top, _)| top);
        // A coded picture takes a tick, also where it is one field.
        let timing = vui.timing_info.as_ref();
        self.frame_rate = timing.and_then(|timing| Ratio::new(timing.time_scale, timing.num_units_in_tick));
        let shape = vui.sample_aspect_ratio.as_ref().and_then(|shape| shape.ratio());
        self.tags.sample_aspect_ratio = shape.and_then(|(w, h)| Ratio::new(u32::from(w), u32::from(h)));
        let colour = vui.video_signal_type.as_ref().map(|signal| {
            let described = signal.colour_description;
            ColourDescription {
                colour_primaries: described.map_or(2, |colour| colour.colour_primaries),
                transfer_characteristics: described.map_or(2, |colour| colour.transfer_characteristics),
                matrix_coeffs: described.map_or(2, |colour| colour.matrix_coeffs),
                video_full_range_flag: signal.video_full_range_flag,
            }
        });
        self.tags.colour = colour.filter(|colour| *colour != ColourDescription::default());
    }

    fn add_sei(&mut self, rbsp: &[u8]) {
        for message in SeiMessages::new(rbsp).map_while(Result::ok) {
            match message.decode(NalUnitType::PREFIX_SEI_NUT, None) {
                Ok(SeiPayload::MasteringDisplayColourVolume(light)) => {
                    self.tags.mastering_display = Some(light)
                }
                Ok(SeiPayload::ContentLightLevel(light)) => self.tags.content_light = Some(light),
                _ => {}
            }
        }
    }
}

/// Reads until the first slice begins. Returns all bytes read and what they say.
pub(super) fn read_head(input: &mut impl Read) -> std::io::Result<(Vec<u8>, StreamHead)> {
    let mut head = Vec::new();
    loop {
        let before = head.len();
        input.by_ref().take(CHUNK as u64).read_to_end(&mut head)?;
        let at_end = head.len() - before < CHUNK;
        let has_slice = annexb::split(&head).any(|unit| base_type(unit).is_some_and(NalUnitType::is_vcl));
        if has_slice || at_end || head.len() >= MAX_HEAD {
            let known = StreamHead::of(annexb::split(&head));
            return Ok((head, known));
        }
    }
}

#[cfg(test)]
mod tests {
    use rivus_syntax::bits::BitWriter;
    use rivus_syntax::nal::{StartCode, write_annex_b};
    use rivus_syntax::ps::{SampleAspectRatio, TimingInfo};
    use rivus_syntax::sei::{ContentLightLevel, write_sei};

    use super::*;

    /// An SPS with a VUI, content light level SEI, a slice, and another SPS behind it.
    fn stream() -> Vec<u8> {
        let vui = Vui {
            sample_aspect_ratio: Some(SampleAspectRatio::new(4, 3)),
            timing_info: Some(TimingInfo {
                num_units_in_tick: 1001,
                time_scale: 30000,
                ..TimingInfo::default()
            }),
            chroma_sample_loc_type: Some((2, 2)),
            ..Vui::default()
        };
        let sps = Sps {
            pic_width_in_luma_samples: 64,
            pic_height_in_luma_samples: 64,
            vui: Some(Box::new(vui)),
            ..Sps::default()
        };
        let mut sei = BitWriter::new();
        write_sei(&mut sei, [(144, vec![3, 232, 1, 144])]);
        let mut out = Vec::new();
        let mut write = |kind, rbsp: &[u8]| {
            write_annex_b(StartCode::Four, NalHeader::new(kind, 0), rbsp, &mut out);
        };
        write(NalUnitType::SPS_NUT, &sps.to_rbsp());
        write(NalUnitType::PREFIX_SEI_NUT, &sei.into_bytes());
        write(NalUnitType::IDR_W_RADL, &[0x80, 0x11]);
        write(NalUnitType::SPS_NUT, &Sps { vui: None, ..sps }.to_rbsp());
        out
    }

    #[test]
    fn vui_and_sei_before_the_first_slice_count() {
        let stream = stream();
        let (head, known) = read_head(&mut &stream[..]).expect("memory");
        assert_eq!(head, stream);
        assert_eq!(known.frame_rate, Ratio::new(30000, 1001));
        assert_eq!(known.tags.sample_aspect_ratio, Ratio::new(4, 3));
        assert_eq!(known.chroma_location(), 2);
        assert_eq!(StreamHead::default().chroma_location(), 0);
        let light = ContentLightLevel { max_content_light_level: 1000, max_pic_average_light_level: 400 };
        assert_eq!(known.tags.content_light, Some(light));
    }

    #[test]
    fn a_stream_cut_anywhere_does_no_harm() {
        let stream = stream();
        for cut in 0..stream.len() {
            let (head, _) = read_head(&mut &stream[..cut]).expect("memory");
            assert_eq!(head.len(), cut);
        }
    }
}
