//! HEVC input through our own decoder: byte streams and MP4.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use rivus_stream::annexb;
use rivus_stream::mp4::{Demuxer, HevcConfig, Track, VisualEntry};
use rivus_stream::video::{Ratio, VideoTags};
use rivus_syntax::nal::{NalHeader, NalUnitType};

use super::stream_head::{StreamHead, read_head};
use super::{PictureSource, SourceInfo, TimedImage};
use crate::codec::{Damage, DecodeSettings, Decoder};
use crate::failure::{Failure, InFile, Result};
use crate::image::Image;

/// Bytes of a byte stream handed to the decoder at a time.
const CHUNK: usize = 1 << 16;

/// Whether files with this extension are taken for byte streams whatever they hold.
pub(super) fn has_annexb_name(extension: &str) -> bool {
    matches!(extension, "hevc" | "h265" | "265" | "bit")
}

/// Whether the start of a file is a start code and a NAL unit that can begin a HEVC stream.
pub(super) fn looks_like_hevc(start: &[u8]) -> bool {
    if !(start.starts_with(&[0, 0, 0, 1]) || start.starts_with(&[0, 0, 1])) {
        return false;
    }
    let header = annexb::split(start).next().and_then(|unit| NalHeader::parse(unit).ok());
    header.is_some_and(|(header, _)| {
        let kind = header.nal_unit_type;
        let begins = matches!(
            kind,
            NalUnitType::VPS_NUT
                | NalUnitType::SPS_NUT
                | NalUnitType::PPS_NUT
                | NalUnitType::AUD_NUT
                | NalUnitType::PREFIX_SEI_NUT
        );
        header.nuh_layer_id == 0 && (begins || kind.is_irap())
    })
}

/// Whether a file has a HEVC video track.
pub(super) fn has_hevc<R: Read + Seek>(demuxer: &Demuxer<R>) -> bool {
    demuxer.video_track().is_some_and(|index| demuxer.tracks()[index].is_hevc())
}

/// Opens a byte stream as a source of pictures.
pub(super) fn annexb(
    input: impl Read + 'static,
    path: &Path,
    fps: Option<Ratio>,
    threads: usize,
) -> Result<Box<dyn PictureSource>> {
    let settings = DecodeSettings { threads, ..DecodeSettings::default() };
    Ok(Box::new(HevcInput::annexb(Box::new(input), path, fps, settings)?))
}

/// Opens an MP4 file as a source of pictures.
pub(super) fn mp4(
    demuxer: Demuxer<BufReader<File>>,
    path: &Path,
    threads: usize,
) -> Result<Box<dyn PictureSource>> {
    let settings = DecodeSettings { threads, ..DecodeSettings::default() };
    Ok(Box::new(HevcInput::mp4(demuxer, path, settings)?))
}

/// Where the coded data comes from.
enum Coded {
    AnnexB { input: Box<dyn Read>, head: Vec<u8> },
    Mp4(Box<Mp4Samples>),
}

/// The samples of the video track, in decoding order.
struct Mp4Samples {
    demuxer: Demuxer<BufReader<File>>,
    track: Track,
    next: usize,
    /// Sample entry whose parameter sets the decoder has.
    entry: Option<(u16, HevcConfig)>,
    data: Vec<u8>,
}

/// A HEVC file being decoded.
pub(crate) struct HevcInput {
    coded: Coded,
    decoder: Decoder,
    info: SourceInfo,
    path: PathBuf,
    /// Every picture of the stream is wanted, also those the edit list hides.
    whole_stream: bool,
    at_end: bool,
    count: i64,
    messages: Vec<String>,
}

impl HevcInput {
    /// Opens a byte stream or MP4 file for all its pictures; `-` is a byte stream on standard input.
    pub(crate) fn open(path: &Path, fps: Option<Ratio>, settings: DecodeSettings) -> Result<Self> {
        if path.as_os_str() == "-" {
            let mut input = BufReader::with_capacity(CHUNK, std::io::stdin());
            if rivus_stream::mp4::looks_like_mp4(input.fill_buf().in_file(path)?) {
                return Err(Failure::in_file(
                    path,
                    "is MP4, which cannot be read from a pipe; name the file",
                ));
            }
            return Self::annexb(Box::new(input), path, fps, settings);
        }
        let mut file = File::open(path).in_file(path)?;
        let start = super::read_start(&mut file).in_file(path)?;
        if rivus_stream::mp4::looks_like_mp4(&start) {
            let demuxer = Demuxer::open(BufReader::new(File::open(path).in_file(path)?)).in_file(path)?;
            if !has_hevc(&demuxer) {
                return Err(Failure::in_file(path, "has no HEVC track"));
            }
            let mut input = Self::mp4(demuxer, path, settings)?;
            input.whole_stream = true;
            if let Some(rate) = fps {
                input.info.frame_rate = rate;
            }
            return Ok(input);
        }
        let input = std::io::Cursor::new(start).chain(file);
        Self::annexb(Box::new(input), path, fps, settings)
    }

    fn annexb(
        mut input: Box<dyn Read>,
        path: &Path,
        fps: Option<Ratio>,
        settings: DecodeSettings,
    ) -> Result<Self> {
        let (head, known) = read_head(&mut input).in_file(path)?;
        let mut info = SourceInfo::constant_rate("HEVC byte stream", fps.or(known.frame_rate));
        info.tags = known.tags;
        info.chroma_location = Some(known.chroma_location());
        Self::new(Coded::AnnexB { input, head }, info, path, settings)
    }

