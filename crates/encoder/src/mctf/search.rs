//! Motion of blocks at full size, from that of the lookahead at half size.

use super::Neighbour;
use rivus_coding::motion::Mv;
use rivus_kernels::Kernels;
use rivus_kernels::temporal::MAX_NEIGHBOURS;
use rivus_picture::{Block, BlockMut, Picture, Sample};

/// Side of the blocks that move.
pub(super) const BLOCK: usize = 16;

/// Side of the parts of a block that have errors and weights of their own.
pub(super) const PART: usize = 8;

/// Corners of the parts of a block.
pub(super) const PARTS: [(usize, usize); 4] = [(0, 0), (PART, 0), (0, PART), (PART, PART)];

/// Steps of the refinement in quarter samples. The lookahead's vectors are multiples of two.
const STEPS: [i16; 2] = [2, 1];

/// Sides of a cross.
const CROSS: [(i16, i16); 4] = [(-1, 0), (1, 0), (0, -1), (0, 1)];

/// Longest vector component in quarter samples: what is beyond is padding.
const LONGEST: i16 = 0x3fff;

/// What is known of a block: its motion towards every neighbour, and how well its parts are predicted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Motion {
    /// Vectors in quarter samples.
    pub(super) vectors: [Mv; MAX_NEIGHBOURS],
    /// Mean squared error per part and neighbour, at 8 bit.
    pub(super) errors: [[f64; MAX_NEIGHBOURS]; 4],
    /// Whether all samples of a part are equal.
    pub(super) is_flat: [bool; 4],
}

/// Finds the motion of blocks of `picture`.
pub(super) struct Search<'a, S: Sample> {
    pub(super) kernels: &'a Kernels<S>,
    pub(super) picture: &'a Picture<S>,
    pub(super) neighbours: &'a [Neighbour<S>],
}

impl<S: Sample> Search<'_, S> {
    /// Motion of the block at `at`, which has `index` in the grid: that of the lookahead or none, whichever predicts better.
    pub(super) fn start(&self, index: usize, at: (usize, usize)) -> Motion {
        let mut motion = Motion { is_flat: self.is_flat(at), ..Motion::default() };
        let double = |v: i16| v.saturating_mul(2).clamp(-LONGEST, LONGEST);
        let mut prediction = [S::default(); BLOCK * BLOCK];
        for (i, neighbour) in self.neighbours.iter().enumerate() {
            let vector = neighbour.vectors[index];
            let vector = Mv { x: double(vector.x), y: double(vector.y) };
            let mut least = f64::INFINITY;
            for mv in [vector, Mv::ZERO] {
                let error = self.error(neighbour, at, mv, &mut prediction);
                if error < least {
                    least = error;
                    self.take(&mut motion, i, at, mv, &prediction);
                }
                if vector == Mv::ZERO {
                    break;
                }
            }
        }
        motion
    }

    /// Refines the vectors whose error of the block is within `range`, a mean squared error at 8 bit.
    pub(super) fn refine(&self, motion: &mut Motion, at: (usize, usize), range: (f64, f64)) {
        let mut prediction = [S::default(); BLOCK * BLOCK];
        for (i, neighbour) in self.neighbours.iter().enumerate() {
            let mut least = motion.errors.iter().map(|part| part[i]).sum::<f64>() / 4.0;
            if least <= range.0 || least > range.1 {
                continue;
            }
            for step in STEPS {
                let centre = motion.vectors[i];
                for (dx, dy) in CROSS {
                    let mv = Mv { x: centre.x + dx * step, y: centre.y + dy * step };
                    let error = self.error(neighbour, at, mv, &mut prediction);
                    if error < least {
                        least = error;
                        self.take(motion, i, at, mv, &prediction);
                    }
                }
            }
        }
    }

    /// Keeps a vector towards neighbour `i` with the errors of its prediction.
    fn take(&self, motion: &mut Motion, i: usize, at: (usize, usize), mv: Mv, prediction: &[S]) {
        motion.vectors[i] = mv;
        for (part, (dx, dy)) in PARTS.into_iter().enumerate() {
            let source = self.picture.block(0, (at.0 + dx) as isize, (at.1 + dy) as isize, PART, PART);
            let prediction = Block::new(prediction, dy * BLOCK + dx, BLOCK, PART, PART);
            let error = (self.kernels.sse.block)(source, prediction);
            motion.errors[part][i] = error as f64 * self.mean_at_8_bit(PART);
        }
    }

    fn is_flat(&self, at: (usize, usize)) -> [bool; 4] {
        PARTS.map(|(dx, dy)| {
            let source = self.picture.block(0, (at.0 + dx) as isize, (at.1 + dy) as isize, PART, PART);
            let (sum, squares) = (self.kernels.variance.block)(source);
            u64::from(sum) * u64::from(sum) == (PART * PART) as u64 * squares
        })
    }

    /// Factor from a sum of squares over a square of this side to their mean at 8 bit.
    fn mean_at_8_bit(&self, side: usize) -> f64 {
        let depth = self.picture.format().bit_depth_luma;
        1.0 / ((side * side) as f64 * f64::from(1u32 << (2 * (depth - 8))))
    }

    /// Predicts a block and returns the mean squared error at 8 bit.
    fn error(&self, neighbour: &Neighbour<S>, at: (usize, usize), mv: Mv, to: &mut [S]) -> f64 {
        self.predict(neighbour, at, mv, to);
        let source = self.picture.block(0, at.0 as isize, at.1 as isize, BLOCK, BLOCK);
        let error = (self.kernels.sse.block)(source, Block::new(to, 0, BLOCK, BLOCK, BLOCK));
        error as f64 * self.mean_at_8_bit(BLOCK)
    }

    /// Predicts the block at `at` by the vector `mv` into [`BLOCK`] rows of as many samples.
    pub(super) fn predict(&self, neighbour: &Neighbour<S>, at: (usize, usize), mv: Mv, to: &mut [S]) {
        let bit_depth = self.picture.format().bit_depth_luma;
        let x = at.0 as isize + isize::from(mv.x >> 2) - 3;
        let y = at.1 as isize + isize::from(mv.y >> 2) - 3;
        let from = neighbour.picture.block(0, x, y, BLOCK + 7, BLOCK + 7);
        let view = BlockMut::new(to, 0, BLOCK, BLOCK, BLOCK);
        (self.kernels.mc_luma.put)(view, from, (mv.x & 3) as u8, (mv.y & 3) as u8, bit_depth);
    }
}
