//! Intra modes: by SATD, the best few by rate and distortion, then chroma.

use super::block::BlockSpec;
use super::candidate::{Candidate, DraftTu};
use super::partition::costs_less;
use super::search::{CtuSearch, Cu, Node};
use super::transform_tree::{Tally, Tu, cbf_bits, share_chroma_flags};
use rivus_coding::ctu::maps::{self, CtuMaps};
use rivus_coding::ctu::record::{CodingUnit, PartMode, PredMode};
use rivus_coding::intra_mode;
use rivus_coding::slice_data::residual_coding::ResidualBlock;
use rivus_picture::{BlockMut, Sample};
use rivus_recon::CtuSamples;
use rivus_recon::intra::{IntraBlock, References, predict, predict_block};
use rivus_syntax::cabac::{ContextSet, contexts as ctx};

/// `intra_chroma_pred_mode` 4: the luma mode.
const DERIVED: u8 = 4;
/// Values of `intra_chroma_pred_mode`, the likeliest first.
const CHROMA_MODES: [u8; 5] = [DERIVED, 0, 1, 2, 3];
/// Intra modes that may go to rate-distortion cost.
const MAX_RD: usize = 8;

/// Planar, DC and two angles.
const WITH_TWO_ANGLES: usize = 4;

/// How many times the lookahead's SATD of inter prediction that of intra prediction may be for intra to be looked at, by size 8,
/// 16, 32. Measured: above, intra brings a hundredth of what it brings in all, in 16 % to 50 % of the units.
const HOPELESS: [f32; 3] = [3.0, 2.0, 2.0];

/// The best modes of a block so far, by SATD and the price of the mode.
struct Ranking {
    /// Best first.
    best: [(u32, u8); MAX_RD],
    /// How many are.
    kept: usize,
    /// A bit for each mode that was looked at.
    rated: u64,
}

impl Ranking {
    /// An empty one that keeps the best `count`, and as many as the two best angles can be among.
    fn new(count: usize) -> Self {
        let best = [(u32::MAX, intra_mode::DC); MAX_RD];
        Self { best, kept: count.clamp(WITH_TWO_ANGLES, MAX_RD), rated: 0 }
    }

    fn add(&mut self, cost: u32, mode: u8) {
        self.rated |= 1 << mode;
        let mut at = self.kept;
        while at > 0 && self.best[at - 1].0 > cost {
            at -= 1;
            if at + 1 < self.kept {
                self.best[at + 1] = self.best[at];
            }
        }
        if at < self.kept {
            self.best[at] = (cost, mode);
        }
    }

    /// The modes around the two best angles that are `step` away from them.
    fn beside_angles(&self, step: u8) -> [u8; 4] {
        let mut beside = [intra_mode::DC; 4];
        let angles = self.best.iter().filter(|(cost, mode)| *cost < u32::MAX && *mode > 1).take(2);
        for (pair, (_, mode)) in beside.chunks_mut(2).zip(angles) {
            pair.copy_from_slice(&[(mode - step).max(2), (mode + step).min(34)]);
        }
        beside
    }
}

/// Price of an intra luma mode, in 1/32768 bits.
fn luma_mode_bits(contexts: &ContextSet, most_probable: &[u8; 3], mode: u8) -> u32 {
    let flag = |set| contexts.cost(ctx::PREV_INTRA_LUMA_PRED_FLAG, set);
    match most_probable.iter().position(|&m| m == mode) {
        Some(0) => flag(true) + (1 << 15),
        Some(_) => flag(true) + (2 << 15),
        None => flag(false) + (5 << 15),
    }
}

