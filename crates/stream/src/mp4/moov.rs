//! `ftyp`, `moov` and the header of `mdat` for the muxer.

use mp4_atom::{
    Co64, Ctts, CttsEntry, Dinf, Dref, Elst, ElstEntry, FixedPoint, Ftyp, Hdlr, Mdhd, Mvhd, Smhd, Stco, Stsc,
    StscEntry, Stss, Stsz, StszSamples, Stts, SttsEntry, Tkhd, Url, Vmhd,
};

use super::IDENTITY;
use super::boxes::{append, append_container};
use super::mux::VideoTrack;
use crate::{Error, Result};

/// A sample that was written.
#[derive(Debug, Clone, Copy)]
pub(super) struct SampleOut {
    pub(super) size: u32,
    pub(super) pts: i64,
    pub(super) dts: i64,
    pub(super) sync: bool,
}

/// Samples of one track that lie side by side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    /// Position from the start of the media data.
    pub(super) offset: u64,
    pub(super) samples: u32,
}

/// What is particular to the kind of a track.
#[derive(Debug)]
pub(super) enum Media {
    Video(Box<VideoTrack>),
    Audio(Vec<u8>),
}

/// A track being written.
#[derive(Debug)]
pub(super) struct TrackOut {
    pub(super) timescale: u32,
    language: String,
    pub(super) media: Media,
    pub(super) samples: Vec<SampleOut>,
    pub(super) chunks: Vec<Chunk>,
    /// Duration of the last sample in decoding order.
    pub(super) last_duration: u32,
    /// Where presentation is cut off, in time units.
    pub(super) presentation_end: Option<i64>,
}

/// Where a track is shown, in its own time units.
struct Timeline {
    /// Decoding time of the first sample, as given by the caller; 0 in the file.
    first_dts: i64,
    /// Presentation time at which the track begins.
    begin: i64,
    /// Presentation time at which it ends.
    end: i64,
    /// Sum of all sample durations.
    media_duration: u64,
}

impl TrackOut {
    pub(super) fn new(timescale: u32, language: String, media: Media) -> Self {
        let last_duration = match &media {
            Media::Video(video) => video.frame_duration,
            Media::Audio(_) => 0,
        };
        Self {
            timescale,
            language,
            media,
            samples: Vec::new(),
            chunks: Vec::new(),
            last_duration,
            presentation_end: None,
        }
    }

    fn timeline(&self) -> Timeline {
        let first_dts = self.samples.first().map_or(0, |sample| sample.dts);
        let last_dts = self.samples.last().map_or(0, |sample| sample.dts);
        let begin = self.samples.iter().map(|sample| sample.pts).min().unwrap_or(0).max(0);
        let last_pts = self.samples.iter().map(|sample| sample.pts).max().unwrap_or(0);
        let duration = if self.samples.is_empty() { 0 } else { i64::from(self.last_duration) };
        let end = last_pts.saturating_add(duration);
        Timeline {
            first_dts,
            begin,
            end: self.presentation_end.map_or(end, |limit| limit.min(end)).max(begin),
            media_duration: last_dts.saturating_sub(first_dts).saturating_add(duration).unsigned_abs(),
        }
    }

    /// Durations of all samples in decoding order.
    fn durations(&self) -> Result<Vec<u32>> {
        let mut durations = Vec::with_capacity(self.samples.len());
        for (index, pair) in self.samples.windows(2).enumerate() {
            let delta = pair[1].dts.checked_sub(pair[0].dts).and_then(|delta| u32::try_from(delta).ok());
            let out_of_range = || Error::malformed(format!("sample {index}"), "its duration is out of range");
            durations.push(delta.ok_or_else(out_of_range)?);
        }
        if !self.samples.is_empty() {
            durations.push(self.last_duration);
        }
        Ok(durations)
    }
}

