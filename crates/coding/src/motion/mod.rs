//! Motion data and its prediction (8.5.3.2).

/// A motion vector in quarter luma samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
#[allow(missing_docs)]
pub struct Mv {
    pub x: i16,
    pub y: i16,
}

/// `Motion::ref_pic` of an unused list.
pub const NO_REF: u8 = 0xff;

/// Motion of a prediction block: the result of 8.5.3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Motion {
    /// MvL0, MvL1; zero where the list is unused.
    pub mv: [Mv; 2],
    /// RefIdxL0, RefIdxL1; -1 where the list is unused.
    pub ref_idx: [i8; 2],
    /// Identity of the reference pictures within the current picture, the same for all its slices
    /// (index into its table of reference pictures); [`NO_REF`] where unused. Deblocking and the comparison of
    /// combined candidates use it, since `ref_idx` means something else in every slice.
    pub ref_pic: [u8; 2],
}

impl Default for Motion {
    fn default() -> Self {
        Self::INTRA
    }
}

impl Motion {
    /// No motion: intra, or not available.
    pub const INTRA: Self = Self { mv: [Mv { x: 0, y: 0 }; 2], ref_idx: [-1; 2], ref_pic: [NO_REF; 2] };

    /// predFlagLX.
    pub fn uses(&self, list: usize) -> bool {
        self.ref_idx[list] >= 0
    }

    /// Both lists used.
    pub fn is_bi(&self) -> bool {
        self.ref_idx[0] >= 0 && self.ref_idx[1] >= 0
    }

    /// At least one list used.
    pub fn is_inter(&self) -> bool {
        self.ref_idx[0] >= 0 || self.ref_idx[1] >= 0
    }
}
