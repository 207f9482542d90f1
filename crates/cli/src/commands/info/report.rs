//! The report: as JSON through serde, as text for people.

use std::fmt::Write;

use rivus_syntax::slice_header::SliceType;
use serde::Serialize;

use super::scan::{PictureInfo, Scan};
use super::sequence::SequenceReport;
use crate::progress::SCHEMA;
use crate::text::bytes;

/// Everything `rivus info` says.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    schema: u32,
    #[serde(rename = "type")]
    kind: &'static str,
    file: String,
    container: ContainerReport,
    sequences: Vec<SequenceReport>,
    pictures: PicturesReport,
    gop: GopReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    frames: Option<Vec<FrameReport>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    issues: Vec<String>,
}

/// What is around the stream.
#[derive(Debug, Serialize)]
pub(super) struct ContainerReport {
    pub(super) format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) brand: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fragmented: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) codec_string: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rotation: Option<u16>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tracks: Vec<TrackReport>,
}

impl ContainerReport {
    /// No container.
    pub(super) fn byte_stream() -> Self {
        Self {
            format: "Annex B",
            brand: None,
            fragmented: None,
            codec_string: None,
            rotation: None,
            tracks: Vec::new(),
        }
    }
}

/// A track of an MP4 file.
#[derive(Debug, Serialize)]
pub(super) struct TrackReport {
    pub(super) id: u32,
    pub(super) kind: String,
    pub(super) codec: Option<String>,
    pub(super) language: String,
    pub(super) samples: usize,
    pub(super) seconds: f64,
}

#[derive(Debug, Serialize)]
struct PicturesReport {
    count: usize,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kbps: Option<f64>,
    types: Vec<TypeReport>,
}

#[derive(Debug, Serialize)]
struct TypeReport {
    #[serde(rename = "type")]
    kind: char,
    count: usize,
    mean_bytes: f64,
    mean_qp: f64,
}

#[derive(Debug, Serialize)]
struct GopReport {
    keyframes: usize,
    min_length: usize,
    max_length: usize,
    mean_length: f64,
    /// Some keyframe is followed by pictures that are shown before it and refer beyond it.
    open: bool,
    /// Most B pictures in a row in display order.
    max_b_run: usize,
    temporal_layers: u8,
}

#[derive(Debug, Serialize)]
struct FrameReport {
    order: usize,
    poc: i32,
    #[serde(rename = "type")]
    kind: char,
    nal: String,
    temporal_id: u8,
    bytes: u64,
    qp: f64,
    slices: u32,
    l0: usize,
    l1: usize,
}

fn letter(kind: SliceType) -> char {
    match kind {
        SliceType::I => 'I',
        SliceType::P => 'P',
        SliceType::B => 'B',
    }
}

impl Report {
    /// Sums up a scan; `with_frames` adds a list of all pictures.
    pub(super) fn new(file: String, container: ContainerReport, scan: &Scan, with_frames: bool) -> Self {
        let sequences: Vec<SequenceReport> = scan.sequences.iter().map(SequenceReport::new).collect();
        let rate = sequences.first().and_then(|sequence| sequence.frame_rate);
        let seconds = scan.seconds.or(rate.map(|rate| scan.pictures.len() as f64 / rate));
        let frame = |(order, picture): (usize, &PictureInfo)| FrameReport {
            order,
            poc: picture.poc,
            kind: letter(picture.slice_type),
            nal: format!("{:?}", picture.nal_unit_type),
            temporal_id: picture.temporal_id,
            bytes: picture.bytes,
            qp: picture.qp,
            slices: picture.slices,
            l0: picture.references.0,
            l1: picture.references.1,
        };
        Self {
            schema: SCHEMA,
            kind: "info",
            file,
            container,
            sequences,
            pictures: PicturesReport::new(&scan.pictures, seconds),
            gop: GopReport::new(&scan.pictures),
            frames: with_frames.then(|| scan.pictures.iter().enumerate().map(frame).collect()),
            issues: scan.issues.clone(),
        }
    }

