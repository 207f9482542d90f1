//! st_ref_pic_set() (clauses 7.3.7 and 7.4.8).

use crate::bits::{BitReader, BitWriter};
use crate::error::{Error, Result, in_range};

/// Most pictures a short-term reference picture set holds: MaxDpbSize is at most 16.
pub const MAX_ST_REF_PICS: usize = 16;

/// One short-term reference picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct StRefPic {
    /// Its picture order count minus that of the current picture; not 0.
    pub delta_poc: i32,
    /// used_by_curr_pic_s0_flag or _s1_flag: the current picture itself may refer to it.
    pub used_by_curr_pic: bool,
}

/// A short-term reference picture set: DeltaPocS0, UsedByCurrPicS0, DeltaPocS1 and UsedByCurrPicS1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ShortTermRefPicSet {
    /// Preceding pictures, nearest first, then following pictures, nearest first.
    pics: [StRefPic; MAX_ST_REF_PICS],
    num_negative_pics: u8,
    num_positive_pics: u8,
    coding: RpsCoding,
}

/// How a set is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RpsCoding {
    /// Picture by picture.
    #[default]
    Explicit,
    /// inter_ref_pic_set_prediction_flag: from another set.
    Predicted(PredictedRps),
}

/// The syntax elements of a set predicted from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PredictedRps {
    /// delta_idx_minus1: how far back the other set is; 0 except in slice headers.
    pub delta_idx_minus1: u8,
    /// deltaRps, not 0.
    pub delta_rps: i32,
    /// (used_by_curr_pic_flag, use_delta_flag) for each picture of the other set and one for that itself.
    flags: [(bool, bool); MAX_ST_REF_PICS + 1],
}

impl ShortTermRefPicSet {
    /// A set written picture by picture. `negative` and `positive` are ordered from the nearest picture on.
    ///
    /// # Errors
    /// [`Error::Malformed`] if there are more than [`MAX_ST_REF_PICS`], or the distances do not grow.
    pub fn new(negative: &[StRefPic], positive: &[StRefPic]) -> Result<Self> {
        let grows = |pics: &[StRefPic], sign: i32| {
            let mut previous = 0;
            pics.iter().all(|p| {
                let farther =
                    p.delta_poc.checked_mul(sign).is_some_and(|d| (1..=1 << 15).contains(&(d - previous)));
                previous = p.delta_poc.wrapping_mul(sign);
                farther
            })
        };
        if !grows(negative, -1) || !grows(positive, 1) {
            return Err(Error::Malformed {
                element: "st_ref_pic_set",
                what: "distances do not grow by 1..=2^15",
            });
        }
        let mut set = Self::default();
        negative.iter().try_for_each(|&p| set.push(p))?;
        positive.iter().try_for_each(|&p| set.push(p))?;
        Ok(set)
    }

    /// Appends a picture; all negative ones come before the positive ones.
    fn push(&mut self, pic: StRefPic) -> Result<()> {
        let slot = self.pics.get_mut(usize::from(self.num_negative_pics + self.num_positive_pics));
        *slot.ok_or(Error::Malformed { element: "st_ref_pic_set", what: "more than 16 pictures" })? = pic;
        if pic.delta_poc < 0 {
            self.num_negative_pics += 1;
        } else {
            self.num_positive_pics += 1;
        }
        Ok(())
    }

    /// All pictures: those before the current one in output order, nearest first, then those after it,
    /// nearest first. NumDeltaPocs is the length.
    pub fn pics(&self) -> &[StRefPic] {
        &self.pics[..usize::from(self.num_negative_pics + self.num_positive_pics)]
    }

    /// Set S0: the pictures before the current one in output order, nearest first.
    pub fn negative(&self) -> &[StRefPic] {
        &self.pics[..usize::from(self.num_negative_pics)]
    }

    /// Set S1: the pictures after the current one in output order, nearest first.
    pub fn positive(&self) -> &[StRefPic] {
        &self.pics()[usize::from(self.num_negative_pics)..]
    }

    /// NumNegativePics.
    pub const fn num_negative_pics(&self) -> u8 {
        self.num_negative_pics
    }

    /// NumPositivePics.
    pub const fn num_positive_pics(&self) -> u8 {
        self.num_positive_pics
    }

    /// Number of pictures the current picture itself may refer to.
    pub fn num_used_by_curr_pic(&self) -> usize {
        self.pics().iter().filter(|p| p.used_by_curr_pic).count()
    }

    /// How the set was or will be written.
    pub const fn coding(&self) -> &RpsCoding {
        &self.coding
    }

