//! `rivus encode`: pictures in, HEVC out.

mod report;
mod settings;
mod summary;

use std::path::Path;

use crate::args::EncodeArgs;
use crate::codec::{Encoder, Packet, StreamInfo};
use crate::failure::{DamageLog, Failure, InFile, Result};
use crate::image::{Image, ImageFormat};
use crate::input::audio::AudioCopy;
use crate::input::{self, PictureSource, SourceInfo, TimedImage};
use crate::interrupt::Cleanup;
use crate::output::bitstream::{BitstreamWriter, Container, Mp4Settings};
use crate::progress::{Progress, Written};
use report::Reports;
use summary::Outcome;

/// Runs the command.
pub(crate) fn run(args: &EncodeArgs, cleanup: &Cleanup) -> Result<()> {
    let container = Container::of(&args.output)?;
    let settings = settings::collect(args)?;
    let mut source = input::open(&args.input, &args.raw, args.threads())?;
    let first = first_picture(args, source.as_mut())?;
    let format = coded_format(args, &first.image).in_file(&args.input)?;
    let info = source.info().clone();
    let stream = StreamInfo {
        format,
        frame_rate: info.frame_rate,
        tags: info.tags,
        chroma_location: info.chroma_location,
        reconstruct: args.report.wants_reconstruction(),
        times: args.report.wants_times(),
    };
    let encoder =
        Encoder::open(&args.preset, args.tune.as_deref(), &settings, &stream).map_err(Failure::usage)?;
    let total = info.frames.map(|frames| frames.saturating_sub(args.seek));
    let total = args.frames.into_iter().chain(total).min();
    let progress = Progress::new(&args.report.progress, "encoded", total);
    let mut audio = None;
    if container == Container::Mp4 && args.input.as_os_str() != "-" {
        audio = AudioCopy::open(&args.input);
    }
    // With --seek the first picture is the new time 0; else a late start of the source is kept.
    let origin = if args.seek > 0 { first.time } else { 0 };
    if let Some(audio) = &mut audio {
        audio.take_warnings().iter().for_each(|warning| progress.say(&format!("rivus: {warning}")));
        audio.begin_at(origin as f64 / f64::from(info.timescale));
    }
    let output = open_output(&args.output, container, &encoder, &info, &format, audio.as_ref(), cleanup)?;
    let reports = Reports::open(&args.report, &info, cleanup)?;
    let clock = Clock {
        times: Vec::new(),
        origin,
        frame_duration: i64::from(info.frame_duration),
        timescale: info.timescale,
    };
    let mut session = Session {
        args,
        format,
        encoder,
        output,
        audio,
        clock,
        reports,
        progress,
        log: DamageLog::default(),
        bytes: 0,
        coded: 0,
    };
    session.encode_all(first, source.as_mut())?;
    session.finish(&info)
}

/// Skips what `--seek` says and returns the first picture to encode.
fn first_picture(args: &EncodeArgs, source: &mut dyn PictureSource) -> Result<TimedImage> {
    for skipped in 0..args.seek {
        if source.next_picture()?.is_none() {
            let reason = format!("has only {skipped} pictures, --seek {} leaves none", args.seek);
            return Err(Failure::in_file(&args.input, reason));
        }
    }
    if args.frames == Some(0) {
        return Err(Failure::usage("--frames 0 leaves nothing to encode"));
    }
    let message = |source: &mut dyn PictureSource| source.take_messages().into_iter().next();
    match source.next_picture()? {
        Some(picture) => Ok(picture),
        None => Err(Failure::in_file(
            &args.input,
            message(source).unwrap_or_else(|| "has no pictures to encode".into()),
        )),
    }
}

/// Format the encoder works in: the source's, at the output's depth.
fn coded_format(args: &EncodeArgs, first: &Image) -> rivus_stream::Result<ImageFormat> {
    let source = first.format();
    let depth = args.structure.output_depth.unwrap_or(if source.max_depth() > 8 { 10 } else { 8 });
    Ok(source.frame_format(depth)?.into())
}

fn open_output(
    path: &Path,
    container: Container,
    encoder: &Encoder,
    info: &SourceInfo,
    format: &ImageFormat,
    audio: Option<&AudioCopy>,
    cleanup: &Cleanup,
) -> Result<BitstreamWriter> {
    if container == Container::AnnexB {
        return BitstreamWriter::annexb(path, cleanup);
    }
    let settings = Mp4Settings {
        timescale: info.timescale,
        frame_duration: info.frame_duration,
        width: format.width,
        height: format.height,
        tags: info.tags,
        matrix: info.matrix,
        audio: audio.map(AudioCopy::targets).unwrap_or_default(),
    };
    BitstreamWriter::mp4(path, &encoder.headers(), settings, cleanup)
}

/// Turns picture numbers, which the encoder counts in, into times of the container.
#[derive(Debug)]
struct Clock {
    /// Time of each picture sent so far.
    times: Vec<i64>,
    origin: i64,
    frame_duration: i64,
    timescale: u32,
}

