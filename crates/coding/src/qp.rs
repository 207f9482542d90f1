//! 8.6.1: quantisation parameters.

use crate::ctu::maps::{self, CtuMaps};
use crate::error::{Result, in_range};

/// QpC by qPi - 30 for ChromaArrayType 1 (table 8-10); below 30 it equals qPi, from 43 on qPi - 6.
const QP_C: [i8; 14] = [29, 30, 31, 32, 33, 33, 34, 34, 35, 35, 36, 36, 37, 37];

/// QpC as a function of qPi and ChromaArrayType; also used by deblocking (8.7.2.5.5).
#[inline]
pub fn chroma_qp(qpi: i32, chroma_array_type: u8) -> i32 {
    if chroma_array_type != 1 {
        qpi.min(51)
    } else if qpi < 30 {
        qpi
    } else if qpi >= 43 {
        qpi - 6
    } else {
        i32::from(QP_C[(qpi - 30) as usize])
    }
}

/// What does not change within a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QpParams {
    /// SliceQpY.
    pub slice_qp_y: i8,
    /// QpBdOffsetY, 0..=48.
    pub qp_bd_offset_y: u8,
    /// QpBdOffsetC, 0..=48.
    pub qp_bd_offset_c: u8,
    /// ChromaArrayType.
    pub chroma_array_type: u8,
    /// `pps_cb_qp_offset + slice_cb_qp_offset`, and the same for Cr.
    pub chroma_qp_offset: [i8; 2],
    /// `cb_qp_offset_list`, `cr_qp_offset_list`.
    pub chroma_qp_offset_list: [[i8; 6]; 2],
    /// Log2MinCuQpDeltaSize.
    pub log2_min_cu_qp_delta_size: u8,
}

/// The running state of 8.6.1 along the coding units of a substream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QpState {
    /// QpY of the last coding unit in decoding order; at a quantisation group's start this is qPY_PREV.
    pub qp_y: i8,
    /// qPY_PRED of the quantisation group.
    pub qp_y_pred: i8,
    /// CuQpDeltaVal.
    pub cu_qp_delta_val: i8,
    /// IsCuQpDeltaCoded.
    pub is_cu_qp_delta_coded: bool,
    /// IsCuChromaQpOffsetCoded.
    pub is_cu_chroma_qp_offset_coded: bool,
    /// CuQpOffsetCb, CuQpOffsetCr.
    pub cu_qp_offset: [i8; 2],
}

impl QpState {
    /// The state at the start of a slice.
    pub fn new(slice_qp_y: i8) -> Self {
        Self { qp_y: slice_qp_y, qp_y_pred: slice_qp_y, ..Self::default() }
    }

    /// The first quantisation group in a tile, or in a CTB row of a tile with wavefronts: qPY_PREV is SliceQpY again.
    ///
    /// A dependent slice segment that begins neither continues with the state of the segment before.
    pub fn restart_prediction(&mut self, slice_qp_y: i8) {
        self.qp_y = slice_qp_y;
    }

    /// 8.6.1: a quantisation group begins at luma position (`x`, `y`) of the CTU; derives qPY_PRED.
    pub fn begin_group(&mut self, maps: &CtuMaps, x: u8, y: u8) {
        let prev = i32::from(self.qp_y);
        let (x, y) = (isize::from(x >> 2), isize::from(y >> 2));
        // Neighbours count only inside the CTB, where the ones to the left and above come before in z-scan order.
        let left = if x > 0 { i32::from(maps.qp_y[maps::at(x - 1, y)]) } else { prev };
        let above = if y > 0 { i32::from(maps.qp_y[maps::at(x, y - 1)]) } else { prev };
        self.qp_y_pred = ((left + above + 1) >> 1) as i8;
        self.cu_qp_delta_val = 0;
        self.is_cu_qp_delta_coded = false;
    }

    /// QpY of the coding unit at hand, from qPY_PRED and CuQpDeltaVal; also sets [`qp_y`](Self::qp_y).
    #[inline]
    pub fn update(&mut self, params: &QpParams) -> i8 {
        let bd = i32::from(params.qp_bd_offset_y);
        let sum = i32::from(self.qp_y_pred) + i32::from(self.cu_qp_delta_val) + 52 + 2 * bd;
        self.qp_y = (sum.rem_euclid(52 + bd) - bd) as i8;
        self.qp_y
    }

    /// 8.6.1 the other way round: the CuQpDeltaVal that makes QpY `qp_y`, -QpBdOffsetY..=51, of qPY_PRED. QpY wraps, so one
    /// in the legal range always does.
    #[inline]
    pub fn delta_to(&self, params: &QpParams, qp_y: i8) -> i8 {
        let bd = i32::from(params.qp_bd_offset_y);
        let lowest = -(26 + bd / 2);
        let delta = i32::from(qp_y) - i32::from(self.qp_y_pred);
        ((delta - lowest).rem_euclid(52 + bd) + lowest) as i8
    }

