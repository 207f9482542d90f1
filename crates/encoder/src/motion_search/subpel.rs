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

    /// Refines `start` by half samples and then by quarter samples, `rounds` crosses each; with `diagonals` the corner
    /// between the two better sides is tried as well.
    pub fn run(&self, start: Mv, rounds: [u8; 2], diagonals: bool, scratch: &mut [S]) -> Found {
        let start = self.range.clamp(start);
        let distortion = self.satd(start, scratch);
        let mut best = Found { mv: start, distortion, cost: distortion + self.rate.cost(start) };
        for (step, rounds) in [2i16, 1].into_iter().zip(rounds) {
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

    fn cross(&self, best: &mut Found, centre: Mv, step: i16, diagonals: bool, scratch: &mut [S]) {
        let mut attempt = |dx: i16, dy: i16| {
            let mv = Mv { x: centre.x + dx * step, y: centre.y + dy * step };
            if self.range.clamp(mv) != mv {
                return u32::MAX;
            }
            let distortion = self.satd(mv, scratch);
            let cost = distortion + self.rate.cost(mv);
            if cost < best.cost {
                *best = Found { mv, distortion, cost };
            }
            cost
        };
        let sides = [attempt(-1, 0), attempt(1, 0), attempt(0, -1), attempt(0, 1)];
        if diagonals {
            let dx = if sides[0] < sides[1] { -1 } else { 1 };
            let dy = if sides[2] < sides[3] { -1 } else { 1 };
            attempt(dx, dy);
        }
    }
}
