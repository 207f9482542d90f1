//! Encoding.

use std::collections::BTreeMap;

use rivus::{Config, ConfigError, InputPicture, PictureType, StageTimes};
use rivus_stream::frame::{ChromaSampling, Frame, Samples};
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
    /// Packets shall carry the time that each stage took.
    pub(crate) times: bool,
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
    /// Mean over the blocks.
    pub(crate) qp: f64,
    /// QP of the slice.
    pub(crate) slice_qp: i8,
    /// Layer of the hierarchy, 0 for key pictures.
    pub(crate) layer: u8,
    /// Shares of the picture that are intra, inter and skipped.
    pub(crate) shares: [f64; 3],
    /// Times it was coded again.
    pub(crate) recodes: u32,
    /// Bits in the decoder's buffer before the picture is taken out.
    pub(crate) buffer_bits: Option<f64>,
    pub(crate) times: Option<StageTimes>,
    pub(crate) trace: Option<String>,
    pub(crate) reconstruction: Option<Image>,
}

impl From<rivus::Packet> for Packet {
    fn from(packet: rivus::Packet) -> Self {
        Self {
            pts: packet.pts,
            dts: packet.dts,
            is_key: packet.is_keyframe,
            picture_type: match packet.picture_type {
                PictureType::I => 'I',
                PictureType::P => 'P',
                PictureType::B => 'B',
            },
            poc: packet.poc,
            qp: packet.mean_qp,
            slice_qp: packet.slice_qp,
            layer: packet.layer,
            shares: packet.shares,
            recodes: packet.recodes,
            buffer_bits: packet.buffer_bits,
            times: packet.times,
            trace: packet.trace,
            reconstruction: packet.reconstruction.map(Image::Decoded),
            data: packet.data,
        }
    }
}

/// What the source says, as encoder options. What is unspecified or inferred anyway is left out.
fn describe(stream: &StreamInfo) -> Vec<(&'static str, String)> {
    let StreamInfo { format, frame_rate, tags, chroma_location, reconstruct, times } = stream;
    let mut options = vec![
        ("input-res", format!("{}x{}", format.width, format.height)),
        ("fps", format!("{}/{}", frame_rate.num, frame_rate.den)),
        ("output-depth", format.depth_luma.to_string()),
    ];
    if *reconstruct {
        options.push(("recon", "1".into()));
    }
    if *times {
        options.push(("times", "1".into()));
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

/// An encoder.
#[derive(Debug)]
pub(crate) struct Encoder {
    inner: rivus::Encoder,
    /// All options with their final values.
    settings: BTreeMap<&'static str, String>,
}

impl Encoder {
    /// Opens an encoder. Options given by the user come before what the source says.
    pub(crate) fn open(
        preset: &str,
        tune: Option<&str>,
        settings: &[Setting],
        stream: &StreamInfo,
    ) -> Result<Self, String> {
        if stream.format.chroma != ChromaSampling::Yuv420 {
            let chroma = stream.format.chroma;
            return Err(format!("the encoder takes 4:2:0 pictures, not {chroma}; convert them first"));
        }
        let config = configure(preset, tune, settings, stream).map_err(|error| error.to_string())?;
        let inner = rivus::Encoder::new(&config).map_err(|error| error.to_string())?;
        let resolved = config.settings().map_err(|error| error.to_string())?;
        let settings = Config::options().iter().map(|option| (option.name, option.get(&resolved))).collect();
        Ok(Self { inner, settings })
    }

    /// VPS, SPS and PPS as Annex B bytes.
    pub(crate) fn headers(&self) -> Vec<u8> {
        self.inner.headers()
    }

    /// All options with their final values.
    pub(crate) fn settings(&self) -> &BTreeMap<&'static str, String> {
        &self.settings
    }

    /// Gives the picture that is shown as number `pts`, to be traced or not.
    pub(crate) fn send(&mut self, image: &Image, pts: i64, trace: bool) -> Result<(), rivus::Error> {
        let input = match image {
            Image::Frame(frame) => frame_input(frame, pts)?,
            Image::Decoded(picture) => picture.to_input(pts)?,
        };
        self.inner.send_picture(&input.trace(trace))
    }

    /// Says that no more pictures come.
    pub(crate) fn flush(&mut self) {
        self.inner.flush();
    }

    /// The next coded picture, `None` if the encoder wants more input or has finished.
    pub(crate) fn receive(&mut self) -> Result<Option<Packet>, rivus::Error> {
        Ok(self.inner.receive_packet()?.map(Packet::from))
    }
}

fn configure(
    preset: &str,
    tune: Option<&str>,
    settings: &[Setting],
    stream: &StreamInfo,
) -> Result<Config, ConfigError> {
    let mut config = Config::default();
    for (name, value) in describe(stream) {
        config.set(name, &value)?;
    }
    config.set("preset", preset)?;
    if let Some(tune) = tune {
        config.set("tune", tune)?;
    }
    for (name, value) in settings {
        config.set(name, value)?;
    }
    Ok(config)
}

/// The planes of a 4:2:0 frame.
fn frame_input(frame: &Frame, pts: i64) -> Result<InputPicture<'_>, rivus::Error> {
    let format = &frame.format;
    let (width, height) = (format.width(), format.height());
    let stride = |plane| format.plane_size(plane).0;
    Ok(match &frame.samples {
        Samples::U8(samples) => {
            let planes = [0, 1, 2].map(|plane| (&samples[format.plane_range(plane)], stride(plane)));
            InputPicture::from_u8(width, height, planes, pts)?
        }
        Samples::U16(samples) => {
            let planes = [0, 1, 2].map(|plane| (&samples[format.plane_range(plane)], stride(plane)));
            InputPicture::from_u16(width, height, planes, format.bit_depth(), pts)?
        }
    })
}

