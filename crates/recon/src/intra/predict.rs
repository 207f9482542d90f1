//! Intra prediction of one block: choice of the neighbours' filter and of the mode's kernel (8.4.4.2.1, 8.4.4.2.3 to
//! 8.4.4.2.6).

use rivus_coding::ctu::maps::CtuMaps;
use rivus_kernels::Kernels;
use rivus_picture::{BlockMut, ChromaFormat, Sample};

use crate::intra::reference_samples::References;
use crate::samples::CtuSamples;

/// What the parameter sets say about intra prediction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IntraParams {
    /// `constrained_intra_pred_flag`: inter-coded neighbours are not used.
    pub constrained_intra_pred: bool,
    /// `strong_intra_smoothing_enabled_flag`.
    pub strong_intra_smoothing: bool,
    /// `intra_smoothing_disabled_flag`.
    pub intra_smoothing_disabled: bool,
    /// `implicit_rdpcm_enabled_flag`: no edge filters in lossless coding units.
    pub implicit_rdpcm: bool,
}

/// One block to predict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntraBlock {
    /// 0 luma, 1 Cb, 2 Cr.
    pub plane: usize,
    /// Left edge in samples of the plane from the CTU's left edge.
    pub x: usize,
    /// Top edge in samples of the plane from the CTU's top edge.
    pub y: usize,
    /// Log2 of the size in samples of the plane, 2..=5.
    pub log2_size: u8,
    /// Prediction mode, 0 planar, 1 DC, 2..=34 angular; for chroma after the 4:2:2 mapping.
    pub mode: u8,
    /// `cu_transquant_bypass_flag`.
    pub cu_transquant_bypass: bool,
}

impl IntraParams {
    /// 8.4.4.2.3: whether prediction from smoothed neighbours is used (filterFlag).
    #[inline]
    pub fn smooths(&self, chroma: ChromaFormat, plane: usize, log2_size: u8, mode: u8) -> bool {
        const DC: u8 = 1;
        if self.intra_smoothing_disabled || (plane != 0 && chroma != ChromaFormat::Yuv444) || mode == DC {
            return false;
        }
        let distance = mode.abs_diff(26).min(mode.abs_diff(10));
        match log2_size {
            3 => distance > 7,
            4 => distance > 1,
            5 => distance > 0,
            _ => false,
        }
    }

    /// Whether DC (`mode` 1) or the horizontal and vertical modes filter the block's edge towards the neighbours.
    #[inline]
    pub fn filters_edge(&self, plane: usize, log2_size: u8, mode: u8, cu_transquant_bypass: bool) -> bool {
        // disableIntraBoundaryFilter concerns the angular modes only.
        plane == 0 && log2_size < 5 && (mode == 1 || !(self.implicit_rdpcm && cu_transquant_bypass))
    }
}

/// 8.4.4.2.4 to 8.4.4.2.6: predicts a square block from its neighbours, smoothed where [`IntraParams::smooths`] says so.
pub fn predict_block<S: Sample>(
    dst: BlockMut<'_, S>,
    references: &References<S>,
    mode: u8,
    edge_filter: bool,
    bit_depth: u8,
    kernels: &Kernels<S>,
) {
    let len = 2 * dst.width() + 1;
    let (top, left) = (&references.top[..len], &references.left[..len]);
    match mode {
        0 => (kernels.intra.planar)(dst, top, left),
        1 => (kernels.intra.dc)(dst, top, left, edge_filter),
        _ => (kernels.intra.angular)(dst, top, left, mode, edge_filter, bit_depth),
    }
}

/// 8.4.4.2.1: predicts one block of a CTU from the reconstructed samples around it.
pub fn predict<S: Sample>(
    samples: &mut impl CtuSamples<S>,
    maps: &CtuMaps,
    params: &IntraParams,
    kernels: &Kernels<S>,
    block: IntraBlock,
) {
    let IntraBlock { plane, x, y, log2_size, mode, cu_transquant_bypass } = block;
    let bit_depth = samples.format().bit_depth(plane);
    let mut references = References::default();
    references.gather(samples, maps, params.constrained_intra_pred, plane, (x, y), log2_size);
    if params.smooths(samples.format().chroma, plane, log2_size, mode) {
        let mut smoothed = References::default();
        let strong = params.strong_intra_smoothing && plane == 0;
        references.smoothed(log2_size, strong, bit_depth, kernels, &mut smoothed);
        references = smoothed;
    }
    let edge_filter = params.filters_edge(plane, log2_size, mode, cu_transquant_bypass);
    let n = 1 << log2_size;
    predict_block(samples.block_mut(plane, x, y, n, n), &references, mode, edge_filter, bit_depth, kernels);
}
