//! Reference samples of intra prediction: which neighbours may be used, substitution of the others, smoothing
//! (8.4.4.2.2, 8.4.4.2.3).

use rivus_coding::ctu::maps::{self, CtuMaps, flag};
use rivus_kernels::Kernels;
use rivus_picture::Sample;

use crate::samples::CtuSamples;

/// The neighbours of a square block of N x N samples, N = 4..=32: 2N + 1 of each array are meaningful.
#[derive(Clone, Debug)]
pub struct References<S> {
    /// `top[0]` is the corner p\[-1\]\[-1\], `top[1 + x]` is p\[x\]\[-1\].
    pub top: [S; 65],
    /// `left[0]` is the corner, `left[1 + y]` is p\[-1\]\[y\].
    pub left: [S; 65],
}

impl<S: Sample> Default for References<S> {
    fn default() -> Self {
        Self { top: [S::default(); 65], left: [S::default(); 65] }
    }
}

/// Availability of the neighbours of one block (6.4.1, and `constrained_intra_pred_flag`).
struct Neighbours<'a> {
    maps: &'a CtuMaps,
    constrained_intra_pred: bool,
    /// Log2 of SubWidthC and SubHeightC of the component.
    shifts: (u32, u32),
    /// Unit of the block's first sample.
    current: (isize, isize),
}

impl Neighbours<'_> {
    /// Whether the sample (x, y) of the component may be used.
    #[inline]
    fn usable(&self, x: isize, y: isize) -> bool {
        let (ux, uy) = ((x << self.shifts.0) >> 2, (y << self.shifts.1) >> 2);
        self.maps.available(self.current.0, self.current.1, ux, uy)
            && (!self.constrained_intra_pred || self.flags(ux, uy) & flag::INTRA != 0)
    }

    /// Flags of an available unit.
    #[inline]
    fn flags(&self, ux: isize, uy: isize) -> u8 {
        let units = 1isize << (self.maps.ctb_log2_size - 2);
        if uy < 0 && ux >= units {
            self.maps.flags_up_right[(ux - units) as usize & 7]
        } else {
            self.maps.flags[maps::at(ux, uy)]
        }
    }
}

/// A block of N x N samples at (x, y) of a plane, and what lies around it.
struct Surroundings<'a, C> {
    samples: &'a C,
    neighbours: Neighbours<'a>,
    plane: usize,
    x: isize,
    y: isize,
    n: usize,
}

impl<S: Sample> References<S> {
    /// 8.4.4.2.2: the neighbours of the block of 1 << `log2_size` (2..=5) samples at (`x`, `y`) of a plane, in samples of
    /// that plane from the CTU's corner, with those that are not available substituted.
    pub fn gather(
        &mut self,
        samples: &impl CtuSamples<S>,
        maps: &CtuMaps,
        constrained_intra_pred: bool,
        plane: usize,
        (x, y): (usize, usize),
        log2_size: u8,
    ) {
        let (x, y) = (x as isize, y as isize);
        let shifts = samples.format().chroma.plane_shifts(plane);
        let current = ((x << shifts.0) >> 2, (y << shifts.1) >> 2);
        let block = Surroundings {
            samples,
            neighbours: Neighbours { maps, constrained_intra_pred, shifts, current },
            plane,
            x,
            y,
            n: 1 << log2_size,
        };
        if constrained_intra_pred { self.gather_units(&block) } else { self.gather_runs(&block) }
    }

