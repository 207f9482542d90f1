//! How much later pictures gain from each block: importance handed back along motion over the structure that will be coded.
//!
//! A block's error is worth 1 for itself. What is predicted from it inherits part of the error: all of it where the prediction
//! leaves nothing to code, less where a residual replaces it. With `q` the quantiser step of the reference and `e` the mean
//! squared error of the prediction between sources, that part is taken as `q^2 / (q^2 + RESIDUAL * e)`. Noise makes `e` large
//! against a small `q`: coding noise well helps no other picture.
//!
//! What neither moves nor has noise stays good for as long as it is seen, and is worth more still: the part of importance
//! that is inherited exactly lowers QP further.
//!
//! In reverse coding order every block gives that part of its own importance to the blocks it is predicted from. A block
//! that is worth `w` should have `1 / w` of the error, which is `3 * log2(w)` of QP in theory.

use super::cost::{Prediction, Source};
use super::lowres::{BLOCK, Grid};
use super::motion::Field;
use rayon::prelude::*;

/// Weight of the prediction error against the squared quantiser step.
const RESIDUAL: f32 = 1.7;
/// QP per doubling of importance.
const QP_PER_DOUBLING: f64 = 1.75;
/// Further QP per doubling of importance where all of it is inherited exactly.
const EXTRA_IF_EXACT: f64 = 1.0;
/// Factor on [`RESIDUAL`] where inheritance is called exact.
const EXACT: f32 = 24.0;
/// Level of the quantiser step for which it is.
const EXACT_LEVEL: usize = 2;
/// What each of two references inherits of a block predicted from their mean. Averaging removes part of their errors.
const SHARE_OF_TWO: f32 = 0.5;

/// Fewest blocks whose offsets are worth a task of their own.
const BLOCKS_PER_TASK: usize = 256;

/// A picture in coding order.
pub struct Link<'a> {
    /// Its prediction; none for intra pictures.
    pub prediction: Option<&'a Prediction>,
    /// Its references by position in the sequence, if they are in it, and the motion towards them.
    pub references: Vec<(Option<usize>, &'a Field)>,
    /// QP it would have without propagation.
    pub qp: f64,
    /// Weight of the blocks for themselves, 1 if empty.
    pub own: &'a [f32],
}

/// Offsets at which what a block receives is kept: how much of its error is inherited depends on its quantiser.
const LEVELS: [f32; 6] = [0.0, -2.5, -5.0, -7.5, -10.0, -12.5];

/// Per level.
type Levels = [f32; LEVELS.len()];

/// What a block receives.
#[derive(Clone, Copy, Default)]
struct Received {
    by_level: Levels,
    /// Only what is inherited exactly: what does not move and has no noise.
    exact: f32,
}

