//! Motion-compensated temporal filter of the pictures that others are predicted from.
//!
//! Noise in a key picture costs bits there and is carried into all pictures predicted from it. A mean along the motion
//! over the pictures around it has less of it. See `docs/encoder/mctf.md`.

mod blend;
mod search;
#[cfg(test)]
mod tests;

use crate::lookahead::lowres::Grid;
use rivus_coding::motion::Mv;
use rivus_kernels::Kernels;
use rivus_kernels::temporal::MAX_NEIGHBOURS;
use rivus_picture::{Picture, Sample};
use std::sync::Arc;

/// Most pictures looked at: half of them on each side, or all on one side if the other shows something else.
pub const MOST: usize = MAX_NEIGHBOURS;

/// A picture around the one to be filtered.
#[derive(Clone, Debug)]
pub struct Neighbour<S: Sample> {
    /// The picture.
    pub picture: Arc<Picture<S>>,
    /// Motion towards it by blocks of 16x16 in raster order, in half samples.
    pub vectors: Vec<Mv>,
    /// Distance in pictures, 1..=[`MOST`].
    pub distance: usize,
}

/// What a picture is filtered with, known before its QP is.
#[derive(Clone, Debug)]
pub struct TemporalFilter<S: Sample> {
    /// Its blocks.
    pub grid: Grid,
    /// One to [`MOST`] pictures around it.
    pub neighbours: Vec<Neighbour<S>>,
    /// There are some on both sides.
    pub both: bool,
}

impl<S: Sample> TemporalFilter<S> {
    /// `picture` filtered, in the memory of `filtered`, a picture of the same format. Work is done on the current rayon pool.
    pub fn run(
        &self,
        picture: &Picture<S>,
        strength: Strength,
        kernels: &'static Kernels<S>,
        filtered: Picture<S>,
    ) -> Picture<S> {
        blend::Filter::new(picture, self, strength, kernels).run(self.grid, filtered)
    }
}

/// Factor on the weights of neighbours at strength 1: one that is next to the picture weighs about as much as the picture itself.
const FULL: f64 = 3.0;

/// How strongly a picture is filtered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strength {
    /// Factor on the weights of neighbours.
    pub weight: f64,
    /// Standard deviation of the differences between samples that are taken for noise, luma and chroma, in samples at 8 bit.
    pub sigma: [f64; 2],
    /// Mean squared error of a prediction that quantisation hides, at 8 bit.
    pub hidden: f64,
}

impl Strength {
    /// That of a picture of a sequence coded at `qp`, times `factor`; `None` where filtering does not pay. Distortion is
    /// judged against the unfiltered picture, so what quantisation would keep must not be filtered away: nothing at QP 10
    /// and below.
    pub fn new(factor: f64, qp: f64) -> Option<Self> {
        let weight = FULL * factor * ((qp - 10.0) / 10.0).clamp(0.0, 1.0);
        let luma = 0.75 * (qp - 10.0);
        let step = ((qp - 4.0) / 6.0).exp2();
        let hidden = step * step / 128.0;
        (weight > 0.0).then_some(Self { weight, sigma: [luma, 7.5], hidden })
    }
}
