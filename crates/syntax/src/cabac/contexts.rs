//! Context variables (9.3.1, 9.3.2.2): one byte each, all of a slice in one copyable set.

use super::estimate::COST;
use super::init_tables::INIT_VALUES;

/// A context variable: `pStateIdx << 1 | valMps`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct ContextModel(pub u8);

impl ContextModel {
    /// 9.3.2.2: the state that `init_value` gives at SliceQpY `slice_qp_y` (clipped to 0..=51).
    pub fn init(slice_qp_y: i32, init_value: u8) -> Self {
        let slope = i32::from(init_value >> 4) * 5 - 45;
        let offset = (i32::from(init_value & 15) << 3) - 16;
        let state = (((slope * slice_qp_y.clamp(0, 51)) >> 4) + offset).clamp(1, 126);
        let mps = state > 63;
        let p_state_idx = if mps { state - 64 } else { 63 - state };
        Self((p_state_idx << 1) as u8 | u8::from(mps))
    }
}

/// Declares the first context index of each syntax element, in order, and the total.
macro_rules! layout {
    ($($(#[$doc:meta])* $name:ident: $count:literal,)*) => {
        layout!(@ 0; $($(#[$doc])* $name: $count,)*);
    };
    (@ $first:expr; $(#[$doc:meta])* $name:ident: $count:literal, $($rest:tt)*) => {
        $(#[$doc])*
        pub const $name: usize = $first;
        layout!(@ $name + $count; $($rest)*);
    };
    (@ $first:expr;) => {
        /// Number of context variables.
        pub const COUNT: usize = $first;
    };
}

layout! {
    /// `sao_merge_left_flag`, `sao_merge_up_flag`.
    SAO_MERGE_FLAG: 1,
    /// `sao_type_idx_luma`, `sao_type_idx_chroma`.
    SAO_TYPE_IDX: 1,
    /// `split_cu_flag`.
    SPLIT_CU_FLAG: 3,
    /// `cu_transquant_bypass_flag`.
    CU_TRANSQUANT_BYPASS_FLAG: 1,
    /// `cu_skip_flag`.
    CU_SKIP_FLAG: 3,
    /// `pred_mode_flag`.
    PRED_MODE_FLAG: 1,
    /// `part_mode`: bins 0, 1, 2 (at minimum size) and 3 (the AMP bin) have contexts 0, 1, 2 and 3.
    PART_MODE: 4,
    /// `prev_intra_luma_pred_flag`.
    PREV_INTRA_LUMA_PRED_FLAG: 1,
    /// `intra_chroma_pred_mode`.
    INTRA_CHROMA_PRED_MODE: 1,
    /// `rqt_root_cbf`.
    RQT_ROOT_CBF: 1,
    /// `merge_flag`.
    MERGE_FLAG: 1,
    /// `merge_idx`.
    MERGE_IDX: 1,
    /// `inter_pred_idc`.
    INTER_PRED_IDC: 5,
    /// `ref_idx_l0`, `ref_idx_l1`.
    REF_IDX: 2,
    /// `mvp_l0_flag`, `mvp_l1_flag`.
    MVP_FLAG: 1,
    /// `split_transform_flag`.
    SPLIT_TRANSFORM_FLAG: 3,
    /// `cbf_luma`.
    CBF_LUMA: 2,
    /// `cbf_cb`, `cbf_cr`.
    CBF_CHROMA: 5,
    /// `abs_mvd_greater0_flag`.
    ABS_MVD_GREATER0_FLAG: 1,
    /// `abs_mvd_greater1_flag`.
    ABS_MVD_GREATER1_FLAG: 1,
    /// `cu_qp_delta_abs`: first bin, other bins.
    CU_QP_DELTA_ABS: 2,
    /// `transform_skip_flag`: luma, chroma.
    TRANSFORM_SKIP_FLAG: 2,
    /// `last_sig_coeff_x_prefix`: 15 luma, 3 chroma.
    LAST_SIG_COEFF_X_PREFIX: 18,
    /// `last_sig_coeff_y_prefix`: 15 luma, 3 chroma.
    LAST_SIG_COEFF_Y_PREFIX: 18,
    /// `coded_sub_block_flag`: two luma, two chroma.
    CODED_SUB_BLOCK_FLAG: 4,
    /// `sig_coeff_flag`: 27 luma, 15 chroma, then the single contexts of `transform_skip_context_enabled_flag`.
    SIG_COEFF_FLAG: 44,
    /// `coeff_abs_level_greater1_flag`: four luma sets, two chroma sets of four.
    COEFF_ABS_LEVEL_GREATER1_FLAG: 24,
    /// `coeff_abs_level_greater2_flag`: four luma, two chroma.
    COEFF_ABS_LEVEL_GREATER2_FLAG: 6,
    /// `explicit_rdpcm_flag`: luma, chroma.
    EXPLICIT_RDPCM_FLAG: 2,
    /// `explicit_rdpcm_dir_flag`: luma, chroma.
    EXPLICIT_RDPCM_DIR_FLAG: 2,
    /// `log2_res_scale_abs_plus1`: four per chroma component.
    LOG2_RES_SCALE_ABS_PLUS1: 8,
    /// `res_scale_sign_flag`: one per chroma component.
    RES_SCALE_SIGN_FLAG: 2,
    /// `cu_chroma_qp_offset_flag`.
    CU_CHROMA_QP_OFFSET_FLAG: 1,
    /// `cu_chroma_qp_offset_idx`.
    CU_CHROMA_QP_OFFSET_IDX: 1,
}

/// All that entropy coding adapts within a substream, and that wavefronts and dependent slice segments hand on:
/// the context variables and the Rice parameter statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContextSet {
    /// Context variables, laid out by the constants of this module.
    pub models: [ContextModel; COUNT],
    /// StatCoeff (9.3.4.2.6), used with `persistent_rice_adaptation_enabled_flag`.
    pub stat_coeff: [u8; 4],
}

impl ContextSet {
    /// 9.3.2.2: the set at the start of a slice with SliceQpY `slice_qp_y`.
    ///
    /// `init_type` is 0 for I, 1 for P and 2 for B slices, 1 and 2 exchanged by `cabac_init_flag`; larger
    /// values count as 2.
    pub fn init(slice_qp_y: i32, init_type: u8) -> Self {
        let values = &INIT_VALUES[usize::from(init_type.min(2))];
        Self { models: values.map(|value| ContextModel::init(slice_qp_y, value)), stat_coeff: [0; 4] }
    }

    /// What coding `bin` with context `ctx` costs at its present state, in 1/32768 bit.
    #[inline]
    pub fn cost(&self, ctx: usize, bin: bool) -> u32 {
        COST[usize::from((self.models[ctx].0 ^ u8::from(bin)) & 127)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The initial states of every legal value and QP against the formulas as the standard states them.
    #[test]
    fn initial_state_matches_clause_9_3_2_2() {
        for value in 0..=255u8 {
            for qp in -20..=60i32 {
                let slope_idx = i32::from(value) >> 4;
                let offset_idx = i32::from(value) & 15;
                let (m, n) = (slope_idx * 5 - 45, (offset_idx << 3) - 16);
                let pre = (((m * qp.clamp(0, 51)) >> 4) + n).clamp(1, 126);
                let val_mps = i32::from(pre > 63);
                let p_state_idx = if val_mps == 1 { pre - 64 } else { 63 - pre };
                let ContextModel(model) = ContextModel::init(qp, value);
                assert_eq!((i32::from(model >> 1), i32::from(model & 1)), (p_state_idx, val_mps));
            }
        }
    }

    /// The value 154 means equal probabilities at every QP.
    #[test]
    fn neutral_value_is_neutral() {
        for qp in 0..=51 {
            assert_eq!(ContextModel::init(qp, 154).0 >> 1, 0);
        }
    }
}
