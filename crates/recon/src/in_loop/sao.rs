//! Sample adaptive offset of a row of CTUs (8.7.3).
//!
//! Edge classification compares deblocked samples, so a CTU is filtered from a copy of its samples with a border of one. Most
//! of the border is still there in the picture when its turn comes; what is not - the line above the row and the column
//! left of the CTU, which may have been changed by SAO already - is kept aside in [`SaoState`] as it was before.

use rivus_coding::ctu::record::SaoComponent;
use rivus_kernels::Kernels;
use rivus_picture::{Block, BlockMut, Sample};

use super::{CtuFilter, FilterParams, RowFilterInfo};

/// Samples per row of the copy: the border is at column 15, so that the CTU begins on a 16-sample boundary.
const STRIDE: usize = 96;
/// Column of the CTU's first sample in the copy.
const ORIGIN: usize = 16;

/// What SAO of a picture carries from row to row.
#[derive(Clone, Debug)]
pub struct SaoState<S> {
    /// Per plane: the lowest deblocked line of the row above.
    above: [Vec<S>; 3],
    /// The same of the current row, while a plane of it is filtered.
    current: Vec<S>,
    /// A CTU before SAO, with a border of one.
    copy: Box<[S]>,
    /// The right column of the CTU before, from one line above to one below, if it was filtered.
    column: [S; 66],
}

impl<S: Sample> SaoState<S> {
    /// For pictures with `params`.
    pub fn new(params: &FilterParams) -> Self {
        let above = std::array::from_fn(|plane| {
            let used = plane < params.format.num_planes();
            vec![S::default(); if used { params.format.plane_size(plane).0 } else { 0 }]
        });
        let copy = vec![S::default(); STRIDE * 66].into_boxed_slice();
        Self { above, current: Vec::new(), copy, column: [S::default(); 66] }
    }
}

/// The rows of CTUs around the one that is filtered.
#[derive(Clone, Copy, Debug)]
pub struct SaoRows<'a> {
    /// The row above, `None` at the top of the picture.
    pub above: Option<&'a RowFilterInfo>,
    /// The row to filter.
    pub current: &'a RowFilterInfo,
    /// The row below, `None` at the bottom.
    pub below: Option<&'a RowFilterInfo>,
}

/// Applies SAO to one plane of a row of CTUs whose deblocking is complete. Rows come from top to bottom.
///
/// `samples` are the lines of the row in full width and, unless it is the last of the picture, one line of the row below
/// (deblocked, not yet changed by SAO), which is only read.
pub fn sao_row<S: Sample>(
    samples: &mut BlockMut<'_, S>,
    plane: usize,
    rows: SaoRows<'_>,
    params: &FilterParams,
    state: &mut SaoState<S>,
    kernels: &Kernels<S>,
) {
    let height = samples.height() - usize::from(rows.below.is_some());
    state.current.clear();
    state.current.extend_from_slice(samples.row(height - 1));
    let shifts = params.format.chroma.plane_shifts(plane);
    let ctb_w = (1usize << params.ctb_log2_size) >> shifts.0;
    let mut left_filtered = false;
    for ctu_x in 0..rows.current.width_ctb() {
        let component = &rows.current.ctu(ctu_x).sao.components[plane];
        if component.sao_type_idx == 0 {
            left_filtered = false;
            continue;
        }
        let x = ctu_x * ctb_w;
        let area = Area { x, w: ctb_w.min(samples.width() - x), h: height };
        copy_ctu(samples, area, plane, left_filtered, state);
        let ctu = SaoCtu { rows, ctu_x, plane, area, shifts, params };
        ctu.filter(samples, component, &state.copy, kernels);
        left_filtered = true;
    }
    std::mem::swap(&mut state.above[plane], &mut state.current);
}

/// Columns `x..x + w` of a row of CTUs of height `h`, in samples of the plane.
#[derive(Clone, Copy)]
struct Area {
    x: usize,
    w: usize,
    h: usize,
}

/// Copies a CTU and its border as they were before SAO, and remembers its right column. Border samples outside the
/// picture get no meaningful value.
fn copy_ctu<S: Sample>(
    samples: &BlockMut<'_, S>,
    area: Area,
    plane: usize,
    left_filtered: bool,
    state: &mut SaoState<S>,
) {
    let Area { x, w, h } = area;
    // Border columns, as far as the picture reaches.
    let (from, to) = (x.saturating_sub(1), (x + w + 1).min(samples.width()));
    let start = ORIGIN + from - x;
    let lines = (h + 1).min(samples.height());
    state.copy[start..start + to - from].copy_from_slice(&state.above[plane][from..to]);
    let inside = samples.as_block().sub(from, 0, to - from, lines);
    BlockMut::new(&mut state.copy, STRIDE + start, STRIDE, to - from, lines).copy_from(inside);
    for y in 1..h + 2 {
        let at = y * STRIDE + ORIGIN;
        if left_filtered {
            state.copy[at - 1] = state.column[y];
        }
        state.column[y] = state.copy[at + w - 1];
    }
}

