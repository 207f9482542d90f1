//! Where mini-GOPs end and what their key pictures are: keyframe intervals, scene cuts, wishes of the caller, motion.

use super::LookaheadConfig;
use super::gop::{GopBuilder, PictureKind, PicturePlan};
use super::mini_gop::{self, Costs};
use super::scene_cut::{self, Suspect};
use super::store::Store;
use rivus_picture::Sample;

/// Longest flash in pictures.
pub const FLASH: u64 = 3;

/// How far the structure is decided. Copies explore what comes after.
#[derive(Clone)]
pub struct Structure {
    gop: GopBuilder,
    /// Number of the first picture without a plan.
    pub next: u64,
    /// Number of the last keyframe.
    last_key: u64,
}

/// What the structure is decided from.
pub struct Known<'a, S: Sample> {
    /// Options.
    pub config: &'a LookaheadConfig,
    /// Pictures up to `end`, and the key pictures before.
    pub store: &'a mut Store<S>,
    /// Numbers of pictures that the caller wants to be keyframes, in order.
    pub forced: &'a [u64],
    /// From this number to `end` all pictures are known.
    pub start: u64,
    /// Number after the last known picture.
    pub end: u64,
}

impl Structure {
    /// The structure before the first picture.
    pub fn new(config: &LookaheadConfig) -> Self {
        Self { gop: GopBuilder::new(config.limits), next: 0, last_key: 0 }
    }

    /// Plans the next mini-GOP, in coding order; tells whether its first picture in display order begins a scene.
    pub fn advance<S: Sample>(&mut self, known: &mut Known<'_, S>) -> (Vec<PicturePlan>, bool) {
        let first = self.next;
        let since_key = first - self.last_key;
        let to_key = (u64::from(known.config.max_keyint) + 1).saturating_sub(since_key);
        let is_cut = first > 0 && self.is_cut(known, first);
        let is_forced = first == 0 || known.forced.contains(&first);
        let is_due = to_key <= 1 && !known.config.open_gop;
        let plans = if is_forced || is_due || (is_cut && since_key >= u64::from(known.config.min_keyint)) {
            vec![self.gop.idr(first)]
        } else if is_cut {
            self.gop.mini_gop(first, 1, PictureKind::I)
        } else {
            let limit = if known.config.open_gop { to_key.max(1) } else { to_key - 1 };
            let count = self.length(known, limit);
            let kind = if count == to_key { PictureKind::Cra } else { PictureKind::B };
            self.gop.mini_gop(first, count as usize, kind)
        };
        if let Some(key) = plans.iter().find(|plan| plan.kind.is_random_access()) {
            self.last_key = key.number;
        }
        self.next += plans.len() as u64;
        (plans, is_cut || first == 0)
    }

    /// The number of pictures of the next mini-GOP, at most `limit`.
    fn length<S: Sample>(&self, known: &mut Known<'_, S>, limit: u64) -> u64 {
        let most = limit.min(known.config.longest_mini_gop as u64).min(known.end - self.next);
        let breaks = |n: &u64| known.forced.contains(n) || self.is_cut(known, *n);
        let end = (self.next + 1..self.next + most).find(breaks).unwrap_or(self.next + most);
        let count = end - self.next;
        if !known.config.adaptive_mini_gop || self.next == 0 {
            return count;
        }
        let mut costs = Measured { store: known.store, before: self.next - 1 };
        mini_gop::length(count as usize, &mut costs) as u64
    }

    fn is_cut<S: Sample>(&self, known: &mut Known<'_, S>, number: u64) -> bool {
        let config = known.config;
        if config.scene_cut == 0 || !known.store.has(number - 1) {
            return false;
        }
        let bias =
            scene_cut::bias(config.scene_cut, number - self.last_key, config.min_keyint, config.max_keyint);
        let blocks = known.store.picture(number).grid.count();
        let mut suspect = |(picture, before): (u64, u64)| Suspect {
            inter: known.store.field(picture, before).cost,
            intra: known.store.picture(picture).intra_sum,
        };
        let picture = suspect((number, number - 1));
        // If a picture after this one or this one itself goes on from one before, this is the middle or the end of a flash.
        let after = number..(number + 1 + FLASH).min(known.end);
        let before = (known.start..number).rev().take(FLASH as usize);
        let across = before.flat_map(|before| after.clone().map(move |after| (after, before)));
        scene_cut::is_cut(picture, across.map(suspect), bias, blocks)
    }
}

/// Costs of predictions among the pictures after `before`.
struct Measured<'a, S: Sample> {
    store: &'a mut Store<S>,
    before: u64,
}

impl<S: Sample> Costs for Measured<'_, S> {
    fn one(&mut self, picture: usize, reference: usize) -> f64 {
        self.store.field(self.before + picture as u64, self.before + reference as u64).cost as f64
    }

    fn two(&mut self, picture: usize, past: usize, future: usize) -> f64 {
        let references = [past, future].map(|n| self.before + n as u64).to_vec();
        self.store.prediction(&(self.before + picture as u64, references)).cost as f64
    }
}