    /// Takes a parsed CuQpDeltaVal, checking -(26 + QpBdOffsetY / 2)..=25 + QpBdOffsetY / 2.
    pub fn set_delta(&mut self, params: &QpParams, value: i32) -> Result<()> {
        let half = i64::from(params.qp_bd_offset_y / 2);
        in_range("CuQpDeltaVal", i64::from(value), -26 - half, 25 + half)?;
        self.cu_qp_delta_val = value as i8;
        self.is_cu_qp_delta_coded = true;
        Ok(())
    }

    /// Takes `cu_chroma_qp_offset_flag` and `_idx`: `None` for flag 0, else the list entry.
    pub fn set_chroma_offset(&mut self, params: &QpParams, idx: Option<u8>) {
        self.is_cu_chroma_qp_offset_coded = true;
        self.cu_qp_offset = match idx {
            Some(idx) => params.chroma_qp_offset_list.map(|list| list[usize::from(idx.min(5))]),
            None => [0; 2],
        };
    }

    /// QpY, Qp'Cb - QpBdOffsetC and Qp'Cr - QpBdOffsetC in force.
    #[inline]
    pub fn block_qps(&self, params: &QpParams) -> [i8; 3] {
        let chroma = |c: usize| {
            let offset = i32::from(params.chroma_qp_offset[c]) + i32::from(self.cu_qp_offset[c]);
            let qpi = (i32::from(self.qp_y) + offset).clamp(-i32::from(params.qp_bd_offset_c), 57);
            chroma_qp(qpi, params.chroma_array_type) as i8
        };
        [self.qp_y, chroma(0), chroma(1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Table 8-10 as printed: qPi 29..=44.
    #[test]
    fn chroma_table() {
        let want = [29, 29, 30, 31, 32, 33, 33, 34, 34, 35, 35, 36, 36, 37, 37, 38];
        for (qpi, want) in (29..).zip(want) {
            assert_eq!(chroma_qp(qpi, 1), want, "qPi {qpi}");
        }
        assert_eq!(chroma_qp(57, 1), 51);
        assert_eq!(chroma_qp(57, 3), 51);
        assert_eq!(chroma_qp(-12, 1), -12);
    }

    /// QpY wraps within -QpBdOffsetY..=51.
    #[test]
    fn qp_wraps() {
        let params = QpParams { qp_bd_offset_y: 12, ..QpParams::default() };
        let mut state = QpState { qp_y_pred: 51, cu_qp_delta_val: 1, ..QpState::default() };
        assert_eq!(state.update(&params), -12);
        state = QpState { qp_y_pred: -12, cu_qp_delta_val: -1, ..QpState::default() };
        assert_eq!(state.update(&params), 51);
    }

    #[test]
    fn delta_range() {
        let params = QpParams { qp_bd_offset_y: 12, ..QpParams::default() };
        let mut state = QpState::default();
        assert!(state.set_delta(&params, -32).is_ok());
        assert!(state.set_delta(&params, 31).is_ok());
        assert!(state.set_delta(&params, -33).is_err());
        assert!(state.set_delta(&params, 32).is_err());
    }

    /// From every prediction to every QpY there is a legal delta, and the shortest is taken.
    #[test]
    fn every_qp_can_be_reached() {
        for bd in [0, 12, 48] {
            let params = QpParams { qp_bd_offset_y: bd, ..QpParams::default() };
            let range = -(bd as i8)..=51;
            for (pred, qp_y) in range.clone().flat_map(|pred| range.clone().map(move |qp_y| (pred, qp_y))) {
                let mut state = QpState { qp_y_pred: pred, ..QpState::default() };
                let delta = state.delta_to(&params, qp_y);
                assert!(state.set_delta(&params, delta.into()).is_ok(), "{pred} to {qp_y}: {delta}");
                assert_eq!(state.update(&params), qp_y);
                assert!((qp_y - pred).unsigned_abs() > 25 || delta == qp_y - pred);
            }
        }
    }

    /// Neighbours outside the CTB count as the previous QpY, those inside by their own.
    #[test]
    fn prediction_stays_in_the_ctb() {
        let mut maps = CtuMaps::default();
        maps.qp_y.fill(10);
        let mut state = QpState::new(30);
        state.begin_group(&maps, 0, 0);
        assert_eq!(state.qp_y_pred, 30);
        state.begin_group(&maps, 8, 0);
        assert_eq!(state.qp_y_pred, 20);
        state.begin_group(&maps, 8, 8);
        assert_eq!(state.qp_y_pred, 10);
    }
}
