//! The residual quadtree of inter coding units.

use super::block::{BlockCoder, BlockSpec};
use super::candidate::{Candidate, DraftTu};
use super::cost::Lambda;
use super::expected_gain::{Evidence, TRANSFORM_SPLIT};
use super::search::{CtuSearch, Cu};
use rivus_coding::ctu::record::TransformUnit;
use rivus_coding::slice_data::residual_coding::ResidualBlock;
use rivus_picture::Sample;
use rivus_recon::CtuSamples;
use rivus_syntax::cabac::{ContextSet, contexts as ctx};

/// Distortion and bits of a part of a coding unit, as far as they decide inside it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Weighted squared error.
    pub distortion: f64,
    /// Bits in 1/32768.
    pub bits: u64,
}

impl Tally {
    /// What is given up, since it costs more than it may whatever follows.
    const TOO_DEAR: Self = Self { distortion: f64::INFINITY, bits: 0 };

    /// Rate-distortion cost.
    pub(super) fn cost(self, lambda: &Lambda) -> f64 {
        lambda.cost(self.distortion, self.bits)
    }

    pub(super) fn add(&mut self, other: Tally) {
        self.distortion += other.distortion;
        self.bits += other.bits;
    }
}

/// Where a transform unit lies.
#[derive(Clone, Copy, Debug)]
pub struct Tu {
    /// Left edge in luma samples from the CTU's left edge.
    pub x: usize,
    /// Top edge in luma samples from the CTU's top edge.
    pub y: usize,
    /// Log2 of the luma size.
    pub log2: u8,
    /// `trafoDepth`.
    pub depth: u8,
    /// `blkIdx`.
    pub blk_idx: u8,
}

impl Tu {
    /// The whole coding unit.
    pub fn root(cu: &Cu) -> Self {
        Self { x: cu.x, y: cu.y, log2: cu.log2, depth: 0, blk_idx: 0 }
    }

    /// The four quarters.
    pub fn children(&self) -> [Self; 4] {
        let half = 1 << (self.log2 - 1);
        core::array::from_fn(|i| Self {
            x: self.x + (i & 1) * half,
            y: self.y + (i >> 1) * half,
            log2: self.log2 - 1,
            depth: self.depth + 1,
            blk_idx: i as u8,
        })
    }

    /// The unit of the record, without coded blocks.
    pub fn draft(&self, cu: &Cu, qp: [i8; 3]) -> DraftTu {
        DraftTu {
            unit: TransformUnit {
                x: self.x as u8,
                y: self.y as u8,
                log2_size: self.log2,
                depth: self.depth,
                blk_idx: self.blk_idx,
                qp: [cu.qp, qp[1], qp[2]],
                ..TransformUnit::default()
            },
            blocks: [None; 3],
            bits: [0; 3],
        }
    }

    /// Position and log2 size of the chroma blocks that belong to this unit, if they do: those of four 4x4 luma blocks
    /// belong to the last of them.
    pub fn chroma(&self) -> Option<(usize, usize, u8)> {
        match (self.log2, self.blk_idx) {
            (2, 3) => Some(((self.x & !7) / 2, (self.y & !7) / 2, 2)),
            (2, _) => None,
            _ => Some((self.x / 2, self.y / 2, self.log2 - 1)),
        }
    }
}

/// Price of a coded block flag being 0 and 1.
pub(super) fn cbf_bits(contexts: &ContextSet, c_idx: u8, trafo_depth: u8) -> [u32; 2] {
    let at = if c_idx == 0 {
        ctx::CBF_LUMA + usize::from(trafo_depth == 0)
    } else {
        ctx::CBF_CHROMA + usize::from(trafo_depth)
    };
    [contexts.cost(at, false), contexts.cost(at, true)]
}

