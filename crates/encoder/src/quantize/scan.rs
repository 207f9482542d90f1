//! Whole coefficient scans: the raster position of every coefficient of a block in coding order.

use rivus_coding::scan_order::{RASTER, sub_blocks};
use std::array;

/// Raster positions by scan position for all block sizes and scans.
pub struct Scans {
    tables: [[Box<[u16]>; 3]; 4],
}

impl Default for Scans {
    fn default() -> Self {
        let table = |log2: usize, scan_idx: usize| -> Box<[u16]> {
            // Only blocks up to 8x8 have other scans than the diagonal one.
            let scan_idx = if log2 > 3 { 0 } else { scan_idx };
            let origin = |at: u8| (usize::from(at >> 4) << log2 | usize::from(at & 15)) * 4;
            let groups = sub_blocks(log2 as u32, scan_idx).iter();
            groups
                .flat_map(|&at| RASTER[log2 - 2][scan_idx].map(|k| (origin(at) + usize::from(k)) as u16))
                .collect()
        };
        Self { tables: array::from_fn(|size| array::from_fn(|scan_idx| table(size + 2, scan_idx))) }
    }
}

impl Scans {
    /// The scan of a block of `1 << log2_size` (2..=5) with `scan_idx` (0..=2).
    #[inline]
    pub fn get(&self, log2_size: u8, scan_idx: u8) -> &[u16] {
        &self.tables[usize::from(log2_size) - 2][usize::from(scan_idx)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every position once, DC first.
    #[test]
    fn scans_are_permutations() {
        let scans = Scans::default();
        for log2_size in 2..=5u8 {
            for scan_idx in 0..3 {
                let scan = scans.get(log2_size, scan_idx);
                assert_eq!(scan[0], 0);
                let mut sorted = scan.to_vec();
                sorted.sort_unstable();
                assert!(sorted.iter().enumerate().all(|(i, &p)| i == usize::from(p)));
            }
        }
    }
}
