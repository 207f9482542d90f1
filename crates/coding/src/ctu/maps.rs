//! CTU-local maps in units of 4x4 luma samples, with a border of already coded neighbours.
//!
//! A map covers units x in -1..=16 and y in -1..=15. The border holds what the left, above-left, above and
//! above-right CTUs hand over. Values of units that are not available are never read: callers ask
//! [`CtuMaps::available`] (6.4.1) first, or use the wrappers that do.

use crate::motion::Motion;

/// Units per row of a map including the border: one left, 16 inside, one right.
pub const STRIDE: usize = 18;
/// Entries of a map.
pub const LEN: usize = STRIDE * 17;

/// Index of unit (x, y), x in -1..=16, y in -1..=15.
#[inline]
pub fn at(x: isize, y: isize) -> usize {
    debug_assert!((-1..=16).contains(&x) && (-1..=15).contains(&y), "unit ({x}, {y})");
    ((y + 1) * STRIDE as isize + x + 1) as usize
}

/// Per-unit flags of the coding unit that covers a unit.
pub mod flag {
    /// `cu_skip_flag`.
    pub const SKIP: u8 = 1;
    /// MODE_INTRA.
    pub const INTRA: u8 = 2;
    /// `pcm_flag`.
    pub const PCM: u8 = 4;
    /// `cu_transquant_bypass_flag`.
    pub const BYPASS: u8 = 8;
    /// The luma transform block has non-zero coefficients.
    pub const CBF_LUMA: u8 = 16;
}

/// Which neighbouring CTUs are available to the current one: inside the picture and in the same slice and tile (6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct CtuAvailability {
    pub left: bool,
    pub up: bool,
    pub up_left: bool,
    pub up_right: bool,
}

/// What a CTU hands down to the row below: its lowest row of units.
#[derive(Clone, Copy, Debug)]
pub struct CtuBottom {
    /// Motion of the units.
    pub motion: [Motion; 16],
    /// [`flag`]s of the units.
    pub flags: [u8; 16],
    /// Coding quadtree depth.
    pub depth: [u8; 16],
    /// QpY.
    pub qp_y: [i8; 16],
}

impl Default for CtuBottom {
    fn default() -> Self {
        Self { motion: [Motion::INTRA; 16], flags: [0; 16], depth: [0; 16], qp_y: [0; 16] }
    }
}

/// The maps of one CTU in progress.
#[derive(Clone, Debug)]
pub struct CtuMaps {
    /// Log2 of the CTB size, 3..=6.
    pub ctb_log2_size: u8,
    /// CTU position in luma samples.
    pub x0: u32,
    /// CTU position in luma samples.
    pub y0: u32,
    /// Units inside the picture: width of the CTU's visible part.
    pub units_w: u8,
    /// Units inside the picture: height of the CTU's visible part.
    pub units_h: u8,
    /// Units from the CTU's left edge to the right edge of the picture.
    pub units_right: u16,
    /// Available neighbour CTUs.
    pub avail: CtuAvailability,
    /// Motion per unit.
    pub motion: [Motion; LEN],
    /// [`flag`]s per unit.
    pub flags: [u8; LEN],
    /// [`flag`]s of the lowest units of the above-right CTU: reference samples of intra prediction reach 32 luma samples
    /// into it.
    pub flags_up_right: [u8; 8],
    /// Coding quadtree depth per unit.
    pub depth: [u8; LEN],
    /// IntraPredModeY per unit (1, DC, where not intra).
    pub intra_mode: [u8; LEN],
    /// QpY per unit.
    pub qp_y: [i8; LEN],
}

/// Z-order index of each unit of a CTU (6.5.2 restricted to one CTB, 4x4 granularity).
pub const Z_ORDER: [[u8; 16]; 16] = {
    let mut table = [[0u8; 16]; 16];
    let mut y = 0;
    while y < 16 {
        let mut x = 0;
        while x < 16 {
            let mut bit = 0;
            while bit < 4 {
                table[y][x] |= ((((x >> bit) & 1) | (((y >> bit) & 1) << 1)) << (2 * bit)) as u8;
                bit += 1;
            }
            x += 1;
        }
        y += 1;
    }
    table
};

impl Default for CtuMaps {
    fn default() -> Self {
        Self {
            ctb_log2_size: 4,
            x0: 0,
            y0: 0,
            units_w: 0,
            units_h: 0,
            units_right: 0,
            avail: CtuAvailability::default(),
            motion: [Motion::INTRA; LEN],
            flags: [0; LEN],
            flags_up_right: [0; 8],
            depth: [0; LEN],
            intra_mode: [1; LEN],
            qp_y: [0; LEN],
        }
    }
}