    /// The set `coding` derives from `source` (equations 7-61 and 7-62).
    ///
    /// # Errors
    /// [`Error::Malformed`] if it has more than 16 pictures.
    fn predicted(source: &Self, coding: PredictedRps) -> Result<Self> {
        let mut set = Self { coding: RpsCoding::Predicted(coding), ..Self::default() };
        let num_negative = usize::from(source.num_negative_pics);
        let count = source.pics().len();
        // Candidate `j`: picture j of the source seen from here, or the source's own picture for j = count.
        let candidate = |j: usize| {
            let delta_poc = source.pics().get(j).map_or(0, |p| p.delta_poc) + coding.delta_rps;
            let (used_by_curr_pic, use_delta) = coding.flags[j];
            use_delta.then_some(StRefPic { delta_poc, used_by_curr_pic })
        };
        let negative = (num_negative..count).rev().chain([count]).chain(0..num_negative);
        for pic in negative.filter_map(candidate).filter(|p| p.delta_poc < 0) {
            set.push(pic)?;
        }
        let positive = (0..num_negative).rev().chain([count]).chain(num_negative..count);
        for pic in positive.filter_map(candidate).filter(|p| p.delta_poc > 0) {
            set.push(pic)?;
        }
        Ok(set)
    }

    /// 7.3.7: st_ref_pic_set(`sets.len()`) after the sets parsed before it; `in_slice_header` if stRpsIdx
    /// equals num_short_term_ref_pic_sets.
    ///
    /// # Errors
    /// If the data ends early or an element is out of range.
    pub(crate) fn parse(r: &mut BitReader<'_>, sets: &[Self], in_slice_header: bool) -> Result<Self> {
        if !sets.is_empty() && r.read_flag()? {
            return Self::parse_predicted(r, sets, in_slice_header);
        }
        let mut set = Self::default();
        let max = MAX_ST_REF_PICS as u8;
        let num_negative_pics = r.read_ue8("num_negative_pics", max)?;
        let num_positive_pics = r.read_ue8("num_positive_pics", max - num_negative_pics)?;
        for (count, sign) in [(num_negative_pics, -1), (num_positive_pics, 1)] {
            let mut delta_poc = 0;
            for _ in 0..count {
                delta_poc += sign * (r.read_ue_max("delta_poc_sX_minus1", (1 << 15) - 1)? as i32 + 1);
                set.push(StRefPic { delta_poc, used_by_curr_pic: r.read_flag()? })?;
            }
        }
        Ok(set)
    }

    fn parse_predicted(r: &mut BitReader<'_>, sets: &[Self], in_slice_header: bool) -> Result<Self> {
        let delta_idx_minus1 =
            if in_slice_header { r.read_ue_max("delta_idx_minus1", sets.len() as u32 - 1)? as u8 } else { 0 };
        let negative = r.read_flag()?;
        let abs_delta_rps = r.read_ue_max("abs_delta_rps_minus1", (1 << 15) - 1)? as i32 + 1;
        let mut coding = PredictedRps {
            delta_idx_minus1,
            delta_rps: if negative { -abs_delta_rps } else { abs_delta_rps },
            flags: Default::default(),
        };
        let source = &sets[sets.len() - 1 - usize::from(delta_idx_minus1)];
        for flags in &mut coding.flags[..=source.pics().len()] {
            let used_by_curr_pic_flag = r.read_flag()?;
            *flags = (used_by_curr_pic_flag, used_by_curr_pic_flag || r.read_flag()?);
        }
        let set = Self::predicted(source, coding)?;
        let reach = set.pics().iter().map(|p| p.delta_poc.unsigned_abs()).max().unwrap_or(0);
        in_range("DeltaPocS0 or DeltaPocS1", reach.into(), 0, 1 << 20)?;
        Ok(set)
    }

