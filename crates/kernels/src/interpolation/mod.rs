//! What luma and chroma interpolation share: filters (tables 8-11 and 8-12), shifts, the format of
//! predSamples, and the reference implementation for any number of taps.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
pub(crate) mod baseline;

use rivus_picture::{Block, BlockMut, Sample};

/// Row stride of predSamples buffers, in values: the largest prediction block width.
pub const MC_STRIDE: usize = 64;

/// What is subtracted from predSamples to store them in 16 bits.
///
/// predSamples are samples scaled to 14 bits. The half-sample luma filter has taps that add up to 88 and -24
/// (of 64), so two passes turn 14-bit samples (16320 at most for 8 bits) into -2 * 88 * 24 / 64^2 .. (88^2 +
/// 24^2) / 64^2 times that: -16830 ..= 33150 for 8 bits, -16896 ..= 33271 for 12. Minus 8192 they are -25088
/// ..= 25079.
pub const PRED_BIAS: i32 = 8192;

/// 8.5.3.3.3.2: fL, luma filter coefficients per quarter-sample position.
pub const LUMA_TAPS: [[i8; 8]; 4] = [
    [0, 0, 0, 64, 0, 0, 0, 0],
    [-1, 4, -10, 58, 17, -5, 1, 0],
    [-1, 4, -11, 40, 40, -11, 4, -1],
    [0, 1, -5, 17, 58, -10, 4, -1],
];

/// 8.5.3.3.3.3: fC, chroma filter coefficients per eighth-sample position.
pub const CHROMA_TAPS: [[i8; 4]; 8] = [
    [0, 64, 0, 0],
    [-2, 58, 10, -2],
    [-4, 54, 16, -2],
    [-6, 46, 28, -4],
    [-4, 36, 36, -4],
    [-4, 28, 46, -6],
    [-2, 16, 54, -4],
    [-2, 10, 58, -2],
];

/// shift1 of 8.5.3.3.3: after the first filter.
#[inline]
pub(crate) fn filter_shift(bit_depth: u8) -> u32 {
    u32::from(bit_depth - 8).min(4)
}

/// shift3 of 8.5.3.3.3, and shift1 of 8.5.3.3.4.2: from samples to predSamples and back.
#[inline]
pub(crate) fn pred_shift(bit_depth: u8) -> u32 {
    14_u32.saturating_sub(bit_depth.into()).max(2)
}

/// 8.5.3.3.3.1 for a block of `w` x `h`: calls `store(x, y, predSample)` for each. `src` has `N - 1` more
/// columns and rows than the block and starts `N / 2 - 1` to the left and above. `None` as filter stands for
/// full-sample position.
fn interpolate<S: Sample, const N: usize>(
    src: Block<'_, S>,
    w: usize,
    h: usize,
    horizontal: Option<&[i8; N]>,
    vertical: Option<&[i8; N]>,
    bit_depth: u8,
    mut store: impl FnMut(usize, usize, i32),
) {
    assert!((src.width(), src.height()) == (w + N - 1, h + N - 1), "{src:?} for a block of {w}x{h}");
    let origin = N / 2 - 1;
    let shift1 = filter_shift(bit_depth);
    let tap = |taps: &[i8; N], i: usize| i32::from(taps[i]);
    let sample = |x: usize, y: usize| src.at(x, y).to_i32();
    let filter_row = |taps: &[i8; N], x: usize, y: usize| -> i32 {
        (0..N).map(|i| tap(taps, i) * sample(x + i, y)).sum::<i32>() >> shift1
    };
    for y in 0..h {
        for x in 0..w {
            let value = match (horizontal, vertical) {
                (None, None) => sample(x + origin, y + origin) << pred_shift(bit_depth),
                (Some(taps), None) => filter_row(taps, x, y + origin),
                (None, Some(taps)) => {
                    (0..N).map(|i| tap(taps, i) * sample(x + origin, y + i)).sum::<i32>() >> shift1
                }
                (Some(across), Some(down)) => {
                    (0..N).map(|i| tap(down, i) * filter_row(across, x, y + i)).sum::<i32>() >> 6
                }
            };
            store(x, y, value);
        }
    }
}

