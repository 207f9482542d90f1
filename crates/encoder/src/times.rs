//! Where the time goes: readings of the clock, if they are asked for.

use std::time::{Duration, Instant};

/// Time spent on a picture, by stage, every time it was coded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StageTimes {
    /// Conversion to the coded format.
    pub conversion: Duration,
    /// Lookahead: its own analysis, and its part of the planning of its mini-GOP. Several threads may have worked at it.
    pub lookahead: Duration,
    /// Temporal filter. Several threads may have worked at it.
    pub temporal_filter: Duration,
    /// Mode decision with motion search and quantisation: the sum over all rows, of which several may be in work at once.
    pub analysis: Duration,
    /// In-loop filters with the choice of SAO.
    pub loop_filters: Duration,
    /// Entropy coding and assembly of the access unit.
    pub writing: Duration,
}

impl StageTimes {
    /// Names and times of the stages, in the order in which a picture goes through them.
    pub fn stages(&self) -> [(&'static str, Duration); 6] {
        [
            ("conversion", self.conversion),
            ("lookahead", self.lookahead),
            ("temporal_filter", self.temporal_filter),
            ("analysis", self.analysis),
            ("loop_filters", self.loop_filters),
            ("writing", self.writing),
        ]
    }
}

impl std::ops::AddAssign for StageTimes {
    fn add_assign(&mut self, other: Self) {
        self.conversion += other.conversion;
        self.lookahead += other.lookahead;
        self.temporal_filter += other.temporal_filter;
        self.analysis += other.analysis;
        self.loop_filters += other.loop_filters;
        self.writing += other.writing;
    }
}

/// Measures, or does nothing: there are platforms without a clock, and who does not ask does not pay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stopwatch {
    is_on: bool,
}

impl Stopwatch {
    /// One that measures if `is_on` and the platform has a clock.
    pub fn new(is_on: bool) -> Self {
        Self { is_on: is_on && !cfg!(all(target_family = "wasm", target_os = "unknown")) }
    }

    /// Whether it measures.
    pub fn is_on(self) -> bool {
        self.is_on
    }

    /// Does `work` and adds the time it takes to `sum`.
    pub fn measure<R>(self, sum: &mut Duration, work: impl FnOnce() -> R) -> R {
        if !self.is_on {
            return work();
        }
        let start = Instant::now();
        let result = work();
        *sum += start.elapsed();
        result
    }
}
