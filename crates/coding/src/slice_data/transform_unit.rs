//! 7.3.8.10: transform_unit(), with cross_comp_pred() (7.3.8.12).

use rivus_syntax::cabac::{BinSink, contexts as ctx};

use super::residual_coding::{self, ResidualBlock, ResidualFlags};
use super::transform_tree::{ChromaCbf, Node};
use super::{Parser, SliceCoding, delta_qp};
use crate::ctu::record::{CodingUnit, CtuRecord, PartMode, PredMode, Span, TransformBlock, TransformUnit};
use crate::error::Result;

/// The part of an intra coding unit that a transform unit lies in.
#[inline]
fn part_of(cu: &CodingUnit, x: u8, y: u8) -> usize {
    if cu.part_mode != PartMode::PartNxN {
        return 0;
    }
    let half = 1u8 << (cu.log2_size - 1);
    usize::from(x - cu.x >= half) + 2 * usize::from(y - cu.y >= half)
}

/// The block of component `c_idx` that a unit at (`x`, `y`) holds, `log2_size` in samples of the component.
#[inline]
fn block(
    coding: &SliceCoding<'_>,
    cu: &CodingUnit,
    (x, y): (u8, u8),
    c_idx: u8,
    log2_size: u8,
) -> ResidualBlock {
    let bypass = cu.cu_transquant_bypass_flag;
    if cu.pred_mode != PredMode::Intra {
        return ResidualBlock::inter(c_idx, log2_size, bypass);
    }
    let part = part_of(cu, x, y);
    let mode = if c_idx == 0 { cu.intra_luma[part] } else { cu.intra_chroma[part] };
    ResidualBlock::intra(c_idx, log2_size, mode, coding.chroma_array_type, bypass)
}

/// Log2 of the size of the chroma blocks that come with a luma block, if any do.
///
/// In 4:2:0 and 4:2:2 the chroma of four 4x4 luma blocks comes with the last of them.
#[inline]
fn chroma_log2_size(coding: &SliceCoding<'_>, log2_size: u8, blk_idx: u8) -> Option<u8> {
    match (coding.chroma_array_type, log2_size) {
        (0, _) => None,
        (3, _) => Some(log2_size),
        (_, 3..) => Some(log2_size - 1),
        _ => (blk_idx == 3).then_some(2),
    }
}

/// cross_comp_pred() is present in a unit with luma coefficients.
#[inline]
fn cross_component_present(coding: &SliceCoding<'_>, cu: &CodingUnit, x: u8, y: u8) -> bool {
    coding.cross_component_prediction_enabled_flag
        && coding.chroma_array_type == 3
        && (cu.pred_mode != PredMode::Intra || cu.intra_chroma_pred_mode[part_of(cu, x, y)] == 4)
}

impl Parser<'_, '_> {
    /// Parses a leaf with the flags `cbf_luma` and `chroma` and adds it to the record.
    pub(super) fn transform_unit(
        &mut self,
        cu: &CodingUnit,
        node: &Node,
        cbf_luma: bool,
        chroma: ChromaCbf,
    ) -> Result<()> {
        let start = self.record.tbs.len() as u32;
        let mut tu = TransformUnit {
            x: node.x,
            y: node.y,
            log2_size: node.log2_size,
            depth: node.depth,
            blk_idx: node.blk_idx,
            cbf_luma,
            cbf_cb: chroma.cb,
            cbf_cr: chroma.cr,
            ..TransformUnit::default()
        };
        if cbf_luma || chroma.any() {
            self.qp_syntax(cu, &mut tu, chroma.any())?;
            if cbf_luma {
                let block = block(self.coding, cu, (tu.x, tu.y), 0, tu.log2_size);
                self.residual(&block, false, 0);
            }
            self.chroma_blocks(cu, &tu);
        }
        tu.tbs = Span { start, end: self.record.tbs.len() as u32 };
        self.record.tus.push(tu);
        Ok(())
    }

    /// QP syntax where it is due, and the QPs in force.
    fn qp_syntax(&mut self, cu: &CodingUnit, tu: &mut TransformUnit, chroma: bool) -> Result<()> {
        let coding = self.coding;
        if coding.cu_qp_delta_enabled_flag && !self.qp.is_cu_qp_delta_coded {
            tu.has_qp_delta = true;
            tu.cu_qp_delta = self.cu_qp_delta()?;
        }
        if coding.cu_chroma_qp_offset_enabled_flag
            && chroma
            && !cu.cu_transquant_bypass_flag
            && !self.qp.is_cu_chroma_qp_offset_coded
        {
            tu.cu_chroma_qp_offset = self.cu_chroma_qp_offset();
        }
        self.qp.update(&coding.qp);
        tu.qp = self.qp.block_qps(&coding.qp);
        Ok(())
    }

    fn residual(&mut self, block: &ResidualBlock, second: bool, res_scale_val: i8) {
        let tools = &self.coding.residual;
        let tb =
            residual_coding::parse(&mut self.cabac, self.contexts, tools, block, &mut self.record.coeffs);
        self.record.tbs.push(TransformBlock { second, res_scale_val, ..tb });
    }

