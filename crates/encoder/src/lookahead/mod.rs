//! Lookahead: what kind each picture becomes, in which order pictures are coded, and how much later ones gain from them.
//!
//! Pictures go in with [`Lookahead::push`] in display order and come out of [`Lookahead::pop`] in coding order, each with its
//! place in the structure, QP offsets of its blocks and motion to start the search from. The lag is fixed, so what comes out
//! depends on nothing but the pictures.
//!
//! ```
//! use rivus_encoder::lookahead::{Lookahead, LookaheadConfig};
//! use rivus_encoder::rate_control::{RateConfig, RateControl, RateMode};
//! use rivus_encoder::request::Wishes;
//! use rivus_kernels::Kernels;
//! use rivus_picture::{ChromaFormat, Picture, PictureFormat};
//! use std::sync::Arc;
//!
//! let chroma = ChromaFormat::Yuv420;
//! let format = PictureFormat { width: 64, height: 64, chroma, bit_depth_luma: 8, bit_depth_chroma: 8 };
//! let mut lookahead = Lookahead::<u8>::new(LookaheadConfig::default(), format, Kernels::best());
//! let mut rate = RateControl::new(RateConfig { mode: RateMode::ConstantQuality(28.0), ..RateConfig::default() });
//! for pts in 0..20 {
//!     lookahead.push(Arc::new(Picture::new(format)), pts, Wishes::default());
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

pub mod adaptive_quant;
pub mod cost;
pub mod gop;
pub mod lowres;
pub mod mini_gop;
pub mod motion;
mod planned;
pub mod propagate;
pub mod scene_cut;
pub mod store;
pub mod structure;
mod temporal_filter;
#[cfg(test)]
mod tests;
pub mod weights;

pub use planned::{Complexity, PlannedPicture};

use crate::rate_control::cascade;
use crate::request::Wishes;
use crate::times::Stopwatch;
use adaptive_quant::AqMode;
use gop::{GopLimits, PictureKind, PicturePlan};
use lowres::{Analysed, Grid, Wanted};
use propagate::Link;
use rayon::prelude::*;
use rivus_kernels::Kernels;
use rivus_picture::{Picture, PictureFormat, Sample};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use store::{Job, Store};
use structure::{Known, Structure};

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
    /// Whole samples are searched only where the best start leaves as many levels per sample at half size, at least 1.
    pub search_above: u32,
    /// QP the pictures will roughly have: how much of a difference between pictures is worth coding.
    pub expected_qp: f64,
    /// Say what pictures that others are predicted from can be filtered with.
    pub mctf: bool,
    /// Find weights for references of another brightness.
    pub weighted: bool,
    /// Measures times, if they are asked for.
    pub stopwatch: Stopwatch,
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
            limits: GopLimits { refs: 2, refs_b: 2, keys: 2, b_allowed: true },
            depth: 33,
            propagation: 1.0,
            aq_mode: 0,
            aq_strength: 1.0,
            search_above: 1,
            expected_qp: 28.0,
            mctf: false,
            weighted: false,
            stopwatch: Stopwatch::default(),
        }
    }
}

impl LookaheadConfig {
    /// Pictures that must be known for one to be planned, that one included.
    pub fn lag(&self) -> usize {
        self.depth.max(self.longest_mini_gop).max(1)
    }
}

/// A picture that is not planned yet.
struct Entry<S: Sample> {
    source: Arc<Picture<S>>,
    pts: i64,
    wishes: Wishes,
}

/// A picture of the structure, decided or explored, with the references that are looked at.
struct Step {
    plan: PicturePlan,
    is_scene_start: bool,
    job: Job,
}

/// Pictures before the queue that stay known: what a flash at its start is compared with.
const PAST: u64 = structure::FLASH + 1;

/// Plans pictures. See the module's description. Work is done on the current rayon pool.
pub struct Lookahead<S: Sample> {
    config: LookaheadConfig,
    kernels: &'static Kernels<S>,
    grid: Grid,
    /// Pictures that are not planned yet, in display order.
    queue: VecDeque<Entry<S>>,
    /// Pictures before this number are in the store, or were forgotten.
    analysed: u64,
    store: Store<S>,
    structure: Structure,
    /// Numbers of the last key pictures, newest first.
    keys: Vec<u64>,
    /// Pictures that are planned, in coding order.
    planned: VecDeque<PlannedPicture<S>>,
    is_flushing: bool,
}

impl<S: Sample> Lookahead<S> {
    /// A lookahead for pictures of `format`.
    pub fn new(config: LookaheadConfig, format: PictureFormat, kernels: &'static Kernels<S>) -> Self {
        let store = Store::new(kernels, config.search_above);
        Self {
            structure: Structure::new(&config),
            config,
            kernels,
            grid: Grid::new(format.width, format.height),
            queue: VecDeque::new(),
            analysed: 0,
            store,
            keys: Vec::new(),
            planned: VecDeque::new(),
            is_flushing: false,
        }
    }

    /// Takes the next picture in display order, of the format given to [`Lookahead::new`] and with its padding filled, with what
    /// is asked of it.
    pub fn push(&mut self, source: Arc<Picture<S>>, pts: i64, wishes: Wishes) {
        self.queue.push_back(Entry { source, pts, wishes });
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
        while self.queue.len() >= self.config.lag() || (self.is_flushing && !self.queue.is_empty()) {
            self.analyse();
            let before = self.planned.len();
            let mut time = Duration::ZERO;
            self.config.stopwatch.measure(&mut time, || self.plan_mini_gop());
            let share = time / (self.planned.len() - before).max(1) as u32;
            self.planned.range_mut(before..).for_each(|picture| picture.times.lookahead += share);
        }
    }

