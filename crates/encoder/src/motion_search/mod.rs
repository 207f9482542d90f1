//! Motion search: predictors, integer search, subpel refinement, and what a vector costs.
//!
//! A search works for one rectangle of the source against one reference plane. Every step compares
//! `distortion + lambda * bits` in whole numbers, so results are the same on every machine and tier.

pub mod cost;
pub mod integer;
pub mod reference;
pub mod subpel;

pub use cost::MvRate;
pub use reference::RefPlane;

use rivus_coding::motion::Mv;

/// A vector and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The vector in quarter samples.
    pub mv: Mv,
    /// Distortion (SAD for integer steps, SATD after subpel refinement) without rate.
    pub distortion: u32,
    /// Distortion plus the rate of the vector difference.
    pub cost: u32,
    /// Where the costs around a whole-sample vector suggest a better one, in quarter samples.
    pub lean: (i8, i8),
}
