//! The command line of x265: flags, messages, exit codes.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs `rivus x265` with the words of `line`, and `{}` in them replaced by `dir`.
fn x265(dir: &Path, line: &str, input: &[u8]) -> Output {
    let words = line.replace("{}", dir.to_str().expect("UTF-8"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_rivus"))
        .arg("x265")
        .args(words.split(' '))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("runs");
    // The program may end before it has read all.
    let _ = child.stdin.take().expect("piped").write_all(input);
    child.wait_with_output().expect("ends")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Samples of `frames` pictures of 64x48 with a moving ramp.
fn samples(frames: usize) -> Vec<Vec<u8>> {
    let picture = |frame| (0..64 * 48 * 3 / 2).map(|i| ((i * 3 + frame * 5) % 200 + 20) as u8).collect();
    (0..frames).map(picture).collect()
}

fn y4m(frames: usize) -> Vec<u8> {
    let mut data = b"YUV4MPEG2 W64 H48 F25:1 Ip A1:1 C420jpeg\n".to_vec();
    for picture in samples(frames) {
        data.extend(b"FRAME\n");
        data.extend(picture);
    }
    data
}

/// Pictures in a byte stream, counted by decoding it.
fn pictures(path: &Path) -> usize {
    let mut decoder = rivus::Decoder::new(rivus::DecoderConfig::default()).expect("a decoder");
    decoder.send_data(&std::fs::read(path).expect("written"), None);
    decoder.flush();
    std::iter::from_fn(|| decoder.next_picture().expect("decodes")).count()
}

#[test]
fn y4m_by_pipe_as_scripts_do() {
    let dir = tempfile::tempdir().expect("a directory");
    let line =
        "--y4m --preset ultrafast --crf 30 --frames 12 - -o {}/out.hevc --csv {}/log.csv --csv-log-level 1";
    let output = x265(dir.path(), line, &y4m(20));
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("x265 [info]: HEVC encoder version 3.5+rivus-"), "{said}");
    assert!(said.contains("/12 frames, ") && said.contains(" kb/s, eta 0:00:"), "{said}");
    let last = said.lines().last().expect("lines");
    assert!(
        last.starts_with("encoded 12 frames in ") && last.contains("s (") && last.contains(", Avg QP:"),
        "{last}"
    );
    assert_eq!(pictures(&dir.path().join("out.hevc")), 12);
    let csv = std::fs::read_to_string(dir.path().join("log.csv")).expect("written");
    assert_eq!(csv.lines().count(), 13);
    assert!(csv.lines().nth(1).expect("a row").starts_with("0, I-SLICE,    0, "), "{csv}");
}

#[test]
fn raw_input_with_ten_bits_out() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("in.yuv"), samples(6).concat()).expect("written");
    let line = "--input {}/in.yuv --input-res 64x48 --fps 25 -D 10 --seek 2 -p ultrafast --no-progress --log-level warning --tskip {}/out.265";
    let output = x265(dir.path(), line, &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output), "x265 [warning]: tskip: has no counterpart\n");
    assert_eq!(pictures(&dir.path().join("out.265")), 4);
}

#[test]
fn wrong_flags_are_named() {
    let dir = tempfile::tempdir().expect("a directory");
    for (line, code, expected) in [
        ("- -o {}/out.hevc --presett slow", 1, "there is no option presett, the nearest is preset"),
        ("- -o {}/out.hevc --crf 99", 1, "crf: 99 is not legal, expected a number in 0..=51"),
        ("{}/none.y4m -o {}/out.hevc", 1, "none.y4m"),
        ("-o {}/out.hevc", 1, "output file not given"),
        ("- -o {}/out.hevc --qpmin 40 --qpmax 30", 2, "qpmin and qpmax contradict"),
    ] {
        let output = x265(dir.path(), line, &y4m(1));
        assert_eq!(output.status.code(), Some(code), "{line}: {}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{line}: {}", stderr(&output));
        assert!(!dir.path().join("out.hevc").exists());
    }
}

#[cfg(unix)]
#[test]
fn the_name_of_the_program_decides() {
    let dir = tempfile::tempdir().expect("a directory");
    let name = dir.path().join("x265");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_rivus"), &name).expect("a link");
    let output = Command::new(&name).arg("--version").output().expect("runs");
    assert!(output.status.success());
    assert!(stderr(&output).starts_with("x265 [info]: HEVC encoder version "));
}
