//! The searcher of one worker: the CTU in progress with its surroundings, and scratch memory reused for every CTU.

use super::block::{BlockCoder, BlockEnv};
use super::candidate::{Candidate, Cost};
use super::coding::PictureCoding;
use super::cost::Lambda;
use super::inter::{MAX_REFS, Vectors};
use super::tried::Tried;
use crate::frame_ctx::FrameCtx;
use crate::motion_search::RefPlane;
use crate::motion_search::subpel::SCRATCH_STRIDE;
use crate::resolve::code_cu_qp;
use rivus_coding::ctu::maps::CtuMaps;
use rivus_coding::ctu::record::CtuRecord;
use rivus_coding::motion::{Motion, MotionCtx};
use rivus_coding::qp::QpState;
use rivus_coding::slice_data::{coding_quadtree, coding_unit};
use rivus_kernels::MC_STRIDE;
use rivus_picture::{Block, BlockMut, PAD, PictureFormat, Sample};
use rivus_recon::CtuSamples;
use rivus_recon::inter::{InterScratch, compensate_block};
use rivus_recon::tile::CtuTile;
use rivus_syntax::cabac::{BinSink, BitEstimator, ContextSet};
use rivus_syntax::slice_header::SliceType;
use std::ops::Range;

/// What entropy coding carries from one coding unit to the next.
#[derive(Clone, Copy, Debug)]
pub struct CodingState {
    /// Context variables.
    pub contexts: ContextSet,
    /// Quantisation parameter prediction.
    pub qp: QpState,
}

/// A square of the CTU that is being decided.
#[derive(Clone, Copy, Debug)]
pub struct Cu {
    /// Left edge in luma samples from the CTU's left edge.
    pub x: usize,
    /// Top edge in luma samples from the CTU's top edge.
    pub y: usize,
    /// Log2 of the size.
    pub log2: u8,
    /// Coding quadtree depth.
    pub depth: u8,
    /// QP.
    pub qp: i8,
    /// Lagrangians at that QP.
    pub lambda: Lambda,
}

impl Cu {
    /// Size in luma samples.
    #[inline]
    pub fn size(&self) -> usize {
        1 << self.log2
    }
}

/// The candidates of one depth.
pub struct Node<S> {
    /// The best so far, and the result.
    pub best: Candidate<S>,
    /// The one being tried.
    pub trial: Candidate<S>,
}

impl<S: Sample> Node<S> {
    /// An empty node.
    pub fn new(state: CodingState) -> Self {
        Self { best: Candidate::new(state), trial: Candidate::new(state) }
    }

    /// Keeps the trial if it is better, and tells whether it is. `tile` holds its reconstruction.
    pub(super) fn keep_better(&mut self, tile: &CtuTile<S>, cu: &Cu) -> bool {
        let better = self.trial.cost.rd < self.best.cost.rd;
        if better {
            self.trial.save_samples(tile, cu.x, cu.y, cu.size());
            core::mem::swap(&mut self.best, &mut self.trial);
        }
        better
    }
}

/// Buffers that live as long as the worker.
pub struct Scratch<S: Sample> {
    /// Candidates per quadtree depth.
    pub nodes: Vec<Node<S>>,
    /// The CTU's samples being reconstructed.
    pub tile: CtuTile<S>,
    /// Inter prediction of the coding unit in work.
    pub prediction: CtuTile<S>,
    /// Luma predictions in search, 64x64 each.
    pub luma: [Box<[S]>; 2],
    /// Bi-prediction in search: 14-bit predictions from both lists.
    pub bi: [Box<[i16]>; 2],
    /// Luma trees tried for intra modes.
    pub intra_trial: Vec<Candidate<S>>,
    /// Reconstruction of a transform unit before its split is tried, one per depth.
    pub saved: Vec<Candidate<S>>,
    /// Transform block memory.
    pub blocks: BlockCoder,
    /// Memory of motion compensation.
    pub compensation: InterScratch<S>,
}

impl<S: Sample> Scratch<S> {
    /// For pictures of `format` with CTBs of 1 << `ctb_log2_size`.
    pub fn new(format: PictureFormat, ctb_log2_size: u8) -> Self {
        let state = CodingState { contexts: ContextSet::init(26, 0), qp: QpState::default() };
        let luma = || vec![S::default(); SCRATCH_STRIDE * 64].into_boxed_slice();
        let bi = || vec![0i16; MC_STRIDE * 64].into_boxed_slice();
        Self {
            nodes: (0..4).map(|_| Node::new(state)).collect(),
            tile: CtuTile::new(format, ctb_log2_size),
            prediction: CtuTile::new(format, ctb_log2_size),
            luma: [luma(), luma()],
            bi: [bi(), bi()],
            intra_trial: vec![Candidate::new(state)],
            saved: (0..5).map(|_| Candidate::new(state)).collect(),
            blocks: BlockCoder::default(),
            compensation: InterScratch::default(),
        }
    }
}

