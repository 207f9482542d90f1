//! Decoding of a chain of pieces, CTU by CTU: parse, derive motion, reconstruct, hand on.
//!
//! A chain is a task. Before each step that depends on others it looks whether they are far enough; if not, it leaves
//! itself with them and returns. With one thread the same steps find everything ready.

use crate::coded_picture::{DecodeSample, Need};
use crate::conceal::{self, StandIn};
use crate::error::Reason;
use crate::frame_ctx::{FrameCtx, FrameJob, Segment};
use crate::pieces::{Entry, Piece};
use crate::rows::{RightColumn, visible_rect};
use crate::tasks::lock;
use rivus_coding::ctu::maps::{CtuAvailability, CtuMaps};
use rivus_coding::ctu::record::{CtuRecord, SaoParams};
use rivus_coding::qp::QpState;
use rivus_coding::slice_data::{SliceCoding, parse_ctu, sao};
use rivus_picture::Sample;
use rivus_recon::ctu::{CtuScratch, FrameRecon, derive_motion, reconstruct_ctu};
use rivus_recon::in_loop::CtuFilter;
use rivus_recon::tile::CtuTile;
use rivus_syntax::cabac::{CabacDecoder, CabacState, ContextSet};
use std::ops::Range;
use std::sync::Arc;

/// Buffers of a chain, reused from chain to chain.
pub(crate) struct Scratch<S: Sample> {
    maps: CtuMaps,
    tile: CtuTile<S>,
    record: CtuRecord,
    recon: CtuScratch,
}

