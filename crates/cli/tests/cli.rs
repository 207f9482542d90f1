//! The program as its users meet it: exit codes, messages, files.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn rivus(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rivus")).args(args).stdin(Stdio::null()).output().expect("runs")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("ended by itself")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn clip() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/clips/bunny_854x480.mp4")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// A y4m file of `frames` pictures of 16x16 with a moving ramp.
fn y4m(frames: usize, offset: usize) -> Vec<u8> {
    let mut data = b"YUV4MPEG2 W16 H16 F25:1 Ip A1:1 C420jpeg\n".to_vec();
    for frame in 0..frames {
        data.extend(b"FRAME\n");
        data.extend((0..16 * 16 * 3 / 2).map(|i| ((i * 3 + frame * 5 + offset) % 200 + 20) as u8));
    }
    data
}

/// A failing command must say one line, name the file, and not panic.
fn assert_one_line(output: &Output, name: &str) {
    let said = stderr(output);
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(said.starts_with("rivus: ") && said.contains(name), "{said}");
}

#[test]
fn wrong_options_end_with_2() {
    assert_eq!(code(&rivus(&[])), 2);
    assert_eq!(code(&rivus(&["transcode"])), 2);
    assert_eq!(code(&rivus(&["encode", "in.y4m"])), 2);
    assert_eq!(code(&rivus(&["encode", "in.y4m", "-o", "out.mp4", "--crf", "20", "--qp", "20"])), 2);
    let output = rivus(&["encode", "in.y4m", "-o", "out.avi"]);
    assert_eq!(code(&output), 2);
    assert_one_line(&output, "out.avi");
}

#[test]
fn help_and_version_end_with_0() {
    for args in [&["--help"][..], &["--version"], &["encode", "-h"], &["decode", "--help"]] {
        let output = rivus(args);
        assert_eq!(code(&output), 0, "{args:?}");
        assert!(!output.stdout.is_empty());
    }
    assert!(stdout(&rivus(&["--help"])).contains("130  interrupted"));
}

#[test]
fn missing_and_foreign_files_are_named() {
    let dir = tempfile::tempdir().expect("temp dir");
    let junk = dir.path().join("junk.y4m");
    std::fs::write(&junk, b"no video at all").expect("writable");
    let empty = dir.path().join("empty.hevc");
    std::fs::write(&empty, b"").expect("writable");
    let out = dir.path().join("out.y4m");
    for (args, name) in [
        (&["info", "/nonexistent.mp4"][..], "/nonexistent.mp4"),
        (&["info", text(&junk)], "junk.y4m"),
        (&["info", text(&empty)], "empty.hevc"),
        (&["compare", text(&junk), text(&junk)], "junk.y4m"),
        (&["decode", text(&empty), "-o", text(&out)], "empty.hevc"),
        (&["encode", text(&junk), "-o", "/nonexistent/out.hevc"], "junk.y4m"),
    ] {
        let output = rivus(args);
        assert_eq!(code(&output), 1, "{args:?}: {}", stderr(&output));
        assert_one_line(&output, name);
    }
    assert_eq!(std::fs::read_dir(dir.path()).expect("readable").count(), 2, "no output is left");
}