#[cfg(test)]
mod tests {
    use rivus_stream::video::{ColourDescription, ContentLightLevel};

    use super::*;

    #[test]
    fn what_the_source_says_is_legal_and_the_user_has_the_last_word() {
        let stream = StreamInfo {
            format: ImageFormat {
                width: 321,
                height: 241,
                chroma: ChromaSampling::Yuv420,
                depth_luma: 10,
                depth_chroma: 10,
            },
            frame_rate: Ratio { num: 30000, den: 1001 },
            tags: VideoTags {
                sample_aspect_ratio: Ratio::new(1280, 1281),
                colour: Some(ColourDescription {
                    colour_primaries: 9,
                    transfer_characteristics: 16,
                    matrix_coeffs: 9,
                    video_full_range_flag: false,
                }),
                mastering_display: Some(MasteringDisplayColourVolume {
                    display_primaries: [(8500, 39850), (6550, 2300), (35400, 14600)],
                    white_point: (15635, 16450),
                    max_display_mastering_luminance: 10_000_000,
                    min_display_mastering_luminance: 1,
                }),
                content_light: Some(ContentLightLevel {
                    max_content_light_level: 1000,
                    max_pic_average_light_level: 400,
                }),
            },
            chroma_location: Some(2),
            reconstruct: true,
            times: false,
        };
        let settings = [("transfer".to_owned(), "arib-std-b67".to_owned())];
        let config = configure("fast", Some("psnr"), &settings, &stream).expect("legal");
        let get = |name: &str| config.get(name).unwrap_or_default();
        assert_eq!((get("input-res").as_str(), get("fps").as_str()), ("321x241", "30000/1001"));
        assert_eq!((get("colorprim").as_str(), get("transfer").as_str()), ("bt2020", "arib-std-b67"));
        assert_eq!((get("sar").as_str(), get("chromaloc").as_str()), ("1280:1281", "2"));
        assert_eq!(
            get("master-display"),
            "G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,1)"
        );
        assert_eq!((get("max-cll").as_str(), get("output-depth").as_str()), ("1000,400", "10"));
        let message = configure("swift", None, &[], &stream).expect_err("no such preset").to_string();
        assert!(message.contains("preset"), "{message}");
    }
}
