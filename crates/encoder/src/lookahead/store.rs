//! The pictures the lookahead knows, with the motion and predictions found so far. Nothing is searched twice.

use super::cost::{self, Prediction};
use super::lowres::{Analysed, BLOCK, Grid};
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
    /// See [`super::LookaheadConfig::search_above`].
    search_above: u32,
    pictures: BTreeMap<u64, Analysed<S>>,
    /// Motion of the first picture towards the second.
    fields: BTreeMap<(u64, u64), Field>,
    predictions: BTreeMap<Job, Prediction>,
}

impl<S: Sample> Store<S> {
    /// An empty store.
    pub fn new(kernels: &'static Kernels<S>, search_above: u32) -> Self {
        let (pictures, fields, predictions) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { kernels, search_above, pictures, fields, predictions }
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
        let found = self.search(pairs);
        self.keep(found);
    }

    /// Searches all pairs that are not known yet, on the current rayon pool, for [`Self::keep`].
    pub fn search(&self, pairs: &[(u64, u64)]) -> Vec<((u64, u64), Field)> {
        let missing: Vec<(u64, u64)> =
            pairs.iter().filter(|p| !self.fields.contains_key(p)).copied().collect();
        let search = |(from, to): (u64, u64)| {
            let (picture, other) = (&self.pictures[&from], &self.pictures[&to]);
            let chain = self.chain(from, to);
            let field = motion::search(picture, other, self.kernels, self.search_above, |bx, by| {
                chain.follow(bx, by)
            });
            ((from, to), field)
        };
        missing.into_par_iter().map(search).collect()
    }

    /// Keeps motion found by [`Self::search`].
    pub fn keep(&mut self, found: Vec<((u64, u64), Field)>) {
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

    /// The way from picture `from` to `to` along the motion between neighbouring pictures, as far as it is known.
    fn chain(&self, from: u64, to: u64) -> Chain<'_> {
        let step = |picture: u64| self.fields.get(&(picture, picture - 1)).map(|field| &field.vectors[..]);
        let steps = if to < from {
            (to + 1..=from).rev().filter_map(step).collect()
        } else {
            (from + 1..=to).filter_map(step).collect()
        };
        Chain { grid: self.pictures[&from].grid, sign: if to < from { 1 } else { -1 }, steps }
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

/// Motion from picture to picture.
struct Chain<'a> {
    grid: Grid,
    /// -1 where the way leads against the motion.
    sign: i32,
    /// Vectors of each picture's blocks towards the picture before it, in the order of the way.
    steps: Vec<&'a [Mv]>,
}

impl Chain<'_> {
    /// Where the way takes the block in column `bx` and row `by`.
    fn follow(&self, bx: usize, by: usize) -> Mv {
        const UNITS: i32 = 4 * BLOCK as i32;
        let start = [bx, by].map(|at| at as i32 * UNITS + UNITS / 2);
        let mut at = start;
        for vectors in &self.steps {
            let column = (at[0] / UNITS).clamp(0, self.grid.width as i32 - 1) as usize;
            let row = (at[1] / UNITS).clamp(0, self.grid.height as i32 - 1) as usize;
            let mv = vectors[row * self.grid.width + column];
            at[0] += self.sign * i32::from(mv.x);
            at[1] += self.sign * i32::from(mv.y);
        }
        let [x, y] = [0, 1].map(|i| (at[i] - start[i]).clamp(-0x7fff, 0x7fff) as i16);
        Mv { x, y }
    }
}
