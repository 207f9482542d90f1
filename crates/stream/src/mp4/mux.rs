//! Writing a playable file: `ftyp`, `moov`, `mdat` in this order.

use std::io::{Read, Seek, SeekFrom, Write};

use rivus_syntax::nal::NalUnitType;

use super::Matrix;
use super::moov::{self, Media, TrackOut};
use super::sample_entry::VisualEntry;
use super::track::Track;
use crate::access_unit::base_type;
use crate::{Error, Result, annexb};

/// Longest chunk in bytes: a reader that fetches chunk by chunk then stays within a sensible buffer.
const MAX_CHUNK_BYTES: u64 = 1 << 20;

/// The video track of a new file.
#[derive(Debug, Clone)]
pub struct VideoTrack {
    /// Time units per second.
    pub timescale: u32,
    /// Duration of the last picture shown, in time units; the others last until the next one.
    pub frame_duration: u32,
    /// Size, decoder configuration (must be there) and tags.
    pub entry: VisualEntry,
    /// Transformation for display, [`IDENTITY`](super::IDENTITY) in most cases.
    pub matrix: Matrix,
}

/// An audio track that is copied from another file.
#[derive(Debug, Clone)]
pub struct AudioTrack {
    /// Time units per second.
    pub timescale: u32,
    /// Sample entry box as it stood in the source.
    pub sample_entry: Vec<u8>,
    /// ISO 639-2 code.
    pub language: String,
}

impl AudioTrack {
    /// Takes over what must be known about an audio track of a demuxed file.
    ///
    /// # Errors
    /// The track changes its sample entry or has one that exists in QuickTime files only.
    pub fn copy_of(track: &Track) -> Result<Self> {
        let place = || format!("audio track {}", track.id);
        let [entry] = &track.entries[..] else {
            return Err(Error::unsupported(place(), "copying more than one sample description"));
        };
        // Bytes: box header 8, reserved 6, data reference index 2, then the version, which is 0 in ISO files.
        let mut entry = entry.clone();
        if entry.get(16..18) != Some(&[0, 0]) {
            return Err(Error::unsupported(place(), "copying a QuickTime sound description"));
        }
        entry[14..16].copy_from_slice(&[0, 1]);
        Ok(Self { timescale: track.timescale, sample_entry: entry, language: track.language.clone() })
    }
}

/// Collects samples in a scratch file, then writes the finished file in one go.
#[derive(Debug)]
pub struct Muxer<S> {
    scratch: S,
    size: u64,
    tracks: Vec<TrackOut>,
    last_track: Option<usize>,
    sample: Vec<u8>,
}

impl<S: Read + Write + Seek> Muxer<S> {
    /// Begins a file. `scratch` is an empty file (or memory) that takes the samples until the end.
    ///
    /// # Errors
    /// The video track has no decoder configuration or a time scale is 0.
    pub fn new(scratch: S, video: VideoTrack, audio: Vec<AudioTrack>) -> Result<Self> {
        if video.entry.hevc.is_none() {
            return Err(Error::malformed("video track", "has no decoder configuration"));
        }
        let mut tracks = vec![TrackOut::new(video.timescale, "und".into(), Media::Video(Box::new(video)))];
        for track in audio {
            tracks.push(TrackOut::new(track.timescale, track.language, Media::Audio(track.sample_entry)));
        }
        if tracks.iter().any(|track| track.timescale == 0) {
            return Err(Error::malformed("track", "the time scale is 0"));
        }
        Ok(Self { scratch, size: 0, tracks, last_track: None, sample: Vec::new() })
    }

