//! y4m, raw planar files, and pictures from an `ffmpeg` child process.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rivus_stream::ffmpeg::{Decoder, Programs};
use rivus_stream::frame::Frame;
use rivus_stream::video::{ColourDescription, Ratio};
use rivus_stream::y4m::{ChromaLocation, Header};
use rivus_stream::{raw, y4m};

use super::{PictureSource, SourceInfo, TimedImage, raw_format};
use crate::args::RawArgs;
use crate::failure::{InFile, Result};
use crate::image::Image;

/// The three readers, which all give one [`Frame`] after the other.
enum Frames {
    Y4m(y4m::Reader<Box<dyn Read>>),
    Raw(raw::Reader<Box<dyn Read>>),
    Ffmpeg(Decoder),
}

impl Frames {
    fn next(&mut self) -> rivus_stream::Result<Option<Frame>> {
        match self {
            Self::Y4m(reader) => reader.read_frame(),
            Self::Raw(reader) => reader.read_frame(),
            Self::Ffmpeg(decoder) => decoder.read_frame(),
        }
    }

    fn reuse(&mut self, frame: Frame) {
        match self {
            Self::Y4m(reader) => reader.reuse(frame),
            Self::Raw(reader) => reader.reuse(frame),
            Self::Ffmpeg(decoder) => decoder.reuse(frame),
        }
    }
}

/// Pictures at a constant rate.
struct Uncompressed {
    frames: Frames,
    info: SourceInfo,
    path: PathBuf,
    count: i64,
    /// The picture given last, whose memory is used again if the caller has dropped it.
    last: Option<Arc<Frame>>,
}

impl PictureSource for Uncompressed {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn next_picture(&mut self) -> Result<Option<TimedImage>> {
        if let Some(last) = self.last.take().and_then(Arc::into_inner) {
            self.frames.reuse(last);
        }
        let Some(frame) = self.frames.next().in_file(&self.path)? else {
            return Ok(None);
        };
        let time = self.count.saturating_mul(i64::from(self.info.frame_duration));
        self.count += 1;
        let frame = Arc::new(frame);
        self.last = Some(Arc::clone(&frame));
        Ok(Some(TimedImage { image: Image::Frame(frame), time }))
    }

    fn take_messages(&mut self) -> Vec<String> {
        match &mut self.frames {
            Frames::Ffmpeg(decoder) => decoder.take_complaint().into_iter().collect(),
            Frames::Y4m(_) | Frames::Raw(_) => Vec::new(),
        }
    }
}

fn source(frames: Frames, info: SourceInfo, path: &Path) -> Box<dyn PictureSource> {
    Box::new(Uncompressed { frames, info, path: path.to_owned(), count: 0, last: None })
}

/// Opens y4m. With the size of the file the number of pictures can be told.
pub(super) fn y4m(
    input: impl Read + 'static,
    path: &Path,
    size: Option<u64>,
    options: &RawArgs,
) -> Result<Box<dyn PictureSource>> {
    let reader = y4m::Reader::new(Box::new(input) as Box<dyn Read>).in_file(path)?;
    let mut info = SourceInfo::constant_rate("y4m", options.fps.or(reader.header().frame_rate));
    apply_header(&mut info, reader.header());
    // FRAME and a line feed stand before each picture; the header line is shorter than a picture or the file is tiny.
    let picture = reader.header().format.frame_bytes() as u64 + 6;
    info.frames = size.map(|size| size / picture);
    Ok(source(Frames::Y4m(reader), info, path))
}

/// Opens a raw file.
pub(super) fn raw(
    input: impl Read + 'static,
    path: &Path,
    size: Option<u64>,
    options: &RawArgs,
) -> Result<Box<dyn PictureSource>> {
    let format = raw_format(path, options)?;
    let mut info = SourceInfo::constant_rate("raw", options.fps);
    info.frames = size.map(|size| size / format.frame_bytes() as u64);
    Ok(source(Frames::Raw(raw::Reader::new(Box::new(input), format)), info, path))
}

/// Lets `ffmpeg` decode.
pub(super) fn ffmpeg(path: &Path, fps: Option<Ratio>) -> Result<Box<dyn PictureSource>> {
    let programs = Programs::default();
    let probe = programs.probe(path);
    let decoder = programs.open(path, &probe).in_file(path)?;
    let rate = fps.or(decoder.header().frame_rate).or(probe.frame_rate);
    let kind = format!("{} through ffmpeg", probe.codec.as_deref().unwrap_or("video"));
    let mut info = SourceInfo::constant_rate(kind, rate);
    info.tags = probe.tags;
    apply_header(&mut info, decoder.header());
    let from_duration = || probe.duration.map(|seconds| (seconds * info.frame_rate.as_f64()).round() as u64);
    info.frames = probe.frames.or_else(from_duration);
    Ok(source(Frames::Ffmpeg(decoder), info, path))
}

fn apply_header(info: &mut SourceInfo, header: &Header) {
    info.tags.sample_aspect_ratio = header.sample_aspect_ratio.or(info.tags.sample_aspect_ratio);
    match (header.full_range, &mut info.tags.colour) {
        (Some(full), Some(colour)) => colour.video_full_range_flag = full,
        // The limited range is what everyone assumes; saying only that says nothing.
        (Some(true), colour @ None) => {
            *colour = Some(ColourDescription { video_full_range_flag: true, ..ColourDescription::default() });
        }
        _ => {}
    }
    info.chroma_location = match header.chroma_location {
        ChromaLocation::Left => Some(0),
        ChromaLocation::Centre => Some(1),
        ChromaLocation::TopLeft => Some(2),
        ChromaLocation::Unspecified => None,
    };
}
