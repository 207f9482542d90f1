//! Atomics: those of the standard library, or with the feature `model` those of a model checker.

#[cfg(feature = "model")]
pub(crate) use shuttle::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
#[cfg(not(feature = "model"))]
pub(crate) use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
