//! Motion compensation: predictions of one block from one or two reference pictures (8.5.3.3.3, 8.5.3.3.4).

use std::sync::Arc;

use rivus_coding::motion::{Motion, Mv};
use rivus_kernels::{Kernels, MC_STRIDE};
use rivus_picture::{Block, BlockMut, PictureFormat, Sample, SharedPicture};

use super::weighted::PredWeights;
use super::wide;
use crate::samples::CtuSamples;

/// A prediction block refers to a picture that is not there, has another format, or has not published the rows it needs.
/// Only damaged streams and broken schedulers get here; the block keeps its old samples in the planes not yet predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingReference {
    /// Index into the picture's table of reference pictures.
    pub ref_pic: u8,
}

impl std::fmt::Display for MissingReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "reference picture {} is missing or incomplete", self.ref_pic)
    }
}

impl std::error::Error for MissingReference {}

/// Buffers of one worker.
#[derive(Clone, Debug)]
pub struct InterScratch<S> {
    /// Two predictions in 14 bits.
    pred: [Box<[i16; MC_STRIDE * 64]>; 2],
    /// What they are made from, where that reaches far outside the reference picture.
    outside: [Vec<S>; 2],
}

impl<S> Default for InterScratch<S> {
    fn default() -> Self {
        Self {
            pred: std::array::from_fn(|_| Box::new([0; MC_STRIDE * 64])),
            outside: std::array::from_fn(|_| vec![]),
        }
    }
}

/// Position of a motion vector in a plane: full samples, and the fraction in the unit of the plane's kernel.
#[derive(Clone, Copy)]
struct Position {
    x: isize,
    y: isize,
    fx: u8,
    fy: u8,
}

impl Position {
    /// 8.5.3.3.3.1 for a block at (`x`, `y`) luma samples. Chroma vectors count in units of 1 / (4 * SubWidthC); the chroma
    /// filter takes eighths.
    #[inline]
    fn new((x, y): (u32, u32), mv: Mv, plane: usize, format: &PictureFormat) -> Self {
        let (sx, sy) = format.chroma.plane_shifts(plane);
        let split = |pos: u32, mv: i16, sub: u32| {
            let mv = i32::from(mv);
            let fraction = mv & ((4 << sub) - 1);
            let eighths = if plane == 0 { 0 } else { 1 - sub };
            ((pos >> sub) as isize + (mv >> (2 + sub)) as isize, (fraction << eighths) as u8)
        };
        let ((x, fx), (y, fy)) = (split(x, mv.x, sx), split(y, mv.y, sy));
        Self { x, y, fx, fy }
    }
}

/// 8.5.3.3: predicts one plane of a prediction block into `dst`, whose size is the block's in that plane.
///
/// (`x`, `y`) is the block's position in the picture in luma samples. `refs` is indexed by `Motion::ref_pic`. `weights` are given
/// if the slice uses explicit weighting.
pub fn compensate_block<S: Sample>(
    dst: BlockMut<'_, S>,
    plane: usize,
    pos: (u32, u32),
    motion: &Motion,
    format: &PictureFormat,
    refs: &[Arc<SharedPicture<S>>],
    weights: Option<&PredWeights>,
    kernels: &Kernels<S>,
    scratch: &mut InterScratch<S>,
) -> Result<(), MissingReference> {
    Prediction::new(pos, motion, format, refs, weights, kernels)?.plane(dst, plane, scratch)
}

/// A prediction block with its reference pictures looked up, to be predicted plane by plane.
struct Prediction<'a, S: Sample> {
    pos: (u32, u32),
    motion: &'a Motion,
    format: &'a PictureFormat,
    /// The list of the only prediction, or 0.
    list: usize,
    /// Reference picture of `list`, and of list 1 for two predictions.
    pictures: (&'a SharedPicture<S>, Option<&'a SharedPicture<S>>),
    weights: Option<&'a PredWeights>,
    kernels: &'a Kernels<S>,
}

