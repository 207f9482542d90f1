//! A picture on its way through coding.

use super::references::References;
use crate::config::Settings;
use crate::error::Error;
use crate::frame::CodedFrame;
use crate::frame_ctx::{FrameCtx, MotionHints, QpOffsets};
use crate::headers::{ParameterSets, slice};
use crate::lookahead::PlannedPicture;
use crate::lookahead::gop::PicturePlan;
use crate::lookahead::weights::Weights;
use crate::mode_decision::tools::Tools;
use crate::rate_control::FrameQp;
use crate::request::Messages;
use crate::times::{StageTimes, Stopwatch};
use rivus_coding::motion::SliceMotion;
use rivus_coding::ref_lists::RefListParams;
use rivus_coding::rps::ReferencePictureSet;
use rivus_kernels::Kernels;
use rivus_picture::{Picture, Plane, Sample};
use rivus_recon::inter::PredWeights;
use rivus_syntax::slice_header::SliceSegmentHeader;
use std::sync::Arc;

/// See the module's description.
pub(super) struct Task<S: Sample> {
    /// Place in the structure.
    pub(super) plan: PicturePlan,
    /// Presentation time.
    pub(super) pts: i64,
    /// QP.
    pub(super) qp: FrameQp,
    /// Times it was coded again.
    pub(super) recodes: usize,
    /// Slice header, but for what is known only after coding.
    pub(super) header: SliceSegmentHeader,
    /// The result.
    pub(super) coded: Option<CodedFrame<S>>,
    /// SEI messages that came with the picture.
    pub(super) messages: Messages,
    /// Time spent on it so far.
    pub(super) times: StageTimes,
    trace: bool,
    source: Arc<Picture<S>>,
    qp_offsets: QpOffsets,
    hints: MotionHints,
    weights: Vec<(i32, Weights)>,
}

impl<S: Sample> Task<S> {
    /// A picture that is to be coded at `qp`.
    pub(super) fn new(planned: PlannedPicture<S>, qp: FrameQp) -> Self {
        let PlannedPicture { plan, source, pts, qp_offsets, hints, weights, messages, trace, times, .. } =
            planned;
        let header = SliceSegmentHeader::default();
        Self {
            plan,
            pts,
            qp,
            recodes: 0,
            header,
            coded: None,
            messages,
            times,
            trace,
            source,
            qp_offsets,
            hints,
            weights,
        }
    }

    /// Everything frame coding needs. All references of the plan must be held.
    pub(super) fn frame_ctx(
        &self,
        settings: &Settings,
        sets: &ParameterSets,
        references: &References<S>,
        tools: &Tools,
        kernels: &'static Kernels<S>,
    ) -> Result<FrameCtx<S>, Error> {
        let plan = &self.plan;
        let collocated = if settings.temporal_mvp { references.collocated(plan) } else { None };
        let header = slice::header(settings, sets, plan, self.qp.slice_qp, collocated, &self.weights)?;
        let pps = sets.pps_of(&header);
        let lsb_len = sets.sps.log2_max_pic_order_cnt_lsb() as u8;
        let set = ReferencePictureSet::derive(
            plan.poc,
            &header.short_term_ref_pic_set,
            &header.long_term_ref_pics,
            lsb_len,
        );
        let (before, after) = (set.st_curr_before.len(), set.st_curr_after.len());
        // Intra pictures have no references, and their lists are empty.
        let lists = RefListParams::new(&header, before, after, 0).build().unwrap_or_default();
        let table = [set.st_curr_before, set.st_curr_after].concat();
        let slice_motion = SliceMotion::for_slice(&header, pps, plan.poc, &lists, |pic| {
            (table.get(usize::from(pic)).copied().unwrap_or(plan.poc), false)
        });
        let collocated = slice_motion.collocated.and_then(|pic| table.get(usize::from(pic)));
        Ok(FrameCtx {
            sps: Arc::clone(&sets.sps),
            pps: Arc::clone(pps),
            collocated: collocated.and_then(|&poc| references.motion(poc)),
            weighted_luma: table.iter().map(|&poc| self.weighted_luma(references, poc)).collect(),
            references: table.iter().filter_map(|&poc| references.picture(poc)).collect(),
            weights: header.pred_weight_table.as_deref().map(|table| PredWeights::new(table, &sets.sps)),
            header,
            slice_motion,
            source: Arc::clone(&self.source),
            slice_qp: self.qp.slice_qp,
            qp_offsets: self.qp_offsets.clone(),
            lambda_factor: self.qp.lambda_factor,
            hints: self.hints.clone(),
            tools: tools.of_picture(plan.layer, plan.kind.is_intra(), plan.is_reference),
            kernels,
            trace: self.trace.then_some(plan.number),
            stopwatch: Stopwatch::new(settings.times),
        })
    }

    /// Luma of the reference `poc` as it is searched, if it has a weight.
    fn weighted_luma(&self, references: &References<S>, poc: i32) -> Option<Plane<S>> {
        let (_, [luma, ..]) = self.weights.iter().find(|entry| entry.0 == poc)?;
        let picture = references.picture(poc)?;
        let format = *self.source.format();
        let samples = picture.block(0, 0, 0, format.width, format.height)?;
        Some(luma.plane(samples, format.bit_depth_luma))
    }
}
