//! What is told about an encode: measurements, CSV, reconstruction, summary.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::PathBuf;

use serde::Serialize;

use super::super::{is_stdout, print_json};
use crate::args::{EncodeArgs, EncodeReportArgs};
use crate::codec::Packet;
use crate::failure::{Failure, InFile, Result, name};
use crate::image::Image;
use crate::input::SourceInfo;
use crate::interrupt::Cleanup;
use crate::metrics::{MetricSummary, PictureScore, Totals, score};
use crate::output::OutputFile;
use crate::output::pictures::PictureWriter;
use crate::progress::{Progress, SCHEMA, Written};
use crate::text::bytes;

/// Sums over pictures of one type.
#[derive(Debug, Clone, Copy, Default)]
struct TypeTotals {
    frames: u64,
    bytes: u64,
    qp: f64,
}

/// Collects what the summary and the files say.
#[derive(Debug)]
pub(super) struct Reports {
    measure: bool,
    ssim: bool,
    /// Source pictures that wait for their reconstruction.
    sources: HashMap<i64, Image>,
    totals: Totals,
    types: BTreeMap<char, TypeTotals>,
    csv: Option<OutputFile>,
    recon: Option<Recon>,
    coded: u64,
}

/// Reconstructed pictures on their way from decoding to display order.
#[derive(Debug)]
struct Recon {
    writer: PictureWriter,
    path: PathBuf,
    waiting: BTreeMap<i64, Image>,
    next: i64,
}

impl Reports {
    /// Opens the files that were asked for.
    pub(super) fn open(args: &EncodeReportArgs, info: &SourceInfo, cleanup: &Cleanup) -> Result<Self> {
        let mut csv = None;
        if let Some(path) = &args.csv {
            let mut file = OutputFile::create(path, cleanup)?;
            let columns = "order,picture,poc,type,layer,qp,bits,psnr_y,psnr_u,psnr_v,ssim_y";
            writeln!(file, "{columns}").in_file(path)?;
            csv = Some(file);
        }
        let mut recon = None;
        if let Some(path) = &args.recon {
            let writer = PictureWriter::create(path, info, cleanup)?;
            recon = Some(Recon { writer, path: path.clone(), waiting: BTreeMap::new(), next: 0 });
        }
        Ok(Self {
            measure: args.psnr || args.ssim,
            ssim: args.ssim,
            sources: HashMap::new(),
            totals: Totals::default(),
            types: BTreeMap::new(),
            csv,
            recon,
            coded: 0,
        })
    }

    /// Keeps a source picture until it comes out of the encoder.
    pub(super) fn remember(&mut self, number: u64, image: &Image) {
        if self.measure {
            self.sources.insert(number as i64, image.clone());
        }
    }

    /// Takes note of a coded picture.
    pub(super) fn add(&mut self, packet: Packet) -> Result<()> {
        let sums = self.types.entry(packet.picture_type).or_default();
        sums.frames += 1;
        sums.bytes += packet.data.len() as u64;
        sums.qp += packet.qp;
        let score = match (self.sources.remove(&packet.pts), &packet.reconstruction) {
            (Some(source), Some(coded)) => Some(score(&source, coded, self.ssim).map_err(Failure::usage)?),
            _ => None,
        };
        if let Some(score) = &score {
            self.totals.add(score);
        }
        if let Some(csv) = &mut self.csv {
            let path = csv.path().to_owned();
            write_csv(csv, self.coded, &packet, score.as_ref()).in_file(&path)?;
        }
        self.coded += 1;
        match (&mut self.recon, packet.reconstruction) {
            (Some(recon), Some(image)) => recon.add(packet.pts, image),
            _ => Ok(()),
        }
    }

