//! Encoding.

use rivus_stream::video::{MasteringDisplayColourVolume, Ratio, VideoTags};

use crate::image::{Image, ImageFormat};

/// An encoder option as `(name, value)`.
pub(crate) type Setting = (String, String);

/// What the encoder must know about the pictures that will come.
#[derive(Debug, Clone)]
pub(crate) struct StreamInfo {
    /// Format of all pictures; luma and chroma have the depth of the output.
    pub(crate) format: ImageFormat,
    pub(crate) frame_rate: Ratio,
    pub(crate) tags: VideoTags,
    /// `chroma_sample_loc_type`, if known.
    pub(crate) chroma_location: Option<u8>,
    /// Packets shall carry the decoded picture.
    pub(crate) reconstruct: bool,
}

/// A coded picture.
#[derive(Debug)]
pub(crate) struct Packet {
    /// Annex B access unit.
    pub(crate) data: Vec<u8>,
    /// Number of the picture in display order.
    pub(crate) pts: i64,
    /// Decoding time on the same scale; negative while pictures are reordered at the start.
    pub(crate) dts: i64,
    pub(crate) is_key: bool,
    /// `I`, `P` or `B`.
    pub(crate) picture_type: char,
    pub(crate) poc: i32,
    pub(crate) qp: f64,
    pub(crate) temporal_layer: u8,
    pub(crate) reconstruction: Option<Image>,
}

/// What the source says, as encoder options. What is unspecified or inferred anyway is left out.
#[expect(dead_code, reason = "for the encoder, which is not linked yet")]
fn describe(stream: &StreamInfo) -> Vec<(&'static str, String)> {
    let StreamInfo { format, frame_rate, tags, chroma_location, reconstruct } = stream;
    let mut options = vec![
        ("input-res", format!("{}x{}", format.width, format.height)),
        ("fps", format!("{}/{}", frame_rate.num, frame_rate.den)),
        ("output-depth", format.depth_luma.to_string()),
    ];
    if *reconstruct {
        options.push(("recon", "1".into()));
    }
    // 4:2:0 chroma lies at position 0 unless said otherwise.
    if let Some(location @ 1..) = chroma_location {
        options.push(("chromaloc", location.to_string()));
    }
    if let Some(shape) = tags.sample_aspect_ratio.filter(|shape| shape.num.max(shape.den) <= 65535) {
        options.push(("sar", format!("{}:{}", shape.num, shape.den)));
    }
    if let Some(colour) = tags.colour {
        options.push(("range", if colour.video_full_range_flag { "full" } else { "limited" }.into()));
        options.push(("colorprim", colour.colour_primaries.to_string()));
        options.push(("transfer", colour.transfer_characteristics.to_string()));
        options.push(("colormatrix", colour.matrix_coeffs.to_string()));
    }
    let in_order = |l: &MasteringDisplayColourVolume| {
        l.min_display_mastering_luminance <= l.max_display_mastering_luminance
    };
    if let Some(light) = tags.mastering_display.filter(in_order) {
        let [g, b, r] = light.display_primaries;
        let (wp, max, min) =
            (light.white_point, light.max_display_mastering_luminance, light.min_display_mastering_luminance);
        let point = |name: &str, (x, y): (u16, u16)| format!("{name}({x},{y})");
        let points = [point("G", g), point("B", b), point("R", r), point("WP", wp)].concat();
        options.push(("master-display", format!("{points}L({max},{min})")));
    }
    if let Some(light) = tags.content_light {
        options.push((
            "max-cll",
            format!("{},{}", light.max_content_light_level, light.max_pic_average_light_level),
        ));
    }
    options
}

const MISSING: &str = "this build has no codec";

/// An encoder.
#[derive(Debug)]
pub(crate) struct Encoder {}

impl Encoder {
    /// Opens an encoder.
    pub(crate) fn open(
        preset: &str,
        tune: Option<&str>,
        settings: &[Setting],
        stream: &StreamInfo,
    ) -> Result<Self, String> {
        Err(format!("{MISSING}: {preset} {tune:?} {settings:?} {stream:?}"))
    }

    /// VPS, SPS and PPS as Annex B bytes.
    pub(crate) fn headers(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Gives the picture that is shown as number `pts`.
    pub(crate) fn send(&mut self, _image: &Image, _pts: i64) -> Result<(), String> {
        Err(MISSING.into())
    }

    /// Says that no more pictures come.
    pub(crate) fn flush(&mut self) -> Result<(), String> {
        Err(MISSING.into())
    }

    /// The next coded picture, `None` if the encoder wants more input or has finished.
    pub(crate) fn receive(&mut self) -> Result<Option<Packet>, String> {
        Err(MISSING.into())
    }
}
