//! Deblocking of edge segments (8.7.2.5.3, 8.7.2.5.6 to 8.7.2.5.8).

#[cfg(target_arch = "x86_64")]
mod avx2;
mod baseline;
#[cfg(target_arch = "x86_64")]
mod lines;
mod scalar;
#[cfg(any(test, feature = "harness"))]
pub(crate) mod tests;

use rivus_picture::{BlockMut, Sample};

/// How one segment of an edge is filtered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EdgeParams {
    /// tC, scaled to the bit depth. Zero together with `beta`: the segment stays as it is (bS 0).
    pub tc: u16,
    /// beta, scaled to the bit depth; not used for chroma.
    pub beta: u16,
    /// Leaves the samples left of or above the edge as they are (nDp = 0: `pcm_loop_filter_disabled_flag`,
    /// `cu_transquant_bypass_flag`).
    pub keep_p: bool,
    /// The same for the samples right of or below the edge (nDq = 0).
    pub keep_q: bool,
}

/// Luma edge: `(block, segments, bit_depth)`.
pub type DeblockLuma<S> = fn(BlockMut<'_, S>, &[EdgeParams], u8);
/// Chroma edge: `(block, segments, samples along the edge per segment, bit_depth)`.
pub type DeblockChroma<S> = fn(BlockMut<'_, S>, &[EdgeParams], usize, u8);

/// Kernels of this family. `_v` filters a vertical edge, `_h` a horizontal one.
///
/// A block holds the samples on both sides of the edge, for as many segments as there are parameters, in
/// order along the edge.
#[derive(Clone, Copy, Debug)]
pub struct DeblockKernels<S> {
    /// Block 8 wide with the edge in the middle, segments of 4 rows.
    pub luma_v: DeblockLuma<S>,
    /// Block 8 high with the edge in the middle, segments of 4 columns.
    pub luma_h: DeblockLuma<S>,
    /// Block 4 wide with the edge in the middle, segments of 2 or 4 rows.
    pub chroma_v: DeblockChroma<S>,
    /// Block 4 high with the edge in the middle, segments of 2 or 4 columns.
    pub chroma_h: DeblockChroma<S>,
}

impl<S: Sample> DeblockKernels<S> {
    pub(crate) const SCALAR: Self = Self {
        luma_v: scalar::luma::<S, true>,
        luma_h: scalar::luma::<S, false>,
        chroma_v: scalar::chroma::<S, true>,
        chroma_h: scalar::chroma::<S, false>,
    };
}

impl DeblockKernels<u8> {
    pub(crate) fn baseline(self) -> Self {
        Self {
            luma_v: baseline::luma::<_, true>,
            luma_h: baseline::luma::<_, false>,
            chroma_v: baseline::chroma::<_, true>,
            chroma_h: baseline::chroma::<_, false>,
        }
    }
}

impl DeblockKernels<u16> {
    pub(crate) fn baseline(self) -> Self {
        Self {
            luma_v: baseline::luma::<_, true>,
            luma_h: baseline::luma::<_, false>,
            chroma_v: baseline::chroma::<_, true>,
            chroma_h: baseline::chroma::<_, false>,
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl DeblockKernels<u8> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self {
            luma_v: avx2::luma_v_u8,
            luma_h: avx2::luma_h_u8,
            chroma_v: avx2::chroma_v_u8,
            chroma_h: avx2::chroma_h_u8,
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl DeblockKernels<u16> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self {
            luma_v: avx2::luma_v_u16,
            luma_h: avx2::luma_h_u16,
            chroma_v: avx2::chroma_v_u16,
            chroma_h: avx2::chroma_h_u16,
        }
    }
}
