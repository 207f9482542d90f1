//! A reference plane as the search sees it: samples with their padding, and the vectors that stay inside.

use rivus_coding::motion::Mv;
use rivus_picture::{Block, Sample};

/// A luma plane of a finished reference picture with `pad` samples of padding on every side.
#[derive(Clone, Copy)]
pub struct RefPlane<'a, S: Sample> {
    samples: Block<'a, S>,
    pad: i32,
}

/// Inclusive range of vectors, in quarter samples, whose reference block and filter margins lie inside a padded plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct MvRange {
    pub min: Mv,
    pub max: Mv,
}

impl MvRange {
    /// The nearest vector inside the range.
    #[inline]
    pub fn clamp(&self, mv: Mv) -> Mv {
        Mv { x: mv.x.clamp(self.min.x, self.max.x), y: mv.y.clamp(self.min.y, self.max.y) }
    }

    /// Whether the vector of whole samples (`x`, `y`) lies inside.
    #[inline]
    pub fn holds_integer(&self, x: i32, y: i32) -> bool {
        (i32::from(self.min.x)..=i32::from(self.max.x)).contains(&(4 * x))
            && (i32::from(self.min.y)..=i32::from(self.max.y)).contains(&(4 * y))
    }
}

impl<'a, S: Sample> RefPlane<'a, S> {
    /// `samples` covers the plane and its padding.
    pub fn new(samples: Block<'a, S>, pad: usize) -> Self {
        Self { samples, pad: pad as i32 }
    }

    /// The block of `w` x `h` samples at (`x`, `y`), which may begin in the padding.
    #[inline]
    pub fn block(&self, x: i32, y: i32, w: usize, h: usize) -> Block<'a, S> {
        self.samples.sub((x + self.pad) as usize, (y + self.pad) as usize, w, h)
    }

    /// Vectors that keep a block of `w` x `h` at (`x`, `y`) and the eight-tap margins around it inside the padded plane,
    /// and within `reach` luma samples.
    pub fn mv_range(&self, x: i32, y: i32, w: i32, h: i32, reach: i32) -> MvRange {
        let (width, height) =
            (self.samples.width() as i32 - 2 * self.pad, self.samples.height() as i32 - 2 * self.pad);
        let margin = self.pad - 5;
        let bound = |low: i32, high: i32| {
            // A block inside the picture always has the zero vector.
            ((low.max(-reach).min(0) * 4) as i16, (high.min(reach).max(0) * 4) as i16)
        };
        let (min_x, max_x) = bound(-x - margin, width - x - w + margin);
        let (min_y, max_y) = bound(-y - margin, height - y - h + margin);
        MvRange { min: Mv { x: min_x, y: min_y }, max: Mv { x: max_x, y: max_y } }
    }
}
