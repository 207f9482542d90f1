//! Average bit rate: one base QP per mini-GOP, from what all mini-GOPs so far took at theirs.
//!
//! Bits are taken to go with the inverse of the quantiser step. Then `sum(bits * step) / sum(wanted bits)` is the constant
//! step that would have met the rate, and it is corrected for what was spent too much or too little. Only whole mini-GOPs
//! count, since their pictures differ in size by an order of magnitude.

use super::predictor::step;
use std::collections::VecDeque;

/// Seconds of the wanted rate that the first guess weighs.
const GUESS_SECONDS: f64 = 1.0;
/// Seconds of deviation that double or halve the step in the first second; more later, with the root of time, until
/// [`SETTLED`].
const TOLERANCE: f64 = 0.5;
/// Seconds after which the tolerance grows no more, so that a lasting error of the model costs a second at most.
const SETTLED: f64 = 9.0;
/// Seconds over which what an intra picture takes more than others is made up for.
pub const INTRA_SECONDS: f64 = 2.0;
/// Largest change of the base QP from one mini-GOP to the next.
const LARGEST_CHANGE: f64 = 4.0;
/// Largest rise of the base QP because the end is near.
const LARGEST_LAST_RAISE: f64 = 6.0;

/// A mini-GOP in coding.
#[derive(Clone, Debug)]
struct Epoch {
    /// Factor on the step for its complexity.
    weight: f64,
    base_qp: f64,
    is_intra: bool,
    /// Another rate was wanted when it began.
    is_past: bool,
    issued: u32,
    coded: u32,
    bits: f64,
}

/// More bits than wanted that are made up for picture by picture.
#[derive(Clone, Debug)]
struct Debt {
    excess: f64,
    pictures_left: f64,
}

/// See the module's description.
#[derive(Clone, Debug)]
pub struct Abr {
    /// Wanted bits per picture.
    per_picture: f64,
    fps: f64,
    /// Mini-GOPs, oldest first; the last one takes pictures.
    epochs: VecDeque<Epoch>,
    /// Sum of bits * step / weight.
    spent: f64,
    /// Sum of wanted bits.
    wanted: f64,
    /// Bits of all pictures of finished mini-GOPs.
    bits: f64,
    pictures: f64,
    debts: Vec<Debt>,
    last_qp: Option<f64>,
    /// The rate has changed since the last mini-GOP began.
    is_new_rate: bool,
}

impl Abr {
    /// Control of `rate` bit/s at `fps` pictures per second.
    pub fn new(rate: f64, fps: f64) -> Self {
        Self {
            per_picture: rate / fps,
            fps,
            epochs: VecDeque::new(),
            spent: 0.0,
            wanted: 0.0,
            bits: 0.0,
            pictures: 0.0,
            debts: Vec::new(),
            last_qp: None,
            is_new_rate: false,
        }
    }

    /// Wanted bits per picture.
    pub fn per_picture(&self) -> f64 {
        self.per_picture
    }

    /// From the next mini-GOP on `rate` bit/s are wanted. The average is taken from there on: what was spent too much or too
    /// little before is forgotten, and what was learned weighs as little as the first guess.
    pub fn change(&mut self, rate: f64) {
        let before = std::mem::replace(&mut self.per_picture, rate / self.fps);
        if self.last_qp.is_some() {
            let step = self.spent / self.wanted * (before / self.per_picture);
            self.wanted = GUESS_SECONDS * self.fps * self.per_picture;
            self.spent = self.wanted * step;
        }
        (self.bits, self.pictures) = (0.0, 0.0);
        self.debts.clear();
        self.epochs.iter_mut().for_each(|epoch| epoch.is_past = true);
        self.is_new_rate = true;
    }

    /// Begins a mini-GOP and returns its base QP. `guess` is the QP to begin with when nothing is known; `weight` is the factor
    /// its complexity has on the step. Near the end, `lowest` is the QP at which the rest takes what is left for it.
    pub fn begin(
        &mut self,
        is_intra: bool,
        is_scene_start: bool,
        weight: f64,
        guess: f64,
        lowest: f64,
    ) -> f64 {
        self.settle();
        if self.last_qp.is_none() {
            self.wanted = GUESS_SECONDS * self.fps * self.per_picture;
            self.spent = self.wanted * step(guess) / weight;
        }
        let seconds = (self.pictures / self.fps).min(SETTLED);
        let tolerance = TOLERANCE * self.fps * self.per_picture * seconds.sqrt().max(1.0);
        let debt: f64 = self.debts.iter().map(|d| d.excess * d.pictures_left).sum();
        let deviation = self.bits - debt - self.pictures * self.per_picture;
        let correction = (deviation / tolerance).clamp(-1.0, 1.0).exp2();
        let wished = 4.0 + 6.0 * (weight * self.spent / self.wanted * correction).log2();
        let base_qp = match self.last_qp {
            Some(last) if !is_scene_start && !self.is_new_rate => {
                wished.clamp(last - LARGEST_CHANGE, last + LARGEST_CHANGE)
            }
            _ => wished,
        };
        let base_qp = base_qp.max(lowest.min(base_qp + LARGEST_LAST_RAISE)).clamp(0.0, 51.0);
        self.last_qp = Some(base_qp);
        self.is_new_rate = false;
        self.epochs.push_back(Epoch {
            weight,
            base_qp,
            is_intra,
            is_past: false,
            issued: 0,
            coded: 0,
            bits: 0.0,
        });
        base_qp
    }

    /// Bits of a picture at a base QP by all that was coded so far; none before the first mini-GOP.
    pub fn expected_bits(&self, base_qp: f64) -> Option<f64> {
        self.last_qp.map(|_| self.per_picture * self.spent / self.wanted / step(base_qp))
    }

    /// What the pictures coded so far took more (positive) or less than wanted.
    pub fn excess(&self) -> f64 {
        let started = self.epochs.iter().filter(|epoch| !epoch.is_past);
        let (bits, pictures) =
            started.fold((self.bits, self.pictures), |(b, p), e| (b + e.bits, p + f64::from(e.coded)));
        bits - pictures * self.per_picture
    }

    /// A picture of the current mini-GOP goes into coding.
    pub fn issue(&mut self) {
        if let Some(epoch) = self.epochs.back_mut() {
            epoch.issued += 1;
        }
    }

    /// The oldest picture in coding is done.
    pub fn coded(&mut self, bits: f64) {
        if let Some(epoch) = self.epochs.iter_mut().find(|e| e.coded < e.issued) {
            epoch.coded += 1;
            epoch.bits += bits;
        }
    }

    /// Counts the mini-GOPs that are done.
    fn settle(&mut self) {
        while let Some(epoch) = self.epochs.front() {
            if epoch.coded < epoch.issued {
                break;
            }
            if epoch.is_past {
                self.epochs.pop_front();
                continue;
            }
            let pictures = f64::from(epoch.coded);
            for debt in &mut self.debts {
                debt.pictures_left = (debt.pictures_left - pictures).max(0.0);
            }
            self.debts.retain(|d| d.pictures_left > 0.0);
            if epoch.is_intra {
                let over = INTRA_SECONDS * self.fps;
                let excess = (epoch.bits - pictures * self.per_picture).max(0.0);
                self.debts.push(Debt { excess: excess / over, pictures_left: over });
            }
            self.spent += epoch.bits * step(epoch.base_qp) / epoch.weight;
            self.wanted += pictures * self.per_picture;
            self.bits += epoch.bits;
            self.pictures += pictures;
            self.epochs.pop_front();
        }
    }
}