#[test]
fn info_describes_the_clip() {
    let output = rivus(&["info", "--json", "--frames", text(&clip())]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let info: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(info["schema"], 1);
    assert_eq!(info["container"]["codec_string"], "hvc1.1.6.L90.90");
    assert_eq!(info["sequences"][0]["profile"], "Main");
    assert_eq!((&info["sequences"][0]["width"], &info["sequences"][0]["height"]), (&854.into(), &480.into()));
    assert_eq!(info["pictures"]["count"], 132);
    assert_eq!(info["frames"].as_array().map(Vec::len), Some(132));
    assert_eq!(info["frames"][0]["type"], "I");
    let text_output = stdout(&rivus(&["info", text(&clip())]));
    assert!(text_output.contains("track 2   audio mp4a"), "{text_output}");
}

#[test]
fn a_clip_cut_off_is_reported_not_a_crash() {
    let data = std::fs::read(clip()).expect("clip");
    let dir = tempfile::tempdir().expect("temp dir");
    let path = dir.path().join("cut.mp4");
    for cut in [10, 100, 1000, 9000, data.len() / 2] {
        std::fs::write(&path, &data[..cut]).expect("writable");
        let output = rivus(&["info", text(&path)]);
        assert!(matches!(code(&output), 1 | 4), "cut at {cut}: {}", stderr(&output));
        assert_one_line(&output, "cut.mp4");
    }
}

#[test]
fn compare_measures_and_counts() {
    let dir = tempfile::tempdir().expect("temp dir");
    let (a, b, short) = (dir.path().join("a.y4m"), dir.path().join("b.y4m"), dir.path().join("short.y4m"));
    std::fs::write(&a, y4m(3, 0)).expect("writable");
    std::fs::write(&b, y4m(3, 1)).expect("writable");
    std::fs::write(&short, y4m(2, 0)).expect("writable");
    let csv = dir.path().join("frames.csv");

    let same = rivus(&["compare", "--json", text(&a), text(&a)]);
    let report: serde_json::Value = serde_json::from_slice(&same.stdout).expect("JSON");
    assert_eq!((code(&same), &report["frames"], &report["psnr_611"]), (0, &3.into(), &100.0.into()));

    let other = rivus(&["compare", "--json", "--csv", text(&csv), text(&a), text(&b)]);
    let report: serde_json::Value = serde_json::from_slice(&other.stdout).expect("JSON");
    let psnr = report["psnr"]["y"].as_f64().expect("number");
    assert!((20.0..60.0).contains(&psnr), "{psnr}");
    assert_eq!(std::fs::read_to_string(&csv).expect("there").lines().count(), 4);

    let uneven = rivus(&["compare", text(&a), text(&short)]);
    assert_eq!(code(&uneven), 3);
    assert_one_line(&uneven, "a.y4m");
    assert!(stdout(&uneven).contains("frames         2"));
    assert_eq!(code(&rivus(&["compare", "--frames", "2", text(&a), text(&short)])), 0);
}

/// MD5 of the clip's pictures, on which FFmpeg agrees.
const CLIP_MD5: &str = "52cc6e4d439d98454070cac69708454b";

#[test]
fn decode_gives_the_right_samples_in_every_form() {
    let dir = tempfile::tempdir().expect("temp dir");
    let output = rivus(&["decode", "--md5", "-q", text(&clip())]);
    assert_eq!((code(&output), stdout(&output).trim()), (0, CLIP_MD5), "{}", stderr(&output));

    let (y4m, yuv) = (dir.path().join("out.y4m"), dir.path().join("out.yuv"));
    for path in [&y4m, &yuv] {
        let output = rivus(&["decode", "--json", "--frames", "9", "-o", text(path), text(&clip())]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!((&report["schema"], &report["frames"]), (&1.into(), &9.into()));
    }
    let (header, frames) =
        (b"YUV4MPEG2 W854 H480 F25:1 Ip A1280:1281 C420mpeg2\n".len(), 854 * 480 * 3 / 2 * 9);
    assert_eq!(std::fs::metadata(&y4m).expect("there").len() as usize, header + frames + 9 * 6);
    assert_eq!(std::fs::metadata(&yuv).expect("there").len() as usize, frames);
    let output = rivus(&["compare", "--json", "--frames", "9", text(&clip()), text(&y4m)]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((code(&output), &report["psnr_611"]), (0, &100.0.into()));
}

#[test]
fn decode_leaves_out_what_skip_names() {
    let stream = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/streams/rs_cra_first.bit");
    let pictures = |skip: &str| {
        let output = rivus(&["decode", text(&stream), "--md5", "--json", "--verify", "--skip", skip]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        report["frames"].as_u64().expect("a number")
    };
    // Two CRA pictures; RASL pictures of the first are never decoded.
    assert_eq!(pictures("nonkey"), 2);
    assert!(pictures("nonkey") <= pictures("nonintra") && pictures("nonintra") < pictures("none"));
    assert!(pictures("nonref") <= pictures("none"));
    assert_eq!(code(&rivus(&["decode", text(&stream), "--md5", "--skip", "some"])), 2);
}

#[test]
fn encode_is_what_decode_shows() {
    let dir = tempfile::tempdir().expect("temp dir");
    let (mp4, hevc) = (dir.path().join("out.mp4"), dir.path().join("out.hevc"));
    let (recon, csv) = (dir.path().join("recon.yuv"), dir.path().join("out.csv"));
    let options = ["--preset", "fast", "--crf", "30", "--seek", "20", "--frames", "5", "--hash", "md5"];
    let encode = |output: &Path, more: &[&str]| {
        let mut args = vec!["encode", "--json", "-q", "-o", text(output)];
        args.extend(options.iter().chain(more));
        let clip = clip();
        args.push(text(&clip));
        let result = rivus(&args);
        assert_eq!(code(&result), 0, "{}", stderr(&result));
        serde_json::from_slice::<serde_json::Value>(&result.stdout).expect("JSON")
    };
    let report = encode(&mp4, &["--psnr", "--recon", text(&recon), "--csv", text(&csv)]);
    assert_eq!((&report["schema"], &report["frames"]), (&1.into(), &5.into()));
    assert!(report["psnr"]["y"].as_f64().expect("measured") > 30.0);
    assert_eq!(std::fs::read_to_string(&csv).expect("there").lines().count(), 6);
    assert_eq!(std::fs::metadata(&mp4).expect("there").len(), report["file_bytes"]);
    encode(&hevc, &[]);

    for coded in [&mp4, &hevc] {
        let decoded = dir.path().join("decoded.yuv");
        let output = rivus(&["decode", "--json", "--verify", "-q", "-o", text(&decoded), text(coded)]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!((&report["frames"], &report["hashes_checked"]), (&5.into(), &5.into()));
        let same = std::fs::read(&decoded).expect("there") == std::fs::read(&recon).expect("there");
        assert!(same, "the decoder shows what the encoder reconstructed");
    }
    let output = rivus(&["info", "--json", text(&mp4)]);
    let info: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let tracks = info["container"]["tracks"].as_array().expect("list");
    assert_eq!((tracks.len(), &tracks[1]["codec"]), (2, &"mp4a".into()));
    assert!((tracks[0]["seconds"].as_f64().expect("number") - 0.2).abs() < 1e-9);
}

/// Summary, CSV and trace of one encode tell the same story, each with what was asked for.
#[test]
fn reports_agree_with_each_other() {
    let dir = tempfile::tempdir().expect("temp dir");
    let path = |name: &str| dir.path().join(name);
    let (input, out) = (path("a.y4m"), path("out.hevc"));
    let (csv, stats, trace) = (path("f.csv"), path("s.json"), path("t.txt"));
    std::fs::write(&input, y4m(9, 0)).expect("writable");
    let output = rivus(
        &[
            &["encode", "-q", text(&input), "-o", text(&out), "--preset", "fast", "--psnr", "--json"][..],
            &["--bitrate", "100", "--vbv-maxrate", "150", "--vbv-bufsize", "150"],
            &[
                "--csv",
                text(&csv),
                "--stats-json",
                text(&stats),
                "--trace",
                text(&trace),
                "--trace-frames",
                "2..4",
            ],
        ]
        .concat(),
    );
    assert_eq!(code(&output), 0, "{}", stderr(&output));

    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let stats = std::fs::read_to_string(&stats).expect("there");
    let stats: serde_json::Value = serde_json::from_str(&stats).expect("JSON");
    assert_eq!(stats, printed);
    assert_eq!(
        (&stats["schema"], &stats["type"], &stats["frames"]),
        (&1.into(), &"encode".into(), &9.into())
    );
    let number = |value: &serde_json::Value| value.as_f64().expect("a number");
    for (groups, key) in [("types", "type"), ("layers", "layer")] {
        let groups = stats[groups].as_array().expect("a list");
        let sum = |name: &str| groups.iter().map(|group| number(&group[name])).sum::<f64>();
        assert_eq!((sum("frames"), sum("bytes")), (9.0, number(&stats["video_bytes"])));
        for group in groups {
            assert!(!group[key].is_null() && number(&group["psnr"]["y"]) > 20.0, "{group}");
        }
    }
    assert_eq!((&stats["settings"]["preset"], &stats["settings"]["crf"]), (&"fast".into(), &"28".into()));
    let control = &stats["rate_control"];
    assert_eq!((&control["mode"], number(&control["wanted"])), (&"bitrate".into(), 100.0));
    assert!((0.0..=150_000.0).contains(&number(&control["buffer"]["least_bits"])), "{control}");
    let stages = stats["stage_seconds"].as_object().expect("times");
    assert!(stages.len() == 6 && number(&stages["analysis"]) > 0.0, "{stages:?}");

    let csv = std::fs::read_to_string(&csv).expect("there");
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let columns = lines.next().expect("names");
    let rows: Vec<Vec<&str>> = lines.collect();
    let column = |name: &str| -> Vec<f64> {
        let at = columns.iter().position(|column| *column == name).unwrap_or_else(|| panic!("no {name}"));
        rows.iter().map(|row| row[at].parse().unwrap_or_else(|_| panic!("{name}: {row:?}"))).collect()
    };
    assert_eq!(column("bits").iter().sum::<f64>(), 8.0 * number(&stats["video_bytes"]));
    for (share, rest) in column("intra").iter().zip(column("inter").iter().zip(column("skip"))) {
        assert!((share + rest.0 + rest.1 - 1.0).abs() < 0.001);
    }
    assert!(column("buffer_bits").iter().all(|bits| (0.0..=150_000.0).contains(bits)));
    assert_eq!((column("recodes").len(), column("layer")[0], column("slice_qp").len()), (9, 0.0, 9));
    for stage in stages.keys() {
        let sum = column(&format!("{stage}_ms")).iter().sum::<f64>() / 1000.0;
        assert!((sum - number(&stages[stage])).abs() < 0.001, "{stage}: {sum}");
    }

    let trace = std::fs::read_to_string(&trace).expect("there");
    let mut pictures: Vec<&str> =
        trace.lines().filter(|line| line.starts_with("pic ")).map(|line| &line[..9]).collect();
    pictures.sort_unstable();
    assert_eq!(pictures, ["pic pic=2", "pic pic=3"]);
    for options in [&["--trace", "t", "--trace-frames", "4..2"][..], &["--trace-frames", "1..2"]] {
        assert_eq!(code(&rivus(&[&["encode", text(&input), "-o", text(&out)], options].concat())), 2);
    }
}

#[test]
fn json_progress_is_json_on_every_line() {
    let dir = tempfile::tempdir().expect("temp dir");
    let (input, out) = (dir.path().join("a.y4m"), dir.path().join("out.mp4"));
    std::fs::write(&input, y4m(3, 0)).expect("writable");
    let output = rivus(&["encode", "--progress", "json", "--preset", "fast", text(&input), "-o", text(&out)]);
    assert_eq!(code(&output), 0);
    let lines: Vec<serde_json::Value> = stderr(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .collect();
    assert!(lines.iter().all(|line| line["schema"] == 1));
    assert!(lines.iter().any(|line| line["type"] == "progress" && line["frames"] == 3));
}

#[test]
fn what_the_encoder_refuses_is_a_wrong_option() {
    let dir = tempfile::tempdir().expect("temp dir");
    let (input, out) = (dir.path().join("a.y4m"), dir.path().join("out.hevc"));
    std::fs::write(&input, y4m(1, 0)).expect("writable");
    for (options, part) in [
        (&["--crf", "99"][..], "crf"),
        (&["--preset", "swift"], "preset"),
        (&["-x", "no-such-option=1"], "no-such-option"),
        (&["--output-depth", "12"], "output-depth"),
        (&["--seek", "5"], "has only 1"),
    ] {
        let mut args = vec!["encode", "-q", "-o", text(&out), text(&input)];
        args.extend(options);
        let output = rivus(&args);
        assert!(matches!(code(&output), 1 | 2), "{options:?}");
        assert_one_line(&output, part);
    }
    std::fs::write(&input, y4m(0, 0)).expect("writable");
    let output = rivus(&["encode", "-q", "-o", text(&out), text(&input)]);
    assert_eq!(code(&output), 1);
    assert_one_line(&output, "no pictures");
    assert!(!out.exists());
}

#[test]
fn decode_of_a_cut_clip_writes_what_there_is() {
    let dir = tempfile::tempdir().expect("temp dir");
    let (cut, out) = (dir.path().join("cut.mp4"), dir.path().join("out.y4m"));
    let data = std::fs::read(clip()).expect("clip");
    std::fs::write(&cut, &data[..data.len() / 4]).expect("writable");
    let output = rivus(&["decode", "-q", "-o", text(&out), text(&cut)]);
    assert_eq!(code(&output), 4);
    assert_one_line(&output, "cut.mp4");
    assert!(std::fs::metadata(&out).expect("there").len() > 854 * 480);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_nothing() {
    let dir = tempfile::tempdir().expect("temp dir");
    let (out, raw) = (dir.path().join("out.csv"), dir.path().join("a.yuv"));
    let picture = vec![7; 16 * 16 * 3 / 2];
    std::fs::write(&raw, &picture).expect("writable");
    let mut child = Command::new(env!("CARGO_BIN_EXE_rivus"))
        .args(["compare", "--csv", text(&out), "--input-res", "16x16", "-", text(&raw)])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("runs");
    let files = || std::fs::read_dir(dir.path()).expect("readable").count();
    // After one picture standard input stays open and silent, so the program waits with its output begun.
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(&picture).expect("read");
    for _ in 0..200 {
        std::thread::sleep(std::time::Duration::from_millis(50));
        if files() == 2 {
            break;
        }
    }
    assert_eq!(files(), 2, "the input and a temporary file");
    // The shell's own `kill`: small systems have no program of that name.
    let interrupt = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &interrupt]).status().expect("sh").success());
    assert_eq!(child.wait().expect("ends").code(), Some(130));
    assert_eq!(files(), 1, "the input alone");
}

#[test]
fn raw_video_needs_its_size() {
    let dir = tempfile::tempdir().expect("temp dir");
    let raw = dir.path().join("a.yuv");
    std::fs::write(&raw, vec![7; 16 * 16 * 3 / 2 * 2]).expect("writable");
    let output = rivus(&["compare", text(&raw), text(&raw)]);
    assert_eq!(code(&output), 2);
    assert_one_line(&output, "--input-res");
    let output = rivus(&["compare", "--input-res", "16x16", text(&raw), text(&raw)]);
    assert_eq!((code(&output), stdout(&output).lines().next()), (0, Some("frames         2")));
    let output = rivus(&["compare", "--input-res", "16x17", text(&raw), text(&raw)]);
    assert_one_line(&output, "picture 1: the input ends after");
}
