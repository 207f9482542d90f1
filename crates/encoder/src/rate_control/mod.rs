//! Rate control: the QP of every picture, from the wish for a quality or a rate and from what pictures took so far.
//!
//! For every picture in coding order the encoder calls [`RateControl::picture_qp`], codes it, and reports its size with
//! [`RateControl::coded`]. With several pictures in flight `coded` comes later, always the same number of pictures: decisions
//! depend on the order of calls alone. With a decoder buffer, [`RateControl::accept`] tells whether the coded picture fits it.

pub mod abr;
pub mod cascade;
pub mod lambda;
pub mod predictor;
#[cfg(test)]
mod tests;
pub mod vbv;

use crate::frame_ctx::QpOffsets;
use crate::lookahead::Complexity;
use crate::lookahead::gop::PicturePlan;
use abr::Abr;
use predictor::SizePredictor;
use std::collections::VecDeque;
use vbv::Vbv;

/// How the rate is controlled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RateMode {
    /// Constant QP of layer 0.
    ConstantQp(u8),
    /// Constant quality.
    ConstantQuality(f64),
    /// Average bit rate in bit/s.
    AverageBitRate(u64),
}

impl RateMode {
    /// Base QP of the first mini-GOP; of all, if there is no rate to meet.
    fn first_base(self) -> f64 {
        match self {
            Self::ConstantQp(qp) => f64::from(qp),
            Self::ConstantQuality(crf) => crf,
            Self::AverageBitRate(_) => 30.0,
        }
    }
}

/// The decoder's buffer (Annex C).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BufferConfig {
    /// Bits per second that flow in.
    pub rate: u64,
    /// Bits it holds.
    pub size: u64,
    /// Fraction of it that is full when the first picture is taken out, 0..=1.
    pub initial: f64,
}

/// What rate control is to do.
#[derive(Clone, Debug, PartialEq)]
pub struct RateConfig {
    /// Quality or rate.
    pub mode: RateMode,
    /// Pictures per second.
    pub fps: f64,
    /// QP of intra pictures relative to other pictures of layer 0.
    pub intra_offset: f64,
    /// Factor on the QP offsets of the layers, as far as propagation does not replace them.
    pub cascade: f64,
    /// Lowest and highest QP of a slice.
    pub qp_range: (u8, u8),
    /// How far quality may vary with complexity at an average bit rate: 0 constant rate, 1 constant quantiser.
    pub qcomp: f64,
    /// The decoder's buffer, if its limits must be kept.
    pub buffer: Option<BufferConfig>,
    /// Luma samples of a picture.
    pub luma_samples: u64,
}

impl Default for RateConfig {
    fn default() -> Self {
        Self {
            mode: RateMode::ConstantQuality(28.0),
            fps: 25.0,
            intra_offset: -3.0,
            cascade: 1.0,
            qp_range: (0, 51),
            qcomp: 0.6,
            buffer: None,
            luma_samples: 1280 * 720,
        }
    }
}

/// The QP of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameQp {
    /// QP of the slice.
    pub slice_qp: i8,
    /// The QP that was wanted; `slice_qp` is next to it.
    pub wanted: f64,
    /// Factor on the Lagrangian.
    pub lambda_factor: f64,
}

/// Whether a coded picture fits the decoder's buffer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// It does.
    Accept,
    /// It does not: code it again with this QP.
    Recode(FrameQp),
}

/// A picture that is known but not coded.
#[derive(Clone, Debug)]
struct Ahead {
    plan: PicturePlan,
    complexity: Complexity,
}

/// A picture in coding.
#[derive(Clone, Debug)]
struct InFlight {
    ahead: Ahead,
    /// Mean QP of its blocks.
    qp: f64,
    frame_qp: FrameQp,
}

/// Chooses QPs. See the module's description.
#[derive(Clone, Debug)]
pub struct RateControl {
    config: RateConfig,
    predictor: SizePredictor,
    abr: Option<Abr>,
    vbv: Option<Vbv>,
    /// Base QP of the current mini-GOP.
    base: f64,
    /// Pictures after those in coding, in coding order.
    ahead: VecDeque<Ahead>,
    in_flight: VecDeque<InFlight>,
    /// Pictures after those in `ahead`, if the end is in sight.
    left: Option<usize>,
}

/// Seconds before the end in which an average rate looks at what the rest will take: there is no time then to make up for it.
const LAST_SECONDS: f64 = 2.0;
/// Part of the usual rate that is left to the end whatever was spent before.
const LEAST_AT_END: f64 = 0.25;
/// Pictures ahead that are simulated for the buffer.
const SIMULATED: usize = 40;
/// Steps of QP in which the buffer's needs are met.
const QP_STEP: f64 = 0.25;
/// Part of the buffer's content that a picture coded again aims for.
const RECODE_TARGET: f64 = 0.9;

