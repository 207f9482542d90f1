//! Everything about a picture that is fixed before its slice data is decoded, and what changes meanwhile.

use crate::chain::Chain;
use crate::coded_picture::{CodedPicture, DecodeSample, Outcome};
use crate::error::{Issue, Reason};
use crate::memory::Memory;
use crate::pieces::Piece;
use crate::rows::Row;
use crate::sync::Mutex;
use crate::tasks::{Executor, Job, lock};
use rivus_coding::ctu::record::SaoParams;
use rivus_coding::motion::{MotionCtx, SliceMotion};
use rivus_kernels::Kernels;
use rivus_picture::{
    Band, DividedBand, HashMethod, PictureFormat, PlaneHash, Sample, SharedPicture, plane_hash,
};
use rivus_recon::in_loop::{CtuFilter, FilterParams, InLoopWalk, RowFilterInfo};
use rivus_recon::inter::PredWeights;
use rivus_recon::params::ReconParams;
use rivus_syntax::cabac::ContextSet;
use rivus_syntax::nal::NalUnitType;
use rivus_syntax::ps::ActivePps;
use rivus_syntax::slice_header::{SliceSegmentHeader, SliceType};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A slice segment of the picture.
pub(crate) struct Segment {
    /// Number of its NAL unit.
    pub(crate) nal: u64,
    /// Type of its NAL unit.
    pub(crate) nal_unit_type: NalUnitType,
    /// Its header; a dependent segment's with what it takes over.
    pub(crate) header: SliceSegmentHeader,
    /// Its slice data without emulation prevention.
    pub(crate) data: Vec<u8>,
    /// First CTU of its slice (SliceAddrRs) in tile scan.
    pub(crate) slice_start: u32,
    /// Number of its slice in the picture, from 1.
    pub(crate) slice_idx: u32,
    /// Its reference lists.
    pub(crate) motion: SliceMotion,
    /// Its explicit prediction weights.
    pub(crate) weights: Option<Box<PredWeights>>,
    /// Index of the collocated picture in the table of reference pictures.
    pub(crate) collocated: Option<usize>,
}

/// What is fixed.
pub(crate) struct FrameCtx<S: Sample> {
    /// Parameter sets.
    pub(crate) active: ActivePps,
    /// Dimensions and bit depths.
    pub(crate) format: PictureFormat,
    /// PicOrderCntVal.
    pub(crate) poc: i32,
    /// Sample arithmetic.
    pub(crate) kernels: &'static Kernels<S>,
    /// The picture being decoded.
    pub(crate) picture: Arc<CodedPicture<S>>,
    /// Reference pictures by [`ref_pic`](rivus_coding::motion::Motion::ref_pic).
    pub(crate) references: Vec<Arc<CodedPicture<S>>>,
    /// Their samples.
    pub(crate) reference_samples: Vec<Arc<SharedPicture<S>>>,
    /// All of them were finished before this picture began.
    pub(crate) references_complete: bool,
    /// The picture that lost CTUs are copied from.
    pub(crate) stand_in: Option<Arc<CodedPicture<S>>>,
    /// Slice segments by position.
    pub(crate) segments: Vec<Segment>,
    /// All CTUs in tile scan, divided.
    pub(crate) pieces: Vec<Piece>,
    /// Reconstruction parameters.
    pub(crate) recon: ReconParams,
    /// In-loop filter parameters.
    pub(crate) filter: FilterParams,
    /// Picture hash per plane, to be verified, and the NAL unit it came in.
    pub(crate) hash: Option<(u64, Vec<PlaneHash>)>,
    /// CTBs per row.
    pub(crate) width_ctb: u32,
}

impl<S: Sample> FrameCtx<S> {
    /// CTU column and row of a tile scan address.
    pub(crate) fn position(&self, ts: u32) -> (u32, u32) {
        let rs = self.active.derived.ctb_addr_ts_to_rs[ts as usize];
        (rs % self.width_ctb, rs / self.width_ctb)
    }

    /// TileId of the CTU at column `x`, row `y`.
    pub(crate) fn tile_id(&self, x: u32, y: u32) -> u32 {
        self.active.derived.tile_id_rs[(y * self.width_ctb + x) as usize]
    }

    /// The CTU at (`x`, `y`) is the last of its tile in this row, but not of the picture.
    pub(crate) fn ends_tile(&self, x: u32, y: u32) -> bool {
        x + 1 < self.width_ctb && self.tile_id(x, y) != self.tile_id(x + 1, y)
    }

