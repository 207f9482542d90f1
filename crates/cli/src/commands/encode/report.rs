//! What is told about an encode: measurements, CSV, trace, reconstruction, summary.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::PathBuf;

use rivus::StageTimes;

use super::super::{is_stdout, json_text, print_json};
use super::summary::{Outcome, Tally};
use crate::args::{EncodeArgs, EncodeReportArgs};
use crate::codec::Packet;
use crate::failure::{Failure, InFile, Result};
use crate::image::Image;
use crate::input::SourceInfo;
use crate::interrupt::Cleanup;
use crate::metrics::{PictureScore, score};
use crate::output::OutputFile;
use crate::output::pictures::PictureWriter;
use crate::progress::Progress;

/// Columns of the CSV file before those of the stages.
const COLUMNS: &str = "order,picture,poc,type,layer,qp,bits,psnr_y,psnr_u,psnr_v,ssim_y,slice_qp,intra,inter,skip,\
                       recodes,buffer_bits";

/// Collects what the summary and the files say.
#[derive(Debug)]
pub(super) struct Reports {
    measure: bool,
    ssim: bool,
    /// Source pictures that wait for their reconstruction.
    sources: HashMap<i64, Image>,
    tally: Tally,
    csv: Option<OutputFile>,
    stats: Option<OutputFile>,
    trace: Option<OutputFile>,
    recon: Option<Recon>,
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
        let open = |path: &Option<PathBuf>| {
            path.as_deref().map(|path| OutputFile::create(path, cleanup)).transpose()
        };
        let mut csv = open(&args.csv)?;
        if let Some(csv) = &mut csv {
            let stages = StageTimes::default().stages();
            let stages: String = stages.iter().map(|(name, _)| format!(",{name}_ms")).collect();
            put(csv, &format!("{COLUMNS}{stages}\n"))?;
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
            tally: Tally::default(),
            csv,
            stats: open(&args.stats_json)?,
            trace: open(&args.trace)?,
            recon,
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
        let score = match (self.sources.remove(&packet.pts), &packet.reconstruction) {
            (Some(source), Some(coded)) => Some(score(&source, coded, self.ssim).map_err(Failure::usage)?),
            _ => None,
        };
        if let Some(csv) = &mut self.csv {
            put(csv, &csv_line(self.tally.frames(), &packet, score.as_ref()))?;
        }
        self.tally.add(&packet, score.as_ref());
        if let (Some(file), Some(lines)) = (&mut self.trace, &packet.trace) {
            put(file, lines)?;
        }
        match (&mut self.recon, packet.reconstruction) {
            (Some(recon), Some(image)) => recon.add(packet.pts, image),
            _ => Ok(()),
        }
    }

    /// Finishes the files and prints the summary.
    pub(super) fn finish(self, args: &EncodeArgs, progress: &Progress, outcome: Outcome<'_>) -> Result<()> {
        for file in [self.csv, self.trace].into_iter().flatten() {
            file.commit()?;
        }
        if let Some(recon) = self.recon {
            recon.writer.commit(&recon.path)?;
        }
        let summary = self.tally.summary(args, outcome, progress.elapsed());
        if let Some(mut file) = self.stats {
            put(&mut file, &(json_text(&summary)? + "\n"))?;
            file.commit()?;
        }
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

fn put(file: &mut OutputFile, text: &str) -> Result<()> {
    let path = file.path().to_owned();
    file.write_all(text.as_bytes()).in_file(&path)
}

/// A line of the CSV file.
fn csv_line(order: u64, packet: &Packet, score: Option<&PictureScore>) -> String {
    let Packet { pts, poc, picture_type, layer, qp, slice_qp, recodes, .. } = packet;
    let bits = packet.data.len() * 8;
    let mut fields = vec![format!("{order},{pts},{poc},{picture_type},{layer},{qp:.2},{bits}")];
    match score {
        Some(score) => {
            fields.extend(score.psnr().map(|value| format!("{value:.4}")));
            fields.push(score.ssim.map_or(String::new(), |ssim| format!("{:.6}", ssim[0])));
        }
        None => fields.resize(fields.len() + 4, String::new()),
    }
    fields.push(slice_qp.to_string());
    fields.extend(packet.shares.map(|share| format!("{share:.4}")));
    fields.push(recodes.to_string());
    fields.push(packet.buffer_bits.map_or(String::new(), |bits| format!("{bits:.0}")));
    for (_, time) in packet.times.unwrap_or_default().stages() {
        fields.push(format!("{:.3}", 1000.0 * time.as_secs_f64()));
    }
    fields.join(",") + "\n"
}
