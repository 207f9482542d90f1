//! Mode decision: how each coding tree unit is split, predicted and transformed.
//!
//! One search, driven by [`tools::Tools`], recurses over the quadtree. Every way to code a block is a
//! [`candidate::Candidate`]: a piece of the CTU record, its reconstruction and its cost. Bits come from the writer of
//! the slice data itself, driven by an estimating sink.

mod bi_motion;
pub mod block;
pub mod candidate;
pub mod coding;
pub mod cost;
pub mod expected_gain;
pub mod inter;
pub mod intra;
pub mod partition;
pub mod search;
pub mod skip_merge;
pub mod tools;
pub mod transform_tree;
pub mod tried;
