//! What blocks cost to predict: intra from their neighbours, and inter from the references a picture has.
//!
//! Motion was searched at half size. What counts in the end, the squared error of the prediction, is measured at full size
//! with the real interpolation, since noise and fine texture do not survive the halving.

use super::lowres::{Analysed, BLOCK, Grid};
use super::motion::Field;
use super::weights::{LOG2_DENOM, Weight};
use rivus_kernels::{Kernels, MC_STRIDE};
use rivus_picture::{Block, BlockMut, Plane, Sample};

/// Planar and DC, then angles in coarse steps, refined around the best.
const COARSE_ANGLES: [u8; 5] = [2, 10, 18, 26, 34];

/// SATD of the best intra prediction of every block, at 8-bit scale.
pub fn intra<S: Sample>(half: &Plane<S>, grid: Grid, kernels: &Kernels<S>, bit_depth: u8) -> Vec<u32> {
    let mut costs = Vec::with_capacity(grid.count());
    for by in 0..grid.height {
        for bx in 0..grid.width {
            let (x, y) = ((bx * BLOCK) as isize, (by * BLOCK) as isize);
            costs.push(intra_block(half, x, y, kernels, bit_depth) >> (bit_depth - 8));
        }
    }
    costs
}

fn intra_block<S: Sample>(half: &Plane<S>, x: isize, y: isize, kernels: &Kernels<S>, bit_depth: u8) -> u32 {
    const LINE: usize = 2 * BLOCK + 1;
    let block = half.block(x, y, BLOCK, BLOCK);
    let top = half.block(x - 1, y - 1, LINE, 1).row(0);
    let column = half.block(x - 1, y - 1, 1, LINE);
    let left: [S; LINE] = std::array::from_fn(|i| column.at(0, i));
    let mut prediction = [S::default(); BLOCK * BLOCK];
    let mut satd = |predict: &dyn Fn(BlockMut<'_, S>)| {
        let mut view = BlockMut::new(&mut prediction, 0, BLOCK, BLOCK, BLOCK);
        predict(view.rb());
        (kernels.satd.block)(block, view.as_block())
    };
    let planar = satd(&|dst| (kernels.intra.planar)(dst, top, &left));
    let dc = satd(&|dst| (kernels.intra.dc)(dst, top, &left, false));
    let mut angular = |mode| satd(&|dst| (kernels.intra.angular)(dst, top, &left, mode, false, bit_depth));
    let mut best = (u32::MAX, 0);
    for mode in COARSE_ANGLES {
        best = best.min((angular(mode), mode));
    }
    for step in [4, 2] {
        let centre = best.1;
        for mode in [centre - step.min(centre - 2), (centre + step).min(34)] {
            if mode != centre {
                best = best.min((angular(mode), mode));
            }
        }
    }
    planar.min(dc).min(best.0)
}

/// How a block is predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// From its neighbours.
    Intra,
    /// From one of the two references.
    One(u8),
    /// From both.
    Both,
}

/// How well a picture is predicted from two references.
pub struct Prediction {
    /// Best prediction per block.
    pub sources: Vec<Source>,
    /// Mean squared error of the best inter prediction per block, at full size and 8-bit scale.
    pub errors: Vec<f32>,
    /// Sum of the SATD of the best predictions at half size, at 8-bit scale.
    pub cost: u64,
}

/// Predicts a picture from one or two references by the motion found before.
pub fn predict<S: Sample>(
    picture: &Analysed<S>,
    references: &[(&Analysed<S>, &Field)],
    kernels: &Kernels<S>,
) -> Prediction {
    let grid = picture.grid;
    let mut predictor = Predictor { kernels, picture, prepared: [[0; MC_STRIDE * FULL]; 2] };
    let mut result = Prediction {
        sources: Vec::with_capacity(grid.count()),
        errors: Vec::with_capacity(grid.count()),
        cost: 0,
    };
    for index in 0..grid.count() {
        let (x, y) = (index % grid.width * FULL, index / grid.width * FULL);
        let satd = references.iter().map(|(_, field)| field.satd[index]).min().unwrap_or(u32::MAX);
        let (mut source, error, gain) = predictor.block(references, index, x as isize, y as isize);
        let satd = (f64::from(satd) * gain) as u32;
        let intra = picture.intra[index];
        if satd >= intra {
            source = Source::Intra;
        }
        result.sources.push(source);
        result.errors.push(error);
        result.cost += u64::from(satd.min(intra));
    }
    result
}