/// One component of a CTU that SAO changes.
struct SaoCtu<'a> {
    rows: SaoRows<'a>,
    ctu_x: usize,
    plane: usize,
    area: Area,
    shifts: (u32, u32),
    params: &'a FilterParams,
}

impl SaoCtu<'_> {
    fn filter<S: Sample>(
        &self,
        samples: &mut BlockMut<'_, S>,
        component: &SaoComponent,
        copy: &[S],
        kernels: &Kernels<S>,
    ) {
        let Area { x, w, h } = self.area;
        let bit_depth = self.params.format.bit_depth(self.plane);
        let scale = self.params.log2_sao_offset_scale[usize::from(self.plane > 0)];
        let offsets = component.sao_offset_val.map(|v| v << scale);
        let mut dst = samples.sub_mut(x, 0, w, h);
        let inside = Block::new(copy, STRIDE + ORIGIN, STRIDE, w, h);
        if component.sao_type_idx == 1 {
            (kernels.sao.band)(dst.rb(), inside, component.sao_band_position, &offsets, bit_depth);
        } else {
            let bordered = Block::new(copy, ORIGIN - 1, STRIDE, w + 2, h + 2);
            (kernels.sao.edge)(dst.rb(), bordered, component.sao_eo_class, &offsets, bit_depth);
            self.restore_borders(&mut dst, inside, component.sao_eo_class);
        }
        if self.rows.current.any_keep() {
            self.restore_kept(&mut dst, inside);
        }
    }

    /// edgeIdx is 0 for samples one of whose two neighbours may not be used: beyond the picture, or in a slice or tile that
    /// filtering does not cross to.
    fn restore_borders<S: Sample>(&self, dst: &mut BlockMut<'_, S>, src: Block<'_, S>, class: u8) {
        // hPos, vPos of the first neighbour; the second lies opposite.
        let (dx, dy): (isize, isize) = match class {
            0 => (-1, 0),
            1 => (0, -1),
            2 => (-1, -1),
            _ => (1, -1),
        };
        let (w, h) = (dst.width() as isize, dst.height() as isize);
        let usable = self.usable();
        if usable == [[true; 3]; 3] {
            return;
        }
        // Which CTU a coordinate lies in: 0 before, 1 inside, 2 behind.
        let side = |v: isize, len: isize| usize::from(v >= 0) + usize::from(v >= len);
        let mut restore = |x: isize, y: isize| {
            let reaches = |x: isize, y: isize| usable[side(y, h)][side(x, w)];
            if !reaches(x + dx, y + dy) || !reaches(x - dx, y - dy) {
                dst.row_mut(y as usize)[x as usize] = src.row(y as usize)[x as usize];
            }
        };
        for x in 0..w {
            restore(x, 0);
            restore(x, h - 1);
        }
        for y in 1..h - 1 {
            restore(0, y);
            restore(w - 1, y);
        }
    }

    /// Whether samples of the neighbouring CTUs may be used: `[1 + dy][1 + dx]`.
    fn usable(&self) -> [[bool; 3]; 3] {
        let current = self.rows.current.ctu(self.ctu_x);
        let rows = [self.rows.above, Some(self.rows.current), self.rows.below];
        let ctu = |dy: usize, dx: usize| -> Option<&CtuFilter> {
            let row = rows[dy]?;
            let x = (self.ctu_x + dx).checked_sub(1)?;
            (x < row.width_ctb()).then(|| row.ctu(x))
        };
        std::array::from_fn(|dy| {
            std::array::from_fn(|dx| {
                ctu(dy, dx).is_some_and(|neighbour| self.params.crosses(current, neighbour))
            })
        })
    }

    /// SaoTypeIdx counts as 0 for PCM samples with `pcm_loop_filter_disabled_flag` and for lossless ones.
    fn restore_kept<S: Sample>(&self, dst: &mut BlockMut<'_, S>, src: Block<'_, S>) {
        let (unit_w, unit_h) = (8 >> self.shifts.0, 8 >> self.shifts.1);
        let x8 = (self.area.x << self.shifts.0) / 8;
        for (j, y) in (0..dst.height()).step_by(unit_h).enumerate() {
            for (i, x) in (0..dst.width()).step_by(unit_w).enumerate() {
                if self.rows.current.unit(x8 + i, j).1 {
                    let (w, h) = (unit_w.min(dst.width() - x), unit_h.min(dst.height() - y));
                    dst.sub_mut(x, y, w, h).copy_from(src.sub(x, y, w, h));
                }
            }
        }
    }
}
