//! Integer search: the best of the predictors, then a large and a small diamond that walk downhill.

use super::reference::MvRange;
use super::{Found, MvRate, RefPlane};
use rivus_coding::motion::Mv;
use rivus_kernels::Kernels;
use rivus_picture::{Block, Sample};

/// What one integer search looks for.
pub struct IntegerSearch<'a, S: Sample> {
    /// Kernel table.
    pub kernels: &'a Kernels<S>,
    /// The source block.
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
}

/// The four sides: left, above, right, below.
const DIAMOND: [(i32, i32); 4] = [(-1, 0), (0, -1), (1, 0), (0, 1)];
/// Reach of the large diamond.
const LARGE: i32 = 2;

#[derive(Clone, Copy)]
struct Point {
    x: i32,
    y: i32,
    cost: u32,
}

impl<S: Sample> IntegerSearch<'_, S> {
    #[inline]
    fn block(&self, x: i32, y: i32) -> Block<'_, S> {
        self.reference.block(self.x + x, self.y + y, self.source.width(), self.source.height())
    }

    #[inline]
    fn rate_of(&self, x: i32, y: i32) -> u32 {
        self.rate.cost(Mv { x: (4 * x) as i16, y: (4 * y) as i16 })
    }

    /// Costs of the four points `step` away from `centre`; the highest cost for those out of range.
    fn sides(&self, centre: Point, step: i32) -> [u32; 4] {
        let points = DIAMOND.map(|(dx, dy)| (centre.x + step * dx, centre.y + step * dy));
        self.costs_at(points, self.block(centre.x, centre.y))
    }

    /// Costs of four points; the highest cost for those out of range, for which `any` is read instead.
    fn costs_at(&self, points: [(i32, i32); 4], any: Block<'_, S>) -> [u32; 4] {
        let allowed = points.map(|(x, y)| self.range.holds_integer(x, y));
        let block = |i: usize| if allowed[i] { self.block(points[i].0, points[i].1) } else { any };
        let blocks = core::array::from_fn(block);
        let mut costs = (self.kernels.sad.x4)(self.source, blocks);
        for ((cost, &(x, y)), allowed) in costs.iter_mut().zip(&points).zip(allowed) {
            *cost = if allowed { *cost + self.rate_of(x, y) } else { u32::MAX };
        }
        costs
    }

    /// SAD and rate of four vectors (quarter samples, rounded here); the highest cost for those out of range.
    pub fn costs(&self, vectors: [Mv; 4]) -> [u32; 4] {
        self.costs_at(vectors.map(whole), self.source)
    }

    /// Searches from `candidates` (quarter samples, rounded here); at most `steps` moves of each diamond.
    pub fn run(&self, candidates: &[Mv], steps: usize) -> Found {
        self.descend(self.start(candidates), steps)
    }

    /// The same, unless the best candidate has a SAD below `still`: then that is taken.
    pub fn run_unless(&self, still: u32, candidates: &[Mv], steps: usize) -> Found {
        let start = self.start(candidates);
        self.descend(start, if start.cost - self.rate_of(start.x, start.y) < still { 0 } else { steps })
    }

    fn descend(&self, mut best: Point, steps: usize) -> Found {
        let mut sides = [u32::MAX; 4];
        for step in [LARGE, 1] {
            for _ in 0..steps {
                sides = self.sides(best, step);
                let least = sides.iter().zip(DIAMOND).min_by_key(|(cost, _)| **cost);
                match least {
                    Some((&cost, (dx, dy))) if cost < best.cost => {
                        best = Point { x: best.x + step * dx, y: best.y + step * dy, cost };
                    }
                    _ => break,
                }
            }
        }
        let mv = Mv { x: (4 * best.x) as i16, y: (4 * best.y) as i16 };
        let distortion = best.cost - self.rate_of(best.x, best.y);
        Found { mv, distortion, cost: best.cost, lean: lean(best.cost, sides) }
    }

    /// The best candidate, each tried once.
    fn start(&self, candidates: &[Mv]) -> Point {
        let mut best = Point { x: 0, y: 0, cost: u32::MAX };
        // Both coordinates in one number; none is as far away as the first value says.
        let mut tried = [i32::MIN; 16];
        let zero = [Mv::default()];
        for (i, mv) in candidates.iter().chain(&zero).enumerate() {
            let mv = self.range.clamp(*mv);
            let point = whole(mv);
            let key = point.0 << 16 | (point.1 & 0xffff);
            if !self.range.holds_integer(point.0, point.1) || tried.contains(&key) {
                continue;
            }
            tried[i % tried.len()] = key;
            let sad = (self.kernels.sad.block)(self.source, self.block(point.0, point.1));
            let cost = sad + self.rate_of(point.0, point.1);
            if cost < best.cost {
                best = Point { x: point.0, y: point.1, cost };
            }
        }
        best
    }
}

/// The nearest whole-sample point.
fn whole(mv: Mv) -> (i32, i32) {
    ((i32::from(mv.x) + 2) >> 2, (i32::from(mv.y) + 2) >> 2)
}

/// The quarter-sample offset at which the costs of a point and of its sides (left, above, right, below) suggest the
/// minimum, -2..=2 in each direction.
fn lean(centre: u32, sides: [u32; 4]) -> (i8, i8) {
    let axis = |low: u32, high: u32| {
        if low == u32::MAX || high == u32::MAX {
            return 0;
        }
        let (low, high) = (f64::from(low), f64::from(high));
        let slope = low.max(high) - f64::from(centre);
        if slope <= 0.0 {
            return 0;
        }
        // Absolute differences rise about linearly on both sides of the minimum.
        (4.0 * (low - high) / (2.0 * slope)).round().clamp(-2.0, 2.0) as i8
    };
    (axis(sides[0], sides[2]), axis(sides[1], sides[3]))
}

#[cfg(test)]
mod tests {
    use super::lean;

    /// A minimum between two samples is found from both sides; equal sides and unknown ones say nothing.
    #[test]
    fn lean_follows_the_slope() {
        // |x - 0.5| * 100 along x, |y + 0.25| * 100 along y.
        assert_eq!(lean(75, [175, 100, 75, 150]), (2, -1));
        assert_eq!(lean(10, [50, 60, 50, 60]), (0, 0));
        assert_eq!(lean(10, [u32::MAX, 60, 20, 60]), (0, 0));
    }
}
