//! Lookahead: what kind each picture becomes, in which order pictures are coded, and how much later ones gain from them.
//!
//! Pictures go in with [`Lookahead::push`] in display order and come out of [`Lookahead::pop`] in coding order, each with its
//! place in the structure, QP offsets of its blocks and motion to start the search from. The lag is fixed, so what comes out
//! depends on nothing but the pictures.
//!
//! ```
//! use rivus_encoder::lookahead::{Lookahead, LookaheadConfig};
//! use rivus_encoder::rate_control::{RateConfig, RateControl, RateMode};
//! use rivus_kernels::Kernels;
//! use rivus_picture::{ChromaFormat, Picture, PictureFormat};
//! use std::sync::Arc;
//!
//! let chroma = ChromaFormat::Yuv420;
//! let format = PictureFormat { width: 64, height: 64, chroma, bit_depth_luma: 8, bit_depth_chroma: 8 };
//! let mut lookahead = Lookahead::<u8>::new(LookaheadConfig::default(), format, Kernels::best());
//! let mut rate = RateControl::new(RateConfig { mode: RateMode::ConstantQuality(28.0), ..RateConfig::default() });
//! for pts in 0..20 {
//!     lookahead.push(Arc::new(Picture::new(format)), pts, false);
//! }
//! lookahead.flush();
//! let mut coded = 0;
//! while let Some(mut picture) = lookahead.pop() {
//!     let qp = rate.picture_qp(&picture.plan, &picture.complexity, &mut picture.qp_offsets);
//!     assert!((0..=51).contains(&qp.slice_qp));
//!     // Code the picture with `qp.slice_qp`, `picture.qp_offsets` and `qp.lambda_factor`, then:
//!     rate.coded(&picture.plan, 1000);
//!     coded += 1;
//! }
//! assert_eq!(coded, 20);
//! ```

pub mod gop;

use crate::frame_ctx::{MotionHints, QpOffsets};
use gop::{GopBuilder, GopLimits, PictureKind, PicturePlan};
use rivus_kernels::Kernels;
use rivus_picture::{Picture, PictureFormat, Sample};
use std::collections::VecDeque;
use std::sync::Arc;

/// What the lookahead is to do.
#[derive(Clone, Debug, PartialEq)]
pub struct LookaheadConfig {
    /// Most pictures from a keyframe to the next, at least 1; `u32::MAX` for no limit.
    pub max_keyint: u32,
    /// Fewest pictures from a keyframe to one at a scene cut, 1..=`max_keyint`.
    pub min_keyint: u32,
    /// Keyframes at the end of an interval may be followed by pictures shown before them.
    pub open_gop: bool,
    /// Sensitivity to scene cuts, 0..=100; 0 looks for none.
    pub scene_cut: u8,
    /// Longest mini-GOP: 1, 2, 4, 8 or 16.
    pub longest_mini_gop: usize,
    /// Mini-GOPs may be shorter where motion asks for it.
    pub adaptive_mini_gop: bool,
    /// References and buffer.
    pub limits: GopLimits,
    /// Pictures known when one is planned, that one included; at least the longest mini-GOP is taken.
    pub depth: usize,
    /// Lower QP for blocks that later pictures are predicted from: factor on the offsets, 0 is off.
    pub propagation: f64,
    /// Adaptive quantisation: 0 off, 1 by variance, 2 by variance relative to the picture's, 3 as 2 but favouring dark areas.
    pub aq_mode: u8,
    /// Factor on the offsets of adaptive quantisation.
    pub aq_strength: f64,
    /// QP the pictures will roughly have: how much of a difference between pictures is worth coding.
    pub expected_qp: f64,
}

impl Default for LookaheadConfig {
    fn default() -> Self {
        Self {
            max_keyint: 250,
            min_keyint: 25,
            open_gop: true,
            scene_cut: 40,
            longest_mini_gop: 16,
            adaptive_mini_gop: true,
            limits: GopLimits { refs: 2, keys: 2, b_allowed: true },
            depth: 33,
            propagation: 1.0,
            aq_mode: 0,
            aq_strength: 1.0,
            expected_qp: 28.0,
        }
    }
}

