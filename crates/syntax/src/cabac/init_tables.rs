//! Initial values of the context variables (tables 9-5 to 9-37 and their range-extension successors).

use super::contexts as ctx;

/// One syntax element: first context index and its values for initType 0, 1 and 2.
type Row<'a> = (usize, [&'a [u8]; 3]);

/// Used where a context cannot occur with an initType.
const NEUTRAL: u8 = 154;

/// The tables, one row per syntax element. Elements that do not occur in I slices have an empty first list.
const ROWS: &[Row<'static>] = &[
    (ctx::SAO_MERGE_FLAG, [&[153], &[153], &[153]]),
    (ctx::SAO_TYPE_IDX, [&[200], &[185], &[160]]),
    (ctx::SPLIT_CU_FLAG, [&[139, 141, 157], &[107, 139, 126], &[107, 139, 126]]),
    (ctx::CU_TRANSQUANT_BYPASS_FLAG, [&[154], &[154], &[154]]),
    (ctx::CU_SKIP_FLAG, [&[], &[197, 185, 201], &[197, 185, 201]]),
    (ctx::PRED_MODE_FLAG, [&[], &[149], &[134]]),
    (ctx::PART_MODE, [&[184], &[154, 139, 154, 154], &[154, 139, 154, 154]]),
    (ctx::PREV_INTRA_LUMA_PRED_FLAG, [&[184], &[154], &[183]]),
    (ctx::INTRA_CHROMA_PRED_MODE, [&[63], &[152], &[152]]),
    (ctx::RQT_ROOT_CBF, [&[], &[79], &[79]]),
    (ctx::MERGE_FLAG, [&[], &[110], &[154]]),
    (ctx::MERGE_IDX, [&[], &[122], &[137]]),
    (ctx::INTER_PRED_IDC, [&[], &[95, 79, 63, 31, 31], &[95, 79, 63, 31, 31]]),
    (ctx::REF_IDX, [&[], &[153, 153], &[153, 153]]),
    (ctx::MVP_FLAG, [&[], &[168], &[168]]),
    (ctx::SPLIT_TRANSFORM_FLAG, [&[153, 138, 138], &[124, 138, 94], &[224, 167, 122]]),
    (ctx::CBF_LUMA, [&[111, 141], &[153, 111], &[153, 111]]),
    (ctx::CBF_CHROMA, [&[94, 138, 182, 154, 154], &[149, 107, 167, 154, 154], &[149, 92, 167, 154, 154]]),
    (ctx::ABS_MVD_GREATER0_FLAG, [&[], &[140], &[169]]),
    (ctx::ABS_MVD_GREATER1_FLAG, [&[], &[198], &[198]]),
    (ctx::CU_QP_DELTA_ABS, [&[154, 154], &[154, 154], &[154, 154]]),
    (ctx::TRANSFORM_SKIP_FLAG, [&[139, 139], &[139, 139], &[139, 139]]),
    (ctx::LAST_SIG_COEFF_X_PREFIX, LAST_PREFIX),
    (ctx::LAST_SIG_COEFF_Y_PREFIX, LAST_PREFIX),
    (ctx::CODED_SUB_BLOCK_FLAG, [&[91, 171, 134, 141], &[121, 140, 61, 154], &[121, 140, 61, 154]]),
    (ctx::SIG_COEFF_FLAG, SIG_COEFF),
    (ctx::COEFF_ABS_LEVEL_GREATER1_FLAG, GREATER1),
    (
        ctx::COEFF_ABS_LEVEL_GREATER2_FLAG,
        [&[138, 153, 136, 167, 152, 152], &[107, 167, 91, 122, 107, 167], &[107, 167, 91, 107, 107, 167]],
    ),
    (ctx::EXPLICIT_RDPCM_FLAG, [&[], &[139, 139], &[139, 139]]),
    (ctx::EXPLICIT_RDPCM_DIR_FLAG, [&[], &[139, 139], &[139, 139]]),
    (ctx::LOG2_RES_SCALE_ABS_PLUS1, [&[154; 8], &[154; 8], &[154; 8]]),
    (ctx::RES_SCALE_SIGN_FLAG, [&[154; 2], &[154; 2], &[154; 2]]),
    (ctx::CU_CHROMA_QP_OFFSET_FLAG, [&[154], &[154], &[154]]),
    (ctx::CU_CHROMA_QP_OFFSET_IDX, [&[154], &[154], &[154]]),
];