/// The search of one CTU row.
pub struct CtuSearch<'f, S: Sample> {
    /// The picture.
    pub frame: &'f FrameCtx<S>,
    /// The slice as decisions and the writer see it.
    pub coding: &'f PictureCoding<'f>,
    /// The slice as motion prediction sees it.
    pub motion: MotionCtx<'f>,
    /// Planes of the source picture.
    sources: Vec<Block<'f, S>>,
    /// Luma planes of the reference pictures; the index is `Motion::ref_pic`.
    pub references: Vec<RefPlane<'f, S>>,
    /// Shared by all transform blocks.
    pub env: BlockEnv<'f, S>,
    /// Maps of the CTU.
    pub maps: CtuMaps,
    /// Entropy coding state before the unit in work.
    pub state: CodingState,
    /// Best vectors of the coding units around, per quadtree depth.
    pub vectors: [Vectors; 4],
    /// Best cost by SATD of the inter modes of the coding unit in work.
    pub inter_satd: u32,
    /// Candidates of the CTU, if the picture is traced.
    pub tried: Option<Vec<Tried>>,
    /// Buffers.
    pub scratch: Scratch<S>,
}

impl<'f, S: Sample> CtuSearch<'f, S> {
    /// A search that starts a row in `state`.
    pub fn new(
        frame: &'f FrameCtx<S>,
        coding: &'f PictureCoding<'f>,
        scratch: Scratch<S>,
        state: CodingState,
    ) -> Self {
        Self {
            frame,
            coding,
            motion: MotionCtx { slice: &frame.slice_motion, col: frame.collocated.as_deref() },
            sources: (0..frame.format().num_planes())
                .map(|plane| frame.source.plane(plane).as_block())
                .collect(),
            references: Self::reference_planes(frame),
            env: BlockEnv {
                kernels: frame.kernels,
                tools: &frame.tools,
                bit_depth: frame.format().bit_depth(0),
            },
            maps: CtuMaps::default(),
            state,
            vectors: [[[None; MAX_REFS]; 2]; 4],
            inter_satd: u32::MAX,
            tried: frame.trace.map(|_| Vec::new()),
            scratch,
        }
    }