impl Clock {
    /// Time of picture `number`. Negative numbers are decoding times before the first picture.
    fn time(&self, number: i64) -> i64 {
        match usize::try_from(number) {
            Ok(index) => {
                let last = self.times.len().saturating_sub(1);
                let beyond = index.saturating_sub(last) as i64;
                self.times.get(index.min(last)).copied().unwrap_or(0) + beyond * self.frame_duration
            }
            Err(_) => self.times.first().copied().unwrap_or(0) + number * self.frame_duration,
        }
    }

    /// Seconds from time 0 to `time`.
    fn seconds(&self, time: i64) -> f64 {
        time as f64 / f64::from(self.timescale)
    }

    /// End of the last picture sent.
    fn end(&self) -> i64 {
        self.times.last().map_or(0, |last| last + self.frame_duration)
    }

    /// Seconds of video sent so far.
    fn length(&self) -> f64 {
        self.seconds(self.end() - self.times.first().copied().unwrap_or(0))
    }
}

/// Everything an encode in progress holds.
struct Session<'a> {
    args: &'a EncodeArgs,
    format: ImageFormat,
    encoder: Encoder,
    output: BitstreamWriter,
    audio: Option<AudioCopy>,
    clock: Clock,
    reports: Reports,
    progress: Progress,
    log: DamageLog,
    bytes: u64,
    coded: u64,
}

impl Session<'_> {
    fn encode_all(&mut self, first: TimedImage, source: &mut dyn PictureSource) -> Result<()> {
        let mut next = Some(first);
        let mut count = 0;
        while let Some(picture) = next {
            self.send(picture, count)?;
            self.drain()?;
            count += 1;
            if self.args.frames.is_some_and(|limit| count >= limit) {
                break;
            }
            next = source.next_picture()?;
            self.log.add(&self.args.input, source.take_messages(), |line| self.progress.say(line));
        }
        self.encoder.flush();
        self.drain()
    }

    fn send(&mut self, picture: TimedImage, number: u64) -> Result<()> {
        let format = picture.image.format();
        if (format.width, format.height, format.chroma)
            != (self.format.width, self.format.height, self.format.chroma)
        {
            let reason = format!(
                "picture {number}: changes from {} to {format}, which one stream cannot hold",
                self.format
            );
            return Err(Failure::in_file(&self.args.input, reason));
        }
        let image = picture.image;
        // Two pictures at one time cannot be told apart in a container; the second is moved by the least step.
        let time = picture.time.saturating_sub(self.clock.origin);
        let time = self.clock.times.last().map_or(time, |&last| time.max(last + 1));
        self.clock.times.push(time);
        self.reports.remember(number, &image);
        let trace = self.args.report.traces(number);
        self.encoder.send(&image, number as i64, trace).in_file(&self.args.input)
    }

    /// Writes all coded pictures that are ready.
    fn drain(&mut self) -> Result<()> {
        while let Some(packet) = self.encoder.receive().in_file(&self.args.input)? {
            self.write(packet)?;
        }
        Ok(())
    }

    fn write(&mut self, packet: Packet) -> Result<()> {
        let (pts, dts) = (self.clock.time(packet.pts), self.clock.time(packet.dts));
        if let (Some(audio), Some(muxer)) = (&mut self.audio, self.output.muxer()) {
            audio.copy_until(self.clock.seconds(dts), muxer)?;
        }
        self.output.write(&packet.data, pts, dts, packet.is_key)?;
        self.bytes += packet.data.len() as u64;
        self.coded += 1;
        self.reports.add(packet)?;
        self.progress.update(self.coded, Some(self.written()));
        Ok(())
    }

    fn written(&self) -> Written {
        // The time coded so far, not sent so far: pictures wait in the encoder.
        let seconds = self.clock.seconds(self.coded as i64 * self.clock.frame_duration);
        Written { bytes: self.bytes, seconds }
    }

    fn finish(mut self, info: &SourceInfo) -> Result<()> {
        let cut = self.args.frames.map(|_| self.clock.seconds(self.clock.end()));
        if let (Some(audio), Some(muxer)) = (&mut self.audio, self.output.muxer()) {
            audio.finish(cut, muxer)?;
        }
        let file_bytes = self.output.commit()?;
        let written = Written { bytes: self.bytes, seconds: self.clock.length() };
        self.progress.finish(self.coded, Some(written));
        let outcome = Outcome {
            input_format: format!("{}, {}", info.kind, self.format),
            settings: self.encoder.settings(),
            written,
            file_bytes,
        };
        self.reports.finish(self.args, &self.progress, outcome)?;
        self.log.verdict(&format!("{} pictures were encoded", self.coded))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_follows_uneven_pictures() {
        let clock = Clock { times: vec![100, 150, 230], origin: 0, frame_duration: 50, timescale: 1000 };
        assert_eq!([-2, -1, 0, 1, 2, 3].map(|number| clock.time(number)), [0, 50, 100, 150, 230, 280]);
        assert_eq!(clock.end(), 280);
        assert!((clock.length() - 0.18).abs() < 1e-12);
    }
}
