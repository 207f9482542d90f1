//! What motion vector prediction needs to know of the slice and of the prediction unit.

use rivus_syntax::ps::Pps;
use rivus_syntax::slice_header::{SliceSegmentHeader, SliceType};

use super::field::MotionField;
use super::{Motion, NO_REF};
use crate::ctu::maps::{CtuMaps, at};
use crate::ctu::record::{CodingUnit, PartMode, PredictionUnit};
use crate::ref_lists::RefList;

/// Reference pictures and prediction parameters of a slice, as motion vector prediction sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SliceMotion {
    /// PicOrderCntVal of the current picture.
    pub poc: i32,
    /// slice_type is B.
    pub is_b: bool,
    /// MaxNumMergeCand, 1..=5 (7-53).
    pub max_num_merge_cand: u8,
    /// Log2ParMrgLevel, 2..=CtbLog2SizeY (7-37).
    pub log2_par_mrg_level: u8,
    /// `collocated_from_l0_flag`, inferred to be 1 in P slices.
    pub collocated_from_l0_flag: bool,
    /// Identity ([`Motion::ref_pic`]) of ColPic; none if `slice_temporal_mvp_enabled_flag` is 0.
    pub collocated: Option<u8>,
    num_ref_idx_active: [u8; 2],
    ref_poc: [[i32; 16]; 2],
    ref_pic: [[u8; 16]; 2],
    long_term: [u16; 2],
    no_backward_pred: bool,
}

impl SliceMotion {
    /// Parameters of a slice of the picture `poc` without reference pictures; see [`Self::set_list`].
    pub fn new(poc: i32, is_b: bool) -> Self {
        Self {
            poc,
            is_b,
            max_num_merge_cand: 5,
            log2_par_mrg_level: 2,
            collocated_from_l0_flag: true,
            collocated: None,
            num_ref_idx_active: [0; 2],
            ref_poc: [[poc; 16]; 2],
            ref_pic: [[NO_REF; 16]; 2],
            long_term: [0; 2],
            no_backward_pred: true,
        }
    }

    /// Parameters of `slice`, of picture `poc`, with these reference lists; `picture` gives picture order
    /// count and long-term marking of the picture with an identity in the lists.
    pub fn for_slice(
        slice: &SliceSegmentHeader,
        pps: &Pps,
        poc: i32,
        lists: &[RefList; 2],
        picture: impl Fn(u8) -> (i32, bool),
    ) -> Self {
        let mut motion = Self::new(poc, slice.slice_type == SliceType::B);
        for (list, entries) in lists.iter().enumerate() {
            motion.set_list(
                list,
                entries.pics().iter().map(|&pic| {
                    let (poc, is_long_term) = picture(pic);
                    (poc, pic, is_long_term)
                }),
            );
        }
        motion.max_num_merge_cand = slice.max_num_merge_cand() as u8;
        motion.log2_par_mrg_level = pps.log2_par_mrg_level() as u8;
        motion.collocated_from_l0_flag = slice.collocated_from_l0_flag;
        let list = !slice.collocated_from_l0_flag as usize;
        let coded = slice.slice_temporal_mvp_enabled_flag
            && (slice.collocated_ref_idx as usize) < motion.num_ref_idx_active(list);
        motion.collocated = coded.then(|| motion.ref_pic(list, slice.collocated_ref_idx as i8));
        motion
    }

    /// Sets RefPicList`list`: per active index the picture order count, the identity of the picture
    /// ([`Motion::ref_pic`]) and whether it is marked "used for long-term reference". Entries after the
    /// sixteenth are ignored.
    pub fn set_list(&mut self, list: usize, refs: impl IntoIterator<Item = (i32, u8, bool)>) {
        let mut n = 0;
        self.long_term[list] = 0;
        for (poc, id, is_long_term) in refs.into_iter().take(16) {
            self.ref_poc[list][n] = poc;
            self.ref_pic[list][n] = id;
            self.long_term[list] |= u16::from(is_long_term) << n;
            n += 1;
        }
        self.num_ref_idx_active[list] = n as u8;
        self.no_backward_pred = (0..2)
            .all(|l| self.ref_poc[l][..self.num_ref_idx_active[l] as usize].iter().all(|&p| p <= self.poc));
    }

    /// Number of active entries of RefPicList`list`, 0..=16.
    #[inline]
    pub const fn num_ref_idx_active(&self, list: usize) -> usize {
        self.num_ref_idx_active[list] as usize
    }

    /// Picture order count of the reference picture `ref_idx`.
    #[inline]
    pub const fn ref_poc(&self, list: usize, ref_idx: i8) -> i32 {
        // The mask proves the index; indices of conforming motion are 0..=15.
        self.ref_poc[list][(ref_idx & 15) as usize]
    }

