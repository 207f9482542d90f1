//! Blocks without transform: transform skip (8.6.4.2) and residual DPCM (8.6.5, 8.6.6).

use super::{ResidualParams, bd_shift};

/// Direction in which residual DPCM accumulates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Each sample adds the one to its left.
    Horizontal,
    /// Each sample adds the one above.
    Vertical,
}

/// The residual sample of a scaled coefficient `d` of a transform-skipped block: tsShift, then bdShift (8.6.2).
///
/// From 11 bits on, large blocks shift to the left in sum, and levels that no encoder would choose can exceed 16 bits. The
/// formula has no clip there, and decoders that keep residuals in 16 bits, the reference decoder among them, wrap; so does
/// this, unless residuals are kept in 32 bits.
#[inline]
pub(super) fn residual(params: &ResidualParams<'_>, d: i32) -> i32 {
    let bd_shift = bd_shift(params.bit_depth, params.extended_precision);
    let ts_shift = params.log2_size + if params.extended_precision { 5.min(bd_shift - 2) } else { 5 };
    let r = ((i64::from(d) << ts_shift) + (1 << (bd_shift - 1))) >> bd_shift;
    if params.needs_wide() { r as i32 } else { (r as i16).into() }
}

/// 8.6.5, 8.6.6: turns differences into the residual.
pub(super) fn accumulate(block: &mut [i32], log2_size: u8, direction: Direction) {
    let n = 1usize << log2_size;
    match direction {
        Direction::Horizontal => {
            for row in block.chunks_exact_mut(n) {
                let mut sum = 0i32;
                for v in row {
                    sum = sum.wrapping_add(*v);
                    *v = sum;
                }
            }
        }
        Direction::Vertical => {
            for i in n..block.len() {
                block[i] = block[i].wrapping_add(block[i - n]);
            }
        }
    }
}