impl<S: Sample> CtuSearch<'_, S> {
    /// Tries intra in one part, and in four at the smallest size.
    pub(super) fn intra(&mut self, node: &mut Node<S>, cu: &Cu, in_inter: bool) {
        if cu.log2 > 5 || (in_inter && self.is_intra_hopeless(cu)) {
            return;
        }
        self.intra_parts(node, cu, PartMode::Part2Nx2N, in_inter);
        let smallest =
            cu.log2 == self.coding.slice.min_cb_log2_size && cu.log2 > self.coding.slice.min_tb_log2_size;
        let chosen = node.best.record.cus.first().is_some_and(|cu| cu.pred_mode == PredMode::Intra);
        let divides = if in_inter {
            chosen && self.env.tools.intra_nxn_inter
        } else {
            !costs_less(node, cu, self.env.tools.stop_below)
        };
        if smallest && divides {
            self.intra_parts(node, cu, PartMode::PartNxN, in_inter);
        }
    }

    /// Whether the lookahead found inter prediction so much better that intra need not be looked at.
    fn is_intra_hopeless(&self, cu: &Cu) -> bool {
        let (x, y) = (self.maps.x0 as usize + cu.x, self.maps.y0 as usize + cu.y);
        let ratio = self.frame.hints.intra_to_inter(x, y, cu.size());
        ratio.is_some_and(|ratio| ratio > HOPELESS[usize::from(cu.log2 - 3)])
    }

    fn intra_parts(&mut self, node: &mut Node<S>, cu: &Cu, part_mode: PartMode, in_inter: bool) {
        let trial = &mut node.trial;
        trial.reset();
        let units = cu.size() / 4;
        // Neighbouring parts look at each other's modes, and at nothing else of this unit.
        CtuMaps::fill(&mut self.maps.intra_mode, (cu.x / 4, cu.y / 4), (units, units), 1);
        let parts = part_mode.num_parts();
        // MaxTrafoDepth: IntraSplitFlag raises the allowed depth by one.
        let max_depth =
            self.coding.slice.max_transform_hierarchy_depth[0] + u8::from(part_mode == PartMode::PartNxN);
        let mut luma = [0u8; 4];
        let mut total = Tally::default();
        for (part, chosen) in luma.iter_mut().enumerate().take(parts) {
            let root = if parts == 1 { Tu::root(cu) } else { Tu::root(cu).children()[part] };
            let Some(mode) = self.intra_luma_mode(cu, root, in_inter, part) else { return };
            *chosen = mode;
            total.add(self.intra_luma_tree(trial, cu, root, mode, max_depth));
            if total.cost(&cu.lambda) >= node.best.cost.rd {
                return;
            }
            let side = 1 << (root.log2 - 2);
            CtuMaps::fill(&mut self.maps.intra_mode, (root.x / 4, root.y / 4), (side, side), mode);
        }
        if parts == 1 {
            luma = [luma[0]; 4];
        }
        let (chroma_syntax, chroma_mode, distortion) = self.intra_chroma(trial, cu, luma[0], in_inter);
        trial.finish_cu(CodingUnit {
            x: cu.x as u8,
            y: cu.y as u8,
            log2_size: cu.log2,
            pred_mode: PredMode::Intra,
            part_mode,
            rqt_root_cbf: true,
            intra_luma: luma,
            intra_chroma_pred_mode: [chroma_syntax; 4],
            intra_chroma: [chroma_mode; 4],
            qp_y: cu.qp,
            ..CodingUnit::default()
        });
        self.price(trial, cu, total.distortion + distortion);
        self.keep_better(node, cu);
    }

    /// The luma mode of a part. None if intra is hopeless against the inter candidates.
    fn intra_luma_mode(&mut self, cu: &Cu, tu: Tu, in_inter: bool, part: usize) -> Option<u8> {
        let most_probable = self.most_probable_modes(tu.x, tu.y);
        let hopeless = if in_inter && part == 0 && tu.depth == 0 {
            self.inter_satd.saturating_add(self.inter_satd / 4)
        } else {
            u32::MAX
        };
        let tools = self.env.tools;
        let wanted =
            usize::from(if in_inter { tools.intra_rd_inter } else { tools.intra_rd }).clamp(1, MAX_RD);
        let ranked = self.rank_intra(cu, tu, &most_probable, wanted, hopeless)?;
        if wanted == 1 {
            return Some(ranked[0].1);
        }
        let mut scratch = core::mem::take(&mut self.scratch.intra_trial);
        let mut best = (f64::INFINITY, ranked[0].1);
        if let Some(trial) = scratch.first_mut() {
            for &(_, mode) in &ranked[..wanted] {
                trial.reset();
                let tally = self.intra_luma_tree(trial, cu, tu, mode, tu.depth);
                let bits = tally.bits + u64::from(luma_mode_bits(&self.state.contexts, &most_probable, mode));
                let cost = cu.lambda.cost(tally.distortion, bits);
                if cost < best.0 {
                    best = (cost, mode);
                }
            }
        }
        self.scratch.intra_trial = scratch;
        Some(best.1)
    }

    /// 8.4.2: the most probable modes of the block at (`x`, `y`).
    fn most_probable_modes(&self, x: usize, y: usize) -> [u8; 3] {
        let (ux, uy) = ((x / 4) as isize, (y / 4) as isize);
        let neighbour = |nx: isize, ny: isize| {
            if self.maps.available(ux, uy, nx, ny) {
                self.maps.intra_mode[maps::at(nx, ny)]
            } else {
                intra_mode::DC
            }
        };
        let above = if uy == 0 { intra_mode::DC } else { neighbour(ux, uy - 1) };
        intra_mode::most_probable_modes(neighbour(ux - 1, uy), above)
    }

    /// The `wanted` best modes by SATD and the price of the mode, best first. None if the best of a coarse grid is above
    /// `hopeless` already.
    fn rank_intra(
        &mut self,
        cu: &Cu,
        tu: Tu,
        most_probable: &[u8; 3],
        wanted: usize,
        hopeless: u32,
    ) -> Option<[(u32, u8); MAX_RD]> {
        let params = self.coding.intra;
        let mut plain = References::default();
        plain.gather(&self.scratch.tile, &self.maps, params.constrained_intra_pred, 0, (tu.x, tu.y), tu.log2);
        let mut smooth = References::default();
        if tu.log2 > 2 {
            let strong = params.strong_intra_smoothing;
            plain.smoothed(tu.log2, strong, self.env.bit_depth, self.env.kernels, &mut smooth);
        }
        let mut ranking = Ranking::new(wanted);
        let references = [&plain, &smooth];
        if self.env.tools.intra_all {
            self.rate_intra(cu, tu, most_probable, references, 0..35, &mut ranking);
            return (ranking.best[0].0 <= hopeless).then_some(ranking.best);
        }
        let coarse = [0, 1].into_iter().chain((2..35).step_by(4)).chain(*most_probable);
        self.rate_intra(cu, tu, most_probable, references, coarse, &mut ranking);
        if ranking.best[0].0 > hopeless {
            return None;
        }
        for step in [2, 1] {
            let beside = ranking.beside_angles(step).into_iter();
            self.rate_intra(cu, tu, most_probable, references, beside, &mut ranking);
        }
        Some(ranking.best)
    }

    /// Rates those of `modes` that are not rated yet. `references` are the neighbours plain and smoothed.
    fn rate_intra(
        &mut self,
        cu: &Cu,
        tu: Tu,
        most_probable: &[u8; 3],
        references: [&References<S>; 2],
        modes: impl Iterator<Item = u8>,
        ranking: &mut Ranking,
    ) {
        let size = 1usize << tu.log2;
        let params = self.coding.intra;
        let source = self.source(0, tu.x, tu.y, size, size);
        let chroma = self.scratch.tile.format().chroma;
        for mode in modes {
            if ranking.rated >> mode & 1 != 0 {
                continue;
            }
            let references = references[usize::from(params.smooths(chroma, 0, tu.log2, mode))];
            let edge = params.filters_edge(0, tu.log2, mode, false);
            let mut prediction = BlockMut::new(&mut self.scratch.luma[1], 0, 64, size, size);
            predict_block(prediction.rb(), references, mode, edge, self.env.bit_depth, self.env.kernels);
            let satd = (self.env.kernels.satd.block)(source, prediction.as_block());
            let bits = luma_mode_bits(&self.state.contexts, most_probable, mode);
            ranking.add(satd + cu.lambda.sad_cost_fine(bits), mode);
        }
    }

    /// Predicts and codes the luma of a transform tree, split down to depth `max_depth` where that pays; units are drafted,
    /// the reconstruction stays in the tile.
    fn intra_luma_tree(
        &mut self,
        candidate: &mut Candidate<S>,
        cu: &Cu,
        tu: Tu,
        mode: u8,
        max_depth: u8,
    ) -> Tally {
        let coding = self.coding;
        let mark = candidate.draft.len();
        let mut whole = self.intra_luma_leaf(candidate, cu, tu, mode);
        if tu.log2 <= coding.slice.min_tb_log2_size || tu.depth >= max_depth {
            return whole;
        }
        let contexts = self.state.contexts;
        let flag = ctx::SPLIT_TRANSFORM_FLAG + usize::from(5 - tu.log2);
        whole.bits += u64::from(contexts.cost(flag, false));
        let coeffs = candidate.record.coeffs.len();
        let (size, level) = (1usize << tu.log2, usize::from(tu.depth));
        self.scratch.saved[level].save_samples(&self.scratch.tile, tu.x, tu.y, size);
        let mut split = Tally { distortion: 0.0, bits: u64::from(contexts.cost(flag, true)) };
        for child in tu.children() {
            split.add(self.intra_luma_tree(candidate, cu, child, mode, max_depth));
            if split.cost(&cu.lambda) >= whole.cost(&cu.lambda) {
                break;
            }
        }
        if split.cost(&cu.lambda) < whole.cost(&cu.lambda) {
            candidate.draft.remove(mark);
            return split;
        }
        candidate.draft.truncate(mark + 1);
        candidate.record.coeffs.truncate(coeffs);
        self.scratch.saved[level].restore_samples(&mut self.scratch.tile, tu.x, tu.y, size);
        whole
    }

    fn intra_luma_leaf(&mut self, candidate: &mut Candidate<S>, cu: &Cu, tu: Tu, mode: u8) -> Tally {
        let mut draft = tu.draft(cu, self.coding.block_qps(cu.qp));
        let block = (tu.x, tu.y, tu.log2);
        let tally = self.intra_block(candidate, cu, &mut draft, 0, block, tu.depth, mode);
        candidate.draft.push(draft);
        tally
    }

    fn intra_block(
        &mut self,
        candidate: &mut Candidate<S>,
        cu: &Cu,
        draft: &mut DraftTu,
        plane: usize,
        (x, y, log2): (usize, usize, u8),
        trafo_depth: u8,
        mode: u8,
    ) -> Tally {
        let size = 1usize << log2;
        let block = IntraBlock { plane, x, y, log2_size: log2, mode, cu_transquant_bypass: false };
        let params = self.coding.intra;
        predict(&mut self.scratch.tile, &self.maps, &params, self.env.kernels, block);
        let residual = ResidualBlock::intra(plane as u8, log2, mode, 1, false);
        let cbf_bits = cbf_bits(&self.state.contexts, plane as u8, trafo_depth);
        let spec = BlockSpec::new(residual, draft.unit.qp[plane], self.env.bit_depth, cbf_bits);
        let source = self.source(plane, x, y, size, size);
        let mut target = self.scratch.tile.block_mut(plane, x, y, size, size);
        let (blocks, contexts) = (&mut self.scratch.blocks, &self.state.contexts);
        let Some(coded) = blocks.code(self.env, &spec, &cu.lambda, contexts, source, target.rb()) else {
            let weight = if plane == 0 { 1.0 } else { cu.lambda.chroma_weight[plane - 1] };
            let distortion = (self.env.kernels.sse.block)(source, target.as_block()) as f64 * weight;
            return Tally { distortion, bits: u64::from(spec.cbf_bits[0]) };
        };
        draft.blocks[plane] = Some(blocks.store(&spec, &mut candidate.record.coeffs));
        draft.bits[plane] = coded.bits;
        draft.set_cbf(plane);
        Tally { distortion: coded.distortion, bits: coded.bits + u64::from(spec.cbf_bits[1]) }
    }

    /// Chooses and codes chroma for the drafted units. Returns `intra_chroma_pred_mode`, the mode and the distortion.
    fn intra_chroma(
        &mut self,
        candidate: &mut Candidate<S>,
        cu: &Cu,
        luma: u8,
        in_inter: bool,
    ) -> (u8, u8, f64) {
        let syntax = match (in_inter, self.env.tools.chroma_rd) {
            (true, _) => DERIVED,
            (false, true) => self.chroma_mode_by_cost(candidate, cu, luma),
            (false, false) => self.chroma_mode_by_satd(cu, luma),
        };
        let mode = intra_mode::chroma_mode(syntax, luma, 1);
        let tally = self.intra_chroma_tree(candidate, cu, mode);
        (syntax, mode, tally.distortion)
    }

    /// Price of `intra_chroma_pred_mode`, in 1/32768 bits.
    fn chroma_mode_bits(&self, syntax: u8) -> u32 {
        let derived = self.state.contexts.cost(ctx::INTRA_CHROMA_PRED_MODE, syntax != DERIVED);
        derived + if syntax == DERIVED { 0 } else { 2 << 15 }
    }

    /// The chroma mode that predicts the whole coding unit best.
    fn chroma_mode_by_satd(&mut self, cu: &Cu, luma: u8) -> u8 {
        let (x, y, log2) = (cu.x / 2, cu.y / 2, cu.log2 - 1);
        let size = 1usize << log2;
        let params = self.coding.intra;
        let mut costs = CHROMA_MODES.map(|syntax| cu.lambda.sad_cost_fine(self.chroma_mode_bits(syntax)));
        for plane in 1..3 {
            let mut references = References::default();
            references.gather(
                &self.scratch.tile,
                &self.maps,
                params.constrained_intra_pred,
                plane,
                (x, y),
                log2,
            );
            let source = self.source(plane, x, y, size, size);
            for (cost, syntax) in costs.iter_mut().zip(CHROMA_MODES) {
                let mode = intra_mode::chroma_mode(syntax, luma, 1);
                let mut prediction = BlockMut::new(&mut self.scratch.luma[1], 0, 64, size, size);
                predict_block(
                    prediction.rb(),
                    &references,
                    mode,
                    false,
                    self.env.bit_depth,
                    self.env.kernels,
                );
                *cost += (self.env.kernels.satd.block)(source, prediction.as_block());
            }
        }
        let best = costs.iter().zip(CHROMA_MODES).min_by_key(|(cost, _)| **cost);
        best.map_or(DERIVED, |(_, syntax)| syntax)
    }

    /// The chroma mode that costs least by rate and distortion.
    fn chroma_mode_by_cost(&mut self, candidate: &mut Candidate<S>, cu: &Cu, luma: u8) -> u8 {
        let coeffs = candidate.record.coeffs.len();
        let mut best = (f64::INFINITY, DERIVED);
        for syntax in CHROMA_MODES {
            let mode = intra_mode::chroma_mode(syntax, luma, 1);
            let tally = self.intra_chroma_tree(candidate, cu, mode);
            candidate.record.coeffs.truncate(coeffs);
            let bits = u64::from(self.chroma_mode_bits(syntax));
            let cost = cu.lambda.cost(tally.distortion, tally.bits + bits);
            if cost < best.0 {
                best = (cost, syntax);
            }
        }
        best.1
    }

    fn intra_chroma_tree(&mut self, candidate: &mut Candidate<S>, cu: &Cu, mode: u8) -> Tally {
        let mut total = Tally::default();
        let mut draft = core::mem::take(&mut candidate.draft);
        for i in 0..draft.len() {
            let unit = draft[i].unit;
            let tu = Tu {
                x: usize::from(unit.x),
                y: usize::from(unit.y),
                log2: unit.log2_size,
                depth: unit.depth,
                blk_idx: unit.blk_idx,
            };
            let Some(block) = tu.chroma() else { continue };
            let depth = if tu.log2 == 2 { tu.depth - 1 } else { tu.depth };
            draft[i].clear_chroma();
            for plane in 1..3 {
                let mut one = draft[i];
                total.add(self.intra_block(candidate, cu, &mut one, plane, block, depth, mode));
                draft[i] = one;
            }
            if tu.log2 == 2 {
                share_chroma_flags(&mut draft[i - 3..=i]);
            }
        }
        candidate.draft = draft;
        total
    }
}

impl DraftTu {
    fn clear_chroma(&mut self) {
        (self.unit.cbf_cb, self.unit.cbf_cr) = ([false; 2], [false; 2]);
        (self.blocks[1], self.blocks[2]) = (None, None);
        (self.bits[1], self.bits[2]) = (0, 0);
    }
}
