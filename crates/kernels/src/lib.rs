//! Sample arithmetic for HEVC, in one table of functions per instruction set. Knows no syntax.
//!
//! [`Kernels<S>`] holds one struct of plain `fn` pointers per family (`sad`, `satd`, `fdct`, …), for samples
//! of type `u8` (8 bit) or `u16` (9 to 16 bit; the depth is a run-time argument). [`Kernels::at`] gives the
//! `'static` table of a [`Tier`]; an encoder or decoder picks one when it is created and passes it down, so
//! there is no feature test in or around a kernel call.
//!
//! Every family is a folder: `mod` (the struct, the contract of each entry), `scalar` (the specification in
//! code, never optimised), one file per tier that has something faster, and `tests` (the cases that compare
//! every tier with `scalar`, shared with the benchmarks). `docs/kernels.md` tells how to add one.
//!
//! ```
//! use rivus_kernels::{Kernels, Tier};
//! use rivus_picture::Block;
//!
//! let kernels = Kernels::<u8>::best();
//! let (a, b) = ([10u8; 64], [13u8; 64]);
//! let (a, b) = (Block::new(&a, 0, 8, 8, 8), Block::new(&b, 0, 8, 8, 8));
//! assert_eq!((kernels.sad.block)(a, b), 3 * 64);
//!
//! let reference = Kernels::<u8>::at(Tier::Scalar).expect("scalar is always there");
//! assert_eq!((reference.sad.block)(a, b), 3 * 64);
//! ```
#![deny(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod cells;
pub mod deblock;
pub mod fdct;
#[cfg(any(test, feature = "harness"))]
pub mod harness;
pub mod idct;
mod interpolation;
pub mod intra;
mod lanes;
pub mod lowres;
pub mod mc_chroma;
pub mod mc_luma;
pub mod quant;
pub mod residual;
pub mod sad;
pub mod sao;
pub mod satd;
pub mod sse;
mod table;
pub mod temporal;
mod tier;
pub mod transform_matrix;
pub mod variance;
pub mod weighted;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use deblock::EdgeParams;
pub use interpolation::{CHROMA_TAPS, LUMA_TAPS, MC_STRIDE, PRED_BIAS};
pub use table::Kernels;
pub use tier::{TIER_VARIABLE, Tier, UnknownTier};
