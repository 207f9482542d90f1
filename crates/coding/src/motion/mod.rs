//! Motion data and its prediction (8.5.3.2).
//!
//! [`MotionCtx`] is what a slice contributes, [`PuGeometry`] and the CTU-local maps what a prediction unit
//! does; [`merge`] and [`amvp`] build the candidate lists from them, [`temporal`] the collocated candidates
//! of both, and [`field`] keeps the motion of finished pictures. [`derive_pu`] ties them together for a coded
//! prediction unit.
//!
//! The motion map holds [`Motion::INTRA`] in every unit that is not inter predicted: whoever reconstructs (or
//! tries) an intra coding unit writes it there, see [`store`]. Nothing here allocates.

pub mod amvp;
mod ctx;
pub mod field;
pub mod merge;
pub mod temporal;

pub use ctx::{MotionCtx, PuGeometry, SliceMotion};

use crate::ctu::maps::CtuMaps;
use crate::ctu::record::{CodingUnit, PredictionUnit};

/// A motion vector in quarter luma samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
#[allow(missing_docs)]
pub struct Mv {
    pub x: i16,
    pub y: i16,
}

impl Mv {
    /// The zero vector.
    pub const ZERO: Self = Self { x: 0, y: 0 };

    /// A vector of `x`, `y` quarter samples.
    pub const fn new(x: i16, y: i16) -> Self {
        Self { x, y }
    }

    /// Sum modulo 2^16 per component, as 8.5.3.2.1 adds a difference to its predictor (8-94 to 8-97).
    #[must_use]
    pub const fn wrapping_add(self, other: Self) -> Self {
        Self { x: self.x.wrapping_add(other.x), y: self.y.wrapping_add(other.y) }
    }

    /// Difference modulo 2^16 per component: the MVD that turns `other` into `self`.
    #[must_use]
    pub const fn wrapping_sub(self, other: Self) -> Self {
        Self { x: self.x.wrapping_sub(other.x), y: self.y.wrapping_sub(other.y) }
    }
}

/// `Motion::ref_pic` of an unused list.
pub const NO_REF: u8 = 0xff;

/// Motion of a prediction block: the result of 8.5.3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Motion {
    /// MvL0, MvL1; zero where the list is unused.
    pub mv: [Mv; 2],
    /// RefIdxL0, RefIdxL1; -1 where the list is unused.
    pub ref_idx: [i8; 2],
    /// Identity of the reference pictures within the current picture, the same for all its slices (index into
    /// its table of reference pictures); [`NO_REF`] where unused. Deblocking and the comparison of combined
    /// candidates use it, since `ref_idx` means something else in every slice.
    pub ref_pic: [u8; 2],
}

impl Default for Motion {
    fn default() -> Self {
        Self::INTRA
    }
}

impl Motion {
    /// No motion: intra, or not available.
    pub const INTRA: Self = Self { mv: [Mv::ZERO; 2], ref_idx: [-1; 2], ref_pic: [NO_REF; 2] };

    /// predFlagLX.
    #[inline]
    pub const fn uses(&self, list: usize) -> bool {
        self.ref_idx[list] >= 0
    }

    /// Both lists used.
    #[inline]
    pub const fn is_bi(&self) -> bool {
        self.ref_idx[0] >= 0 && self.ref_idx[1] >= 0
    }

    /// At least one list used.
    #[inline]
    pub const fn is_inter(&self) -> bool {
        self.ref_idx[0] >= 0 || self.ref_idx[1] >= 0
    }

    /// Makes list `list` point to `mv` in its picture `ref_idx`, an active index of `slice`.
    #[inline]
    pub fn set(&mut self, slice: &SliceMotion, list: usize, ref_idx: i8, mv: Mv) {
        self.mv[list] = mv;
        self.ref_idx[list] = ref_idx;
        self.ref_pic[list] = slice.ref_pic(list, ref_idx);
    }

    /// Stops using list `list`.
    #[inline]
    pub const fn clear(&mut self, list: usize) {
        self.mv[list] = Mv::ZERO;
        self.ref_idx[list] = -1;
        self.ref_pic[list] = NO_REF;
    }
}

/// 8.5.3.2.1: motion vectors and reference indices of a prediction unit as coded.
///
/// `maps` must hold the motion of all earlier prediction units, those of the same coding unit included: call
/// [`store`] after each. Reference indices of `pu` must be active ones of the slice, as the parser ensures.
pub fn derive_pu(ctx: &MotionCtx, maps: &CtuMaps, cu: &CodingUnit, pu: &PredictionUnit) -> Motion {
    let geometry = PuGeometry::new(cu, pu);
    if pu.merge_flag {
        return merge::candidate(ctx, maps, &geometry, pu.merge_idx);
    }
    let mut motion = Motion::INTRA;
    for list in 0..2 {
        if pu.pred_lists >> list & 1 == 0 {
            continue;
        }
        let (ref_idx, which) = (pu.ref_idx[list].max(0), pu.mvp_flag[list] as usize);
        let predictor = amvp::candidates(ctx, maps, &geometry, list, ref_idx, which)[which];
        motion.set(ctx.slice, list, ref_idx, predictor.wrapping_add(pu.mvd[list]));
    }
    motion
}

/// Writes `motion` over the prediction unit (or intra coding unit, with [`Motion::INTRA`]) of `w` x `h` luma
/// samples at (`x`, `y`) of the CTU.
#[inline]
pub fn store(maps: &mut CtuMaps, (x, y): (u8, u8), (w, h): (u8, u8), motion: Motion) {
    let units = |samples: u8| samples as usize / 4;
    CtuMaps::fill(&mut maps.motion, (units(x), units(y)), (units(w), units(h)), motion);
}

#[cfg(test)]
mod tests;