    /// Takes the pictures that came since the last mini-GOP was planned into the store, side by side.
    fn analyse(&mut self) {
        let known = (self.analysed - self.structure.next) as usize;
        let sources: Vec<_> = self.queue.range(known..).map(|entry| Arc::clone(&entry.source)).collect();
        let aq = AqMode { mode: self.config.aq_mode, strength: self.config.aq_strength };
        let wanted = Wanted { aq: (aq.mode > 0).then_some(aq), levels: self.config.weighted };
        let (kernels, count) = (self.kernels, sources.len());
        let mut time = Duration::ZERO;
        self.config.stopwatch.measure(&mut time, || {
            let pictures: Vec<_> =
                sources.into_par_iter().map(|source| Analysed::new(source, kernels, wanted)).collect();
            self.store.add(self.analysed, pictures);
        });
        self.analysed += count as u64;
        let share = time / count.max(1) as u32;
        self.queue.range_mut(known..).for_each(|entry| entry.wishes.times.lookahead += share);
    }

    /// Decides the next mini-GOP and explores the structure after it, from which the pictures' importance comes.
    fn plan_mini_gop(&mut self) {
        let first = self.structure.next;
        let wished: Vec<Option<PictureKind>> = self.queue.iter().map(|entry| entry.wishes.kind).collect();
        let end = first + self.queue.len() as u64;
        let start = first.saturating_sub(PAST);
        let mut known =
            Known { config: &self.config, store: &mut self.store, wished: &wished, first, start, end };
        let mut steps = next_steps(&mut self.structure, &mut known);
        let count = steps.len();
        if self.config.propagation > 0.0 {
            let mut beyond = self.structure.clone();
            while beyond.next < end {
                steps.extend(next_steps(&mut beyond, &mut known));
            }
        }
        let jobs: Vec<Job> = steps.iter().filter(|s| !s.job.1.is_empty()).map(|s| s.job.clone()).collect();
        self.store.predict(&jobs);
        // Propagation goes from picture to picture on one thread; what the filter needs is searched beside it.
        let pairs: Vec<_> = steps[..count]
            .iter()
            .flat_map(|step| temporal_filter::pairs(&self.config, &self.store, step, count))
            .collect();
        let (offsets, found) = rayon::join(|| self.propagated(&steps), || self.store.search(&pairs));
        self.store.keep(found);
        let mut plan_filter = |step| temporal_filter::plan(&self.config, &mut self.store, step, count, end);
        let filters: Vec<_> = steps[..count].iter().map(&mut plan_filter).collect();
        let mut entries: Vec<Entry<S>> = self.queue.drain(..count).collect();
        for (at, (step, filter)) in steps.into_iter().zip(filters).enumerate() {
            let entry = &mut entries[(step.plan.number - first) as usize];
            let propagated = offsets.get(at).map_or(&[][..], Vec::as_slice);
            let picture = self.planned_picture(step, entry, propagated, filter);
            self.planned.push_back(picture);
        }
        self.keys.insert(0, self.structure.next - 1);
        self.keys.truncate(2);
        self.store.forget(self.structure.next.saturating_sub(PAST), &self.keys);
    }

    /// QP offsets by what later pictures gain from the blocks of each picture; none without propagation.
    fn propagated(&self, steps: &[Step]) -> Vec<Vec<f32>> {
        if self.config.propagation <= 0.0 {
            return Vec::new();
        }
        let own: Vec<Vec<f32>> = steps
            .iter()
            .map(|s| self.store.picture(s.plan.number).aq.iter().map(|aq| (-aq / 3.0).exp2()).collect())
            .collect();
        let position = |number: u64| steps.iter().position(|s| s.plan.number == number);
        let links: Vec<Link<'_>> = steps
            .iter()
            .zip(&own)
            .map(|(step, own)| Link {
                prediction: (!step.job.1.is_empty()).then(|| self.store.predicted(&step.job)),
                references: step
                    .job
                    .1
                    .iter()
                    .map(|&to| (position(to), self.store.found(step.job.0, to)))
                    .collect(),
                qp: self.config.expected_qp
                    + cascade::with_propagation(
                        &step.plan,
                        self.config.expected_qp,
                        1.0,
                        self.config.propagation,
                    ),
                own,
            })
            .collect();
        propagate::propagate(self.grid, &links, self.config.propagation)
    }
}

/// Number of the picture with picture order count `poc` in the same coded video sequence as `plan`.
fn number_of(plan: &PicturePlan, poc: i32) -> u64 {
    plan.number.saturating_add_signed(i64::from(poc) - i64::from(plan.poc))
}

/// The next mini-GOP with the references to look at: the nearest of each list, or the two nearest of equal lists.
fn next_steps<S: Sample>(structure: &mut Structure, known: &mut Known<'_, S>) -> Vec<Step> {
    let (plans, is_scene_start) = structure.advance(known);
    let first = structure.next - plans.len() as u64;
    let step = |plan: PicturePlan| {
        let mut references: Vec<u64> = Vec::new();
        for rank in 0..2 {
            for list in &plan.lists {
                let number = list.get(rank).map(|&poc| number_of(&plan, poc));
                references.extend(number.filter(|n| !references.contains(n) && known.store.has(*n)));
            }
        }
        references.truncate(2);
        Step { is_scene_start: is_scene_start && plan.number == first, job: (plan.number, references), plan }
    };
    plans.into_iter().map(step).collect()
}
