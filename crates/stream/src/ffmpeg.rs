//! Reading anything `ffmpeg` can decode, through an `ffmpeg` on `PATH` as a child process that writes y4m to a pipe.
//!
//! `ffprobe` is asked first what the file holds; without it the pictures still come, with fewer tags.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;

use crate::frame::Frame;
use crate::video::{ColourDescription, ContentLightLevel, MasteringDisplayColourVolume, Ratio, VideoTags};
use crate::y4m::{Header, Reader};
use crate::{Error, Result};

/// What a file says about its first video stream.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Probe {
    /// Name of the codec, such as `h264`.
    pub codec: Option<String>,
    /// FFmpeg's name of the pixel format, such as `yuv420p10le`.
    pub pixel_format: Option<String>,
    /// Average frame rate.
    pub frame_rate: Option<Ratio>,
    /// Number of pictures as the container states it.
    pub frames: Option<u64>,
    /// Duration in seconds.
    pub duration: Option<f64>,
    /// Colour, shape and light.
    pub tags: VideoTags,
}

impl Probe {
    /// Bits per sample of the source as its pixel format says, 8 if unknown.
    pub fn bit_depth(&self) -> u8 {
        self.pixel_format.as_deref().map_or(8, bit_depth)
    }
}

/// The programs to run; the default is `ffmpeg` and `ffprobe` on `PATH`.
#[derive(Debug, Clone)]
pub struct Programs {
    /// Decoder.
    pub ffmpeg: OsString,
    /// Prober.
    pub ffprobe: OsString,
}

impl Default for Programs {
    fn default() -> Self {
        Self { ffmpeg: "ffmpeg".into(), ffprobe: "ffprobe".into() }
    }
}

impl Programs {
    /// Whether `ffmpeg` can be run.
    pub fn available(&self) -> bool {
        let mut command = Command::new(&self.ffmpeg);
        command.arg("-version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    /// Asks `ffprobe`, or failing that `ffmpeg -i`, about the first video stream of `path`. What neither says is
    /// left out.
    pub fn probe(&self, path: &Path) -> Probe {
        let entries = "stream=codec_name,pix_fmt,avg_frame_rate,nb_frames,duration,sample_aspect_ratio,color_range,\
                       color_space,color_transfer,color_primaries:frame=side_data_list";
        let output = Command::new(&self.ffprobe)
            .args(["-v", "error", "-select_streams", "v:0", "-read_intervals", "%+#1", "-show_frames"])
            .args(["-show_streams", "-show_entries", entries, "-of", "default=noprint_wrappers=1", "-i"])
            .arg(file_argument(path))
            .stdin(Stdio::null())
            .output();
        match output {
            Ok(output) if output.status.success() => parse_probe(&String::from_utf8_lossy(&output.stdout)),
            _ => self.probe_with_ffmpeg(path),
        }
    }

    fn probe_with_ffmpeg(&self, path: &Path) -> Probe {
        let output = Command::new(&self.ffmpeg)
            .args(["-hide_banner", "-nostdin", "-i"])
            .arg(file_argument(path))
            .stdin(Stdio::null())
            .output();
        output.map_or_else(
            |_| Probe::default(),
            |output| parse_banner(&String::from_utf8_lossy(&output.stderr)),
        )
    }

    /// Starts `ffmpeg` on the first video stream of `path` and reads the y4m header.
    ///
    /// Pictures come as 4:2:0, upright (FFmpeg applies the rotation), at constant frame rate, with 8 bits per sample
    /// if the source has 8, else with 10.
    ///
    /// # Errors
    /// There is no `ffmpeg`, or it cannot decode the file; the error carries its words.
    pub fn open(&self, path: &Path, probe: &Probe) -> Result<Decoder> {
        let mut child = Command::new(&self.ffmpeg)
            .args(["-v", "error", "-nostdin", "-i"])
            .arg(file_argument(path))
            .args(["-map", "0:v:0", "-an", "-f", "yuv4mpegpipe", "-strict", "-1", "-pix_fmt"])
            .arg(output_pixel_format(probe.pixel_format.as_deref()))
            .arg("-")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                Error::Ffmpeg(match error.kind() {
                    std::io::ErrorKind::NotFound => {
                        "this input needs the program ffmpeg, and there is none on PATH".into()
                    }
                    _ => format!("ffmpeg could not be started: {error}"),
                })
            })?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (Some(stdout), Some(mut stderr)) = (stdout, stderr) else {
            return Err(Error::Ffmpeg("ffmpeg was started without pipes".into()));
        };
        // Drained on its own thread: a full error pipe would stop ffmpeg while this side waits for pictures.
        let words = std::thread::spawn(move || {
            let mut text = Vec::new();
            // A failed read only shortens the message.
            let _ = stderr.by_ref().take(1 << 16).read_to_end(&mut text);
            let _ = std::io::copy(&mut stderr, &mut std::io::sink());
            text
        });
        let mut process = Process { child, words: Some(words) };
        match Reader::new(stdout) {
            Ok(reader) => Ok(Decoder { reader, process, complaint: None }),
            Err(error) => Err(process.finish().err().unwrap_or(error)),
        }
    }
}

