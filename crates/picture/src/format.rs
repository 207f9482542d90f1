//! Chroma format and dimensions of a picture.

/// `chroma_format_idc` (6.2, table 6-1): how many chroma samples go with the luma samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum ChromaFormat {
    /// 4:0:0: luma only.
    Monochrome = 0,
    /// 4:2:0: chroma at half width and half height.
    #[default]
    Yuv420 = 1,
    /// 4:2:2: chroma at half width.
    Yuv422 = 2,
    /// 4:4:4: chroma at full size.
    Yuv444 = 3,
}

impl ChromaFormat {
    /// From `chroma_format_idc`; `None` above 3.
    pub fn from_idc(chroma_format_idc: u8) -> Option<Self> {
        match chroma_format_idc {
            0 => Some(Self::Monochrome),
            1 => Some(Self::Yuv420),
            2 => Some(Self::Yuv422),
            3 => Some(Self::Yuv444),
            _ => None,
        }
    }

    /// Log2 of SubWidthC: 1 for 4:2:0 and 4:2:2, else 0.
    #[inline]
    pub fn sub_width_shift(self) -> u32 {
        matches!(self, Self::Yuv420 | Self::Yuv422).into()
    }

    /// Log2 of SubHeightC: 1 for 4:2:0, else 0.
    #[inline]
    pub fn sub_height_shift(self) -> u32 {
        matches!(self, Self::Yuv420).into()
    }

    /// Number of sample planes: 1 or 3.
    #[inline]
    pub fn num_planes(self) -> usize {
        if self == Self::Monochrome { 1 } else { 3 }
    }

    /// (log2 of the horizontal, of the vertical) subsampling of plane 0 (luma), 1 (Cb) or 2 (Cr).
    #[inline]
    pub fn plane_shifts(self, plane: usize) -> (u32, u32) {
        if plane == 0 { (0, 0) } else { (self.sub_width_shift(), self.sub_height_shift()) }
    }
}

/// Dimensions, chroma format and bit depths of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PictureFormat {
    /// Coded width in luma samples, before the conformance window.
    pub width: usize,
    /// Coded height in luma samples, before the conformance window.
    pub height: usize,
    /// Chroma format.
    pub chroma: ChromaFormat,
    /// BitDepthY, 8..=16.
    pub bit_depth_luma: u8,
    /// BitDepthC, 8..=16.
    pub bit_depth_chroma: u8,
}

impl PictureFormat {
    /// Width and height of plane 0 (luma), 1 (Cb) or 2 (Cr) in samples of that plane. A luma size that is
    /// not a multiple of the subsampling is rounded up.
    #[inline]
    pub fn plane_size(&self, plane: usize) -> (usize, usize) {
        let (sx, sy) = self.chroma.plane_shifts(plane);
        ((self.width + (1 << sx) - 1) >> sx, (self.height + (1 << sy) - 1) >> sy)
    }

    /// Bit depth of plane 0 (luma), 1 (Cb) or 2 (Cr).
    #[inline]
    pub fn bit_depth(&self, plane: usize) -> u8 {
        if plane == 0 { self.bit_depth_luma } else { self.bit_depth_chroma }
    }

    /// Number of sample planes: 1 or 3.
    #[inline]
    pub fn num_planes(&self) -> usize {
        self.chroma.num_planes()
    }

    /// Whether both components are 8 bits deep, so that samples are stored as `u8`; otherwise `u16`.
    #[inline]
    pub fn is_8bit(&self) -> bool {
        self.bit_depth_luma == 8 && (self.chroma == ChromaFormat::Monochrome || self.bit_depth_chroma == 8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plane_sizes_follow_table_6_1() {
        let size = |chroma, plane| {
            PictureFormat { width: 35, height: 17, chroma, bit_depth_luma: 8, bit_depth_chroma: 10 }
                .plane_size(plane)
        };
        assert_eq!(size(ChromaFormat::Yuv420, 0), (35, 17));
        assert_eq!(size(ChromaFormat::Yuv420, 1), (18, 9));
        assert_eq!(size(ChromaFormat::Yuv422, 2), (18, 17));
        assert_eq!(size(ChromaFormat::Yuv444, 1), (35, 17));
    }

    #[test]
    fn chroma_format_idc_round_trips() {
        for idc in 0..4 {
            assert_eq!(ChromaFormat::from_idc(idc).map(|f| f as u8), Some(idc));
        }
        assert_eq!(ChromaFormat::from_idc(4), None);
    }
}
