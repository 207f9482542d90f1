//! Motion compensation: predictions of one block from one or two reference pictures (8.5.3.3.3, 8.5.3.3.4).

use std::sync::Arc;

use rivus_coding::motion::{Motion, Mv};
use rivus_kernels::{Kernels, MC_STRIDE};
use rivus_picture::{Block, BlockMut, PictureFormat, Sample, SharedPicture};

use super::weighted::PredWeights;
use super::wide;
use crate::tile::CtuTile;

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

/// Buffers of one worker: two predictions in 14 bits.
#[derive(Clone, Debug)]
pub struct InterScratch {
    pred: [Box<[i16; MC_STRIDE * 64]>; 2],
}

impl Default for InterScratch {
    fn default() -> Self {
        Self { pred: std::array::from_fn(|_| Box::new([0; MC_STRIDE * 64])) }
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
    mut dst: BlockMut<'_, S>,
    plane: usize,
    pos: (u32, u32),
    motion: &Motion,
    format: &PictureFormat,
    refs: &[Arc<SharedPicture<S>>],
    weights: Option<&PredWeights>,
    kernels: &Kernels<S>,
    scratch: &mut InterScratch,
) -> Result<(), MissingReference> {
    let weights = weights.filter(|w| w.matters(motion, plane));
    let bit_depth = format.bit_depth(plane);
    let (w, h) = (dst.width(), dst.height());
    let (before, extra) = margins(plane);
    let source = |list: usize| -> Result<(Block<'_, S>, Position), MissingReference> {
        let missing = MissingReference { ref_pic: motion.ref_pic[list] };
        let picture =
            refs.get(usize::from(missing.ref_pic)).filter(|r| r.format() == format).ok_or(missing)?;
        let at = Position::new(pos, motion.mv[list], plane, format);
        let block =
            picture.block(plane, at.x - before, at.y - before, w + extra, h + extra).ok_or(missing)?;
        Ok((block, at))
    };
    // Two equal predictions average to themselves.
    let same = motion.ref_pic[0] == motion.ref_pic[1] && motion.mv[0] == motion.mv[1];
    let both = motion.is_bi() && !(same && weights.is_none());
    let list = usize::from(!motion.uses(0));

    if bit_depth > 12 && (both || weights.is_some()) {
        let first = source(list)?;
        let second = if both { Some(source(1)?) } else { None };
        let input = |(block, at): (Block<'_, S>, Position)| {
            wide::predict(block, plane, (at.fx, at.fy), (w, h), bit_depth)
        };
        wide::combine(dst, &input(first), second.map(input).as_deref(), plane, motion, weights, bit_depth);
        return Ok(());
    }

    let (put, prep) = if plane == 0 {
        (kernels.mc_luma.put, kernels.mc_luma.prep)
    } else {
        (kernels.mc_chroma.put, kernels.mc_chroma.prep)
    };
    let (block, at) = source(list)?;
    if !both && weights.is_none() {
        put(dst, block, at.fx, at.fy, bit_depth);
        return Ok(());
    }
    let [a, b] = &mut scratch.pred;
    prep(&mut a[..], block, w, h, at.fx, at.fy, bit_depth);
    if both {
        let (block, at) = source(1)?;
        prep(&mut b[..], block, w, h, at.fx, at.fy, bit_depth);
    }
    let shift1 = 14u8.saturating_sub(bit_depth).max(2);
    match (weights, both) {
        (None, _) => (kernels.weighted.avg)(dst.rb(), &a[..], &b[..], bit_depth),
        (Some(weights), false) => {
            let e = weights.entry(motion, list, plane);
            let log2_wd = weights.denom(plane) + shift1;
            (kernels.weighted.uni)(dst.rb(), &a[..], e.weight.into(), e.offset, log2_wd, bit_depth);
        }
        (Some(weights), true) => {
            let (e0, e1) = (weights.entry(motion, 0, plane), weights.entry(motion, 1, plane));
            let log2_wd = weights.denom(plane) + shift1;
            let (w0, w1) = (e0.weight.into(), e1.weight.into());
            (kernels.weighted.bi)(dst.rb(), &a[..], &b[..], w0, w1, e0.offset, e1.offset, log2_wd, bit_depth);
        }
    }
    Ok(())
}

/// Taps of the interpolation filter of a plane before a sample, and before and behind it together.
fn margins(plane: usize) -> (isize, usize) {
    if plane == 0 { (3, 7) } else { (1, 3) }
}

/// Asks the processor for the reference samples of a prediction block at (`x`, `y`) luma samples in the picture, `w` x `h`
/// large, so that they arrive while others are predicted: they are far apart in memory, and mostly in no cache.
pub fn prefetch<S: Sample>(
    pos: (u32, u32),
    (w, h): (u8, u8),
    motion: &Motion,
    format: &PictureFormat,
    refs: &[Arc<SharedPicture<S>>],
) {
    for list in (0..2).filter(|&list| motion.uses(list)) {
        let Some(picture) = refs.get(usize::from(motion.ref_pic[list])) else { continue };
        for plane in 0..format.num_planes().min(picture.format().num_planes()) {
            let (sx, sy) = format.chroma.plane_shifts(plane);
            let (before, extra) = margins(plane);
            let at = Position::new(pos, motion.mv[list], plane, format);
            let (w, h) = (usize::from(w >> sx) + extra, usize::from(h >> sy) + extra);
            if let Some(block) = picture.block(plane, at.x - before, at.y - before, w, h) {
                block.prefetch();
            }
        }
    }
}

/// Predicts all planes of a prediction block into the tile of the CTU at `ctu` (luma position in the picture). The block is at
/// (`x`, `y`) in the CTU and `w` x `h` luma samples large.
pub fn compensate<S: Sample>(
    tile: &mut CtuTile<S>,
    ctu: (u32, u32),
    (x, y, w, h): (u8, u8, u8, u8),
    motion: &Motion,
    refs: &[Arc<SharedPicture<S>>],
    weights: Option<&PredWeights>,
    kernels: &Kernels<S>,
    scratch: &mut InterScratch,
) -> Result<(), MissingReference> {
    let format = *tile.format();
    let pos = (ctu.0 + u32::from(x), ctu.1 + u32::from(y));
    for plane in 0..format.num_planes() {
        let (sx, sy) = format.chroma.plane_shifts(plane);
        let (x, y) = (usize::from(x) >> sx, usize::from(y) >> sy);
        let (w, h) = (usize::from(w) >> sx, usize::from(h) >> sy);
        let dst = tile.block_mut(plane, x, y, w, h);
        compensate_block(dst, plane, pos, motion, &format, refs, weights, kernels, scratch)?;
    }
    Ok(())
}
