//! From the slice segments of a picture to a picture in decoding.

use crate::coded_picture::{AnyPicture, CodedPicture, DecodeSample, Outcome, Undecoded};
use crate::error::{Issue, Reason};
use crate::frame_ctx::{FrameCtx, Segment};
use crate::frame_job::FrameJob;
use crate::memory::Memory;
use crate::output::PictureType;
use crate::pieces::{SegmentLayout, divide};
use crate::sequence::Handle;
use crate::tasks::Executor;
use rivus_coding::dpb::References;
use rivus_coding::motion::field::MotionField;
use rivus_kernels::Kernels;
use rivus_picture::{Band, PictureFormat, PlaneHash, Pool};
use rivus_recon::in_loop::FilterParams;
use rivus_recon::inter::PredWeights;
use rivus_recon::params::ReconParams;
use rivus_syntax::nal::NalUnitType;
use rivus_syntax::ps::ActivePps;
use rivus_syntax::slice_header::{SliceSegmentHeader, SliceType};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Padding of pictures in samples. Few vectors reach farther outside; filling more would cost more than copying for those.
const PADDING: usize = 16;

/// A slice segment as received.
pub(crate) struct ReceivedSegment {
    pub(crate) nal: u64,
    pub(crate) nal_unit_type: NalUnitType,
    pub(crate) header: SliceSegmentHeader,
    /// Its RBSP.
    pub(crate) data: Vec<u8>,
    /// Its substreams as ranges of `data`.
    pub(crate) substreams: Vec<Range<usize>>,
}

/// A picture whose slice segments are being received.
pub(crate) struct ReceivedPicture {
    /// Parameter sets.
    pub(crate) active: ActivePps,
    /// PicOrderCntVal.
    pub(crate) poc: i32,
    /// It precedes the recovery point that decoding began at, and may be wrong.
    pub(crate) recovering: bool,
    /// Where it will be found.
    pub(crate) handle: Handle,
    /// Pictures it may refer to; all are there.
    pub(crate) references: References<Handle>,
    /// How many of them stand in for missing ones.
    pub(crate) missing_references: u32,
    /// Slice segments by first CTU in tile scan.
    pub(crate) segments: BTreeMap<u32, ReceivedSegment>,
    /// Picture hash per plane, and its NAL unit.
    pub(crate) hash: Option<(u64, Vec<PlaneHash>)>,
}

impl ReceivedPicture {
    /// The most general slice type.
    pub(crate) fn picture_type(&self) -> PictureType {
        let of = |slice_type| match slice_type {
            SliceType::I => PictureType::I,
            SliceType::P => PictureType::P,
            SliceType::B => PictureType::B,
        };
        self.segments.values().map(|segment| of(segment.header.slice_type)).max().unwrap_or_default()
    }
}

/// What pictures of one sample type and format are made with.
pub(crate) struct Engine<S: DecodeSample> {
    kernels: &'static Kernels<S>,
    memory: Arc<Memory<S>>,
    format: PictureFormat,
    ctb_log2_size: u8,
}

impl<S: DecodeSample> Engine<S> {
    /// For pictures of this format.
    pub(crate) fn new(format: PictureFormat, ctb_log2_size: u8, kernels: &'static Kernels<S>) -> Self {
        Self { kernels, memory: Arc::default(), format, ctb_log2_size }
    }

    /// Whether it serves pictures of this format.
    pub(crate) fn fits(&self, format: &PictureFormat, ctb_log2_size: u8) -> bool {
        self.format == *format && self.ctb_log2_size == ctb_log2_size
    }

    /// A picture to be decoded; none if the pool has no room for it.
    pub(crate) fn picture(&self, pool: &Pool, poc: i32) -> Option<Undecoded<S>> {
        let (samples, bands) = pool.picture(self.format, 1 << self.ctb_log2_size, PADDING)?;
        let size = (self.format.width as u32, self.format.height as u32);
        let motion = MotionField::new(poc, size, self.ctb_log2_size);
        Some((Arc::new(CodedPicture::new(samples, motion)), bands))
    }

    /// 8.3.3.2: a grey picture without motion, for a reference that is missing.
    pub(crate) fn grey_picture(&self, pool: &Pool, poc: i32) -> Option<Arc<CodedPicture<S>>> {
        let (picture, bands) = self.picture(pool, poc)?;
        let grey = std::array::from_fn(|plane| S::from_i32(1 << (self.format.bit_depth(plane) - 1)));
        for (row, mut band) in bands.into_iter().enumerate() {
            band.fill(grey);
            band.publish();
            picture.motion.publish(row, picture.motion.begin_row());
        }
        picture.completion.set(Arc::new(Outcome::default()));
        Some(picture)
    }

