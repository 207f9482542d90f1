//! Reconstruction of one coding tree unit from its record, up to but without the in-loop filters (8.4 to 8.6).

use std::sync::Arc;

use rivus_coding::ctu::maps::{CtuMaps, flag};
use rivus_coding::ctu::record::{
    CodingUnit, Coeff, CtuRecord, PartMode, PredMode, PredictionUnit, TransformBlock, TransformUnit,
};
use rivus_coding::motion::{self, Motion, MotionCtx};
use rivus_kernels::Kernels;
use rivus_picture::{ChromaFormat, Sample, SharedPicture};
use rivus_syntax::ps::ScalingFactors;

use crate::inter::{InterScratch, MissingReference, PredWeights, compensate};
use crate::intra::{self, IntraBlock};
use crate::params::ReconParams;
use crate::residual::transform_skip::Direction;
use crate::residual::{
    self, MAX_SAMPLES, Method, ResidualParams, ResidualScratch, add::add_wide, cross_component,
};
use crate::samples::CtuSamples;

/// What is the same for all CTUs of a picture.
#[derive(Clone, Copy, Debug)]
pub struct FrameRecon<'a, S: Sample> {
    /// From the parameter sets.
    pub params: &'a ReconParams,
    /// Scaling factors, if `scaling_list_enabled_flag`.
    pub scaling_factors: Option<&'a ScalingFactors>,
    /// The picture's table of reference pictures, indexed by `Motion::ref_pic`.
    pub refs: &'a [Arc<SharedPicture<S>>],
    /// Kernels.
    pub kernels: &'static Kernels<S>,
}

/// Buffers of one worker.
#[derive(Clone, Debug)]
pub struct CtuScratch<S> {
    inter: InterScratch<S>,
    residual: ResidualScratch,
    /// Residual of the luma block, which cross-component prediction looks back to, and of a chroma block.
    narrow: [Box<[i16; MAX_SAMPLES]>; 2],
    wide: [Box<[i32; MAX_SAMPLES]>; 2],
}

impl<S> Default for CtuScratch<S> {
    fn default() -> Self {
        Self {
            inter: InterScratch::default(),
            residual: ResidualScratch::default(),
            narrow: std::array::from_fn(|_| Box::new([0; MAX_SAMPLES])),
            wide: std::array::from_fn(|_| Box::new([0; MAX_SAMPLES])),
        }
    }
}

/// 8.5.3.2: derives the motion of all prediction units of a CTU, into the record and the maps, and writes the flags of its
/// coding units to the maps.
///
/// No samples are needed: a decoder may do this before the reference pictures are far enough, and then knows how far they
/// have to be.
pub fn derive_motion(record: &mut CtuRecord, maps: &mut CtuMaps, ctx: &MotionCtx<'_>) {
    let CtuRecord { cus, pus, tus, .. } = record;
    for cu in cus.iter() {
        store_flags(maps, cu, &tus[cu.tus.range()]);
        if cu.pred_mode == PredMode::Intra {
            let size = 1 << cu.log2_size;
            motion::store(maps, (cu.x, cu.y), (size, size), Motion::INTRA);
        }
        for pu in &mut pus[cu.pus.range()] {
            pu.motion = motion::derive_pu(ctx, maps, cu, pu);
            motion::store(maps, (pu.x, pu.y), (pu.w, pu.h), pu.motion);
        }
    }
}

/// Reconstructs a CTU in place: predicts, and adds the residual. Motion and maps are those that
/// [`derive_motion`] left; `weights` are given if the slice uses explicit weighting.
///
/// # Errors
/// If a reference picture is missing. The CTU is completed nevertheless, with mid-grey for the prediction blocks concerned.
pub fn reconstruct_ctu<S: Sample>(
    record: &CtuRecord,
    maps: &CtuMaps,
    samples: &mut impl CtuSamples<S>,
    frame: &FrameRecon<'_, S>,
    weights: Option<&PredWeights>,
    scratch: &mut CtuScratch<S>,
) -> Result<(), MissingReference> {
    let CtuRecord { cus, pus, tus, tbs, coeffs, pcm_samples, .. } = record;
    let mut ctu = Ctu { frame, weights, maps, samples, scratch, tbs, coeffs };
    let mut result = Ok(());
    for cu in cus {
        if cu.pcm_flag {
            ctu.pcm(cu, pcm_samples.get(cu.pcm_start as usize..).unwrap_or_default());
        }
        for pu in &pus[cu.pus.range()] {
            result = result.and(ctu.prediction_unit(pu));
        }
        for tu in &tus[cu.tus.range()] {
            ctu.transform_unit(cu, tu);
        }
    }
    result
}

