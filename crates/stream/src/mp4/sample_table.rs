//! `stbl`: the boxes that say where each sample lies and when it is due, turned into one list.

use mp4_atom::{Atom, Co64, Ctts, Stco, Stsc, Stss, Stsz, StszSamples, Stts};

use super::boxes::{self, find};
use super::track::Sample;
use crate::{Error, Result};

/// Most samples per track; a day of 60 pictures per second has 5.2 million.
pub(super) const MAX_SAMPLES: usize = 1 << 23;

/// Builds the list of samples, which take at most `room` bytes of the file. Fragmented files have empty tables here.
pub(super) fn parse(stbl: &[u8], entry_count: usize, room: u64) -> Result<Vec<Sample>> {
    let mut samples = sizes(stbl, room)?;
    place_in_chunks(stbl, entry_count, &mut samples)?;
    set_times(stbl, &mut samples)?;
    if let Some(ctts) = boxes::find_decoded::<Ctts>(stbl)? {
        set_composition(&ctts, &mut samples);
    }
    if let Some(stss) = boxes::find_decoded::<Stss>(stbl)? {
        samples.iter_mut().for_each(|sample| sample.sync = false);
        for number in stss.entries {
            if let Some(sample) = (number as usize).checked_sub(1).and_then(|index| samples.get_mut(index)) {
                sample.sync = true;
            }
        }
    }
    Ok(samples)
}

/// Decodes a table, empty if the box is absent.
fn table<T: Atom + Default>(stbl: &[u8]) -> Result<T> {
    Ok(boxes::find_decoded(stbl)?.unwrap_or_default())
}

/// One sample per entry of `stsz`, with only the size set.
fn sizes(stbl: &[u8], room: u64) -> Result<Vec<Sample>> {
    if find(stbl, b"stsz").is_none() && find(stbl, b"stz2").is_some() {
        return Err(Error::unsupported("box 'stbl'", "the compact sample size box 'stz2'"));
    }
    let blank =
        Sample { offset: 0, size: 0, dts: 0, composition_offset: 0, duration: 0, sync: true, entry: 0 };
    let limit = |count: usize| {
        if count <= MAX_SAMPLES {
            return Ok(());
        }
        Err(Error::Limit {
            place: "samples in 'stsz'".into(),
            asked: count as u64,
            allowed: MAX_SAMPLES as u64,
        })
    };
    match table::<Stsz>(stbl)?.samples {
        StszSamples::Different { sizes } => {
            limit(sizes.len())?;
            Ok(sizes.into_iter().map(|size| Sample { size, ..blank }).collect())
        }
        StszSamples::Identical { count, size } => {
            // The count is a bare claim; more samples than the file has room for are not worth memory.
            let count = u64::from(count).min(room / u64::from(size.max(1)) + 1) as usize;
            limit(count)?;
            Ok(vec![Sample { size, ..blank }; count])
        }
    }
}

/// Walks chunks (`stsc`, `stco`/`co64`) and gives each sample its position. Samples without a chunk are dropped.
fn place_in_chunks(stbl: &[u8], entry_count: usize, samples: &mut Vec<Sample>) -> Result<()> {
    let stsc: Stsc = table(stbl)?;
    let chunks: Vec<u64> = match boxes::find_decoded::<Co64>(stbl)? {
        Some(co64) => co64.entries,
        None => table::<Stco>(stbl)?.entries.into_iter().map(u64::from).collect(),
    };
    let mut runs = stsc.entries.iter().peekable();
    let mut run = None;
    let mut next = 0usize;
    for (number, &chunk) in (1..).zip(&chunks) {
        while let Some(entry) = runs.next_if(|entry| entry.first_chunk <= number) {
            run = Some(entry);
        }
        let Some(run) = run else {
            return Err(Error::malformed("box 'stsc'", format!("says nothing about chunk {number}")));
        };
        let entry = (run.sample_description_index as usize).wrapping_sub(1);
        if entry >= entry_count {
            return Err(Error::malformed(
                "box 'stsc'",
                format!("sample description {} of {entry_count}", run.sample_description_index),
            ));
        }
        let end = samples.len().min(next.saturating_add(run.samples_per_chunk as usize));
        let mut offset = chunk;
        for sample in &mut samples[next..end] {
            sample.offset = offset;
            sample.entry = entry as u16;
            offset = offset.saturating_add(u64::from(sample.size));
        }
        next = end;
    }
    samples.truncate(next);
    Ok(())
}

/// Decoding times from `stts`. Samples beyond the table keep the last duration.
fn set_times(stbl: &[u8], samples: &mut [Sample]) -> Result<()> {
    let stts: Stts = table(stbl)?;
    let deltas = stts
        .entries
        .iter()
        .flat_map(|entry| std::iter::repeat_n(entry.sample_delta, entry.sample_count as usize));
    let last = stts.entries.last().map_or(0, |entry| entry.sample_delta);
    let mut dts = 0i64;
    for (sample, delta) in samples.iter_mut().zip(deltas.chain(std::iter::repeat(last))) {
        sample.dts = dts;
        sample.duration = delta;
        dts += i64::from(delta);
    }
    Ok(())
}

/// Composition offsets from `ctts`.
fn set_composition(ctts: &Ctts, samples: &mut [Sample]) {
    let offsets = ctts
        .entries
        .iter()
        .flat_map(|entry| std::iter::repeat_n(entry.sample_offset, entry.sample_count as usize));
    for (sample, offset) in samples.iter_mut().zip(offsets) {
        // Writers put negative offsets into version 0 too; as unsigned they would mean half a year or more.
        sample.composition_offset = offset as i32;
    }
}
