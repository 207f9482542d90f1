//! What the tests of this crate share: random numbers and random pictures.

use rivus_picture::{ChromaFormat, PictureFormat, Sample};

/// A small random generator (splitmix64). Tests name their seed in the message of every assertion.
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In `0..n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// In `from..=to`.
    pub(crate) fn range(&mut self, from: i32, to: i32) -> i32 {
        from + self.below((to - from + 1) as usize) as i32
    }

    /// True in one of `n` cases.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// A sample of any value.
    pub(crate) fn sample<S: Sample>(&mut self, bit_depth: u8) -> S {
        S::from_i32(self.below(1 << bit_depth) as i32)
    }
}

/// All chroma formats.
pub(crate) const CHROMA_FORMATS: [ChromaFormat; 4] =
    [ChromaFormat::Monochrome, ChromaFormat::Yuv420, ChromaFormat::Yuv422, ChromaFormat::Yuv444];

/// A format with equal bit depths.
pub(crate) fn format(width: usize, height: usize, chroma: ChromaFormat, bit_depth: u8) -> PictureFormat {
    PictureFormat { width, height, chroma, bit_depth_luma: bit_depth, bit_depth_chroma: bit_depth }
}
