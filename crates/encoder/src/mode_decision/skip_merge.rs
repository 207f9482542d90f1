//! Skip and merge of whole coding units: all candidates by SATD, the best few by rate and distortion.

use super::candidate::Candidate;
use super::search::{CtuSearch, Cu, Node, Scratch};
use crate::motion_search::subpel::SCRATCH_STRIDE;
use rivus_coding::ctu::record::{CodingUnit, PartMode, PredMode, PredictionUnit, Span};
use rivus_coding::motion::{Motion, PuGeometry, merge};
use rivus_picture::{Block, Sample};
use rivus_recon::CtuSamples;
use rivus_syntax::cabac::{ContextSet, contexts as ctx};

/// Price of `merge_idx` in 1/32768 bits: one context-coded bin, then bypass bins.
pub(super) fn merge_idx_bits(contexts: &ContextSet, merge_idx: u8, candidates: u8) -> u32 {
    if candidates <= 1 {
        return 0;
    }
    let first = contexts.cost(ctx::MERGE_IDX, merge_idx > 0);
    let bypass = if merge_idx == 0 { 0 } else { merge_idx.min(candidates - 2) };
    first + (u32::from(bypass) << 15)
}

impl<S: Sample> CtuSearch<'_, S> {
    /// Tries skip and merge.
    pub(super) fn merge_2nx2n(&mut self, node: &mut Node<S>, cu: &Cu) {
        let ranked = self.rank_merge(cu);
        let mut residual_helps = true;
        let tried = ranked.iter().flatten().take(usize::from(self.env.tools.merge_rd));
        for (rank, &(_, merge_idx, motion)) in tried.enumerate() {
            if rank == 0 {
                self.predict_ranked_first(cu, &motion);
            } else {
                self.predict((cu.x, cu.y), (cu.size(), cu.size()), &motion);
            }
            let pu = PredictionUnit {
                x: cu.x as u8,
                y: cu.y as u8,
                w: cu.size() as u8,
                h: cu.size() as u8,
                merge_flag: true,
                merge_idx,
                motion,
                ..PredictionUnit::default()
            };
            if residual_helps {
                self.merge_with_residual(node, cu, pu);
                residual_helps =
                    node.best.record.cus.first().is_some_and(|cu| cu.pred_mode != PredMode::Skip);
            }
            self.skip(node, cu, pu);
        }
    }

    /// The merge candidates, best first, by SATD of luma and the price of the index. The luma prediction of the first is left in
    /// `scratch.luma[1]`.
    fn rank_merge(&mut self, cu: &Cu) -> [Option<(u32, u8, Motion)>; merge::MAX_CANDIDATES] {
        let geometry = PuGeometry::of_part((cu.x as u8, cu.y as u8), cu.log2, PartMode::Part2Nx2N, 0);
        let count = usize::from(self.motion.slice.max_num_merge_cand);
        let list = merge::candidates(&self.motion, &self.maps, &geometry, count - 1);
        let mut ranked = [None; merge::MAX_CANDIDATES];
        let mut least = u32::MAX;
        for (i, motion) in list.iter().enumerate().take(count) {
            if list[..i].contains(motion) {
                continue;
            }
            let bits = merge_idx_bits(&self.state.contexts, i as u8, count as u8);
            let satd = self.luma_satd((cu.x, cu.y), (cu.size(), cu.size()), motion);
            let cost = satd + cu.lambda.sad_cost_fine(bits);
            ranked[i] = Some((cost, i as u8, *motion));
            if cost < least {
                least = cost;
                self.scratch.luma.swap(0, 1);
            }
        }
        ranked.sort_by_key(|entry| entry.map_or(u32::MAX, |(cost, ..)| cost));
        self.inter_satd = self.inter_satd.min(ranked[0].map_or(u32::MAX, |(cost, ..)| cost));
        ranked
    }

    /// Predicts the coding unit by the candidate that [`rank_merge`](Self::rank_merge) put first, whose luma is there.
    fn predict_ranked_first(&mut self, cu: &Cu, motion: &Motion) {
        let size = cu.size();
        let Scratch { luma, prediction, .. } = &mut self.scratch;
        let best = Block::new(&luma[1], 0, SCRATCH_STRIDE, size, size);
        prediction.block_mut(0, cu.x, cu.y, size, size).copy_from(best);
        self.predict_planes(1..3, (cu.x, cu.y), (size, size), motion);
    }

    fn merge_with_residual(&mut self, node: &mut Node<S>, cu: &Cu, pu: PredictionUnit) {
        let trial = &mut node.trial;
        trial.reset();
        trial.record.pus.push(pu);
        let Some(distortion) = self.inter_residual(trial, cu, false, node.best.cost.rd) else { return };
        if !trial.has_residual() {
            return;
        }
        trial.finish_cu(inter_cu(cu, PredMode::Inter, PartMode::Part2Nx2N, true, 1));
        self.price(trial, cu, distortion);
        self.keep_better(node, cu);
    }

    fn skip(&mut self, node: &mut Node<S>, cu: &Cu, pu: PredictionUnit) {
        let trial = &mut node.trial;
        trial.reset();
        let distortion = self.prediction_error(cu);
        trial.record.pus.push(pu);
        trial.finish_cu(inter_cu(cu, PredMode::Skip, PartMode::Part2Nx2N, false, 1));
        self.price(trial, cu, distortion);
        let is_best = node.keep_better(&self.scratch.prediction, cu);
        self.note(node, cu, is_best);
    }

    /// The distortion of a coding unit whose reconstruction is its prediction.
    fn prediction_error(&self, cu: &Cu) -> f64 {
        let mut distortion = 0.0;
        for plane in 0..3 {
            let shift = usize::from(plane > 0);
            let (x, y, size) = (cu.x >> shift, cu.y >> shift, cu.size() >> shift);
            let prediction = self.scratch.prediction.block(plane, x, y, size, size);
            let weight = if plane == 0 { 1.0 } else { cu.lambda.chroma_weight[plane - 1] };
            let source = self.source(plane, x, y, size, size);
            distortion += (self.env.kernels.sse.block)(source, prediction) as f64 * weight;
        }
        distortion
    }
}

/// An inter coding unit with `pus` prediction units at the start of the record.
pub(super) fn inter_cu(
    cu: &Cu,
    pred_mode: PredMode,
    part_mode: PartMode,
    rqt_root_cbf: bool,
    pus: u32,
) -> CodingUnit {
    CodingUnit {
        x: cu.x as u8,
        y: cu.y as u8,
        log2_size: cu.log2,
        pred_mode,
        part_mode,
        rqt_root_cbf,
        intra_luma: [1; 4],
        qp_y: cu.qp,
        pus: Span { start: 0, end: pus },
        ..CodingUnit::default()
    }
}

impl<S: Sample> Candidate<S> {
    /// Whether any block of the drafted coding unit has coefficients.
    pub fn has_residual(&self) -> bool {
        self.draft.iter().any(|tu| tu.blocks.iter().any(Option::is_some))
    }
}
