//! 9.3.4.2.3 to 9.3.4.2.7: context increments of residual coding, as tables where that is quicker.

use rivus_syntax::cabac::contexts as ctx;

use crate::scan_order::COEFFICIENTS;

/// ctxIdxMap of 4x4 blocks by `y << 2 | x` (table 9-50; position 15 cannot occur but is given a value).
const CTX_IDX_MAP: [u8; 16] = [0, 1, 4, 5, 2, 3, 4, 5, 6, 6, 8, 8, 7, 7, 8, 8];

/// Pattern index of 4x4 blocks.
const PATTERN_4X4: usize = 4;
/// Pattern index where all flags share one context.
const PATTERN_SINGLE: usize = 5;

/// Part of sigCtx that depends on the position in a sub-block: by scanIdx, pattern and scan position.
///
/// Patterns 0..=3 are csbfCtx: bit 0 the right, bit 1 the lower sub-block is coded.
static POSITION: [[[u8; 16]; 6]; 3] = {
    let mut table = [[[0; 16]; 6]; 3];
    let mut i = 0;
    while i < 3 * 6 * 16 {
        let (scan_idx, pattern, n) = (i / 96, i / 16 % 6, i % 16);
        let at = COEFFICIENTS[scan_idx][n] as usize;
        let (x, y) = (at & 15, at >> 4);
        table[scan_idx][pattern][n] = match pattern {
            0 => [2, 1, 1, 0, 0, 0, 0][x + y],
            1 => [2, 1, 0, 0][y],
            2 => [2, 1, 0, 0][x],
            3 => 2,
            PATTERN_4X4 => CTX_IDX_MAP[y << 2 | x],
            _ => 0,
        };
        i += 1;
    }
    table
};

/// Scan positions of a sub-block whose sig_coeff_flag share a context, a bit each: by scanIdx, pattern, and what [`POSITION`] adds,
/// for four of which there are 16 bits each in one number, the first in the lowest.
static SHARING: [[[u64; 3]; 6]; 3] = {
    let mut table = [[[0; 3]; 6]; 3];
    let mut i = 0;
    while i < 3 * 6 * 16 {
        let (scan_idx, pattern, n) = (i / 96, i / 16 % 6, i % 16);
        let context = POSITION[scan_idx][pattern][n] as usize;
        table[scan_idx][pattern][context / 4] |= 1 << (16 * (context % 4) + n);
        i += 1;
    }
    table
};

/// 9.3.4.2.5: contexts of sig_coeff_flag in one transform block.
#[derive(Clone, Copy)]
pub struct SigContexts {
    /// Context of the DC coefficient.
    pub dc: usize,
    /// First context of the sub-block at (0, 0) and of the others.
    first: [usize; 2],
    positions: &'static [[u8; 16]; 6],
    sharing: &'static [[u64; 3]; 6],
    /// Set where the pattern does not depend on coded neighbours.
    fixed_pattern: Option<usize>,
}

impl SigContexts {
    /// For a block; `single`: all flags share one context (`transform_skip_context_enabled_flag`).
    #[inline(always)]
    pub fn new(log2_size: u32, c_idx: u8, scan_idx: usize, single: bool) -> Self {
        let chroma = c_idx != 0;
        let (positions, sharing) = (&POSITION[scan_idx], &SHARING[scan_idx]);
        let base = ctx::SIG_COEFF_FLAG + if chroma { 27 } else { 0 };
        if single {
            let only = ctx::SIG_COEFF_FLAG + 42 + usize::from(chroma);
            let fixed_pattern = Some(PATTERN_SINGLE);
            return Self { dc: only, first: [only; 2], positions, sharing, fixed_pattern };
        }
        let (first, fixed_pattern) = match (log2_size, chroma) {
            (2, _) => ([base; 2], Some(PATTERN_4X4)),
            (3, false) => {
                let set = base + if scan_idx == 0 { 9 } else { 15 };
                ([set, set + 3], None)
            }
            (_, false) => ([base + 21, base + 24], None),
            (3, true) => ([base + 9; 2], None),
            (_, true) => ([base + 12; 2], None),
        };
        Self { dc: base, first, positions, sharing, fixed_pattern }
    }

