//! NAL units behind length fields, alone and in MP4 files.

use super::choices;
use super::session::{Session, config};
use rivus_stream::mp4::{Demuxer, looks_like_mp4};
use rivus_syntax::nal::{LengthPrefixedUnits, LengthSize};
use std::io::Cursor;

/// NAL units and samples that are decoded.
const MAX_UNITS: usize = 64;

/// Opens the input as MP4 file if it looks like one and decodes the samples of its HEVC tracks; decodes it as one sample,
/// else, with length fields of one, two or four bytes as its last byte says.
pub fn length_prefixed(data: &[u8]) {
    let mut session = Session::new(config(1));
    if looks_like_mp4(data) {
        file(data, &mut session);
    } else {
        let [choice] = choices(data);
        let size = [LengthSize::Four, LengthSize::Two, LengthSize::One][usize::from(choice % 3)];
        for unit in LengthPrefixedUnits::new(data, size).map_while(Result::ok).take(MAX_UNITS) {
            session.decoder().send_nal(unit, None);
            session.drain();
        }
    }
    session.finish();
}

fn file(data: &[u8], session: &mut Session) {
    let Ok(mut demuxer) = Demuxer::open(Cursor::new(data)) else { return };
    // Memory follows the file: there is a sample per byte of media data, or per entry of a table of sizes.
    let samples: usize = demuxer.tracks().iter().map(|track| track.samples.len()).sum();
    assert!(samples <= 2 * data.len() + demuxer.tracks().len(), "{samples} samples in {} bytes", data.len());
    let mut sample = Vec::new();
    for track in demuxer.tracks().to_vec() {
        // Everything that is worked out about a track, on every track.
        let (_, _, _) = (track.media_seconds(), track.rotation(), track.codec());
        let entries: Vec<_> = (0..track.entries.len()).map(|index| track.visual_entry(index)).collect();
        for entry in entries.iter().flatten().filter_map(|entry| entry.hevc.as_ref()) {
            assert!(!entry.profile_string().is_empty());
            entry.parameter_sets().take(MAX_UNITS).for_each(|unit| session.decoder().send_nal(unit, None));
        }
        for place in track.samples.iter().take(MAX_UNITS) {
            let pts = track.presentation_time(place);
            if demuxer.read_sample(place, &mut sample).is_err() {
                continue;
            }
            assert_eq!(sample.len(), place.size as usize);
            let entry = entries.get(usize::from(place.entry)).and_then(|entry| entry.as_ref().ok());
            let Some(hevc) = entry.and_then(|entry| entry.hevc.as_ref()) else { continue };
            for unit in hevc.split_sample(&sample).unwrap_or_default().into_iter().take(MAX_UNITS) {
                session.decoder().send_nal(unit, Some(pts));
            }
            session.drain();
        }
    }
}