impl RateControl {
    /// Rate control before the first picture.
    pub fn new(config: RateConfig) -> Self {
        let abr = match config.mode {
            RateMode::AverageBitRate(rate) => Some(Abr::new(rate as f64, config.fps)),
            _ => None,
        };
        let base = config.mode.first_base();
        let vbv = config.buffer.map(|buffer| Vbv::new(buffer, config.fps));
        let (ahead, in_flight) = (VecDeque::new(), VecDeque::new());
        Self { config, predictor: SizePredictor::default(), abr, vbv, base, ahead, in_flight, left: None }
    }

    /// Changes the wanted quality or rate, from the next mini-GOP on, and rate and size of the buffer, from the next picture on.
    /// The mode stays the same, and there is a buffer if there was one.
    pub fn change(&mut self, config: RateConfig) {
        if let (RateMode::AverageBitRate(rate), Some(abr)) = (config.mode, &mut self.abr)
            && config.mode != self.config.mode
        {
            abr.change(rate as f64);
        }
        if let (Some(buffer), Some(vbv)) = (config.buffer, &mut self.vbv) {
            vbv.change(buffer, config.fps);
        }
        self.config = config;
    }

    /// Tells of a picture that will be coded after those told of before, in coding order. Optional; it lets an average rate start
    /// well and a buffer be used well.
    pub fn announce(&mut self, plan: &PicturePlan, complexity: &Complexity) {
        self.ahead.push_back(Ahead { plan: plan.clone(), complexity: *complexity });
    }

    /// Tells how many pictures come after those told of, if the end is in sight.
    pub fn announce_end(&mut self, left: Option<usize>) {
        self.left = left;
    }

    /// The QP of the next picture in coding order. `offsets` become deviations from the slice QP.
    pub fn picture_qp(
        &mut self,
        plan: &PicturePlan,
        complexity: &Complexity,
        offsets: &mut QpOffsets,
    ) -> FrameQp {
        self.ahead.retain(|a| a.plan.number != plan.number);
        let current = Ahead { plan: plan.clone(), complexity: *complexity };
        if plan.layer == 0 {
            self.begin_mini_gop(&current);
        }
        let raised = self.raise_for_buffer(&current);
        let count = offsets.offsets.len().max(1) as f64;
        let mean = offsets.offsets.iter().map(|&o| f64::from(o)).sum::<f64>() / count;
        let wanted = self.unpropagated(&current) + raised;
        let (low, high) = self.config.qp_range;
        let slice_qp = (wanted + mean).round().clamp(f64::from(low), f64::from(high));
        for offset in &mut offsets.offsets {
            *offset += (wanted - slice_qp) as f32;
        }
        let lambda_factor = lambda::factor(plan.layer, wanted + mean, slice_qp);
        let frame_qp = FrameQp { slice_qp: slice_qp as i8, wanted: wanted + mean, lambda_factor };
        if let Some(abr) = &mut self.abr {
            abr.issue();
        }
        self.in_flight.push_back(InFlight { ahead: current, qp: wanted + mean, frame_qp });
        frame_qp
    }

    /// QP that the sequence is coded at for now: that of a moving key picture less one, without propagation.
    pub fn base_qp(&self) -> f64 {
        self.base
    }

    /// QP of a picture before the offsets of its blocks.
    fn unpropagated(&self, picture: &Ahead) -> f64 {
        let Ahead { plan, complexity } = picture;
        let offset = cascade::with_propagation(plan, self.base, self.config.cascade, complexity.propagation);
        let intra = if plan.kind.is_intra() { self.config.intra_offset } else { 0.0 };
        self.base + offset + intra
    }

    /// Mean QP of a picture's blocks.
    fn expected_qp(&self, picture: &Ahead) -> f64 {
        (self.unpropagated(picture) + picture.complexity.propagation_offset).clamp(0.0, 51.0)
    }

    fn begin_mini_gop(&mut self, key: &Ahead) {
        let Some(abr) = &self.abr else {
            self.base = self.config.mode.first_base();
            return;
        };
        let guess = self.guess(key, abr.per_picture());
        let weight = self.weight(key);
        let is_scene_start = key.plan.kind.is_intra();
        let lowest = self.lowest_before_end(key, abr);
        if let Some(abr) = &mut self.abr {
            self.base = abr.begin(key.plan.kind.is_intra(), is_scene_start, weight, guess, lowest);
        }
    }

    /// The base QP at which the pictures to the end take no more than what is left for them; 0 as long as the end is far.
    fn lowest_before_end(&self, key: &Ahead, abr: &Abr) -> f64 {
        let known = self.ahead.len() + 1;
        let Some(left) = self.left.filter(|left| (known + left) as f64 <= LAST_SECONDS * self.config.fps)
        else {
            return 0.0;
        };
        let Some(usual) = abr.expected_bits(self.base) else { return 0.0 };
        let bits = |p: &Ahead, qp: f64| self.predictor.bits(&p.plan, &p.complexity, qp);
        let pictures = std::iter::once(key).chain(&self.ahead);
        let expected: f64 = pictures.map(|p| bits(p, self.expected_qp(p))).sum::<f64>() + usual * left as f64;
        let in_flight: f64 = self.in_flight.iter().map(|p| bits(&p.ahead, p.qp) - abr.per_picture()).sum();
        let wanted = abr.per_picture() * (known + left) as f64;
        let budget = (wanted - abr.excess() - in_flight).max(LEAST_AT_END * wanted);
        self.base + 6.0 * (expected / budget).log2()
    }

