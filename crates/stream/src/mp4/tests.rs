//! Round trips through the muxer and demuxer, fragmented files built by hand, and damaged files.

use std::io::Cursor;

use mp4_atom::{FourCC, Hdlr, Mdhd, Mvhd, Tfdt, Tfhd, Tkhd, Trex, Trun, TrunEntry, TrunSamples};
use proptest::prelude::*;

use super::boxes::{append, append_container};
use super::*;
use crate::annexb::append_with_start_code;
use crate::video::{ColourDescription, ContentLightLevel, MasteringDisplayColourVolume, Ratio, VideoTags};

const VPS: &[u8] = &[64, 1, 12, 1, 255, 255, 1, 96, 0, 0, 3, 0, 0, 3, 0, 0, 3, 0, 0, 3, 0, 120, 240, 36];
/// Main profile, level 4, 1280x720, 8 bit.
const SPS: &[u8] = &[
    66, 1, 1, 1, 96, 0, 0, 3, 0, 0, 3, 0, 0, 3, 0, 0, 3, 0, 120, 160, 2, 128, 128, 45, 31, 229, 249, 36, 109,
    158, 217,
];
const PPS: &[u8] = &[68, 1, 193, 144, 149, 129, 18];

fn tags() -> VideoTags {
    VideoTags {
        sample_aspect_ratio: Ratio::new(4, 3),
        colour: Some(ColourDescription {
            colour_primaries: 9,
            transfer_characteristics: 16,
            matrix_coeffs: 9,
            video_full_range_flag: false,
        }),
        mastering_display: Some(MasteringDisplayColourVolume {
            display_primaries: [(8500, 39850), (6550, 2300), (35400, 14600)],
            white_point: (15635, 16450),
            max_display_mastering_luminance: 10_000_000,
            min_display_mastering_luminance: 1,
        }),
        content_light: Some(ContentLightLevel {
            max_content_light_level: 1000,
            max_pic_average_light_level: 400,
        }),
    }
}

fn entry() -> VisualEntry {
    let hevc = HevcConfig::from_parameter_sets([VPS, SPS, PPS]).expect("legal");
    VisualEntry { width: 1280, height: 720, hevc: Some(hevc), tags: tags() }
}

fn video() -> VideoTrack {
    VideoTrack { timescale: 12800, frame_duration: 512, entry: entry(), matrix: IDENTITY }
}

/// A sample entry no crate knows, so that only a byte copy keeps it.
fn audio() -> AudioTrack {
    let mut sample_entry = vec![0, 0, 0, 40];
    sample_entry.extend(b"xyza");
    sample_entry.extend([0, 0, 0, 0, 0, 0, 0, 1]);
    sample_entry.extend([0; 20]);
    sample_entry.extend([1, 2, 3, 4]);
    AudioTrack { timescale: 48000, sample_entry, language: "deu".into() }
}

fn picture(kind: u8, fill: u8, size: usize) -> Vec<u8> {
    let mut unit = vec![kind << 1, 1, 0x80];
    unit.resize(size.max(4), fill.max(4));
    unit
}

fn access_unit(units: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    units.iter().for_each(|unit| append_with_start_code(&mut out, unit));
    out
}

/// Four pictures in the order I P B B with audio that begins 1024 samples early.
fn sample_file() -> Vec<u8> {
    let mut muxer = Muxer::new(Cursor::new(Vec::new()), video(), vec![audio()]).expect("legal");
    let order = [(0, -2, true), (3, -1, false), (1, 0, false), (2, 1, false)];
    for (index, &(pts, dts, sync)) in order.iter().enumerate() {
        let slice = picture(if sync { 19 } else { 1 }, index as u8, 30 + index);
        let unit = if sync { access_unit(&[VPS, SPS, PPS, &slice]) } else { access_unit(&[&slice]) };
        muxer.write_video(&unit, pts * 512, dts * 512, sync).expect("memory");
        for frame in 0..2 {
            let number = index as i64 * 2 + frame;
            muxer.write_audio(0, &[number as u8; 7], (number - 1) * 1024, 1024).expect("memory");
        }
    }
    muxer.set_audio_end(0, 7000);
    let mut file = Vec::new();
    muxer.finish(&mut file).expect("memory");
    file
}

