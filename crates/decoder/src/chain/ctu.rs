//! What a chain does with a CTU: takes over its neighbours, parses it, makes its samples in the picture, hands it on.

use super::{Chain, Lack, Stage};
use crate::coded_picture::{DecodeSample, Need};
use crate::conceal::{self, StandIn};
use crate::error::Reason;
use crate::frame_ctx::{FrameCtx, Segment};
use crate::frame_job::FrameJob;
use crate::pieces::Piece;
use crate::rows::{RightColumn, Row};
use crate::tasks::lock;
use rivus_coding::ctu::maps::{CtuAvailability, CtuMaps};
use rivus_coding::ctu::record::CtuRecord;
use rivus_coding::slice_data::{SliceCoding, parse_ctu, sao};
use rivus_picture::{PictureFormat, Sample, Strip};
use rivus_recon::ctu::{CtuScratch, FrameRecon, derive_motion, reconstruct_ctu};
use rivus_recon::in_loop::CtuFilter;
use rivus_recon::view::{AboveRow, CtuView};
use rivus_syntax::cabac::CabacDecoder;
use std::sync::Arc;

/// Buffers of a chain, reused from chain to chain.
pub(crate) struct Scratch<S: Sample> {
    maps: CtuMaps,
    above: AboveRow<S>,
    record: CtuRecord,
    recon: CtuScratch<S>,
}

impl<S: Sample> Default for Scratch<S> {
    fn default() -> Self {
        Self {
            maps: CtuMaps::default(),
            above: AboveRow::default(),
            record: CtuRecord::default(),
            recon: CtuScratch::default(),
        }
    }
}

impl<S: DecodeSample> Chain<S> {
    /// One stage of the current CTU.
    pub(super) fn step(
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
                self.take_strip(job);
                if let Some(strip) = &mut self.strip {
                    view(strip, &scratch.maps, &scratch.above, &job.ctx.format).prefetch();
                }
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
                    (Some(segment), false) => self.samples(job, segment, scratch),
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

    /// Fills the borders of the maps, and the samples above, for the current CTU.
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
        scratch.above.fill(&ctx.format, log2_size, states.map(|s| s.map(|s| &s.samples)));
        self.sao_up = states[1].filter(|_| avail.up).map(|state| state.sao);
        self.sao_left = self.sao_left.filter(|_| avail.left);
        self.previous = Some((x, y));
        None
    }

    /// Takes the part of the picture for the chain's CTUs in the current row, unless it has it.
    fn take_strip(&mut self, job: &Arc<FrameJob<S>>) {
        if self.strip.is_some() {
            return;
        }
        let ctx = &job.ctx;
        let (x, y) = ctx.position(self.ts);
        let last = (self.ts..).find(|&ts| !self.goes_on_in_row(ctx, ts)).unwrap_or(self.ts);
        let column = |x: u32| ((x << ctx.recon.ctb_log2_size) as usize).min(ctx.format.width);
        let columns = column(x)..column(x + 1 + last - self.ts);
        self.strip = lock(&job.rows[y as usize]).band.as_ref().and_then(|band| band.take(columns));
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
        if job.ctx.active.pps.entropy_coding_sync_enabled_flag {
            self.contexts_after_ctu = self.contexts;
        }
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
        let Scratch { maps, above, record, .. } = scratch;
        let stand_in = job.ctx.stand_in.as_deref();
        let stand_in =
            stand_in.map(|picture| StandIn::new(picture, job.ctx.poc, job.ctx.recon.ctb_log2_size));
        if let Some(need) = stand_in.as_ref().and_then(|stand_in| stand_in.lack(maps)) {
            return Some(Lack::StandIn(need));
        }
        conceal::units(record, maps);
        if let Some(strip) = &mut self.strip {
            conceal::samples(&mut view(strip, maps, above, &job.ctx.format), maps, stand_in);
        }
        lock(&job.report).concealed_ctus += 1;
        None
    }

    /// Samples of the current CTU. They need those that its motion refers to.
    fn samples(
        &mut self,
        job: &Arc<FrameJob<S>>,
        segment: &Segment,
        scratch: &mut Scratch<S>,
    ) -> Option<Lack> {
        let ctx = &job.ctx;
        let Scratch { maps, above, record, recon } = scratch;
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
        let mut view = view(self.strip.as_mut()?, maps, above, &ctx.format);
        let weights = segment.weights.as_deref();
        if let Err(error) = reconstruct_ctu(record, maps, &mut view, &frame, weights, recon) {
            tracing::debug!(poc = ctx.poc, %error, "prediction from a picture that is not there");
        }
        None
    }

    /// Stores the current CTU in its row, and goes on to the next.
    fn hand_on(&mut self, job: &Arc<FrameJob<S>>, segment: Option<&Segment>, scratch: &mut Scratch<S>) {
        let y = job.ctx.position(self.ts).1 as usize;
        let mut row = lock(&job.rows[y]);
        self.store(&job.ctx, &mut row, segment.filter(|_| !self.concealing), scratch);
        let is_complete = row.remaining == 0;
        let ready = row.ready();
        drop(row);
        for task in ready {
            job.executor.spawn(task);
        }
        self.sao_left = Some(scratch.record.sao);
        if self.ends_early {
            (self.ends_early, self.sound, self.concealing) = (false, false, true);
        }
        self.stage = Stage::Parse;
        self.ts += 1;
        if is_complete {
            job.row_complete(y);
        }
    }

    /// Stores the current CTU, of `segment` unless it was concealed, in its row.
    fn store(
        &mut self,
        ctx: &FrameCtx<S>,
        row: &mut Row<S>,
        segment: Option<&Segment>,
        scratch: &mut Scratch<S>,
    ) {
        let (x, y) = ctx.position(self.ts);
        let Scratch { maps, above, record, .. } = scratch;
        let filter = match segment {
            Some(segment) => ctx.ctu_filter(segment, (x, y), record.sao),
            None => CtuFilter {
                tile_id: ctx.tile_id(x, y) as u16,
                ends_tile: ctx.ends_tile(x, y),
                ..CtuFilter::MISSING
            },
        };
        if let Some(info) = &mut row.filter {
            info.add_ctu(&ctx.filter, x as usize, maps, record, filter);
        }
        if let (Some(motion), Some(segment)) = (&mut row.motion, segment) {
            ctx.picture.motion.collect(motion, maps, &segment.motion);
        }
        let goes_on_in_row = self.goes_on_in_row(ctx, self.ts);
        if !goes_on_in_row && x + 1 < ctx.width_ctb {
            row.right_columns.push((x, Box::new(RightColumn::of(maps))));
        }
        if !self.concealing && ctx.active.pps.entropy_coding_sync_enabled_flag && ctx.is_second_in_tile(x, y)
        {
            row.contexts.push((x, self.contexts_after_ctu));
        }
        let state = &mut row.ctus[x as usize];
        maps.bottom(&mut state.bottom);
        if let Some(strip) = &mut self.strip {
            view(strip, maps, above, &ctx.format).bottom(&mut state.samples);
        }
        state.sao = record.sao;
        state.done = true;
        if !goes_on_in_row {
            // Before the row counts as complete, which makes its band whole again.
            self.strip = None;
        }
        row.remaining -= 1;
    }
}

/// The current CTU of `maps` in the picture.
fn view<'a, S: Sample>(
    strip: &'a mut Strip<S>,
    maps: &CtuMaps,
    above: &'a AboveRow<S>,
    format: &'a PictureFormat,
) -> CtuView<'a, S> {
    CtuView::new(strip, maps.x0 as usize, 4 * usize::from(maps.units_w), above, format)
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
