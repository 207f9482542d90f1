//! A picture divided into coding tree blocks (6.3.1): sizes, addresses and positions.
//!
//! The conversions between raster and tile scan (6.5.1) are derived with the picture parameter set, in
//! `rivus_syntax`; [`crate::availability`] uses them.

use rivus_syntax::ps::Sps;

/// Size of a picture and of its coding tree blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureGeometry {
    /// `pic_width_in_luma_samples`.
    pub width: u32,
    /// `pic_height_in_luma_samples`.
    pub height: u32,
    /// CtbLog2SizeY, 3..=6.
    pub ctb_log2_size: u8,
}

impl PictureGeometry {
    /// The geometry of pictures that refer to `sps`.
    pub const fn new(sps: &Sps) -> Self {
        Self {
            width: sps.pic_width_in_luma_samples,
            height: sps.pic_height_in_luma_samples,
            ctb_log2_size: sps.ctb_log2_size() as u8,
        }
    }

    /// PicWidthInCtbsY.
    pub const fn width_in_ctbs(&self) -> u32 {
        self.width.div_ceil(1 << self.ctb_log2_size)
    }

    /// PicHeightInCtbsY.
    pub const fn height_in_ctbs(&self) -> u32 {
        self.height.div_ceil(1 << self.ctb_log2_size)
    }

    /// PicSizeInCtbsY.
    pub const fn size_in_ctbs(&self) -> u32 {
        self.width_in_ctbs() * self.height_in_ctbs()
    }

    /// Column and row of the CTB at raster address `ctb_addr_rs`, in CTBs.
    pub const fn ctb_position(&self, ctb_addr_rs: u32) -> (u32, u32) {
        (ctb_addr_rs % self.width_in_ctbs(), ctb_addr_rs / self.width_in_ctbs())
    }

    /// Top-left luma sample of the CTB at raster address `ctb_addr_rs`.
    pub const fn ctb_origin(&self, ctb_addr_rs: u32) -> (u32, u32) {
        let (x_ctb, y_ctb) = self.ctb_position(ctb_addr_rs);
        (x_ctb << self.ctb_log2_size, y_ctb << self.ctb_log2_size)
    }

    /// Raster address of the CTB in column `x_ctb` of row `y_ctb`.
    pub const fn ctb_addr_rs(&self, x_ctb: u32, y_ctb: u32) -> u32 {
        y_ctb * self.width_in_ctbs() + x_ctb
    }

    /// Luma rows of CTB row `y_ctb`; shorter at the bottom of the picture, empty below it.
    pub fn ctb_row(&self, y_ctb: u32) -> core::ops::Range<u32> {
        let edge = |row: u32| (row << self.ctb_log2_size).min(self.height);
        edge(y_ctb)..edge(y_ctb + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_ctbs_count_and_addresses_round_trip() {
        let geometry = PictureGeometry { width: 200, height: 136, ctb_log2_size: 6 };
        assert_eq!(
            (geometry.width_in_ctbs(), geometry.height_in_ctbs(), geometry.size_in_ctbs()),
            (4, 3, 12)
        );
        for addr in 0..geometry.size_in_ctbs() {
            let (x, y) = geometry.ctb_position(addr);
            assert_eq!(geometry.ctb_addr_rs(x, y), addr);
            assert_eq!(geometry.ctb_origin(addr), (64 * x, 64 * y));
        }
        assert_eq!((geometry.ctb_row(1), geometry.ctb_row(2)), (64..128, 128..136));
        assert!(geometry.ctb_row(3).is_empty());
    }
}