    /// The CTU at (`x`, `y`) is the second of its tile in this row.
    pub(crate) fn is_second_in_tile(&self, x: u32, y: u32) -> bool {
        let id = self.tile_id(x, y);
        x > 0 && self.tile_id(x - 1, y) == id && (x == 1 || self.tile_id(x - 2, y) != id)
    }

    /// Whether a CTU at or before `ts` in tile scan belongs to the slice that begins at `slice_start`.
    fn in_slice(&self, slice_start: u32, (nx, ny): (u32, u32)) -> bool {
        self.active.derived.ctb_addr_rs_to_ts[(ny * self.width_ctb + nx) as usize] >= slice_start
    }

    /// 6.4.1: whether the CTU at (`nx`, `ny`), to the left or above, is in the same tile as the one at (`x`, `y`) and in its
    /// slice, which begins at `slice_start`. Coordinates left of or above the picture wrap to large numbers.
    pub(crate) fn available(&self, slice_start: u32, (x, y): (u32, u32), (nx, ny): (u32, u32)) -> bool {
        nx < self.width_ctb
            && ny <= y
            && self.in_slice(slice_start, (nx, ny))
            && self.tile_id(nx, ny) == self.tile_id(x, y)
    }

    /// Whether deblocking of the CTU at (`x`, `y`), of `segment`, filters its edge towards its left or upper neighbour.
    pub(crate) fn filters_across(&self, segment: &Segment, (x, y): (u32, u32), (nx, ny): (u32, u32)) -> bool {
        let header = &segment.header;
        !header.slice_deblocking_filter_disabled_flag
            && (header.slice_loop_filter_across_slices_enabled_flag
                || self.in_slice(segment.slice_start, (nx, ny)))
            && (self.filter.loop_filter_across_tiles_enabled_flag
                || self.tile_id(nx, ny) == self.tile_id(x, y))
    }

    /// Filter parameters of the CTU at (`x`, `y`), of `segment`.
    pub(crate) fn ctu_filter(&self, segment: &Segment, (x, y): (u32, u32), sao: SaoParams) -> CtuFilter {
        let header = &segment.header;
        CtuFilter {
            slice_idx: segment.slice_idx,
            tile_id: self.tile_id(x, y) as u16,
            ends_tile: self.ends_tile(x, y),
            slice_deblocking_filter_disabled_flag: header.slice_deblocking_filter_disabled_flag,
            slice_loop_filter_across_slices_enabled_flag: header.slice_loop_filter_across_slices_enabled_flag,
            beta_offset: 2 * header.slice_beta_offset_div2,
            tc_offset: 2 * header.slice_tc_offset_div2,
            sao,
        }
    }

    /// SliceQpY.
    pub(crate) fn slice_qp_y(&self, segment: &Segment) -> i8 {
        segment.header.slice_qp(&self.active.pps) as i8
    }

    /// 9.3.2.2: the contexts at the start of a slice.
    pub(crate) fn initial_contexts(&self, segment: &Segment) -> ContextSet {
        let init_type = match (segment.header.slice_type, segment.header.cabac_init_flag) {
            (SliceType::I, _) => 0,
            (SliceType::P, false) | (SliceType::B, true) => 1,
            (SliceType::P, true) | (SliceType::B, false) => 2,
        };
        ContextSet::init(self.slice_qp_y(segment).into(), init_type)
    }

    /// What motion derivation needs to know of a slice.
    pub(crate) fn motion_ctx<'a>(&'a self, segment: &'a Segment) -> MotionCtx<'a> {
        let collocated = segment.collocated.and_then(|index| self.references.get(index));
        MotionCtx { slice: &segment.motion, col: collocated.map(|picture| &picture.motion) }
    }
}

/// A row ready for the in-loop filters.
type ReconstructedRow<S> = (Band<S>, RowFilterInfo);

/// The in-loop filters of a picture.
pub(crate) struct FilterState<S: Sample> {
    /// Rows that wait to be filtered.
    pending: Vec<Option<ReconstructedRow<S>>>,
    next_row: usize,
    /// None while a task filters.
    walk: Option<InLoopWalk<S>>,
    /// The picture was given up: what nobody writes any more is grey.
    abandoned: bool,
    finished: bool,
}