    /// Identity of the reference picture `ref_idx`: [`Motion::ref_pic`].
    #[inline]
    pub const fn ref_pic(&self, list: usize, ref_idx: i8) -> u8 {
        self.ref_pic[list][(ref_idx & 15) as usize]
    }

    /// LongTermRefPic(currPic, currPb, refIdx, LX) of 8.5.3.2.7.
    #[inline]
    pub const fn is_long_term(&self, list: usize, ref_idx: i8) -> bool {
        self.long_term[list] >> (ref_idx & 15) & 1 != 0
    }

    /// NoBackwardPredFlag (8.5.3.2.9): no reference picture follows the current picture in output order.
    #[inline]
    pub const fn no_backward_pred(&self) -> bool {
        self.no_backward_pred
    }
}

/// A slice together with the motion of its collocated picture.
#[derive(Clone, Copy, Debug)]
pub struct MotionCtx<'a> {
    /// The slice.
    pub slice: &'a SliceMotion,
    /// Motion of ColPic; none if `slice_temporal_mvp_enabled_flag` is 0.
    pub col: Option<&'a MotionField>,
}

/// Where a prediction unit lies, in units of 4 luma samples from the CTU's top-left corner.
///
/// Every prediction block edge is a multiple of four samples, so nothing is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PuGeometry {
    /// Left edge of the coding unit.
    pub cu_x: i8,
    /// Top edge of the coding unit.
    pub cu_y: i8,
    /// Size of the coding unit, 2..=16.
    pub cu_size: i8,
    /// Left edge.
    pub x: i8,
    /// Top edge.
    pub y: i8,
    /// Width, 1..=16.
    pub w: i8,
    /// Height, 1..=16.
    pub h: i8,
    /// `partIdx`.
    pub part_idx: u8,
    /// Partitioning of the coding unit.
    pub part_mode: PartMode,
}

impl PuGeometry {
    /// Geometry of `pu`, a prediction unit of `cu`.
    #[inline]
    pub fn new(cu: &CodingUnit, pu: &PredictionUnit) -> Self {
        Self {
            cu_x: (cu.x / 4) as i8,
            cu_y: (cu.y / 4) as i8,
            cu_size: 1 << (cu.log2_size - 2),
            x: (pu.x / 4) as i8,
            y: (pu.y / 4) as i8,
            w: (pu.w / 4) as i8,
            h: (pu.h / 4) as i8,
            part_idx: pu.part_idx,
            part_mode: cu.part_mode,
        }
    }

    /// Geometry of part `part_idx` of a coding unit of `1 << log2_size` samples at sample (`x`, `y`) of the
    /// CTU.
    #[inline]
    pub fn of_part((x, y): (u8, u8), log2_size: u8, part_mode: PartMode, part_idx: usize) -> Self {
        let rect = part_mode.part_rect(1 << log2_size, part_idx);
        let units = |samples: u8| (samples / 4) as i8;
        Self {
            cu_x: units(x),
            cu_y: units(y),
            cu_size: 1 << (log2_size - 2),
            x: units(x + rect.x),
            y: units(y + rect.y),
            w: units(rect.w),
            h: units(rect.h),
            part_idx: part_idx as u8,
            part_mode,
        }
    }

    /// The coding unit as a single prediction unit.
    #[inline]
    pub(crate) fn whole_cu(&self) -> Self {
        Self {
            x: self.cu_x,
            y: self.cu_y,
            w: self.cu_size,
            h: self.cu_size,
            part_idx: 0,
            part_mode: PartMode::Part2Nx2N,
            ..*self
        }
    }

    /// 6.4.2: motion of the unit (`nx`, `ny`) if it is available as a neighbouring prediction block.
    ///
    /// Inside the coding unit only the earlier prediction units count; the one exception among the five
    /// neighbour positions is the second of four, whose below-left neighbour is the third.
    #[inline]
    pub(crate) fn neighbour<'m>(&self, maps: &'m CtuMaps, nx: i8, ny: i8) -> Option<&'m Motion> {
        let (dx, dy) = (nx - self.cu_x, ny - self.cu_y);
        let same_cu = dx >= 0 && dy >= 0 && dx < self.cu_size && dy < self.cu_size;
        let available = if same_cu {
            !(self.part_mode == PartMode::PartNxN && self.part_idx == 1 && dy >= self.h && dx < self.w)
        } else {
            maps.available(self.x as isize, self.y as isize, nx as isize, ny as isize)
        };
        if !available {
            return None;
        }
        Some(&maps.motion[at(nx as isize, ny as isize)]).filter(|motion| motion.is_inter())
    }
}