#[test]
fn muxed_file_is_demuxed_as_it_was() {
    let file = sample_file();
    let kinds: Vec<_> = boxes::children(&file)
        .map(|child| String::from_utf8_lossy(&child.expect("whole").kind).into_owned())
        .collect();
    assert_eq!(kinds, ["ftyp", "moov", "mdat"]);

    let mut demuxer = Demuxer::open(Cursor::new(&file)).expect("own file");
    assert!(!demuxer.is_fragmented());
    assert_eq!(demuxer.video_track(), Some(0));
    let tracks = demuxer.tracks().to_vec();
    let video = &tracks[0];
    assert!(video.is_hevc());
    assert_eq!((video.timescale, video.matrix, video.rotation()), (12800, IDENTITY, Some(0)));
    assert_eq!(video.visual_entry(0).expect("own entry"), entry());
    let times: Vec<_> =
        video.samples.iter().map(|s| (video.presentation_time(s) / 512, s.dts / 512, s.sync)).collect();
    assert_eq!(times, [(0, 0, true), (3, 1, false), (1, 2, false), (2, 3, false)]);
    assert_eq!(video.presentation.duration, Some(4 * 512));
    let mut data = Vec::new();
    for (index, sample) in video.samples.iter().enumerate() {
        demuxer.read_sample(sample, &mut data).expect("whole");
        let units = entry().hevc.expect("there").split_sample(&data).expect("own lengths");
        assert_eq!(units, [picture(if index == 0 { 19 } else { 1 }, index as u8, 30 + index)]);
    }

    let sound = &tracks[1];
    assert_eq!((sound.kind, sound.timescale, sound.language.as_str()), (TrackKind::Audio, 48000, "deu"));
    assert_eq!(sound.entries, [audio().sample_entry]);
    assert_eq!(sound.presentation_time(&sound.samples[0]), -1024);
    // Durations of edits count in video units: 7000 / 48000 s is 1867 of them, back in audio units 7001.
    assert_eq!(sound.presentation.duration, Some(7001));
    for (index, sample) in sound.samples.iter().enumerate() {
        demuxer.read_sample(sample, &mut data).expect("whole");
        assert_eq!(data, [index as u8; 7]);
    }
    assert_eq!(AudioTrack::copy_of(sound).expect("copyable").sample_entry, audio().sample_entry);
}

#[test]
fn profile_string_comes_from_the_sps() {
    let config = HevcConfig::from_parameter_sets([VPS, SPS, PPS]).expect("legal");
    assert_eq!(config.profile_string(), "1.6.L120");
    assert_eq!(config.parameter_sets().collect::<Vec<_>>(), [VPS, SPS, PPS]);
    assert!(HevcConfig::from_parameter_sets([VPS, PPS]).is_err());
    for cut in 0..20 {
        assert!(HevcConfig::from_parameter_sets([VPS, &SPS[..cut], PPS]).is_err(), "SPS of {cut} bytes");
    }
}

#[test]
fn a_late_start_becomes_an_empty_edit() {
    let mut muxer = Muxer::new(Cursor::new(Vec::new()), video(), Vec::new()).expect("legal");
    muxer.write_video(&access_unit(&[&picture(19, 1, 9)]), 1280, 1280, true).expect("memory");
    let mut file = Vec::new();
    muxer.finish(&mut file).expect("memory");
    let demuxer = Demuxer::open(Cursor::new(file)).expect("own file");
    let track = &demuxer.tracks()[0];
    assert_eq!(track.presentation, Presentation { delay: 1280, media_start: 0, duration: Some(512) });
    assert_eq!(track.presentation_time(&track.samples[0]), 1280);
}

#[test]
fn a_file_without_pictures_is_still_a_file() {
    let muxer = Muxer::new(Cursor::new(Vec::new()), video(), vec![audio()]).expect("legal");
    let mut file = Vec::new();
    muxer.finish(&mut file).expect("memory");
    let demuxer = Demuxer::open(Cursor::new(file)).expect("own file");
    assert!(demuxer.tracks().iter().all(|track| track.samples.is_empty()));
}

#[test]
fn what_a_player_would_choke_on_is_refused() {
    let mut muxer = Muxer::new(Cursor::new(Vec::new()), video(), Vec::new()).expect("legal");
    let unit = access_unit(&[&picture(19, 1, 9)]);
    muxer.write_video(&unit, 0, 0, true).expect("memory");
    assert!(muxer.write_video(&unit, 5, 0, true).is_err(), "same decoding time");
    assert!(muxer.write_video(&unit, 0, 5, true).is_err(), "shown before decoded");
    assert!(muxer.write_video(&access_unit(&[&[68, 1, 5]]), 9, 9, true).is_err(), "another PPS");
    assert!(muxer.write_audio(0, &[1], 0, 1).is_err(), "no such track");
}

/// Moves the media data beyond 4 GiB without writing it.
#[test]
fn large_files_have_wide_offsets() {
    let track = || {
        let mut track = moov::TrackOut::new(12800, "und".into(), moov::Media::Video(Box::new(video())));
        track.samples.push(moov::SampleOut { size: 5, pts: 0, dts: 0, sync: true });
        track
    };
    for payload in [u64::from(u32::MAX) - 600, u64::from(u32::MAX) + 5] {
        let mut track = track();
        track.chunks.push(moov::Chunk { offset: payload - 5, samples: 1 });
        let header = moov::file_header(&[track], payload).expect("fits");
        let demuxer = Demuxer::open(Cursor::new(header.clone())).expect("own file");
        let expected = header.len() as u64 + payload - 5;
        assert!(expected > u64::from(u32::MAX));
        assert_eq!(demuxer.tracks()[0].samples[0].offset, expected);
    }
}

