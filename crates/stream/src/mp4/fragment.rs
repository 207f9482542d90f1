//! Movie fragments: `moof` with `traf` and `trun`, appended to the samples of their tracks.

use mp4_atom::{Tfdt, Tfhd, Trex, Trun};

use super::boxes::{self, children, require};
use super::sample_table::MAX_SAMPLES;
use super::track::{Sample, Track};
use crate::{Error, Result};

/// Bit of the sample flags: `sample_is_non_sync_sample`.
const NON_SYNC: u32 = 1 << 16;

/// What fragments need to know from one to the next.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    defaults: Vec<Trex>,
}

impl Fragments {
    /// Reads `trex` boxes from `mvex`, if the movie has one.
    pub(super) fn parse(moov: &[u8]) -> Result<Self> {
        let mut defaults = Vec::new();
        if let Some(mvex) = boxes::find(moov, b"mvex") {
            for child in children(mvex.body) {
                let child = child?;
                if child.kind == *b"trex" {
                    defaults.push(boxes::decode(child.body)?);
                }
            }
        }
        Ok(Self { defaults })
    }

    /// Adds the samples of the `moof` whose header is at `moof_start`.
    pub(super) fn add(
        &self,
        moof: &[u8],
        moof_start: u64,
        file_end: u64,
        tracks: &mut [Track],
    ) -> Result<()> {
        let mut previous_end = moof_start;
        for child in children(moof) {
            let child = child?;
            if child.kind == *b"traf" {
                previous_end =
                    self.add_track_fragment(child.body, moof_start, previous_end, file_end, tracks)?;
            }
        }
        Ok(())
    }

    /// Returns the position after the last sample.
    fn add_track_fragment(
        &self,
        traf: &[u8],
        moof_start: u64,
        previous_end: u64,
        file_end: u64,
        tracks: &mut [Track],
    ) -> Result<u64> {
        let tfhd: Tfhd = boxes::decode(require(traf, "traf", b"tfhd")?.body)?;
        let base = match tfhd.base_data_offset {
            Some(offset) => offset,
            None if tfhd.default_base_is_moof => moof_start,
            None => previous_end,
        };
        // Samples take bytes, so a file has no more of them than bytes, all tracks together.
        let known: usize = tracks.iter().map(|track| track.samples.len()).sum();
        let Some(track) = tracks.iter_mut().find(|track| track.id == tfhd.track_id) else {
            return Ok(base);
        };
        let most = track.samples.len() as u64 + file_end.saturating_sub(known as u64);
        let trex = self.defaults.iter().find(|trex| trex.track_id == tfhd.track_id);
        let entry = tfhd
            .sample_description_index
            .or(trex.map(|trex| trex.default_sample_description_index))
            .unwrap_or(1)
            .wrapping_sub(1);
        if entry as usize >= track.entries.len() {
            return Err(Error::malformed("box 'tfhd'", "sample description that does not exist"));
        }
        let defaults = Sample {
            offset: base,
            size: tfhd.default_sample_size.or(trex.map(|t| t.default_sample_size)).unwrap_or(0),
            dts: start_time(traf, track)?,
            composition_offset: 0,
            duration: tfhd.default_sample_duration.or(trex.map(|t| t.default_sample_duration)).unwrap_or(0),
            sync: true,
            entry: entry as u16,
        };
        let flags = tfhd.default_sample_flags.or(trex.map(|t| t.default_sample_flags)).unwrap_or(0);
        let mut next = defaults;
        for child in children(traf) {
            let child = child?;
            if child.kind == *b"trun" {
                let trun: Trun = boxes::decode(child.body)?;
                if let Some(offset) = trun.data_offset {
                    next.offset = base.saturating_add_signed(i64::from(offset));
                }
                add_run(&trun, defaults, flags, &mut next, file_end, most, &mut track.samples)?;
            }
        }
        Ok(next.offset)
    }
}

/// `tfdt`, or where the samples so far end.
fn start_time(traf: &[u8], track: &Track) -> Result<i64> {
    if let Some(tfdt) = boxes::find_decoded::<Tfdt>(traf)? {
        // Clamped so that sums with durations cannot overflow.
        return Ok(i64::try_from(tfdt.base_media_decode_time).unwrap_or(i64::MAX).min(i64::MAX / 4));
    }
    Ok(track.samples.last().map_or(0, |sample| sample.dts + i64::from(sample.duration)))
}

/// Adds the samples of one run, until there are `most`; `next` carries position and time from run to run.
fn add_run(
    trun: &Trun,
    defaults: Sample,
    default_flags: u32,
    next: &mut Sample,
    file_end: u64,
    most: u64,
    samples: &mut Vec<Sample>,
) -> Result<()> {
    for entry in trun.samples.iter() {
        if samples.len() >= MAX_SAMPLES {
            return Err(Error::Limit {
                place: "samples in fragments".into(),
                asked: samples.len() as u64 + 1,
                allowed: MAX_SAMPLES as u64,
            });
        }
        let sample = Sample {
            offset: next.offset,
            size: entry.size.unwrap_or(defaults.size),
            dts: next.dts,
            composition_offset: entry.cts.unwrap_or(0) as i32,
            duration: entry.duration.unwrap_or(defaults.duration),
            sync: entry.flags.unwrap_or(default_flags) & NON_SYNC == 0,
            entry: defaults.entry,
        };
        // A run whose samples take no bytes of the box can claim any count; the file bounds it.
        if sample.offset > file_end || samples.len() as u64 >= most {
            break;
        }
        next.offset = next.offset.saturating_add(u64::from(sample.size));
        next.dts += i64::from(sample.duration);
        samples.push(sample);
    }
    Ok(())
}