const LAST_PREFIX: [&[u8]; 3] = [
    &[110, 110, 124, 125, 140, 153, 125, 127, 140, 109, 111, 143, 127, 111, 79, 108, 123, 63],
    &[125, 110, 94, 110, 95, 79, 125, 111, 110, 78, 110, 111, 111, 95, 94, 108, 123, 108],
    &[125, 110, 124, 110, 95, 94, 125, 111, 111, 79, 125, 126, 111, 111, 79, 108, 123, 93],
];

/// 27 luma, 15 chroma, then the single luma and chroma contexts for transform skip.
const SIG_COEFF: [&[u8]; 3] = [
    &[
        111, 111, 125, 110, 110, 94, 124, 108, 124, 107, 125, 141, 179, 153, 125, 107, 125, 141, 179, 153,
        125, 107, 125, 141, 179, 153, 125, 140, 139, 182, 182, 152, 136, 152, 136, 153, 136, 139, 111, 136,
        139, 111, 141, 111,
    ],
    &[
        155, 154, 139, 153, 139, 123, 123, 63, 153, 166, 183, 140, 136, 153, 154, 166, 183, 140, 136, 153,
        154, 166, 183, 140, 136, 153, 154, 170, 153, 123, 123, 107, 121, 107, 121, 167, 151, 183, 140, 151,
        183, 140, 140, 140,
    ],
    &[
        170, 154, 139, 153, 139, 123, 123, 63, 124, 166, 183, 140, 136, 153, 154, 166, 183, 140, 136, 153,
        154, 166, 183, 140, 136, 153, 154, 170, 153, 138, 138, 122, 121, 122, 121, 167, 151, 183, 140, 151,
        183, 140, 140, 140,
    ],
];

const GREATER1: [&[u8]; 3] = [
    &[
        140, 92, 137, 138, 140, 152, 138, 139, 153, 74, 149, 92, 139, 107, 122, 152, 140, 179, 166, 182, 140,
        227, 122, 197,
    ],
    &[
        154, 196, 196, 167, 154, 152, 167, 182, 182, 134, 149, 136, 153, 121, 136, 137, 169, 194, 166, 167,
        154, 167, 137, 182,
    ],
    &[
        154, 196, 167, 167, 154, 152, 167, 182, 182, 134, 149, 136, 153, 121, 136, 122, 169, 208, 166, 167,
        154, 152, 167, 182,
    ],
];

/// Initial values by initType and context index.
pub(super) static INIT_VALUES: [[u8; ctx::COUNT]; 3] = {
    let mut table = [[NEUTRAL; ctx::COUNT]; 3];
    let mut init_type = 0;
    while init_type < 3 {
        let mut row = 0;
        while row < ROWS.len() {
            let (first, values) = ROWS[row];
            let mut i = 0;
            while i < values[init_type].len() {
                table[init_type][first + i] = values[init_type][i];
                i += 1;
            }
            row += 1;
        }
        init_type += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows are in layout order and fill the set without gap or overlap.
    #[test]
    fn rows_tile_the_layout() {
        for (i, (first, values)) in ROWS.iter().enumerate() {
            let end = ROWS.get(i + 1).map_or(ctx::COUNT, |next| next.0);
            assert_eq!(values[1].len(), end - first, "row {i}");
            assert_eq!(values[2].len(), end - first, "row {i}");
            assert!(values[0].len() <= end - first, "row {i}");
        }
    }

    /// The three significance groups of larger luma blocks (8x8 diagonal, 8x8 otherwise, 16x16 and up) start alike in
    /// every initType, and so do the two of chroma: the standard repeats them.
    #[test]
    fn repeated_significance_groups_are_equal() {
        for values in SIG_COEFF {
            assert_eq!(values[9..15], values[15..21]);
            assert_eq!(values[9..15], values[21..27]);
            assert_eq!(values[36..39], values[39..42]);
        }
    }
}
