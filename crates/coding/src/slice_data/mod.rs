//! 7.3.8: slice segment data, parsed into and written from coding tree unit records.
//!
//! One file per syntax structure, parsing and writing side by side with one set of context increments.

pub mod residual_coding;
