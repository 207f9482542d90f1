//! Memory that goes from picture to picture of a sequence.

use crate::chain::Scratch;
use crate::coded_picture::DecodeSample;
use crate::frame_ctx::FrameCtx;
use crate::rows::Row;
use crate::sync::Mutex;
use crate::tasks::lock;
use rivus_picture::{Band, Sample};
use rivus_recon::in_loop::{InLoopWalk, RowFilterInfo};

/// Rows of CTUs of a picture.
pub(crate) type Rows<S> = Box<[Mutex<Row<S>>]>;

/// Unused buffers for pictures of one format. What is given back is bounded by what was in use at the same time.
pub(crate) struct Memory<S: Sample> {
    scratch: Mutex<Vec<Box<Scratch<S>>>>,
    rows: Mutex<Vec<Rows<S>>>,
    infos: Mutex<Vec<RowFilterInfo>>,
    walks: Mutex<Vec<InLoopWalk<S>>>,
}

impl<S: Sample> Default for Memory<S> {
    fn default() -> Self {
        Self {
            scratch: Mutex::default(),
            rows: Mutex::default(),
            infos: Mutex::default(),
            walks: Mutex::default(),
        }
    }
}

impl<S: DecodeSample> Memory<S> {
    /// Buffers for a chain.
    pub(crate) fn scratch(&self) -> Box<Scratch<S>> {
        lock(&self.scratch).pop().unwrap_or_default()
    }

    /// Takes back the buffers of a chain.
    pub(crate) fn give_scratch(&self, scratch: Box<Scratch<S>>) {
        lock(&self.scratch).push(scratch);
    }

    /// The rows of a picture, begun with its bands.
    pub(crate) fn rows(&self, ctx: &FrameCtx<S>, bands: Vec<Band<S>>) -> Rows<S> {
        let spare = lock(&self.rows).pop();
        let rows = spare
            .filter(|rows| rows.len() == bands.len())
            .unwrap_or_else(|| bands.iter().map(|_| Mutex::new(Row::new(ctx.width_ctb as usize))).collect());
        for (y, (row, band)) in rows.iter().zip(bands).enumerate() {
            let mut info = lock(&self.infos).pop().unwrap_or_else(|| RowFilterInfo::new(&ctx.filter));
            info.begin(&ctx.filter, y);
            lock(row).begin(band, ctx.picture.motion.begin_row(), info);
        }
        rows
    }

    /// The in-loop filters of a picture.
    pub(crate) fn walk(&self, ctx: &FrameCtx<S>) -> InLoopWalk<S> {
        match lock(&self.walks).pop() {
            Some(mut walk) => {
                walk.restart(ctx.filter);
                walk
            }
            None => InLoopWalk::new(ctx.filter, ctx.kernels),
        }
    }

    /// Takes back the in-loop filters of a picture.
    pub(crate) fn give_walk(&self, walk: InLoopWalk<S>) {
        lock(&self.walks).push(walk);
    }

    /// Takes back what the filters no longer need of a row.
    pub(crate) fn give_info(&self, info: Option<RowFilterInfo>) {
        lock(&self.infos).extend(info);
    }
}

impl<S: Sample> Memory<S> {
    /// Takes back the rows of a picture.
    pub(crate) fn give_rows(&self, rows: Rows<S>) {
        lock(&self.rows).push(rows);
    }
}
