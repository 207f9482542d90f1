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
    /// What the caller wants pictures to be, from number `first` on.
    pub wished: &'a [Option<PictureKind>],
    /// Number of the first of them.
    pub first: u64,
    /// From this number to `end` all pictures are known.
    pub start: u64,
    /// Number after the last known picture.
    pub end: u64,
}

impl<S: Sample> Known<'_, S> {
    /// What the caller wants picture `number` to be.
    fn wish(&self, number: u64) -> Option<PictureKind> {
        let index = number.checked_sub(self.first)?;
        let wish = (*self.wished.get(usize::try_from(index).ok()?)?)?;
        // Only open groups have pictures that lead a random access point.
        let closed = wish == PictureKind::Cra && !self.config.open_gop;
        Some(if closed { PictureKind::Idr } else { wish })
    }

    /// Whether the caller wants picture `number` to be the last of its group, if it is not an IDR picture, which is alone.
    fn is_wished_key(&self, number: u64) -> bool {
        matches!(self.wish(number), Some(PictureKind::Cra | PictureKind::I | PictureKind::P))
    }
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
        let wish = known.wish(first);
        let is_forced = first == 0 || wish == Some(PictureKind::Idr);
        let is_due = to_key <= 1 && !known.config.open_gop;
        let plans = if is_forced || is_due || (is_cut && since_key >= u64::from(known.config.min_keyint)) {
            vec![self.gop.idr(first)]
        } else if is_cut && !known.is_wished_key(first) {
            self.gop.mini_gop(first, 1, PictureKind::I)
        } else {
            let limit = if known.config.open_gop { to_key.max(1) } else { to_key - 1 };
            let count = self.length(known, limit);
            let kind = match known.wish(first + count - 1) {
                _ if count == to_key => PictureKind::Cra,
                Some(wish) => wish,
                None => PictureKind::B,
            };
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
        let mut end = self.next + 1;
        while end < self.next + most
            && !known.is_wished_key(end - 1)
            && known.wish(end) != Some(PictureKind::Idr)
            && !self.is_cut(known, end)
        {
            end += 1;
        }
        let is_wished_b = |count: &u64| known.wish(self.next + count - 1) == Some(PictureKind::B);
        let count = end - self.next;
        let count = (1..=count).rev().find(|count| !is_wished_b(count)).unwrap_or(count);
        if !known.config.adaptive_mini_gop || self.next == 0 {
            return count;
        }
        let mut costs = Measured { store: known.store, before: self.next - 1 };
        let shorter = mini_gop::length(count as usize, &mut costs) as u64;
        let wished = &known.wished[(self.next - known.first) as usize..];
        if wished[shorter as usize - 1] == Some(PictureKind::B) { count } else { shorter }
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
    fn prepare(&mut self, pairs: &[(usize, usize)]) {
        let number = |picture: usize| self.before + picture as u64;
        let pairs: Vec<(u64, u64)> = pairs.iter().map(|&(from, to)| (number(from), number(to))).collect();
        self.store.find_motion(&pairs);
    }

    fn one(&mut self, picture: usize, reference: usize) -> f64 {
        self.store.field(self.before + picture as u64, self.before + reference as u64).cost as f64
    }

    fn two(&mut self, picture: usize, past: usize, future: usize) -> f64 {
        let references = [past, future].map(|n| self.before + n as u64).to_vec();
        self.store.prediction(&(self.before + picture as u64, references)).cost as f64
    }
}
