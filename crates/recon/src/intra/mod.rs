//! Intra sample prediction (8.4.4.2).

pub mod predict;
pub mod reference_samples;

pub use predict::{IntraBlock, IntraParams, predict, predict_block};
pub use reference_samples::References;

#[cfg(test)]
mod tests;
