//! Boundary filtering strengths (8.7.2.3 to 8.7.2.5), CTU by CTU.
//!
//! Only edges on the 8x8 luma grid are looked at, and of those only the left and top edges of coding units and the transform
//! and prediction edges inside them: a skipped 64x64 unit costs two edges. Slice and tile borders and disabled filters are
//! the business of the row filter; here every edge between CTUs of the picture has its strength.

use rivus_coding::ctu::maps::{self, CtuMaps, flag};
use rivus_coding::ctu::record::{CodingUnit, CtuRecord, PartMode, PredMode};
use rivus_coding::motion::{Motion, Mv};

/// Boundary strengths of one CTU, 0..=2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strengths {
    /// `vertical[x8][y4]`: the edge at luma column 8 * `x8`, luma rows 4 * `y4` to 4 * `y4` + 3.
    pub vertical: [[u8; 16]; 8],
    /// `horizontal[y8][x4]`: the edge at luma row 8 * `y8`, luma columns 4 * `x4` to 4 * `x4` + 3.
    pub horizontal: [[u8; 16]; 8],
}

/// Motion and flags of a column of units: the neighbours at a left edge.
#[derive(Clone, Debug)]
pub struct Column {
    motion: [Motion; 16],
    flags: [u8; 16],
}

impl Column {
    fn of(maps: &CtuMaps, x: isize) -> Self {
        let mut column = Self { motion: [Motion::INTRA; 16], flags: [0; 16] };
        for y in 0..usize::from(maps.units_h) {
            let from = maps::at(x, y as isize);
            column.motion[y] = maps.motion[from];
            column.flags[y] = maps.flags[from];
        }
        column
    }

    /// The left border of the maps: the right column of the CTU decoded before.
    pub fn border(maps: &CtuMaps) -> Self {
        Self::of(maps, -1)
    }

    /// The right column of the CTU, to be kept where a tile ends.
    pub fn right(maps: &CtuMaps) -> Self {
        Self::of(maps, (1isize << (maps.ctb_log2_size - 2)) - 1)
    }
}

/// Derives the strengths of all edges of a CTU; `left` is the column of units left of it, `None` at the picture's edge. The
/// units above are those in the border of the maps.
pub fn derive(maps: &CtuMaps, record: &CtuRecord, left: Option<&Column>) -> Strengths {
    let mut out = Strengths { vertical: [[0; 16]; 8], horizontal: [[0; 16]; 8] };
    let mut ctu = Ctu { maps, left, out: &mut out };
    for cu in &record.cus {
        let (x, y) = (usize::from(cu.x) / 4, usize::from(cu.y) / 4);
        let units = 1usize << (cu.log2_size - 2);
        ctu.left_edge(x, y, units);
        ctu.top_edge(x, y, units);
        if cu.pred_mode != PredMode::Intra && cu.part_mode != PartMode::Part2Nx2N {
            ctu.prediction_edges(cu);
        }
        for tu in &record.tus[cu.tus.range()] {
            let units = 1usize << (tu.log2_size - 2);
            if tu.x > cu.x && tu.x.is_multiple_of(8) {
                ctu.left_edge((tu.x / 4).into(), (tu.y / 4).into(), units);
            }
            if tu.y > cu.y && tu.y.is_multiple_of(8) {
                ctu.top_edge((tu.x / 4).into(), (tu.y / 4).into(), units);
            }
        }
    }
    out
}

/// The CTU whose strengths are derived. Positions are in units of 4 luma samples.
struct Ctu<'a> {
    maps: &'a CtuMaps,
    left: Option<&'a Column>,
    out: &'a mut Strengths,
}

