//! `rivus compare`: PSNR and SSIM of one video against another.

use std::io::Write;

use serde::Serialize;

use super::{print_json, print_text};
use crate::args::CompareArgs;
use crate::failure::{Code, DamageLog, Failure, InFile, Result, name};
use crate::input;
use crate::interrupt::Cleanup;
use crate::metrics::{MetricSummary, PictureScore, Totals, score};
use crate::output::OutputFile;
use crate::progress::{Progress, SCHEMA};

#[derive(Debug, Serialize)]
struct Report {
    schema: u32,
    #[serde(rename = "type")]
    kind: &'static str,
    reference: String,
    distorted: String,
    frames: u64,
    #[serde(flatten)]
    metrics: Option<MetricSummary>,
}

/// Runs the command.
pub(crate) fn run(args: &CompareArgs, cleanup: &Cleanup) -> Result<()> {
    let mut reference = input::open(&args.reference, &args.raw, 0)?;
    let mut distorted = input::open(&args.distorted, &args.raw, 0)?;
    let total = [args.frames, reference.info().frames, distorted.info().frames].into_iter().flatten().min();
    let mut progress = Progress::new(&args.progress, "compared", total);
    let mut csv = args.csv.as_deref().map(|path| open_csv(path, cleanup)).transpose()?;
    let mut totals = Totals::default();
    let mut frames = 0;
    let mut surplus = None;
    let mut log = DamageLog::default();
    while args.frames.is_none_or(|limit| frames < limit) {
        let pair = (reference.next_picture()?, distorted.next_picture()?);
        log.add(&args.reference, reference.take_messages(), |line| progress.say(line));
        log.add(&args.distorted, distorted.take_messages(), |line| progress.say(line));
        let (first, second) = match pair {
            (Some(first), Some(second)) => (first, second),
            (None, None) => break,
            (Some(_), None) => {
                surplus = Some(&args.reference);
                break;
            }
            (None, Some(_)) => {
                surplus = Some(&args.distorted);
                break;
            }
        };
        let score = score(&first.image, &second.image, true)
            .map_err(|reason| Failure::in_file(&args.distorted, format!("picture {frames}: {reason}")))?;
        if let Some(csv) = &mut csv {
            let path = csv.path().to_owned();
            write_csv(csv, frames, &score).in_file(&path)?;
        }
        totals.add(&score);
        frames += 1;
        progress.update(frames, None);
    }
    progress.finish(frames, None);
    csv.map(OutputFile::commit).transpose()?;
    let report = Report {
        schema: SCHEMA,
        kind: "compare",
        reference: name(&args.reference),
        distorted: name(&args.distorted),
        frames,
        metrics: totals.summary(),
    };
    if args.json {
        print_json(&report, false)?;
    } else {
        print_text(&to_text(&report), false)?;
    }
    match surplus {
        None => log.verdict(&format!("{frames} pictures were compared")),
        Some(path) => Err(Failure::new(
            Code::Mismatch,
            format!("{}: has more pictures than the other input; {frames} were compared", name(path)),
        )),
    }
}

fn to_text(report: &Report) -> String {
    let mut lines = vec![format!("frames         {}", report.frames)];
    if let Some(metrics) = &report.metrics {
        lines.push(format!("PSNR overall   {:.3}  6:1:1 {:.3} dB", metrics.psnr, metrics.psnr_611));
        lines.push(format!("PSNR per frame {:.3}  6:1:1 {:.3} dB", metrics.psnr_mean, metrics.psnr_mean_611));
        if let (Some(ssim), Some(decibels)) = (&metrics.ssim, metrics.ssim_db) {
            lines.push(format!("SSIM           {ssim:.6}  ({decibels:.3} dB)"));
        }
    }
    lines.join("\n")
}

fn open_csv(path: &std::path::Path, cleanup: &Cleanup) -> Result<OutputFile> {
    let mut csv = OutputFile::create(path, cleanup)?;
    writeln!(csv, "frame,psnr_y,psnr_u,psnr_v,psnr_611,ssim_y,ssim_u,ssim_v").in_file(path)?;
    Ok(csv)
}

fn write_csv(csv: &mut OutputFile, frame: u64, score: &PictureScore) -> std::io::Result<()> {
    let [y, u, v] = score.psnr();
    let [ssim_y, ssim_u, ssim_v] = score.ssim.unwrap_or_default();
    let weighted = score.psnr_611();
    writeln!(csv, "{frame},{y:.4},{u:.4},{v:.4},{weighted:.4},{ssim_y:.6},{ssim_u:.6},{ssim_v:.6}")
}