impl<S: Sample> Scratch<S> {
    /// Buffers for a picture of this kind.
    pub(crate) fn new(ctx: &FrameCtx<S>) -> Self {
        Self {
            maps: CtuMaps::default(),
            tile: CtuTile::new(ctx.format, ctx.recon.ctb_log2_size),
            record: CtuRecord::default(),
            recon: CtuScratch::default(),
        }
    }
}

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
    /// Position of the CTU in the maps and the tile.
    previous: Option<(u32, u32)>,
    /// The data of the segment ends with the current CTU, before the piece does.
    ends_early: bool,
    /// Contexts after the current CTU's coding_tree_unit().
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
        let mut scratch = self.scratch.take().unwrap_or_else(|| job.memory.scratch(&job.ctx));
        let mut cabac = CabacDecoder::resume(data, self.cabac);
        let mut lack = None;
        while self.ts < piece.end && lack.is_none() {
            lack = self.step(job, piece, coding.as_ref(), &mut cabac, &mut scratch);
        }
        self.cabac = cabac.state();
        self.scratch = Some(scratch);
        lack
    }

    /// One stage of the current CTU.
    fn step(
        &mut self,
        job: &Arc<FrameJob<S>>,
        piece: &Piece,
        coding: Option<&SliceCoding<'_>>,
        cabac: &mut CabacDecoder<'_>,
        scratch: &mut Scratch<S>,
    ) -> Option<Lack> {
        let source = piece.source.as_ref().map(|(index, _)| *index);
        let segment = source.map(|index| &job.ctx.segments[index]);
        match self.stage {
            Stage::Enter | Stage::Parse => {
                if self.salvaging && job.is_done(job.ctx.position(self.ts)) {
                    self.ts += 1;
                    return None;
                }
                let lack = self.take_neighbours(job, segment, scratch);
                if lack.is_some() {
                    return lack;
                }
                self.prefetch(job, scratch);
                if let (Some(index), Some(coding), false) = (source, coding, self.concealing) {
                    self.parse(job, piece, (index, coding), cabac, scratch);
                }
                self.stage = Stage::Motion;
            }
            Stage::Motion => {
                if let (Some(segment), false) = (segment, self.concealing) {
                    let lack = motion(job, segment, scratch);
                    if lack.is_some() {
                        return lack;
                    }
                }
                self.stage = Stage::Samples;
            }
            Stage::Samples => {
                let lack = match (segment, self.concealing) {
                    (Some(segment), false) => samples(job, segment, scratch),
                    _ => self.conceal(job, scratch),
                };
                if lack.is_some() {
                    return lack;
                }
                self.hand_on(job, segment, scratch);
            }
        }
        None
    }

    /// Fills the borders of maps and tile for the current CTU.
    fn take_neighbours(
        &mut self,
        job: &Arc<FrameJob<S>>,
        segment: Option<&Segment>,
        scratch: &mut Scratch<S>,
    ) -> Option<Lack> {
        let ctx = &job.ctx;
        let (x, y) = ctx.position(self.ts);
        let (left, right, up) = (x.wrapping_sub(1), x + 1, y.wrapping_sub(1));
        let available =
            |nx, ny| segment.is_some_and(|segment| ctx.available(segment.slice_start, (x, y), (nx, ny)));
        let avail = CtuAvailability {
            left: available(left, y),
            up: available(x, up),
            up_left: available(left, up),
            up_right: available(right, up),
        };
        let filters_across = |nx, ny| segment.is_some_and(|s| ctx.filters_across(s, (x, y), (nx, ny)));
        if x > 0 && self.previous != Some((left, y)) && filters_across(left, y) {
            let row = lock(&job.rows[y as usize]);
            if row.done(left).is_none() {
                return Some(Lack::Ctu(y, left));
            }
            if let Some((_, column)) = row.right_columns.iter().find(|(column, _)| *column == left) {
                column.restore(&mut scratch.maps, ctx.recon.ctb_log2_size);
            }
        }
        let above = (y > 0).then(|| lock(&job.rows[up as usize]));
        let neighbour = |column| above.as_ref().and_then(|row| row.done(column));
        let needs_up = avail.up || (y > 0 && filters_across(x, up));
        for (needed, column) in [(avail.up_left, left), (needs_up, x), (avail.up_right, right)] {
            if needed && neighbour(column).is_none() {
                return Some(Lack::Ctu(up, column));
            }
        }
        let states = [neighbour(left), neighbour(x), neighbour(right)];
        let log2_size = ctx.recon.ctb_log2_size;
        let origin = (x << log2_size, y << log2_size);
        let size = (ctx.format.width as u32, ctx.format.height as u32);
        scratch.maps.begin(origin, size, log2_size, avail, states.map(|s| s.map(|s| &s.bottom)));
        scratch.tile.begin(states.map(|s| s.map(|s| &s.samples)));
        self.sao_up = states[1].filter(|_| avail.up).map(|state| state.sao);
        self.sao_left = self.sao_left.filter(|_| avail.left);
        self.previous = Some((x, y));
        None
    }

    /// Asks for the memory that the current CTU will be stored to, so that it is there when the CTU is done: it was last
    /// touched some pictures ago.
    fn prefetch(&self, job: &Arc<FrameJob<S>>, scratch: &Scratch<S>) {
        let row = lock(&job.rows[job.ctx.position(self.ts).1 as usize]);
        let Some(band) = &row.band else { return };
        for plane in 0..job.ctx.format.num_planes() {
            let (x, y, w, h) = visible_rect(&scratch.maps, &job.ctx.format, plane);
            band.block(plane, x, y, w, h).prefetch();
        }
    }

    /// 7.3.8.1: parses the current CTU and what follows it. If that fails, the rest of the piece is concealed.
    fn parse(
        &mut self,
        job: &Arc<FrameJob<S>>,
        piece: &Piece,
        (index, coding): (usize, &SliceCoding<'_>),
        cabac: &mut CabacDecoder<'_>,
        scratch: &mut Scratch<S>,
    ) {
        let Scratch { maps, record, .. } = scratch;
        record.clear();
        record.sao =
            sao::parse(cabac, &mut self.contexts, coding, self.sao_left.as_ref(), self.sao_up.as_ref());
        let result = parse_ctu(cabac, &mut self.contexts, coding, maps, &mut self.qp, record);
        let overrun = cabac.is_overrun().then_some(rivus_coding::error::Error::UnexpectedEnd);
        if let Some(error) = result.err().or(overrun) {
            job.issue(index, Reason::SliceData { ctu: self.ts, error });
            (self.sound, self.concealing) = (false, true);
            return;
        }
        self.contexts_after_ctu = self.contexts;
        let end_of_slice_segment_flag = cabac.decode_terminate();
        let is_last = self.ts + 1 == piece.end;
        if end_of_slice_segment_flag {
            self.ends_early = !is_last;
        } else if is_last && piece.ends_subset {
            // end_of_subset_one_bit; what follows is found by its entry point in any case.
            cabac.decode_terminate();
        } else if is_last {
            job.issue(index, Reason::SlicePosition(piece.end));
        }
    }

    /// Puts the samples of another picture, or grey, in place of the current CTU.
    fn conceal(&mut self, job: &Arc<FrameJob<S>>, scratch: &mut Scratch<S>) -> Option<Lack> {
        let Scratch { maps, tile, record, .. } = scratch;
        let stand_in = job.ctx.stand_in.as_deref();
        let stand_in =
            stand_in.map(|picture| StandIn::new(picture, job.ctx.poc, job.ctx.recon.ctb_log2_size));
        if let Some(need) = stand_in.as_ref().and_then(|stand_in| stand_in.lack(maps)) {
            return Some(Lack::StandIn(need));
        }
        conceal::ctu(record, maps, tile, stand_in);
        lock(&job.report).concealed_ctus += 1;
        None
    }

    /// Stores the current CTU in the picture and in its row, and goes on to the next.
    fn hand_on(&mut self, job: &Arc<FrameJob<S>>, segment: Option<&Segment>, scratch: &mut Scratch<S>) {
        let ctx = &job.ctx;
        let (x, y) = ctx.position(self.ts);
        let Scratch { maps, tile, record, .. } = scratch;
        let filter = match segment.filter(|_| !self.concealing) {
            Some(segment) => ctx.ctu_filter(segment, (x, y), record.sao),
            None => CtuFilter {
                tile_id: ctx.tile_id(x, y) as u16,
                ends_tile: ctx.ends_tile(x, y),
                ..CtuFilter::MISSING
            },
        };
        let chain_goes_on = self.ts + 1 < self.end_ts(ctx) && ctx.position(self.ts + 1) == (x + 1, y);
        let mut guard = lock(&job.rows[y as usize]);
        let row = &mut *guard;
        if let Some(band) = &mut row.band {
            for plane in 0..ctx.format.num_planes() {
                let (px, py, w, h) = visible_rect(maps, &ctx.format, plane);
                tile.store(plane, band.block_mut(plane, px, py, w, h));
            }
        }
        if let Some(info) = &mut row.filter {
            info.add_ctu(&ctx.filter, x as usize, maps, record, filter);
        }
        if let (Some(motion), Some(segment)) = (&mut row.motion, segment.filter(|_| !self.concealing)) {
            ctx.picture.motion.collect(motion, maps, &segment.motion);
        }
        if !chain_goes_on && x + 1 < ctx.width_ctb {
            row.right_columns.push((x, Box::new(RightColumn::of(maps))));
        }
        if !self.concealing && ctx.active.pps.entropy_coding_sync_enabled_flag && ctx.is_second_in_tile(x, y)
        {
            row.contexts.push((x, self.contexts_after_ctu));
        }
        let state = &mut row.ctus[x as usize];
        state.bottom = maps.bottom();
        tile.bottom(&mut state.samples);
        state.sao = record.sao;
        state.done = true;
        row.remaining -= 1;
        let is_complete = row.remaining == 0;
        let ready = row.ready();
        drop(guard);
        for task in ready {
            job.executor.spawn(task);
        }
        self.sao_left = Some(record.sao);
        if self.ends_early {
            (self.ends_early, self.sound, self.concealing) = (false, false, true);
        }
        self.stage = Stage::Parse;
        self.ts += 1;
        if is_complete {
            job.row_complete(y as usize);
        }
    }

    /// The CTU after the last of the chain, in tile scan.
    fn end_ts(&self, ctx: &FrameCtx<S>) -> u32 {
        ctx.pieces[self.pieces.clone()].last().map_or(0, |piece| piece.end)
    }
}