/// How hard a picture is to code, measured on half-size pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Complexity {
    /// Sum of the SATD of the best intra prediction of every block, at 8-bit scale.
    pub intra: f64,
    /// Sum of the SATD of the best prediction from the picture's references or intra.
    pub best: f64,
    /// Mean of the QP offsets that come from propagation.
    pub propagation_offset: f64,
    /// Whether the offsets come from propagation at all.
    pub has_propagation: bool,
}

/// A picture with everything the lookahead knows about it.
#[derive(Clone, Debug)]
pub struct PlannedPicture<S: Sample> {
    /// Place in the structure.
    pub plan: PicturePlan,
    /// The picture.
    pub source: Arc<Picture<S>>,
    /// Presentation time as given to [`Lookahead::push`].
    pub pts: i64,
    /// Deviations of blocks from the QP of the picture's layer; rate control makes them deviations from the slice QP.
    pub qp_offsets: QpOffsets,
    /// Motion to start the search from.
    pub hints: MotionHints,
    /// How hard it is to code.
    pub complexity: Complexity,
    /// First picture of a scene.
    pub is_scene_start: bool,
}

/// A picture that is not planned yet.
struct Entry<S: Sample> {
    source: Arc<Picture<S>>,
    pts: i64,
    /// The caller wants a keyframe here.
    force_key: bool,
}

/// Plans pictures. See the module's description.
pub struct Lookahead<S: Sample> {
    config: LookaheadConfig,
    gop: GopBuilder,
    /// Pictures that are not planned yet, in display order.
    queue: VecDeque<Entry<S>>,
    /// Number of the first picture of the queue.
    first: u64,
    /// Number of the last keyframe.
    last_key: u64,
    /// Pictures that are planned, in coding order.
    planned: VecDeque<PlannedPicture<S>>,
    is_flushing: bool,
}

impl<S: Sample> Lookahead<S> {
    /// A lookahead for pictures of `format`.
    pub fn new(config: LookaheadConfig, _format: PictureFormat, _kernels: &'static Kernels<S>) -> Self {
        Self {
            gop: GopBuilder::new(config.limits),
            config,
            queue: VecDeque::new(),
            first: 0,
            last_key: 0,
            planned: VecDeque::new(),
            is_flushing: false,
        }
    }

    /// Takes the next picture in display order, its padding filled. With `force_key` it becomes an IDR picture.
    pub fn push(&mut self, source: Arc<Picture<S>>, pts: i64, force_key: bool) {
        self.queue.push_back(Entry { source, pts, force_key });
        self.plan();
    }

    /// Says that no more pictures will come.
    pub fn flush(&mut self) {
        self.is_flushing = true;
        self.plan();
    }

    /// The next picture in coding order, if it is known already.
    pub fn pop(&mut self) -> Option<PlannedPicture<S>> {
        self.planned.pop_front()
    }

    fn plan(&mut self) {
        let lag = self.config.depth.max(self.config.longest_mini_gop).max(1);
        while self.queue.len() >= lag || (self.is_flushing && !self.queue.is_empty()) {
            self.plan_mini_gop();
        }
    }

    fn plan_mini_gop(&mut self) {
        let plans = self.next_plans();
        let count = plans.len();
        let entries: Vec<Entry<S>> = self.queue.drain(..count).collect();
        for plan in plans {
            let entry = &entries[(plan.number - self.first) as usize];
            if plan.kind.is_random_access() {
                self.last_key = plan.number;
            }
            self.planned.push_back(PlannedPicture {
                source: entry.source.clone(),
                pts: entry.pts,
                qp_offsets: QpOffsets::default(),
                hints: MotionHints::default(),
                complexity: Complexity::default(),
                is_scene_start: false,
                plan,
            });
        }
        self.first += count as u64;
    }

    fn next_plans(&mut self) -> Vec<PicturePlan> {
        if self.first == 0 || self.queue[0].force_key {
            return vec![self.gop.idr(self.first)];
        }
        let to_key = u64::from(self.config.max_keyint) - (self.first - 1 - self.last_key);
        if to_key == 1 && !self.config.open_gop {
            return vec![self.gop.idr(self.first)];
        }
        let limit = if self.config.open_gop { to_key } else { to_key - 1 };
        let forced = self.queue.iter().position(|e| e.force_key).unwrap_or(self.queue.len());
        let count = forced.min(self.config.longest_mini_gop).min(limit as usize);
        let kind = if count as u64 == to_key { PictureKind::Cra } else { PictureKind::B };
        self.gop.mini_gop(self.first, count, kind)
    }
}
