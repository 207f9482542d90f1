//! Decoding of a chain of pieces, CTU by CTU: parse, derive motion, reconstruct, hand on.
//!
//! A chain is a task. Before each step that depends on others it looks whether they are far enough; if not, it leaves
//! itself with them and returns. With one thread the same steps find everything ready.
//!
//! Here is how a chain runs from piece to piece; `ctu` is what it does with a CTU.

use crate::coded_picture::{DecodeSample, Need};
use crate::error::Reason;
use crate::frame_ctx::{FrameCtx, Segment};
use crate::frame_job::FrameJob;
use crate::pieces::{Entry, Piece};
use crate::tasks::lock;
use rivus_coding::ctu::record::SaoParams;
use rivus_coding::qp::QpState;
use rivus_coding::slice_data::SliceCoding;
use rivus_picture::{Sample, Strip};
use rivus_syntax::cabac::{CabacDecoder, CabacState, ContextSet};
use std::ops::Range;
use std::sync::Arc;

mod ctu;

pub(crate) use ctu::Scratch;

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Begin the next piece.
    Enter,
    /// Take over the neighbours of the current CTU, then parse it.
    Parse,
    /// Derive its motion.
    Motion,
    /// Make its samples, and hand them on.
    Samples,
}

/// Pieces of a picture that are decoded one after the other.
pub(crate) struct Chain<S: Sample> {
    /// Pieces left; the first is the current one.
    pieces: Range<usize>,
    /// Current CTU in tile scan.
    ts: u32,
    stage: Stage,
    cabac: CabacState,
    contexts: ContextSet,
    qp: QpState,
    /// Contexts and QP are those that a dependent slice segment may go on with.
    sound: bool,
    /// The rest of the current piece is concealed.
    concealing: bool,
    /// Everything not done yet is concealed: a task of this chain failed.
    salvaging: bool,
    /// Position of the CTU in the maps.
    previous: Option<(u32, u32)>,
    /// The part of the picture that the chain writes: the columns of its CTUs in the current row, from the first it
    /// writes to the last. None between rows, and in pictures that were given up.
    strip: Option<Strip<S>>,
    /// The data of the segment ends with the current CTU, before the piece does.
    ends_early: bool,
    /// Contexts after the current CTU's coding_tree_unit(), if CTB rows are synchronised.
    contexts_after_ctu: ContextSet,
    /// SAO parameters of the CTU to the left, if it is available.
    sao_left: Option<SaoParams>,
    /// SAO parameters of the CTU above, if it is available.
    sao_up: Option<SaoParams>,
    scratch: Option<Box<Scratch<S>>>,
}

/// What a chain lacks.
enum Lack {
    /// The CTU in this row and column.
    Ctu(u32, u32),
    /// Something of the reference picture with this index.
    Reference(usize, Need),
    /// Something of the picture that stands in for lost CTUs.
    StandIn(Need),
}

impl<S: DecodeSample> Chain<S> {
    /// The chain of these pieces of a picture.
    pub(crate) fn new(pieces: Range<usize>) -> Self {
        Self {
            pieces,
            ts: 0,
            stage: Stage::Enter,
            cabac: CabacState::default(),
            contexts: ContextSet::init(26, 0),
            qp: QpState::default(),
            sound: false,
            concealing: false,
            salvaging: false,
            previous: None,
            strip: None,
            ends_early: false,
            contexts_after_ctu: ContextSet::init(26, 0),
            sao_left: None,
            sao_up: None,
            scratch: None,
        }
    }

    /// A chain that conceals whatever of these pieces is not done.
    pub(crate) fn salvage(pieces: Range<usize>) -> Self {
        Self { salvaging: true, ..Self::new(pieces) }
    }

    /// Pieces left, the current one included.
    pub(crate) fn pieces(&self) -> Range<usize> {
        self.pieces.clone()
    }

    /// Decodes as far as possible; where something is lacking, the chain is left with whoever provides it.
    pub(crate) fn run(mut self: Box<Self>, job: &Arc<FrameJob<S>>) {
        while let Some(lack) = self.advance(job) {
            let parked = match lack {
                Lack::Ctu(row, x) => job.park_in_row(row, x, self),
                Lack::Reference(index, need) => {
                    job.ctx.references[index].park(need, self, |chain| job.chain_job(chain))
                }
                Lack::StandIn(need) => match &job.ctx.stand_in {
                    Some(picture) => picture.park(need, self, |chain| job.chain_job(chain)),
                    None => Some(self),
                },
            };
            match parked {
                Some(chain) => self = chain,
                None => return,
            }
        }
        if let Some(scratch) = self.scratch.take() {
            job.memory.give_scratch(scratch);
        }
    }

