//! Pictures as the lookahead sees them: half size, in blocks of 8x8 that stand for 16x16 luma samples.

use super::adaptive_quant::{self, AqMode};
use super::cost;
use super::weights::Level;
use rivus_kernels::Kernels;
use rivus_picture::{PAD, Picture, Plane, Sample};
use std::sync::Arc;

/// Side of a block in the half-size picture.
pub const BLOCK: usize = 8;

/// The blocks of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Blocks per row.
    pub width: usize,
    /// Rows of blocks.
    pub height: usize,
}

impl Grid {
    /// The blocks of a picture of this many luma samples; the last ones may reach out of it.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width: width.div_ceil(2 * BLOCK), height: height.div_ceil(2 * BLOCK) }
    }

    /// Number of blocks.
    pub fn count(&self) -> usize {
        self.width * self.height
    }
}

/// A picture with what is known of it alone.
pub struct Analysed<S: Sample> {
    /// The picture.
    pub source: Arc<Picture<S>>,
    /// Its luma at half size, padded.
    pub half: Plane<S>,
    /// Its blocks.
    pub grid: Grid,
    /// SATD of the best intra prediction per block, at 8-bit scale.
    pub intra: Vec<u32>,
    /// Sum of `intra`.
    pub intra_sum: u64,
    /// QP offset of adaptive quantisation per block; empty if it is off.
    pub aq: Vec<f32>,
    /// Levels of the components, if brightness is compared.
    pub levels: Option<[Level; 3]>,
}

/// What is to be known of pictures besides the cost of intra prediction.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Offsets of adaptive quantisation.
    pub aq: Option<AqMode>,
    /// Levels of the components.
    pub levels: bool,
}

impl<S: Sample> Analysed<S> {
    /// Analyses a picture whose padding is filled.
    pub fn new(source: Arc<Picture<S>>, kernels: &Kernels<S>, wanted: Wanted) -> Self {
        let format = *source.format();
        let half = half_size(&source, kernels);
        let grid = Grid::new(format.width, format.height);
        let intra = cost::intra(&half, grid, kernels, format.bit_depth_luma);
        let intra_sum = intra.iter().copied().map(u64::from).sum();
        let aq =
            wanted.aq.map_or_else(Vec::new, |mode| adaptive_quant::offsets(&source, grid, kernels, mode));
        let levels = wanted.levels.then(|| Level::of_picture(&source, &half));
        Self { source, half, grid, intra, intra_sum, aq, levels }
    }
}

/// The luma plane at half size, with padding.
fn half_size<S: Sample>(source: &Picture<S>, kernels: &Kernels<S>) -> Plane<S> {
    let (width, height) = (source.format().width.div_ceil(2), source.format().height.div_ceil(2));
    let mut half = Plane::new(width, height);
    let from = source.plane(0).block(0, 0, 2 * width, 2 * height);
    (kernels.lowres.half)(half.block_mut(0, 0, width, height), from);
    half.pad();
    half
}

/// A half-size plane with its padding as the motion search wants it.
pub fn reference<S: Sample>(plane: &Plane<S>) -> crate::motion_search::RefPlane<'_, S> {
    let pad = PAD as isize;
    let samples = plane.block(-pad, -pad, plane.width() + 2 * PAD, plane.height() + 2 * PAD);
    crate::motion_search::RefPlane::new(samples, PAD)
}