/// A picture in decoding.
pub(crate) struct FrameJob<S: Sample> {
    /// What is fixed.
    pub(crate) ctx: FrameCtx<S>,
    /// Rows of CTUs.
    pub(crate) rows: Box<[Mutex<Row<S>>]>,
    /// What will be known of the picture at the end.
    pub(crate) report: Mutex<Outcome>,
    /// Where tasks run.
    pub(crate) executor: Executor,
    /// Memory that goes from picture to picture.
    pub(crate) memory: Arc<Memory<S>>,
    filter: Mutex<FilterState<S>>,
}

impl<S: DecodeSample> FrameJob<S> {
    /// Starts decoding: hands the first tasks to the executor.
    pub(crate) fn start(
        ctx: FrameCtx<S>,
        bands: Vec<Band<S>>,
        chains: Vec<Range<usize>>,
        executor: Executor,
        memory: Arc<Memory<S>>,
    ) {
        let rows = memory.rows(&ctx, bands);
        let filter = FilterState {
            pending: rows.iter().map(|_| None).collect(),
            next_row: 0,
            walk: Some(memory.walk(&ctx)),
            abandoned: false,
            finished: false,
        };
        let report = Mutex::default();
        let job = Arc::new(Self { ctx, rows, report, executor, memory, filter: Mutex::new(filter) });
        for pieces in chains {
            job.executor.spawn(job.chain_job(Box::new(Chain::new(pieces))));
        }
    }

    /// A task that runs a chain, and contains its failure.
    pub(crate) fn chain_job(self: &Arc<Self>, chain: Box<Chain<S>>) -> Job {
        let job = Arc::clone(self);
        Box::new(move || {
            let pieces = chain.pieces();
            if catch_unwind(AssertUnwindSafe(|| chain.run(&job))).is_err() {
                job.internal_error();
                let rest = Box::new(Chain::salvage(pieces));
                if catch_unwind(AssertUnwindSafe(|| rest.run(&job))).is_err() {
                    job.abandon();
                }
            }
            // The chain may have held the last part of a picture that was given up meanwhile.
            job.fill_abandoned();
        })
    }

    /// Notes damage in a slice segment.
    pub(crate) fn issue(&self, segment: usize, reason: Reason) {
        let segment = &self.ctx.segments[segment];
        let issue = Issue { nal: segment.nal, nal_unit_type: Some(segment.nal_unit_type), reason };
        lock(&self.report).issues.push(issue);
    }

    fn internal_error(&self) {
        let nal = self.ctx.segments.first().map_or(0, |segment| segment.nal);
        let reason = Reason::Internal("a decoding task failed");
        lock(&self.report).issues.push(Issue { nal, nal_unit_type: None, reason });
    }

    /// Whether the CTU at (`x`, `y`) is done.
    pub(crate) fn is_done(&self, (x, y): (u32, u32)) -> bool {
        lock(&self.rows[y as usize]).done(x).is_some()
    }

    /// Leaves a chain in a row until the CTU in column `x` is done; gives it back if it is. In a picture that was given up it
    /// may never be done: then the chain ends.
    pub(crate) fn park_in_row(
        self: &Arc<Self>,
        row: u32,
        x: u32,
        chain: Box<Chain<S>>,
    ) -> Option<Box<Chain<S>>> {
        let mut row = lock(&self.rows[row as usize]);
        if row.done(x).is_some() {
            return Some(chain);
        }
        if row.band.is_some() {
            row.waiting.push((x, self.chain_job(chain)));
        }
        None
    }

    /// All CTUs of a row are reconstructed: publishes its motion, and filters what can be filtered.
    pub(crate) fn row_complete(self: &Arc<Self>, y: usize) {
        let mut row = lock(&self.rows[y]);
        let (band, info, motion) = (row.band.take(), row.filter.take(), row.motion.take());
        drop(row);
        // Every chain gave up its columns with its last CTU.
        let band = band.and_then(DividedBand::whole);
        if let Some(motion) = motion {
            self.ctx.picture.motion.publish(y, motion);
            self.wake();
        }
        if let (Some(band), Some(info)) = (band, info) {
            // There is no place for it in a picture that was given up.
            if let Some(place) = lock(&self.filter).pending.get_mut(y) {
                *place = Some((band, info));
            }
        }
        match &self.executor {
            Executor::Inline(_) => self.filter_task(),
            Executor::Pool(..) => {
                let job = Arc::clone(self);
                self.executor.spawn(Box::new(move || job.filter_task()));
            }
        }
    }

