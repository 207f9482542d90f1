//! Opening a file and reading its samples.

use std::io::{Read, Seek, SeekFrom};

use mp4_atom::Mvhd;

use super::boxes::{self, TopLevel, children, require};
use super::fragment::Fragments;
use super::track::{Sample, Track, TrackKind};
use crate::raw::read_fully;
use crate::{Error, Result};

/// Largest sample that is read into memory.
const MAX_SAMPLE_BYTES: u64 = 1 << 28;

/// An opened MP4 or QuickTime file.
#[derive(Debug)]
pub struct Demuxer<R> {
    input: R,
    file_end: u64,
    major_brand: [u8; 4],
    fragmented: bool,
    tracks: Vec<Track>,
    skipped: Vec<String>,
}

/// Whether the first bytes of a file (12 or more) look like MP4 or QuickTime.
pub fn looks_like_mp4(start: &[u8]) -> bool {
    matches!(
        start.get(4..8),
        Some(b"ftyp" | b"styp" | b"moov" | b"moof" | b"mdat" | b"wide" | b"free" | b"skip" | b"pnot")
    )
}

impl<R: Read + Seek> Demuxer<R> {
    /// Reads the movie header and all fragment headers; no sample data.
    ///
    /// A file that ends inside media data opens; the samples that are missing fail when they are read. A last
    /// fragment header that is cut off is left out.
    ///
    /// # Errors
    /// There is no movie header, or it is damaged or cut off.
    pub fn open(mut input: R) -> Result<Self> {
        let file_end = input.seek(SeekFrom::End(0))?;
        let mut major_brand = *b"qt  ";
        let mut movie: Option<(Vec<Track>, Fragments, Vec<String>)> = None;
        let mut fragmented = false;
        let mut position = 0;
        while let Some(top) = boxes::read_top_level(&mut input, position, file_end)? {
            match &top.kind {
                b"ftyp" => major_brand = read_brand(&mut input, top, file_end)?,
                b"moov" if movie.is_none() => {
                    movie = Some(parse_movie(&boxes::read_body(&mut input, top, file_end)?, file_end)?);
                }
                b"moof" => {
                    fragmented = true;
                    if let Some((tracks, fragments, _)) = &mut movie
                        && top.end <= file_end
                    {
                        let moof = boxes::read_body(&mut input, top, file_end)?;
                        fragments.add(&moof, top.start, file_end, tracks)?;
                    }
                }
                _ => {}
            }
            position = top.end;
        }
        let Some((tracks, _, skipped)) = movie else {
            return Err(Error::malformed("MP4 file", "has no 'moov' box; it may be cut off or not finished"));
        };
        Ok(Self { input, file_end, major_brand, fragmented, tracks, skipped })
    }

    /// Major brand of `ftyp`; `qt  ` without one.
    pub fn major_brand(&self) -> [u8; 4] {
        self.major_brand
    }

    /// Whether the samples come in movie fragments.
    pub fn is_fragmented(&self) -> bool {
        self.fragmented
    }

    /// All tracks that could be read.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// Why other tracks could not be read, one message each.
    pub fn skipped_tracks(&self) -> &[String] {
        &self.skipped
    }

    /// Index of the first video track, preferring HEVC.
    pub fn video_track(&self) -> Option<usize> {
        let is_video = |track: &&Track| track.kind == TrackKind::Video;
        let hevc = self.tracks.iter().position(|track| track.kind == TrackKind::Video && track.is_hevc());
        hevc.or_else(|| self.tracks.iter().position(|track| is_video(&track)))
    }

    /// Reads the data of a sample of any track into `data`, replacing what was there.
    ///
    /// # Errors
    /// The sample lies past the end of the file or is absurdly large.
    pub fn read_sample(&mut self, sample: &Sample, data: &mut Vec<u8>) -> Result<()> {
        let place = || format!("sample at byte {}", sample.offset);
        let size = u64::from(sample.size);
        if size > MAX_SAMPLE_BYTES {
            return Err(Error::Limit { place: place(), asked: size, allowed: MAX_SAMPLE_BYTES });
        }
        let have = self.file_end.saturating_sub(sample.offset);
        if have < size {
            return Err(Error::Truncated { place: place(), have, need: size });
        }
        self.input.seek(SeekFrom::Start(sample.offset))?;
        data.clear();
        data.resize(sample.size as usize, 0);
        let have = read_fully(&mut self.input, data)? as u64;
        if have < size {
            return Err(Error::Truncated { place: place(), have, need: size });
        }
        Ok(())
    }
}

fn read_brand(input: &mut (impl Read + Seek), top: TopLevel, file_end: u64) -> Result<[u8; 4]> {
    let body = boxes::read_body(input, top, file_end)?;
    body.get(..4)
        .and_then(|brand| brand.try_into().ok())
        .ok_or_else(|| Error::malformed("box 'ftyp'", "is too short"))
}

/// Parses `moov`. A track that cannot be read is left out with a message, unless nothing is left.
fn parse_movie(moov: &[u8], file_end: u64) -> Result<(Vec<Track>, Fragments, Vec<String>)> {
    let mvhd: Mvhd = boxes::decode(require(moov, "moov", b"mvhd")?.body)?;
    let (mut tracks, mut skipped) = (Vec::new(), Vec::new());
    let mut first_error = None;
    // Samples take bytes, so a file has no more of them than bytes, all tracks together.
    let mut room = file_end;
    for child in children(moov) {
        let child = child?;
        if child.kind != *b"trak" {
            continue;
        }
        match Track::parse(child.body, mvhd.timescale, room) {
            Ok(track) => {
                room = room.saturating_sub(track.samples.len() as u64);
                tracks.push(track);
            }
            Err(error) => {
                skipped.push(error.to_string());
                first_error.get_or_insert(error);
            }
        }
    }
    match first_error {
        Some(error) if tracks.is_empty() => Err(error),
        _ => Ok((tracks, Fragments::parse(moov)?, skipped)),
    }
}