/// `ftyp`, empty `moov` with `mvex`, then fragments of two samples each.
fn fragmented_file(base_is_moof: bool) -> Vec<u8> {
    let mut file = Vec::new();
    append_container(&mut file, b"moov", |out| {
        append(out, &Mvhd::default())?;
        append_container(out, b"trak", |out| {
            append(out, &Tkhd { track_id: 7, ..Tkhd::default() })?;
            append_container(out, b"mdia", |out| {
                append(out, &Mdhd { timescale: 90000, language: "und".into(), ..Mdhd::default() })?;
                append(out, &Hdlr { handler: FourCC::new(b"vide"), name: String::new() })?;
                append_container(out, b"minf", |out| {
                    append_container(out, b"stbl", |out| {
                        append_container(out, b"stsd", |out| {
                            out.extend([0, 0, 0, 0, 0, 0, 0, 1]);
                            entry().append_to(out)
                        })
                    })
                })
            })
        })?;
        append_container(out, b"mvex", |out| {
            append(
                out,
                &Trex {
                    track_id: 7,
                    default_sample_description_index: 1,
                    default_sample_duration: 3600,
                    ..Trex::default()
                },
            )
        })
    })
    .expect("memory");
    for fragment in 0..3u8 {
        let start = file.len();
        let write = |data_offset: i32| {
            let mut out = Vec::new();
            append_container(&mut out, b"moof", |out| {
                append_container(out, b"traf", |out| {
                    append(
                        out,
                        &Tfhd {
                            track_id: 7,
                            base_data_offset: (!base_is_moof).then_some(start as u64),
                            default_base_is_moof: base_is_moof,
                            ..Tfhd::default()
                        },
                    )?;
                    append(out, &Tfdt { base_media_decode_time: u64::from(fragment) * 7200 })?;
                    let sample = |size, flags, cts| TrunEntry {
                        duration: None,
                        size: Some(size),
                        flags: Some(flags),
                        cts: Some(cts),
                    };
                    append(
                        out,
                        &Trun {
                            data_offset: Some(data_offset),
                            samples: TrunSamples::Explicit(vec![
                                sample(3, 0, 3600),
                                sample(2, 1 << 16, -3600),
                            ]),
                        },
                    )
                })
            })
            .expect("memory");
            out
        };
        let size = write(0).len();
        let moof = write(size as i32 + 8);
        file.extend(moof);
        file.extend([0, 0, 0, 13]);
        file.extend(b"mdat");
        file.extend([fragment, fragment, fragment, 100 + fragment, 100 + fragment]);
    }
    file
}

#[test]
fn fragments_become_one_list_of_samples() {
    for base_is_moof in [true, false] {
        let file = fragmented_file(base_is_moof);
        let mut demuxer = Demuxer::open(Cursor::new(&file)).expect("own file");
        assert!(demuxer.is_fragmented());
        let samples = demuxer.tracks()[0].samples.clone();
        let times: Vec<_> = samples.iter().map(|s| (s.dts / 3600, s.composition_offset, s.sync)).collect();
        assert_eq!(
            times,
            [
                (0, 3600, true),
                (1, -3600, false),
                (2, 3600, true),
                (3, -3600, false),
                (4, 3600, true),
                (5, -3600, false)
            ]
        );
        let mut data = Vec::new();
        for (index, sample) in samples.iter().enumerate() {
            demuxer.read_sample(sample, &mut data).expect("whole");
            let fragment = index as u8 / 2;
            let expected = if index % 2 == 0 { vec![fragment; 3] } else { vec![100 + fragment; 2] };
            assert_eq!(data, expected);
        }
    }
}

/// Opens a file and reads every sample of every track, counting those that can be read.
fn read_everything(file: &[u8]) -> crate::Result<usize> {
    let mut demuxer = Demuxer::open(Cursor::new(file))?;
    let mut data = Vec::new();
    let mut whole = 0;
    for track in demuxer.tracks().to_vec() {
        for index in 0..track.entries.len() {
            let _ = track.visual_entry(index);
        }
        let _ = (track.rotation(), track.media_seconds(), track.codec(), AudioTrack::copy_of(&track));
        for sample in &track.samples {
            let _ = track.presentation_time(sample);
            if demuxer.read_sample(sample, &mut data).is_ok() {
                let _ = entry().hevc.map(|config| config.split_sample(&data).is_ok());
                whole += 1;
            }
        }
    }
    Ok(whole)
}

#[test]
fn a_file_cut_anywhere_is_an_error_or_has_fewer_samples() {
    for (file, total) in [(sample_file(), 12), (fragmented_file(true), 6)] {
        assert_eq!(read_everything(&file).expect("whole"), total);
        let mut last = 0;
        for cut in 0..file.len() {
            match read_everything(&file[..cut]) {
                Ok(whole) => {
                    assert!(whole < total && whole >= last, "cut at {cut}: {whole} samples");
                    last = whole;
                }
                Err(_) => assert_eq!(last, 0, "cut at {cut}"),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn damaged_files_do_no_harm(
        fragmented in any::<bool>(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut file = if fragmented { fragmented_file(true) } else { sample_file() };
        for (index, value) in damage {
            let at = index.index(file.len());
            file[at] = value;
        }
        let _ = read_everything(&file);
    }
}