impl Ctu<'_> {
    /// The left edge of a transform block.
    fn left_edge(&mut self, x: usize, y: usize, units: usize) {
        for y in y..y + units {
            let q = maps::at(x as isize, y as isize);
            let (p_flags, p_motion) = if x > 0 {
                (self.maps.flags[q - 1], &self.maps.motion[q - 1])
            } else if let Some(left) = self.left {
                (left.flags[y], &left.motion[y])
            } else {
                return;
            };
            self.out.vertical[x / 2][y] =
                transform_edge(p_flags, self.maps.flags[q], p_motion, &self.maps.motion[q]);
        }
    }

    /// The top edge of a transform block.
    fn top_edge(&mut self, x: usize, y: usize, units: usize) {
        if y == 0 && self.maps.y0 == 0 {
            return;
        }
        for x in x..x + units {
            let q = maps::at(x as isize, y as isize);
            let p = q - maps::STRIDE;
            self.out.horizontal[y / 2][x] = transform_edge(
                self.maps.flags[p],
                self.maps.flags[q],
                &self.maps.motion[p],
                &self.maps.motion[q],
            );
        }
    }

    /// The edges between the prediction units of an inter coding unit that lie on the grid.
    fn prediction_edges(&mut self, cu: &CodingUnit) {
        let size = 1u8 << cu.log2_size;
        let units = usize::from(size / 4);
        // The last part begins where the edges are: at the right, below, or both.
        let inner = cu.part_mode.part_rect(size, cu.part_mode.num_parts() - 1);
        let (x, y) = (usize::from(cu.x / 4), usize::from(cu.y / 4));
        if inner.x > 0 && (cu.x + inner.x).is_multiple_of(8) {
            let x = usize::from((cu.x + inner.x) / 4);
            for y in y..y + units {
                let q = maps::at(x as isize, y as isize);
                self.out.vertical[x / 2][y] =
                    motion_differs(&self.maps.motion[q - 1], &self.maps.motion[q]).into();
            }
        }
        if inner.y > 0 && (cu.y + inner.y).is_multiple_of(8) {
            let y = usize::from((cu.y + inner.y) / 4);
            for x in x..x + units {
                let q = maps::at(x as isize, y as isize);
                self.out.horizontal[y / 2][x] =
                    motion_differs(&self.maps.motion[q - maps::STRIDE], &self.maps.motion[q]).into();
            }
        }
    }
}

/// bS of an edge between transform blocks: 2 next to intra, 1 next to a coded luma block or where motion changes.
#[inline]
fn transform_edge(p_flags: u8, q_flags: u8, p: &Motion, q: &Motion) -> u8 {
    let flags = p_flags | q_flags;
    if flags & flag::INTRA != 0 {
        2
    } else if flags & flag::CBF_LUMA != 0 {
        1
    } else {
        motion_differs(p, q).into()
    }
}

/// Whether two inter prediction blocks differ enough for bS 1: in pictures referred to, in the number of vectors, or by a
/// whole luma sample in a vector.
#[inline]
pub fn motion_differs(p: &Motion, q: &Motion) -> bool {
    // Most neighbours move alike; this is two comparisons of machine words.
    if bits(p) == bits(q) {
        return false;
    }
    really_differs(p, q)
}

/// Vectors and pictures as integers.
#[inline]
fn bits(m: &Motion) -> (u64, u16) {
    let vector = |v: Mv| u64::from(v.x as u16) | u64::from(v.y as u16) << 16;
    (vector(m.mv[0]) | vector(m.mv[1]) << 32, u16::from_le_bytes(m.ref_pic))
}

/// The comparison of motions that are not the same.
fn really_differs(p: &Motion, q: &Motion) -> bool {
    match (p.is_bi(), q.is_bi()) {
        (true, true) => {
            let straight = p.ref_pic == q.ref_pic;
            let crossed = p.ref_pic == [q.ref_pic[1], q.ref_pic[0]];
            let far_straight = || far(p.mv[0], q.mv[0]) || far(p.mv[1], q.mv[1]);
            let far_crossed = || far(p.mv[0], q.mv[1]) || far(p.mv[1], q.mv[0]);
            match (straight, crossed) {
                (false, false) => true,
                (true, false) => far_straight(),
                (false, true) => far_crossed(),
                (true, true) => far_straight() && far_crossed(),
            }
        }
        (false, false) => {
            let (lp, lq) = (usize::from(!p.uses(0)), usize::from(!q.uses(0)));
            p.ref_pic[lp] != q.ref_pic[lq] || far(p.mv[lp], q.mv[lq])
        }
        _ => true,
    }
}

/// Whether two vectors differ by at least four quarter samples in a component.
#[inline]
fn far(a: Mv, b: Mv) -> bool {
    a.x.abs_diff(b.x) >= 4 || a.y.abs_diff(b.y) >= 4
}