/// Side of a block at full size.
const FULL: usize = 2 * BLOCK;

struct Predictor<'a, S: Sample> {
    kernels: &'a Kernels<S>,
    picture: &'a Analysed<S>,
    prepared: [[i16; MC_STRIDE * FULL]; 2],
}

impl<S: Sample> Predictor<'_, S> {
    /// The best inter prediction of a block, its mean squared error, and its amplitude relative to the best single reference's.
    fn block(
        &mut self,
        references: &[(&Analysed<S>, &Field)],
        index: usize,
        x: isize,
        y: isize,
    ) -> (Source, f32, f64) {
        let bit_depth = self.picture.source.format().bit_depth_luma;
        let block = self.picture.source.block(0, x, y, FULL, FULL);
        let mut samples = [S::default(); FULL * FULL];
        let mut view = BlockMut::new(&mut samples, 0, FULL, FULL, FULL);
        let mut best = (u64::MAX, Source::Intra);
        for (i, (other, field)) in references.iter().enumerate() {
            let mv = field.vectors[index];
            // Quarter samples at half size are half samples at full size.
            let (dx, dy) = (isize::from(mv.x >> 1), isize::from(mv.y >> 1));
            let (fx, fy) = ((mv.x & 1) as u8 * 2, (mv.y & 1) as u8 * 2);
            let from = other.source.block(0, x + dx - 3, y + dy - 3, FULL + 7, FULL + 7);
            (self.kernels.mc_luma.prep)(&mut self.prepared[i], from, FULL, FULL, fx, fy, bit_depth);
            match field.weights {
                None => (self.kernels.weighted.put)(view.rb(), &self.prepared[i], bit_depth),
                Some([luma, ..]) => self.put_weighted(view.rb(), i, luma, bit_depth),
            }
            let error = self.error(block, view.as_block());
            if error < best.0 {
                best = (error, Source::One(i as u8));
            }
        }
        let single = best.0;
        if let [a, b] = &self.prepared
            && references.len() == 2
        {
            let weights = [0, 1].map(|i| references[i].1.weights.map(|weights| weights[0]));
            match weights {
                [None, None] => (self.kernels.weighted.avg)(view.rb(), a, b, bit_depth),
                _ => {
                    let [v, w] = weights.map(|weight| weight.unwrap_or(Weight::NONE));
                    self.average_weighted(view.rb(), v, w, bit_depth);
                }
            }
            let error = self.error(block, view.as_block());
            if error < best.0 {
                best = (error, Source::Both);
            }
        }
        let scale = (FULL * FULL) as f64 * f64::from(1u32 << (2 * (bit_depth - 8)));
        let gain = ((best.0 as f64 + 1.0) / (single as f64 + 1.0)).sqrt();
        (best.1, (best.0 as f64 / scale) as f32, gain)
    }

    /// Prediction `i` with its weight.
    fn put_weighted(&self, to: BlockMut<'_, S>, i: usize, weight: Weight, bit_depth: u8) {
        let Weight { weight, offset } = weight;
        let offset = i32::from(offset) << (bit_depth - 8);
        let log2_wd = LOG2_DENOM + 14 - bit_depth;
        (self.kernels.weighted.uni)(to, &self.prepared[i], weight.into(), offset, log2_wd, bit_depth);
    }

    /// Both predictions with their weights.
    fn average_weighted(&self, to: BlockMut<'_, S>, v: Weight, w: Weight, bit_depth: u8) {
        let [a, b] = &self.prepared;
        let offset = |weight: Weight| i32::from(weight.offset) << (bit_depth - 8);
        let log2_wd = LOG2_DENOM + 14 - bit_depth;
        let (v0, w0) = (offset(v), offset(w));
        (self.kernels.weighted.bi)(to, a, b, v.weight.into(), w.weight.into(), v0, w0, log2_wd, bit_depth);
    }

    fn error(&self, a: Block<'_, S>, b: Block<'_, S>) -> u64 {
        (self.kernels.sse.block)(a, b)
    }
}
