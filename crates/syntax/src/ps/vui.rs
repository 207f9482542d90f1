//! vui_parameters() (clauses E.2.1 and E.3.1).

use super::hrd::HrdParameters;
use super::sps::Window;
use crate::bits::{BitReader, BitWriter};
use crate::error::Result;

/// aspect_ratio_idc and, for EXTENDED_SAR, the ratio itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SampleAspectRatio {
    /// aspect_ratio_idc: table E.1, 255 for EXTENDED_SAR.
    pub aspect_ratio_idc: u8,
    /// sar_width; only for EXTENDED_SAR, else 0.
    pub sar_width: u16,
    /// sar_height; only for EXTENDED_SAR, else 0.
    pub sar_height: u16,
}

impl SampleAspectRatio {
    /// aspect_ratio_idc of EXTENDED_SAR.
    pub const EXTENDED_SAR: u8 = 255;

    /// Table E.1 for aspect_ratio_idc 1..=16.
    const TABLE_E_1: [(u16, u16); 16] = [
        (1, 1),
        (12, 11),
        (10, 11),
        (16, 11),
        (40, 33),
        (24, 11),
        (20, 11),
        (32, 11),
        (80, 33),
        (18, 11),
        (15, 11),
        (64, 33),
        (160, 99),
        (4, 3),
        (3, 2),
        (2, 1),
    ];

    /// The ratio `width : height`, by its number in table E.1 where it has one.
    pub fn new(width: u16, height: u16) -> Self {
        match Self::TABLE_E_1.iter().position(|&ratio| ratio == (width, height)) {
            Some(i) => Self { aspect_ratio_idc: i as u8 + 1, sar_width: 0, sar_height: 0 },
            None => Self { aspect_ratio_idc: Self::EXTENDED_SAR, sar_width: width, sar_height: height },
        }
    }

    /// Width and height of a sample in the same arbitrary unit, or none if unspecified or reserved.
    pub fn ratio(&self) -> Option<(u16, u16)> {
        match self.aspect_ratio_idc {
            0 => None,
            Self::EXTENDED_SAR => {
                (self.sar_width != 0 && self.sar_height != 0).then_some((self.sar_width, self.sar_height))
            }
            idc => Self::TABLE_E_1.get(usize::from(idc) - 1).copied(),
        }
    }
}

/// How code values map to colours: tables E.3 to E.5 (the code points of Rec. ITU-T H.273).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ColourDescription {
    /// colour_primaries.
    pub colour_primaries: u8,
    /// transfer_characteristics.
    pub transfer_characteristics: u8,
    /// matrix_coeffs.
    pub matrix_coeffs: u8,
}

/// What follows video_signal_type_present_flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VideoSignalType {
    /// video_format, 0..=7; 5 is unspecified.
    pub video_format: u8,
    /// video_full_range_flag.
    pub video_full_range_flag: bool,
    /// The colour description, if colour_description_present_flag.
    pub colour_description: Option<ColourDescription>,
}

/// Clock of the pictures, in a VUI or a VPS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TimingInfo {
    /// num_units_in_tick: duration of a tick in units of 1 / time_scale seconds.
    pub num_units_in_tick: u32,
    /// time_scale: units per second.
    pub time_scale: u32,
    /// num_ticks_poc_diff_one_minus1, if poc_proportional_to_timing_flag.
    pub num_ticks_poc_diff_one_minus1: Option<u32>,
}

impl TimingInfo {
    pub(crate) fn parse(r: &mut BitReader<'_>) -> Result<Self> {
        Ok(Self {
            num_units_in_tick: r.read_bits(32)?,
            time_scale: r.read_bits(32)?,
            num_ticks_poc_diff_one_minus1: if r.read_flag()? { Some(r.read_ue()?) } else { None },
        })
    }

    pub(crate) fn write(&self, w: &mut BitWriter) {
        w.write_bits(self.num_units_in_tick, 32);
        w.write_bits(self.time_scale, 32);
        w.write_flag(self.num_ticks_poc_diff_one_minus1.is_some());
        if let Some(ticks) = self.num_ticks_poc_diff_one_minus1 {
            w.write_ue(ticks);
        }
    }
}