/// Everything up to the first byte of media data, of which there are `payload` bytes.
pub(super) fn file_header(tracks: &[TrackOut], payload: u64) -> Result<Vec<u8>> {
    let mut header = Vec::new();
    append(
        &mut header,
        &Ftyp {
            major_brand: b"isom".into(),
            minor_version: 512,
            compatible_brands: vec![b"isom".into(), b"iso2".into(), b"mp41".into(), b"hvc1".into()],
        },
    )?;
    let large_mdat = payload + 8 > u64::from(u32::MAX);
    let mdat_header = if large_mdat { 16 } else { 8 };
    // The size of the movie box depends on the width of the offsets, not on their values: lay it out once with zeros.
    let base = |wide: bool| -> Result<u64> {
        Ok((header.len() + movie(tracks, 0, wide)?.len()) as u64 + mdat_header)
    };
    let narrow_base = base(false)?;
    let wide = narrow_base + payload > u64::from(u32::MAX);
    let base = if wide { base(true)? } else { narrow_base };
    header.extend(movie(tracks, base, wide)?);
    debug_assert_eq!(header.len() as u64 + mdat_header, base);
    if large_mdat {
        header.extend_from_slice(&1u32.to_be_bytes());
        header.extend_from_slice(b"mdat");
        header.extend_from_slice(&(payload + 16).to_be_bytes());
    } else {
        header.extend_from_slice(&(payload as u32 + 8).to_be_bytes());
        header.extend_from_slice(b"mdat");
    }
    Ok(header)
}

fn movie(tracks: &[TrackOut], base: u64, wide: bool) -> Result<Vec<u8>> {
    // Edit lists and track durations count in movie units: those of the video make them exact.
    let timescale = tracks.first().map_or(1000, |track| track.timescale);
    let durations: Vec<u64> = tracks
        .iter()
        .map(|track| rescale(track.timeline().end.unsigned_abs(), track.timescale, timescale))
        .collect();
    let mut out = Vec::new();
    append_container(&mut out, b"moov", |out| {
        append(
            out,
            &Mvhd {
                timescale,
                duration: durations.iter().copied().max().unwrap_or(0),
                rate: FixedPoint::new(1, 0),
                volume: FixedPoint::new(1, 0),
                next_track_id: tracks.len() as u32 + 1,
                ..Mvhd::default()
            },
        )?;
        for ((id, track), &duration) in (1..).zip(tracks).zip(&durations) {
            append_container(out, b"trak", |out| track_box(out, track, id, duration, timescale, base, wide))?;
        }
        Ok(())
    })?;
    Ok(out)
}

