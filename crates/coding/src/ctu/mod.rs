//! One coding tree unit: its record (what the bitstream says) and the CTU-local maps of its surroundings.
//!
//! All positions inside a CTU are local: luma samples from the CTU's top-left corner (0..=63), or, in the
//! maps, units of 4x4 luma samples with a border of one unit to the left, above and (one unit) above-right.
//! Working on small local arrays keeps the state in the first-level cache and makes rows independent: what a
//! row needs of the row above is handed over per CTU as a [`maps::CtuBottom`].

pub mod maps;
pub mod record;
