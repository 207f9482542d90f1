//! Merge mode: the list of candidates a prediction unit may copy its motion from (8.5.3.2.2 to 8.5.3.2.5).

use super::{Motion, MotionCtx, Mv, PuGeometry, temporal};
use crate::ctu::maps::CtuMaps;
use crate::ctu::record::PartMode;

/// Merge candidates there can be (`five_minus_max_num_merge_cand` + MaxNumMergeCand).
pub const MAX_CANDIDATES: usize = 5;

/// l0CandIdx and l1CandIdx per combIdx (table 8-7).
const COMBINATIONS: [(u8, u8); 12] =
    [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1), (0, 3), (3, 0), (1, 3), (3, 1), (2, 3), (3, 2)];

/// 8.5.3.2.2: the motion that `merge_idx` selects.
#[inline]
pub fn candidate(ctx: &MotionCtx, maps: &CtuMaps, pu: &PuGeometry, merge_idx: u8) -> Motion {
    let idx = (merge_idx as usize).min(MAX_CANDIDATES - 1);
    candidates(ctx, maps, pu, idx)[idx]
}

/// 8.5.3.2.2: merge candidates 0..=`up_to` of a prediction unit, in the order of merge_idx.
///
/// Later candidates cost nothing and read as [`Motion::INTRA`], as do those past MaxNumMergeCand - 1.
pub fn candidates(
    ctx: &MotionCtx,
    maps: &CtuMaps,
    pu: &PuGeometry,
    up_to: usize,
) -> [Motion; MAX_CANDIDATES] {
    let wanted = (up_to + 1).min(ctx.slice.max_num_merge_cand as usize).min(MAX_CANDIDATES);
    let mut all = [Motion::INTRA; MAX_CANDIDATES];
    let mut list = List { motion: &mut all, len: 0, wanted };
    // singleMCLFlag: the parts of an 8x8 coding unit share one list.
    let shared = ctx.slice.log2_par_mrg_level > 2 && pu.cu_size == 2;
    let block = if shared { pu.whole_cu() } else { *pu };
    spatial(&mut list, maps, &block, ctx.slice.log2_par_mrg_level - 2);
    if !list.is_full() {
        if let Some(motion) = collocated(ctx, maps, &block) {
            list.push(motion);
        }
        if ctx.slice.is_b {
            combine(&mut list, ctx);
        }
        fill_with_zero(&mut list, ctx);
    }
    // 8x4 and 4x8 blocks may not be bi-predicted; this takes the size of the block itself, not of the shared
    // one.
    if pu.w + pu.h == 3 {
        for motion in &mut all {
            if motion.is_bi() {
                motion.clear(1);
            }
        }
    }
    all
}

/// mergeCandList as far as it is asked for.
struct List<'a> {
    motion: &'a mut [Motion; MAX_CANDIDATES],
    len: usize,
    wanted: usize,
}

impl List<'_> {
    #[inline]
    fn is_full(&self) -> bool {
        self.len >= self.wanted
    }

    #[inline]
    fn push(&mut self, motion: Motion) {
        if self.len < self.wanted {
            self.motion[self.len] = motion;
            self.len += 1;
        }
    }
}

