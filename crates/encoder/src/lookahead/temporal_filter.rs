//! Which pictures go through the temporal filter, and with which others.

use super::scene_cut::{self, Suspect};
use super::store::Store;
use super::{LookaheadConfig, Step};
use crate::mctf::{MOST, Neighbour, TemporalFilter};
use rivus_picture::Sample;
use std::sync::Arc;

/// Fewest pictures that a filtered one must serve: those of its mini-GOP, or from a random access point to the next.
const SERVED: usize = 4;

/// What a neighbour must save of the cost of intra prediction to count as the same scene.
const ALIKE: f64 = 0.25;

/// Whether the picture of `step`, in a mini-GOP of `count` pictures, is filtered. It must serve enough others, and pictures of
/// higher layers gain nothing.
fn is_wanted(config: &LookaheadConfig, step: &Step, count: usize) -> bool {
    let served = if step.plan.kind.is_random_access() { config.max_keyint as usize } else { count };
    config.mctf && step.plan.layer == 0 && served >= SERVED
}

/// Pairs of pictures whose motion [`plan`] asks for if those on both sides are alike.
pub(super) fn pairs<S: Sample>(
    config: &LookaheadConfig,
    store: &Store<S>,
    step: &Step,
    count: usize,
) -> Vec<(u64, u64)> {
    if !is_wanted(config, step, count) {
        return Vec::new();
    }
    let number = step.plan.number;
    let half = MOST as u64 / 2;
    let around = number.saturating_sub(half)..=number + half;
    around.filter(|&other| other != number && store.has(other)).map(|other| (number, other)).collect()
}

/// What the picture of `step`, in a mini-GOP of `count` pictures, is filtered with; none if nothing before picture `end` is
/// like it, or if it is not to be filtered.
pub(super) fn plan<S: Sample>(
    config: &LookaheadConfig,
    store: &mut Store<S>,
    step: &Step,
    count: usize,
    end: u64,
) -> Option<TemporalFilter<S>> {
    if !is_wanted(config, step, count) {
        return None;
    }
    let number = step.plan.number;
    let (half, most) = (MOST as u64 / 2, MOST as u64);
    let mut past = alike(store, number, end, -1, half);
    let mut future = alike(store, number, end, 1, half);
    let both = !past.is_empty() && !future.is_empty();
    if past.is_empty() {
        future = alike(store, number, end, 1, most);
    } else if future.is_empty() {
        past = alike(store, number, end, -1, most);
    }
    let neighbours: Vec<Neighbour<S>> = [past, future]
        .concat()
        .into_iter()
        .map(|other| Neighbour {
            picture: Arc::clone(&store.picture(other).source),
            vectors: store.found(number, other).vectors.clone(),
            distance: number.abs_diff(other) as usize,
        })
        .collect();
    (!neighbours.is_empty()).then(|| TemporalFilter { grid: store.picture(number).grid, neighbours, both })
}

/// Up to `most` pictures before or after (`side` -1 or 1) picture `number`, nearest first, up to the first that shows something
/// else, or `end`.
fn alike<S: Sample>(store: &mut Store<S>, number: u64, end: u64, side: i64, most: u64) -> Vec<u64> {
    let is_alike = |other: &u64| {
        if *other >= end || !store.has(*other) {
            return false;
        }
        let inter = store.field(number, *other).cost;
        let picture = store.picture(number);
        let suspect = Suspect { inter, intra: picture.intra_sum };
        !scene_cut::is_cut(suspect, None, ALIKE, picture.grid.count())
    };
    let others = (1..=most as i64).map_while(|distance| number.checked_add_signed(side * distance));
    others.take_while(is_alike).collect()
}
