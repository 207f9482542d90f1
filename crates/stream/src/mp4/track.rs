//! One track: its header, its sample entries and the list of its samples.

use mp4_atom::{Elst, Hdlr, Mdhd, Tkhd};

use super::boxes::{self, Child, children, find, require};
use super::sample_entry::VisualEntry;
use super::{Matrix, sample_table};
use crate::{Error, Result};

/// What a track carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackKind {
    /// Handler `vide`.
    Video,
    /// Handler `soun`.
    Audio,
    /// Any other handler.
    Other([u8; 4]),
}

/// One sample: an access unit or audio frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Position in the file.
    pub offset: u64,
    /// Bytes.
    pub size: u32,
    /// Decoding time in units of the track's time scale; the first sample of a progressive file has 0.
    pub dts: i64,
    /// Composition time minus decoding time.
    pub composition_offset: i32,
    /// Time to the next sample's decoding time.
    pub duration: u32,
    /// Decoding can begin here.
    pub sync: bool,
    /// Index into [`Track::entries`].
    pub entry: u16,
}

/// What the edit list says, in units of the track's time scale.
///
/// Shown at `composition time - media_start + delay`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Presentation {
    /// Empty time before the track begins.
    pub delay: i64,
    /// Composition time of the media that is shown first.
    pub media_start: i64,
    /// Length of what is shown, `None` for all.
    pub duration: Option<i64>,
}

/// A track of a file.
#[derive(Debug, Clone)]
pub struct Track {
    /// `track_ID`.
    pub id: u32,
    /// What it carries.
    pub kind: TrackKind,
    /// Time units per second, never 0.
    pub timescale: u32,
    /// ISO 639-2 code of the language, `und` if not said.
    pub language: String,
    /// Transformation of the picture for display.
    pub matrix: Matrix,
    /// Sample entries as whole boxes, header included.
    pub entries: Vec<Vec<u8>>,
    /// Samples in decoding order.
    pub samples: Vec<Sample>,
    /// Edit list.
    pub presentation: Presentation,
}

impl Track {
    /// Parses a `trak` box. `movie_timescale` is that of edit list durations; the samples take at most `room` bytes of
    /// the file.
    pub(super) fn parse(trak: &[u8], movie_timescale: u32, room: u64) -> Result<Self> {
        let tkhd: Tkhd = boxes::decode(require(trak, "trak", b"tkhd")?.body)?;
        let mdia = require(trak, "trak", b"mdia")?.body;
        let mdhd: Mdhd = boxes::decode(require(mdia, "mdia", b"mdhd")?.body)?;
        let hdlr: Hdlr = boxes::decode(require(mdia, "mdia", b"hdlr")?.body)?;
        if mdhd.timescale == 0 {
            return Err(Error::malformed("box 'mdhd'", "the time scale is 0"));
        }
        let minf = require(mdia, "mdia", b"minf")?.body;
        let stbl = require(minf, "minf", b"stbl")?.body;
        let entries = parse_stsd(require(stbl, "stbl", b"stsd")?)?;
        let kind = match hdlr.handler.into() {
            handler if handler == *b"vide" => TrackKind::Video,
            handler if handler == *b"soun" => TrackKind::Audio,
            handler => TrackKind::Other(handler),
        };
        let m = &tkhd.matrix;
        Ok(Self {
            id: tkhd.track_id,
            kind,
            timescale: mdhd.timescale,
            language: mdhd.language,
            matrix: [m.a, m.b, m.u, m.c, m.d, m.v, m.x, m.y, m.w],
            samples: sample_table::parse(stbl, entries.len(), room)?,
            entries,
            presentation: parse_edits(trak, movie_timescale, mdhd.timescale),
        })
    }

    /// Four-character code of the first sample entry, which names the codec.
    pub fn codec(&self) -> Option<[u8; 4]> {
        self.entries.first()?.get(4..8)?.try_into().ok()
    }

    /// Whether the first sample entry is HEVC (`hvc1`, `hev1`, or the Dolby Vision names for the same).
    pub fn is_hevc(&self) -> bool {
        matches!(self.codec().as_ref(), Some(b"hvc1" | b"hev1" | b"dvh1" | b"dvhe"))
    }

    /// Parses visual sample entry `index`.
    ///
    /// # Errors
    /// There is no such entry or it is damaged.
    pub fn visual_entry(&self, index: usize) -> Result<VisualEntry> {
        let entry = self
            .entries
            .get(index)
            .ok_or_else(|| Error::malformed("box 'stsd'", format!("has no entry {index}")))?;
        VisualEntry::parse(entry)
    }

    /// Time at which `sample` is shown, in units of the time scale; negative if the edit list cuts it off.
    pub fn presentation_time(&self, sample: &Sample) -> i64 {
        sample.dts + i64::from(sample.composition_offset) - self.presentation.media_start
            + self.presentation.delay
    }

    /// Sum of the durations of all samples in seconds.
    pub fn media_seconds(&self) -> f64 {
        let total: u64 = self.samples.iter().map(|sample| u64::from(sample.duration)).sum();
        total as f64 / f64::from(self.timescale)
    }

    /// Clockwise rotation for display in degrees, `None` if the matrix is no multiple of a quarter turn.
    pub fn rotation(&self) -> Option<u16> {
        match [
            self.matrix[0].signum(),
            self.matrix[1].signum(),
            self.matrix[3].signum(),
            self.matrix[4].signum(),
        ] {
            [1, 0, 0, 1] => Some(0),
            [0, 1, -1, 0] => Some(90),
            [-1, 0, 0, -1] => Some(180),
            [0, -1, 1, 0] => Some(270),
            _ => None,
        }
    }
}

fn parse_stsd(stsd: Child<'_>) -> Result<Vec<Vec<u8>>> {
    let list = stsd.body.get(8..).ok_or_else(|| Error::malformed("box 'stsd'", "is too short"))?;
    children(list).map(|child| Ok(child?.whole.to_vec())).collect()
}

/// Reads the edit list; a list that is damaged counts as absent, since the samples can be shown without it.
fn parse_edits(trak: &[u8], movie_timescale: u32, timescale: u32) -> Presentation {
    let mut presentation = Presentation::default();
    let Some(edts) = find(trak, b"edts") else {
        return presentation;
    };
    let Ok(Some(elst)) = boxes::find_decoded::<Elst>(edts.body) else {
        return presentation;
    };
    let to_track = |duration: u64| {
        let scaled = u128::from(duration) * u128::from(timescale) / u128::from(movie_timescale.max(1));
        i64::try_from(scaled).unwrap_or(i64::MAX / 4).min(i64::MAX / 4)
    };
    let shown = elst.entries.iter().filter(|entry| entry.media_time.is_some()).count();
    for entry in &elst.entries {
        let Some(media_time) = entry.media_time else {
            presentation.delay =
                presentation.delay.saturating_add(to_track(entry.segment_duration)).min(i64::MAX / 4);
            continue;
        };
        presentation.media_start = i64::try_from(media_time).unwrap_or(i64::MAX / 4).min(i64::MAX / 4);
        // 0 stands for "the rest". Of several segments the first says where to begin; all of them are shown.
        if entry.segment_duration > 0 && shown == 1 {
            presentation.duration = Some(to_track(entry.segment_duration));
        }
        break;
    }
    presentation
}
