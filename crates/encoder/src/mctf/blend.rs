//! Weights of the neighbours of a block, and the mean.

use super::search::{BLOCK, Motion, PART, PARTS, Search};
use super::{MOST, Strength, TemporalFilter};
use crate::lookahead::lowres::Grid;
use rayon::prelude::*;
use rivus_kernels::Kernels;
use rivus_kernels::temporal::{self, MAX_WEIGHT, OWN_WEIGHT};
use rivus_picture::{Block, BlockMut, Picture, Sample};

/// Factors on the weight by distance, with pictures on both sides, where there are no more than half of them on each, and on one.
const BY_DISTANCE: [[f64; MOST]; 2] =
    [[0.85, 0.57, 0.41, 0.33, 0.0, 0.0, 0.0, 0.0], [1.13, 0.97, 0.81, 0.57, 0.45, 0.37, 0.31, 0.27]];
/// Factors on the weight, luma and chroma.
const BY_PLANE: [f64; 2] = [0.4, 0.55];
/// Of the parts of a picture, sorted by how well they are predicted, the one that has noise and nothing else.
const NOISE_RANK: f64 = 0.25;
/// How far above the noise of that part the error of a part may be that has no more than noise.
const NOISE_SPREAD: f64 = 3.0;
/// Error, as a multiple of the noise, above which no refinement of the motion makes a prediction useful.
const HOPELESS: f64 = 8.0;

/// Rows of filtered samples of the three planes, [`BLOCK`] of luma.
type Rows<S> = [Vec<S>; 3];

/// See [`TemporalFilter::run`].
pub(super) struct Filter<'a, S: Sample> {
    search: Search<'a, S>,
    strength: Strength,
    /// Weight of a neighbour before its error counts, by plane (luma, chroma).
    weights: [[f64; MOST]; 2],
    /// `scale` of the kernel by plane.
    scales: [i16; 2],
}

/// Predictions of a block from all neighbours.
struct Scratch<S> {
    luma: [[S; BLOCK * BLOCK]; MOST],
    chroma: [[S; PART * PART]; MOST],
}

impl<'a, S: Sample> Filter<'a, S> {
    pub(super) fn new(
        picture: &'a Picture<S>,
        filter: &'a TemporalFilter<S>,
        strength: Strength,
        kernels: &'static Kernels<S>,
    ) -> Self {
        let neighbours = &filter.neighbours[..];
        let by_distance = BY_DISTANCE[usize::from(!filter.both)];
        let distance = |i: usize| neighbours.get(i).map_or(0.0, |n| by_distance[n.distance - 1]);
        let format = picture.format();
        let scale = |plane: usize| {
            // exp(-d^2 / (2 * sigma^2)) is exp(-8 * u^2) at u = d / (4 * sigma).
            let sigma = strength.sigma[plane] * f64::from(1u32 << (format.bit_depth(plane) - 8));
            (32768.0 / (4.0 * sigma)).round().clamp(1.0, 32767.0) as i16
        };
        Self {
            search: Search { kernels, picture, neighbours },
            strength,
            weights: BY_PLANE.map(|by_plane| {
                std::array::from_fn(|i| f64::from(OWN_WEIGHT) * strength.weight * by_plane * distance(i))
            }),
            scales: [0, 1].map(scale),
        }
    }

    pub(super) fn run(&self, grid: Grid, filtered: Picture<S>) -> Picture<S> {
        let place = |index: usize| (index % grid.width * BLOCK, index / grid.width * BLOCK);
        let blocks = (0..grid.count()).into_par_iter();
        let mut motion: Vec<Motion> = blocks.map(|index| self.search.start(index, place(index))).collect();
        let noise = self.noise(&motion);
        motion.par_iter_mut().enumerate().for_each(|(index, motion)| {
            self.search.refine(motion, place(index), (noise, HOPELESS * noise));
        });
        let rows: Vec<Rows<S>> = motion
            .par_chunks(grid.width)
            .enumerate()
            .map(|(by, motion)| self.row(by, motion, noise))
            .collect();
        Self::assemble(&rows, filtered)
    }

    fn assemble(rows: &[Rows<S>], mut filtered: Picture<S>) -> Picture<S> {
        for (plane, height) in [BLOCK, PART, PART].into_iter().enumerate() {
            let mut out = filtered.plane_mut(plane);
            let width = out.width();
            for y in 0..out.height() {
                let from = &rows[y / height][plane];
                let stride = from.len() / height;
                out.row_mut(y).copy_from_slice(&from[y % height * stride..][..width]);
            }
        }
        filtered.pad();
        filtered
    }

