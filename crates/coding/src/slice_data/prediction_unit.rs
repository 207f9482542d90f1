//! 7.3.8.6: prediction_unit().

use rivus_syntax::cabac::{BinSink, contexts as ctx};

use super::{Parser, SliceCoding, mvd};
use crate::ctu::record::{PartRect, PredictionUnit};
use crate::error::Result;
use crate::motion::Mv;

/// Bi-prediction in `PredictionUnit::pred_lists`.
const BI: u8 = 3;

/// 8x4 and 4x8 blocks cannot be bi-predicted (nPbW + nPbH is 12): the first bin of `inter_pred_idc` is absent.
#[inline]
fn may_be_bi(w: u8, h: u8) -> bool {
    w + h != 12
}

/// MvdL1 is not coded but zero.
#[inline]
fn mvd_l1_is_zero(coding: &SliceCoding<'_>, pred_lists: u8) -> bool {
    coding.mvd_l1_zero_flag && pred_lists == BI
}

impl Parser<'_, '_> {
    /// Parses the prediction unit of a skipped coding unit, or (`skip` false) one of an inter coding unit, and adds it to
    /// the record; `depth` is CtDepth.
    pub(super) fn prediction_unit(
        &mut self,
        rect: PartRect,
        part_idx: u8,
        depth: u8,
        skip: bool,
    ) -> Result<()> {
        let PartRect { x, y, w, h } = rect;
        let mut pu = PredictionUnit { x, y, w, h, part_idx, ref_idx: [-1; 2], ..PredictionUnit::default() };
        pu.merge_flag = skip || self.bin(ctx::MERGE_FLAG);
        if pu.merge_flag {
            pu.merge_idx = self.merge_idx();
            self.record.pus.push(pu);
            return Ok(());
        }
        pu.pred_lists =
            if self.coding.num_ref_idx_active[1] > 0 { self.inter_pred_idc(w, h, depth) } else { 1 };
        for list in 0..2 {
            if pu.pred_lists & (1 << list) == 0 {
                continue;
            }
            pu.ref_idx[list] = self.ref_idx(self.coding.num_ref_idx_active[list]) as i8;
            pu.mvd[list] = if list == 1 && mvd_l1_is_zero(self.coding, pu.pred_lists) {
                Mv::default()
            } else {
                self.mvd_coding()?
            };
            pu.mvp_flag[list] = self.bin(ctx::MVP_FLAG);
        }
        self.record.pus.push(pu);
        Ok(())
    }

    fn merge_idx(&mut self) -> u8 {
        let max = self.coding.max_num_merge_cand - 1;
        if max == 0 || !self.bin(ctx::MERGE_IDX) {
            return 0;
        }
        let mut idx = 1;
        while idx < max && self.cabac.decode_bypass() {
            idx += 1;
        }
        idx
    }

    fn inter_pred_idc(&mut self, w: u8, h: u8, depth: u8) -> u8 {
        if may_be_bi(w, h) && self.bin(ctx::INTER_PRED_IDC + usize::from(depth & 3)) {
            return BI;
        }
        1 + u8::from(self.bin(ctx::INTER_PRED_IDC + 4))
    }

    fn ref_idx(&mut self, num_active: u8) -> u8 {
        let max = num_active.saturating_sub(1);
        let mut idx = 0;
        while idx < max {
            let bin = match idx {
                0 | 1 => self.bin(ctx::REF_IDX + usize::from(idx)),
                _ => self.cabac.decode_bypass(),
            };
            if !bin {
                break;
            }
            idx += 1;
        }
        idx
    }
}

/// Writes the prediction unit of a skipped coding unit, or (`skip` false) one of an inter coding unit; `depth` is
/// CtDepth.
#[inline]
pub fn write<B: BinSink>(sink: &mut B, coding: &SliceCoding<'_>, pu: &PredictionUnit, depth: u8, skip: bool) {
    if !skip {
        sink.bin(ctx::MERGE_FLAG, pu.merge_flag);
    }
    if pu.merge_flag {
        write_merge_idx(sink, coding, pu.merge_idx);
        return;
    }
    if coding.num_ref_idx_active[1] > 0 {
        write_inter_pred_idc(sink, pu, depth);
    }
    for list in 0..2 {
        if pu.pred_lists & (1 << list) == 0 {
            continue;
        }
        write_ref_idx(sink, pu.ref_idx[list] as u8, coding.num_ref_idx_active[list]);
        if list == 0 || !mvd_l1_is_zero(coding, pu.pred_lists) {
            mvd::write(sink, pu.mvd[list]);
        }
        sink.bin(ctx::MVP_FLAG, pu.mvp_flag[list]);
    }
}

/// Writes `merge_idx`; nothing if there is one candidate only.
#[inline]
pub fn write_merge_idx<B: BinSink>(sink: &mut B, coding: &SliceCoding<'_>, merge_idx: u8) {
    let max = coding.max_num_merge_cand - 1;
    if max == 0 {
        return;
    }
    sink.bin(ctx::MERGE_IDX, merge_idx > 0);
    for idx in 1..max.min(merge_idx + 1) {
        sink.bypass(merge_idx > idx);
    }
}

/// Writes `inter_pred_idc` of a B slice from `pred_lists`.
#[inline]
pub fn write_inter_pred_idc<B: BinSink>(sink: &mut B, pu: &PredictionUnit, depth: u8) {
    if may_be_bi(pu.w, pu.h) {
        sink.bin(ctx::INTER_PRED_IDC + usize::from(depth & 3), pu.pred_lists == BI);
    }
    if pu.pred_lists != BI {
        sink.bin(ctx::INTER_PRED_IDC + 4, pu.pred_lists == 2);
    }
}

/// Writes `ref_idx_lX` of a list with `num_active` references.
#[inline]
pub fn write_ref_idx<B: BinSink>(sink: &mut B, ref_idx: u8, num_active: u8) {
    for idx in 0..num_active.saturating_sub(1).min(ref_idx + 1) {
        match idx {
            0 | 1 => sink.bin(ctx::REF_IDX + usize::from(idx), ref_idx > idx),
            _ => sink.bypass(ref_idx > idx),
        }
    }
}
