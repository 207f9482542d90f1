//! Subpel refinement: half, then quarter samples by SATD on the real interpolation filters.

use super::reference::MvRange;
use super::{Found, MvRate, RefPlane};
use rivus_coding::motion::Mv;
use rivus_kernels::Kernels;
use rivus_picture::{Block, BlockMut, Sample};

/// What one refinement needs.
pub struct SubpelSearch<'a, S: Sample> {
    /// Kernel table.
    pub kernels: &'a Kernels<S>,
    /// The source block (for bi-prediction: twice the source minus the other prediction, clipped).
    pub source: Block<'a, S>,
    /// Its left edge in the picture, in luma samples.
    pub x: i32,
    /// Its top edge in the picture, in luma samples.
    pub y: i32,
    /// The reference plane.
    pub reference: RefPlane<'a, S>,
    /// Allowed vectors.
    pub range: MvRange,
    /// Rate of vectors.
    pub rate: MvRate,
    /// Sample bit depth.
    pub bit_depth: u8,
}

/// Samples per row of the scratch prediction.
pub const SCRATCH_STRIDE: usize = 64;

impl<S: Sample> SubpelSearch<'_, S> {
    /// SATD of the prediction by `mv`.
    pub fn satd(&self, mv: Mv, scratch: &mut [S]) -> u32 {
        let (w, h) = (self.source.width(), self.source.height());
        let (x, y) = (self.x + (i32::from(mv.x) >> 2), self.y + (i32::from(mv.y) >> 2));
        let (fx, fy) = (mv.x as u8 & 3, mv.y as u8 & 3);
        if fx == 0 && fy == 0 {
            return (self.kernels.satd.block)(self.source, self.reference.block(x, y, w, h));
        }
        let from = self.reference.block(x - 3, y - 3, w + 7, h + 7);
        let mut prediction = BlockMut::new(scratch, 0, SCRATCH_STRIDE, w, h);
        (self.kernels.mc_luma.put)(prediction.rb(), from, fx, fy, self.bit_depth);
        (self.kernels.satd.block)(self.source, prediction.as_block())
    }

    /// Refines `start`, found by whole samples: first the point it leans to, then by half samples and by quarter samples,
    /// `rounds` crosses each; with `diagonals` the corner between the two better sides is tried as well.
    pub fn run(&self, start: &Found, rounds: [u8; 2], diagonals: bool, scratch: &mut [S]) -> Found {
        let mv = self.range.clamp(start.mv);
        let distortion = self.satd(mv, scratch);
        let mut best = Found { mv, distortion, cost: distortion + self.rate.cost(mv), lean: (0, 0) };
        if start.lean != (0, 0) {
            self.attempt(&mut best, mv, start.lean, scratch);
        }
        for (step, rounds) in [2i8, 1].into_iter().zip(rounds) {
            for _ in 0..rounds {
                let centre = best.mv;
                self.cross(&mut best, centre, step, diagonals, scratch);
                if best.mv == centre {
                    break;
                }
            }
        }
        best
    }

    /// Tries the vector (`dx`, `dy`) quarter samples from `centre` and returns its cost.
    fn attempt(&self, best: &mut Found, centre: Mv, (dx, dy): (i8, i8), scratch: &mut [S]) -> u32 {
        let mv = Mv { x: centre.x + i16::from(dx), y: centre.y + i16::from(dy) };
        if self.range.clamp(mv) != mv {
            return u32::MAX;
        }
        let distortion = self.satd(mv, scratch);
        let cost = distortion + self.rate.cost(mv);
        if cost < best.cost {
            *best = Found { mv, distortion, cost, lean: (0, 0) };
        }
        cost
    }

    fn cross(&self, best: &mut Found, centre: Mv, step: i8, diagonals: bool, scratch: &mut [S]) {
        let sides = [(-step, 0), (step, 0), (0, -step), (0, step)]
            .map(|offset| self.attempt(best, centre, offset, scratch));
        if diagonals {
            let dx = if sides[0] < sides[1] { -step } else { step };
            let dy = if sides[2] < sides[3] { -step } else { step };
            self.attempt(best, centre, (dx, dy), scratch);
        }
    }
}