    /// Adds one access unit in decoding order: Annex B bytes, times in units of the track's time scale.
    ///
    /// Parameter sets that the decoder configuration holds are left out of the sample, as `hvc1` demands. Pictures
    /// with a negative `pts` are decoded but not shown.
    ///
    /// # Errors
    /// Decoding times do not grow or lie after `pts`, or the unit carries parameter sets the configuration lacks, or a write fails.
    pub fn write_video(&mut self, access_unit: &[u8], pts: i64, dts: i64, sync: bool) -> Result<()> {
        let track = &self.tracks[0];
        let number = track.samples.len();
        if track.samples.last().is_some_and(|last| last.dts >= dts) {
            return Err(Error::malformed(format!("picture {number}"), "its decoding time does not grow"));
        }
        if pts < dts {
            return Err(Error::malformed(format!("picture {number}"), "it is shown before it is decoded"));
        }
        let mut sample = std::mem::take(&mut self.sample);
        sample.clear();
        let config = match &track.media {
            Media::Video(video) => video.entry.hevc.as_ref(),
            Media::Audio(_) => None,
        };
        for unit in annexb::split(access_unit) {
            let kind = base_type(unit);
            if matches!(kind, Some(NalUnitType::VPS_NUT | NalUnitType::SPS_NUT | NalUnitType::PPS_NUT)) {
                if config.is_some_and(|config| config.parameter_sets().any(|known| known == unit)) {
                    continue;
                }
                let reason = "parameter sets change inside the stream, which 'hvc1' cannot carry";
                return Err(Error::malformed(format!("picture {number}"), reason));
            }
            sample.extend_from_slice(&(unit.len() as u32).to_be_bytes());
            sample.extend_from_slice(unit);
        }
        let result = self.append(0, &sample, pts, dts, sync);
        self.sample = sample;
        result
    }

    /// Adds one sample of audio track `index`. Samples with a negative `pts` (encoder delay) are decoded, not heard.
    ///
    /// # Errors
    /// There is no such track or a write fails.
    pub fn write_audio(&mut self, index: usize, data: &[u8], pts: i64, duration: u32) -> Result<()> {
        let Some(track) = self.tracks.get_mut(index + 1) else {
            return Err(Error::malformed(format!("audio track {index}"), "does not exist"));
        };
        track.last_duration = duration;
        self.append(index + 1, data, pts, pts, true)
    }

    /// Cuts the presentation of audio track `index` off at `end`, in units of its time scale.
    pub fn set_audio_end(&mut self, index: usize, end: i64) {
        if let Some(track) = self.tracks.get_mut(index + 1) {
            track.presentation_end = Some(end);
        }
    }

    fn append(&mut self, index: usize, data: &[u8], pts: i64, dts: i64, sync: bool) -> Result<()> {
        let size = u32::try_from(data.len()).map_err(|_| Error::Limit {
            place: "bytes of a sample".into(),
            asked: data.len() as u64,
            allowed: u64::from(u32::MAX),
        })?;
        self.scratch.write_all(data)?;
        let track = &mut self.tracks[index];
        let fits = |chunk: &moov::Chunk| self.size - chunk.offset + u64::from(size) <= MAX_CHUNK_BYTES;
        match track.chunks.last_mut().filter(|chunk| self.last_track == Some(index) && fits(chunk)) {
            Some(chunk) => chunk.samples += 1,
            None => track.chunks.push(moov::Chunk { offset: self.size, samples: 1 }),
        }
        track.samples.push(moov::SampleOut { size, pts, dts, sync });
        self.size += u64::from(size);
        self.last_track = Some(index);
        Ok(())
    }

    /// Writes the finished file to `output`.
    ///
    /// # Errors
    /// A table exceeds what the format can hold, or reading the scratch file or writing fails.
    pub fn finish(mut self, output: &mut impl Write) -> Result<()> {
        let header = moov::file_header(&self.tracks, self.size)?;
        output.write_all(&header)?;
        self.scratch.seek(SeekFrom::Start(0))?;
        let copied = std::io::copy(&mut (&mut self.scratch).take(self.size), output)?;
        if copied < self.size {
            return Err(Error::Truncated { place: "scratch file".into(), have: copied, need: self.size });
        }
        Ok(output.flush()?)
    }
}
