//! Sample adaptive offset (8.7.3), and the statistics an encoder chooses offsets from.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod baseline;
mod scalar;
#[cfg(any(test, feature = "harness"))]
pub(crate) mod tests;

use rivus_picture::{Block, BlockMut, Sample};

/// Edge offset: `(dst, src, class, offsets, bit_depth)`.
pub type SaoEdge<S> = fn(BlockMut<'_, S>, Block<'_, S>, u8, &[i16; 4], u8);
/// Band offset: `(dst, src, band_position, offsets, bit_depth)`.
pub type SaoBand<S> = fn(BlockMut<'_, S>, Block<'_, S>, u8, &[i16; 4], u8);
/// Statistics of an edge class: `(org, rec, class, sum, count)`.
pub type SaoEdgeStats<S> = fn(Block<'_, S>, Block<'_, S>, u8, &mut [i32; 5], &mut [u32; 5]);
/// Statistics of all bands: `(org, rec, sum, count, bit_depth)`.
pub type SaoBandStats<S> = fn(Block<'_, S>, Block<'_, S>, &mut [i32; 32], &mut [u32; 32], u8);

/// Kernels of this family. Blocks are up to 64 x 64, of any width and height.
///
/// Edge classes: 0 horizontal, 1 vertical, 2 from top left to bottom right, 3 from top right to bottom left
/// (`sao_eo_class`). For edges, the source is `(w + 2)` x `(h + 2)` and starts one sample to the left and
/// above: deblocked samples on all sides.
#[derive(Clone, Copy, Debug)]
pub struct SaoKernels<S> {
    /// Edge offset; `offsets` are SaoOffsetVal\[1\] to \[4\], for edgeIdx 1 to 4.
    pub edge: SaoEdge<S>,
    /// Band offset; `offsets` are those of the four bands from `band_position` (`sao_band_position`, 0..=31)
    /// on, wrapping around after band 31. The source is as large as the destination.
    pub band: SaoBand<S>,
    /// Adds, per edgeIdx of a sample of `rec`, the difference `org - rec` to `sum` and 1 to `count`.
    pub edge_stats: SaoEdgeStats<S>,
    /// Adds, per band of a sample of `rec`, the difference `org - rec` to `sum` and 1 to `count`.
    pub band_stats: SaoBandStats<S>,
}

impl<S: Sample> SaoKernels<S> {
    pub(crate) const SCALAR: Self = Self {
        edge: scalar::edge,
        band: scalar::band,
        edge_stats: scalar::edge_stats,
        band_stats: scalar::band_stats,
    };
}

impl SaoKernels<u8> {
    pub(crate) fn baseline(self) -> Self {
        Self { edge: baseline::edge, band: baseline::band, band_stats: baseline::band_stats, ..self }
    }
}

impl SaoKernels<u16> {
    pub(crate) fn baseline(self) -> Self {
        Self { edge: baseline::edge, band: baseline::band, band_stats: baseline::band_stats, ..self }
    }
}

#[cfg(target_arch = "x86_64")]
impl SaoKernels<u8> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { edge: avx2::edge_u8, band: avx2::band_u8, edge_stats: avx2::edge_stats_u8, ..self }
    }
}

#[cfg(target_arch = "x86_64")]
impl SaoKernels<u16> {
    #[target_feature(enable = "avx2")]
    pub(crate) fn avx2(self) -> Self {
        Self { edge: avx2::edge_u16, band: avx2::band_u16, edge_stats: avx2::edge_stats_u16, ..self }
    }
}