    /// The mean squared error, at 8 bit, up to which a prediction is taken to differ by noise alone. Flat parts tell nothing:
    /// bars around a picture have no noise.
    fn noise(&self, motion: &[Motion]) -> f64 {
        let count = self.search.neighbours.len();
        let mut least: Vec<f64> = motion
            .iter()
            .flat_map(|m| m.errors.iter().zip(m.is_flat).filter(|(_, is_flat)| !is_flat))
            .map(|(errors, _)| errors[..count].iter().copied().fold(f64::INFINITY, f64::min))
            .collect();
        let rank = (least.len() as f64 * NOISE_RANK) as usize;
        let floor =
            if least.is_empty() { 0.0 } else { *least.select_nth_unstable_by(rank, f64::total_cmp).1 };
        NOISE_SPREAD * floor + self.strength.hidden
    }

    /// Filters a row of blocks; rows of samples are as long as whole blocks.
    fn row(&self, by: usize, motion: &[Motion], noise: f64) -> Rows<S> {
        let samples = motion.len() * BLOCK * BLOCK;
        let mut rows = [samples, samples / 4, samples / 4].map(|len| vec![S::default(); len]);
        let mut scratch = Scratch {
            luma: [[S::default(); BLOCK * BLOCK]; MOST],
            chroma: [[S::default(); PART * PART]; MOST],
        };
        for (bx, motion) in motion.iter().enumerate() {
            let at = (bx * BLOCK, by * BLOCK);
            for (i, neighbour) in self.search.neighbours.iter().enumerate() {
                self.search.predict(neighbour, at, motion.vectors[i], &mut scratch.luma[i]);
            }
            let factors = motion.errors.map(|part| part.map(|error| noise / noise.max(error)));
            self.luma(at, &factors, &mut rows[0], &scratch);
            let factors = std::array::from_fn(|i| factors.iter().map(|part| part[i]).sum::<f64>() / 4.0);
            for (plane, out) in rows.iter_mut().enumerate().skip(1) {
                self.chroma(at, plane, motion, &factors, out, &mut scratch);
            }
        }
        rows
    }

    /// Filters the four parts of a block.
    fn luma(&self, at: (usize, usize), factors: &[[f64; MOST]; 4], out: &mut [S], scratch: &Scratch<S>) {
        let stride = out.len() / BLOCK;
        for (factors, (dx, dy)) in factors.iter().zip(PARTS) {
            let (x, y) = (at.0 + dx, at.1 + dy);
            let source = self.search.picture.block(0, x as isize, y as isize, PART, PART);
            let blocks: [Block<'_, S>; MOST] =
                std::array::from_fn(|i| Block::new(&scratch.luma[i], dy * BLOCK + dx, BLOCK, PART, PART));
            self.blend(BlockMut::new(out, dy * stride + x, stride, PART, PART), source, &blocks, 0, factors);
        }
    }

    /// Filters a block of a chroma plane by the motion of luma.
    fn chroma(
        &self,
        at: (usize, usize),
        plane: usize,
        motion: &Motion,
        factors: &[f64; MOST],
        out: &mut [S],
        scratch: &mut Scratch<S>,
    ) {
        let (x, y) = ((at.0 / 2) as isize, (at.1 / 2) as isize);
        let bit_depth = self.search.picture.format().bit_depth(plane);
        for (i, neighbour) in self.search.neighbours.iter().enumerate() {
            let mv = motion.vectors[i];
            let (dx, dy) = (isize::from(mv.x >> 3), isize::from(mv.y >> 3));
            let from = neighbour.picture.block(plane, x + dx - 1, y + dy - 1, PART + 3, PART + 3);
            let to = BlockMut::new(&mut scratch.chroma[i], 0, PART, PART, PART);
            let put = self.search.kernels.mc_chroma.put;
            put(to, from, (mv.x & 7) as u8, (mv.y & 7) as u8, bit_depth);
        }
        let source = self.search.picture.block(plane, x, y, PART, PART);
        let blocks: [Block<'_, S>; MOST] =
            std::array::from_fn(|i| Block::new(&scratch.chroma[i], 0, PART, PART, PART));
        let stride = out.len() / PART;
        self.blend(BlockMut::new(out, x as usize, stride, PART, PART), source, &blocks, 1, factors);
    }

    fn blend(
        &self,
        dst: BlockMut<'_, S>,
        source: Block<'_, S>,
        blocks: &[Block<'_, S>; MOST],
        plane: usize,
        factors: &[f64; MOST],
    ) {
        let neighbours: [_; MOST] = std::array::from_fn(|i| {
            let weight = self.weights[plane][i] * factors[i];
            temporal::Neighbour {
                block: blocks[i],
                weight: weight.round().min(f64::from(MAX_WEIGHT)) as i16,
                scale: self.scales[plane],
            }
        });
        let count = self.search.neighbours.len();
        (self.search.kernels.temporal.blend)(dst, source, &neighbours[..count]);
    }
}
