//! Bi-prediction with explicit motion: which motion of the two lists to combine, and its refinement.

use super::inter::{Choices, ListChoice, Target};
use super::search::{CtuSearch, Cu};
use crate::motion_search::MvRate;
use crate::motion_search::subpel::SCRATCH_STRIDE;
use rivus_coding::motion::Mv;
use rivus_kernels::MC_STRIDE;
use rivus_picture::{BlockMut, Sample};

/// The pairs of motion that promise most: the cheapest of two pictures, and the cheapest of one picture, which both lists may
/// hold. The mean of a picture and the same picture moved a little takes noise away, but it begins with the same vector
/// twice, since a picture is searched once for both lists: that pair is left out if pairs are not refined.
pub(super) fn pairs(lists: &Choices, refined: bool) -> impl Iterator<Item = [ListChoice; 2]> {
    let cheapest = |same: bool| {
        let [first, second] = [0, 1].map(|list| lists[list].iter().flatten());
        let all = first.flat_map(|a| second.clone().map(move |b| [*a, *b]));
        all.filter(|[a, b]| (a.pic == b.pic) == same).min_by_key(|[a, b]| a.cost.saturating_add(b.cost))
    };
    [cheapest(false), refined.then(|| cheapest(true)).flatten()].into_iter().flatten()
}

impl<S: Sample> CtuSearch<'_, S> {
    /// Both lists: the two single predictions together, then each refined in turn against the other.
    pub(super) fn bi_motion(
        &mut self,
        cu: &Cu,
        target: &Target,
        mut lists: [ListChoice; 2],
    ) -> ([ListChoice; 2], u32) {
        let mut best = self.bi_satd(target, &lists, [true, true]) + lists[0].rate + lists[1].rate;
        for round in 0..self.env.tools.bi_rounds {
            let list = usize::from(round & 1 == 0);
            let before = best;
            for (dx, dy) in [(-1, 0), (1, 0), (0, -1), (0, 1)] {
                let old = lists[list];
                let mv = Mv { x: old.mv.x.saturating_add(dx), y: old.mv.y.saturating_add(dy) };
                if !self.is_searchable(target, old.pic, mv) {
                    continue;
                }
                let rate = |mv: Mv| MvRate { pred: old.mvp, lambda_q8: cu.lambda.sad_q8 }.cost(mv);
                lists[list] = ListChoice { mv, rate: old.rate + rate(mv) - rate(old.mv), ..old };
                let mut changed = [false; 2];
                changed[list] = true;
                let cost = self.bi_satd(target, &lists, changed) + lists[0].rate + lists[1].rate;
                if cost < best {
                    best = cost;
                } else {
                    lists[list] = old;
                }
            }
            // The buffer of this list must be that of the choice that stayed.
            let mut changed = [false; 2];
            changed[list] = true;
            self.bi_satd(target, &lists, changed);
            if best == before {
                break;
            }
        }
        (lists, best)
    }

    fn is_searchable(&self, target: &Target, pic: u8, mv: Mv) -> bool {
        self.range(target, self.references[usize::from(pic)]).clamp(mv) == mv
    }

    /// SATD of the mean of both predictions; `changed` says which of them must be interpolated anew.
    fn bi_satd(&mut self, target: &Target, lists: &[ListChoice; 2], changed: [bool; 2]) -> u32 {
        let Target { w, h, .. } = *target;
        let (x, y) = self.position(target);
        for (list, choice) in lists.iter().enumerate().filter(|(list, _)| changed[*list]) {
            let plane = self.references[usize::from(choice.pic)];
            let (rx, ry) = (x + (i32::from(choice.mv.x) >> 2), y + (i32::from(choice.mv.y) >> 2));
            let (fx, fy) = (choice.mv.x as u8 & 3, choice.mv.y as u8 & 3);
            let from = plane.block(rx - 3, ry - 3, w + 7, h + 7);
            (self.env.kernels.mc_luma.prep)(
                &mut self.scratch.bi[list],
                from,
                w,
                h,
                fx,
                fy,
                self.env.bit_depth,
            );
        }
        let source = self.source(0, target.x, target.y, w, h);
        let mut mean = BlockMut::new(&mut self.scratch.luma[0], 0, SCRATCH_STRIDE, w, h);
        let [a, b] = &self.scratch.bi;
        debug_assert!(a.len() >= (h - 1) * MC_STRIDE + w);
        (self.env.kernels.weighted.avg)(mean.rb(), a, b, self.env.bit_depth);
        (self.env.kernels.satd.block)(source, mean.as_block())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(pic: u8, x: i16, cost: u32) -> Option<ListChoice> {
        Some(ListChoice { pic, mv: Mv { x, y: 0 }, cost, ..ListChoice::default() })
    }

    fn costs(lists: &Choices, refined: bool) -> Vec<[u32; 2]> {
        pairs(lists, refined).map(|pair| pair.map(|choice| choice.cost)).collect()
    }

    /// Of equal lists, the first of one with the second of the other, and the first twice only if it will be refined.
    #[test]
    fn equal_lists_combine_two_pictures() {
        let list = [choice(0, 4, 10), choice(1, 8, 15), None, None];
        assert_eq!(costs(&[list, list], true), [[10, 15], [10, 10]]);
        assert_eq!(costs(&[list, list], false), [[10, 15]]);
    }

    /// A picture that is the best of both lists does not keep the other one out.
    #[test]
    fn best_picture_of_both_lists_is_combined_with_another() {
        let lists = [
            [choice(0, 4, 20), choice(1, 8, 12), None, None],
            [choice(1, 8, 11), choice(0, 4, 22), None, None],
        ];
        assert_eq!(costs(&lists, false), [[20, 11]]);
    }

    /// A list without motion gives no pair.
    #[test]
    fn both_lists_are_needed() {
        assert!(costs(&[[choice(0, 0, 1), None, None, None], [None; 4]], true).is_empty());
    }
}
