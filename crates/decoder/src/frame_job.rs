//! A picture in decoding: what its tasks share while they decode it.
//!
//! Here is how chains are started, wait for rows and complete them; `filters` is what follows row by row, `end` how the
//! picture ends.

use crate::chain::Chain;
use crate::coded_picture::{DecodeSample, Outcome};
use crate::error::{Issue, Reason};
use crate::frame_ctx::FrameCtx;
use crate::memory::Memory;
use crate::rows::Row;
use crate::sync::Mutex;
use crate::tasks::{Executor, Job, lock};
use filters::Filters;
use rivus_picture::{Band, DividedBand, Sample};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

mod end;
mod filters;

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
    filters: Mutex<Filters<S>>,
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
        let filters = Mutex::new(Filters::new(rows.len(), memory.walk(&ctx)));
        let report = Mutex::default();
        let job = Arc::new(Self { ctx, rows, report, executor, memory, filters });
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
            lock(&self.filters).queue(y, band, info);
        }
        match &self.executor {
            Executor::Inline(_) => self.filter_task(),
            Executor::Pool(..) => {
                let job = Arc::clone(self);
                self.executor.spawn(Box::new(move || job.filter_task()));
            }
        }
    }

    /// Spawns the tasks that waited for what was just published.
    fn wake(&self) {
        for task in self.ctx.picture.ready() {
            self.executor.spawn(task);
        }
    }
}

impl<S: Sample> Drop for FrameJob<S> {
    fn drop(&mut self) {
        self.memory.give_rows(std::mem::take(&mut self.rows));
    }
}
