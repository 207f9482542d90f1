//! Inter modes with explicit motion: one search per prediction unit, then the residual of the winner.

use super::bi_motion::pairs;
use super::search::{CtuSearch, Cu, Node};
use super::skip_merge::{inter_cu, merge_idx_bits};
use crate::motion_search::integer::IntegerSearch;
use crate::motion_search::reference::MvRange;
use crate::motion_search::subpel::SubpelSearch;
use crate::motion_search::{Found, MvRate, RefPlane};
use rivus_coding::ctu::maps::CtuMaps;
use rivus_coding::ctu::record::{PartMode, PredMode, PredictionUnit};
use rivus_coding::motion::amvp::Neighbours;
use rivus_coding::motion::{Motion, Mv, NO_REF, PuGeometry, merge};
use rivus_picture::Sample;
use rivus_syntax::cabac::{ContextSet, contexts as ctx};

/// Reference pictures per list that the search looks at, at most.
pub const MAX_REFS: usize = 4;

/// The best vectors found for a coding unit size, per list and reference: predictors for what is inside.
pub type Vectors = [[Option<Mv>; MAX_REFS]; 2];

/// Vectors and SATD after refinement, by `Motion::ref_pic`.
type Refined = [Option<(Mv, u32)>; 16];

/// A prediction unit in search.
#[derive(Clone, Copy)]
pub(super) struct Target {
    geometry: PuGeometry,
    /// Position in the CTU and size, in luma samples.
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) w: usize,
    pub(super) h: usize,
}

/// Motion of one list as found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct ListChoice {
    pub(super) ref_idx: i8,
    /// The picture, as `Motion::ref_pic`.
    pub(super) pic: u8,
    pub(super) mv: Mv,
    pub(super) mvp_flag: bool,
    pub(super) mvp: Mv,
    /// SATD plus the rate of vector, index and predictor.
    pub(super) cost: u32,
    /// The rate alone, in SAD units.
    pub(super) rate: u32,
}

/// What was found for each reference of both lists; none where another is much better.
pub(super) type Choices = [[Option<ListChoice>; MAX_REFS]; 2];

/// Motion of a prediction unit and its cost by SATD.
#[derive(Clone, Copy)]
struct Choice {
    pu: PredictionUnit,
    cost: u32,
}

/// Price of `inter_pred_idc` (table 9-48): `lists` as in `PredictionUnit::pred_lists`.
fn inter_pred_idc_bits(contexts: &ContextSet, lists: u8, depth: u8, w: usize, h: usize) -> u32 {
    let list = || contexts.cost(ctx::INTER_PRED_IDC + 4, lists == 2);
    if w + h == 12 {
        return list();
    }
    let bi = contexts.cost(ctx::INTER_PRED_IDC + usize::from(depth), lists == 3);
    if lists == 3 { bi } else { bi + list() }
}

/// Price of `ref_idx_lX`: truncated unary, two bins with contexts.
fn ref_idx_bits(contexts: &ContextSet, ref_idx: usize, active: usize) -> u32 {
    let bins = ref_idx.min(active.saturating_sub(1)) + usize::from(ref_idx + 1 < active);
    (0..bins).map(|i| if i < 2 { contexts.cost(ctx::REF_IDX + i, i < ref_idx) } else { 1 << 15 }).sum()
}