/// QP offsets of all blocks, per picture of the sequence. `strength` is a factor on the offset per doubling.
pub fn propagate(grid: Grid, links: &[Link<'_>], strength: f64) -> Vec<Vec<f32>> {
    let mut received = vec![vec![Received::default(); grid.count()]; links.len()];
    let mut offsets = vec![Vec::new(); links.len()];
    let slopes = [QP_PER_DOUBLING, EXTRA_IF_EXACT].map(|slope| (strength * slope) as f32);
    for (at, link) in links.iter().enumerate().rev() {
        let mine = std::mem::take(&mut received[at]);
        let steps: Vec<Levels> = link
            .references
            .iter()
            .map(|(position, _)| squared_steps(position.map_or(link.qp, |p| links[p].qp)))
            .collect();
        let own = |index: usize| link.own.get(index).copied().unwrap_or(1.0);
        let settled = mine.par_iter().with_min_len(BLOCKS_PER_TASK).enumerate();
        let settled: Vec<(f32, f32)> =
            settled.map(|(index, received)| settle(received, own(index), slopes)).collect();
        offsets[at] = settled.iter().map(|&(offset, _)| offset).collect();
        for (index, &(_, worth)) in settled.iter().enumerate() {
            let Some(prediction) = link.prediction else { continue };
            let users: &[usize] = match prediction.sources[index] {
                Source::Intra => &[],
                Source::One(0) => &[0],
                Source::One(_) => &[1],
                Source::Both => &[0, 1],
            };
            let share = if users.len() == 2 { SHARE_OF_TWO } else { 1.0 };
            let noise = RESIDUAL * prediction.errors[index];
            for &user in users {
                let (Some(position), field) = link.references[user] else { continue };
                let step = steps[user][EXACT_LEVEL];
                let amounts = Received {
                    by_level: steps[user].map(|step| share * worth * step / (step + noise)),
                    exact: share * worth * step / (step + EXACT * noise),
                };
                give(grid, &mut received[position], index, field, &amounts);
            }
        }
    }
    offsets
}

/// Squared quantiser steps at `qp` and every level.
fn squared_steps(qp: f64) -> Levels {
    LEVELS.map(|level| ((qp as f32 + level - 4.0) / 3.0).exp2())
}

/// The offset that agrees with what is received at it, and what the block is worth there; `own` is what it is worth itself.
fn settle(received: &Received, own: f32, slopes: [f32; 2]) -> (f32, f32) {
    let exact = received.exact / received.by_level[EXACT_LEVEL].max(1e-6);
    let slope = slopes[0] + slopes[1] * exact;
    let received = &received.by_level;
    let wish = |level: usize| -slope * (1.0 + received[level] / own).log2();
    // Wishes rise as the levels fall, since finer quantisers inherit less: the two cross once.
    let mut upper = (LEVELS[0], wish(0), received[0]);
    for level in 1..LEVELS.len() {
        let lower = (LEVELS[level], wish(level), received[level]);
        if lower.1 >= lower.0 {
            // Between the two, `wish - level` goes from `a` below zero to `b` above.
            let (a, b) = (upper.1 - upper.0, lower.1 - lower.0);
            let t = if b > a { -a / (b - a) } else { 0.0 };
            let offset = upper.0 + t * (lower.0 - upper.0);
            return (offset, own + upper.2 + t * (lower.2 - upper.2));
        }
        upper = lower;
    }
    (upper.0, own + upper.2)
}

/// Adds `amounts` to the four blocks that the block predicted by motion overlaps, by area.
fn give(grid: Grid, received: &mut [Received], index: usize, field: &Field, amounts: &Received) {
    const UNITS: i32 = 4 * BLOCK as i32;
    let mv = field.vectors[index];
    let x = (index % grid.width) as i32 * UNITS + i32::from(mv.x);
    let y = (index / grid.width) as i32 * UNITS + i32::from(mv.y);
    let (column, row) = (x.div_euclid(UNITS), y.div_euclid(UNITS));
    let (fx, fy) = (x.rem_euclid(UNITS) as f32 / UNITS as f32, y.rem_euclid(UNITS) as f32 / UNITS as f32);
    for (dx, dy, area) in
        [(0, 0, (1.0 - fx) * (1.0 - fy)), (1, 0, fx * (1.0 - fy)), (0, 1, (1.0 - fx) * fy), (1, 1, fx * fy)]
    {
        if area == 0.0 {
            continue;
        }
        // What lies outside repeats the border.
        let column = (column + dx).clamp(0, grid.width as i32 - 1) as usize;
        let row = (row + dy).clamp(0, grid.height as i32 - 1) as usize;
        let sums = &mut received[row * grid.width + column];
        for (sum, amount) in sums.by_level.iter_mut().zip(amounts.by_level) {
            *sum += amount * area;
        }
        sums.exact += amounts.exact * area;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rivus_coding::motion::Mv;

    const GRID: Grid = Grid { width: 4, height: 2 };

    fn field(mv: Mv) -> Field {
        Field { vectors: vec![mv; GRID.count()], satd: vec![0; GRID.count()], cost: 0, weights: None }
    }

    fn prediction(error: f32) -> Prediction {
        Prediction { sources: vec![Source::One(0); GRID.count()], errors: vec![error; GRID.count()], cost: 0 }
    }

    fn chain(field: &Field, prediction: &Prediction) -> Vec<Vec<f32>> {
        let link = |at: usize| Link {
            prediction: (at > 0).then_some(prediction),
            references: (at > 0).then_some((at.checked_sub(1), field)).into_iter().collect(),
            qp: 28.0,
            own: &[],
        };
        propagate(GRID, &[link(0), link(1), link(2), link(3)], 1.0)
    }

    /// In a still sequence everything goes back to the first picture: it is worth four pictures, the next one three.
    #[test]
    fn still_pictures_hand_everything_back() {
        let offsets = chain(&field(Mv::ZERO), &prediction(0.0));
        for (at, worth) in [4.0f32, 3.0, 2.0, 1.0].into_iter().enumerate() {
            let expected = -((QP_PER_DOUBLING + EXTRA_IF_EXACT) as f32) * worth.log2();
            assert!(offsets[at].iter().all(|o| (o - expected).abs() < 1e-4), "{at}: {:?}", offsets[at]);
        }
    }

    /// Errors of the prediction weaken the chain; motion moves importance, wherever it points.
    #[test]
    fn errors_weaken_and_motion_moves() {
        let still = chain(&field(Mv::ZERO), &prediction(0.0));
        let noisy = chain(&field(Mv::ZERO), &prediction(200.0));
        assert!(noisy[2][0] > still[2][0] + 0.5 && noisy[2][0] < 0.0, "{:?}", noisy[2]);
        // One block to the right: the first column receives nothing, the last one twice.
        let moved = chain(&field(Mv { x: 32, y: 0 }), &prediction(0.0));
        assert_eq!(moved[2][0], 0.0);
        assert!((moved[2][1] - still[2][1]).abs() < 1e-4 && moved[2][3] < still[2][3] - 0.8);
    }

    /// An offset agrees with what is received at it.
    #[test]
    fn offsets_settle_where_they_agree() {
        let settle = |by_level| settle(&Received { by_level, exact: 0.0 }, 1.0, [2.0, 1.0]);
        let (offset, worth) = settle(LEVELS.map(|level| 30.0 * (level / 4.0).exp2()));
        assert!((offset + 2.0 * worth.log2()).abs() < 0.3, "{offset} {worth}");
        assert_eq!(settle([0.0; LEVELS.len()]), (0.0, 1.0));
        assert_eq!(settle([1e9; LEVELS.len()]).0, -12.5);
    }
}