    /// The source samples of a rectangle of the CTU; `x`, `y`, `w`, `h` in samples of the plane.
    #[inline]
    pub fn source(&self, plane: usize, x: usize, y: usize, w: usize, h: usize) -> Block<'f, S> {
        let shift = usize::from(plane > 0);
        let (x0, y0) = (self.maps.x0 as usize >> shift, self.maps.y0 as usize >> shift);
        self.sources[plane].sub(x0 + x, y0 + y, w, h)
    }

    /// Luma planes of the reference pictures for search, weighted where the slice has weights for them.
    pub fn reference_planes(frame: &'f FrameCtx<S>) -> Vec<RefPlane<'f, S>> {
        let PictureFormat { width: w, height: h, .. } = frame.format();
        let pad = PAD as isize;
        frame
            .references
            .iter()
            .enumerate()
            .filter_map(|(i, reference)| match frame.weighted_luma.get(i) {
                Some(Some(weighted)) => Some(weighted.block(-pad, -pad, w + 2 * PAD, h + 2 * PAD)),
                _ => reference.block(0, -pad, -pad, w + 2 * PAD, h + 2 * PAD),
            })
            .map(|samples| RefPlane::new(samples, PAD))
            .collect()
    }

    /// Predicts a rectangle of luma samples at `position` of the CTU, and its chroma, into `scratch.prediction`.
    pub(super) fn predict(&mut self, position: (usize, usize), size: (usize, usize), motion: &Motion) {
        self.predict_planes(0..3, position, size, motion);
    }

    /// The same for some of the planes; position and size are those of luma.
    pub(super) fn predict_planes(
        &mut self,
        planes: Range<usize>,
        position: (usize, usize),
        size: (usize, usize),
        motion: &Motion,
    ) {
        let at = (self.maps.x0 + position.0 as u32, self.maps.y0 + position.1 as u32);
        let format = *self.scratch.tile.format();
        for plane in planes {
            let shift = usize::from(plane > 0);
            let (x, y) = (position.0 >> shift, position.1 >> shift);
            let dst = self.scratch.prediction.block_mut(plane, x, y, size.0 >> shift, size.1 >> shift);
            let weights = self.frame.weights.as_ref();
            let (kernels, scratch) = (self.env.kernels, &mut self.scratch.compensation);
            let done = compensate_block(
                dst,
                plane,
                at,
                motion,
                &format,
                &self.frame.references,
                weights,
                kernels,
                scratch,
            );
            debug_assert!(done.is_ok(), "motion refers to a picture the encoder has");
        }
    }

    /// SATD of the luma prediction of a rectangle.
    pub(super) fn luma_satd(
        &mut self,
        position: (usize, usize),
        size: (usize, usize),
        motion: &Motion,
    ) -> u32 {
        let at = (self.maps.x0 + position.0 as u32, self.maps.y0 + position.1 as u32);
        let format = *self.scratch.tile.format();
        let source = self.source(0, position.0, position.1, size.0, size.1);
        let Scratch { luma, compensation, .. } = &mut self.scratch;
        let mut dst = BlockMut::new(&mut luma[0], 0, SCRATCH_STRIDE, size.0, size.1);
        let (kernels, weights) = (self.env.kernels, self.frame.weights.as_ref());
        let references = &self.frame.references;
        let done =
            compensate_block(dst.rb(), 0, at, motion, &format, references, weights, kernels, compensation);
        debug_assert!(done.is_ok(), "motion refers to a picture the encoder has");
        (kernels.satd.block)(source, dst.as_block())
    }

    /// Keeps the trial of `node` if it is better. The tile must hold its reconstruction.
    pub(super) fn keep_better(&mut self, node: &mut Node<S>, cu: &Cu) {
        let is_best = node.keep_better(&self.scratch.tile, cu);
        self.note(node, cu, is_best);
    }

    /// Notes for the trace whether the candidate of `node` that was compared last is the best so far.
    #[inline]
    pub(super) fn note(&mut self, node: &Node<S>, cu: &Cu, is_best: bool) {
        if let Some(tried) = &mut self.tried {
            tried.push(Tried::new(if is_best { &node.best } else { &node.trial }, cu, is_best));
        }
    }

    /// Prices the only coding unit of `candidate` with all its syntax, levels as they were priced one by one.
    pub(super) fn price(&mut self, candidate: &mut Candidate<S>, cu: &Cu, distortion: f64) {
        let mut qp = self.state.qp;
        code_cu_qp(&self.coding.slice, &mut candidate.record, 0, &mut qp);
        let mut estimate = BitEstimator::without_residual(self.state.contexts);
        self.write_cu(&mut estimate, &candidate.record, cu);
        let bits = estimate.frac_bits() + candidate.residual_bits;
        candidate.cost = Cost { distortion, bits, rd: cu.lambda.cost(distortion, bits) };
        candidate.state.qp = qp;
    }

    /// Prices the unsplit coding unit that was chosen once more, levels one after the other as they will be coded, and notes
    /// the state after it.
    pub(super) fn price_exactly(&mut self, candidate: &mut Candidate<S>, cu: &Cu) {
        let mut estimate = BitEstimator::new(self.state.contexts);
        self.write_cu(&mut estimate, &candidate.record, cu);
        let (distortion, bits) = (candidate.cost.distortion, estimate.frac_bits());
        candidate.cost = Cost { distortion, bits, rd: cu.lambda.cost(distortion, bits) };
        candidate.state.contexts = *estimate.contexts();
    }

    fn write_cu(&mut self, estimate: &mut BitEstimator, record: &CtuRecord, cu: &Cu) {
        if cu.log2 > self.coding.slice.min_cb_log2_size {
            let (x, y) = (cu.x as u8, cu.y as u8);
            coding_quadtree::write_split_cu_flag(estimate, &self.maps, x, y, cu.depth, false);
        }
        coding_unit::write(estimate, &self.coding.slice, &mut self.maps, record, 0);
    }

    /// Whether the slice has intra coding units only.
    pub(super) fn is_intra_slice(&self) -> bool {
        self.frame.header.slice_type == SliceType::I
    }

    /// Decides one CTU. `state` is where entropy coding stands; afterwards `self.state` is where it stands then.
    pub fn run(&mut self, record: &mut CtuRecord) {
        self.vectors = [[[None; MAX_REFS]; 2]; 4];
        let mut nodes = core::mem::take(&mut self.scratch.nodes);
        let log2 = self.maps.ctb_log2_size;
        if let Some((root, _)) = nodes.split_first_mut() {
            root.best.reset();
        }
        self.partition(&mut nodes, 0, 0, log2);
        if let Some(root) = nodes.first_mut() {
            record.clone_from(&root.best.record);
            self.state = root.best.state;
        }
        self.scratch.nodes = nodes;
    }
}
