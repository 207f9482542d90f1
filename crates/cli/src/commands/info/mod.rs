//! `rivus info`: container, parameter sets, GOP structure and pictures of a HEVC file, without decoding samples.

mod report;
mod scan;
mod sequence;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use rivus_stream::access_unit::AccessUnitReader;
use rivus_stream::mp4::{Demuxer, Track, TrackKind, looks_like_mp4};

use super::{print_json, print_text};
use crate::args::InfoArgs;
use crate::failure::{Code, Failure, InFile, Result, name};
use report::{ContainerReport, Report, TrackReport};
use scan::Scan;

/// Runs the command.
pub(crate) fn run(args: &InfoArgs) -> Result<()> {
    let path = args.input.as_path();
    let mut scan = Scan::default();
    let container = if path.as_os_str() == "-" {
        scan_byte_stream(std::io::stdin(), path, &mut scan)?
    } else {
        let mut file = File::open(path).in_file(path)?;
        let mut start = Vec::new();
        file.by_ref().take(64).read_to_end(&mut start).in_file(path)?;
        if looks_like_mp4(&start) {
            let demuxer = Demuxer::open(BufReader::new(File::open(path).in_file(path)?)).in_file(path)?;
            scan_mp4(demuxer, path, &mut scan)?
        } else {
            scan_byte_stream(std::io::Cursor::new(start).chain(file), path, &mut scan)?
        }
    };
    if scan.pictures.is_empty() && scan.sequences.is_empty() {
        let reason = scan.issues.first().map_or("holds no HEVC stream", String::as_str);
        return Err(Failure::in_file(path, reason));
    }
    let report = Report::new(name(path), container, &scan, args.frames);
    if args.json {
        print_json(&report, false)?;
    } else {
        print_text(&report.to_text(), false)?;
    }
    match scan.issues.first() {
        None => Ok(()),
        Some(first) => Err(Failure::new(
            Code::Damaged,
            format!("{}: {} damaged places, the first: {first}", name(path), scan.issues.len()),
        )),
    }
}

fn scan_byte_stream(input: impl Read, path: &Path, scan: &mut Scan) -> Result<ContainerReport> {
    let mut reader = AccessUnitReader::new(input);
    while let Some(unit) = reader.next_access_unit().in_file(path)? {
        scan.add_access_unit(&unit.units);
    }
    Ok(ContainerReport::byte_stream())
}

fn scan_mp4(mut demuxer: Demuxer<BufReader<File>>, path: &Path, scan: &mut Scan) -> Result<ContainerReport> {
    let index = demuxer.video_track().filter(|&index| demuxer.tracks()[index].is_hevc());
    let index = index.ok_or_else(|| Failure::in_file(path, "has no HEVC track"))?;
    let track = demuxer.tracks()[index].clone();
    let mut data = Vec::new();
    let mut entry = None;
    for (number, sample) in track.samples.iter().enumerate() {
        let mut units: Vec<Vec<u8>> = Vec::new();
        let config = match entry.take().filter(|(known, _)| *known == sample.entry) {
            Some((_, config)) => config,
            None => {
                let config = track.visual_entry(usize::from(sample.entry)).in_file(path)?.hevc;
                let config = config.ok_or_else(|| Failure::in_file(path, "HEVC track without 'hvcC'"))?;
                units.extend(config.parameter_sets().map(<[u8]>::to_vec));
                config
            }
        };
        let read = demuxer.read_sample(sample, &mut data);
        match read.and_then(|()| config.split_sample(&data)) {
            Ok(split) => units.extend(split.iter().map(|unit| unit.to_vec())),
            Err(error) => scan.issues.push(format!("picture {number}: {error}")),
        }
        scan.add_access_unit(&units);
        entry = Some((sample.entry, config));
    }
    let duration = track.media_seconds();
    scan.seconds = Some(duration);
    let codec_string = track.visual_entry(0).ok().and_then(|entry| entry.hevc).map(|hevc| {
        let tag = track.codec().unwrap_or(*b"hvc1").escape_ascii().to_string();
        format!("{tag}.{}", hevc.profile_string())
    });
    Ok(ContainerReport {
        format: "MP4",
        brand: Some(demuxer.major_brand().escape_ascii().to_string()),
        fragmented: Some(demuxer.is_fragmented()),
        codec_string,
        rotation: track.rotation(),
        tracks: demuxer.tracks().iter().map(track_report).collect(),
    })
}

fn track_report(track: &Track) -> TrackReport {
    TrackReport {
        id: track.id,
        kind: match track.kind {
            TrackKind::Video => "video".into(),
            TrackKind::Audio => "audio".into(),
            TrackKind::Other(handler) => handler.escape_ascii().to_string(),
        },
        codec: track.codec().map(|codec| codec.escape_ascii().to_string()),
        language: track.language.clone(),
        samples: track.samples.len(),
        seconds: track.media_seconds(),
    }
}
