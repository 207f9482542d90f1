//! The in-loop filters of a picture from top to bottom: deblock a row, apply SAO to the one above, publish that.

use std::ops::Range;

use rivus_kernels::Kernels;
use rivus_picture::shared::Band;
use rivus_picture::{Block, Sample};

use super::deblock::DeblockRow;
use super::sao::{SaoRows, SaoState, sao_row};
use super::{FilterParams, RowFilterInfo};

/// The filters of one picture in progress. It owns the bands between reconstruction and publication: the last row pushed
/// waits for the one below it. Movable between threads; a push is the natural task.
#[derive(Debug)]
pub struct InLoopWalk<S: Sample> {
    params: FilterParams,
    kernels: &'static Kernels<S>,
    state: SaoState<S>,
    /// The row above the waiting one, published already.
    done: Option<RowFilterInfo>,
    /// Deblocked but for its lower edge.
    waiting: Option<(Band<S>, RowFilterInfo)>,
}

/// A row of CTUs between deblocking and SAO.
pub struct DeblockedRow<'a, S> {
    /// Per plane, the samples of the whole row; one more line follows below unless the row is the picture's last.
    pub planes: [Option<Block<'a, S>>; 3],
}

impl<S: Sample> InLoopWalk<S> {
    /// For one picture.
    pub fn new(params: FilterParams, kernels: &'static Kernels<S>) -> Self {
        Self { params, kernels, state: SaoState::new(&params), done: None, waiting: None }
    }

    /// Begins another picture, with the memory of this one. A row that still waits is given up, unpublished.
    pub fn restart(&mut self, params: FilterParams) {
        if params != self.params {
            self.state = SaoState::new(&params);
            self.params = params;
        }
        self.done = None;
        self.waiting = None;
    }

    /// Filters the next row, which is reconstructed, as far as it can be, and finishes and publishes the row above it, or both
    /// if this is the last of the picture. Rows are pushed from top to bottom. Returns a row's information that is no longer
    /// needed, for its memory.
    pub fn push(&mut self, band: Band<S>, info: RowFilterInfo) -> Option<RowFilterInfo> {
        self.push_with(band, info, &mut |_, _| {})
    }

    /// As [`InLoopWalk::push`], for an encoder: `decide` is called for each row once it is deblocked, with its samples and the
    /// information whose SAO parameters it may set.
    pub fn push_with(
        &mut self,
        mut band: Band<S>,
        mut info: RowFilterInfo,
        decide: &mut dyn FnMut(&DeblockedRow<'_, S>, &mut RowFilterInfo),
    ) -> Option<RowFilterInfo> {
        let is_last = band.rows(0).end == self.params.format.height;
        let planes = self.params.format.num_planes();
        let mut spare = None;
        if let Some((mut upper, mut upper_info)) = self.waiting.take() {
            self.deblock_pair(&mut upper, &mut band, &info, &upper_info);
            let lines: [Range<usize>; 3] =
                std::array::from_fn(|p| if p < planes { upper.rows(p) } else { 0..0 });
            let pair = Band::pair(&mut upper, &mut band);
            let row = DeblockedRow {
                planes: std::array::from_fn(|p| {
                    let width = if p < planes { self.params.format.plane_size(p).0 } else { 0 };
                    (width > 0).then(|| pair.block(p, 0, lines[p].start, width, lines[p].len() + 1))
                }),
            };
            decide(&row, &mut upper_info);
            self.sao_pair(&mut upper, &mut band, &upper_info, &info);
            upper.publish();
            spare = self.done.replace(upper_info);
        } else {
            self.deblock_first(&mut band, &info);
        }
        if is_last {
            let row = DeblockedRow {
                planes: std::array::from_fn(|p| {
                    let lines = if p < planes { band.rows(p) } else { 0..0 };
                    let width = if p < planes { self.params.format.plane_size(p).0 } else { 0 };
                    (width > 0).then(|| band.block(p, 0, lines.start, width, lines.len()))
                }),
            };
            decide(&row, &mut info);
            self.sao_last(&mut band, &info);
            band.publish();
            self.done = Some(info);
        } else {
            self.waiting = Some((band, info));
        }
        spare
    }

    fn deblock_first(&self, band: &mut Band<S>, info: &RowFilterInfo) {
        let row = DeblockRow::new(info, None, &self.params);
        if row.is_disabled() {
            return;
        }
        for plane in 0..self.params.format.num_planes() {
            let (rows, width) = (band.rows(plane), self.params.format.plane_size(plane).0);
            row.filter(plane, &mut band.block_mut(plane, 0, rows.start, width, rows.len()), self.kernels);
        }
    }

    fn deblock_pair(
        &self,
        upper: &mut Band<S>,
        band: &mut Band<S>,
        info: &RowFilterInfo,
        above: &RowFilterInfo,
    ) {
        let row = DeblockRow::new(info, Some(above), &self.params);
        if row.is_disabled() {
            return;
        }
        for plane in 0..self.params.format.num_planes() {
            let (rows, width) = (band.rows(plane), self.params.format.plane_size(plane).0);
            let lead = row.lead(plane);
            let mut pair = Band::pair(upper, band);
            let mut samples = pair.block_mut(plane, 0, rows.start - lead, width, lead + rows.len());
            row.filter(plane, &mut samples, self.kernels);
        }
    }

    fn sao_pair(
        &mut self,
        upper: &mut Band<S>,
        band: &mut Band<S>,
        current: &RowFilterInfo,
        below: &RowFilterInfo,
    ) {
        let rows = SaoRows { above: self.done.as_ref(), current, below: Some(below) };
        for plane in 0..self.params.format.num_planes() {
            let (lines, width) = (upper.rows(plane), self.params.format.plane_size(plane).0);
            let mut pair = Band::pair(upper, band);
            let mut samples = pair.block_mut(plane, 0, lines.start, width, lines.len() + 1);
            sao_row(&mut samples, plane, rows, &self.params, &mut self.state, self.kernels);
        }
    }

    fn sao_last(&mut self, band: &mut Band<S>, current: &RowFilterInfo) {
        let rows = SaoRows { above: self.done.as_ref(), current, below: None };
        for plane in 0..self.params.format.num_planes() {
            let (lines, width) = (band.rows(plane), self.params.format.plane_size(plane).0);
            let mut samples = band.block_mut(plane, 0, lines.start, width, lines.len());
            sao_row(&mut samples, plane, rows, &self.params, &mut self.state, self.kernels);
        }
    }
}