    /// Factor of complexity on the quantiser step. Propagation takes from what changes already.
    fn weight(&self, key: &Ahead) -> f64 {
        if key.complexity.propagation > 0.0 {
            return 1.0;
        }
        let inter = self.ahead.iter().filter(|a| !a.plan.kind.is_intra()).take(SIMULATED);
        let (sum, count) = inter.fold((0.0, 0u32), |(s, n), a| (s + a.complexity.best, n + 1));
        let mean = if count > 0 { sum / f64::from(count) } else { key.complexity.best };
        (1.0 + mean / self.config.luma_samples as f64).powf(1.0 - self.config.qcomp)
    }

    /// The base QP at which what is known of the pictures ahead meets the rate.
    fn guess(&self, key: &Ahead, per_picture: f64) -> f64 {
        /// Bits of a picture relative to those of an intra picture where nothing else is known.
        const OF_INTRA: f64 = 0.08;
        let bits = |p: &Ahead| self.predictor.bits(&p.plan, &p.complexity, self.expected_qp(p));
        let (mut sum, mut count) = (0.0, 0u32);
        let known = std::iter::once(key).chain(&self.ahead).take(SIMULATED);
        for picture in known.filter(|p| !p.plan.kind.is_intra()) {
            sum += bits(picture);
            count += 1;
        }
        let inter = if count > 0 { sum / f64::from(count) } else { OF_INTRA * bits(key) };
        let intra = if key.plan.kind.is_intra() { bits(key) } else { 0.0 };
        let expected = inter + intra / (abr::INTRA_SECONDS * self.config.fps);
        self.base + 6.0 * (expected / per_picture).log2()
    }

    /// How much the QP must rise for the buffer to hold this picture and those ahead.
    fn raise_for_buffer(&self, current: &Ahead) -> f64 {
        let Some(vbv) = &self.vbv else { return 0.0 };
        let mut vbv = vbv.clone();
        for picture in &self.in_flight {
            let Ahead { plan, complexity } = &picture.ahead;
            vbv.take(self.predictor.cautious_bits(plan, complexity, picture.qp));
        }
        let mut raised = 0.0;
        while self.expected_qp(current) + raised < 51.0 {
            let pictures = std::iter::once(current).chain(&self.ahead).take(SIMULATED);
            let expected = pictures
                .map(|p| self.predictor.cautious_bits(&p.plan, &p.complexity, self.expected_qp(p) + raised));
            if vbv.holds(expected) {
                break;
            }
            raised += QP_STEP;
        }
        raised
    }

    /// Whether the oldest picture in coding, of `bits`, fits the decoder's buffer. Call before [`RateControl::coded`], and not
    /// before all pictures coded earlier were reported; only with a buffer is the answer ever to code it again.
    pub fn accept(&mut self, plan: &PicturePlan, bits: u64) -> Verdict {
        let Some(vbv) = &self.vbv else { return Verdict::Accept };
        let Some(picture) = self.in_flight.iter_mut().find(|p| p.ahead.plan.number == plan.number) else {
            return Verdict::Accept;
        };
        let highest = self.config.qp_range.1.min(51) as i8;
        if bits as f64 <= vbv.fill() || picture.frame_qp.slice_qp >= highest {
            return Verdict::Accept;
        }
        let too_large = bits as f64 / (RECODE_TARGET * vbv.fill()).max(1.0);
        let raise = (6.0 * too_large.log2()).ceil().clamp(1.0, 51.0) as i8;
        let slice_qp = (picture.frame_qp.slice_qp + raise).min(highest);
        let raise = f64::from(slice_qp - picture.frame_qp.slice_qp);
        picture.qp += raise;
        picture.frame_qp.wanted += raise;
        picture.frame_qp.slice_qp = slice_qp;
        Verdict::Recode(picture.frame_qp)
    }

    /// Reports the size of a coded picture, all its NAL units included. Pictures are reported in coding order.
    pub fn coded(&mut self, plan: &PicturePlan, bits: u64) {
        let Some(at) = self.in_flight.iter().position(|p| p.ahead.plan.number == plan.number) else { return };
        if let Some(picture) = self.in_flight.remove(at) {
            self.predictor.learn(plan, &picture.ahead.complexity, picture.qp, bits as f64);
        }
        if let Some(abr) = &mut self.abr {
            abr.coded(bits as f64);
        }
        if let Some(vbv) = &mut self.vbv {
            vbv.take(bits as f64);
        }
    }

    /// Bits in the decoder's buffer when the next picture is taken out, if there is a buffer.
    pub fn buffer_fill(&self) -> Option<f64> {
        self.vbv.as_ref().map(Vbv::fill)
    }
}