/// 8.5.3.2.3: spatial candidates, named as in figure 8-3: A1 left, B1 above, B0 above right, A0 below left,
/// B2 above left.
///
/// Neighbours in the same merge estimation region, of `1 << level` units, are ignored, so that the regions'
/// units can be estimated in parallel. Some pairs are compared, and equal ones dropped.
#[inline]
fn spatial(list: &mut List<'_>, maps: &CtuMaps, pu: &PuGeometry, level: u8) {
    let &PuGeometry { x, y, w, h, part_idx, part_mode, .. } = pu;
    let get = |nx: i8, ny: i8| {
        let same_region = x >> level == nx >> level && y >> level == ny >> level;
        if same_region { None } else { pu.neighbour(maps, nx, ny) }
    };
    use PartMode::*;
    let second_of_two = part_idx == 1;
    // Merging the second part with the first would make the coding unit 2Nx2N.
    let right_part = second_of_two && matches!(part_mode, PartNx2N | PartnLx2N | PartnRx2N);
    let a1 = if right_part { None } else { get(x - 1, y + h - 1) };
    if let Some(motion) = a1 {
        list.push(*motion);
        if list.is_full() {
            return;
        }
    }
    let lower_part = second_of_two && matches!(part_mode, Part2NxN | Part2NxnU | Part2NxnD);
    let b1 = if lower_part { None } else { get(x + w - 1, y - 1) };
    if let Some(motion) = b1.filter(|_| b1 != a1) {
        list.push(*motion);
        if list.is_full() {
            return;
        }
    }
    let b0 = get(x + w, y - 1);
    if let Some(motion) = b0.filter(|_| b0 != b1) {
        list.push(*motion);
        if list.is_full() {
            return;
        }
    }
    let a0 = get(x - 1, y + h);
    if let Some(motion) = a0.filter(|_| a0 != a1) {
        list.push(*motion);
    }
    if list.len == 4 || list.is_full() {
        return;
    }
    let b2 = get(x - 1, y - 1);
    if let Some(motion) = b2.filter(|_| b2 != a1 && b2 != b1) {
        list.push(*motion);
    }
}

/// 8.5.3.2.2 step 3 and following: the temporal candidate, which points to the first picture of each list.
#[inline]
fn collocated(ctx: &MotionCtx, maps: &CtuMaps, pu: &PuGeometry) -> Option<Motion> {
    ctx.col?;
    let mut motion = Motion::INTRA;
    for list in 0..1 + ctx.slice.is_b as usize {
        if let Some(mv) = temporal::candidate(ctx, maps, pu, list, 0) {
            motion.set(ctx.slice, list, 0, mv);
        }
    }
    motion.is_inter().then_some(motion)
}

/// 8.5.3.2.4: combined bi-predictive candidates, from the list 0 half of one candidate and the list 1 half of
/// another.
#[inline]
fn combine(list: &mut List<'_>, ctx: &MotionCtx) {
    let originals = list.len;
    if originals < 2 || list.is_full() {
        return;
    }
    for &(l0, l1) in &COMBINATIONS[..originals * (originals - 1)] {
        if list.is_full() {
            return;
        }
        let (first, second) = (list.motion[l0 as usize], list.motion[l1 as usize]);
        if !first.uses(0) || !second.uses(1) {
            continue;
        }
        let pocs = (ctx.slice.ref_poc(0, first.ref_idx[0]), ctx.slice.ref_poc(1, second.ref_idx[1]));
        if pocs.0 != pocs.1 || first.mv[0] != second.mv[1] {
            list.push(Motion {
                mv: [first.mv[0], second.mv[1]],
                ref_idx: [first.ref_idx[0], second.ref_idx[1]],
                ref_pic: [first.ref_pic[0], second.ref_pic[1]],
            });
        }
    }
}

/// 8.5.3.2.5: zero vectors to each reference index that both lists have, then to index 0.
#[inline]
fn fill_with_zero(list: &mut List<'_>, ctx: &MotionCtx) {
    let slice = ctx.slice;
    let mut num_ref_idx = slice.num_ref_idx_active(0);
    if slice.is_b {
        num_ref_idx = num_ref_idx.min(slice.num_ref_idx_active(1));
    }
    let mut zero_idx = 0;
    while !list.is_full() {
        let ref_idx = if zero_idx < num_ref_idx { zero_idx as i8 } else { 0 };
        let mut motion = Motion::INTRA;
        motion.set(slice, 0, ref_idx, Mv::ZERO);
        if slice.is_b {
            motion.set(slice, 1, ref_idx, Mv::ZERO);
        }
        list.push(motion);
        zero_idx += 1;
    }
}