/// What follows bitstream_restriction_flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BitstreamRestriction {
    /// tiles_fixed_structure_flag.
    pub tiles_fixed_structure_flag: bool,
    /// motion_vectors_over_pic_boundaries_flag.
    pub motion_vectors_over_pic_boundaries_flag: bool,
    /// restricted_ref_pic_lists_flag.
    pub restricted_ref_pic_lists_flag: bool,
    /// min_spatial_segmentation_idc, 0..=4095.
    pub min_spatial_segmentation_idc: u16,
    /// max_bytes_per_pic_denom, 0..=16.
    pub max_bytes_per_pic_denom: u8,
    /// max_bits_per_min_cu_denom, 0..=16.
    pub max_bits_per_min_cu_denom: u8,
    /// log2_max_mv_length_horizontal, 0..=16, in quarter samples.
    pub log2_max_mv_length_horizontal: u8,
    /// log2_max_mv_length_vertical, 0..=16, in quarter samples.
    pub log2_max_mv_length_vertical: u8,
}

impl Default for BitstreamRestriction {
    /// The values E.3.1 infers when the restriction is absent.
    fn default() -> Self {
        Self {
            tiles_fixed_structure_flag: false,
            motion_vectors_over_pic_boundaries_flag: true,
            restricted_ref_pic_lists_flag: false,
            min_spatial_segmentation_idc: 0,
            max_bytes_per_pic_denom: 2,
            max_bits_per_min_cu_denom: 1,
            log2_max_mv_length_horizontal: 15,
            log2_max_mv_length_vertical: 15,
        }
    }
}

impl BitstreamRestriction {
    fn parse(r: &mut BitReader<'_>) -> Result<Self> {
        Ok(Self {
            tiles_fixed_structure_flag: r.read_flag()?,
            motion_vectors_over_pic_boundaries_flag: r.read_flag()?,
            restricted_ref_pic_lists_flag: r.read_flag()?,
            min_spatial_segmentation_idc: r.read_ue_max("min_spatial_segmentation_idc", 4095)? as u16,
            max_bytes_per_pic_denom: r.read_ue8("max_bytes_per_pic_denom", 16)?,
            max_bits_per_min_cu_denom: r.read_ue8("max_bits_per_min_cu_denom", 16)?,
            log2_max_mv_length_horizontal: r.read_ue8("log2_max_mv_length_horizontal", 16)?,
            log2_max_mv_length_vertical: r.read_ue8("log2_max_mv_length_vertical", 16)?,
        })
    }

    fn write(&self, w: &mut BitWriter) {
        w.write_flag(self.tiles_fixed_structure_flag);
        w.write_flag(self.motion_vectors_over_pic_boundaries_flag);
        w.write_flag(self.restricted_ref_pic_lists_flag);
        w.write_ue(self.min_spatial_segmentation_idc.into());
        w.write_ue(self.max_bytes_per_pic_denom.into());
        w.write_ue(self.max_bits_per_min_cu_denom.into());
        w.write_ue(self.log2_max_mv_length_horizontal.into());
        w.write_ue(self.log2_max_mv_length_vertical.into());
    }
}

/// Video usability information. Nothing in it changes decoded samples. The default is "nothing said".
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Vui {
    /// Sample aspect ratio, if aspect_ratio_info_present_flag.
    pub sample_aspect_ratio: Option<SampleAspectRatio>,
    /// overscan_appropriate_flag, if overscan_info_present_flag.
    pub overscan_appropriate_flag: Option<bool>,
    /// Signal type, if video_signal_type_present_flag.
    pub video_signal_type: Option<VideoSignalType>,
    /// chroma_sample_loc_type_top_field and _bottom_field, 0..=5, if chroma_loc_info_present_flag.
    pub chroma_sample_loc_type: Option<(u8, u8)>,
    /// neutral_chroma_indication_flag.
    pub neutral_chroma_indication_flag: bool,
    /// field_seq_flag: every picture is a field.
    pub field_seq_flag: bool,
    /// frame_field_info_present_flag: picture timing SEI messages carry pic_struct.
    pub frame_field_info_present_flag: bool,
    /// Default display window in chroma units, relative to the conformance window.
    pub default_display_window: Option<Window>,
    /// Timing, if vui_timing_info_present_flag.
    pub timing_info: Option<TimingInfo>,
    /// hrd_parameters(), if vui_hrd_parameters_present_flag; only with timing.
    pub hrd: Option<HrdParameters>,
    /// Restrictions, if bitstream_restriction_flag.
    pub bitstream_restriction: Option<BitstreamRestriction>,
}

