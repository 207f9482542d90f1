//! `rivus decode`: HEVC to uncompressed pictures, with checks.

use rivus::Skip;
use serde::Serialize;

use super::{is_stdout, print_json, print_text};
use crate::args::{DecodeArgs, SkipPictures};
use crate::codec::{Damage, DecodeSettings};
use crate::failure::{Code, DamageLog, Failure, Result, name};
use crate::image::OutputHash;
use crate::input::PictureSource;
use crate::input::hevc::HevcInput;
use crate::interrupt::Cleanup;
use crate::output::pictures::PictureWriter;
use crate::progress::{Progress, SCHEMA};

#[derive(Debug, Serialize)]
struct Report {
    schema: u32,
    #[serde(rename = "type")]
    kind: &'static str,
    input: String,
    frames: u64,
    seconds: f64,
    fps: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    md5: Option<String>,
    concealed: u64,
    hashes_checked: u64,
    hash_mismatches: u64,
}

/// Runs the command.
pub(crate) fn run(args: &DecodeArgs, cleanup: &Cleanup) -> Result<()> {
    let settings = DecodeSettings {
        threads: args.threads.unwrap_or(0),
        verify_hash: args.verify,
        skip: match args.skip {
            SkipPictures::None => Skip::Nothing,
            SkipPictures::Nonref => Skip::NonReference,
            SkipPictures::Nonintra => Skip::NonIntra,
            SkipPictures::Nonkey => Skip::NonKey,
        },
    };
    let mut source = HevcInput::open(&args.input, args.fps, settings)?;
    let info = source.info().clone();
    let mut output = match &args.output {
        Some(path) => Some((PictureWriter::create(path, &info, cleanup)?, path)),
        None => None,
    };
    // With pictures left out, the number in the container says nothing.
    let known = info.frames.filter(|_| args.skip == SkipPictures::None);
    let total = args.frames.into_iter().chain(known).min();
    let mut progress = Progress::new(&args.progress, "decoded", total);
    let mut hash = args.md5.then(OutputHash::default);
    let mut frames = 0;
    let mut log = DamageLog::default();
    while args.frames.is_none_or(|limit| frames < limit) {
        let picture = source.next_picture()?;
        log.add(&args.input, source.take_messages(), |line| progress.say(line));
        let Some(picture) = picture else {
            break;
        };
        if let Some((writer, path)) = &mut output {
            writer.write(&picture.image, path)?;
        }
        if let Some(hash) = &mut hash {
            hash.add(&picture.image);
        }
        frames += 1;
        progress.update(frames, None);
    }
    progress.finish(frames, None);
    // A stream without pictures leaves no file that looks like a result.
    if frames == 0 && args.frames != Some(0) {
        let damage = log.first().unwrap_or("holds no HEVC picture");
        return Err(Failure::in_file(&args.input, format!("no picture could be decoded: {damage}")));
    }
    if let Some((writer, path)) = output {
        writer.commit(path)?;
    }
    let damage = source.damage();
    let seconds = progress.elapsed();
    let report = Report {
        schema: SCHEMA,
        kind: "decode",
        input: name(&args.input),
        frames,
        seconds,
        fps: frames as f64 / seconds.max(1e-6),
        md5: hash.map(OutputHash::finish),
        concealed: damage.concealed,
        hashes_checked: damage.hashes_checked,
        hash_mismatches: damage.hash_mismatches,
    };
    print_report(args, &report, &progress)?;
    verdict(args, frames, log, damage)
}

fn print_report(args: &DecodeArgs, report: &Report, progress: &Progress) -> Result<()> {
    let to_stdout = args.output.as_deref().is_some_and(is_stdout);
    if args.json {
        return print_json(report, to_stdout);
    }
    if let Some(md5) = &report.md5 {
        print_text(md5, to_stdout)?;
    }
    progress.say(&format!("{} frames in {:.2} s, {:.1} fps", report.frames, report.seconds, report.fps));
    if args.verify {
        let (checked, wrong) = (report.hashes_checked, report.hash_mismatches);
        progress.say(&format!("{checked} of {} frames carry a hash, {wrong} do not match", report.frames));
    }
    Ok(())
}

/// What the exit code says.
fn verdict(args: &DecodeArgs, frames: u64, log: DamageLog, damage: Damage) -> Result<()> {
    if damage.hash_mismatches > 0 {
        let (wrong, checked) = (damage.hash_mismatches, damage.hashes_checked);
        let reason = format!("{}: {wrong} of {checked} picture hashes do not match", name(&args.input));
        return Err(Failure::new(Code::Mismatch, reason));
    }
    log.verdict(&format!("{frames} pictures decoded, {} concealed in part", damage.concealed))?;
    if damage.concealed > 0 {
        let reason =
            format!("{}: {} of {frames} pictures concealed in part", name(&args.input), damage.concealed);
        return Err(Failure::new(Code::Damaged, reason));
    }
    Ok(())
}
