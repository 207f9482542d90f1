//! Audio tracks of an MP4 input on their way into an MP4 output, as they are.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use rivus_stream::mp4::{AudioTrack, Demuxer, Muxer, Sample, TrackKind, looks_like_mp4};

use crate::failure::{InFile, Result};

/// Samples kept before the first that is heard, so that a codec with overlapping blocks can start up.
const PREROLL: usize = 2;

/// The audio tracks of a file and how far each has been copied.
#[derive(Debug)]
pub(crate) struct AudioCopy {
    demuxer: Demuxer<BufReader<File>>,
    path: PathBuf,
    tracks: Vec<Cursor>,
    warnings: Vec<String>,
}

#[derive(Debug)]
struct Cursor {
    samples: Vec<Timed>,
    next: usize,
    timescale: u32,
    target: AudioTrack,
    /// Presentation time at which the source cuts the track off, counted from the new beginning.
    end: Option<i64>,
}

/// A sample with the time at which it is heard.
#[derive(Debug, Clone, Copy)]
struct Timed {
    sample: Sample,
    time: i64,
}

impl AudioCopy {
    /// Opens the audio of `path`; no tracks if it is no MP4 file or has none.
    pub(crate) fn open(path: &Path) -> Option<Self> {
        let mut file = File::open(path).ok()?;
        if !looks_like_mp4(&super::read_start(&mut file).ok()?) {
            return None;
        }
        let demuxer = Demuxer::open(BufReader::new(File::open(path).ok()?)).ok()?;
        let (mut tracks, mut warnings) = (Vec::new(), Vec::new());
        for track in demuxer.tracks().iter().filter(|track| track.kind == TrackKind::Audio) {
            match AudioTrack::copy_of(track) {
                Ok(target) => {
                    let timed =
                        |sample: &Sample| Timed { sample: *sample, time: track.presentation_time(sample) };
                    let shown = track.presentation;
                    tracks.push(Cursor {
                        samples: track.samples.iter().map(timed).collect(),
                        next: 0,
                        timescale: track.timescale,
                        target,
                        end: shown.duration.map(|duration| shown.delay.saturating_add(duration)),
                    });
                }
                Err(error) => warnings.push(format!("{}: {error}; left out", path.display())),
            }
        }
        Some(Self { demuxer, path: path.to_owned(), tracks, warnings })
    }

    /// Track descriptions for the muxer, in the order of the copies.
    pub(crate) fn targets(&self) -> Vec<AudioTrack> {
        self.tracks.iter().map(|track| track.target.clone()).collect()
    }

    /// Takes messages about tracks that cannot be copied.
    pub(crate) fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// Makes `seconds` the new beginning: samples that end before it are left out, but for a short run-up.
    pub(crate) fn begin_at(&mut self, seconds: f64) {
        for track in &mut self.tracks {
            let origin = to_units(seconds, track.timescale);
            if origin <= 0 {
                continue;
            }
            let heard = |timed: &Timed| timed.time.saturating_add(i64::from(timed.sample.duration)) > origin;
            let first = track.samples.iter().position(heard).unwrap_or(track.samples.len());
            track.next = first.saturating_sub(PREROLL);
            track.samples.iter_mut().for_each(|timed| timed.time = timed.time.saturating_sub(origin));
            track.end = track.end.map(|end| end.saturating_sub(origin).max(0));
        }
    }

    /// Copies samples that are heard before `seconds` after the new beginning.
    pub(crate) fn copy_until(&mut self, seconds: f64, muxer: &mut Muxer<File>) -> Result<()> {
        let mut data = Vec::new();
        for (index, track) in self.tracks.iter_mut().enumerate() {
            let limit = to_units(seconds, track.timescale);
            while let Some(timed) = track.samples.get(track.next).filter(|timed| timed.time < limit) {
                self.demuxer.read_sample(&timed.sample, &mut data).in_file(&self.path)?;
                muxer.write_audio(index, &data, timed.time, timed.sample.duration).in_file(&self.path)?;
                track.next += 1;
            }
        }
        Ok(())
    }

    /// Copies the rest, or, if the video was cut, what is heard before `cut` seconds.
    pub(crate) fn finish(&mut self, cut: Option<f64>, muxer: &mut Muxer<File>) -> Result<()> {
        self.copy_until(cut.unwrap_or(f64::INFINITY), muxer)?;
        for (index, track) in self.tracks.iter().enumerate() {
            let cut = cut.map(|seconds| to_units(seconds, track.timescale));
            if let Some(end) = track.end.into_iter().chain(cut).min() {
                muxer.set_audio_end(index, end);
            }
        }
        Ok(())
    }
}

/// Seconds in units of a time scale; saturates.
fn to_units(seconds: f64, timescale: u32) -> i64 {
    (seconds * f64::from(timescale)).round() as i64
}
