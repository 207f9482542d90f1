//! The in-loop filters of a coded picture, with the choice of SAO between deblocking and SAO itself.

use crate::frame::AnalysedRow;
use crate::frame_ctx::FrameCtx;
use crate::sao_decision::{SaoCost, Stats};
use rivus_coding::ctu::record::{CtuRecord, SaoParams};
use rivus_picture::Sample;
use rivus_recon::in_loop::{CtuFilter, DeblockedRow, FilterParams, InLoopWalk, RowFilterInfo};
use rivus_syntax::cabac::ContextSet;

/// Filter parameters of the picture.
pub fn params<S: Sample>(frame: &FrameCtx<S>) -> FilterParams {
    FilterParams {
        format: frame.format(),
        ctb_log2_size: frame.sps.ctb_log2_size() as u8,
        pps_chroma_qp_offset: [frame.pps.pps_cb_qp_offset, frame.pps.pps_cr_qp_offset],
        loop_filter_across_tiles_enabled_flag: true,
        pcm_loop_filter_disabled_flag: false,
        log2_sao_offset_scale: [0; 2],
    }
}

/// Filter parameters of every CTU, before SAO is chosen.
pub fn ctu_filter<S: Sample>(frame: &FrameCtx<S>) -> CtuFilter {
    CtuFilter {
        slice_deblocking_filter_disabled_flag: frame.header.slice_deblocking_filter_disabled_flag,
        beta_offset: frame.header.slice_beta_offset_div2 * 2,
        tc_offset: frame.header.slice_tc_offset_div2 * 2,
        ..CtuFilter::MISSING
    }
}

/// Filters a picture row by row.
pub struct PictureFilter<'f, S: Sample> {
    frame: &'f FrameCtx<S>,
    contexts: ContextSet,
    walk: InLoopWalk<S>,
    /// SAO of the rows that are deblocked.
    chosen: Vec<Vec<SaoParams>>,
    records: Vec<CtuRecord>,
}

impl<'f, S: Sample> PictureFilter<'f, S> {
    /// One before the first row; `contexts` are those of entropy coding at the start of the slice.
    pub fn new(frame: &'f FrameCtx<S>, contexts: ContextSet) -> Self {
        let walk = InLoopWalk::new(params(frame), frame.kernels);
        Self { frame, contexts, walk, chosen: Vec::new(), records: Vec::new() }
    }

    /// Takes the next row. It is published when the one below is there, the last one at once.
    pub fn row(&mut self, row: AnalysedRow<S>) {
        let (frame, contexts, chosen) = (self.frame, &self.contexts, &mut self.chosen);
        self.walk.push_with(row.band, row.info, &mut |samples, info| {
            let above = chosen.last().map(Vec::as_slice);
            chosen.push(decide_row(frame, contexts, samples, info, chosen.len(), above));
        });
        self.records.extend(row.records);
    }

    /// The CTUs' records in raster order, with SAO.
    pub fn finish(mut self) -> Vec<CtuRecord> {
        for (record, sao) in self.records.iter_mut().zip(self.chosen.iter().flatten()) {
            record.sao = *sao;
        }
        self.records
    }
}

/// Chooses SAO for a deblocked row.
fn decide_row<S: Sample>(
    frame: &FrameCtx<S>,
    contexts: &ContextSet,
    samples: &DeblockedRow<'_, S>,
    info: &mut RowFilterInfo,
    row: usize,
    above: Option<&[SaoParams]>,
) -> Vec<SaoParams> {
    let width = info.width_ctb();
    if !frame.tools.sao {
        return vec![SaoParams::default(); width];
    }
    let bit_depth = frame.format().bit_depth(0);
    let cost = SaoCost {
        lambda: frame.lambda(frame.slice_qp),
        contexts,
        max_offset: (1 << (bit_depth.min(10) - 5)) - 1,
    };
    let mut chosen: Vec<SaoParams> = Vec::with_capacity(width);
    for x in 0..width {
        let stats = core::array::from_fn(|plane| ctb_stats(frame, samples, plane, x, row));
        let up = above.and_then(|above| above.get(x));
        let params = cost.decide(&stats, chosen.last(), up);
        info.set_sao(x, params);
        chosen.push(params);
    }
    chosen
}

/// Statistics of a CTB. Its outermost samples are left out where their neighbours are outside the picture or, above,
/// already changed by SAO.
fn ctb_stats<S: Sample>(
    frame: &FrameCtx<S>,
    samples: &DeblockedRow<'_, S>,
    plane: usize,
    x: usize,
    row: usize,
) -> Stats {
    let Some(deblocked) = samples.planes[plane] else { return Stats::default() };
    let shift = u32::from(plane > 0);
    let size = 1usize << (frame.sps.ctb_log2_size() - shift);
    let (left, top) = ((x * size).max(1), 1);
    let right = ((x + 1) * size).min(deblocked.width() - 1);
    // A row that is not the picture's last brings one line of the next.
    let bottom = size.min(deblocked.height().saturating_sub(1));
    if right <= left || bottom <= top {
        return Stats::default();
    }
    let (w, h) = (right - left, bottom - top);
    let source = frame.source.block(plane, left as isize, (row * size + top) as isize, w, h);
    let around = deblocked.sub(left - 1, top - 1, w + 2, h + 2);
    Stats::gather(frame.kernels, source, around, frame.format().bit_depth(plane))
}

/// `slice_sao_luma_flag` and `slice_sao_chroma_flag`: whether any CTB uses SAO.
pub fn sao_flags(records: &[CtuRecord]) -> [bool; 2] {
    let used = |c: usize| records.iter().any(|record| record.sao.components[c].sao_type_idx != 0);
    [used(0), used(1) || used(2)]
}