    /// Goes on until all is done or something is lacking.
    fn advance(&mut self, job: &Arc<FrameJob<S>>) -> Option<Lack> {
        while let Some(piece) = job.ctx.pieces[self.pieces.clone()].first() {
            if self.stage == Stage::Enter {
                if let Some(lack) = self.enter(job, piece) {
                    return Some(lack);
                }
                self.stage = Stage::Parse;
            }
            if let Some(lack) = self.decode_piece(job, piece) {
                return Some(lack);
            }
            self.pieces.start += 1;
            self.stage = Stage::Enter;
        }
        None
    }

    /// 9.3.1: contexts and QP predictor at the start of a piece.
    fn enter(&mut self, job: &Arc<FrameJob<S>>, piece: &Piece) -> Option<Lack> {
        self.ts = piece.start;
        self.concealing = true;
        let Some((index, data)) = &piece.source else {
            self.sound = false;
            return None;
        };
        if self.salvaging {
            return None;
        }
        let segment = &job.ctx.segments[*index];
        match piece.entry {
            Entry::Continue if !self.sound => {
                job.issue(*index, Reason::SlicePosition(piece.start));
                return None;
            }
            Entry::Continue => {}
            Entry::Init => self.contexts = job.ctx.initial_contexts(segment),
            Entry::Sync => match self.synchronised(job, segment) {
                Ok(Some(contexts)) => self.contexts = contexts,
                Ok(None) => {
                    self.sound = false;
                    job.issue(*index, Reason::SlicePosition(piece.start));
                    return None;
                }
                Err(lack) => return Some(lack),
            },
        }
        if piece.entry != Entry::Continue {
            self.qp = QpState::new(job.ctx.slice_qp_y(segment));
        }
        self.cabac = CabacDecoder::new(&segment.data[data.clone()]).state();
        (self.sound, self.concealing) = (true, false);
        None
    }

    /// 9.3.2.2: the contexts of a CTB row under wavefront processing; none if those of the row above were lost.
    fn synchronised(&self, job: &Arc<FrameJob<S>>, segment: &Segment) -> Result<Option<ContextSet>, Lack> {
        let (x, y) = job.ctx.position(self.ts);
        let (nx, ny) = (x + 1, y.wrapping_sub(1));
        if !job.ctx.available(segment.slice_start, (x, y), (nx, ny)) {
            return Ok(Some(job.ctx.initial_contexts(segment)));
        }
        let above = lock(&job.rows[ny as usize]);
        if above.done(nx).is_none() {
            return Err(Lack::Ctu(ny, nx));
        }
        Ok(above.contexts.iter().find(|(column, _)| *column == nx).map(|(_, contexts)| *contexts))
    }

    /// Decodes or conceals the CTUs of the current piece.
    fn decode_piece(&mut self, job: &Arc<FrameJob<S>>, piece: &Piece) -> Option<Lack> {
        let data = match &piece.source {
            Some((index, range)) => &job.ctx.segments[*index].data[range.clone()],
            None => &[],
        };
        let coding = piece.source.as_ref().map(|(index, _)| {
            SliceCoding::new(&job.ctx.active.sps, &job.ctx.active.pps, &job.ctx.segments[*index].header)
        });
        let mut scratch = self.scratch.take().unwrap_or_else(|| job.memory.scratch());
        let mut cabac = CabacDecoder::resume(data, self.cabac);
        let mut lack = None;
        while self.ts < piece.end && lack.is_none() {
            lack = self.step(job, piece, coding.as_ref(), &mut cabac, &mut scratch);
        }
        self.cabac = cabac.state();
        self.scratch = Some(scratch);
        lack
    }

    /// Whether the CTU after `ts` in tile scan is one of the chain, to the right of it.
    fn goes_on_in_row(&self, ctx: &FrameCtx<S>, ts: u32) -> bool {
        let (x, y) = ctx.position(ts);
        ts + 1 < self.end_ts(ctx) && ctx.position(ts + 1) == (x + 1, y)
    }

    /// The CTU after the last of the chain, in tile scan.
    fn end_ts(&self, ctx: &FrameCtx<S>) -> u32 {
        ctx.pieces[self.pieces.clone()].last().map_or(0, |piece| piece.end)
    }
}
