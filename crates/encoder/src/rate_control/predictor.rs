//! Sizes of pictures before they are coded: `bits = k * complexity / step`, with `k` learnt per kind of picture.

use crate::lookahead::Complexity;
use crate::lookahead::gop::PicturePlan;

/// Intra pictures, then the layers.
const CLASSES: usize = 6;
/// `k` before anything was coded. Deeper layers leave more of their residual uncoded.
const START: [f64; CLASSES] = [0.9, 0.6, 0.45, 0.3, 0.2, 0.12];
/// Smallest complexity, so that empty pictures have a size as well.
const LEAST_COMPLEXITY: f64 = 100.0;

/// Learns from coded pictures.
#[derive(Clone, Debug)]
pub struct SizePredictor {
    factors: [f64; CLASSES],
    /// Pictures learnt from.
    counts: [u32; CLASSES],
}

/// Quantiser step of a QP.
pub fn step(qp: f64) -> f64 {
    ((qp - 4.0) / 6.0).exp2()
}

fn class(plan: &PicturePlan) -> usize {
    if plan.kind.is_intra() { 0 } else { (1 + usize::from(plan.layer)).min(CLASSES - 1) }
}

impl Default for SizePredictor {
    fn default() -> Self {
        Self { factors: START, counts: [0; CLASSES] }
    }
}

impl SizePredictor {
    /// Bits of a picture at `qp`.
    pub fn bits(&self, plan: &PicturePlan, complexity: &Complexity, qp: f64) -> f64 {
        self.factors[class(plan)] * complexity.best.max(LEAST_COMPLEXITY) / step(qp)
    }

    /// As [`SizePredictor::bits`], larger by a margin for what is not known of this kind of picture.
    pub fn cautious_bits(&self, plan: &PicturePlan, complexity: &Complexity, qp: f64) -> f64 {
        let margin = match self.counts[class(plan)] {
            0 => 2.0,
            1..=3 => 1.4,
            _ => 1.15,
        };
        margin * self.bits(plan, complexity, qp)
    }

    /// Learns that a picture took `bits` at `qp`. One picture moves the factor by half the way, and not beyond twice or half of
    /// what it was, unless it is the first of its kind.
    pub fn learn(&mut self, plan: &PicturePlan, complexity: &Complexity, qp: f64, bits: f64) {
        let class = class(plan);
        let seen = bits.max(1.0) * step(qp) / complexity.best.max(LEAST_COMPLEXITY);
        let old = self.factors[class];
        self.factors[class] =
            if self.counts[class] == 0 { seen } else { 0.5 * (old + seen.clamp(0.5 * old, 2.0 * old)) };
        self.counts[class] += 1;
    }
}
