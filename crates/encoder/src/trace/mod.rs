//! What was decided for every CTU of a picture, as lines of text; `docs/encoder/trace.md` describes them.
//!
//! Everything is taken from the records that are written, from the writer and from the samples; only the candidates that were
//! not taken come from mode decision, which keeps them if the picture is traced.

mod text;

use crate::frame::AnalysedRow;
use crate::frame_ctx::FrameCtx;
use crate::mode_decision::tried::Tried;
use rivus_coding::ctu::record::{CodingUnit, CtuRecord};
use rivus_picture::Sample;
use rivus_syntax::cabac::CabacWriter;
use std::collections::VecDeque;

/// What is known of a CTU before it is written.
struct Analysed {
    /// Squared error of Y, Cb and Cr of every coding unit before the in-loop filters.
    errors: Vec<[u64; 3]>,
    tried: Vec<Tried>,
}

/// The trace of a picture in the making.
pub struct Trace<'f, S: Sample> {
    frame: &'f FrameCtx<S>,
    /// Number of the picture in display order.
    number: u64,
    /// CTUs that are not written yet.
    waiting: VecDeque<Analysed>,
    /// Position of the writer at the last mark.
    position: f64,
    /// Bits between the marks of the CTU in work: SAO, then split flags and syntax of every coding unit, then the end.
    bits: Vec<f64>,
    lines: String,
}

impl<'f, S: Sample> Trace<'f, S> {
    /// One before the first row. None if the picture is not to be traced.
    pub fn begin(frame: &'f FrameCtx<S>) -> Option<Self> {
        let (waiting, bits, lines) = (VecDeque::new(), Vec::new(), String::new());
        Some(Self { frame, number: frame.trace?, waiting, position: 0.0, bits, lines })
    }

    /// Takes the candidates from row `y` of CTUs, the next one, which is analysed and not filtered.
    pub fn row(&mut self, y: usize, row: &mut AnalysedRow<S>) {
        let ctb = self.frame.sps.ctb_log2_size();
        let tried = std::mem::take(&mut row.tried);
        for (x, (record, tried)) in row.records.iter().zip(tried).enumerate() {
            let at = (x << ctb, y << ctb);
            let errors = record.cus.iter().map(|cu| errors(self.frame, row, at, cu)).collect();
            self.waiting.push_back(Analysed { errors, tried });
        }
    }

    /// A CTU will be written next.
    pub fn begin_ctu(&mut self, writer: &CabacWriter) {
        self.bits.clear();
        self.position = writer.bits();
    }

    /// A part of the CTU was written: see `bits`.
    pub fn mark(&mut self, writer: &CabacWriter) {
        let position = writer.bits();
        self.bits.push(position - self.position);
        self.position = position;
    }

    /// The CTU at (`x`, `y`) of the picture was written.
    pub fn end_ctu(&mut self, x: usize, y: usize, record: &CtuRecord) {
        let Some(analysed) = self.waiting.pop_front() else { return };
        self.ctu_line((x, y), record);
        for (index, cu) in record.cus.iter().enumerate() {
            // What is not there was not written, which no record of mode decision leads to.
            let bits = |mark: usize| self.bits.get(1 + 2 * index + mark).copied().unwrap_or(0.0);
            let (flags, bits) = (bits(0), bits(1));
            let errors = analysed.errors.get(index).copied().unwrap_or_default();
            self.unit_lines((x, y), record, cu, errors, (flags, bits));
        }
        for tried in &analysed.tried {
            self.tried_line((x, y), tried);
        }
    }

    /// The whole trace, when `substreams` are written.
    pub fn finish(mut self, substreams: &[Vec<u8>]) -> String {
        let lines = std::mem::take(&mut self.lines);
        self.picture_line(substreams.iter().map(Vec::len).sum());
        self.lines + &lines
    }
}

/// Squared error of Y, Cb and Cr of a coding unit, in a row that is not filtered, of the CTU at (`x`, `y`) of the picture.
fn errors<S: Sample>(
    frame: &FrameCtx<S>,
    row: &AnalysedRow<S>,
    (x, y): (usize, usize),
    cu: &CodingUnit,
) -> [u64; 3] {
    std::array::from_fn(|plane| {
        let shift = usize::from(plane > 0);
        let (x, y) = ((x + usize::from(cu.x)) >> shift, (y + usize::from(cu.y)) >> shift);
        let size = (1usize << cu.log2_size) >> shift;
        let source = frame.source.block(plane, x as isize, y as isize, size, size);
        (frame.kernels.sse.block)(source, row.band.block(plane, x, y, size, size))
    })
}