    /// For people.
    pub(super) fn to_text(&self) -> String {
        let mut out = String::new();
        // Writing into a String cannot fail.
        let _ = self.write_text(&mut out);
        out
    }

    fn write_text(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "file        {}", self.file)?;
        self.write_container(out)?;
        for sequence in &self.sequences {
            write_sequence(out, sequence)?;
        }
        let pictures = &self.pictures;
        write!(out, "pictures    {}, {}", pictures.count, bytes(pictures.bytes))?;
        if let (Some(seconds), Some(kbps)) = (pictures.seconds, pictures.kbps) {
            write!(out, ", {seconds:.2} s, {kbps:.1} kb/s")?;
        }
        writeln!(out)?;
        for kind in &pictures.types {
            let size = bytes(kind.mean_bytes.round() as u64);
            writeln!(out, "  {} {:>6}  mean {size}, QP {:.2}", kind.kind, kind.count, kind.mean_qp)?;
        }
        let gop = &self.gop;
        writeln!(
            out,
            "GOP         {} keyframes, {} to {} pictures apart (mean {:.1}), {}, at most {} B in a row, {} temporal layers",
            gop.keyframes,
            gop.min_length,
            gop.max_length,
            gop.mean_length,
            if gop.open { "open" } else { "closed" },
            gop.max_b_run,
            gop.temporal_layers
        )?;
        if let Some(frames) = &self.frames {
            writeln!(
                out,
                "{:>7} {:>7} type layer {:>10} {:>6} slices refs  NAL",
                "order", "poc", "bytes", "QP"
            )?;
            for f in frames {
                let (kind, layer, size, qp) = (f.kind, f.temporal_id, f.bytes, f.qp);
                write!(out, "{:>7} {:>7} {kind:>4} {layer:>5} {size:>10} {qp:>6.2} ", f.order, f.poc)?;
                writeln!(out, "{:>6} {}+{}   {}", f.slices, f.l0, f.l1, f.nal)?;
            }
        }
        Ok(())
    }

    fn write_container(&self, out: &mut String) -> std::fmt::Result {
        let container = &self.container;
        write!(out, "container   {}", container.format)?;
        if let Some(brand) = &container.brand {
            write!(out, " ({})", brand.trim())?;
        }
        if container.fragmented == Some(true) {
            write!(out, ", fragmented")?;
        }
        if let Some(codec) = &container.codec_string {
            write!(out, ", {codec}")?;
        }
        if let Some(rotation @ 1..) = container.rotation {
            write!(out, ", rotated {rotation}°")?;
        }
        writeln!(out)?;
        for track in &container.tracks {
            let codec = track.codec.as_deref().unwrap_or("?");
            let (id, kind, samples, seconds) = (track.id, &track.kind, track.samples, track.seconds);
            writeln!(
                out,
                "  track {id}   {kind} {codec}, {samples} samples, {seconds:.2} s, {}",
                track.language
            )?;
        }
        Ok(())
    }
}