/// A running `ffmpeg` and the pictures it delivers.
#[derive(Debug)]
pub struct Decoder {
    reader: Reader<ChildStdout>,
    process: Process,
    complaint: Option<String>,
}

impl Decoder {
    /// Header of the y4m stream.
    pub fn header(&self) -> &Header {
        self.reader.header()
    }

    /// Returns the next picture, `None` when `ffmpeg` ended in success.
    ///
    /// # Errors
    /// `ffmpeg` failed; the error carries its words.
    pub fn read_frame(&mut self) -> Result<Option<Frame>> {
        match self.reader.read_frame() {
            Ok(Some(frame)) => Ok(Some(frame)),
            Ok(None) => {
                self.complaint = self.process.finish()?;
                Ok(None)
            }
            Err(error) => Err(self.process.finish().err().unwrap_or(error)),
        }
    }

    /// Takes a picture nobody needs any more, for its memory.
    pub fn reuse(&mut self, frame: Frame) {
        self.reader.reuse(frame);
    }

    /// Takes what `ffmpeg` said about damage that did not make it fail; known after the last picture.
    pub fn take_complaint(&mut self) -> Option<String> {
        self.complaint.take()
    }
}

/// The child, ended at the latest when this is dropped.
#[derive(Debug)]
struct Process {
    child: Child,
    words: Option<JoinHandle<Vec<u8>>>,
}

impl Process {
    /// Waits for the end and returns the last lines of what was said, if anything. Calling it again is harmless.
    fn finish(&mut self) -> Result<Option<String>> {
        let status = self.child.wait()?;
        let words = self.words.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        let text = String::from_utf8_lossy(&words);
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let said = (!lines.is_empty()).then(|| lines[lines.len().saturating_sub(3)..].join("; "));
        if status.success() {
            return Ok(said.map(|said| format!("ffmpeg said: {said}")));
        }
        let said = said.unwrap_or_else(|| status.to_string());
        Err(Error::Ffmpeg(format!("ffmpeg could not decode the file: {said}")))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended long ago; both calls are then without effect.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `ffmpeg` takes anything with a colon for a URL and a leading dash for an option.
fn file_argument(path: &Path) -> OsString {
    let mut argument = OsString::from("file:");
    argument.push::<&OsStr>(path.as_ref());
    argument
}

/// Bits per sample of a pixel format, from the number in its name; 8 if there is none.
fn bit_depth(format: &str) -> u8 {
    let name = format.trim_end_matches("le").trim_end_matches("be");
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &name[plain.len()..];
    match (plain, digits.parse()) {
        // nv12, nv16, nv21 and nv24 count bits per pixel, as do rgb48 and rgba64.
        ("nv", _) => 8,
        (_, Ok(48 | 64)) => 16,
        (_, Ok(depth @ 9..=16)) => depth,
        _ => 8,
    }
}

/// 4:2:0 with the depth the encoder has; formats with the full range keep it by their name.
fn output_pixel_format(source: Option<&str>) -> &'static str {
    match source {
        Some(name) if bit_depth(name) > 8 => "yuv420p10le",
        Some(name) if name.starts_with("yuvj") => "yuvj420p",
        _ => "yuv420p",
    }
}

/// Parses `key=value` lines of ffprobe: one stream, then its first frame's side data.
fn parse_probe(text: &str) -> Probe {
    let mut probe = Probe::default();
    let mut colour = ColourDescription::default();
    let mut light = Light::default();
    for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
        match key {
            "codec_name" => probe.codec = Some(value.into()),
            "pix_fmt" => probe.pixel_format = Some(value.into()),
            "avg_frame_rate" => probe.frame_rate = ratio(value, '/'),
            "nb_frames" => probe.frames = value.parse().ok(),
            "duration" => probe.duration = value.parse().ok(),
            "sample_aspect_ratio" => probe.tags.sample_aspect_ratio = ratio(value, ':'),
            "color_range" => colour.video_full_range_flag = value == "pc",
            "color_space" => colour.matrix_coeffs = code(MATRICES, value),
            "color_transfer" => colour.transfer_characteristics = code(TRANSFERS, value),
            "color_primaries" => colour.colour_primaries = code(PRIMARIES, value),
            _ => light.set(key, value),
        }
    }
    probe.tags.colour = (colour != ColourDescription::default()).then_some(colour);
    probe.tags.mastering_display = light.mastering_display();
    probe.tags.content_light = light.content_light();
    probe
}