impl<'a, S: Sample> Prediction<'a, S> {
    fn new(
        pos: (u32, u32),
        motion: &'a Motion,
        format: &'a PictureFormat,
        refs: &'a [Arc<SharedPicture<S>>],
        weights: Option<&'a PredWeights>,
        kernels: &'a Kernels<S>,
    ) -> Result<Self, MissingReference> {
        let picture = |list: usize| -> Result<&'a SharedPicture<S>, MissingReference> {
            let ref_pic = motion.ref_pic[list];
            let picture = refs.get(usize::from(ref_pic)).filter(|picture| picture.format() == format);
            picture.map(|picture| &**picture).ok_or(MissingReference { ref_pic })
        };
        let list = usize::from(!motion.uses(0));
        let second = if motion.is_bi() { Some(picture(1)?) } else { None };
        Ok(Self { pos, motion, format, list, pictures: (picture(list)?, second), weights, kernels })
    }

    /// The samples that the prediction of a plane from one list reads, and the fractions of the vector.
    ///
    /// Always inline: the result would go through memory, which the processor reads back before it is there.
    #[inline(always)]
    fn source<'b>(
        &self,
        list: usize,
        picture: &'b SharedPicture<S>,
        plane: usize,
        (w, h): (usize, usize),
        outside: &'b mut Vec<S>,
    ) -> Result<Source<'b, S>, MissingReference> {
        let (before, extra) = margins(plane);
        let Position { x, y, fx, fy } = Position::new(self.pos, self.motion.mv[list], plane, self.format);
        match picture.block_or_copy(plane, x - before, y - before, w + extra, h + extra, outside) {
            Some(block) => Ok(Source { block, fx, fy }),
            None => Err(MissingReference { ref_pic: self.motion.ref_pic[list] }),
        }
    }

    /// Predicts one plane into `dst`.
    fn plane(
        &self,
        dst: BlockMut<'_, S>,
        plane: usize,
        scratch: &mut InterScratch<S>,
    ) -> Result<(), MissingReference> {
        let Self { motion, list, .. } = *self;
        let weights = self.weights.filter(|w| w.matters(motion, plane));
        let bit_depth = self.format.bit_depth(plane);
        let size = (dst.width(), dst.height());
        let InterScratch { pred, outside: [outside_a, outside_b] } = scratch;
        let first = self.source(list, self.pictures.0, plane, size, outside_a)?;
        // Two equal predictions average to themselves.
        let same = motion.ref_pic[0] == motion.ref_pic[1] && motion.mv[0] == motion.mv[1];
        let second = match self.pictures.1 {
            Some(picture) if !same || weights.is_some() => {
                Some(self.source(1, picture, plane, size, outside_b)?)
            }
            _ => None,
        };
        if bit_depth > 12 && (second.is_some() || weights.is_some()) {
            let input = |s: Source<'_, S>| wide::predict(s.block, plane, (s.fx, s.fy), size, bit_depth);
            let (first, second) = (input(first), second.map(input));
            wide::combine(dst, &first, second.as_deref(), plane, motion, weights, bit_depth);
            return Ok(());
        }
        let kernels = self.kernels;
        let (put, prep, avg) = match plane {
            0 => (kernels.mc_luma.put, kernels.mc_luma.prep, kernels.mc_luma.avg),
            _ => (kernels.mc_chroma.put, kernels.mc_chroma.prep, kernels.mc_chroma.avg),
        };
        let prepare = |out: &mut [i16], Source { block, fx, fy }: Source<'_, S>| {
            prep(out, block, size.0, size.1, fx, fy, bit_depth);
        };
        let [a, b] = pred.each_mut().map(|pred| &mut pred[..]);
        let log2_wd = |weights: &PredWeights| weights.denom(plane) + 14u8.saturating_sub(bit_depth).max(2);
        match (weights, second) {
            (None, None) => put(dst, first.block, first.fx, first.fy, bit_depth),
            (None, Some(second)) if first.is_full_sample() && second.is_full_sample() => {
                (kernels.weighted.mean)(dst, first.samples(plane, size), second.samples(plane, size));
            }
            (None, Some(second)) => {
                prepare(a, first);
                avg(dst, a, second.block, second.fx, second.fy, bit_depth);
            }
            (Some(weights), None) => {
                prepare(a, first);
                let e = weights.entry(motion, list, plane);
                (kernels.weighted.uni)(dst, a, e.weight.into(), e.offset, log2_wd(weights), bit_depth);
            }
            (Some(weights), Some(second)) => {
                prepare(a, first);
                prepare(b, second);
                let [e0, e1] = [0, 1].map(|list| weights.entry(motion, list, plane));
                let (w0, w1, log2_wd) = (e0.weight.into(), e1.weight.into(), log2_wd(weights));
                (kernels.weighted.bi)(dst, a, b, w0, w1, e0.offset, e1.offset, log2_wd, bit_depth);
            }
        }
        Ok(())
    }
}

/// What one prediction of a plane is made from.
#[derive(Clone, Copy)]
struct Source<'a, S> {
    block: Block<'a, S>,
    fx: u8,
    fy: u8,
}

impl<'a, S: Sample> Source<'a, S> {
    fn is_full_sample(&self) -> bool {
        (self.fx, self.fy) == (0, 0)
    }

    /// The samples at the position of the vector, without those that only a filter reads.
    fn samples(&self, plane: usize, (w, h): (usize, usize)) -> Block<'a, S> {
        let before = margins(plane).0 as usize;
        self.block.sub(before, before, w, h)
    }
}

/// Taps of the interpolation filter of a plane before a sample, and before and behind it together.
fn margins(plane: usize) -> (isize, usize) {
    if plane == 0 { (3, 7) } else { (1, 3) }
}

/// Predicts all planes of a prediction block into the CTU at `ctu` (luma position in the picture). The block is at
/// (`x`, `y`) in the CTU and `w` x `h` luma samples large.
pub fn compensate<S: Sample>(
    samples: &mut impl CtuSamples<S>,
    ctu: (u32, u32),
    (x, y, w, h): (u8, u8, u8, u8),
    motion: &Motion,
    refs: &[Arc<SharedPicture<S>>],
    weights: Option<&PredWeights>,
    kernels: &Kernels<S>,
    scratch: &mut InterScratch<S>,
) -> Result<(), MissingReference> {
    let format = *samples.format();
    let pos = (ctu.0 + u32::from(x), ctu.1 + u32::from(y));
    let prediction = Prediction::new(pos, motion, &format, refs, weights, kernels)?;
    for plane in 0..format.num_planes() {
        let (sx, sy) = format.chroma.plane_shifts(plane);
        let (x, y) = (usize::from(x) >> sx, usize::from(y) >> sy);
        let (w, h) = (usize::from(w) >> sx, usize::from(h) >> sy);
        prediction.plane(samples.block_mut(plane, x, y, w, h), plane, scratch)?;
    }
    Ok(())
}