/// Writes the [`flag`]s of a coding unit with the transform units `tus` to the maps.
pub fn store_flags(maps: &mut CtuMaps, cu: &CodingUnit, tus: &[TransformUnit]) {
    let on = |condition: bool, flag: u8| if condition { flag } else { 0 };
    let flags = on(cu.pred_mode == PredMode::Skip, flag::SKIP)
        | on(cu.pred_mode == PredMode::Intra, flag::INTRA)
        | on(cu.pcm_flag, flag::PCM)
        | on(cu.cu_transquant_bypass_flag, flag::BYPASS);
    let mut fill = |x: u8, y: u8, log2_size: u8, flags: u8| {
        let units = 1usize << (log2_size - 2);
        CtuMaps::fill(&mut maps.flags, (usize::from(x / 4), usize::from(y / 4)), (units, units), flags);
    };
    fill(cu.x, cu.y, cu.log2_size, flags);
    for tu in tus.iter().filter(|tu| tu.cbf_luma) {
        fill(tu.x, tu.y, tu.log2_size, flags | flag::CBF_LUMA);
    }
}

/// A CTU in progress.
struct Ctu<'a, S: Sample, C> {
    frame: &'a FrameRecon<'a, S>,
    weights: Option<&'a PredWeights>,
    maps: &'a CtuMaps,
    samples: &'a mut C,
    scratch: &'a mut CtuScratch<S>,
    tbs: &'a [TransformBlock],
    coeffs: &'a [Coeff],
}

/// A transform block's place in its plane.
#[derive(Clone, Copy)]
struct Place {
    plane: usize,
    /// In samples of the plane from the CTU's corner.
    x: usize,
    y: usize,
    log2_size: u8,
    /// Second (lower) chroma block of a 4:2:2 transform unit.
    second: bool,
}

impl<S: Sample, C: CtuSamples<S>> Ctu<'_, S, C> {
    /// 8.4.4.1: the samples of a PCM coding unit.
    fn pcm(&mut self, cu: &CodingUnit, mut samples: &[u16]) {
        let chroma = self.frame.params.format.chroma;
        for plane in 0..chroma.num_planes() {
            let (sx, sy) = chroma.plane_shifts(plane);
            let (w, h) = ((1usize << cu.log2_size) >> sx, (1usize << cu.log2_size) >> sy);
            let mut dst =
                self.samples.block_mut(plane, usize::from(cu.x) >> sx, usize::from(cu.y) >> sy, w, h);
            for (y, row) in samples.chunks_exact(w).take(h).enumerate() {
                for (to, from) in dst.row_mut(y).iter_mut().zip(row) {
                    *to = S::from_i32((*from).into());
                }
            }
            samples = samples.get(w * h..).unwrap_or_default();
        }
    }

    /// 8.5.3.3: predicts the samples of a prediction unit.
    fn prediction_unit(&mut self, pu: &PredictionUnit) -> Result<(), MissingReference> {
        let ctu = (self.maps.x0, self.maps.y0);
        let rect = (pu.x, pu.y, pu.w, pu.h);
        let (refs, kernels) = (self.frame.refs, self.frame.kernels);
        compensate(self.samples, ctu, rect, &pu.motion, refs, self.weights, kernels, &mut self.scratch.inter)
            .inspect_err(|_| self.fill_grey(pu))
    }

    /// Mid-grey in place of a prediction that cannot be made.
    fn fill_grey(&mut self, pu: &PredictionUnit) {
        let format = self.frame.params.format;
        for plane in 0..format.num_planes() {
            let (sx, sy) = format.chroma.plane_shifts(plane);
            let (x, y) = (usize::from(pu.x) >> sx, usize::from(pu.y) >> sy);
            let (w, h) = (usize::from(pu.w) >> sx, usize::from(pu.h) >> sy);
            let grey = S::from_i32(1 << (format.bit_depth(plane) - 1));
            self.samples.block_mut(plane, x, y, w, h).fill(grey);
        }
    }

    /// The blocks of a transform unit in decoding order: each is predicted (intra) from those before it and completed by its
    /// residual.
    fn transform_unit(&mut self, cu: &CodingUnit, tu: &TransformUnit) {
        if cu.pred_mode != PredMode::Intra && tu.tbs.range().is_empty() {
            return;
        }
        let (x, y) = (usize::from(tu.x), usize::from(tu.y));
        let part = part_of(cu, tu);
        let luma = Place { plane: 0, x, y, log2_size: tu.log2_size, second: false };
        self.block(cu, tu, luma, cu.intra_luma[part]);
        let chroma = self.frame.params.format.chroma;
        let (x, y, log2_size) = match chroma {
            ChromaFormat::Monochrome => return,
            ChromaFormat::Yuv444 => (x, y, tu.log2_size),
            _ if tu.log2_size > 2 => (x, y, tu.log2_size - 1),
            // Four 4x4 luma blocks share one chroma block per component (two in 4:2:2), which comes after the last.
            _ if tu.blk_idx == 3 => (x - 4, y - 4, 2),
            _ => return,
        };
        let (sx, sy) = chroma.plane_shifts(1);
        for plane in 1..=2 {
            for second in [false, true].into_iter().take(1 + usize::from(chroma == ChromaFormat::Yuv422)) {
                let below = if second { 1 << log2_size } else { 0 };
                let place = Place { plane, x: x >> sx, y: (y >> sy) + below, log2_size, second };
                self.block(cu, tu, place, cu.intra_chroma[part]);
            }
        }
    }

    /// One transform block.
    fn block(&mut self, cu: &CodingUnit, tu: &TransformUnit, place: Place, mode: u8) {
        let Place { plane, x, y, log2_size, second } = place;
        if cu.pred_mode == PredMode::Intra {
            let cu_transquant_bypass = cu.cu_transquant_bypass_flag;
            let block = IntraBlock { plane, x, y, log2_size, mode, cu_transquant_bypass };
            intra::predict(self.samples, self.maps, &self.frame.params.intra, self.frame.kernels, block);
        }
        let tbs = &self.tbs[tu.tbs.range()];
        if let Some(tb) = tbs.iter().find(|tb| usize::from(tb.c_idx) == plane && tb.second == second) {
            self.residual(cu, tu, tb, place, mode);
        }
    }

    /// 8.6: the residual of a block, added to its prediction.
    fn residual(&mut self, cu: &CodingUnit, tu: &TransformUnit, tb: &TransformBlock, place: Place, mode: u8) {
        let params = self.frame.residual_params(cu, tu, tb, place, mode);
        let coeffs = &self.coeffs[tb.coeffs.range()];
        let format = &self.frame.params.format;
        let (depth_y, depth_c) = (format.bit_depth_luma, format.bit_depth_chroma);
        let (n, samples) = (1usize << place.log2_size, 1usize << (2 * place.log2_size));
        let dst = self.samples.block_mut(place.plane, place.x, place.y, n, n);
        let is_predicted = place.plane > 0 && tb.res_scale_val != 0;
        if self.frame.params.wide_residual {
            let [luma, chroma] = &mut self.scratch.wide;
            let (out, luma) = if place.plane == 0 { (luma, &[][..]) } else { (chroma, &luma[..samples]) };
            residual::block_residual_wide(&params, coeffs, &mut out[..]);
            if is_predicted {
                cross_component::predict_wide(&mut out[..samples], luma, tb.res_scale_val, depth_y, depth_c);
            }
            add_wide(dst, &out[..samples], params.bit_depth);
        } else {
            let kernels = self.frame.kernels;
            let [luma, chroma] = &mut self.scratch.narrow;
            let (out, luma) = if place.plane == 0 { (luma, &[][..]) } else { (chroma, &luma[..samples]) };
            residual::block_residual(&params, coeffs, kernels, &mut self.scratch.residual, &mut out[..]);
            if is_predicted {
                cross_component::predict(&mut out[..samples], luma, tb.res_scale_val, depth_y, depth_c);
            }
            (kernels.residual.add)(dst, &out[..samples], params.bit_depth);
        }
    }
}

