//! Integer search: the best of the predictors, then a hexagon that walks downhill, then the eight neighbours.

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

/// Whole-sample steps of the hexagon, clockwise from the left.
const HEXAGON: [(i32, i32); 6] = [(-2, 0), (-1, -2), (1, -2), (2, 0), (1, 2), (-1, 2)];
/// The eight neighbours: the four sides, then the four corners.
const SQUARE: [(i32, i32); 8] = [(-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (1, -1), (1, 1), (-1, 1)];

#[derive(Clone, Copy)]
struct Point {
    x: i32,
    y: i32,
    cost: u32,
}

impl<S: Sample> IntegerSearch<'_, S> {
    fn block(&self, x: i32, y: i32) -> Block<'_, S> {
        self.reference.block(self.x + x, self.y + y, self.source.width(), self.source.height())
    }

    fn rate_of(&self, x: i32, y: i32) -> u32 {
        self.rate.cost(Mv { x: (4 * x) as i16, y: (4 * y) as i16 })
    }

    /// Tries the points around `centre`, four at a time, and returns the best with `centre` itself among them.
    fn best_of(&self, centre: Point, steps: &[(i32, i32)]) -> Point {
        let mut best = centre;
        for group in steps.chunks(4) {
            let mut points = [(centre.x, centre.y); 4];
            let mut count = 0;
            for &(dx, dy) in group {
                let (x, y) = (centre.x + dx, centre.y + dy);
                if self.range.holds_integer(x, y) {
                    points[count] = (x, y);
                    count += 1;
                }
            }
            let blocks = points.map(|(x, y)| self.block(x, y));
            let sads = (self.kernels.sad.x4)(self.source, blocks);
            for (&(x, y), sad) in points.iter().zip(sads).take(count) {
                let cost = sad + self.rate_of(x, y);
                if cost < best.cost {
                    best = Point { x, y, cost };
                }
            }
        }
        best
    }

    /// Searches from `candidates` (quarter samples, rounded here); at most `steps` moves of the hexagon.
    pub fn run(&self, candidates: &[Mv], steps: usize) -> Found {
        let mut best = self.start(candidates);
        for _ in 0..steps {
            let next = self.best_of(best, &HEXAGON);
            if (next.x, next.y) == (best.x, best.y) {
                break;
            }
            best = next;
        }
        if steps > 0 {
            best = self.best_of(best, &SQUARE);
        }
        let mv = Mv { x: (4 * best.x) as i16, y: (4 * best.y) as i16 };
        Found { mv, distortion: best.cost - self.rate_of(best.x, best.y), cost: best.cost }
    }

    /// The best candidate, each tried once.
    fn start(&self, candidates: &[Mv]) -> Point {
        let mut best = Point { x: 0, y: 0, cost: u32::MAX };
        let mut tried = [(i32::MIN, 0); 16];
        let zero = [Mv::default()];
        for (i, mv) in candidates.iter().chain(&zero).enumerate() {
            let mv = self.range.clamp(*mv);
            let point = ((i32::from(mv.x) + 2) >> 2, (i32::from(mv.y) + 2) >> 2);
            if !self.range.holds_integer(point.0, point.1) || tried.contains(&point) {
                continue;
            }
            tried[i % tried.len()] = point;
            let sad = (self.kernels.sad.block)(self.source, self.block(point.0, point.1));
            let cost = sad + self.rate_of(point.0, point.1);
            if cost < best.cost {
                best = Point { x: point.0, y: point.1, cost };
            }
        }
        best
    }
}