    /// Filters what can be filtered, and contains a failure of that.
    fn filter_task(&self) {
        if catch_unwind(AssertUnwindSafe(|| self.filter_rows())).is_err() {
            self.internal_error();
            self.abandon();
        }
    }

    /// Filters the rows that are ready, unless another task is at it: that one sees them too.
    fn filter_rows(&self) {
        loop {
            let mut state = lock(&self.filter);
            let next = state.next_row;
            if state.walk.is_none() {
                return;
            }
            let Some((band, info)) = state.pending.get_mut(next).and_then(Option::take) else { return };
            let Some(mut walk) = state.walk.take() else { return };
            state.next_row += 1;
            drop(state);
            let spare = walk.push(band, info);
            self.memory.give_info(spare);
            self.wake();
            let is_last = next + 1 == self.rows.len();
            let mut state = lock(&self.filter);
            if state.abandoned {
                drop((state, walk));
                return self.fill_abandoned();
            }
            state.walk = Some(walk);
            drop(state);
            if is_last {
                self.finish();
            }
        }
    }

    /// Spawns the tasks that waited for what was just published.
    fn wake(&self) {
        for task in self.ctx.picture.ready() {
            self.executor.spawn(task);
        }
    }

    /// Everything is published: checks the hash, and tells who waits.
    fn finish(&self) {
        if std::mem::replace(&mut lock(&self.filter).finished, true) {
            return;
        }
        let mut outcome = std::mem::take(&mut *lock(&self.report));
        outcome.total_ctus = self.ctx.width_ctb * self.rows.len() as u32;
        outcome.issues.sort_by_key(|issue| issue.nal);
        self.verify_hash(&mut outcome);
        if let Some(walk) = lock(&self.filter).walk.take() {
            self.memory.give_walk(walk);
        }
        self.ctx.picture.completion.set(Arc::new(outcome));
        self.wake();
    }

    fn verify_hash(&self, outcome: &mut Outcome) {
        let Some((nal, expected)) = &self.ctx.hash else { return };
        let mut mismatch = None;
        for (plane, expected) in expected.iter().enumerate().take(self.ctx.format.num_planes()) {
            let method = match expected {
                PlaneHash::Md5(_) => HashMethod::Md5,
                PlaneHash::Crc(_) => HashMethod::Crc,
                PlaneHash::Checksum(_) => HashMethod::Checksum,
            };
            let Some(view) = self.ctx.picture.samples.plane(plane) else { return };
            if plane_hash(view, self.ctx.format.bit_depth(plane), method) != *expected {
                mismatch = mismatch.or(Some(plane as u8));
            }
        }
        outcome.hash_matches = Some(mismatch.is_none());
        if let Some(plane) = mismatch {
            let reason = Reason::HashMismatch { poc: self.ctx.poc, plane };
            let nal_unit_type = Some(NalUnitType::SUFFIX_SEI_NUT);
            outcome.issues.push(Issue { nal: *nal, nal_unit_type, reason });
        }
    }

    /// Gives up on the picture after a defect of the decoder: publishes whatever is there, so that nobody waits for ever.
    fn abandon(&self) {
        {
            let mut filter = lock(&self.filter);
            (filter.abandoned, filter.walk, filter.next_row) = (true, None, usize::MAX);
            filter.pending.clear();
        }
        for (y, row) in self.rows.iter().enumerate() {
            let mut row = lock(row);
            // Tasks that wait here hold this picture, and parts of it.
            let dropped = (row.band.take(), std::mem::take(&mut row.waiting));
            drop(row);
            drop(dropped);
            self.ctx.picture.motion.publish(y, self.ctx.picture.motion.begin_row());
        }
        self.wake();
        self.fill_abandoned();
    }

    /// If the picture was given up: publishes what nobody writes any more, in grey. Who holds a part of it then comes here
    /// after giving it up, so that the last one finishes the picture.
    fn fill_abandoned(&self) {
        if !lock(&self.filter).abandoned {
            return;
        }
        let grey = std::array::from_fn(|plane| S::from_i32(1 << (self.ctx.format.bit_depth(plane) - 1)));
        self.ctx.picture.samples.fill_missing(grey);
        self.wake();
        if self.ctx.picture.samples.all_published() {
            self.finish();
        }
    }
}

impl<S: Sample> Drop for FrameJob<S> {
    fn drop(&mut self) {
        self.memory.give_rows(std::mem::take(&mut self.rows));
    }
}
