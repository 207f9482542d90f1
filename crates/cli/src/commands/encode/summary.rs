//! What is said of a whole encode: for people as lines, for machines as one JSON object.

use std::collections::BTreeMap;

use rivus::StageTimes;
use serde::Serialize;

use crate::args::EncodeArgs;
use crate::codec::Packet;
use crate::failure::name;
use crate::metrics::{MetricSummary, PictureScore, Totals};
use crate::progress::{SCHEMA, Written};
use crate::text::bytes;
use crate::usage;

/// Sums over some of the pictures.
#[derive(Debug, Clone, Default)]
struct Sums {
    frames: u64,
    bytes: u64,
    qp: f64,
    shares: [f64; 3],
    scores: Totals,
}

impl Sums {
    fn add(&mut self, packet: &Packet, score: Option<&PictureScore>) {
        self.frames += 1;
        self.bytes += packet.data.len() as u64;
        self.qp += packet.qp;
        self.shares.iter_mut().zip(packet.shares).for_each(|(sum, share)| *sum += share);
        if let Some(score) = score {
            self.scores.add(score);
        }
    }

    fn report(&self) -> Group {
        let count = self.frames.max(1) as f64;
        let [intra, inter, skip] = self.shares.map(|sum| sum / count);
        Group {
            frames: self.frames,
            bytes: self.bytes,
            qp: self.qp / count,
            intra,
            inter,
            skip,
            metrics: self.scores.summary(),
        }
    }
}

/// Counts pictures while they are coded.
#[derive(Debug, Default)]
pub(super) struct Tally {
    all: Sums,
    types: BTreeMap<char, Sums>,
    layers: BTreeMap<u8, Sums>,
    times: Option<StageTimes>,
    recodes: u64,
    /// Fewest bits in the decoder's buffer after a picture is taken out.
    least_buffered: Option<f64>,
}

/// What is known when all pictures are coded.
#[derive(Debug)]
pub(super) struct Outcome<'a> {
    pub(super) input_format: String,
    /// All options of the encoder with their final values.
    pub(super) settings: &'a BTreeMap<&'static str, String>,
    pub(super) written: Written,
    pub(super) file_bytes: u64,
}

impl Tally {
    /// Pictures so far.
    pub(super) fn frames(&self) -> u64 {
        self.all.frames
    }

    /// Takes note of a coded picture.
    pub(super) fn add(&mut self, packet: &Packet, score: Option<&PictureScore>) {
        let sums = [
            &mut self.all,
            self.types.entry(packet.picture_type).or_default(),
            self.layers.entry(packet.layer).or_default(),
        ];
        sums.into_iter().for_each(|sums| sums.add(packet, score));
        if let Some(times) = packet.times {
            *self.times.get_or_insert_default() += times;
        }
        self.recodes += u64::from(packet.recodes);
        if let Some(before) = packet.buffer_bits {
            let after = before - 8.0 * packet.data.len() as f64;
            self.least_buffered = Some(self.least_buffered.map_or(after, |least| least.min(after)));
        }
    }

    /// The summary after `seconds`.
    pub(super) fn summary<'a>(&self, args: &EncodeArgs, outcome: Outcome<'a>, seconds: f64) -> Summary<'a> {
        let Outcome { input_format, settings, written, file_bytes } = outcome;
        let types = ['I', 'P', 'B']
            .into_iter()
            .filter_map(|kind| Some(TypeReport { kind, pictures: self.types.get(&kind)?.report() }));
        let layers = self.layers.iter();
        Summary {
            schema: SCHEMA,
            kind: "encode",
            input: name(&args.input),
            input_format,
            output: name(&args.output),
            frames: self.all.frames,
            seconds,
            fps: self.all.frames as f64 / seconds.max(1e-6),
            cpu_seconds: usage::cpu_seconds(),
            peak_memory_bytes: usage::peak_memory(),
            video_seconds: written.seconds,
            video_bytes: written.bytes,
            kbps: written.bytes as f64 * 8.0 / 1000.0 / written.seconds.max(1e-6),
            file_bytes,
            types: types.collect(),
            layers: layers.map(|(&layer, sums)| LayerReport { layer, pictures: sums.report() }).collect(),
            rate_control: self.rate_control(settings),
            stage_seconds: self
                .times
                .map(|times| times.stages().map(|(stage, time)| (stage, time.as_secs_f64())).into()),
            settings,
            metrics: self.all.scores.summary(),
        }
    }

    fn rate_control(&self, settings: &BTreeMap<&'static str, String>) -> RateReport {
        let number = |name: &str| settings.get(name).and_then(|value| value.parse::<f64>().ok());
        let set = |name| number(name).filter(|&value| value > 0.0);
        let (mode, wanted) = match (number("qp"), set("bitrate")) {
            (Some(qp), _) => ("qp", qp),
            (None, Some(kbps)) => ("bitrate", kbps),
            (None, None) => ("crf", number("crf").unwrap_or_default()),
        };
        let buffer = self.least_buffered.map(|least| BufferReport {
            maxrate_kbps: number("vbv-maxrate").unwrap_or_default(),
            size_bits: 1000.0 * number("vbv-bufsize").unwrap_or_default(),
            least_bits: least,
            recodes: self.recodes,
        });
        RateReport { mode, wanted, buffer }
    }
}

/// Pictures that have something in common.
#[derive(Debug, Serialize)]
struct Group {
    frames: u64,
    bytes: u64,
    qp: f64,
    intra: f64,
    inter: f64,
    skip: f64,
    #[serde(flatten)]
    metrics: Option<MetricSummary>,
}

#[derive(Debug, Serialize)]
struct TypeReport {
    #[serde(rename = "type")]
    kind: char,
    #[serde(flatten)]
    pictures: Group,
}

#[derive(Debug, Serialize)]
struct LayerReport {
    layer: u8,
    #[serde(flatten)]
    pictures: Group,
}

#[derive(Debug, Serialize)]
struct RateReport {
    mode: &'static str,
    wanted: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    buffer: Option<BufferReport>,
}

#[derive(Debug, Serialize)]
struct BufferReport {
    maxrate_kbps: f64,
    size_bits: f64,
    least_bits: f64,
    recodes: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Summary<'a> {
    schema: u32,
    #[serde(rename = "type")]
    kind: &'static str,
    input: String,
    input_format: String,
    output: String,
    frames: u64,
    seconds: f64,
    fps: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_memory_bytes: Option<u64>,
    video_seconds: f64,
    video_bytes: u64,
    kbps: f64,
    file_bytes: u64,
    types: Vec<TypeReport>,
    layers: Vec<LayerReport>,
    rate_control: RateReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage_seconds: Option<BTreeMap<&'static str, f64>>,
    settings: &'a BTreeMap<&'static str, String>,
    #[serde(flatten)]
    metrics: Option<MetricSummary>,
}

impl Summary<'_> {
    /// For people.
    pub(super) fn lines(&self, ssim: bool) -> Vec<String> {
        let mut lines = vec![format!(
            "{} frames in {:.2} s ({:.2} fps): {:.1} kb/s, {} in {}",
            self.frames,
            self.seconds,
            self.fps,
            self.kbps,
            bytes(self.file_bytes),
            self.output
        )];
        for TypeReport { kind, pictures } in &self.types {
            let average = pictures.bytes as f64 / pictures.frames.max(1) as f64;
            lines.push(format!(
                "{kind} {:>6} frames, QP {:>5.2}, {} each",
                pictures.frames,
                pictures.qp,
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