    /// Where only 6.4.1 counts, the neighbours are five runs, each of which is available as a whole, or, below left and
    /// above right, as far as the picture reaches: blocks of the same size are decoded entirely before or after.
    fn gather_runs(&mut self, block: &Surroundings<'_, impl CtuSamples<S>>) {
        let &Surroundings { samples, ref neighbours, plane, x, y, n } = block;
        let size = n as isize;
        let (units_w, units_h) = (neighbours.maps.units_right, neighbours.maps.units_h);
        // Samples of the plane between the block's far corner and the end of the picture.
        let right = ((((units_w as isize) << 2) >> neighbours.shifts.0) - x - size).max(0) as usize;
        let below = ((((units_h as isize) << 2) >> neighbours.shifts.1) - y - size).max(0) as usize;
        let run = |x, y, len| if neighbours.usable(x, y) { len } else { 0 };
        let below = run(x - 1, y + size, n.min(below));
        let left = run(x - 1, y, n);
        let corner = run(x - 1, y - 1, 1);
        let top = run(x, y - 1, n);
        let right = run(x + size, y - 1, n.min(right));

        // Without left neighbours there may be no such column.
        if left + below > 0 {
            samples.column(plane, x - 1, y as usize, &mut self.left[1..1 + left + below]);
        }
        self.top[1..1 + top].copy_from_slice(samples.row(plane, x, y - 1, top));
        self.top[1 + n..1 + n + right].copy_from_slice(samples.row(plane, x + size, y - 1, right));
        // The first available sample in the order of the search: up the left column, then along the row above.
        let first = if left > 0 {
            self.left[left + below]
        } else if corner > 0 {
            samples.sample(plane, x - 1, y - 1)
        } else if top > 0 {
            self.top[1]
        } else if right > 0 {
            self.top[1 + n]
        } else {
            S::from_i32(1 << (samples.format().bit_depth(plane) - 1))
        };
        self.left[1 + left + below..=2 * n].fill(first);
        self.left[0] = if corner > 0 { samples.sample(plane, x - 1, y - 1) } else { self.left[1] };
        self.top[0] = self.left[0];
        if top == 0 {
            let corner = self.top[0];
            self.top[1..=n].fill(corner);
        }
        let last = self.top[n + right];
        self.top[1 + n + right..=2 * n].fill(last);
    }

    /// With `constrained_intra_pred_flag` any unit may be missing.
    fn gather_units(&mut self, block: &Surroundings<'_, impl CtuSamples<S>>) {
        let &Surroundings { samples, ref neighbours, plane, x, y, n } = block;
        let n2 = 2 * n;
        // Samples of the component per unit.
        let (unit_w, unit_h) = (4usize >> neighbours.shifts.0, 4usize >> neighbours.shifts.1);
        // All neighbours in the order of the substitution: from the lower end of the left column up to the corner, which
        // has index 2N, then along the row above. Units before the first available one take its first sample; every later
        // missing one repeats the sample before it.
        let mut line = [S::default(); 129];
        let mut found = false;
        let mut segment = |start: usize, len: usize, usable: bool, fill: &mut dyn FnMut(&mut [S])| {
            if usable {
                fill(&mut line[start..start + len]);
                if !found {
                    let first = line[start];
                    line[..start].fill(first);
                    found = true;
                }
            } else if found {
                let last = line[start - 1];
                line[start..start + len].fill(last);
            }
        };
        for bottom in (unit_h..=n2).rev().step_by(unit_h) {
            let usable = neighbours.usable(x - 1, y + (bottom - unit_h) as isize);
            segment(n2 - bottom, unit_h, usable, &mut |out| {
                for (i, v) in out.iter_mut().enumerate() {
                    *v = samples.sample(plane, x - 1, y + (bottom - 1 - i) as isize);
                }
            });
        }
        segment(n2, 1, neighbours.usable(x - 1, y - 1), &mut |out| {
            out[0] = samples.sample(plane, x - 1, y - 1);
        });
        for start in (0..n2).step_by(unit_w) {
            let from = x + start as isize;
            segment(n2 + 1 + start, unit_w, neighbours.usable(from, y - 1), &mut |out| {
                out.copy_from_slice(samples.row(plane, from, y - 1, unit_w));
            });
        }
        if !found {
            line.fill(S::from_i32(1 << (samples.format().bit_depth(plane) - 1)));
        }
        self.top[..=n2].copy_from_slice(&line[n2..=2 * n2]);
        for (to, from) in self.left[..=n2].iter_mut().zip(line[..=n2].iter().rev()) {
            *to = *from;
        }
    }

    /// 8.4.4.2.3: the smoothed neighbours of a block of 1 << `log2_size` (3..=5) samples. `strong` permits the bi-linear
    /// filter (luma with `strong_intra_smoothing_enabled_flag`); it is taken for 32x32 blocks with flat neighbours.
    pub fn smoothed(
        &self,
        log2_size: u8,
        strong: bool,
        bit_depth: u8,
        kernels: &Kernels<S>,
        out: &mut References<S>,
    ) {
        let n = 1usize << log2_size;
        let len = 2 * n + 1;
        let flat =
            |p: &[S]| (p[0].to_i32() + p[2 * n].to_i32() - 2 * p[n].to_i32()).abs() < 1 << (bit_depth - 5);
        let filter = if strong && log2_size == 5 && flat(&self.top) && flat(&self.left) {
            kernels.intra.strong
        } else {
            kernels.intra.smooth
        };
        filter(&self.top[..len], &self.left[..len], &mut out.top[..len], &mut out.left[..len]);
    }
}