impl CtuMaps {
    /// Prepares the maps for the CTU at luma position (`x0`, `y0`) of a picture of `width` x `height` luma samples.
    ///
    /// The right column of the previous CTU becomes the left border, so CTUs of a row must be begun in order;
    /// `above` are the bottoms of the above-left, above and above-right CTUs, where they exist. Units inside are left as
    /// they are: they are written before they are read.
    pub fn begin(
        &mut self,
        (x0, y0): (u32, u32),
        (width, height): (u32, u32),
        ctb_log2_size: u8,
        avail: CtuAvailability,
        above: [Option<&CtuBottom>; 3],
    ) {
        let units = 1isize << (ctb_log2_size - 2);
        for y in 0..units {
            let (from, to) = (at(units - 1, y), at(-1, y));
            self.motion[to] = self.motion[from];
            self.flags[to] = self.flags[from];
            self.depth[to] = self.depth[from];
            self.intra_mode[to] = self.intra_mode[from];
            self.qp_y[to] = self.qp_y[from];
        }
        (self.x0, self.y0, self.ctb_log2_size, self.avail) = (x0, y0, ctb_log2_size, avail);
        let visible = |start: u32, end: u32| (end.saturating_sub(start).min(1 << ctb_log2_size) / 4) as u8;
        self.units_w = visible(x0, width);
        self.units_h = visible(y0, height);
        self.units_right = (width.saturating_sub(x0) / 4) as u16;
        let [up_left, up, up_right] = above;
        if let Some(b) = up_left {
            self.set_border(at(-1, -1), b, units as usize - 1);
        }
        if let Some(b) = up {
            for x in 0..units {
                self.set_border(at(x, -1), b, x as usize);
            }
        }
        if let Some(b) = up_right {
            self.set_border(at(units, -1), b, 0);
            self.flags_up_right.copy_from_slice(&b.flags[..8]);
        }
    }

    fn set_border(&mut self, to: usize, bottom: &CtuBottom, from: usize) {
        self.motion[to] = bottom.motion[from];
        self.flags[to] = bottom.flags[from];
        self.depth[to] = bottom.depth[from];
        self.qp_y[to] = bottom.qp_y[from];
        // 8.4.2: a mode above the current CTB row counts as DC.
        self.intra_mode[to] = 1;
    }

    /// The lowest row of units, for the row of CTUs below.
    ///
    /// Entries beyond the CTU's width keep old values.
    pub fn bottom(&self, bottom: &mut CtuBottom) {
        let units = 1usize << (self.ctb_log2_size - 2);
        for x in 0..units {
            let from = at(x as isize, units as isize - 1);
            bottom.motion[x] = self.motion[from];
            bottom.flags[x] = self.flags[from];
            bottom.depth[x] = self.depth[from];
            bottom.qp_y[x] = self.qp_y[from];
        }
    }

    /// 6.4.1: availability of unit (`nx`, `ny`) for the unit (`cx`, `cy`) inside the CTU, in z-scan order.
    ///
    /// Neighbours may lie anywhere; only the CTUs to the left, above-left, above and above-right can be available.
    #[inline]
    pub fn available(&self, cx: isize, cy: isize, nx: isize, ny: isize) -> bool {
        let units = 1isize << (self.ctb_log2_size - 2);
        if ny >= units || ny >= self.units_h as isize {
            return false;
        }
        if ny < 0 {
            return if nx < 0 {
                self.avail.up_left
            } else if nx < units {
                self.avail.up && nx < self.units_w as isize
            } else {
                self.avail.up_right && nx < self.units_right as isize
            };
        }
        if nx < 0 {
            return self.avail.left;
        }
        nx < self.units_w as isize && Z_ORDER[ny as usize][nx as usize] < Z_ORDER[cy as usize][cx as usize]
    }

    /// Sets one map over the rectangle of `w` x `h` units at (`x`, `y`).
    ///
    /// The usual squares are known to the compiler and become plain stores, checked once.
    #[inline]
    pub fn fill<T: Copy>(map: &mut [T; LEN], (x, y): (usize, usize), (w, h): (usize, usize), value: T) {
        let map = &mut map[at(x as isize, y as isize)..];
        match (w, h) {
            (1, 1) => map[0] = value,
            (2, 2) => fill_square::<T, 2, { STRIDE + 2 }>(map, value),
            (4, 4) => fill_square::<T, 4, { 3 * STRIDE + 4 }>(map, value),
            (8, 8) => fill_square::<T, 8, { 7 * STRIDE + 8 }>(map, value),
            (16, 16) => fill_square::<T, 16, { 15 * STRIDE + 16 }>(map, value),
            _ => (0..h).for_each(|row| map[row * STRIDE..][..w].fill(value)),
        }
    }
}

/// Fills the square of `W` x `W` units that a map begins with, whose last unit is number `N` - 1.
#[inline]
#[track_caller]
fn fill_square<T: Copy, const W: usize, const N: usize>(map: &mut [T], value: T) {
    let square: &mut [T; N] = map.first_chunk_mut().expect("the square lies inside the map");
    for row in 0..W {
        square[row * STRIDE..][..W].fill(value);
    }
}