    fn chroma_blocks(&mut self, cu: &CodingUnit, tu: &TransformUnit) {
        let Some(log2_size) = chroma_log2_size(self.coding, tu.log2_size, tu.blk_idx) else { return };
        let cross_component = tu.cbf_luma && cross_component_present(self.coding, cu, tu.x, tu.y);
        let blocks = if self.coding.chroma_array_type == 2 { 2 } else { 1 };
        for (c_idx, cbf) in [(1, tu.cbf_cb), (2, tu.cbf_cr)] {
            let res_scale_val =
                if cross_component { self.cross_comp_pred(usize::from(c_idx) - 1) } else { 0 };
            for (i, &coded) in cbf[..blocks].iter().enumerate() {
                if coded {
                    let block = block(self.coding, cu, (tu.x, tu.y), c_idx, log2_size);
                    self.residual(&block, i == 1, res_scale_val);
                } else if res_scale_val != 0 {
                    let len = self.record.coeffs.len() as u32;
                    let coeffs = Span { start: len, end: len };
                    self.record.tbs.push(TransformBlock {
                        c_idx,
                        log2_size,
                        res_scale_val,
                        coeffs,
                        ..TransformBlock::default()
                    });
                }
            }
        }
    }

    /// 7.3.8.12: ResScaleVal of chroma component `c` (0 Cb, 1 Cr).
    fn cross_comp_pred(&mut self, c: usize) -> i8 {
        let mut log2_res_scale_abs_plus1 = 0;
        while log2_res_scale_abs_plus1 < 4
            && self.bin(ctx::LOG2_RES_SCALE_ABS_PLUS1 + 4 * c + log2_res_scale_abs_plus1)
        {
            log2_res_scale_abs_plus1 += 1;
        }
        if log2_res_scale_abs_plus1 == 0 {
            return 0;
        }
        let abs = 1 << (log2_res_scale_abs_plus1 - 1);
        if self.bin(ctx::RES_SCALE_SIGN_FLAG + c) { -abs } else { abs }
    }
}

/// Writes a transform unit after its coded block flags.
pub fn write<B: BinSink>(
    sink: &mut B,
    coding: &SliceCoding<'_>,
    record: &CtuRecord,
    cu: &CodingUnit,
    tu: &TransformUnit,
) {
    if tu.has_qp_delta {
        delta_qp::write_cu_qp_delta(sink, tu.cu_qp_delta);
    }
    if tu.cu_chroma_qp_offset != 0 {
        delta_qp::write_cu_chroma_qp_offset(sink, coding, tu.cu_chroma_qp_offset);
    }
    let tbs = &record.tbs[tu.tbs.range()];
    if tu.cbf_luma
        && let Some(tb) = tbs.iter().find(|tb| tb.c_idx == 0)
    {
        write_block(sink, coding, record, cu, tu, tb);
    }
    if chroma_log2_size(coding, tu.log2_size, tu.blk_idx).is_none() {
        return;
    }
    let cross_component = tu.cbf_luma && cross_component_present(coding, cu, tu.x, tu.y);
    for c_idx in 1..3 {
        let mut blocks = tbs.iter().filter(|tb| tb.c_idx == c_idx).peekable();
        if cross_component {
            let res_scale_val = blocks.peek().map_or(0, |tb| tb.res_scale_val);
            write_cross_comp_pred(sink, usize::from(c_idx) - 1, res_scale_val);
        }
        for tb in blocks {
            write_block(sink, coding, record, cu, tu, tb);
        }
    }
}

/// Writes one transform block; one without coefficients has no syntax.
fn write_block<B: BinSink>(
    sink: &mut B,
    coding: &SliceCoding<'_>,
    record: &CtuRecord,
    cu: &CodingUnit,
    tu: &TransformUnit,
    tb: &TransformBlock,
) {
    if !sink.takes_residual() {
        return;
    }
    let flags = ResidualFlags {
        transform_skip_flag: tb.transform_skip_flag,
        explicit_rdpcm_flag: tb.explicit_rdpcm_flag,
        explicit_rdpcm_dir_flag: tb.explicit_rdpcm_dir_flag,
    };
    let block = block(coding, cu, (tu.x, tu.y), tb.c_idx, tb.log2_size);
    residual_coding::write(sink, &coding.residual, &block, &flags, &record.coeffs[tb.coeffs.range()]);
}

/// Writes cross_comp_pred() of chroma component `c` (0 Cb, 1 Cr); ResScaleVal is 0 or plus or minus 1, 2, 4, 8.
pub fn write_cross_comp_pred<B: BinSink>(sink: &mut B, c: usize, res_scale_val: i8) {
    let first = ctx::LOG2_RES_SCALE_ABS_PLUS1 + 4 * c;
    let log2_plus1 = res_scale_val.unsigned_abs().checked_ilog2().map_or(0, |log2| log2 as usize + 1);
    for bin in 0..log2_plus1 {
        sink.bin(first + bin, true);
    }
    if log2_plus1 < 4 {
        sink.bin(first + log2_plus1, false);
    }
    if res_scale_val != 0 {
        sink.bin(ctx::RES_SCALE_SIGN_FLAG + c, res_scale_val < 0);
    }
}