impl<S: Sample> CtuSearch<'_, S> {
    /// Tries an inter coding unit with explicit motion in the partitions of `part_mode`.
    pub(super) fn inter(&mut self, node: &mut Node<S>, cu: &Cu, part_mode: PartMode) {
        let trial = &mut node.trial;
        trial.reset();
        let mut cost = 0u32;
        for part_idx in 0..part_mode.num_parts() {
            let Some(choice) = self.motion_of_part(cu, part_mode, part_idx) else { return };
            let (x, y) = (usize::from(choice.pu.x), usize::from(choice.pu.y));
            let (w, h) = (usize::from(choice.pu.w), usize::from(choice.pu.h));
            CtuMaps::fill(&mut self.maps.motion, (x / 4, y / 4), (w / 4, h / 4), choice.pu.motion);
            CtuMaps::fill(&mut self.maps.flags, (x / 4, y / 4), (w / 4, h / 4), 0);
            cost = cost.saturating_add(choice.cost);
            trial.record.pus.push(choice.pu);
        }
        let limit = self.env.tools.satd_slack.limit(self.inter_satd, part_mode);
        self.inter_satd = self.inter_satd.min(cost);
        if cost > limit {
            return;
        }
        for pu in &trial.record.pus {
            let position = (usize::from(pu.x), usize::from(pu.y));
            self.predict(position, (usize::from(pu.w), usize::from(pu.h)), &pu.motion);
        }
        let parts = trial.record.pus.len() as u32;
        let Some(distortion) = self.inter_residual(trial, cu, parts > 1, node.best.cost.rd) else { return };
        let residual = trial.has_residual();
        if !residual {
            trial.draft.clear();
            trial.record.coeffs.clear();
        }
        trial.finish_cu(inter_cu(cu, PredMode::Inter, part_mode, residual, parts));
        // A merged 2Nx2N unit without residual is skip, which is tried elsewhere.
        if residual || !trial.record.pus[0].merge_flag || parts > 1 {
            self.price(trial, cu, distortion);
            self.keep_better(node, cu);
        }
    }

    fn motion_of_part(&mut self, cu: &Cu, part_mode: PartMode, part_idx: usize) -> Option<Choice> {
        let rect = part_mode.part_rect(cu.size() as u8, part_idx);
        let target = Target {
            geometry: PuGeometry::of_part((cu.x as u8, cu.y as u8), cu.log2, part_mode, part_idx),
            x: cu.x + usize::from(rect.x),
            y: cu.y + usize::from(rect.y),
            w: usize::from(rect.w),
            h: usize::from(rect.h),
        };
        let explicit = self.explicit_motion(cu, &target, part_mode);
        let merged = if part_mode == PartMode::Part2Nx2N { None } else { self.merged_motion(cu, &target) };
        let (best, other) = (explicit, merged);
        match (best, other) {
            (Some(a), Some(b)) => Some(if b.cost < a.cost { b } else { a }),
            (a, b) => a.or(b),
        }
    }

    /// The best merge candidate of a part by SATD.
    fn merged_motion(&mut self, cu: &Cu, target: &Target) -> Option<Choice> {
        let count = usize::from(self.motion.slice.max_num_merge_cand);
        let list = merge::candidates(&self.motion, &self.maps, &target.geometry, count - 1);
        let flag = self.state.contexts.cost(ctx::MERGE_FLAG, true);
        let mut best: Option<Choice> = None;
        for (i, motion) in list.iter().enumerate().take(count) {
            if list[..i].contains(motion) {
                continue;
            }
            let bits = flag + merge_idx_bits(&self.state.contexts, i as u8, count as u8);
            let satd = self.luma_satd((target.x, target.y), (target.w, target.h), motion);
            let cost = satd + cu.lambda.sad_cost_fine(bits);
            if best.is_none_or(|b| cost < b.cost) {
                let pu =
                    PredictionUnit { merge_flag: true, merge_idx: i as u8, motion: *motion, ..target.pu() };
                best = Some(Choice { pu, cost });
            }
        }
        best
    }

    /// The best explicit motion of a part: one list or both.
    fn explicit_motion(&mut self, cu: &Cu, target: &Target, part_mode: PartMode) -> Option<Choice> {
        let predictors = self.predictors(&target.geometry);
        let base = self.state.contexts.cost(ctx::MERGE_FLAG, false);
        let mut lists = Choices::default();
        let mut refined = Refined::default();
        let mut single: Option<Choice> = None;
        for list in 0..if self.motion.slice.is_b { 2 } else { 1 } {
            lists[list] = self.search_list(cu, target, &predictors[list], list, part_mode, &mut refined);
            let found = lists[list].iter().flatten().min_by_key(|found| found.cost);
            let Some(found) = found.copied() else { continue };
            let used = 1 << list;
            let bits = base + self.lists_bits(cu, target, used);
            let cost = found.cost + cu.lambda.sad_cost_fine(bits);
            if single.is_none_or(|s| cost < s.cost) {
                single = Some(Choice {
                    pu: self
                        .explicit_pu(target, [(list == 0).then_some(found), (list == 1).then_some(found)]),
                    cost,
                });
            }
        }
        if target.w + target.h == 12 {
            return single;
        }
        let bits = base + self.lists_bits(cu, target, 3);
        let mut best = single;
        for pair in pairs(&lists, self.env.tools.bi_rounds > 0) {
            let (pair, cost) = self.bi_motion(cu, target, pair);
            let cost = cost + cu.lambda.sad_cost_fine(bits);
            if best.is_none_or(|b| cost < b.cost) {
                best = Some(Choice { pu: self.explicit_pu(target, pair.map(Some)), cost });
            }
        }
        best
    }

    /// The two predictors of every list and reference (8.5.3.2.6).
    fn predictors(&self, geometry: &PuGeometry) -> [[[Mv; 2]; MAX_REFS]; 2] {
        let neighbours = Neighbours::new(&self.maps, geometry);
        let mut all = [[[Mv::default(); 2]; MAX_REFS]; 2];
        for (list, of_list) in all.iter_mut().enumerate() {
            let active = self.motion.slice.num_ref_idx_active(list);
            for (ref_idx, pair) in of_list.iter_mut().enumerate().take(active) {
                *pair = neighbours.candidates(&self.motion, &self.maps, geometry, list, ref_idx as i8, 1);
            }
        }
        all
    }

    fn lists_bits(&self, cu: &Cu, target: &Target, lists: u8) -> u32 {
        if self.motion.slice.is_b {
            inter_pred_idc_bits(&self.state.contexts, lists, cu.depth, target.w, target.h)
        } else {
            0
        }
    }

    /// Searches the references of a list: all by whole samples, then those that are close to the best by parts of samples.
    /// What was found for a picture in the other list already is taken from `refined`.
    fn search_list(
        &mut self,
        cu: &Cu,
        target: &Target,
        predictors: &[[Mv; 2]; MAX_REFS],
        list: usize,
        part_mode: PartMode,
        refined: &mut Refined,
    ) -> [Option<ListChoice>; MAX_REFS] {
        let active = self.motion.slice.num_ref_idx_active(list).min(MAX_REFS);
        let mut whole = [None; MAX_REFS];
        for (ref_idx, mvps) in predictors.iter().enumerate().take(active) {
            let pic = usize::from(self.motion.slice.ref_pic(list, ref_idx as i8));
            if refined.get(pic).is_some_and(Option::is_none) {
                whole[ref_idx] = Some(self.whole_sample_search(cu, target, mvps, list, ref_idx));
            }
        }
        let least = whole.iter().flatten().map(|found| found.cost).min().unwrap_or(0);
        let mut all = [None; MAX_REFS];
        for (ref_idx, mvps) in predictors.iter().enumerate().take(active) {
            let pic = usize::from(self.motion.slice.ref_pic(list, ref_idx as i8));
            let (mv, satd) = match (whole[ref_idx], refined[pic]) {
                (Some(found), _) if found.cost > least + least / 8 => {
                    self.remember(cu, part_mode, list, ref_idx, found.mv);
                    continue;
                }
                (Some(found), _) => {
                    let rate = MvRate { pred: mvps[0], lambda_q8: cu.lambda.sad_q8 };
                    let fine = self.subpel_search(target, self.references[pic], rate, &found);
                    refined[pic] = Some((fine.mv, fine.distortion));
                    (fine.mv, fine.distortion)
                }
                (None, Some(known)) => known,
                (None, None) => continue,
            };
            self.remember(cu, part_mode, list, ref_idx, mv);
            let flag = rate_flag(mvps, mv);
            let rate = MvRate { pred: mvps[usize::from(flag)], lambda_q8: cu.lambda.sad_q8 };
            let index =
                ref_idx_bits(&self.state.contexts, ref_idx, self.motion.slice.num_ref_idx_active(list));
            let price = rate.cost(mv) + cu.lambda.sad_cost(1) + cu.lambda.sad_cost_fine(index);
            all[ref_idx] = Some(ListChoice {
                ref_idx: ref_idx as i8,
                pic: pic as u8,
                mv,
                mvp_flag: flag,
                mvp: mvps[usize::from(flag)],
                cost: satd + price,
                rate: price,
            });
        }
        all
    }

    /// Keeps a vector of a whole coding unit as a predictor for what is inside.
    fn remember(&mut self, cu: &Cu, part_mode: PartMode, list: usize, ref_idx: usize, mv: Mv) {
        if part_mode == PartMode::Part2Nx2N {
            self.vectors[usize::from(cu.depth)][list][ref_idx] = Some(mv);
        }
    }

    /// The vector of the enclosing coding unit size.
    fn outer_vector(&self, cu: &Cu, list: usize, ref_idx: usize) -> Option<Mv> {
        let depth = usize::from(cu.depth).checked_sub(1)?;
        self.vectors[depth][list][ref_idx]
    }

    /// The lookahead's vectors, if it looked at the same picture: that of the middle, and for small units those right of it and
    /// below, where no predictor comes from.
    fn hints_of_lookahead(&self, target: &Target, list: usize, ref_idx: usize) -> impl Iterator<Item = Mv> {
        let hints = &self.frame.hints;
        let poc = self.motion.slice.ref_poc(list, ref_idx as i8);
        let vectors = hints.fields.iter().find(|field| field.0 == poc).map(|field| &field.1);
        let column = (self.maps.x0 as usize + target.x + target.w / 2) / 16;
        let row = (self.maps.y0 as usize + target.y + target.h / 2) / 16;
        let count = if target.w.max(target.h) <= 16 { 3 } else { 1 };
        let blocks = [(column, row), (column + 1, row), (column, row + 1)].into_iter().take(count);
        let inside = blocks.filter(|block| block.0 < hints.stride);
        inside.filter_map(move |(column, row)| vectors?.get(row * hints.stride + column).copied())
    }

    fn whole_sample_search(
        &self,
        cu: &Cu,
        target: &Target,
        mvps: &[Mv; 2],
        list: usize,
        ref_idx: usize,
    ) -> Found {
        let hints =
            [self.vectors[usize::from(cu.depth)][list][ref_idx], self.outer_vector(cu, list, ref_idx)];
        let mut starts = [mvps[0], mvps[1], Mv::ZERO, Mv::ZERO, Mv::ZERO, Mv::ZERO, Mv::ZERO];
        let mut count = 2;
        for hint in hints.into_iter().flatten().chain(self.hints_of_lookahead(target, list, ref_idx)) {
            starts[count] = hint;
            count += 1;
        }
        let reference = self.references[usize::from(self.motion.slice.ref_pic(list, ref_idx as i8))];
        let (x, y) = self.position(target);
        let search = IntegerSearch {
            kernels: self.env.kernels,
            source: self.source(0, target.x, target.y, target.w, target.h),
            x,
            y,
            reference,
            range: self.range(target, reference),
            rate: MvRate { pred: mvps[0], lambda_q8: cu.lambda.sad_q8 },
        };
        search.run(&starts[..count], usize::from(self.env.tools.search_steps))
    }

    fn subpel_search(
        &mut self,
        target: &Target,
        reference: RefPlane<'_, S>,
        rate: MvRate,
        start: &Found,
    ) -> Found {
        let (x, y) = self.position(target);
        let tools = self.env.tools;
        let search = SubpelSearch {
            kernels: self.env.kernels,
            source: self.source(0, target.x, target.y, target.w, target.h),
            x,
            y,
            reference,
            range: self.range(target, reference),
            rate,
            bit_depth: self.env.bit_depth,
        };
        let rounds = [tools.subpel.half_rounds, tools.subpel.quarter_rounds];
        search.run(start, rounds, tools.subpel.diagonals, &mut self.scratch.luma[0])
    }

    /// Position in the picture, in luma samples.
    pub(super) fn position(&self, target: &Target) -> (i32, i32) {
        ((self.maps.x0 as usize + target.x) as i32, (self.maps.y0 as usize + target.y) as i32)
    }

    /// Vectors that may be searched.
    pub(super) fn range(&self, target: &Target, reference: RefPlane<'_, S>) -> MvRange {
        let (x, y) = self.position(target);
        let reach = i32::from(self.env.tools.search_reach);
        reference.mv_range(x, y, target.w as i32, target.h as i32, reach)
    }

    fn explicit_pu(&self, target: &Target, lists: [Option<ListChoice>; 2]) -> PredictionUnit {
        let mut pu = target.pu();
        let mut motion = Motion { mv: [Mv::default(); 2], ref_idx: [-1; 2], ref_pic: [NO_REF; 2] };
        for (list, choice) in lists.into_iter().enumerate() {
            let Some(choice) = choice else { continue };
            pu.pred_lists |= 1 << list;
            pu.ref_idx[list] = choice.ref_idx;
            pu.mvp_flag[list] = choice.mvp_flag;
            pu.mvd[list] =
                Mv { x: choice.mv.x.wrapping_sub(choice.mvp.x), y: choice.mv.y.wrapping_sub(choice.mvp.y) };
            motion.mv[list] = choice.mv;
            motion.ref_idx[list] = choice.ref_idx;
            motion.ref_pic[list] = choice.pic;
        }
        pu.motion = motion;
        pu
    }
}

impl Target {
    fn pu(&self) -> PredictionUnit {
        PredictionUnit {
            x: self.x as u8,
            y: self.y as u8,
            w: self.w as u8,
            h: self.h as u8,
            part_idx: self.geometry.part_idx,
            ..PredictionUnit::default()
        }
    }
}

/// Which of the two predictors makes `mv` cheaper.
fn rate_flag(mvps: &[Mv; 2], mv: Mv) -> bool {
    let bits = |pred: Mv| MvRate { pred, lambda_q8: 256 }.bits(mv);
    bits(mvps[1]) < bits(mvps[0])
}
