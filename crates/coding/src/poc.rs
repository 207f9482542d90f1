//! Picture order count (8.3.1).

use rivus_syntax::nal::NalHeader;

/// What picture order counts depend on beyond the slice header: prevTid0Pic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PocState {
    prev_tid0_poc: i32,
}

impl PocState {
    /// 8.3.1: PicOrderCntVal of a picture with `slice_pic_order_cnt_lsb` (0 for IDR).
    ///
    /// `restarts` says that the picture is an IRAP picture with NoRaslOutputFlag 1, from which counting
    /// starts anew. `log2_max_pic_order_cnt_lsb` is 4..=16. The state does not change: see [`Self::picture`].
    pub fn poc(&self, slice_pic_order_cnt_lsb: u32, log2_max_pic_order_cnt_lsb: u8, restarts: bool) -> i32 {
        let max_lsb = 1i32 << log2_max_pic_order_cnt_lsb;
        let lsb = slice_pic_order_cnt_lsb as i32 & (max_lsb - 1);
        if restarts {
            return lsb;
        }
        let prev_lsb = self.prev_tid0_poc & (max_lsb - 1);
        let prev_msb = self.prev_tid0_poc - prev_lsb;
        let msb = if lsb < prev_lsb && prev_lsb - lsb >= max_lsb / 2 {
            prev_msb.wrapping_add(max_lsb)
        } else if lsb > prev_lsb && lsb - prev_lsb > max_lsb / 2 {
            prev_msb.wrapping_sub(max_lsb)
        } else {
            prev_msb
        };
        msb.wrapping_add(lsb)
    }

    /// Notes that picture `poc`, whose slices have `header`, has been begun. It becomes prevTid0Pic if its
    /// TemporalId is 0 and it is neither RASL, RADL nor a sub-layer non-reference picture.
    pub fn picture(&mut self, poc: i32, header: &NalHeader) {
        let kind = header.nal_unit_type;
        if header.temporal_id == 0 && !kind.is_leading() && !kind.is_sub_layer_non_reference() {
            self.prev_tid0_poc = poc;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rivus_syntax::nal::NalUnitType;

    const ANCHOR: NalHeader = NalHeader::new(NalUnitType::TRAIL_R, 0);

    #[test]
    fn wraps_in_both_directions() {
        let mut state = PocState::default();
        state.picture(14, &ANCHOR);
        assert_eq!(state.poc(1, 4, false), 17);
        assert_eq!(state.poc(6, 4, false), 22, "8 ahead is the limit forwards");
        assert_eq!(state.poc(7, 4, false), 7, "7 back");
        state.picture(16, &ANCHOR);
        assert_eq!(state.poc(15, 4, false), 15);
        assert_eq!(state.poc(8, 4, false), 24);
        assert_eq!(state.poc(9, 4, false), 9);
    }

    #[test]
    fn restart_ignores_the_past_and_anchors_are_selected() {
        let mut state = PocState::default();
        state.picture(1000, &ANCHOR);
        use NalUnitType as N;
        for (kind, temporal_id) in [(N::RASL_R, 0), (N::RADL_R, 0), (N::TRAIL_N, 0), (N::TRAIL_R, 1)] {
            state.picture(1200, &NalHeader::new(kind, temporal_id));
        }
        assert_eq!(state.poc(3, 8, false), 1027, "relative to 1000");
        assert_eq!(state.poc(3, 8, true), 3);
    }

    proptest! {
        /// Any POC less than half a cycle away from the anchor survives the trip through its LSBs.
        #[test]
        fn lsb_round_trip(anchor in 0i32..1_000_000, log2 in 4u8..=16, offset in -1.0f64..1.0) {
            let half = 1i32 << (log2 - 1);
            let poc = anchor + (offset * (half - 1) as f64) as i32;
            let mut state = PocState::default();
            state.picture(anchor, &ANCHOR);
            let lsb = poc as u32 & ((1 << log2) - 1);
            prop_assert_eq!(state.poc(lsb, log2, false), poc);
        }
    }
}