fn write_sequence(out: &mut String, sequence: &SequenceReport) -> std::fmt::Result {
    let s = sequence;
    write!(
        out,
        "sequence    {}, {} tier, level {:.1}, {}x{}",
        s.profile, s.tier, s.level, s.width, s.height
    )?;
    write!(out, " (coded {}x{}), {}, {} bit", s.coded_width, s.coded_height, s.chroma, s.bit_depth_luma)?;
    if s.bit_depth_chroma != s.bit_depth_luma {
        write!(out, " (chroma {})", s.bit_depth_chroma)?;
    }
    if let Some(rate) = s.frame_rate {
        write!(out, ", {rate:.3} fps")?;
    }
    writeln!(out)?;
    write!(
        out,
        "  blocks    CTB {}, CB from {}, TB {} to {}",
        s.ctb_size, s.min_cb_size, s.transform_sizes.0, s.transform_sizes.1
    )?;
    writeln!(
        out,
        "; DPB {} pictures, {} reordered, {} temporal layers",
        s.dpb_pictures, s.reorder_pictures, s.temporal_layers
    )?;
    if let Some(shape) = &s.sample_aspect_ratio {
        writeln!(out, "  samples   {shape}")?;
    }
    if let Some(c) = &s.colour {
        let range = if c.full_range { "full" } else { "limited" };
        writeln!(
            out,
            "  colour    primaries {}, transfer {}, matrix {}, {range} range",
            c.primaries, c.transfer, c.matrix
        )?;
    }
    if let Some(hrd) = &s.hrd {
        let mode = if hrd.cbr { "constant" } else { "variable" };
        writeln!(out, "  HRD       {} bit/s, buffer {} bits, {mode} rate", hrd.bit_rate, hrd.cpb_size)?;
    }
    writeln!(out, "  tools     {}", s.tools.join(", "))
}

impl PicturesReport {
    fn new(pictures: &[PictureInfo], seconds: Option<f64>) -> Self {
        let total: u64 = pictures.iter().map(|picture| picture.bytes).sum();
        let seconds = seconds.filter(|&seconds| seconds > 0.0);
        let types = [SliceType::I, SliceType::P, SliceType::B].into_iter().filter_map(|kind| {
            let of_kind = || pictures.iter().filter(move |picture| picture.slice_type == kind);
            let count = of_kind().count();
            (count > 0).then(|| TypeReport {
                kind: letter(kind),
                count,
                mean_bytes: of_kind().map(|picture| picture.bytes).sum::<u64>() as f64 / count as f64,
                mean_qp: of_kind().map(|picture| picture.qp).sum::<f64>() / count as f64,
            })
        });
        Self {
            count: pictures.len(),
            bytes: total,
            seconds,
            kbps: seconds.map(|seconds| total as f64 * 8.0 / 1000.0 / seconds),
            types: types.collect(),
        }
    }
}

impl GopReport {
    fn new(pictures: &[PictureInfo]) -> Self {
        let keys: Vec<usize> =
            (0..pictures.len()).filter(|&index| pictures[index].nal_unit_type.is_irap()).collect();
        let ends = keys.iter().skip(1).copied().chain([pictures.len()]);
        let lengths: Vec<usize> = keys.iter().zip(ends).map(|(&start, end)| end - start).collect();
        Self {
            keyframes: keys.len(),
            min_length: lengths.iter().copied().min().unwrap_or(0),
            max_length: lengths.iter().copied().max().unwrap_or(0),
            mean_length: lengths.iter().sum::<usize>() as f64 / lengths.len().max(1) as f64,
            open: pictures.iter().any(|picture| picture.nal_unit_type.is_rasl()),
            max_b_run: longest_b_run(pictures),
            temporal_layers: pictures.iter().map(|picture| picture.temporal_id + 1).max().unwrap_or(0),
        }
    }
}

/// Counts within each coded video sequence in order of picture order count.
fn longest_b_run(pictures: &[PictureInfo]) -> usize {
    let mut longest = 0;
    let restarts = |picture: &PictureInfo| picture.nal_unit_type.is_idr() || picture.nal_unit_type.is_bla();
    for sequence in pictures.chunk_by(|_, next| !restarts(next)) {
        let mut shown: Vec<&PictureInfo> = sequence.iter().collect();
        shown.sort_by_key(|picture| picture.poc);
        let runs = shown.chunk_by(|a, b| (a.slice_type == SliceType::B) == (b.slice_type == SliceType::B));
        let b_runs = runs.filter(|run| run.first().is_some_and(|picture| picture.slice_type == SliceType::B));
        longest = longest.max(b_runs.map(<[_]>::len).max().unwrap_or(0));
    }
    longest
}