impl Vui {
    /// E.2.1.
    ///
    /// # Errors
    /// If the data ends early or an element is out of range.
    pub(crate) fn parse(r: &mut BitReader<'_>, max_sub_layers_minus1: u8) -> Result<Self> {
        let mut vui = Self::default();
        if r.read_flag()? {
            let aspect_ratio_idc = r.read_u8(8)?;
            let extended = aspect_ratio_idc == SampleAspectRatio::EXTENDED_SAR;
            let mut side = || if extended { Ok(r.read_bits(16)? as u16) } else { Ok(0) };
            vui.sample_aspect_ratio =
                Some(SampleAspectRatio { aspect_ratio_idc, sar_width: side()?, sar_height: side()? });
        }
        if r.read_flag()? {
            vui.overscan_appropriate_flag = Some(r.read_flag()?);
        }
        if r.read_flag()? {
            vui.video_signal_type = Some(VideoSignalType {
                video_format: r.read_u8(3)?,
                video_full_range_flag: r.read_flag()?,
                colour_description: if r.read_flag()? {
                    Some(ColourDescription {
                        colour_primaries: r.read_u8(8)?,
                        transfer_characteristics: r.read_u8(8)?,
                        matrix_coeffs: r.read_u8(8)?,
                    })
                } else {
                    None
                },
            });
        }
        if r.read_flag()? {
            vui.chroma_sample_loc_type = Some((
                r.read_ue8("chroma_sample_loc_type_top_field", 5)?,
                r.read_ue8("chroma_sample_loc_type_bottom_field", 5)?,
            ));
        }
        vui.neutral_chroma_indication_flag = r.read_flag()?;
        vui.field_seq_flag = r.read_flag()?;
        vui.frame_field_info_present_flag = r.read_flag()?;
        vui.default_display_window = if r.read_flag()? { Some(Window::parse(r)?) } else { None };
        if r.read_flag()? {
            vui.timing_info = Some(TimingInfo::parse(r)?);
            if r.read_flag()? {
                vui.hrd = Some(HrdParameters::parse(r, None, max_sub_layers_minus1)?);
            }
        }
        vui.bitstream_restriction = if r.read_flag()? { Some(BitstreamRestriction::parse(r)?) } else { None };
        Ok(vui)
    }

