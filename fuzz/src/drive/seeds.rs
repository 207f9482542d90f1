//! Inputs for every target, made from a valid stream.

use rivus_stream::access_unit::{AccessUnit, AccessUnitReader};
use rivus_stream::mp4::{HevcConfig, IDENTITY, Muxer, VideoTrack, VisualEntry};
use rivus_stream::video::VideoTags;
use rivus_syntax::nal::{NalHeader, NalUnits};
use std::io::Cursor;

/// Bytes of slice data that are kept where only headers count.
const SLICE_BYTES: usize = 48;

/// Inputs from a byte stream, each with its target. `encode_config` has none: its inputs are no streams.
pub fn inputs(stream: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut inputs = vec![
        ("whole_stream", stream.to_vec()),
        ("chunked_stream", stream.to_vec()),
        ("differential", stream.to_vec()),
        ("parameter_sets", headers(stream)),
        ("length_prefixed", length_prefixed(stream)),
    ];
    inputs.extend(mp4(stream).map(|file| ("length_prefixed", file)));
    inputs
}

/// The stream with its slices cut off behind their headers.
fn headers(stream: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for range in NalUnits::new(stream) {
        let nal = &stream[range];
        let is_slice = NalHeader::parse(nal).is_ok_and(|(header, _)| header.nal_unit_type.is_slice());
        out.extend_from_slice(&[0, 0, 1]);
        out.extend_from_slice(if is_slice { &nal[..nal.len().min(SLICE_BYTES)] } else { nal });
    }
    out
}

/// All NAL units behind lengths of four bytes, and a last unit of one byte that says so (see `drive::length_prefixed`).
fn length_prefixed(stream: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for range in NalUnits::new(stream) {
        out.extend_from_slice(&(range.len() as u32).to_be_bytes());
        out.extend_from_slice(&stream[range]);
    }
    out.extend_from_slice(&[0, 0, 0, 1, 0]);
    out
}

/// An MP4 file with one sample per access unit; none if the muxer cannot hold the stream.
fn mp4(stream: &[u8]) -> Option<Vec<u8>> {
    let mut reader = AccessUnitReader::new(stream);
    let mut units: Vec<AccessUnit> = Vec::new();
    while let Some(unit) = reader.next_access_unit().ok()? {
        units.push(unit);
    }
    let hevc =
        HevcConfig::from_parameter_sets(units.iter().flat_map(|unit| &unit.units).map(Vec::as_slice)).ok()?;
    let entry = VisualEntry { width: 64, height: 64, hevc: Some(hevc), tags: VideoTags::default() };
    let video = VideoTrack { timescale: 50, frame_duration: 2, entry, matrix: IDENTITY };
    let mut muxer = Muxer::new(Cursor::new(Vec::new()), video, vec![]).ok()?;
    for (number, unit) in (0..).zip(&units) {
        muxer.write_video(&unit.to_annexb(), 2 * number, 2 * number, number == 0).ok()?;
    }
    let mut file = Vec::new();
    muxer.finish(&mut file).ok()?;
    Some(file)
}
