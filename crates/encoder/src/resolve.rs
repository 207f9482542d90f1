//! What is known only when all rows are decided: QPs as the bitstream carries them, and what the picture looks like.
//!
//! A coding unit without residual has the predicted QP (8.6.1), which in the first quantisation group of a row depends on
//! the end of the row above. Analysis runs rows side by side and assumes the slice QP there; this pass goes through the
//! picture in decoding order and sets `CuQpDeltaVal` and QpY, which deblocking reads, for good.

use crate::frame::{AnalysedRow, FrameStats};
use rivus_coding::ctu::maps::CtuMaps;
use rivus_coding::ctu::record::{CtuRecord, PredMode};
use rivus_coding::qp::QpState;
use rivus_coding::slice_data::SliceCoding;
use rivus_picture::Sample;

/// Sets `CuQpDeltaVal` of coding unit `index` of `record`, whose transform units carry the QP they were quantised with, and
/// its QpY; `qp` moves on.
pub fn code_cu_qp(coding: &SliceCoding<'_>, record: &mut CtuRecord, index: usize, qp: &mut QpState) {
    let cu = &mut record.cus[index];
    let units = &mut record.tus[cu.tus.range()];
    if coding.cu_qp_delta_enabled_flag && cu.pred_mode != PredMode::Skip && cu.rqt_root_cbf {
        for unit in units {
            let coded = unit.cbf_luma || unit.cbf_cb[0] || unit.cbf_cr[0];
            unit.has_qp_delta = coded && !qp.is_cu_qp_delta_coded;
            if unit.has_qp_delta {
                unit.cu_qp_delta = qp.delta_to(&coding.qp, unit.qp[0]);
                qp.cu_qp_delta_val = unit.cu_qp_delta;
                qp.is_cu_qp_delta_coded = true;
            }
        }
    }
    cu.qp_y = qp.update(&coding.qp);
}

/// Resolves the QPs of a picture, row by row.
pub struct QpResolver<'f> {
    coding: &'f SliceCoding<'f>,
    /// `entropy_coding_sync_enabled_flag`: every row starts from the slice QP.
    wavefronts: bool,
    state: QpState,
    maps: CtuMaps,
}

impl<'f> QpResolver<'f> {
    /// One before the first row.
    pub fn new(coding: &'f SliceCoding<'f>, wavefronts: bool) -> Self {
        Self { coding, wavefronts, state: coding.initial_qp(), maps: CtuMaps::default() }
    }

    /// Resolves the QPs of the next row.
    pub fn row<S: Sample>(&mut self, row: &mut AnalysedRow<S>) {
        let (coding, state, maps) = (self.coding, &mut self.state, &mut self.maps);
        let group = 1u8 << coding.qp.log2_min_cu_qp_delta_size;
        if self.wavefronts {
            *state = coding.initial_qp();
        }
        for (x, record) in row.records.iter_mut().enumerate() {
            for index in 0..record.cus.len() {
                let cu = record.cus[index];
                if cu.x % group == 0 && cu.y % group == 0 {
                    state.begin_group(maps, cu.x, cu.y);
                }
                code_cu_qp(coding, record, index, state);
                let units = 1 << (cu.log2_size - 2);
                let at = (usize::from(cu.x) / 4, usize::from(cu.y) / 4);
                CtuMaps::fill(&mut maps.qp_y, at, (units, units), record.cus[index].qp_y);
            }
            row.info.set_qp(x, record);
        }
    }
}

/// Counts what was decided in all CTUs of a picture.
pub fn statistics(records: &[CtuRecord]) -> FrameStats {
    let mut stats = FrameStats::default();
    let (mut samples, mut qp_sum) = (0u64, 0i64);
    for cu in records.iter().flat_map(|record| &record.cus) {
        let area = 1u64 << (2 * cu.log2_size);
        samples += area;
        qp_sum += i64::from(cu.qp_y) * area as i64;
        match cu.pred_mode {
            PredMode::Skip => stats.skip_samples += area,
            PredMode::Inter => stats.inter_samples += area,
            PredMode::Intra => stats.intra_samples += area,
        }
    }
    stats.mean_qp = if samples == 0 { 0.0 } else { qp_sum as f64 / samples as f64 };
    stats
}
