//! Inter sample prediction (8.5.3.3).

pub mod compensate;
pub mod weighted;
mod wide;

pub use compensate::{InterScratch, MissingReference, compensate, compensate_block};
pub use weighted::{PredWeights, WeightOffset};

#[cfg(test)]
mod tests;