    /// E.2.1.
    pub(crate) fn write(&self, w: &mut BitWriter) {
        w.write_flag(self.sample_aspect_ratio.is_some());
        if let Some(sar) = &self.sample_aspect_ratio {
            w.write_bits(sar.aspect_ratio_idc.into(), 8);
            if sar.aspect_ratio_idc == SampleAspectRatio::EXTENDED_SAR {
                w.write_bits(sar.sar_width.into(), 16);
                w.write_bits(sar.sar_height.into(), 16);
            }
        }
        w.write_flag(self.overscan_appropriate_flag.is_some());
        if let Some(flag) = self.overscan_appropriate_flag {
            w.write_flag(flag);
        }
        w.write_flag(self.video_signal_type.is_some());
        if let Some(signal) = &self.video_signal_type {
            w.write_bits(signal.video_format.into(), 3);
            w.write_flag(signal.video_full_range_flag);
            w.write_flag(signal.colour_description.is_some());
            if let Some(colour) = &signal.colour_description {
                w.write_bits(colour.colour_primaries.into(), 8);
                w.write_bits(colour.transfer_characteristics.into(), 8);
                w.write_bits(colour.matrix_coeffs.into(), 8);
            }
        }
        w.write_flag(self.chroma_sample_loc_type.is_some());
        if let Some((top, bottom)) = self.chroma_sample_loc_type {
            w.write_ue(top.into());
            w.write_ue(bottom.into());
        }
        w.write_flag(self.neutral_chroma_indication_flag);
        w.write_flag(self.field_seq_flag);
        w.write_flag(self.frame_field_info_present_flag);
        w.write_flag(self.default_display_window.is_some());
        if let Some(window) = &self.default_display_window {
            window.write(w);
        }
        w.write_flag(self.timing_info.is_some());
        if let Some(timing_info) = &self.timing_info {
            timing_info.write(w);
            w.write_flag(self.hrd.is_some());
            if let Some(hrd) = &self.hrd {
                hrd.write(w, true);
            }
        }
        w.write_flag(self.bitstream_restriction.is_some());
        if let Some(restriction) = &self.bitstream_restriction {
            restriction.write(w);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::ps::hrd::tests::hrd;
    use crate::ps::sps::tests::window;
    use proptest::option::of;
    use proptest::prelude::*;

    pub(crate) fn timing_info() -> impl Strategy<Value = TimingInfo> {
        (any::<u32>(), any::<u32>(), of(0..u32::MAX)).prop_map(|(num_units_in_tick, time_scale, ticks)| {
            TimingInfo { num_units_in_tick, time_scale, num_ticks_poc_diff_one_minus1: ticks }
        })
    }

    fn signal() -> impl Strategy<Value = VideoSignalType> {
        (0u8..8, any::<bool>(), of(any::<[u8; 3]>())).prop_map(|(video_format, full, colour)| {
            VideoSignalType {
                video_format,
                video_full_range_flag: full,
                colour_description: colour.map(|c| ColourDescription {
                    colour_primaries: c[0],
                    transfer_characteristics: c[1],
                    matrix_coeffs: c[2],
                }),
            }
        })
    }

    fn restriction() -> impl Strategy<Value = BitstreamRestriction> {
        (any::<[bool; 3]>(), 0u16..4096, [0u8..17, 0u8..17, 0u8..17, 0u8..17]).prop_map(|(f, min, v)| {
            BitstreamRestriction {
                tiles_fixed_structure_flag: f[0],
                motion_vectors_over_pic_boundaries_flag: f[1],
                restricted_ref_pic_lists_flag: f[2],
                min_spatial_segmentation_idc: min,
                max_bytes_per_pic_denom: v[0],
                max_bits_per_min_cu_denom: v[1],
                log2_max_mv_length_horizontal: v[2],
                log2_max_mv_length_vertical: v[3],
            }
        })
    }

    pub(crate) fn vui(max_sub_layers_minus1: u8) -> impl Strategy<Value = Vui> {
        (
            of((any::<u8>(), any::<u16>(), any::<u16>())),
            of(any::<bool>()),
            of(signal()),
            of((0u8..6, 0u8..6)),
            any::<[bool; 3]>(),
            of(window(u32::MAX - 1)),
            of((timing_info(), of(hrd(max_sub_layers_minus1)))),
            of(restriction()),
        )
            .prop_map(|(sar, overscan, signal, loc, flags, window, timing, restriction)| Vui {
                sample_aspect_ratio: sar.map(|(idc, w, h)| match idc % 20 {
                    17.. => SampleAspectRatio { aspect_ratio_idc: 255, sar_width: w, sar_height: h },
                    idc => SampleAspectRatio { aspect_ratio_idc: idc, sar_width: 0, sar_height: 0 },
                }),
                overscan_appropriate_flag: overscan,
                video_signal_type: signal,
                chroma_sample_loc_type: loc,
                neutral_chroma_indication_flag: flags[0],
                field_seq_flag: flags[1],
                frame_field_info_present_flag: flags[2],
                default_display_window: window,
                timing_info: timing.as_ref().map(|t| t.0),
                hrd: timing.and_then(|t| t.1),
                bitstream_restriction: restriction,
            })
    }

    proptest! {
        #[test]
        fn round_trip((max, vui) in (0u8..7).prop_flat_map(|max| (Just(max), vui(max)))) {
            let mut w = BitWriter::new();
            vui.write(&mut w);
            let bits = w.bit_len();
            let bytes = w.into_bytes();
            let mut r = BitReader::new(&bytes);
            prop_assert_eq!(Vui::parse(&mut r, max).unwrap(), vui);
            prop_assert_eq!(r.bit_position(), bits);
        }
    }

    #[test]
    fn aspect_ratios_by_number_and_by_value() {
        assert_eq!(SampleAspectRatio::new(4, 3).aspect_ratio_idc, 14);
        for ratio in [(1, 1), (64, 33), (7, 5)] {
            assert_eq!(SampleAspectRatio::new(ratio.0, ratio.1).ratio(), Some(ratio));
        }
        assert_eq!(SampleAspectRatio::new(0, 0).ratio(), None);
    }
}