    fn mp4(demuxer: Demuxer<BufReader<File>>, path: &Path, settings: DecodeSettings) -> Result<Self> {
        let index = demuxer.video_track().ok_or_else(|| Failure::in_file(path, "has no video track"))?;
        let track = demuxer.tracks()[index].clone();
        let entry: VisualEntry = track.visual_entry(0).in_file(path)?;
        let duration = track.samples.first().map_or(0, |sample| sample.duration).max(1);
        let mut info = SourceInfo::constant_rate("HEVC in MP4", Ratio::new(track.timescale, duration));
        info.timescale = track.timescale;
        info.frame_duration = duration;
        info.matrix = track.matrix;
        info.frames = Some(track.samples.len() as u64);
        let mut samples = Mp4Samples { demuxer, track, next: 0, entry: None, data: Vec::new() };
        // The first sample comes with the parameter sets of its entry. If it cannot be read, decoding will say so.
        let first = samples.next_access_unit().ok().flatten().unwrap_or_default();
        (samples.next, samples.entry) = (0, None);
        let known = StreamHead::of(annexb::split(&first.0));
        info.chroma_location = Some(known.chroma_location());
        info.tags = VideoTags {
            sample_aspect_ratio: entry.tags.sample_aspect_ratio.or(known.tags.sample_aspect_ratio),
            colour: entry.tags.colour.or(known.tags.colour),
            mastering_display: entry.tags.mastering_display.or(known.tags.mastering_display),
            content_light: entry.tags.content_light.or(known.tags.content_light),
        };
        Self::new(Coded::Mp4(Box::new(samples)), info, path, settings)
    }

    fn new(coded: Coded, info: SourceInfo, path: &Path, settings: DecodeSettings) -> Result<Self> {
        let decoder = Decoder::open(settings).in_file(path)?;
        Ok(Self {
            coded,
            decoder,
            info,
            path: path.to_owned(),
            whole_stream: false,
            at_end: false,
            count: 0,
            messages: Vec::new(),
        })
    }

    /// The next picture in output order with its presentation time, if the container states one.
    fn next_decoded(&mut self) -> Result<Option<(Image, Option<i64>)>> {
        loop {
            match self.decoder.next_picture() {
                Ok(Some(picture)) => return Ok(Some(picture)),
                // The decoder has skipped what it could not use; it goes on with the next call.
                Err(message) => self.messages.push(message),
                Ok(None) if self.at_end => return Ok(None),
                Ok(None) => self.feed()?,
            }
        }
    }

    /// Gives the decoder more, or tells it that there is no more.
    fn feed(&mut self) -> Result<()> {
        let more = match &mut self.coded {
            Coded::AnnexB { input, head } => {
                let mut chunk = std::mem::take(head);
                if chunk.is_empty() {
                    chunk = vec![0; CHUNK];
                    let count = input.read(&mut chunk).in_file(&self.path)?;
                    chunk.truncate(count);
                }
                self.decoder.send_data(&chunk);
                !chunk.is_empty()
            }
            Coded::Mp4(samples) => match samples.next_access_unit() {
                Ok(Some((unit, time))) => {
                    self.decoder.send_access_unit(&unit, time);
                    true
                }
                Ok(None) => false,
                Err(error) => {
                    self.messages.push(error.to_string());
                    // Past a cut-off end there is nothing but more of the same.
                    !matches!(error, rivus_stream::Error::Truncated { .. })
                }
            },
        };
        if !more {
            self.at_end = true;
            self.decoder.flush();
        }
        Ok(())
    }

    /// What the decoder found wrong so far.
    pub(crate) fn damage(&self) -> Damage {
        self.decoder.damage()
    }
}

impl PictureSource for HevcInput {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn next_picture(&mut self) -> Result<Option<TimedImage>> {
        loop {
            let Some((image, time)) = self.next_decoded()? else {
                return Ok(None);
            };
            let time = time.unwrap_or_else(|| self.count.saturating_mul(i64::from(self.info.frame_duration)));
            self.count += 1;
            if self.whole_stream {
                return Ok(Some(TimedImage { image, time }));
            }
            let end = match &self.coded {
                Coded::AnnexB { .. } => None,
                Coded::Mp4(samples) => {
                    let shown = samples.track.presentation;
                    shown.duration.map(|duration| shown.delay.saturating_add(duration))
                }
            };
            if time >= 0 && end.is_none_or(|end| time < end) {
                return Ok(Some(TimedImage { image, time }));
            }
        }
    }

    fn take_messages(&mut self) -> Vec<String> {
        let mut messages = std::mem::take(&mut self.messages);
        messages.extend(self.decoder.take_messages());
        messages
    }
}

impl Mp4Samples {
    /// The next sample as Annex B bytes with its presentation time.
    fn next_access_unit(&mut self) -> rivus_stream::Result<Option<(Vec<u8>, i64)>> {
        let Some(sample) = self.track.samples.get(self.next).copied() else {
            return Ok(None);
        };
        self.next += 1;
        let mut unit = Vec::with_capacity(sample.size as usize + 64);
        let known = self.entry.take().filter(|(index, _)| *index == sample.entry);
        let config = match known {
            Some((_, config)) => config,
            None => {
                let entry = self.track.visual_entry(usize::from(sample.entry))?;
                let config = entry.hevc.ok_or_else(|| rivus_stream::Error::Malformed {
                    place: format!("sample entry {}", sample.entry),
                    reason: "has no 'hvcC' box".into(),
                })?;
                config.parameter_sets().for_each(|set| annexb::append_with_start_code(&mut unit, set));
                config
            }
        };
        let read = self.demuxer.read_sample(&sample, &mut self.data);
        let split = read.and_then(|()| config.split_sample(&self.data));
        let result = split.map(|units| {
            units.iter().for_each(|nal| annexb::append_with_start_code(&mut unit, nal));
            Some((unit, self.track.presentation_time(&sample)))
        });
        self.entry = Some((sample.entry, config));
        result
    }
}