/// Parses the stream line that `ffmpeg -i` prints: codec, pixel format and rate stand between commas.
fn parse_banner(text: &str) -> Probe {
    let mut probe = Probe::default();
    let Some((_, line)) = text.lines().find_map(|line| line.split_once(" Video: ")) else {
        return probe;
    };
    probe.codec = line.split([' ', ',']).next().map(str::to_owned);
    for part in line.split(", ").skip(1) {
        let word = part.split(['(', ' ']).next().unwrap_or("");
        let known = ["yuv", "gray", "rgb", "bgr", "gbr", "nv", "p0", "pal"];
        if probe.pixel_format.is_none() && known.iter().any(|start| word.starts_with(start)) {
            probe.pixel_format = Some(word.to_owned());
        }
        if let Some(rate) = part.strip_suffix(" fps").and_then(|rate| rate.trim().parse::<f64>().ok()) {
            probe.frame_rate = Ratio::new((rate * 1000.0).round() as u32, 1000);
        }
    }
    probe
}

fn ratio(value: &str, separator: char) -> Option<Ratio> {
    let (num, den) = value.split_once(separator)?;
    Ratio::new(num.parse().ok()?, den.parse().ok()?)
}

/// FFmpeg's names of the code points of H.273, which its y4m does not carry.
const PRIMARIES: &[(&str, u8)] = &[
    ("bt709", 1),
    ("bt470m", 4),
    ("bt470bg", 5),
    ("smpte170m", 6),
    ("smpte240m", 7),
    ("film", 8),
    ("bt2020", 9),
    ("smpte428", 10),
    ("smpte431", 11),
    ("smpte432", 12),
    ("ebu3213", 22),
];
const TRANSFERS: &[(&str, u8)] = &[
    ("bt709", 1),
    ("gamma22", 4),
    ("bt470m", 4),
    ("gamma28", 5),
    ("bt470bg", 5),
    ("smpte170m", 6),
    ("smpte240m", 7),
    ("linear", 8),
    ("log100", 9),
    ("log316", 10),
    ("iec61966-2-4", 11),
    ("bt1361e", 12),
    ("iec61966-2-1", 13),
    ("bt2020-10", 14),
    ("bt2020-12", 15),
    ("smpte2084", 16),
    ("smpte428", 17),
    ("arib-std-b67", 18),
];
/// Pictures come as YCbCr whatever the source was, so `gbr` (0) is left out.
const MATRICES: &[(&str, u8)] = &[
    ("bt709", 1),
    ("fcc", 4),
    ("bt470bg", 5),
    ("smpte170m", 6),
    ("smpte240m", 7),
    ("ycgco", 8),
    ("bt2020nc", 9),
    ("bt2020c", 10),
    ("smpte2085", 11),
    ("chroma-derived-nc", 12),
    ("chroma-derived-c", 13),
    ("ictcp", 14),
];

fn code(table: &[(&str, u8)], name: &str) -> u8 {
    table.iter().find(|(known, _)| *known == name).map_or(2, |(_, code)| *code)
}

/// Side data of the first frame while it is being read: values as fractions of 1.
#[derive(Debug, Default)]
struct Light {
    points: [Option<f64>; 8],
    luminance: [Option<f64>; 2],
    content: [Option<u16>; 2],
}

impl Light {
    fn set(&mut self, key: &str, value: &str) {
        const POINTS: [&str; 8] =
            ["green_x", "green_y", "blue_x", "blue_y", "red_x", "red_y", "white_point_x", "white_point_y"];
        let fraction = || ratio(value, '/').map(Ratio::as_f64).or_else(|| value.parse().ok());
        if let Some(index) = POINTS.iter().position(|name| *name == key) {
            self.points[index] = fraction();
        }
        match key {
            "max_luminance" => self.luminance[0] = fraction(),
            // 0/10000 is a legal minimum that a ratio of positive numbers cannot hold.
            "min_luminance" => self.luminance[1] = fraction().or(Some(0.0)),
            "max_content" => self.content[0] = value.parse().ok(),
            "max_average" => self.content[1] = value.parse().ok(),
            _ => {}
        }
    }

