//! Video usability information (annex E).

use super::hrd;
use crate::config::{Range, Settings};
use rivus_syntax::ps::{ColourDescription, SampleAspectRatio, TimingInfo, VideoSignalType, Vui};

/// Code point of "unspecified" in tables E.3 to E.5.
const UNSPECIFIED: u8 = 2;
/// video_format of "unspecified" (table E.2).
const UNSPECIFIED_FORMAT: u8 = 5;

/// The clock of the pictures: one tick per picture.
pub(super) fn timing(settings: &Settings) -> TimingInfo {
    TimingInfo {
        num_units_in_tick: settings.fps.den,
        time_scale: settings.fps.num,
        num_ticks_poc_diff_one_minus1: None,
    }
}

/// vui_parameters() for a stream of `sub_layers` temporal sub-layers.
pub(super) fn parameters(settings: &Settings, sub_layers: usize) -> Vui {
    let sar = settings.sar.map(|sar| SampleAspectRatio::new(sar.num as u16, sar.den as u16));
    let vbv = settings.vbv().filter(|_| settings.has_hrd());
    Vui {
        sample_aspect_ratio: sar,
        video_signal_type: signal_type(settings),
        chroma_sample_loc_type: settings.chromaloc.map(|location| (location, location)),
        timing_info: Some(timing(settings)),
        hrd: vbv.map(|vbv| hrd::parameters(&vbv, sub_layers)),
        ..Vui::default()
    }
}

fn signal_type(settings: &Settings) -> Option<VideoSignalType> {
    let colour = ColourDescription {
        colour_primaries: settings.colorprim,
        transfer_characteristics: settings.transfer,
        matrix_coeffs: settings.colormatrix,
    };
    let codes = [colour.colour_primaries, colour.transfer_characteristics, colour.matrix_coeffs];
    let is_described = codes.iter().any(|&code| code != UNSPECIFIED);
    (is_described || settings.range != Range::Auto).then_some(VideoSignalType {
        video_format: UNSPECIFIED_FORMAT,
        video_full_range_flag: settings.range == Range::Full,
        colour_description: is_described.then_some(colour),
    })
}
