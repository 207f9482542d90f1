//! Availability of neighbouring coding tree units (6.4.1).
//!
//! Inside a CTU availability is a matter of z-order
//! ([`CtuMaps::available`](crate::ctu::maps::CtuMaps::available));
//! 6.4.2, for prediction blocks, is part of [`crate::motion`]. Here is the rest: which of the neighbouring
//! CTUs belong to the same slice and tile.

use rivus_syntax::ps::{PpsDerived, Sps};

use crate::ctu::maps::CtuAvailability;

/// The order of a picture's CTBs and their tiles (6.5.1), as derived with the picture parameter set.
#[derive(Clone, Copy, Debug)]
pub struct CtbScan<'a> {
    /// PicWidthInCtbsY.
    pub width_in_ctbs: u32,
    /// CtbAddrRsToTs.
    pub ctb_addr_rs_to_ts: &'a [u32],
    /// TileId by raster address.
    pub tile_id_rs: &'a [u32],
}

impl<'a> CtbScan<'a> {
    /// The scan of pictures that refer to `sps` and the PPS `derived` comes from.
    pub fn new(sps: &Sps, derived: &'a PpsDerived) -> Self {
        Self {
            width_in_ctbs: sps.pic_width_in_ctbs(),
            ctb_addr_rs_to_ts: &derived.ctb_addr_rs_to_ts,
            tile_id_rs: &derived.tile_id_rs,
        }
    }

    /// 6.4.1: which neighbours of the CTU at raster address `ctb_addr_rs` are available, where its slice (not
    /// slice segment) begins at `slice_addr_rs` (SliceAddrRs). Addresses outside the picture have no
    /// available neighbours.
    ///
    /// The four neighbours asked for precede the CTU in decoding order if they are in its tile. A slice is
    /// contiguous in that order, so such a CTU belongs to it exactly if it does not precede the slice's
    /// first.
    pub fn neighbours(&self, ctb_addr_rs: u32, slice_addr_rs: u32) -> CtuAvailability {
        let (Some(width), Some(&slice_addr_ts)) =
            (self.width_in_ctbs.checked_sub(1), self.ctb_addr_rs_to_ts.get(slice_addr_rs as usize))
        else {
            return CtuAvailability::default();
        };
        let Some(&tile) = self.tile_id_rs.get(ctb_addr_rs as usize) else {
            return CtuAvailability::default();
        };
        let available = |addr: u32| {
            let (ts, id) = (self.ctb_addr_rs_to_ts.get(addr as usize), self.tile_id_rs.get(addr as usize));
            ts.is_some_and(|&ts| ts >= slice_addr_ts) && id == Some(&tile)
        };
        let x_ctb = ctb_addr_rs % self.width_in_ctbs;
        let (not_first, not_last) = (x_ctb > 0, x_ctb < width);
        let up = ctb_addr_rs.checked_sub(self.width_in_ctbs);
        CtuAvailability {
            left: not_first && available(ctb_addr_rs - 1),
            up: up.is_some_and(available),
            up_left: not_first && up.is_some_and(|up| available(up - 1)),
            up_right: not_last && up.is_some_and(|up| available(up + 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(a: CtuAvailability) -> [bool; 4] {
        [a.left, a.up, a.up_left, a.up_right]
    }

    #[test]
    fn slices_cut_what_precedes_them() {
        // 4x3 CTBs, one tile; a slice starts at CTB 5.
        let order: Vec<u32> = (0..12).collect();
        let scan = CtbScan { width_in_ctbs: 4, ctb_addr_rs_to_ts: &order, tile_id_rs: &[0; 12] };
        assert_eq!(flags(scan.neighbours(5, 5)), [false; 4]);
        assert_eq!(flags(scan.neighbours(6, 5)), [true, false, false, false]);
        assert_eq!(flags(scan.neighbours(8, 5)), [false, false, false, true], "first column");
        assert_eq!(flags(scan.neighbours(9, 5)), [true, true, false, true]);
        assert_eq!(flags(scan.neighbours(11, 5)), [true, true, true, false], "last column");
        assert_eq!(flags(scan.neighbours(5, 0)), [true; 4]);
    }

    #[test]
    fn tiles_cut_on_all_sides() {
        // 4x2 CTBs in two tile columns of two: tile scan 0 1 4 5 | 2 3 6 7.
        let order = [0, 1, 4, 5, 2, 3, 6, 7];
        let tiles = [0, 0, 1, 1, 0, 0, 1, 1];
        let scan = CtbScan { width_in_ctbs: 4, ctb_addr_rs_to_ts: &order, tile_id_rs: &tiles };
        assert_eq!(flags(scan.neighbours(5, 0)), [true, true, true, false]);
        assert_eq!(flags(scan.neighbours(6, 0)), [false, true, false, true]);
        // A slice of the first tile that starts at CTB 4 does not reach the row above.
        assert_eq!(flags(scan.neighbours(5, 4)), [true, false, false, false]);
    }

    #[test]
    fn addresses_outside_have_no_neighbours() {
        let scan = CtbScan { width_in_ctbs: 2, ctb_addr_rs_to_ts: &[0, 1], tile_id_rs: &[0, 0] };
        assert_eq!(flags(scan.neighbours(7, 0)), [false; 4]);
        assert_eq!(flags(scan.neighbours(1, 9)), [false; 4]);
    }
}
