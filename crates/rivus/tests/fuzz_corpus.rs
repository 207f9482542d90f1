//! Replays the seeds of the fuzz targets, and every input that ever failed, through the functions the fuzzers call.

/// What each fuzz target does, shared with the workspace `fuzz`.
#[path = "../../../fuzz/src/drive/mod.rs"]
pub mod drive;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The files of a folder, in order of their names; none if there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files
}

fn replay(name: &str, run: fn(&[u8]), input: &[u8]) {
    // The name, in case the target panics.
    println!("{name}");
    run(input);
}

/// All inputs under `fuzz/regressions`. A folder there that is no target would never be replayed.
#[test]
fn regressions_stay_fixed() {
    let regressions = folder("fuzz/regressions");
    let known: BTreeSet<PathBuf> = drive::TARGETS.iter().map(|(name, _)| regressions.join(name)).collect();
    let there: BTreeSet<PathBuf> = files(&regressions).into_iter().collect();
    assert!(there.is_subset(&known), "folders without a target: {:?}", there.difference(&known));
    for (name, run) in drive::TARGETS {
        for file in files(&regressions.join(name)) {
            let input = std::fs::read(&file).expect("a readable file");
            replay(&file.display().to_string(), run, &input);
        }
    }
}

/// A sixth of the carried streams, as every target takes them.
#[test]
fn seeds_pass_every_target() {
    let streams = files(&folder("test-vectors/streams"));
    let streams = streams.iter().filter(|path| path.extension().is_some_and(|e| e == "bit"));
    let mut replayed = 0;
    for file in streams.step_by(6) {
        let stream = std::fs::read(file).expect("a readable file");
        for (target, input) in drive::seeds::inputs(&stream) {
            let (name, run) = drive::TARGETS.iter().find(|(name, _)| *name == target).expect("a target");
            replay(&format!("{} as {name}", file.display()), *run, &input);
            replayed += 1;
        }
    }
    assert!(replayed > 100, "only {replayed} seeds");
}

/// Configurations from bytes, as the target `encode_config` makes them: sizes and options differ from case to case.
#[test]
fn encoder_configurations_pass() {
    for case in 0..24u8 {
        let bytes: Vec<u8> = (0..40u8).map(|i| (i.wrapping_mul(37) ^ case).wrapping_mul(case | 1)).collect();
        replay(&format!("configuration {case}"), drive::encode_config, &bytes);
    }
}
