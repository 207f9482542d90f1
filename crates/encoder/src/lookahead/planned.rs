//! What the lookahead says of a picture.

use super::gop::PicturePlan;
use super::weights::Weights;
use super::{Entry, Lookahead, Step, number_of};
use crate::frame_ctx::{MotionHints, QpOffsets};
use crate::mctf::TemporalFilter;
use crate::request::Messages;
use crate::times::StageTimes;
use rivus_coding::motion::Mv;
use rivus_picture::{Picture, Sample};
use std::sync::Arc;

/// How hard a picture is to code, measured on half-size pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Complexity {
    /// Sum of the SATD of the best intra prediction of every block, at 8-bit scale.
    pub intra: f64,
    /// Sum of the SATD of the best prediction from the picture's references or intra.
    pub best: f64,
    /// Mean of the QP offsets that come from propagation.
    pub propagation_offset: f64,
    /// Strength of propagation, 0 without.
    pub propagation: f64,
}

/// A picture with everything the lookahead knows about it.
#[derive(Clone, Debug)]
pub struct PlannedPicture<S: Sample> {
    /// Place in the structure.
    pub plan: PicturePlan,
    /// The picture.
    pub source: Arc<Picture<S>>,
    /// What the picture is to be filtered with, once its QP is known.
    pub filter: Option<TemporalFilter<S>>,
    /// Presentation time as given to [`Lookahead::push`].
    pub pts: i64,
    /// Deviations of blocks from the QP of the picture's layer; rate control makes them deviations from the slice QP.
    pub qp_offsets: QpOffsets,
    /// Motion to start the search from.
    pub hints: MotionHints,
    /// Weights of references of another brightness, by picture order count.
    pub weights: Vec<(i32, Weights)>,
    /// How hard it is to code.
    pub complexity: Complexity,
    /// First picture of a scene.
    pub is_scene_start: bool,
    /// Pictures after its mini-GOP, if the end of the sequence is in sight.
    pub left: Option<usize>,
    /// SEI messages that came with it.
    pub messages: Messages,
    /// Its decisions are to be traced.
    pub trace: bool,
    /// Time spent on it so far.
    pub times: StageTimes,
}

impl<S: Sample> Lookahead<S> {
    /// Puts together what is known of the picture of `step`, with its offsets from propagation and what it is to be filtered with.
    pub(super) fn planned_picture(
        &self,
        step: Step,
        entry: &mut Entry<S>,
        propagated: &[f32],
        filter: Option<TemporalFilter<S>>,
    ) -> PlannedPicture<S> {
        let known = self.store.picture(step.plan.number);
        let mean = propagated.iter().map(|&o| f64::from(o)).sum::<f64>() / propagated.len().max(1) as f64;
        let mut offsets: Vec<f32> = Vec::new();
        for part in [propagated, &known.aq, &entry.wishes.qp_offsets] {
            if offsets.is_empty() {
                offsets = part.to_vec();
            } else {
                offsets.iter_mut().zip(part).for_each(|(offset, more)| *offset += more);
            }
        }
        let stride = if offsets.is_empty() { 0 } else { self.grid.width };
        let best = if step.job.1.is_empty() { known.intra_sum } else { self.store.predicted(&step.job).cost };
        PlannedPicture {
            source: entry.source.clone(),
            filter,
            pts: entry.pts,
            qp_offsets: QpOffsets { stride, offsets },
            hints: self.hints(&step),
            weights: self.weights(&step),
            complexity: Complexity {
                intra: known.intra_sum as f64,
                best: best as f64,
                propagation_offset: mean,
                propagation: self.config.propagation,
            },
            is_scene_start: step.is_scene_start,
            left: self.is_flushing.then_some(self.queue.len()),
            messages: std::mem::take(&mut entry.wishes.messages),
            trace: entry.wishes.trace,
            times: entry.wishes.times,
            plan: step.plan,
        }
    }

    /// Weights of the references that are brighter or darker than the picture.
    fn weights(&self, step: &Step) -> Vec<(i32, Weights)> {
        let mut weights: Vec<(i32, Weights)> = Vec::new();
        for &poc in step.plan.lists.iter().flatten() {
            if weights.iter().all(|known| known.0 != poc) {
                let found = self.store.weights(step.plan.number, number_of(&step.plan, poc));
                weights.extend(found.map(|found| (poc, found)));
            }
        }
        weights
    }

    /// Motion towards the pictures that were looked at, at full size, and what intra and inter prediction leave.
    fn hints(&self, step: &Step) -> MotionHints {
        let to_full = |mv: &Mv| Mv { x: mv.x.saturating_mul(2), y: mv.y.saturating_mul(2) };
        let (number, references) = &step.job;
        let found: Vec<_> = references.iter().map(|&to| self.store.found(*number, to)).collect();
        let fields = references.iter().zip(&found).map(|(&to, field)| {
            let poc = step.plan.poc.saturating_add((to as i64 - *number as i64) as i32);
            (poc, field.vectors.iter().map(to_full).collect())
        });
        let stride = if references.is_empty() { 0 } else { self.grid.width };
        let inter = |block: usize| found.iter().map(|field| field.satd[block]).min().unwrap_or(0);
        let intra = &self.store.picture(step.plan.number).intra;
        let satd = intra.iter().enumerate().map(|(block, &intra)| [intra, inter(block)]).collect();
        MotionHints { stride, fields: fields.collect(), satd }
    }
}