    fn mastering_display(&self) -> Option<MasteringDisplayColourVolume> {
        let point = |index: usize| {
            let unit = |value: f64| (value * 50_000.0).round().clamp(0.0, 65535.0) as u16;
            Some((unit(self.points[index]?), unit(self.points[index + 1]?)))
        };
        let luminance = |value: f64| (value * 10_000.0).round().clamp(0.0, f64::from(u32::MAX)) as u32;
        Some(MasteringDisplayColourVolume {
            display_primaries: [point(0)?, point(2)?, point(4)?],
            white_point: point(6)?,
            max_display_mastering_luminance: luminance(self.luminance[0]?),
            min_display_mastering_luminance: luminance(self.luminance[1]?),
        })
    }

    fn content_light(&self) -> Option<ContentLightLevel> {
        Some(ContentLightLevel {
            max_content_light_level: self.content[0]?,
            max_pic_average_light_level: self.content[1]?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_in_the_name() {
        for (name, depth) in [
            ("yuv420p", 8),
            ("yuv420p10le", 10),
            ("yuv444p12be", 12),
            ("gray16le", 16),
            ("p010le", 10),
            ("nv12", 8),
            ("rgb24", 8),
            ("rgb48le", 16),
            ("yuvj422p", 8),
            ("yuv410p", 8),
        ] {
            assert_eq!(bit_depth(name), depth, "{name}");
        }
    }

    #[test]
    fn probe_lines_become_tags() {
        let probe = parse_probe(
            "codec_name=hevc\npix_fmt=yuv420p10le\navg_frame_rate=30000/1001\nsample_aspect_ratio=1:1\n\
             color_range=tv\ncolor_space=bt2020nc\ncolor_transfer=smpte2084\ncolor_primaries=bt2020\nnb_frames=N/A\n\
             side_data_type=Mastering display metadata\nred_x=35400/50000\nred_y=14600/50000\ngreen_x=8500/50000\n\
             green_y=39850/50000\nblue_x=6550/50000\nblue_y=2300/50000\nwhite_point_x=15635/50000\n\
             white_point_y=16450/50000\nmin_luminance=0/10000\nmax_luminance=10000000/10000\nmax_content=1000\n\
             max_average=400\n",
        );
        assert_eq!(probe.bit_depth(), 10);
        assert_eq!(probe.frames, None);
        let colour = probe.tags.colour.expect("tagged");
        assert_eq!(
            (colour.colour_primaries, colour.transfer_characteristics, colour.matrix_coeffs),
            (9, 16, 9)
        );
        let light = probe.tags.mastering_display.expect("complete");
        assert_eq!(light.display_primaries, [(8500, 39850), (6550, 2300), (35400, 14600)]);
        assert_eq!(light.max_display_mastering_luminance, 10_000_000);
        assert_eq!(probe.tags.content_light.map(|c| c.max_content_light_level), Some(1000));
    }

    #[test]
    fn the_banner_will_do() {
        let probe = parse_banner(
            "  Stream #0:0[0x1](und): Video: h264 (High 10) (avc1 / 0x31637661), yuv420p10le(tv, bt709, \
             progressive), 960x540 [SAR 1:1 DAR 16:9], 499 kb/s, 29.97 fps, 30 tbr (default)\n",
        );
        assert_eq!(probe.codec.as_deref(), Some("h264"));
        assert_eq!(probe.bit_depth(), 10);
        assert_eq!(probe.frame_rate, Ratio::new(2997, 100));
    }

    #[test]
    fn a_missing_program_is_said_plainly() {
        let programs =
            Programs { ffmpeg: "rivus-no-such-ffmpeg".into(), ffprobe: "rivus-no-such-ffprobe".into() };
        assert!(!programs.available());
        let probe = programs.probe(Path::new("clip.mov"));
        assert_eq!(probe, Probe::default());
        let message = programs.open(Path::new("clip.mov"), &probe).expect_err("absent").to_string();
        assert!(message.contains("none on PATH"), "{message}");
    }

    #[test]
    fn its_own_words_are_passed_on() {
        let programs = Programs::default();
        if !programs.available() {
            eprintln!("skipped: no ffmpeg on PATH");
            return;
        }
        let message = programs
            .open(Path::new("/nonexistent/clip.mov"), &Probe::default())
            .expect_err("absent")
            .to_string();
        assert!(message.contains("No such file"), "{message}");
    }
}
