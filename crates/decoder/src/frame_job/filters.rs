//! The in-loop filters of a picture: rows are queued in any order, and filtered from top to bottom by one task at a time.

use super::FrameJob;
use crate::coded_picture::DecodeSample;
use crate::tasks::lock;
use rivus_picture::{Band, Sample};
use rivus_recon::in_loop::{InLoopWalk, RowFilterInfo};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A row ready for the in-loop filters.
type ReconstructedRow<S> = (Band<S>, RowFilterInfo);

/// The in-loop filters of a picture, and how far they are.
pub(super) struct Filters<S: Sample> {
    /// Rows that wait to be filtered.
    pending: Vec<Option<ReconstructedRow<S>>>,
    next_row: usize,
    /// None while a task filters.
    walk: Option<InLoopWalk<S>>,
    /// The picture was given up: what nobody writes any more is grey.
    pub(super) abandoned: bool,
    /// The picture has an outcome.
    pub(super) finished: bool,
}

impl<S: Sample> Filters<S> {
    /// For a picture of this many rows.
    pub(super) fn new(rows: usize, walk: InLoopWalk<S>) -> Self {
        let pending = (0..rows).map(|_| None).collect();
        Self { pending, next_row: 0, walk: Some(walk), abandoned: false, finished: false }
    }

    /// Takes a reconstructed row, unless the picture was given up.
    pub(super) fn queue(&mut self, y: usize, band: Band<S>, info: RowFilterInfo) {
        if let Some(place) = self.pending.get_mut(y) {
            *place = Some((band, info));
        }
    }

    /// Gives up the picture: drops the rows that wait, and filters no others.
    pub(super) fn abandon(&mut self) {
        (self.abandoned, self.walk, self.next_row) = (true, None, usize::MAX);
        self.pending.clear();
    }

    /// Takes the filters, after the last row.
    pub(super) fn take_walk(&mut self) -> Option<InLoopWalk<S>> {
        self.walk.take()
    }
}

impl<S: DecodeSample> FrameJob<S> {
    /// Filters what can be filtered, and contains a failure of that.
    pub(super) fn filter_task(&self) {
        if catch_unwind(AssertUnwindSafe(|| self.filter_rows())).is_err() {
            self.internal_error();
            self.abandon();
        }
    }

    /// Filters the rows that are ready, unless another task is at it: that one sees them too.
    fn filter_rows(&self) {
        loop {
            let mut state = lock(&self.filters);
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
            let mut state = lock(&self.filters);
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
}
