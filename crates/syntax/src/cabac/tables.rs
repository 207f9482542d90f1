//! The arithmetic coder's tables: LPS ranges (table 9-52) and state transitions (table 9-53).

/// rangeTabLps, one row per pStateIdx, one column per qRangeIdx.
const RANGE_TAB_LPS: [[u8; 4]; 64] = [
    [128, 176, 208, 240],
    [128, 167, 197, 227],
    [128, 158, 187, 216],
    [123, 150, 178, 205],
    [116, 142, 169, 195],
    [111, 135, 160, 185],
    [105, 128, 152, 175],
    [100, 122, 144, 166],
    [95, 116, 137, 158],
    [90, 110, 130, 150],
    [85, 104, 123, 142],
    [81, 99, 117, 135],
    [77, 94, 111, 128],
    [73, 89, 105, 122],
    [69, 85, 100, 116],
    [66, 80, 95, 110],
    [62, 76, 90, 104],
    [59, 72, 86, 99],
    [56, 69, 81, 94],
    [53, 65, 77, 89],
    [51, 62, 73, 85],
    [48, 59, 69, 80],
    [46, 56, 66, 76],
    [43, 53, 63, 72],
    [41, 50, 59, 69],
    [39, 48, 56, 65],
    [37, 45, 54, 62],
    [35, 43, 51, 59],
    [33, 41, 48, 56],
    [32, 39, 46, 53],
    [30, 37, 43, 50],
    [29, 35, 41, 48],
    [27, 33, 39, 45],
    [26, 31, 37, 43],
    [24, 30, 35, 41],
    [23, 28, 33, 39],
    [22, 27, 32, 37],
    [21, 26, 30, 35],
    [20, 24, 29, 33],
    [19, 23, 27, 31],
    [18, 22, 26, 30],
    [17, 21, 25, 28],
    [16, 20, 23, 27],
    [15, 19, 22, 25],
    [14, 18, 21, 24],
    [14, 17, 20, 23],
    [13, 16, 19, 22],
    [12, 15, 18, 21],
    [12, 14, 17, 20],
    [11, 14, 16, 19],
    [11, 13, 15, 18],
    [10, 12, 15, 17],
    [10, 12, 14, 16],
    [9, 11, 13, 15],
    [9, 11, 12, 14],
    [8, 10, 12, 14],
    [8, 9, 11, 13],
    [7, 9, 11, 12],
    [7, 9, 10, 12],
    [7, 8, 10, 11],
    [6, 8, 9, 11],
    [6, 7, 9, 10],
    [6, 7, 8, 9],
    [2, 2, 2, 2],
];

/// transIdxLps.
const TRANS_IDX_LPS: [u8; 64] = [
    0, 0, 1, 2, 2, 4, 4, 5, 6, 7, 8, 9, 9, 11, 11, 12, 13, 13, 15, 15, 16, 16, 18, 18, 19, 19, 21, 21, 22,
    22, 23, 24, 24, 25, 26, 26, 27, 27, 28, 29, 29, 30, 30, 30, 31, 32, 32, 33, 33, 33, 34, 34, 35, 35, 35,
    36, 36, 36, 37, 37, 37, 38, 38, 63,
];

/// How coding a bin changes the range and the context variable, looked up by both.
///
/// The speed of decoding is bounded by dependency chains, from one range to the next and from one state of a context
/// variable, through memory, to the next. So the look-ups need nothing but the two values as they are, do not wait for
/// one another, and give both outcomes before it is known which it is.
#[derive(Clone, Copy)]
pub(super) struct Step {
    /// The LPS's part of the range (rangeTabLps).
    pub(super) lps_range: u32,
    /// The context variable after an MPS.
    pub(super) next_mps: u8,
    /// The context variable after an LPS.
    pub(super) next_lps: u8,
    /// `shift << 12 | renormalised range`.
    renormalisation: u32,
}

