//! A block's groups of sixteen coefficients (sub-blocks) in coding order.

use rivus_coding::scan_order::{RASTER, sub_blocks};

/// Where the groups of a block lie.
#[derive(Clone, Copy)]
pub(super) struct Groups {
    /// Positions `y << 4 | x` in units of groups.
    order: &'static [u8],
    /// Raster positions of the coefficients of the first group.
    offsets: &'static [u8; 16],
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
            log2_size,
        }
    }

    /// Column and row of a group, in groups.
    #[inline]
    pub(super) fn place(&self, group: usize) -> (usize, usize) {
        (usize::from(self.order[group] & 7), usize::from(self.order[group] >> 4 & 7))
    }

    /// Raster positions of a group's coefficients in coding order.
    #[inline]
    pub(super) fn positions(&self, group: usize) -> [usize; 16] {
        let (x, y) = self.place(group);
        let origin = (y << self.log2_size | x) * 4;
        self.offsets.map(|offset| origin + usize::from(offset))
    }

    /// Whether all levels of a group are zero.
    #[inline]
    fn is_empty(&self, levels: &[i16], group: usize) -> bool {
        let (x, y) = self.place(group);
        let origin = (y << self.log2_size | x) * 4;
        let rows = &levels[origin..origin + (3 << self.log2_size) + 4];
        (0..4).all(|row| rows[row << self.log2_size..][..4] == [0; 4])
    }

    /// The groups with levels that are not zero: a bit for each.
    #[inline]
    pub(super) fn occupied(&self, levels: &[i16]) -> u64 {
        (0..self.order.len()).fold(0, |mask, group| mask | u64::from(!self.is_empty(levels, group)) << group)
    }

    /// Sets the levels of a group to zero.
    #[inline]
    pub(super) fn clear(&self, levels: &mut [i16], group: usize) {
        for at in self.positions(group) {
            levels[at] = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every position once, DC first; emptiness agrees with the positions.
    #[test]
    fn groups_cover_the_block() {
        for log2_size in 2..=5u8 {
            for scan_idx in 0..3 {
                let groups = Groups::new(log2_size, scan_idx);
                let count = 1usize << (2 * log2_size);
                let mut all: Vec<usize> = (0..count / 16).flat_map(|g| groups.positions(g)).collect();
                assert_eq!(all[0], 0);
                for (i, &at) in all.iter().enumerate() {
                    let mut levels = vec![0; count];
                    levels[at] = -1;
                    assert_eq!(groups.occupied(&levels), 1 << (i / 16), "size {log2_size} position {at}");
                }
                all.sort_unstable();
                assert!(all.iter().copied().eq(0..count));
            }
        }
    }
}
