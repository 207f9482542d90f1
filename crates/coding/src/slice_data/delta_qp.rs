//! 7.3.8.14 in later editions: delta_qp() and chroma_qp_offset(), the QP syntax in front of a transform unit's residual.

use rivus_syntax::cabac::binarization::{parse_exp_golomb, write_exp_golomb};
use rivus_syntax::cabac::{BinSink, contexts as ctx};

use super::{Parser, SliceCoding};
use crate::error::{Result, in_range};

/// Prefix length of `cu_qp_delta_abs` (truncated unary, cMax 5).
const PREFIX: u32 = 5;

/// Context of bin `bin` of the prefix.
#[inline]
fn prefix_ctx(bin: u32) -> usize {
    ctx::CU_QP_DELTA_ABS + usize::from(bin > 0)
}

impl Parser<'_, '_> {
    /// `cu_qp_delta_abs` and `cu_qp_delta_sign_flag`: CuQpDeltaVal, which the QP state takes.
    pub(super) fn cu_qp_delta(&mut self) -> Result<i8> {
        let mut abs = 0;
        while abs < PREFIX && self.bin(prefix_ctx(abs)) {
            abs += 1;
        }
        if abs == PREFIX {
            // A suffix too long to be legal is reported as the value that it at least has.
            abs = abs.saturating_add(parse_exp_golomb(&mut self.cabac, 0).unwrap_or(u32::MAX >> 1));
        }
        in_range("cu_qp_delta_abs", i64::from(abs), 0, 50)?;
        let negative = abs > 0 && self.cabac.decode_bypass();
        let value = if negative { -(abs as i32) } else { abs as i32 };
        self.qp.set_delta(&self.coding.qp, value)?;
        Ok(self.qp.cu_qp_delta_val)
    }

    /// `cu_chroma_qp_offset_flag` and `_idx`, in the record's form: 1 for flag 0, 2 + idx otherwise.
    pub(super) fn cu_chroma_qp_offset(&mut self) -> u8 {
        let idx = self.bin(ctx::CU_CHROMA_QP_OFFSET_FLAG).then(|| {
            let max = self.coding.chroma_qp_offset_list_len_minus1;
            let mut idx = 0;
            while idx < max && self.bin(ctx::CU_CHROMA_QP_OFFSET_IDX) {
                idx += 1;
            }
            idx
        });
        self.qp.set_chroma_offset(&self.coding.qp, idx);
        idx.map_or(1, |idx| 2 + idx)
    }
}

/// Writes `cu_qp_delta_abs` and `cu_qp_delta_sign_flag`.
pub fn write_cu_qp_delta<B: BinSink>(sink: &mut B, value: i8) {
    let abs = u32::from(value.unsigned_abs());
    for bin in 0..abs.min(PREFIX) {
        sink.bin(prefix_ctx(bin), true);
    }
    if abs < PREFIX {
        sink.bin(prefix_ctx(abs), false);
    } else {
        write_exp_golomb(sink, abs - PREFIX, 0);
    }
    if abs > 0 {
        sink.bypass(value < 0);
    }
}

/// Writes `cu_chroma_qp_offset_flag` and `_idx` from the record's form (not 0).
pub fn write_cu_chroma_qp_offset<B: BinSink>(sink: &mut B, coding: &SliceCoding<'_>, value: u8) {
    sink.bin(ctx::CU_CHROMA_QP_OFFSET_FLAG, value >= 2);
    let Some(idx) = value.checked_sub(2) else { return };
    for _ in 0..idx {
        sink.bin(ctx::CU_CHROMA_QP_OFFSET_IDX, true);
    }
    if idx < coding.chroma_qp_offset_list_len_minus1 {
        sink.bin(ctx::CU_CHROMA_QP_OFFSET_IDX, false);
    }
}
