//! What is known about a row of CTUs while its picture is decoded, and what rows hand to each other.

use crate::tasks::Job;
use rivus_coding::ctu::maps::{CtuBottom, CtuMaps, at};
use rivus_coding::ctu::record::SaoParams;
use rivus_coding::motion::Motion;
use rivus_coding::motion::field::ColRow;
use rivus_picture::{Band, DividedBand, Sample};
use rivus_recon::in_loop::RowFilterInfo;
use rivus_recon::tile::TileBottom;
use rivus_syntax::cabac::ContextSet;

/// A CTU as the row below sees it.
#[derive(Clone, Default)]
pub(crate) struct CtuState<S: Sample> {
    /// Reconstructed or concealed; what follows is valid.
    pub(crate) done: bool,
    /// Lowest units.
    pub(crate) bottom: CtuBottom,
    /// Lowest samples before in-loop filtering.
    pub(crate) samples: TileBottom<S>,
    /// SAO parameters, for `sao_merge_up_flag`.
    pub(crate) sao: SaoParams,
}

/// The right column of units of a CTU whose right neighbour is decoded by another chain: boundary strengths
/// between slices and tiles depend on it.
#[derive(Clone)]
pub(crate) struct RightColumn {
    motion: [Motion; 16],
    flags: [u8; 16],
}

impl RightColumn {
    /// The right column of the CTU in `maps`.
    pub(crate) fn of(maps: &CtuMaps) -> Self {
        let units = 1usize << (maps.ctb_log2_size - 2);
        let mut column = Self { motion: [Motion::INTRA; 16], flags: [0; 16] };
        for y in 0..units {
            let from = at(units as isize - 1, y as isize);
            (column.motion[y], column.flags[y]) = (maps.motion[from], maps.flags[from]);
        }
        column
    }

    /// Makes it the right column of the CTU before the next one in `maps`, for [`CtuMaps::begin`] to hand on.
    pub(crate) fn restore(&self, maps: &mut CtuMaps, ctb_log2_size: u8) {
        let units = 1usize << (ctb_log2_size - 2);
        for y in 0..units {
            let to = at(units as isize - 1, y as isize);
            (maps.motion[to], maps.flags[to]) = (self.motion[y], self.flags[y]);
        }
    }
}

/// A row of CTUs in decoding.
pub(crate) struct Row<S: Sample> {
    /// Its CTUs from left to right.
    pub(crate) ctus: Vec<CtuState<S>>,
    /// CTUs that are not done.
    pub(crate) remaining: usize,
    /// Right columns, with their CTU's column.
    pub(crate) right_columns: Vec<(u32, Box<RightColumn>)>,
    /// Contexts after the second CTU in each tile, with that CTU's column (9.3.2.2, TableStateIdxWpp); none if it could
    /// not be parsed.
    pub(crate) contexts: Vec<(u32, ContextSet)>,
    /// Motion for later pictures, until the row is complete.
    pub(crate) motion: Option<ColRow>,
    /// What the in-loop filters need, until the row is complete.
    pub(crate) filter: Option<RowFilterInfo>,
    /// The right to write the row's samples, until the row is complete or the picture is given up. Chains take the columns
    /// of their CTUs from it.
    pub(crate) band: Option<DividedBand<S>>,
    /// Tasks that wait for the CTU in a column.
    pub(crate) waiting: Vec<(u32, Job)>,
}

impl<S: Sample> Row<S> {
    /// An unused row of `width` CTUs.
    pub(crate) fn new(width: usize) -> Self {
        Self {
            ctus: vec![CtuState::default(); width],
            remaining: width,
            right_columns: vec![],
            contexts: vec![],
            motion: None,
            filter: None,
            band: None,
            waiting: vec![],
        }
    }

    /// Begins the row for another picture.
    pub(crate) fn begin(&mut self, band: Band<S>, motion: ColRow, filter: RowFilterInfo) {
        self.ctus.iter_mut().for_each(|ctu| ctu.done = false);
        self.remaining = self.ctus.len();
        self.right_columns.clear();
        self.contexts.clear();
        self.waiting.clear();
        (self.band, self.motion, self.filter) = (Some(band.divide()), Some(motion), Some(filter));
    }

    /// The state of the CTU in column `x`, if there is such a CTU and it is done.
    pub(crate) fn done(&self, x: u32) -> Option<&CtuState<S>> {
        self.ctus.get(x as usize).filter(|ctu| ctu.done)
    }

    /// Takes the tasks whose CTUs are done.
    pub(crate) fn ready(&mut self) -> Vec<Job> {
        if self.waiting.is_empty() {
            return vec![];
        }
        let (ready, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|(x, _)| self.done(*x).is_some());
        self.waiting = rest;
        ready.into_iter().map(|(_, job)| job).collect()
    }
}
