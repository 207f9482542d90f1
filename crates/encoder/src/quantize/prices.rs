//! Prices of levels and of the last position, in 1/32768 bit, from frozen context states.

use super::LevelBlock;
use rivus_coding::scan_order::VERTICAL;
use rivus_coding::slice_data::residual_coding::contexts::{LevelContexts, last_prefix};
pub(super) use rivus_syntax::cabac::BIT;
use rivus_syntax::cabac::ContextSet;
use rivus_syntax::cabac::contexts as ctx;

/// Bits of `coeff_abs_level_remaining` (9.3.3.11).
#[inline]
fn remaining_bits(value: u32, rice: u32) -> u32 {
    let prefix = value >> rice;
    if prefix < 4 {
        return (prefix + 1 + rice) * BIT;
    }
    let rest = value - (4 << rice) + (1 << (rice + 1));
    let exponent = rest.ilog2();
    (4 + 2 * (exponent - rice - 1) + 1 + rice + 1) * BIT
}

/// The adaptive state of level coding inside a group (9.3.4.2.6, 9.3.3.11).
#[derive(Clone, Copy)]
pub(super) struct LevelState {
    contexts: LevelContexts,
    greater1_left: u32,
    greater2_left: bool,
    rice: u32,
}

impl LevelState {
    /// Before the first level of a group; `after_greater1` as for [`LevelContexts::new`].
    #[inline]
    pub(super) fn new(group: usize, c_idx: u8, after_greater1: bool) -> Self {
        let contexts = LevelContexts::new(group, c_idx, after_greater1);
        Self { contexts, greater1_left: 8, greater2_left: true, rice: 0 }
    }

    /// The least level that the flags leave open.
    #[inline]
    fn base(&self) -> u32 {
        if self.greater1_left == 0 {
            1
        } else if self.greater2_left {
            3
        } else {
            2
        }
    }

    /// Bits of sign and magnitude of a non-zero `level`, without its significance flag.
    #[inline]
    pub(super) fn bits(&self, contexts: &ContextSet, level: u32) -> u32 {
        let mut bits = BIT;
        if self.greater1_left > 0 {
            bits += contexts.cost(self.contexts.greater1(), level > 1);
            if level > 1 && self.greater2_left {
                bits += contexts.cost(self.contexts.greater2, level > 2);
            }
        }
        let base = self.base();
        if level >= base { bits + remaining_bits(level - base, self.rice) } else { bits }
    }

    /// Whether a level so far was told of as greater than 1.
    #[inline]
    pub(super) fn told_greater1(&self) -> bool {
        self.contexts.told_greater1()
    }

    /// After a non-zero `level`.
    #[inline]
    pub(super) fn advance(&mut self, level: u32) {
        if level >= self.base() && level > 3 << self.rice {
            self.rice = (self.rice + 1).min(4);
        }
        if self.greater1_left > 0 {
            self.greater1_left -= 1;
            self.contexts.update(level > 1);
            self.greater2_left &= level == 1;
        }
    }
}

/// Price of the last significant position: prefix bins by context, suffix bits.
pub(super) struct LastPrices {
    /// By axis of the syntax (x, y) and prefix.
    prefix: [[u32; 10]; 2],
    log2_size: u8,
    swapped: bool,
}

/// Prefix of a last position, 0..=31.
#[inline]
fn prefix_of(last: usize) -> usize {
    if last < 4 {
        last
    } else {
        let n = last.ilog2() as usize;
        2 * n + ((last >> (n - 1)) & 1)
    }
}

impl LastPrices {
    /// For positions whose coordinates do not exceed `highest`.
    pub(super) fn new(block: &LevelBlock<'_>, highest: usize) -> Self {
        let (offset, shift) = last_prefix(block.log2_size.into(), block.c_idx);
        let longest = 2 * usize::from(block.log2_size) - 1;
        let needed = prefix_of(highest);
        let mut prefix = [[0; 10]; 2];
        for (prices, first) in
            prefix.iter_mut().zip([ctx::LAST_SIG_COEFF_X_PREFIX, ctx::LAST_SIG_COEFF_Y_PREFIX])
        {
            let mut ones = 0;
            for (prefix, price) in prices.iter_mut().enumerate().take(needed + 1) {
                let context = first + offset + (prefix >> shift);
                let suffix = if prefix > 3 { (prefix as u32 / 2 - 1) * BIT } else { 0 };
                *price = ones + suffix;
                if prefix < longest {
                    *price += block.contexts.cost(context, false);
                    ones += block.contexts.cost(context, true);
                }
            }
        }
        Self { prefix, log2_size: block.log2_size, swapped: usize::from(block.scan_idx) == VERTICAL }
    }

    /// Bits of the last position being raster position `at`.
    #[inline]
    pub(super) fn of(&self, at: usize) -> u32 {
        let (x, y) = (at & ((1 << self.log2_size) - 1), at >> self.log2_size);
        let (x, y) = if self.swapped { (y, x) } else { (x, y) };
        self.prefix[0][prefix_of(x)] + self.prefix[1][prefix_of(y)]
    }
}
