//! Reference picture set: which earlier pictures a picture keeps, and which of them it uses (8.3.2).
//!
//! This file computes picture order counts only; [`crate::dpb`] finds the pictures that have them.

use rivus_syntax::Result;
use rivus_syntax::ps::{ShortTermRefPicSet, StRefPic};
use rivus_syntax::slice_header::LongTermRefPics;

/// PocLtCurr or PocLtFoll entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongTermPoc {
    /// The whole picture order count if `msb_present`, else only its LSBs.
    pub poc: i32,
    /// CurrDeltaPocMsbPresentFlag or FollDeltaPocMsbPresentFlag.
    pub msb_present: bool,
}

impl LongTermPoc {
    /// Whether a reference picture with count `poc` is the one meant. `max_lsb` is MaxPicOrderCntLsb.
    pub fn matches(&self, poc: i32, max_lsb: i32) -> bool {
        if self.msb_present { poc == self.poc } else { poc & (max_lsb - 1) == self.poc }
    }
}

/// A reference picture set in picture order counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReferencePictureSet {
    /// PocStCurrBefore: used by the current picture, earlier in output order, nearest first.
    pub st_curr_before: Vec<i32>,
    /// PocStCurrAfter: used by the current picture, later in output order, nearest first.
    pub st_curr_after: Vec<i32>,
    /// PocStFoll: only kept for following pictures.
    pub st_foll: Vec<i32>,
    /// PocLtCurr.
    pub lt_curr: Vec<LongTermPoc>,
    /// PocLtFoll.
    pub lt_foll: Vec<LongTermPoc>,
}

impl ReferencePictureSet {
    /// 8.3.2: the set of picture `poc` from its short-term and long-term entries; an IDR picture has none of
    /// either. `log2_max_pic_order_cnt_lsb` is 4..=16.
    pub fn derive(
        poc: i32,
        short_term: &ShortTermRefPicSet,
        long_term: &LongTermRefPics,
        log2_max_pic_order_cnt_lsb: u8,
    ) -> Self {
        let mut set = Self::default();
        for (pics, curr) in [
            (short_term.negative(), &mut set.st_curr_before),
            (short_term.positive(), &mut set.st_curr_after),
        ] {
            for pic in pics {
                let list = if pic.used_by_curr_pic { &mut *curr } else { &mut set.st_foll };
                list.push(poc.wrapping_add(pic.delta_poc));
            }
        }
        let max_lsb = 1i32 << log2_max_pic_order_cnt_lsb;
        for pic in &long_term.pics {
            let lsb = pic.poc_lsb_lt as i32 & (max_lsb - 1);
            let msb_present = pic.delta_poc_msb_present_flag;
            let value = if msb_present {
                let msb = poc.wrapping_sub(poc & (max_lsb - 1));
                msb.wrapping_sub((pic.delta_poc_msb_cycle_lt as i32).wrapping_mul(max_lsb)).wrapping_add(lsb)
            } else {
                lsb
            };
            let list = if pic.used_by_curr_pic_lt { &mut set.lt_curr } else { &mut set.lt_foll };
            list.push(LongTermPoc { poc: value, msb_present });
        }
        set
    }

    /// NumPicTotalCurr (7-55), without the current picture as its own reference.
    pub fn num_pic_total_curr(&self) -> usize {
        self.st_curr_before.len() + self.st_curr_after.len() + self.lt_curr.len()
    }
}

/// The reverse of the short-term part of 8.3.2, for an encoder: the set of picture `poc` that keeps the
/// pictures given as (picture order count, used by the current picture). The current picture itself, if
/// listed, is left out.
///
/// # Errors
/// If there are more pictures than a set holds, one occurs twice, or distances are beyond 2^15.
pub fn short_term_set(poc: i32, keep: &[(i32, bool)]) -> Result<ShortTermRefPicSet> {
    let side = |sign: i32| {
        let entry = |&(p, used_by_curr_pic): &(i32, bool)| StRefPic {
            delta_poc: p.wrapping_sub(poc),
            used_by_curr_pic,
        };
        let mut pics: Vec<_> = keep.iter().map(entry).filter(|pic| pic.delta_poc.signum() == sign).collect();
        pics.sort_by_key(|pic| pic.delta_poc.unsigned_abs());
        pics
    };
    ShortTermRefPicSet::new(&side(-1), &side(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rivus_syntax::slice_header::LongTermRefPic;
    use std::collections::BTreeMap;

    #[test]
    fn long_term_counts_with_and_without_msb() {
        let entry = |poc_lsb_lt, msb: Option<u32>, used_by_curr_pic_lt| LongTermRefPic {
            poc_lsb_lt,
            used_by_curr_pic_lt,
            delta_poc_msb_present_flag: msb.is_some(),
            delta_poc_msb_cycle_lt: msb.unwrap_or(0),
            ..LongTermRefPic::default()
        };
        let pics = vec![entry(9, Some(1), true), entry(9, None, true), entry(2, Some(0), false)];
        // MaxPicOrderCntLsb 16, current 0x35: MSB 0x30. One cycle back with LSB 9 is 0x29.
        let set = ReferencePictureSet::derive(
            0x35,
            &short_term_set(0x35, &[(0x32, false), (0x34, true), (0x37, true), (0x35, true)]).unwrap(),
            &LongTermRefPics { pics },
            4,
        );
        assert_eq!(set.st_curr_before, [0x34]);
        assert_eq!(set.st_curr_after, [0x37]);
        assert_eq!(set.st_foll, [0x32]);
        assert_eq!(set.lt_curr[0], LongTermPoc { poc: 0x29, msb_present: true });
        assert_eq!(set.lt_curr[1], LongTermPoc { poc: 9, msb_present: false });
        assert_eq!(set.lt_foll, [LongTermPoc { poc: 0x32, msb_present: true }]);
        assert_eq!(set.num_pic_total_curr(), 4);
        assert!(set.lt_curr[1].matches(0x19, 16) && !set.lt_curr[0].matches(0x19, 16));
    }

    proptest! {
        /// What an encoder wants to keep is what a decoder derives, nearest pictures first.
        #[test]
        fn short_term_round_trip(
            poc in -100i32..1000,
            deltas in prop::collection::btree_map(-20i32..20, any::<bool>(), 0..10),
        ) {
            let keep: Vec<_> = deltas.iter().map(|(&d, &used)| (poc + d, used)).collect();
            let short_term = short_term_set(poc, &keep).unwrap();
            let set = ReferencePictureSet::derive(poc, &short_term, &LongTermRefPics::default(), 8);
            prop_assert!(set.st_curr_before.is_sorted_by(|a, b| a > b));
            prop_assert!(set.st_curr_after.is_sorted());
            prop_assert!(set.st_curr_before.iter().all(|&p| p < poc));
            prop_assert!(set.st_curr_after.iter().all(|&p| p > poc));
            let mut found: BTreeMap<i32, bool> = BTreeMap::new();
            found.extend(set.st_curr_before.iter().chain(&set.st_curr_after).map(|&p| (p - poc, true)));
            found.extend(set.st_foll.iter().map(|&p| (p - poc, false)));
            let mut wanted = deltas;
            wanted.remove(&0);
            prop_assert_eq!(found, wanted);
        }
    }
}
