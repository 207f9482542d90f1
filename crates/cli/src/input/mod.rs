//! Opening whatever the user names, and pictures out of it.

pub(crate) mod audio;
pub(crate) mod hevc;
mod stream_head;
mod uncompressed;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use rivus_stream::ffmpeg::Programs;
use rivus_stream::frame::{ChromaSampling, FrameFormat};
use rivus_stream::mp4::{Demuxer, IDENTITY, Matrix, looks_like_mp4};
use rivus_stream::video::{Ratio, VideoTags};

use crate::args::{Chroma, RawArgs};
use crate::failure::{Failure, InFile, Result};
use crate::image::Image;

/// Rate assumed where nothing states one.
const DEFAULT_RATE: Ratio = Ratio { num: 25, den: 1 };

/// Finest clock made for a constant rate; the coarsest that holds whole ticks per picture is doubled up to it.
const MIN_TIMESCALE: u32 = 10_000;

/// What is known about a source before its pictures come.
#[derive(Debug, Clone)]
pub(crate) struct SourceInfo {
    /// What it is, for people.
    pub(crate) kind: String,
    pub(crate) frame_rate: Ratio,
    /// Units per second of the times that come with the pictures.
    pub(crate) timescale: u32,
    /// Duration of a picture in these units.
    pub(crate) frame_duration: u32,
    pub(crate) tags: VideoTags,
    /// `chroma_sample_loc_type`, if stated.
    pub(crate) chroma_location: Option<u8>,
    pub(crate) matrix: Matrix,
    /// Number of pictures, if it can be known.
    pub(crate) frames: Option<u64>,
}

impl SourceInfo {
    /// For pictures at a constant rate.
    pub(crate) fn constant_rate(kind: impl Into<String>, rate: Option<Ratio>) -> Self {
        let frame_rate = rate.unwrap_or(DEFAULT_RATE);
        let mut scale = 1;
        while frame_rate.num.saturating_mul(scale) < MIN_TIMESCALE {
            scale *= 2;
        }
        Self {
            kind: kind.into(),
            frame_rate,
            timescale: frame_rate.num.saturating_mul(scale),
            frame_duration: frame_rate.den.saturating_mul(scale),
            tags: VideoTags::default(),
            chroma_location: None,
            matrix: IDENTITY,
            frames: None,
        }
    }
}

/// A picture with the time at which it is shown, in units of [`SourceInfo::timescale`].
#[derive(Debug)]
pub(crate) struct TimedImage {
    pub(crate) image: Image,
    pub(crate) time: i64,
}

/// A source of pictures in display order.
pub(crate) trait PictureSource {
    fn info(&self) -> &SourceInfo;

    /// The next picture, `None` at the end.
    fn next_picture(&mut self) -> Result<Option<TimedImage>>;