impl<S: Sample> CtuSearch<'_, S> {
    /// Codes the residual of an inter coding unit whose prediction is in `scratch.prediction`; the reconstruction is left in
    /// the tile. `parts` is whether it has more than one prediction unit. Returns the distortion; bits are priced later. None if
    /// the residual alone costs `limit` or more.
    pub(super) fn inter_residual(
        &mut self,
        candidate: &mut Candidate<S>,
        cu: &Cu,
        parts: bool,
        limit: f64,
    ) -> Option<f64> {
        let depth = self.coding.slice.max_transform_hierarchy_depth[1];
        let inter_split = depth == 0 && parts;
        let total = self.inter_tree(candidate, cu, Tu::root(cu), depth, inter_split, limit);
        (total.cost(&cu.lambda) < limit).then_some(total.distortion)
    }

    /// A unit and all below it, in the way that costs least; [`Tally::TOO_DEAR`] as soon as it is known to cost `limit` or more.
    fn inter_tree(
        &mut self,
        candidate: &mut Candidate<S>,
        cu: &Cu,
        tu: Tu,
        max_depth: u8,
        inter_split: bool,
        limit: f64,
    ) -> Tally {
        let forced = tu.log2 > 5 || (inter_split && tu.depth == 0);
        if forced {
            return self.inter_split(candidate, cu, tu, max_depth, inter_split, limit);
        }
        let may_split = tu.log2 > 2 && tu.depth < max_depth;
        if !may_split {
            return self.inter_leaf(candidate, cu, tu, limit);
        }
        let mark = candidate.draft.len();
        let mut whole = self.inter_leaf(candidate, cu, tu, f64::INFINITY);
        let coded = candidate.draft[mark].blocks.iter().any(Option::is_some);
        if !coded {
            return whole;
        }
        let contexts = self.state.contexts;
        let flag = ctx::SPLIT_TRANSFORM_FLAG + usize::from(5 - tu.log2);
        whole.bits += u64::from(contexts.cost(flag, false));
        if !self.split_promises(cu, tu, whole) {
            return whole;
        }
        let coeffs = candidate.record.coeffs.len();
        let size = 1 << tu.log2;
        let level = usize::from(tu.depth);
        self.scratch.saved[level].save_samples(&self.scratch.tile, tu.x, tu.y, size);
        let most = whole.cost(&cu.lambda).min(limit);
        let mut split = self.inter_split(candidate, cu, tu, max_depth, inter_split, most);
        split.bits += u64::from(contexts.cost(flag, true));
        if split.cost(&cu.lambda) < whole.cost(&cu.lambda) {
            candidate.draft.remove(mark);
            return split;
        }
        candidate.draft.truncate(mark + 1);
        candidate.record.coeffs.truncate(coeffs);
        self.scratch.saved[level].restore_samples(&mut self.scratch.tile, tu.x, tu.y, size);
        whole
    }

    /// Whether splitting a transform unit that costs `whole` is likely to save as much as is asked for.
    fn split_promises(&self, cu: &Cu, tu: Tu, whole: Tally) -> bool {
        let size = usize::from(tu.log2) - 3;
        let least = self.env.tools.tree_gain[size];
        if least <= 0.0 {
            return true;
        }
        let half = 1 << (tu.log2 - 1);
        let quarters = tu.children().map(|child| {
            let source = self.source(0, child.x, child.y, half, half);
            let prediction = self.scratch.prediction.block(0, child.x, child.y, half, half);
            (self.env.kernels.sse.block)(source, prediction)
        });
        let rd = cu.lambda.cost(whole.distortion, whole.bits);
        let evidence = Evidence::of_transform_unit(rd, whole.bits, quarters, &cu.lambda);
        TRANSFORM_SPLIT[size].gain(&evidence) >= least
    }

    fn inter_split(
        &mut self,
        candidate: &mut Candidate<S>,
        cu: &Cu,
        tu: Tu,
        max_depth: u8,
        inter_split: bool,
        limit: f64,
    ) -> Tally {
        let mut total = Tally::default();
        let first = candidate.draft.len();
        for child in tu.children() {
            let left = limit - total.cost(&cu.lambda);
            total.add(self.inter_tree(candidate, cu, child, max_depth, inter_split, left));
            if total.cost(&cu.lambda) >= limit {
                return Tally::TOO_DEAR;
            }
        }
        if tu.log2 == 3 {
            share_chroma_flags(&mut candidate.draft[first..]);
        }
        total
    }

    fn inter_leaf(&mut self, candidate: &mut Candidate<S>, cu: &Cu, tu: Tu, limit: f64) -> Tally {
        let mut draft = tu.draft(cu, self.coding.block_qps(cu.qp));
        let mut total = self.inter_block(candidate, cu, &mut draft, 0, (tu.x, tu.y, tu.log2), tu.depth);
        if total.cost(&cu.lambda) >= limit {
            return Tally::TOO_DEAR;
        }
        if let Some(chroma) = tu.chroma() {
            let depth = if tu.log2 == 2 { tu.depth - 1 } else { tu.depth };
            for plane in 1..3 {
                total.add(self.inter_block(candidate, cu, &mut draft, plane, chroma, depth));
            }
        }
        candidate.draft.push(draft);
        total
    }

    /// One block: coded, or left as predicted if that is cheaper.
    fn inter_block(
        &mut self,
        candidate: &mut Candidate<S>,
        cu: &Cu,
        draft: &mut DraftTu,
        plane: usize,
        (x, y, log2): (usize, usize, u8),
        trafo_depth: u8,
    ) -> Tally {
        let size = 1usize << log2;
        let source = self.source(plane, x, y, size, size);
        let prediction = self.scratch.prediction.block(plane, x, y, size, size);
        let weight = if plane == 0 { 1.0 } else { cu.lambda.chroma_weight[plane - 1] };
        let error = (self.env.kernels.sse.block)(source, prediction);
        let mut target = self.scratch.tile.block_mut(plane, x, y, size, size);
        target.copy_from(prediction);
        let block = ResidualBlock::inter(plane as u8, log2, false);
        let cbf_bits = cbf_bits(&self.state.contexts, plane as u8, trafo_depth);
        let spec = BlockSpec::new(block, draft.unit.qp[plane], self.env.bit_depth, cbf_bits);
        let zero = Tally { distortion: error as f64 * weight, bits: u64::from(spec.cbf_bits[0]) };
        if BlockCoder::is_below_first_level(self.env, &spec, error) {
            return zero;
        }
        let (blocks, contexts) = (&mut self.scratch.blocks, &self.state.contexts);
        let Some(coded) = blocks.code(self.env, &spec, &cu.lambda, contexts, source, target.rb()) else {
            return zero;
        };
        let tally = Tally { distortion: coded.distortion, bits: coded.bits + u64::from(spec.cbf_bits[1]) };
        if cu.lambda.cost(zero.distortion, zero.bits) <= cu.lambda.cost(tally.distortion, tally.bits) {
            target.copy_from(prediction);
            return zero;
        }
        draft.blocks[plane] = Some(self.scratch.blocks.store(&spec, &mut candidate.record.coeffs));
        draft.bits[plane] = coded.bits;
        draft.set_cbf(plane);
        tally
    }
}

impl DraftTu {
    /// Marks the block of component `plane` as coded.
    pub(super) fn set_cbf(&mut self, plane: usize) {
        match plane {
            0 => self.unit.cbf_luma = true,
            1 => self.unit.cbf_cb[0] = true,
            _ => self.unit.cbf_cr[0] = true,
        }
    }
}

/// The chroma flags of four 4x4 luma blocks are those of their parent: all four carry what the last one has.
pub(super) fn share_chroma_flags(siblings: &mut [DraftTu]) {
    let Some(last) = siblings.last().map(|tu| (tu.unit.cbf_cb, tu.unit.cbf_cr)) else { return };
    for sibling in siblings {
        (sibling.unit.cbf_cb, sibling.unit.cbf_cr) = last;
    }
}
