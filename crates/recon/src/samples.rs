//! Where the samples of a coding tree unit are while it is reconstructed.

use rivus_picture::{BlockMut, PictureFormat, Sample};

/// The samples of a CTU in progress and of its neighbours before in-loop filtering, as intra prediction wants them
/// (8.4.4.2.2): the row above, from the corner to the end of the above-right CTU, and the column to the left.
///
/// Coordinates count samples of a plane from the CTU's corner. Neighbours that `CtuMaps` calls unavailable are not asked
/// for.
pub trait CtuSamples<S: Sample> {
    /// Dimensions and bit depths of the picture.
    fn format(&self) -> &PictureFormat;

    /// Sample (`x`, `y`): x in -1..=127 (beyond 63 only for y = -1), y in -1..=63.
    fn sample(&self, plane: usize, x: isize, y: isize) -> S;

    /// `len` samples of row `y` from `x` on: the row above with `y` = -1, else inside the CTU.
    fn row(&self, plane: usize, x: isize, y: isize, len: usize) -> &[S];

    /// The samples of column `x`, -1 or inside the CTU, from `y` on, to `out`.
    fn column(&self, plane: usize, x: isize, y: usize, out: &mut [S]);

    /// The rectangle of `w` x `h` samples at (`x`, `y`) inside the CTU, for writing.
    ///
    /// # Panics
    /// If it leaves the CTU.
    fn block_mut(&mut self, plane: usize, x: usize, y: usize, w: usize, h: usize) -> BlockMut<'_, S>;
}
