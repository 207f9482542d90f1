//! What the encoder writes around slice data: parameter sets, slice headers, SEI messages.

pub(crate) mod hrd;
pub(crate) mod level;
pub(crate) mod parameter_sets;
pub(crate) mod sei;
pub(crate) mod slice;
mod vui;

pub(crate) use parameter_sets::ParameterSets;
