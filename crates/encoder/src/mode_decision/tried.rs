//! Candidates as a trace shows them, in the order in which mode decision looked at them.

use super::candidate::{Candidate, Cost};
use super::search::Cu;
use rivus_coding::ctu::record::{CodingUnit, PredictionUnit};

/// What a square of the CTU was tried as.
#[derive(Clone, Debug)]
pub enum Attempt {
    /// One coding unit.
    Unit(Box<CodingUnit>, Vec<PredictionUnit>),
    /// Four quarters.
    Split,
    /// Four quarters, given up before the last one was decided: the cost is that of those before.
    GivenUp,
}

/// A candidate and what became of it.
#[derive(Clone, Debug)]
pub struct Tried {
    /// Left edge in luma samples from the CTU's left edge.
    pub x: usize,
    /// Top edge in luma samples from the CTU's top edge.
    pub y: usize,
    /// Size in luma samples.
    pub size: usize,
    /// What was tried.
    pub attempt: Attempt,
    /// What it costs, with the bits as they were estimated.
    pub cost: Cost,
    /// It was the best of the square so far.
    pub is_best: bool,
}

impl Tried {
    /// A candidate for the whole square.
    pub fn new<S>(candidate: &Candidate<S>, cu: &Cu, is_best: bool) -> Self {
        let record = &candidate.record;
        let attempt = match record.cus.first() {
            Some(unit) if unit.log2_size == cu.log2 => Attempt::Unit(Box::new(*unit), record.pus.clone()),
            _ => Attempt::Split,
        };
        Self { x: cu.x, y: cu.y, size: cu.size(), attempt, cost: candidate.cost, is_best }
    }

    /// A split that was given up at `cost`.
    pub fn given_up(cost: Cost, cu: &Cu) -> Self {
        Self { x: cu.x, y: cu.y, size: cu.size(), attempt: Attempt::GivenUp, cost, is_best: false }
    }
}