    /// Finishes the files and prints the summary.
    pub(super) fn finish(
        self,
        args: &EncodeArgs,
        progress: &Progress,
        description: String,
        written: Written,
        file_bytes: u64,
    ) -> Result<()> {
        self.csv.map(OutputFile::commit).transpose()?;
        if let Some(recon) = self.recon {
            recon.writer.commit(&recon.path)?;
        }
        let types = ['I', 'P', 'B'].into_iter().filter_map(|kind| {
            let sums = self.types.get(&kind)?;
            let qp = sums.qp / sums.frames.max(1) as f64;
            Some(TypeReport { kind, frames: sums.frames, bytes: sums.bytes, qp })
        });
        let elapsed = progress.elapsed();
        let summary = Summary {
            schema: SCHEMA,
            kind: "encode",
            input: name(&args.input),
            input_format: description,
            output: name(&args.output),
            frames: self.coded,
            seconds: elapsed,
            fps: self.coded as f64 / elapsed.max(1e-6),
            video_seconds: written.seconds,
            video_bytes: written.bytes,
            kbps: written.bytes as f64 * 8.0 / 1000.0 / written.seconds.max(1e-6),
            file_bytes,
            types: types.collect(),
            metrics: self.totals.summary(),
        };
        if args.report.json {
            print_json(&summary, is_stdout(&args.output))
        } else {
            summary.lines(args.report.ssim).iter().for_each(|line| progress.say(line));
            Ok(())
        }
    }
}

impl Recon {
    fn add(&mut self, number: i64, image: Image) -> Result<()> {
        self.waiting.insert(number, image);
        while let Some(image) = self.waiting.remove(&self.next) {
            self.writer.write(&image, &self.path)?;
            self.next += 1;
        }
        Ok(())
    }
}

fn write_csv(
    csv: &mut OutputFile,
    order: u64,
    packet: &Packet,
    score: Option<&PictureScore>,
) -> std::io::Result<()> {
    let Packet { pts, poc, picture_type, layer, qp, .. } = packet;
    let bits = packet.data.len() * 8;
    write!(csv, "{order},{pts},{poc},{picture_type},{layer},{qp:.2},{bits}")?;
    match score {
        Some(score) => {
            let [y, u, v] = score.psnr();
            let ssim = score.ssim.map_or(String::new(), |ssim| format!("{:.6}", ssim[0]));
            writeln!(csv, ",{y:.4},{u:.4},{v:.4},{ssim}")
        }
        None => writeln!(csv, ",,,,"),
    }
}

#[derive(Debug, Serialize)]
struct TypeReport {
    #[serde(rename = "type")]
    kind: char,
    frames: u64,
    bytes: u64,
    qp: f64,
}

#[derive(Debug, Serialize)]
struct Summary {
    schema: u32,
    #[serde(rename = "type")]
    kind: &'static str,
    input: String,
    input_format: String,
    output: String,
    frames: u64,
    seconds: f64,
    fps: f64,
    video_seconds: f64,
    video_bytes: u64,
    kbps: f64,
    file_bytes: u64,
    types: Vec<TypeReport>,
    #[serde(flatten)]
    metrics: Option<MetricSummary>,
}

impl Summary {
    /// For people.
    fn lines(&self, ssim: bool) -> Vec<String> {
        let mut lines = vec![format!(
            "{} frames in {:.2} s ({:.2} fps): {:.1} kb/s, {} in {}",
            self.frames,
            self.seconds,
            self.fps,
            self.kbps,
            bytes(self.file_bytes),
            self.output
        )];
        for kind in &self.types {
            let average = kind.bytes as f64 / kind.frames.max(1) as f64;
            lines.push(format!(
                "{} {:>6} frames, QP {:>5.2}, {} each",
                kind.kind,
                kind.frames,
                kind.qp,
                bytes(average.round() as u64)
            ));
        }
        if let Some(metrics) = &self.metrics {
            lines.push(format!("PSNR {:.3}, 6:1:1 {:.3} dB", metrics.psnr_mean, metrics.psnr_mean_611));
            if let (true, Some(values), Some(decibels)) = (ssim, &metrics.ssim, metrics.ssim_db) {
                lines.push(format!("SSIM {values:.6} ({decibels:.3} dB)"));
            }
        }
        lines
    }
}
