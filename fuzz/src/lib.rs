//! Fuzz targets of Rivus. `docs/fuzzing.md` says how to run them.

pub mod drive;
pub mod mutate;