    /// First context and position table of sub-block number `i` whose coded neighbours are `csbf_ctx`.
    #[inline(always)]
    pub fn sub_block(&self, i: usize, csbf_ctx: usize) -> (usize, &'static [u8; 16]) {
        let pattern = self.fixed_pattern.unwrap_or(csbf_ctx & 3);
        (self.first[usize::from(i > 0)], &self.positions[pattern])
    }

    /// How many contexts the sub-blocks of one kind have: the first, and those that follow it.
    #[inline(always)]
    pub fn count(&self) -> usize {
        if self.fixed_pattern == Some(PATTERN_4X4) { 9 } else { 3 }
    }

    /// The scan positions that use each context from the first on, for a sub-block as in [`sub_block`](Self::sub_block): a bit for
    /// each position in 16 bits for each context, four contexts in one number, the first in the lowest bits.
    #[inline(always)]
    pub fn sharing(&self, csbf_ctx: usize) -> &'static [u64] {
        let pattern = self.fixed_pattern.unwrap_or(csbf_ctx & 3);
        &self.sharing[pattern][..self.count().div_ceil(4)]
    }
}

/// Which sub-blocks are coded: per row of sub-blocks a bit per column, with a row and a column of zeros beyond.
#[derive(Default)]
pub struct CodedSubBlocks {
    rows: [u16; 9],
}

impl CodedSubBlocks {
    /// csbfCtx of the sub-block at (x, y): bit 0 the right neighbour is coded, bit 1 the lower one.
    #[inline(always)]
    pub fn neighbours(&self, x: usize, y: usize) -> usize {
        usize::from((self.rows[y] >> (x + 1)) & 1 | ((self.rows[y + 1] >> x) & 1) << 1)
    }

    /// Marks the sub-block at (x, y) as coded.
    #[inline(always)]
    pub fn set(&mut self, x: usize, y: usize) {
        self.rows[y] |= 1 << x;
    }
}

/// 9.3.4.2.4: context of coded_sub_block_flag.
#[inline(always)]
pub fn coded_sub_block(c_idx: u8, csbf_ctx: usize) -> usize {
    ctx::CODED_SUB_BLOCK_FLAG + 2 * usize::from(c_idx != 0) + usize::from(csbf_ctx != 0)
}

/// 9.3.4.2.3: ctxOffset and ctxShift of last_sig_coeff_{x,y}_prefix.
#[inline(always)]
pub fn last_prefix(log2_size: u32, c_idx: u8) -> (usize, u32) {
    if c_idx == 0 {
        ((3 * (log2_size - 2) + ((log2_size - 1) >> 2)) as usize, (log2_size + 1) >> 2)
    } else {
        (15, log2_size - 2)
    }
}

/// 9.3.4.2.6 and 9.3.4.2.7: contexts of the greater-than-1 flags of a sub-block and of its greater-than-2 flag.
#[derive(Clone, Copy)]
pub struct LevelContexts {
    greater1: usize,
    /// Context of coeff_abs_level_greater2_flag.
    pub greater2: usize,
    greater1_ctx: usize,
}

impl LevelContexts {
    /// For sub-block `i`; `after_greater1`: the levels coded before, in the last sub-block that had any, included one
    /// known to be greater than 1.
    #[inline(always)]
    pub fn new(i: usize, c_idx: u8, after_greater1: bool) -> Self {
        let chroma = usize::from(c_idx != 0);
        let set = usize::from(after_greater1) + if i == 0 || c_idx != 0 { 0 } else { 2 };
        Self {
            greater1: ctx::COEFF_ABS_LEVEL_GREATER1_FLAG + 16 * chroma + 4 * set,
            greater2: ctx::COEFF_ABS_LEVEL_GREATER2_FLAG + 4 * chroma + set,
            greater1_ctx: 1,
        }
    }

    /// Context of the next coeff_abs_level_greater1_flag.
    #[inline(always)]
    pub fn greater1(&self) -> usize {
        self.greater1 + self.greater1_ctx
    }

    /// Whether a flag so far was 1.
    #[inline(always)]
    pub fn told_greater1(&self) -> bool {
        self.greater1_ctx == 0
    }

    /// Takes the flag's value.
    #[inline(always)]
    pub fn update(&mut self, greater1: bool) {
        // greater1Ctx counts flags of 0 up to 3 and stays 0 after a 1.
        self.greater1_ctx = if greater1 { 0 } else { [0, 2, 3, 3][self.greater1_ctx & 3] };
    }
}