    /// 7.3.7: the counterpart of [`Self::parse`]. `sets` are those written before.
    pub(crate) fn write(&self, w: &mut BitWriter, sets: &[Self], in_slice_header: bool) {
        if !sets.is_empty() {
            w.write_flag(matches!(self.coding, RpsCoding::Predicted(_)));
        }
        match &self.coding {
            RpsCoding::Predicted(coding) => {
                if in_slice_header {
                    w.write_ue(coding.delta_idx_minus1.into());
                }
                w.write_flag(coding.delta_rps < 0);
                w.write_ue(coding.delta_rps.unsigned_abs() - 1);
                let source =
                    sets.len().checked_sub(1 + usize::from(coding.delta_idx_minus1)).map(|i| &sets[i]);
                for &(used_by_curr_pic_flag, use_delta_flag) in
                    &coding.flags[..=source.map_or(0, |s| s.pics().len())]
                {
                    w.write_flag(used_by_curr_pic_flag);
                    if !used_by_curr_pic_flag {
                        w.write_flag(use_delta_flag);
                    }
                }
            }
            RpsCoding::Explicit => {
                w.write_ue(self.num_negative_pics.into());
                w.write_ue(self.num_positive_pics.into());
                for pics in [self.negative(), self.positive()] {
                    let mut previous = 0;
                    for pic in pics {
                        w.write_ue((pic.delta_poc - previous).unsigned_abs() - 1);
                        w.write_flag(pic.used_by_curr_pic);
                        previous = pic.delta_poc;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pic(delta_poc: i32, used_by_curr_pic: bool) -> StRefPic {
        StRefPic { delta_poc, used_by_curr_pic }
    }

    /// Sets written picture by picture.
    pub(crate) fn explicit_set() -> impl Strategy<Value = ShortTermRefPicSet> {
        let steps =
            || prop::collection::vec((prop_oneof![3 => 1..5, 1 => 1..=1 << 15], any::<bool>()), 0..=8);
        (steps(), steps()).prop_map(|(negative, positive)| {
            let accumulate = |steps: Vec<(i32, bool)>, sign: i32| {
                let mut delta = 0;
                let pics: Vec<_> = steps
                    .into_iter()
                    .map(|(step, used)| {
                        delta += sign * step;
                        pic(delta, used)
                    })
                    .collect();
                pics
            };
            ShortTermRefPicSet::new(&accumulate(negative, -1), &accumulate(positive, 1)).unwrap()
        })
    }

    /// Lists of sets as an SPS has them, some predicted from the one before.
    pub(crate) fn sets(max: usize) -> impl Strategy<Value = Vec<ShortTermRefPicSet>> {
        let prediction = prop::option::of((1i32..20, any::<bool>(), any::<[(bool, bool); 17]>()));
        prop::collection::vec((explicit_set(), prediction), 0..=max).prop_map(|items| {
            let mut sets: Vec<ShortTermRefPicSet> = vec![];
            for (explicit, prediction) in items {
                let predicted = sets.last().zip(prediction).and_then(|(source, (abs, negative, flags))| {
                    let mut coding = PredictedRps {
                        delta_idx_minus1: 0,
                        delta_rps: if negative { -abs } else { abs },
                        flags: Default::default(),
                    };
                    let count = source.pics().len() + 1;
                    coding.flags[..count].copy_from_slice(&flags[..count]);
                    coding.flags[..count].iter_mut().for_each(|f| f.1 |= f.0);
                    ShortTermRefPicSet::predicted(source, coding).ok()
                });
                sets.push(predicted.unwrap_or(explicit));
            }
            sets
        })
    }

    proptest! {
        #[test]
        fn round_trip(sets in sets(8)) {
            let mut w = BitWriter::new();
            (0..sets.len()).for_each(|i| sets[i].write(&mut w, &sets[..i], false));
            let bits = w.bit_len();
            let bytes = w.into_bytes();
            let mut r = BitReader::new(&bytes);
            let mut parsed = vec![];
            for _ in 0..sets.len() {
                parsed.push(ShortTermRefPicSet::parse(&mut r, &parsed, false).unwrap());
            }
            prop_assert_eq!(parsed, sets);
            prop_assert_eq!(r.bit_position(), bits);
        }

        /// Derived sets keep the order the explicit form requires: distances grow.
        #[test]
        fn predicted_sets_are_ordered(sets in sets(8)) {
            for set in &sets {
                prop_assert!(set.negative().windows(2).all(|p| p[0].delta_poc > p[1].delta_poc));
                prop_assert!(set.positive().windows(2).all(|p| p[0].delta_poc < p[1].delta_poc));
                prop_assert!(set.negative().iter().all(|p| p.delta_poc < 0));
                prop_assert!(set.positive().iter().all(|p| p.delta_poc > 0));
            }
        }

        #[test]
        fn any_bits_parse_or_fail(bytes in prop::collection::vec(any::<u8>(), 0..40), sets in sets(3)) {
            let _ = ShortTermRefPicSet::parse(&mut BitReader::new(&bytes), &sets, true);
        }
    }

    #[test]
    fn prediction_shifts_the_source() {
        let source = ShortTermRefPicSet::new(&[pic(-1, true), pic(-3, true)], &[pic(2, true)]).unwrap();
        let mut flags = [(false, false); 17];
        flags[..4].copy_from_slice(&[(true, true), (false, true), (true, true), (true, true)]);
        let coding = PredictedRps { delta_idx_minus1: 0, delta_rps: -2, flags };
        let set = ShortTermRefPicSet::predicted(&source, coding).unwrap();
        // 2 - 2 = 0 is the current picture itself and drops out.
        assert_eq!(set.negative(), [pic(-2, true), pic(-3, true), pic(-5, false)]);
        assert_eq!(set.positive(), []);
    }

    #[test]
    fn unordered_or_too_many_pictures_are_refused() {
        assert!(ShortTermRefPicSet::new(&[pic(-2, true), pic(-1, true)], &[]).is_err());
        assert!(ShortTermRefPicSet::new(&[], &[pic(-1, true)]).is_err());
        let many: Vec<_> = (1..=17).map(|d| pic(d, true)).collect();
        assert!(ShortTermRefPicSet::new(&[], &many).is_err());
        assert!(ShortTermRefPicSet::new(&[], &many[..16]).is_ok());
        assert!(ShortTermRefPicSet::new(&[pic(i32::MIN, true)], &[]).is_err());
    }
}
