//! The slice as decisions see it: parameters looked up once, and how a decided unit shows in the maps.

use rivus_coding::ctu::maps::{CtuMaps, flag};
use rivus_coding::ctu::record::{CtuRecord, PredMode};
use rivus_coding::motion::store;
use rivus_coding::qp::QpState;
use rivus_coding::slice_data::SliceCoding;
use rivus_recon::intra::IntraParams;
use rivus_syntax::ps::{Pps, Sps};
use rivus_syntax::slice_header::SliceSegmentHeader;

/// Parameters of the slice in work.
pub struct PictureCoding<'f> {
    /// The slice as the writer sees it.
    pub slice: SliceCoding<'f>,
    /// Intra prediction.
    pub intra: IntraParams,
}

impl<'f> PictureCoding<'f> {
    /// For a slice.
    pub fn new(sps: &'f Sps, pps: &'f Pps, header: &'f SliceSegmentHeader) -> Self {
        Self {
            slice: SliceCoding::new(sps, pps, header),
            intra: IntraParams {
                constrained_intra_pred: pps.constrained_intra_pred_flag,
                strong_intra_smoothing: sps.strong_intra_smoothing_enabled_flag,
                ..IntraParams::default()
            },
        }
    }

    /// QP of luma and both chroma components where QpY is `qp_y`, without bit-depth offsets.
    pub fn block_qps(&self, qp_y: i8) -> [i8; 3] {
        QpState { qp_y, ..QpState::default() }.block_qps(&self.slice.qp)
    }

    /// Enters the decided units of `record` into the maps, as parsing them would.
    pub fn apply_to_maps(&self, record: &CtuRecord, maps: &mut CtuMaps) {
        for cu in &record.cus {
            let at = (usize::from(cu.x) / 4, usize::from(cu.y) / 4);
            let units = 1usize << (cu.log2_size - 2);
            let flags = match cu.pred_mode {
                PredMode::Skip => flag::SKIP,
                PredMode::Inter => 0,
                PredMode::Intra => flag::INTRA,
            };
            CtuMaps::fill(&mut maps.flags, at, (units, units), flags);
            CtuMaps::fill(&mut maps.depth, at, (units, units), maps.ctb_log2_size - cu.log2_size);
            CtuMaps::fill(&mut maps.qp_y, at, (units, units), cu.qp_y);
            let half = units.div_ceil(2);
            for (part, &mode) in cu.intra_luma.iter().enumerate() {
                let mode = if cu.pred_mode == PredMode::Intra { mode } else { rivus_coding::intra_mode::DC };
                let at = (at.0 + (part & 1) * half, at.1 + (part >> 1) * half);
                CtuMaps::fill(&mut maps.intra_mode, at, (half, half), mode);
            }
            if cu.pred_mode == PredMode::Intra {
                let size = 1u8 << cu.log2_size;
                store(maps, (cu.x, cu.y), (size, size), rivus_coding::motion::Motion::INTRA);
            }
            for pu in &record.pus[cu.pus.range()] {
                store(maps, (pu.x, pu.y), (pu.w, pu.h), pu.motion);
            }
            for tu in &record.tus[cu.tus.range()] {
                if tu.cbf_luma {
                    let at = (usize::from(tu.x) / 4, usize::from(tu.y) / 4);
                    let units = 1 << (tu.log2_size - 2);
                    CtuMaps::fill(&mut maps.flags, at, (units, units), flags | flag::CBF_LUMA);
                }
            }
        }
    }
}