    /// Messages about damage that was worked around since the last call.
    fn take_messages(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// How an input presents itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Y4m,
    Raw,
    AnnexB,
    Mp4,
    Other,
}

/// Opens `path` for its pictures. `threads` goes to our decoder, 0 for one per core.
pub(crate) fn open(path: &Path, raw: &RawArgs, threads: usize) -> Result<Box<dyn PictureSource>> {
    if path.as_os_str() == "-" {
        let mut input = BufReader::with_capacity(1 << 16, std::io::stdin());
        let start = input.fill_buf().in_file(path)?.to_vec();
        return match kind_of(path, &start, raw) {
            Kind::Raw => uncompressed::raw(input, path, None, raw),
            Kind::AnnexB => hevc::annexb(input, path, raw.fps, threads),
            Kind::Y4m => uncompressed::y4m(input, path, None, raw),
            Kind::Mp4 | Kind::Other => Err(Failure::in_file(path, "is neither y4m nor a HEVC byte stream")),
        };
    }
    let mut file = File::open(path).in_file(path)?;
    let size = file.metadata().ok().filter(|meta| meta.is_file()).map(|meta| meta.len());
    let start = read_start(&mut file).in_file(path)?;
    // The start is put back by reading the file anew, or, from a pipe with a name, by chaining.
    let input = || -> Result<Box<dyn Read>> {
        Ok(match size {
            Some(_) => Box::new(File::open(path).in_file(path)?),
            None => Box::new(std::io::Cursor::new(start.clone()).chain(file.try_clone().in_file(path)?)),
        })
    };
    match kind_of(path, &start, raw) {
        Kind::Y4m => uncompressed::y4m(input()?, path, size, raw),
        Kind::Raw => uncompressed::raw(input()?, path, size, raw),
        Kind::AnnexB => hevc::annexb(input()?, path, raw.fps, threads),
        Kind::Mp4 => {
            let demuxer = Demuxer::open(BufReader::new(File::open(path).in_file(path)?));
            match demuxer {
                Ok(demuxer) if hevc::has_hevc(&demuxer) => hevc::mp4(demuxer, path, threads),
                // Another codec, or a file that only ffmpeg may be able to repair.
                Ok(_) => uncompressed::ffmpeg(path, raw.fps),
                Err(error) if !Programs::default().available() => Err(Failure::in_file(path, error)),
                Err(_) => uncompressed::ffmpeg(path, raw.fps),
            }
        }
        Kind::Other => uncompressed::ffmpeg(path, raw.fps),
    }
}

fn read_start(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut start = Vec::new();
    file.take(64).read_to_end(&mut start)?;
    Ok(start)
}

/// Decides by contents first and by name where contents say nothing.
fn kind_of(path: &Path, start: &[u8], raw: &RawArgs) -> Kind {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("").to_ascii_lowercase();
    if start.starts_with(b"YUV4MPEG2") || (extension == "y4m" && raw.input_res.is_none()) {
        Kind::Y4m
    } else if raw.input_res.is_some() || extension == "yuv" {
        Kind::Raw
    } else if hevc::has_annexb_name(&extension) || hevc::looks_like_hevc(start) {
        Kind::AnnexB
    } else if looks_like_mp4(start) {
        Kind::Mp4
    } else {
        Kind::Other
    }
}

/// Format of raw input from the options.
fn raw_format(path: &Path, raw: &RawArgs) -> Result<FrameFormat> {
    let Some((width, height)) = raw.input_res else {
        let name = crate::failure::name(path);
        return Err(Failure::usage(format!(
            "{name}: raw video needs --input-res WxH (and --fps, --input-depth)"
        )));
    };
    let chroma = match raw.input_csp {
        Chroma::C400 => ChromaSampling::Monochrome,
        Chroma::C420 => ChromaSampling::Yuv420,
        Chroma::C422 => ChromaSampling::Yuv422,
        Chroma::C444 => ChromaSampling::Yuv444,
    };
    FrameFormat::new(width, height, chroma, raw.input_depth).in_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_decide_before_names() {
        let raw = RawArgs::default();
        let kind = |name: &str, start: &[u8]| kind_of(Path::new(name), start, &raw);
        assert_eq!(kind("a.bin", b"YUV4MPEG2 W2"), Kind::Y4m);
        assert_eq!(kind("a.yuv", b"anything"), Kind::Raw);
        assert_eq!(kind("a.xyz", &[0, 0, 0, 1, 0x40, 1, 12]), Kind::AnnexB);
        // An H.264 stream: forbidden as a HEVC header, or of a type that begins no stream.
        assert_eq!(kind("a.264", &[0, 0, 0, 1, 0x67, 0x42, 0]), Kind::Other);
        assert_eq!(kind("a.hevc", b"damaged"), Kind::AnnexB);
        assert_eq!(kind("a", b"\0\0\0\x18ftypisom"), Kind::Mp4);
        assert_eq!(kind("a.mkv", &[0x1a, 0x45, 0xdf, 0xa3]), Kind::Other);
        let raw = RawArgs { input_res: Some((2, 2)), ..raw };
        assert_eq!(kind_of(Path::new("-"), &[0; 8], &raw), Kind::Raw);
    }

    #[test]
    fn clocks_are_fine_and_exact() {
        for (num, den, timescale, duration) in
            [(25, 1, 12800, 512), (30000, 1001, 30000, 1001), (1, 1, 16384, 16384), (60, 1, 15360, 256)]
        {
            let info = SourceInfo::constant_rate("test", Ratio::new(num, den));
            assert_eq!((info.timescale, info.frame_duration), (timescale, duration));
        }
        assert_eq!(SourceInfo::constant_rate("test", None).frame_rate, DEFAULT_RATE);
    }
}