/// Interpolation with default weighting (8.5.3.3.4.2) of a single prediction.
pub(crate) fn put<S: Sample, const N: usize>(
    mut dst: BlockMut<'_, S>,
    src: Block<'_, S>,
    horizontal: Option<&[i8; N]>,
    vertical: Option<&[i8; N]>,
    bit_depth: u8,
) {
    let (w, h) = (dst.width(), dst.height());
    let shift = pred_shift(bit_depth);
    interpolate(src, w, h, horizontal, vertical, bit_depth, |x, y, value| {
        dst.row_mut(y)[x] = S::clip((value + (1 << (shift - 1))) >> shift, bit_depth);
    });
}

/// The mean of the predSamples `first` and those interpolated (8.5.3.3.4.2).
pub(crate) fn avg<S: Sample, const N: usize>(
    mut dst: BlockMut<'_, S>,
    first: &[i16],
    src: Block<'_, S>,
    horizontal: Option<&[i8; N]>,
    vertical: Option<&[i8; N]>,
    bit_depth: u8,
) {
    let (w, h) = (dst.width(), dst.height());
    let shift = pred_shift(bit_depth) + 1;
    interpolate(src, w, h, horizontal, vertical, bit_depth, |x, y, value| {
        let sum = i32::from(first[y * MC_STRIDE + x]) + PRED_BIAS + value;
        dst.row_mut(y)[x] = S::clip((sum + (1 << (shift - 1))) >> shift, bit_depth);
    });
}

/// Interpolation to biased predSamples. Above 12 bits values beyond 16 bits saturate.
pub(crate) fn prep<S: Sample, const N: usize>(
    dst: &mut [i16],
    src: Block<'_, S>,
    w: usize,
    h: usize,
    horizontal: Option<&[i8; N]>,
    vertical: Option<&[i8; N]>,
    bit_depth: u8,
) {
    interpolate(src, w, h, horizontal, vertical, bit_depth, |x, y, value| {
        dst[y * MC_STRIDE + x] = (value - PRED_BIAS).clamp(i16::MIN.into(), i16::MAX.into()) as i16;
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_has_unit_gain_and_mirrors() {
        for (i, taps) in LUMA_TAPS.iter().enumerate() {
            assert_eq!(taps.iter().map(|&t| i32::from(t)).sum::<i32>(), 64);
            let mirrored: Vec<_> = LUMA_TAPS[(4 - i) % 4].iter().rev().copied().collect();
            assert!(i == 0 || *taps == mirrored[..]);
        }
        for (i, taps) in CHROMA_TAPS.iter().enumerate() {
            assert_eq!(taps.iter().map(|&t| i32::from(t)).sum::<i32>(), 64);
            let mirrored: Vec<_> = CHROMA_TAPS[(8 - i) % 8].iter().rev().copied().collect();
            assert!(i == 0 || *taps == mirrored[..]);
        }
    }

    /// The content that drives both passes to their extremes stays inside 16 bits thanks to the bias.
    #[test]
    fn extreme_predsamples_fit_16_bits() {
        let taps = &LUMA_TAPS[2];
        for (bit_depth, low, high) in [(8, -16830, 33150), (10, -16879, 33247), (12, -16892, 33271)] {
            let max = (1_u16 << bit_depth) - 1;
            for flip in [false, true] {
                let src: Vec<u16> = (0..64)
                    .map(|i| {
                        let same_sign = (taps[i % 8] > 0) == (taps[i / 8] > 0);
                        if same_sign != flip { max } else { 0 }
                    })
                    .collect();
                let mut out = [0i16; 1];
                prep(&mut out, Block::new(&src, 0, 8, 8, 8), 1, 1, Some(taps), Some(taps), bit_depth);
                let value = i32::from(out[0]) + PRED_BIAS;
                assert!((value - if flip { low } else { high }).abs() <= 2, "{bit_depth} {flip}: {value}");
            }
        }
    }
}
