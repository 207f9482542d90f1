//! One way to code a coding unit (or a whole subtree): its record, reconstruction, cost and the state after it.

use super::search::CodingState;
use rivus_coding::ctu::record::{CodingUnit, CtuRecord, Span, TransformBlock, TransformUnit};
use rivus_picture::{Block, BlockMut, Sample};
use rivus_recon::CtuSamples;
use rivus_recon::tile::CtuTile;

/// Samples per row of a candidate's luma copy; chroma has half.
const STRIDE: usize = 64;

/// Rate and distortion of a candidate.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Squared error, chroma weighted.
    pub distortion: f64,
    /// Bits in 1/32768.
    pub bits: u64,
    /// Distortion + lambda * bits.
    pub rd: f64,
}

impl Cost {
    /// Worse than everything.
    pub const WORST: Self = Self { distortion: f64::INFINITY, bits: 0, rd: f64::INFINITY };
}

/// A transform unit under construction: its blocks are gathered per component and ordered when it is finished.
#[derive(Clone, Copy, Debug, Default)]
pub struct DraftTu {
    /// The unit; `tbs` is not yet set.
    pub unit: TransformUnit,
    /// Coded blocks of Y, Cb, Cr.
    pub blocks: [Option<TransformBlock>; 3],
    /// Bits of their levels in 1/32768.
    pub bits: [u64; 3],
}

/// One way to code an area of the CTU.
pub struct Candidate<S> {
    /// Units of the area.
    pub record: CtuRecord,
    /// Transform units of the coding unit in work.
    pub draft: Vec<DraftTu>,
    /// Bits of the levels of the finished coding unit in 1/32768.
    pub residual_bits: u64,
    /// Cost of the area.
    pub cost: Cost,
    /// Entropy coding state after the area.
    pub state: CodingState,
    samples: [Box<[S]>; 3],
}

impl<S: Sample> Candidate<S> {
    /// An empty candidate; memory for a 64x64 area in 4:2:0.
    pub fn new(state: CodingState) -> Self {
        let plane = |len: usize| vec![S::default(); len].into_boxed_slice();
        Self {
            record: CtuRecord::default(),
            draft: Vec::with_capacity(256),
            residual_bits: 0,
            cost: Cost::WORST,
            state,
            samples: [plane(STRIDE * 64), plane(STRIDE * 16), plane(STRIDE * 16)],
        }
    }

    /// Empties the candidate.
    pub fn reset(&mut self) {
        self.record.clear();
        self.draft.clear();
        self.cost = Cost::WORST;
    }

    /// Adds `cu` with the drafted transform units.
    pub fn finish_cu(&mut self, mut cu: CodingUnit) {
        let record = &mut self.record;
        let first = record.tus.len() as u32;
        self.residual_bits = 0;
        for draft in self.draft.drain(..) {
            self.residual_bits += draft.bits.iter().sum::<u64>();
            let start = record.tbs.len() as u32;
            record.tbs.extend(draft.blocks.into_iter().flatten());
            let tbs = Span { start, end: record.tbs.len() as u32 };
            record.tus.push(TransformUnit { tbs, ..draft.unit });
        }
        cu.tus = Span { start: first, end: record.tus.len() as u32 };
        record.cus.push(cu);
    }

    /// Copies the area's reconstruction out of the tile; `x`, `y`, `size` in luma samples.
    pub fn save_samples(&mut self, tile: &CtuTile<S>, x: usize, y: usize, size: usize) {
        for plane in 0..3 {
            let shift = usize::from(plane > 0);
            let (x, y, size) = (x >> shift, y >> shift, size >> shift);
            self.samples_mut(plane, size).copy_from(tile.block(plane, x, y, size, size));
        }
    }

    /// Copies the area's reconstruction back into the tile.
    pub fn restore_samples(&self, tile: &mut CtuTile<S>, x: usize, y: usize, size: usize) {
        for plane in 0..3 {
            let shift = usize::from(plane > 0);
            let (x, y, size) = (x >> shift, y >> shift, size >> shift);
            let from = Block::new(&self.samples[plane], 0, STRIDE >> shift, size, size);
            tile.block_mut(plane, x, y, size, size).copy_from(from);
        }
    }

    /// A square of the area's luma; `x`, `y` from its top left corner.
    pub fn luma(&self, x: usize, y: usize, size: usize) -> Block<'_, S> {
        Block::new(&self.samples[0], y * STRIDE + x, STRIDE, size, size)
    }

    fn samples_mut(&mut self, plane: usize, size: usize) -> BlockMut<'_, S> {
        BlockMut::new(&mut self.samples[plane], 0, STRIDE >> usize::from(plane > 0), size, size)
    }
}

/// Appends the units of `from` to `to`.
pub fn append(to: &mut CtuRecord, from: &CtuRecord) {
    let (pus, tus, tbs) = (to.pus.len() as u32, to.tus.len() as u32, to.tbs.len() as u32);
    let coeffs = to.coeffs.len() as u32;
    let moved = |span: Span, by: u32| Span { start: span.start + by, end: span.end + by };
    to.cus.extend(from.cus.iter().map(|cu| CodingUnit {
        pus: moved(cu.pus, pus),
        tus: moved(cu.tus, tus),
        ..*cu
    }));
    to.pus.extend_from_slice(&from.pus);
    to.tus.extend(from.tus.iter().map(|tu| TransformUnit { tbs: moved(tu.tbs, tbs), ..*tu }));
    to.tbs.extend(from.tbs.iter().map(|tb| TransformBlock { coeffs: moved(tb.coeffs, coeffs), ..*tb }));
    to.coeffs.extend_from_slice(&from.coeffs);
}
