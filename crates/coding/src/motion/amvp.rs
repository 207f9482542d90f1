//! Motion vector prediction for explicitly coded motion (AMVP; 8.5.3.2.6, 8.5.3.2.7).

use super::{Motion, MotionCtx, Mv, PuGeometry, temporal};
use crate::ctu::maps::CtuMaps;

/// 8.5.3.2.6: predictor candidates 0..=`up_to` (0 or 1, as `mvp_lX_flag`) for picture `ref_idx` of list
/// `list`.
///
/// With `up_to` 0 the second entry is unspecified and costs nothing.
pub fn candidates(
    ctx: &MotionCtx,
    maps: &CtuMaps,
    pu: &PuGeometry,
    list: usize,
    ref_idx: i8,
    up_to: usize,
) -> [Mv; 2] {
    Neighbours::new(maps, pu).candidates(ctx, maps, pu, list, ref_idx, up_to)
}

/// The spatial neighbours of a prediction unit; the same for all lists and reference indices, so an encoder
/// that tries several fetches them once.
#[derive(Clone, Copy, Debug)]
pub struct Neighbours<'m> {
    /// A0 (below left), A1 (left).
    left: [Option<&'m Motion>; 2],
    /// B0 (above right), B1 (above), B2 (above left).
    above: [Option<&'m Motion>; 3],
}

impl<'m> Neighbours<'m> {
    /// Fetches the neighbours of `pu` (figure 8-4).
    #[inline]
    pub fn new(maps: &'m CtuMaps, pu: &PuGeometry) -> Self {
        let &PuGeometry { x, y, w, h, .. } = pu;
        let get = |nx, ny| pu.neighbour(maps, nx, ny);
        Self {
            left: [get(x - 1, y + h), get(x - 1, y + h - 1)],
            above: [get(x + w, y - 1), get(x + w - 1, y - 1), get(x - 1, y - 1)],
        }
    }

    /// As the function [`candidates`]; `maps` and `pu` are those of [`Self::new`].
    pub fn candidates(
        &self,
        ctx: &MotionCtx,
        maps: &CtuMaps,
        pu: &PuGeometry,
        list: usize,
        ref_idx: i8,
        up_to: usize,
    ) -> [Mv; 2] {
        let target = Target::new(ctx, list, ref_idx);
        let mut result = [Mv::ZERO; 2];
        let mut len = 0;
        // isScaledFlagLX
        let has_left = self.left.iter().any(Option::is_some);
        let a = if has_left {
            first(&self.left, |motion| target.same_picture(motion))
                .or_else(|| first(&self.left, |motion| target.scaled(motion)))
        } else {
            first(&self.above, |motion| target.same_picture(motion))
        };
        if let Some(mv) = a {
            result[0] = mv;
            len = 1;
            if up_to == 0 {
                return result;
            }
        }
        // Scaling vectors from above only if nothing lies to the left bounds the work to one scaling per
        // list.
        let b = if has_left {
            first(&self.above, |motion| target.same_picture(motion))
        } else {
            first(&self.above, |motion| target.scaled(motion))
        };
        if let Some(mv) = b.filter(|_| a != b) {
            result[len] = mv;
            len += 1;
        }
        if len <= up_to
            && let Some(mv) = temporal::candidate(ctx, maps, pu, list, ref_idx)
        {
            result[len] = mv;
        }
        result
    }
}

#[inline]
fn first(neighbours: &[Option<&Motion>], mut vector: impl FnMut(&Motion) -> Option<Mv>) -> Option<Mv> {
    neighbours.iter().flatten().find_map(|motion| vector(motion))
}

/// The reference picture a vector is to be predicted for.
struct Target<'a> {
    ctx: &'a MotionCtx<'a>,
    list: usize,
    poc: i32,
    long_term: bool,
}

impl<'a> Target<'a> {
    fn new(ctx: &'a MotionCtx<'a>, list: usize, ref_idx: i8) -> Self {
        let slice = ctx.slice;
        Self { ctx, list, poc: slice.ref_poc(list, ref_idx), long_term: slice.is_long_term(list, ref_idx) }
    }

    /// The neighbour's vector to the very same picture, whichever list it comes from.
    #[inline]
    fn same_picture(&self, motion: &Motion) -> Option<Mv> {
        [self.list, 1 - self.list].into_iter().find_map(|list| {
            let ref_idx = motion.ref_idx[list];
            (ref_idx >= 0 && self.ctx.slice.ref_poc(list, ref_idx) == self.poc).then_some(motion.mv[list])
        })
    }

    /// The neighbour's vector to any picture of the same kind; scaled to the distance of the target if both
    /// are short-term reference pictures.
    #[inline]
    fn scaled(&self, motion: &Motion) -> Option<Mv> {
        let slice = self.ctx.slice;
        [self.list, 1 - self.list].into_iter().find_map(|list| {
            let ref_idx = motion.ref_idx[list];
            if ref_idx < 0 || slice.is_long_term(list, ref_idx) != self.long_term {
                return None;
            }
            let mv = motion.mv[list];
            if self.long_term {
                return Some(mv);
            }
            let td = slice.poc.wrapping_sub(slice.ref_poc(list, ref_idx));
            Some(temporal::scale(mv, slice.poc.wrapping_sub(self.poc), td))
        })
    }
}
