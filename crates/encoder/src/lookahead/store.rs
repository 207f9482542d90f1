//! The pictures the lookahead knows, with the motion and predictions found so far. Nothing is searched twice.

use super::cost::{self, Prediction};
use super::lowres::{Analysed, BLOCK};
use super::motion::{self, Field};
use super::weights::{self, Weights};
use rayon::prelude::*;
use rivus_coding::motion::Mv;
use rivus_kernels::Kernels;
use rivus_picture::Sample;
use std::collections::BTreeMap;

/// A picture and the references it is predicted from, one or two, by number.
pub type Job = (u64, Vec<u64>);

/// Pictures by number, and what is known about pairs of them.
pub struct Store<S: Sample> {
    kernels: &'static Kernels<S>,
    pictures: BTreeMap<u64, Analysed<S>>,
    /// Motion of the first picture towards the second.
    fields: BTreeMap<(u64, u64), Field>,
    predictions: BTreeMap<Job, Prediction>,
}

impl<S: Sample> Store<S> {
    /// An empty store.
    pub fn new(kernels: &'static Kernels<S>) -> Self {
        Self { kernels, pictures: BTreeMap::new(), fields: BTreeMap::new(), predictions: BTreeMap::new() }
    }

    /// Adds the next pictures, from number `first` on, and searches the motion of each towards the one before.
    pub fn add(&mut self, first: u64, pictures: Vec<Analysed<S>>) {
        let end = first + pictures.len() as u64;
        self.pictures.extend((first..).zip(pictures));
        let pairs: Vec<_> = (first.max(1)..end)
            .map(|number| (number, number - 1))
            .filter(|(_, before)| self.pictures.contains_key(before))
            .collect();
        self.find_motion(&pairs);
    }

    /// A picture that was added and not forgotten.
    pub fn picture(&self, number: u64) -> &Analysed<S> {
        &self.pictures[&number]
    }

    /// Whether a picture is there.
    pub fn has(&self, number: u64) -> bool {
        self.pictures.contains_key(&number)
    }

    /// Motion of picture `from` towards `to`.
    pub fn field(&mut self, from: u64, to: u64) -> &Field {
        self.find_motion(&[(from, to)]);
        &self.fields[&(from, to)]
    }

    /// Motion found before.
    pub fn found(&self, from: u64, to: u64) -> &Field {
        &self.fields[&(from, to)]
    }

    /// What makes up for the brightness of picture `to` in predicting `from`, if both are known and it differs.
    pub fn weights(&self, from: u64, to: u64) -> Option<Weights> {
        match self.fields.get(&(from, to)) {
            Some(field) => field.weights,
            None => weights::between(self.pictures.get(&from)?, self.pictures.get(&to)?),
        }
    }

    /// A picture predicted from one or two others.
    pub fn prediction(&mut self, job: &Job) -> &Prediction {
        self.predict(std::slice::from_ref(job));
        &self.predictions[job]
    }

    /// A prediction made before.
    pub fn predicted(&self, job: &Job) -> &Prediction {
        &self.predictions[job]
    }

    /// Searches all pairs that are not known yet, on the current rayon pool.
    pub fn find_motion(&mut self, pairs: &[(u64, u64)]) {
        let missing: Vec<(u64, u64)> =
            pairs.iter().filter(|p| !self.fields.contains_key(p)).copied().collect();
        let search = |&(from, to): &(u64, u64)| {
            let (picture, other) = (&self.pictures[&from], &self.pictures[&to]);
            let field = motion::search(picture, other, self.kernels, |bx, by| self.chain(from, to, bx, by));
            ((from, to), field)
        };
        let found: Vec<((u64, u64), Field)> = missing.par_iter().map(search).collect();
        self.fields.extend(found);
    }

    /// Makes all predictions that are not known yet, on the current rayon pool.
    pub fn predict(&mut self, jobs: &[Job]) {
        let missing: Vec<&Job> = jobs.iter().filter(|job| !self.predictions.contains_key(job)).collect();
        let pairs: Vec<(u64, u64)> =
            missing.iter().flat_map(|job| job.1.iter().map(|&to| (job.0, to))).collect();
        self.find_motion(&pairs);
        let predict = |&job: &&Job| {
            let references: Vec<_> =
                job.1.iter().map(|to| (&self.pictures[to], &self.fields[&(job.0, *to)])).collect();
            (job.clone(), cost::predict(&self.pictures[&job.0], &references, self.kernels))
        };
        let made: Vec<(Job, Prediction)> = missing.par_iter().map(predict).collect();
        self.predictions.extend(made);
    }

    /// The way of a block from picture `from` to `to` along the motion between neighbouring pictures, as far as it is known.
    fn chain(&self, from: u64, to: u64, bx: usize, by: usize) -> Mv {
        let grid = self.pictures[&from].grid;
        let units = 4 * BLOCK as i32;
        let start = [(bx as i32) * units + units / 2, (by as i32) * units + units / 2];
        let mut at = start;
        let mut follow = |picture: u64, sign: i32| {
            let Some(step) = self.fields.get(&(picture, picture - 1)) else { return };
            let column = (at[0] / units).clamp(0, grid.width as i32 - 1) as usize;
            let row = (at[1] / units).clamp(0, grid.height as i32 - 1) as usize;
            let mv = step.vectors[row * grid.width + column];
            at[0] += sign * i32::from(mv.x);
            at[1] += sign * i32::from(mv.y);
        };
        if to < from {
            (to + 1..=from).rev().for_each(|picture| follow(picture, 1));
        } else {
            (from + 1..=to).for_each(|picture| follow(picture, -1));
        }
        let [x, y] = [0, 1].map(|i| (at[i] - start[i]).clamp(-0x7fff, 0x7fff) as i16);
        Mv { x, y }
    }

    /// Forgets all before `first` but the pictures in `keys`, and what was found about it.
    pub fn forget(&mut self, first: u64, keys: &[u64]) {
        let oldest = keys.iter().copied().min().unwrap_or(first);
        self.pictures.retain(|number, _| *number >= first || keys.contains(number));
        // Motion between neighbours still leads to the oldest key picture.
        self.fields.retain(|(from, to), _| *from >= first || (*from > oldest && from - 1 == *to));
        self.predictions.retain(|(picture, _), _| *picture >= first);
    }
}