impl Step {
    /// For a range and a context variable (below 128).
    #[inline(always)]
    pub(super) const fn of(range: u32, model: u8) -> Self {
        let model = model as usize;
        let quarter = 2 * (range & 0xc0) as usize;
        Self {
            lps_range: LPS_RANGE.split_at(model).1[quarter] as u32,
            next_mps: NEXT_MPS[model],
            next_lps: NEXT_LPS[model],
            renormalisation: LPS_RENORMALISATION.split_at(model).1[quarter] as u32,
        }
    }

    /// By how many bits renormalisation shifts after an LPS, 1..=7.
    #[inline(always)]
    pub(super) const fn lps_shift(self) -> u32 {
        self.renormalisation >> 12
    }

    /// The range after an LPS and renormalisation.
    #[inline(always)]
    pub(super) const fn lps_renormalised(self) -> u32 {
        self.renormalisation & 0x1ff
    }
}

/// Entries of the range tables: 128 context variables for each quarter, and slack so that any byte is an index.
const RANGE_ENTRIES: usize = 5 * 128;

/// By `2 * (range & 0xc0) + model`: bits 6 and 7 of the range (qRangeIdx) only move.
///
/// A constant reference rather than a static: code inlined into other crates then addresses the table directly.
const LPS_RANGE: &[u8; RANGE_ENTRIES] = &{
    let mut table = [2; RANGE_ENTRIES];
    let mut i = 0;
    while i < 512 {
        table[i] = RANGE_TAB_LPS[(i & 127) >> 1][i >> 7];
        i += 1;
    }
    table
};

/// [`Step::renormalisation`], indexed like [`LPS_RANGE`].
const LPS_RENORMALISATION: &[u16; RANGE_ENTRIES] = &{
    let mut table = [0; RANGE_ENTRIES];
    let mut i = 0;
    while i < RANGE_ENTRIES {
        let range = LPS_RANGE[i] as u16;
        let shift = range.leading_zeros() as u16 - 7;
        table[i] = shift << 12 | range << shift;
        i += 1;
    }
    table
};

/// The next context variable, `pStateIdx << 1 | valMps`, after an MPS.
const NEXT_MPS: &[u8; 256] = &{
    let mut table = [0; 256];
    let mut model = 0;
    while model < 128 {
        table[model] = if model >> 1 < 62 { model as u8 + 2 } else { model as u8 };
        model += 1;
    }
    table
};

/// The next context variable after an LPS.
const NEXT_LPS: &[u8; 256] = &{
    let mut table = [0; 256];
    let mut model = 0;
    while model < 128 {
        let (state, mps) = (model >> 1, model as u8 & 1);
        table[model] = TRANS_IDX_LPS[state] << 1 | if state == 0 { 1 - mps } else { mps };
        model += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The ranges follow p = 0.5 * alpha^state scaled by the middle of each quarter, so neighbouring entries fall
    /// smoothly; a typing error of more than a few units would show.
    #[test]
    fn lps_ranges_follow_the_exponential_law() {
        let alpha = (0.01875f64 / 0.5).powf(1.0 / 63.0);
        for (state, row) in RANGE_TAB_LPS.iter().enumerate().take(63) {
            for (q, &range) in row.iter().enumerate() {
                let ideal = 0.5 * alpha.powi(state as i32) * (288.0 + 64.0 * q as f64);
                // The first rows are capped at half of the smallest range of the quarter.
                let ideal = ideal.min(if q == 0 { 128.0 } else { 256.0 }).max(6.0);
                assert!(
                    (f64::from(range) - ideal).abs() <= 1.6,
                    "state {state}, quarter {q}: {range}, ideal {ideal:.1}"
                );
            }
        }
    }

    /// After an LPS the estimated LPS probability is about alpha * p + (1 - alpha).
    #[test]
    fn lps_transitions_follow_the_adaptation_law() {
        let alpha = (0.01875f64 / 0.5).powf(1.0 / 63.0);
        for (state, &next) in TRANS_IDX_LPS.iter().enumerate().take(63) {
            let p = alpha * 0.5 * alpha.powi(state as i32) + (1.0 - alpha);
            let ideal = ((p.min(0.5) / 0.5).ln() / alpha.ln()).max(0.0);
            assert!((f64::from(next) - ideal).abs() < 1.01, "state {state}: {next}, ideal {ideal:.2}");
        }
    }
}
