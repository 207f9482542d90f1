//! The long-term part of a slice segment header: lt_idx_sps, poc_lsb_lt, delta_poc_msb_cycle_lt
//! (clauses 7.3.6.1 and 7.4.7.1).

use super::index_len;
use crate::bits::{BitReader, BitWriter};
use crate::error::{Error, Result, in_range};
use crate::ps::Sps;

/// One long-term reference picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct LongTermRefPic {
    /// lt_idx_sps, if the entry comes from the SPS.
    pub lt_idx_sps: Option<u8>,
    /// `PocLsbLt`, below MaxPicOrderCntLsb.
    pub poc_lsb_lt: u32,
    /// `UsedByCurrPicLt`.
    pub used_by_curr_pic_lt: bool,
    /// delta_poc_msb_present_flag.
    pub delta_poc_msb_present_flag: bool,
    /// `DeltaPocMsbCycleLt` (equation 7-52), already accumulated over the entries; counts only with
    /// delta_poc_msb_present_flag. Below 2^(32 - log2 of MaxPicOrderCntLsb).
    pub delta_poc_msb_cycle_lt: u32,
}

/// The long-term reference pictures of a slice, those from the SPS first.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct LongTermRefPics {
    /// The entries, at most 16 with the short-term ones.
    pub pics: Vec<LongTermRefPic>,
}

impl LongTermRefPics {
    /// num_long_term_sps: how many of the entries come from the SPS.
    pub fn num_long_term_sps(&self) -> usize {
        self.pics.iter().take_while(|p| p.lt_idx_sps.is_some()).count()
    }

    /// Number of pictures the current picture itself may refer to.
    pub fn num_used_by_curr_pic(&self) -> usize {
        self.pics.iter().filter(|p| p.used_by_curr_pic_lt).count()
    }

    /// 7.3.6.1 from num_long_term_sps on; at most `room` entries.
    pub(super) fn parse(r: &mut BitReader<'_>, sps: &Sps, room: usize) -> Result<Self> {
        let candidates = &sps.long_term_ref_pics;
        let mut num_long_term_sps = 0;
        if !candidates.is_empty() {
            num_long_term_sps = r.read_ue_max("num_long_term_sps", candidates.len() as u32)? as usize;
        }
        let num_long_term_pics = r.read_ue_max("num_long_term_pics", room as u32)? as usize;
        let count = num_long_term_sps + num_long_term_pics;
        in_range("num_long_term_sps + num_long_term_pics", count as i64, 0, room as i64)?;
        let mut pics = Vec::with_capacity(count);
        let mut cycle = 0u32;
        for i in 0..count {
            let mut pic = LongTermRefPic::default();
            if i < num_long_term_sps {
                let lt_idx_sps = r.read_u8(index_len(candidates.len()))?;
                let max = candidates.len() as i64 - 1;
                in_range("lt_idx_sps", lt_idx_sps.into(), 0, max)?;
                let candidate = &candidates[usize::from(lt_idx_sps)];
                pic.lt_idx_sps = Some(lt_idx_sps);
                pic.poc_lsb_lt = candidate.lt_ref_pic_poc_lsb_sps;
                pic.used_by_curr_pic_lt = candidate.used_by_curr_pic_lt_sps_flag;
            } else {
                pic.poc_lsb_lt = r.read_bits(sps.log2_max_pic_order_cnt_lsb())?;
                pic.used_by_curr_pic_lt = r.read_flag()?;
            }
            if i == 0 || i == num_long_term_sps {
                cycle = 0;
            }
            pic.delta_poc_msb_present_flag = r.read_flag()?;
            if pic.delta_poc_msb_present_flag {
                let delta = r.read_ue()?;
                let limit = 1u64 << (32 - sps.log2_max_pic_order_cnt_lsb());
                if u64::from(cycle) + u64::from(delta) >= limit {
                    let what = "DeltaPocMsbCycleLt exceeds the range of picture order counts";
                    return Err(Error::Malformed { element: "delta_poc_msb_cycle_lt", what });
                }
                cycle += delta;
            }
            pic.delta_poc_msb_cycle_lt = cycle;
            pics.push(pic);
        }
        Ok(Self { pics })
    }

    /// 7.3.6.1 from num_long_term_sps on. Within the entries from the SPS, and within the others,
    /// DeltaPocMsbCycleLt must not decrease.
    pub(super) fn write(&self, w: &mut BitWriter, sps: &Sps) {
        let candidates = &sps.long_term_ref_pics;
        let num_long_term_sps = self.num_long_term_sps();
        if !candidates.is_empty() {
            w.write_ue(num_long_term_sps as u32);
        }
        w.write_ue((self.pics.len() - num_long_term_sps) as u32);
        let mut cycle = 0;
        for (i, pic) in self.pics.iter().enumerate() {
            match pic.lt_idx_sps {
                Some(lt_idx_sps) => w.write_bits(lt_idx_sps.into(), index_len(candidates.len())),
                None => {
                    w.write_bits(pic.poc_lsb_lt, sps.log2_max_pic_order_cnt_lsb());
                    w.write_flag(pic.used_by_curr_pic_lt);
                }
            }
            if i == 0 || i == num_long_term_sps {
                cycle = 0;
            }
            w.write_flag(pic.delta_poc_msb_present_flag);
            if pic.delta_poc_msb_present_flag {
                w.write_ue(pic.delta_poc_msb_cycle_lt - cycle);
                cycle = pic.delta_poc_msb_cycle_lt;
            }
        }
    }
}
