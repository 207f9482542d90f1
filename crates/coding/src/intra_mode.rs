//! 8.4.2 and 8.4.3: intra prediction modes from their syntax elements, and back.

/// INTRA_PLANAR.
pub const PLANAR: u8 = 0;
/// INTRA_DC.
pub const DC: u8 = 1;
/// INTRA_ANGULAR10, horizontal.
pub const HORIZONTAL: u8 = 10;
/// INTRA_ANGULAR26, vertical.
pub const VERTICAL: u8 = 26;

/// 8.4.2: candModeList from candIntraPredModeA (left) and candIntraPredModeB (above), each 0..=34.
#[inline]
pub fn most_probable_modes(left: u8, above: u8) -> [u8; 3] {
    if left != above {
        let third = match (left, above) {
            (PLANAR, DC) | (DC, PLANAR) => VERTICAL,
            (PLANAR, _) | (_, PLANAR) => DC,
            _ => PLANAR,
        };
        [left, above, third]
    } else if left < 2 {
        [PLANAR, DC, VERTICAL]
    } else {
        // The mode and its two neighbours among the 32 directions 2..=33; 34 stands beside 33 and 3.
        [left, 2 + ((left + 29) % 32), 2 + ((left - 2 + 1) % 32)]
    }
}

/// How the bitstream says a luma mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LumaModeCode {
    /// `prev_intra_luma_pred_flag` = 1 and `mpm_idx`, 0..=2.
    Mpm(u8),
    /// `rem_intra_luma_pred_mode`, 0..=31.
    Rem(u8),
}

/// 8.4.2: IntraPredModeY of a code.
#[inline]
pub fn luma_mode(candidates: [u8; 3], code: LumaModeCode) -> u8 {
    match code {
        LumaModeCode::Mpm(idx) => candidates[usize::from(idx.min(2))],
        LumaModeCode::Rem(rem) => {
            let mut sorted = candidates;
            sorted.sort_unstable();
            sorted.iter().fold(rem, |mode, &candidate| mode + u8::from(mode >= candidate))
        }
    }
}

/// The code of IntraPredModeY `mode`: the inverse of [`luma_mode`].
#[inline]
pub fn luma_mode_code(candidates: [u8; 3], mode: u8) -> LumaModeCode {
    match candidates.iter().position(|&candidate| candidate == mode) {
        Some(idx) => LumaModeCode::Mpm(idx as u8),
        None => {
            LumaModeCode::Rem(mode - candidates.iter().filter(|&&candidate| candidate < mode).count() as u8)
        }
    }
}

/// Table 8-3: IntraPredModeC in 4:2:2 by modeIdc.
const MODE_422: [u8; 35] = [
    0, 1, 2, 2, 2, 2, 3, 5, 7, 8, 10, 12, 13, 15, 17, 18, 19, 20, 21, 22, 23, 23, 24, 24, 25, 25, 26, 27, 27,
    28, 28, 29, 29, 30, 31,
];

/// 8.4.3: IntraPredModeC from `intra_chroma_pred_mode` (0..=4), the luma mode and ChromaArrayType.
#[inline]
pub fn chroma_mode(intra_chroma_pred_mode: u8, luma: u8, chroma_array_type: u8) -> u8 {
    let mode_idc = match intra_chroma_pred_mode {
        4 => luma,
        i => {
            let listed = [PLANAR, VERTICAL, HORIZONTAL, DC][usize::from(i & 3)];
            if listed == luma { 34 } else { listed }
        }
    };
    if chroma_array_type == 2 { MODE_422[usize::from(mode_idc.min(34))] } else { mode_idc }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pair of neighbours gives three different candidates, and every mode has exactly one code.
    #[test]
    fn codes_are_a_bijection() {
        for left in 0..35 {
            for above in 0..35 {
                let candidates = most_probable_modes(left, above);
                let mut seen = [false; 35];
                let codes = (0..3).map(LumaModeCode::Mpm).chain((0..32).map(LumaModeCode::Rem));
                for code in codes {
                    let mode = luma_mode(candidates, code);
                    assert!(
                        !std::mem::replace(&mut seen[usize::from(mode)], true),
                        "{left} {above} {code:?}"
                    );
                    assert_eq!(luma_mode_code(candidates, mode), code);
                }
            }
        }
    }

    /// 8-23 and 8-24 for equal angular neighbours.
    #[test]
    fn equal_angular_neighbours() {
        assert_eq!(most_probable_modes(2, 2), [2, 33, 3]);
        assert_eq!(most_probable_modes(10, 10), [10, 9, 11]);
        assert_eq!(most_probable_modes(34, 34), [34, 33, 3]);
    }

    #[test]
    fn colliding_chroma_mode_becomes_34() {
        assert_eq!(chroma_mode(0, 0, 1), 34);
        assert_eq!(chroma_mode(1, 26, 3), 34);
        assert_eq!(chroma_mode(2, 26, 1), 10);
        assert_eq!(chroma_mode(4, 17, 1), 17);
        assert_eq!(chroma_mode(3, 1, 2), 31);
    }
}