/// Rounds to the nearest unit of the new scale.
fn rescale(value: u64, from: u32, to: u32) -> u64 {
    let scaled = (u128::from(value) * u128::from(to) + u128::from(from) / 2) / u128::from(from);
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

fn track_box(
    out: &mut Vec<u8>,
    track: &TrackOut,
    id: u32,
    duration: u64,
    movie_timescale: u32,
    base: u64,
    wide: bool,
) -> Result<()> {
    let timeline = track.timeline();
    append(out, &track_header(track, id, duration))?;
    if let Some(elst) = edit_list(track, &timeline, movie_timescale) {
        append_container(out, b"edts", |out| append(out, &elst))?;
    }
    append_container(out, b"mdia", |out| {
        append(
            out,
            &Mdhd {
                timescale: track.timescale,
                duration: timeline.media_duration,
                language: track.language.clone(),
                ..Mdhd::default()
            },
        )?;
        let (handler, name) = match track.media {
            Media::Video(_) => (b"vide", "VideoHandler"),
            Media::Audio(_) => (b"soun", "SoundHandler"),
        };
        append(out, &Hdlr { handler: handler.into(), name: name.into() })?;
        append_container(out, b"minf", |out| {
            match track.media {
                Media::Video(_) => append(out, &Vmhd::default())?,
                Media::Audio(_) => append(out, &Smhd::default())?,
            }
            append(out, &Dinf { dref: Dref { entries: vec![Url::default().into()] } })?;
            append_container(out, b"stbl", |out| sample_table(out, track, base, wide))
        })
    })
}

fn track_header(track: &TrackOut, id: u32, duration: u64) -> Tkhd {
    let [a, b, u, c, d, v, x, y, w] = match &track.media {
        Media::Video(video) => video.matrix,
        Media::Audio(_) => IDENTITY,
    };
    let (width, height) = match &track.media {
        Media::Video(video) => display_size(video),
        Media::Audio(_) => Default::default(),
    };
    Tkhd {
        track_id: id,
        duration,
        enabled: true,
        in_movie: true,
        alternate_group: u16::from(matches!(track.media, Media::Audio(_))),
        volume: FixedPoint::new(u8::from(matches!(track.media, Media::Audio(_))), 0),
        matrix: mp4_atom::Matrix { a, b, u, c, d, v, x, y, w },
        width,
        height,
        ..Tkhd::default()
    }
}

/// Width corrected by the sample aspect ratio, and height, in 16.16 fixed point.
fn display_size(video: &VideoTrack) -> (FixedPoint<u16>, FixedPoint<u16>) {
    let shape = video.entry.tags.sample_aspect_ratio;
    let (num, den) = shape.map_or((1, 1), |shape| (u64::from(shape.num), u64::from(shape.den)));
    let fixed = ((u64::from(video.entry.width) << 16) * num / den).min(u64::from(u32::MAX));
    (FixedPoint::new((fixed >> 16) as u16, fixed as u16), video.entry.height.into())
}

/// The edit list, `None` where the track simply begins with its first sample at time 0.
fn edit_list(track: &TrackOut, timeline: &Timeline, movie_timescale: u32) -> Option<Elst> {
    let media_start = timeline.begin.saturating_sub(timeline.first_dts);
    if track.samples.is_empty()
        || (media_start == 0 && timeline.begin == 0 && track.presentation_end.is_none())
    {
        return None;
    }
    let units = |value: i64| rescale(value.unsigned_abs(), track.timescale, movie_timescale);
    let mut entries = Vec::new();
    if timeline.begin > 0 {
        entries.push(ElstEntry {
            segment_duration: units(timeline.begin),
            media_time: None,
            media_rate: FixedPoint::new(1, 0),
        });
    }
    entries.push(ElstEntry {
        segment_duration: units(timeline.end).saturating_sub(units(timeline.begin)),
        media_time: Some(media_start.unsigned_abs()),
        media_rate: FixedPoint::new(1, 0),
    });
    Some(Elst { entries })
}

fn sample_table(out: &mut Vec<u8>, track: &TrackOut, base: u64, wide: bool) -> Result<()> {
    append_container(out, b"stsd", |out| {
        out.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 1]);
        match &track.media {
            Media::Video(video) => video.entry.append_to(out),
            Media::Audio(entry) => {
                out.extend_from_slice(entry);
                Ok(())
            }
        }
    })?;
    let entries = runs(track.durations()?)
        .map(|(sample_delta, sample_count)| SttsEntry { sample_count, sample_delta })
        .collect();
    append(out, &Stts { entries })?;
    if track.samples.iter().any(|sample| sample.pts != sample.dts) {
        let offsets = track.samples.iter().map(|sample| sample.pts.saturating_sub(sample.dts));
        let entries = runs(offsets)
            .map(|(sample_offset, sample_count)| CttsEntry { sample_count, sample_offset })
            .collect();
        append(out, &Ctts { entries })?;
    }
    if track.samples.iter().any(|sample| !sample.sync) {
        let numbered = (1..).zip(&track.samples);
        append(out, &Stss { entries: numbered.filter(|(_, s)| s.sync).map(|(number, _)| number).collect() })?;
    }
    append(out, &chunk_runs(&track.chunks))?;
    append(out, &sizes(&track.samples))?;
    let offsets = track.chunks.iter().map(|chunk| base + chunk.offset);
    if wide {
        append(out, &Co64 { entries: offsets.collect() })
    } else {
        // The caller chose narrow offsets because all of them fit.
        append(out, &Stco { entries: offsets.map(|offset| offset as u32).collect() })
    }
}

/// Values with the number of times each stands in a row.
fn runs<T: PartialEq>(values: impl IntoIterator<Item = T>) -> impl Iterator<Item = (T, u32)> {
    let mut values = values.into_iter().peekable();
    std::iter::from_fn(move || {
        let first = values.next()?;
        let mut count = 1;
        while values.next_if(|value| *value == first).is_some() {
            count += 1;
        }
        Some((first, count))
    })
}

fn chunk_runs(chunks: &[Chunk]) -> Stsc {
    let mut first_chunk = 1;
    let mut entries = Vec::new();
    for (samples_per_chunk, count) in runs(chunks.iter().map(|chunk| chunk.samples)) {
        entries.push(StscEntry { first_chunk, samples_per_chunk, sample_description_index: 1 });
        first_chunk += count;
    }
    Stsc { entries }
}

fn sizes(samples: &[SampleOut]) -> Stsz {
    let first = samples.first().map_or(0, |sample| sample.size);
    let samples = if first > 0 && samples.iter().all(|sample| sample.size == first) {
        StszSamples::Identical { count: samples.len() as u32, size: first }
    } else {
        StszSamples::Different { sizes: samples.iter().map(|sample| sample.size).collect() }
    };
    Stsz { samples }
}
