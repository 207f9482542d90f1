//! The clip of the repository through the demuxer, the muxer and the demuxer again; FFmpeg has its say where it is there.

use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::{Path, PathBuf};
use std::process::Command;

use rivus_stream::annexb::append_with_start_code;
use rivus_stream::mp4::{AudioTrack, Demuxer, Muxer, Track, TrackKind, VideoTrack};

fn clip() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/clips/bunny_854x480.mp4")
}

/// Copies the clip sample by sample, audio between video as it is due.
fn remux() -> Vec<u8> {
    let mut demuxer = Demuxer::open(BufReader::new(File::open(clip()).expect("clip"))).expect("good file");
    let video = demuxer.tracks()[demuxer.video_track().expect("video")].clone();
    let audio = demuxer.tracks().iter().find(|track| track.kind == TrackKind::Audio).expect("audio").clone();
    let entry = video.visual_entry(0).expect("good entry");
    let config = entry.hevc.clone().expect("HEVC");
    let target = VideoTrack { timescale: video.timescale, frame_duration: 512, entry, matrix: video.matrix };
    let copy = AudioTrack::copy_of(&audio).expect("AAC");
    let mut muxer = Muxer::new(Cursor::new(Vec::new()), target, vec![copy]).expect("good tracks");
    let mut data = Vec::new();
    let mut heard = audio.samples.iter().peekable();
    for sample in &video.samples {
        let pts = video.presentation_time(sample);
        let dts = pts - i64::from(sample.composition_offset);
        let due = |s: &&rivus_stream::mp4::Sample| {
            s.dts * i64::from(video.timescale) <= dts * i64::from(audio.timescale)
        };
        while let Some(sound) = heard.next_if(due) {
            demuxer.read_sample(sound, &mut data).expect("whole");
            muxer.write_audio(0, &data, audio.presentation_time(sound), sound.duration).expect("memory");
        }
        demuxer.read_sample(sample, &mut data).expect("whole");
        let mut unit = Vec::new();
        for nal in config.split_sample(&data).expect("whole") {
            append_with_start_code(&mut unit, nal);
        }
        muxer.write_video(&unit, pts, dts, sample.sync).expect("good order");
    }
    for sound in heard {
        demuxer.read_sample(sound, &mut data).expect("whole");
        muxer.write_audio(0, &data, audio.presentation_time(sound), sound.duration).expect("memory");
    }
    let end = audio.presentation.duration.map(|duration| duration + audio.presentation.delay);
    if let Some(end) = end {
        muxer.set_audio_end(0, end);
    }
    let mut file = Vec::new();
    muxer.finish(&mut file).expect("memory");
    file
}

fn times(track: &Track) -> Vec<(i64, u32, bool)> {
    track.samples.iter().map(|s| (track.presentation_time(s), s.duration, s.sync)).collect()
}

#[test]
fn the_copy_has_the_same_tracks() {
    let file = remux();
    let mut source = Demuxer::open(BufReader::new(File::open(clip()).expect("clip"))).expect("good file");
    let mut copy = Demuxer::open(Cursor::new(file)).expect("own file");
    let (before, after) = (source.tracks().to_vec(), copy.tracks().to_vec());
    assert_eq!(after.len(), 2);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((before.timescale, before.kind), (after.timescale, after.kind));
        assert_eq!(times(before), times(after));
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for (x, y) in before.samples.iter().zip(&after.samples) {
            source.read_sample(x, &mut a).expect("whole");
            copy.read_sample(y, &mut b).expect("whole");
            assert_eq!(a, b);
        }
    }
    assert_eq!(
        before[0].visual_entry(0).expect("good").hevc.map(|hevc| hevc.profile_string()),
        Some("1.6.L90.90".into())
    );
    let hevc = |track: &Track| track.visual_entry(0).expect("good").hevc.map(|hevc| hevc.profile_string());
    assert_eq!(hevc(&before[0]), hevc(&after[0]));
    assert_eq!(before[1].entries, after[1].entries);
}

#[test]
fn ffprobe_finds_nothing_odd() {
    let probe = |path: &Path, entries: &str, stream: &str| {
        let output = Command::new("ffprobe")
            .args(["-v", "warning", "-select_streams", stream, "-show_entries", entries, "-of", "csv=p=0"])
            .arg(path)
            .output();
        output.ok().map(|output| {
            assert!(output.stderr.is_empty(), "ffprobe: {}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8_lossy(&output.stdout).into_owned()
        })
    };
    let path = std::env::temp_dir().join(format!("rivus-remux-{}.mp4", std::process::id()));
    std::fs::write(&path, remux()).expect("temporary directory");
    let stream = "stream=codec_tag_string,width,height,start_pts,duration_ts,nb_frames,level";
    let Some(video) = probe(&path, stream, "v:0") else {
        eprintln!("skipped: no ffprobe on PATH");
        let _ = std::fs::remove_file(&path);
        return;
    };
    assert_eq!(video.trim(), "hvc1,854,480,90,0,67584,132");
    for (stream, packets) in [("v:0", 132), ("a:0", 249)] {
        let list = probe(&path, "packet=pts,dts", stream).expect("was there");
        assert_eq!(Some(&list), probe(&clip(), "packet=pts,dts", stream).as_ref(), "times of {stream}");
        assert_eq!(list.lines().count(), packets);
    }
    let _ = std::fs::remove_file(&path);
}