    /// Whether the picture can serve as reference: same sample type and format.
    pub(crate) fn usable<'a>(&self, picture: &'a AnyPicture) -> Option<&'a Arc<CodedPicture<S>>> {
        S::of(picture).filter(|picture| *picture.samples.format() == self.format)
    }

    /// Starts decoding a picture. Returns what is wrong with its slice segments.
    pub(crate) fn start(
        &self,
        received: ReceivedPicture,
        picture: Arc<CodedPicture<S>>,
        bands: Vec<Band<S>>,
        previous: Option<&AnyPicture>,
        executor: &Executor,
    ) -> Vec<Issue> {
        let mut issues = vec![];
        let ReceivedPicture { active, poc, references, segments, hash, .. } = received;
        let table: Vec<_> = references
            .table
            .iter()
            .filter_map(|reference| reference.handle.as_ref())
            // Only intra pictures may be left with such as references, and they do not refer to them.
            .filter(|handle| !handle.is_skipped())
            .filter_map(|handle| self.usable(&handle.picture).cloned())
            .collect();
        let mut usable = vec![];
        let mut layouts = vec![];
        for (start, received) in segments {
            let (nal, nal_unit_type) = (received.nal, Some(received.nal_unit_type));
            let layout = SegmentLayout {
                start,
                dependent: received.header.dependent_slice_segment_flag,
                substreams: received.substreams.clone(),
            };
            match segment(received, poc, &active, &references) {
                Ok(mut segment) => {
                    if segment.slice_start > start {
                        // A dependent segment that came late, after a slice farther on: it goes on with the slice before it.
                        issues.push(Issue { nal, nal_unit_type, reason: Reason::SlicePosition(start) });
                        segment.slice_start =
                            usable.last().map_or(start, |before: &Segment| before.slice_start);
                    }
                    usable.push(segment);
                    layouts.push(layout);
                }
                Err(reason) => issues.push(Issue { nal, nal_unit_type, reason }),
            }
        }
        number_slices(&mut usable);
        let width_ctb = active.sps.pic_width_in_ctbs();
        let layout =
            divide(&active.derived, width_ctb, active.pps.entropy_coding_sync_enabled_flag, &layouts);
        for index in layout.overfull {
            let segment = &usable[index];
            let reason = Reason::SlicePosition(layouts[index].start);
            issues.push(Issue { nal: segment.nal, nal_unit_type: Some(segment.nal_unit_type), reason });
        }
        let nearest = table.iter().min_by_key(|reference| reference.motion.poc().abs_diff(poc)).cloned();
        let previous = previous.and_then(|picture| self.usable(picture)).cloned();
        let ctx = FrameCtx {
            format: self.format,
            poc,
            kernels: self.kernels,
            picture,
            reference_samples: table.iter().map(|reference| Arc::clone(&reference.samples)).collect(),
            references_complete: table.iter().all(|reference| reference.is_complete()),
            stand_in: nearest.or(previous),
            references: table,
            segments: usable,
            pieces: layout.pieces,
            recon: ReconParams::new(&active.sps, &active.pps),
            filter: FilterParams::new(&active.sps, &active.pps),
            hash,
            width_ctb,
            active,
        };
        FrameJob::start(ctx, bands, layout.chains, executor.clone(), Arc::clone(&self.memory));
        issues
    }
}

/// Numbers the slices that the segments, in order, belong to, from 1: a CTU that is missing is in none of them, see
/// [`CtuFilter::MISSING`](rivus_recon::in_loop::CtuFilter::MISSING).
fn number_slices(segments: &mut [Segment]) {
    let mut number = 0;
    let mut start = None;
    for segment in segments {
        if start != Some(segment.slice_start) {
            number += 1;
        }
        start = Some(segment.slice_start);
        segment.slice_idx = number;
    }
}

/// Reference lists and weights of a slice segment.
fn segment(
    received: ReceivedSegment,
    poc: i32,
    active: &ActivePps,
    references: &References<Handle>,
) -> Result<Segment, Reason> {
    let ReceivedSegment { nal, nal_unit_type, header, data, .. } = received;
    let motion = references.slice_motion(&header, &active.pps, poc)?;
    let collocated = motion.collocated.map(usize::from).filter(|&index| index < references.table.len());
    Ok(Segment {
        nal,
        nal_unit_type,
        data,
        slice_start: active.derived.ctb_addr_rs_to_ts[header.slice_addr_rs as usize],
        slice_idx: 0,
        motion,
        weights: header
            .pred_weight_table
            .as_deref()
            .map(|table| Box::new(PredWeights::new(table, &active.sps))),
        collocated,
        header,
    })
}
