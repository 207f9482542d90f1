//! Adaptive quantisation: finer where the eye sees errors, coarser where texture hides them.
//!
//! The measure of a block is the energy of its samples around their mean, luma and chroma together.

use super::lowres::Grid;
use rivus_kernels::Kernels;
use rivus_picture::{Picture, Sample};

/// What adaptive quantisation does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AqMode {
    /// 1 by variance, 2 by variance relative to the picture's, 3 as 2 but favouring dark and flat blocks.
    pub mode: u8,
    /// Factor on the offsets.
    pub strength: f64,
}

/// Log2 of the energy of a 16x16 block that gets offset 0 in mode 1.
const NEUTRAL: f64 = 14.43;

/// QP offsets per block.
pub fn offsets<S: Sample>(source: &Picture<S>, grid: Grid, kernels: &Kernels<S>, aq: AqMode) -> Vec<f32> {
    let energies: Vec<f64> =
        (0..grid.count()).map(|i| energy(source, i % grid.width, i / grid.width, kernels)).collect();
    if aq.mode == 1 {
        let offset = |e: f64| 1.04 * aq.strength * ((e + 1.0).log2() - NEUTRAL);
        return energies.iter().map(|&e| offset(e) as f32).collect();
    }
    // The root of tenth order is close to a logarithm, but flat blocks do not run away.
    let roots: Vec<f64> = energies.iter().map(|e| (e + 1.0).powf(0.1)).collect();
    let count = roots.len().max(1) as f64;
    let mean = roots.iter().sum::<f64>() / count;
    let mean_square = roots.iter().map(|a| a * a).sum::<f64>() / count;
    let strength = aq.strength * mean;
    let neutral = mean - 0.5 * (mean_square - 11.0) / mean;
    let dark = if aq.mode == 3 { aq.strength } else { 0.0 };
    roots.iter().map(|a| (strength * (a - neutral) + dark * (1.0 - 11.0 / (a * a))) as f32).collect()
}

/// Energy around the mean of the 16x16 luma samples of a block and the chroma samples that belong to them, at 8-bit scale.
fn energy<S: Sample>(source: &Picture<S>, bx: usize, by: usize, kernels: &Kernels<S>) -> f64 {
    let format = source.format();
    let mut sum = 0.0;
    for plane in 0..format.num_planes() {
        let (sx, sy) = format.chroma.plane_shifts(plane);
        let (w, h) = (16 >> sx, 16 >> sy);
        let block = source.block(plane, (bx * w) as isize, (by * h) as isize, w, h);
        let (total, squares) = (kernels.variance.block)(block);
        let around_mean = squares as f64 - f64::from(total) * f64::from(total) / (w * h) as f64;
        sum += around_mean / f64::from(1u32 << (2 * (format.bit_depth(plane) - 8)));
    }
    sum
}