impl<'a, S: Sample> FrameRecon<'a, S> {
    /// How the levels of a transform block become its residual.
    fn residual_params(
        &self,
        cu: &CodingUnit,
        tu: &TransformUnit,
        tb: &TransformBlock,
        place: Place,
        mode: u8,
    ) -> ResidualParams<'a> {
        let params = self.params;
        let is_intra = cu.pred_mode == PredMode::Intra;
        let method = if cu.cu_transquant_bypass_flag {
            Method::Bypass
        } else if tb.transform_skip_flag {
            Method::TransformSkip
        } else if is_intra && place.plane == 0 && place.log2_size == 2 {
            Method::Dst
        } else {
            Method::Dct
        };
        let is_transformed = matches!(method, Method::Dct | Method::Dst);
        let vertical = if is_intra {
            (params.intra.implicit_rdpcm && (mode == 10 || mode == 26)).then_some(mode == 26)
        } else {
            tb.explicit_rdpcm_flag.then_some(tb.explicit_rdpcm_dir_flag)
        };
        let direction =
            vertical.map(|vertical| if vertical { Direction::Vertical } else { Direction::Horizontal });
        let bit_depth = params.format.bit_depth(place.plane);
        let qp_bd_offset = 6 * i16::from(bit_depth - 8);
        let matrix_id = place.plane + if is_intra { 0 } else { 3 };
        ResidualParams {
            log2_size: place.log2_size,
            bit_depth,
            qp: (i16::from(tu.qp[place.plane]) + qp_bd_offset).clamp(0, 51 + qp_bd_offset) as u8,
            factors: self.scaling_factors.map(|f| f.get(place.log2_size.into(), matrix_id)),
            method,
            rotate: params.transform_skip_rotation_enabled_flag
                && is_intra
                && place.log2_size == 2
                && !is_transformed,
            rdpcm: direction.filter(|_| !is_transformed),
            extended_precision: params.extended_precision_processing_flag,
            nz_cols: tb.nz_cols,
            nz_rows: tb.nz_rows,
        }
    }
}

/// The part of an intra coding unit that a transform unit lies in.
fn part_of(cu: &CodingUnit, tu: &TransformUnit) -> usize {
    if cu.part_mode != PartMode::PartNxN {
        return 0;
    }
    let half = 1u8 << (cu.log2_size - 1);
    usize::from(tu.x - cu.x >= half) + 2 * usize::from(tu.y - cu.y >= half)
}

#[cfg(test)]
mod tests;
