//! Motion of all blocks of a picture against another picture, at half size.
//!
//! Blocks are searched in raster order, from what was found left and above. What turns up late, at the right of an object or
//! below, reaches the blocks before it in a second pass the other way.

use super::lowres::{Analysed, BLOCK, Grid, reference};
use super::weights::{self, Weights};
use crate::motion_search::integer::IntegerSearch;
use crate::motion_search::subpel::{SCRATCH_STRIDE, SubpelSearch};
use crate::motion_search::{Found, MvRate, RefPlane};
use rivus_coding::motion::Mv;
use rivus_kernels::Kernels;
use rivus_picture::Sample;

/// Price of a bit of motion in SAD units at half size, in 1/256 at 8 bits per sample.
const VECTOR_LAMBDA_Q8: u32 = 4 * 256;
/// Moves of the whole-sample search at most.
const STEPS: usize = 12;
/// SAD or SATD of a block at 8 bits per sample below which there is nothing to gain: a level per sample is noise.
const STILL: u32 = (BLOCK * BLOCK) as u32;
/// Farthest vector component in half-size samples.
const REACH: i32 = 256;
/// Vectors closer than this in both components, in quarter samples, lead to the same minimum.
const SAME: i16 = 4;

/// Motion of every block of a picture against another one.
pub struct Field {
    /// Vectors in quarter samples of the half-size picture.
    pub vectors: Vec<Mv>,
    /// SATD of the prediction at half size, at 8-bit scale.
    pub satd: Vec<u32>,
    /// Sum over the blocks of the lower of `satd` and the SATD of intra prediction.
    pub cost: u64,
    /// What makes up for another brightness of the other picture; `satd` counts with it.
    pub weights: Option<Weights>,
}

/// Searches all blocks of `picture` in `other`; `predict` gives a vector to start from for a block (column, row). For
/// `search_above` see [`super::LookaheadConfig`].
pub fn search<S: Sample>(
    picture: &Analysed<S>,
    other: &Analysed<S>,
    kernels: &Kernels<S>,
    search_above: u32,
    predict: impl Fn(usize, usize) -> Mv,
) -> Field {
    let grid = picture.grid;
    let bit_depth = picture.source.format().bit_depth_luma;
    let weights = weights::between(picture, other);
    let weighted = weights.map(|weights| weights[0].plane(other.half.view().as_block(), bit_depth));
    let plane = reference(weighted.as_ref().unwrap_or(&other.half));
    let scratch = vec![S::default(); SCRATCH_STRIDE * BLOCK];
    let mut search =
        Search { picture, plane, kernels, grid, bit_depth, close: STILL * search_above.max(1), scratch };
    let (vectors, satd) = (Vec::with_capacity(grid.count()), Vec::with_capacity(grid.count()));
    let mut field = Field { vectors, satd, cost: 0, weights };
    for index in 0..grid.count() {
        let starts = before(&field.vectors, grid, index);
        let predicted = predict(index % grid.width, index / grid.width);
        let found = search.find(index, starts[0], &[starts[0], starts[1], starts[2], predicted]);
        field.vectors.push(found.mv);
        field.satd.push(found.distortion >> (bit_depth - 8));
    }
    for index in (0..grid.count()).rev() {
        search.reconsider(&mut field, index);
    }
    field.cost = picture.intra.iter().zip(&field.satd).map(|(&a, &b)| u64::from(a.min(b))).sum();
    field
}

/// Vectors found left, above and right above of a block; zero where there is none.
fn before(vectors: &[Mv], grid: Grid, index: usize) -> [Mv; 3] {
    let (bx, by) = (index % grid.width, index / grid.width);
    let at = |is_inside: bool, back: usize| if is_inside { vectors[index - back] } else { Mv::ZERO };
    [at(bx > 0, 1), at(by > 0, grid.width), at(by > 0 && bx + 1 < grid.width, grid.width - 1)]
}

/// Vectors found right, below and left below of a block.
fn after(vectors: &[Mv], grid: Grid, index: usize) -> impl Iterator<Item = Mv> {
    let (bx, by) = (index % grid.width, index / grid.width);
    let (right, below) = (bx + 1 < grid.width, by + 1 < grid.height);
    let around = [(right, 1), (below, grid.width), (below && bx > 0, grid.width - 1)];
    around.into_iter().filter(|around| around.0).map(move |(_, ahead)| vectors[index + ahead])
}

struct Search<'a, S: Sample> {
    picture: &'a Analysed<S>,
    plane: RefPlane<'a, S>,
    kernels: &'a Kernels<S>,
    grid: Grid,
    bit_depth: u8,
    /// SAD at 8 bits per sample below which a start is not searched around by whole samples, at least [`STILL`].
    close: u32,
    scratch: Vec<S>,
}

impl<'a, S: Sample> Search<'a, S> {
    /// Whole-sample search of a block, with vectors priced against `pred`.
    fn whole_samples(&self, index: usize, pred: Mv) -> IntegerSearch<'a, S> {
        let (x, y) = (index % self.grid.width * BLOCK, index / self.grid.width * BLOCK);
        let source = self.picture.half.block(x as isize, y as isize, BLOCK, BLOCK);
        let (x, y, reference) = (x as i32, y as i32, self.plane);
        let range = reference.mv_range(x, y, BLOCK as i32, BLOCK as i32, REACH);
        let rate = MvRate { pred, lambda_q8: VECTOR_LAMBDA_Q8 << (self.bit_depth - 8) };
        IntegerSearch { kernels: self.kernels, source, x, y, reference, range, rate }
    }

    /// The best vector for a block, with SATD as distortion.
    fn find(&mut self, index: usize, pred: Mv, starts: &[Mv]) -> Found {
        let whole = self.whole_samples(index, pred);
        let [still, close] = [STILL, self.close].map(|sad| sad << (self.bit_depth - 8));
        let found = whole.run_unless(close, starts, STEPS);
        let IntegerSearch { kernels, source, x, y, reference, range, rate } = whole;
        let subpel =
            SubpelSearch { kernels, source, x, y, reference, range, rate, bit_depth: self.bit_depth };
        if found.distortion < still {
            let distortion = subpel.satd(found.mv, &mut self.scratch);
            return Found { distortion, cost: distortion + rate.cost(found.mv), ..found };
        }
        subpel.run(&found, [0, 1], false, &mut self.scratch)
    }

    /// Searches a block again from the vectors found after it, if one of them is another one and better by SAD.
    fn reconsider(&mut self, field: &mut Field, index: usize) {
        if field.satd[index] < STILL {
            return;
        }
        let mut vectors = [field.vectors[index]; 4];
        let mut count = 1;
        for other in after(&field.vectors, self.grid, index) {
            let is_other = |mv: &Mv| (mv.x - other.x).abs() > SAME || (mv.y - other.y).abs() > SAME;
            if vectors[..count].iter().all(is_other) {
                vectors[count] = other;
                count += 1;
            }
        }
        if count == 1 {
            return;
        }
        let whole = self.whole_samples(index, vectors[1]);
        let costs = whole.costs(vectors);
        let best = (0..count).min_by_key(|&i| costs[i]).unwrap_or(0);
        if best == 0 {
            return;
        }
        let found = self.find(index, vectors[1], &vectors[best..=best]);
        let scale = self.bit_depth - 8;
        if found.cost >> scale < field.satd[index] + (whole.rate.cost(vectors[0]) >> scale) {
            field.vectors[index] = found.mv;
            field.satd[index] = found.distortion >> scale;
        }
    }
}