/// Motion of the current CTU. It needs that of the collocated CTB row.
fn motion<S: DecodeSample>(
    job: &Arc<FrameJob<S>>,
    segment: &Segment,
    scratch: &mut Scratch<S>,
) -> Option<Lack> {
    let Scratch { maps, record, .. } = scratch;
    if let Some(collocated) = segment.collocated.filter(|_| !record.pus.is_empty()) {
        let need = Need::Motion((maps.y0 >> maps.ctb_log2_size) as usize);
        if !job.ctx.references[collocated].has(need) {
            return Some(Lack::Reference(collocated, need));
        }
    }
    derive_motion(record, maps, &job.ctx.motion_ctx(segment));
    None
}

/// Samples of the current CTU. They need those that its motion refers to.
fn samples<S: DecodeSample>(
    job: &Arc<FrameJob<S>>,
    segment: &Segment,
    scratch: &mut Scratch<S>,
) -> Option<Lack> {
    let ctx = &job.ctx;
    let Scratch { maps, tile, record, recon } = scratch;
    if !ctx.references_complete {
        let lack = missing_rows(ctx, maps, record);
        if lack.is_some() {
            return lack;
        }
    }
    let frame = FrameRecon {
        params: &ctx.recon,
        scaling_factors: ctx.active.derived.scaling_factors.as_ref(),
        refs: &ctx.reference_samples,
        kernels: ctx.kernels,
    };
    if let Err(error) = reconstruct_ctu(record, maps, tile, &frame, segment.weights.as_deref(), recon) {
        tracing::debug!(poc = ctx.poc, %error, "prediction from a picture that is not there");
    }
    None
}

/// The first reference picture that lacks rows the prediction units of a CTU refer to.
fn missing_rows<S: Sample>(ctx: &FrameCtx<S>, maps: &CtuMaps, record: &CtuRecord) -> Option<Lack> {
    /// Rows below a block that interpolation reads, in luma samples: 4 for luma, 2 chroma rows for 4:2:0.
    const TAPS: i32 = 4;
    for pu in &record.pus {
        for list in 0..2 {
            let Some(picture) = ctx.references.get(usize::from(pu.motion.ref_pic[list])) else { continue };
            let bottom =
                maps.y0 as i32 + i32::from(pu.y) + i32::from(pu.h) + (i32::from(pu.motion.mv[list].y) >> 2);
            let rows = (bottom + TAPS).clamp(1, ctx.format.height as i32) as usize;
            if !picture.has(Need::Rows(rows)) {
                return Some(Lack::Reference(usize::from(pu.motion.ref_pic[list]), Need::Rows(rows)));
            }
        }
    }
    None
}
