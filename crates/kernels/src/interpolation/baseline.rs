//! Interpolation in portable vectors, for filters of `N` taps, eight columns at a time. Ranges as in the
//! AVX2 file: deeper samples than `MAX_BIT_DEPTH` take the scalar path.

use rivus_picture::{Block, BlockMut};
use wide::{i16x8, i32x4, u16x8};

use super::{MC_STRIDE, PRED_BIAS, filter_shift, pred_shift};
use crate::lanes::{
    Lanes, clip, join_columns, load_part, load_values, pair_rows, signed, splat_pair, store_part,
};

/// Largest bit depth for which 16-bit values suffice.
pub(crate) const MAX_BIT_DEPTH: u8 = 12;

/// Largest height of a block, with what the filter needs above and below.
const MAX_ROWS: usize = 64 + 7;

/// Sums of products of pairs of rows, or of neighbours in a row, with pairs of taps: for even and odd
/// columns.
#[inline]
fn dot<const N: usize>(taps: &[i8; N], start: i32x4, pair: impl Fn(usize) -> [i16x8; 2]) -> [i32x4; 2] {
    let mut sums = [start; 2];
    for (k, taps) in taps.as_chunks::<2>().0.iter().enumerate() {
        let factors = splat_pair(taps[0].into(), taps[1].into());
        for (sum, pair) in sums.iter_mut().zip(pair(2 * k)) {
            *sum += pair.dot(factors);
        }
    }
    sums
}

/// 8.5.3.3.3.1: calls `store(x, y, biased predSamples)` for up to eight columns from `x` on.
#[inline]
fn interpolate<S: Lanes, const N: usize>(
    src: Block<'_, S>,
    w: usize,
    h: usize,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
    bit_depth: u8,
    mut store: impl FnMut(usize, usize, i16x8),
) {
    assert!((src.width(), src.height()) == (w + N - 1, h + N - 1) && h + 7 <= MAX_ROWS, "{src:?}");
    let mut x = 0;
    while x + 8 <= w {
        let samples =
            |y: usize, from: usize| src.row(y)[x + from..].first_chunk().map_or(u16x8::ZERO, S::load);
        strip(samples, h, across, down, bit_depth, |y, v| store(x, y, v));
        x += 8;
    }
    if x < w {
        let samples = |y: usize, from: usize| load_part(&src.row(y)[x + from..][..w - x]);
        strip(samples, h, across, down, bit_depth, |y, v| store(x, y, v));
    }
}

/// The same for one strip: `samples(y, k)` are the eight samples from its column `k` on in row `y` of the
/// source.
#[inline]
fn strip<const N: usize>(
    samples: impl Fn(usize, usize) -> u16x8,
    h: usize,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
    bit_depth: u8,
    mut store: impl FnMut(usize, i16x8),
) {
    let origin = N / 2 - 1;
    let (shift1, shift3) = (filter_shift(bit_depth), pred_shift(bit_depth));
    let bias = i16x8::splat(PRED_BIAS as i16);
    let samples = |y, k| signed(samples(y, k));
    let filtered = |taps: &[i8; N], y: usize| {
        // Pairs of neighbours are there as they are: for even columns from an even distance, for odd ones
        // from an odd one.
        let pair = |k| [samples(y, k), samples(y, k + 1)];
        join_columns(dot(taps, i32x4::ZERO, pair).map(|sum| sum >> shift1))
    };
    let Some(down) = down else {
        for y in 0..h {
            let values = match across {
                Some(taps) => filtered(taps, y + origin),
                None => samples(y + origin, origin) << shift3,
            };
            store(y, values - bias);
        }
        return;
    };
    let mut rows = [i16x8::ZERO; MAX_ROWS];
    for (y, row) in rows.iter_mut().enumerate().take(h + N - 1) {
        *row = across.map_or_else(|| samples(y, origin), |taps| filtered(taps, y));
    }
    let shift = if across.is_some() { 6 } else { shift1 };
    let start = i32x4::splat(-PRED_BIAS << shift);
    for y in 0..h {
        let sums = dot(down, start, |k| pair_rows(rows[y + k], rows[y + k + 1]));
        store(y, join_columns(sums.map(|sum| sum >> shift)));
    }
}

/// From biased predSamples, or sums with `bias`, to samples: `(v + bias + half) >> shift`, clipped. The bias
/// is added after the shift, so that only a saturated sum, far outside the samples, could be wrong.
#[inline]
pub(crate) fn to_samples(v: i16x8, shift: u32, bias: i32, bit_depth: u8) -> i16x8 {
    let rounded = v.saturating_add(i16x8::splat(1 << (shift - 1))) >> shift;
    clip(rounded + i16x8::splat((bias >> shift) as i16), bit_depth)
}

/// Prediction with default weighting; `bit_depth` is at most [`MAX_BIT_DEPTH`].
pub(crate) fn put<S: Lanes, const N: usize>(
    mut dst: BlockMut<'_, S>,
    src: Block<'_, S>,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
    bit_depth: u8,
) {
    let (w, h) = (dst.width(), dst.height());
    let shift = pred_shift(bit_depth);
    interpolate(src, w, h, across, down, bit_depth, |x, y, v| {
        let row = &mut dst.row_mut(y)[x..];
        let columns = row.len().min(8);
        store_part(&mut row[..columns], to_samples(v, shift, PRED_BIAS, bit_depth));
    });
}

/// The mean of `first` and the prediction from `src`; `bit_depth` is at most [`MAX_BIT_DEPTH`]. The sum may
/// saturate: see `weighted::avx2`.
pub(crate) fn avg<S: Lanes, const N: usize>(
    mut dst: BlockMut<'_, S>,
    first: &[i16],
    src: Block<'_, S>,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
    bit_depth: u8,
) {
    let (w, h) = (dst.width(), dst.height());
    let shift = pred_shift(bit_depth) + 1;
    interpolate(src, w, h, across, down, bit_depth, |x, y, v| {
        let row = &mut dst.row_mut(y)[x..];
        let columns = row.len().min(8);
        let first = load_values(&first[y * MC_STRIDE + x..][..columns]);
        let mean = to_samples(first.saturating_add(v), shift, 2 * PRED_BIAS, bit_depth);
        store_part(&mut row[..columns], mean);
    });
}

/// Biased predSamples; `bit_depth` is at most [`MAX_BIT_DEPTH`].
pub(crate) fn prep<S: Lanes, const N: usize>(
    dst: &mut [i16],
    src: Block<'_, S>,
    w: usize,
    h: usize,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
    bit_depth: u8,
) {
    interpolate(src, w, h, across, down, bit_depth, |x, y, v| {
        let columns = (w - x).min(8);
        let out = &mut dst[y * MC_STRIDE + x..][..columns];
        store_part::<u16>(bytemuck::cast_slice_mut(out), v);
    });
}
