//! A block's groups of sixteen coefficients (sub-blocks) in coding order.

use rivus_coding::scan_order::{COEFFICIENT_INDEX, RASTER, sub_blocks};

/// Positions in coding order of the upper and the lower eight coefficients of a group, a bit for each, by scanIdx and the
/// same bits in raster order.
static CODING_ORDER: [[[u16; 256]; 2]; 3] = {
    let mut table = [[[0; 256]; 2]; 3];
    let mut i = 0;
    while i < 3 * 16 * 256 {
        let (scan_idx, n, bits) = (i / 4096, i / 256 % 16, i % 256);
        if bits >> (n % 8) & 1 != 0 {
            table[scan_idx][n / 8][bits] |= 1 << COEFFICIENT_INDEX[scan_idx][n];
        }
        i += 1;
    }
    table
};

/// Where the groups of a block lie.
#[derive(Clone, Copy)]
pub(super) struct Groups {
    /// Positions `y << 4 | x` in units of groups.
    order: &'static [u8],
    /// Raster positions of the coefficients of the first group.
    offsets: &'static [u8; 16],
    coding_order: &'static [[u16; 256]; 2],
    log2_size: u8,
}

impl Groups {
    /// Groups of a block of `1 << log2_size` (2..=5) samples scanned by `scan_idx` (0..=2).
    #[inline]
    pub(super) fn new(log2_size: u8, scan_idx: u8) -> Self {
        let (size, scan_idx) = (usize::from(log2_size) - 2, usize::from(scan_idx));
        Self {
            order: sub_blocks(log2_size.into(), scan_idx),
            offsets: &RASTER[size & 3][scan_idx],
            coding_order: &CODING_ORDER[scan_idx],
            log2_size,
        }
    }

    /// Number of groups.
    #[inline]
    pub(super) fn count(&self) -> usize {
        self.order.len()
    }

    /// Column and row of a group, in groups.
    #[inline]
    pub(super) fn place(&self, group: usize) -> (usize, usize) {
        (usize::from(self.order[group] & 7), usize::from(self.order[group] >> 4 & 7))
    }

    /// Raster position of a group's first coefficient in raster order.
    #[inline]
    fn origin(&self, group: usize) -> usize {
        let (x, y) = self.place(group);
        (y << self.log2_size | x) * 4
    }

    /// Raster positions of a group's coefficients in coding order.
    #[inline]
    pub(super) fn positions(&self, group: usize) -> Positions {
        Positions { origin: self.origin(group), offsets: self.offsets }
    }

    /// The four rows of a group of `values`, in raster order.
    #[inline]
    fn rows<'v>(&self, values: &'v [i16], group: usize) -> [&'v [i16; 4]; 4] {
        let origin = self.origin(group);
        let values = &values[origin..origin + (3 << self.log2_size) + 4];
        core::array::from_fn(|y| {
            values[y << self.log2_size..].first_chunk().expect("the slice ends with the row")
        })
    }

    /// The coefficients of a group that are at least `least` in magnitude: a bit for each position in coding order.
    #[inline]
    pub(super) fn at_least(&self, coeffs: &[i16], group: usize, least: u16) -> u16 {
        let [a, b, c, d] = self.rows(coeffs, group);
        let half = |upper: &[i16; 4], lower: &[i16; 4]| {
            let mut bits = 0;
            for x in 0..4 {
                bits |= usize::from(upper[x].unsigned_abs() >= least) << x;
                bits |= usize::from(lower[x].unsigned_abs() >= least) << (4 + x);
            }
            bits
        };
        self.coding_order[0][half(a, b)] | self.coding_order[1][half(c, d)]
    }

    /// The levels of a group that are not zero: a bit for each position in coding order.
    #[inline]
    pub(super) fn significant(&self, levels: &[i16], group: usize) -> u16 {
        let rows = self.rows(levels, group).map(row);
        if rows == [0; 4] {
            return 0;
        }
        let half = |upper: u64, lower: u64| usize::from(not_zero(upper) | not_zero(lower) << 4);
        self.coding_order[0][half(rows[0], rows[1])] | self.coding_order[1][half(rows[2], rows[3])]
    }
}

/// Four levels as one number.
#[inline]
fn row(levels: &[i16; 4]) -> u64 {
    levels.iter().rev().fold(0, |row, &level| row << 16 | u64::from(level as u16))
}

/// Which of four levels are not zero, a bit for each.
#[inline]
fn not_zero(row: u64) -> u8 {
    const SIGNS: u64 = 0x8000_8000_8000_8000;
    let marks = (((row & !SIGNS) + !SIGNS) | row) & SIGNS;
    // Multiplying moves the lowest bits of the four lanes side by side to the top.
    ((marks >> 15).wrapping_mul(0x0001_0002_0004_0008) >> 48 & 15) as u8
}

/// Raster positions of the coefficients of one group.
#[derive(Clone, Copy)]
pub(super) struct Positions {
    origin: usize,
    offsets: &'static [u8; 16],
}

impl Positions {
    /// Of the coefficient at position `k` of coding order.
    #[inline]
    pub(super) fn at(&self, k: usize) -> usize {
        self.origin + usize::from(self.offsets[k & 15])
    }
}

/// The bits of `mask`, highest first.
#[inline]
pub(super) fn descending(mask: impl Into<u64>) -> impl Iterator<Item = usize> {
    let mut mask = mask.into();
    core::iter::from_fn(move || {
        let bit = mask.checked_ilog2()? as usize;
        mask &= !(1 << bit);
        Some(bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every position once, DC first; what is significant agrees with the positions.
    #[test]
    fn groups_cover_the_block() {
        for log2_size in 2..=5u8 {
            for scan_idx in 0..3 {
                let groups = Groups::new(log2_size, scan_idx);
                let count = 1usize << (2 * log2_size);
                assert_eq!(groups.count(), count / 16);
                let mut all: Vec<usize> = (0..count).map(|i| groups.positions(i / 16).at(i % 16)).collect();
                assert_eq!(all[0], 0);
                for (i, &at) in all.iter().enumerate() {
                    let mut levels = vec![0; count];
                    levels[at] = [-1, 1, i16::MIN, i16::MAX][i % 4];
                    for group in 0..groups.count() {
                        let want = if group == i / 16 { 1 << (i % 16) } else { 0 };
                        assert_eq!(
                            groups.significant(&levels, group),
                            want,
                            "size {log2_size} position {at}"
                        );
                    }
                }
                all.sort_unstable();
                assert!(all.iter().copied().eq(0..count));
            }
        }
    }

    #[test]
    fn bits_of_a_mask_come_highest_first() {
        assert!(descending(0u16).next().is_none());
        assert!(descending(0x8011u16).eq([15, 4, 0]));
        assert!(descending(1u64 << 63 | 2).eq([63, 1]));
    }
}
