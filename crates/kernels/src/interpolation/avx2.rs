//! Interpolation, AVX2, for filters of `N` = 2 `K` taps.
//!
//! Values are processed in cells, see `cells`.
//!
//! Taps are applied in pairs: `pmaddubsw` (8-bit samples) and `pmaddwd` (16-bit values) multiply two
//! neighbours with two taps and add. Neighbours across come from shuffles or shifted loads, neighbours down
//! from interleaving two rows.
//!
//! Ranges. Taps of one sign add up to at most 88 (positive) and 24 (negative). After one pass and shift1 =
//! BitDepth - 8, values are at most 4095 * 88 / 16 = 22522 and at least -6142, for 8 to 12 bits: 16 bits
//! hold them, and for 8 bits all partial sums of the pass (255 * 88 = 22440). The second pass adds in 32
//! bits and subtracts the bias before narrowing, see [`PRED_BIAS`]. Deeper samples take the scalar path.
#![allow(unsafe_code)]

use std::arch::x86_64::*;
use std::mem::MaybeUninit;

use rivus_picture::{Block, BlockMut};

use super::{MC_STRIDE, PRED_BIAS, filter_shift, pred_shift};
use crate::cells::{CellSample, load_bytes, load_words, rows_per_cell, store_bytes, store_words, strips};
use crate::x86::{load16, load32, load64, load128, load256, store16, store32, store64, store128, store256};

/// Largest bit depth for which 16-bit values suffice.
pub(crate) const MAX_BIT_DEPTH: u8 = 12;

/// Largest height of a block.
pub(crate) const MAX_HEIGHT: usize = 64;

/// Where cells of biased predSamples go.
pub(crate) trait Output {
    /// Stores a cell at `(x, y)`.
    ///
    /// # Safety
    /// AVX2 is there, and the cell lies inside the output.
    unsafe fn store<const W: usize>(&mut self, x: usize, y: usize, cell: __m256i);
}

/// predSamples, kept.
pub(crate) struct Prep<'a>(pub(crate) BlockMut<'a, i16>);

/// 8-bit samples with default weighting: (value + bias + 32) >> 6.
pub(crate) struct PutU8<'a>(pub(crate) BlockMut<'a, u8>);

/// Deeper samples with default weighting.
pub(crate) struct PutU16<'a>(pub(crate) BlockMut<'a, u16>, pub(crate) Rounding);

/// The mean of earlier predSamples and these, of 8-bit samples. The sum may saturate: see `weighted::avx2`.
pub(crate) struct AvgU8<'a> {
    dst: BlockMut<'a, u8>,
    first: Block<'a, i16>,
}

/// The same of deeper samples.
pub(crate) struct AvgU16<'a> {
    dst: BlockMut<'a, u16>,
    first: Block<'a, i16>,
    rounding: Rounding,
}

/// The way from 16-bit values `v` of `shift` additional bits to samples: `(v + bias + half) >> shift`,
/// clipped.
///
/// `pmulhrsw` by `2^(15 - shift)` is `(v + half) >> shift` without overflow; the bias is a multiple of
/// `2^shift`.
#[derive(Clone, Copy)]
pub(crate) struct Rounding {
    scale: __m256i,
    bias: __m256i,
    max: __m256i,
}

impl Rounding {
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(crate) fn new(shift: u32, bias: i32, bit_depth: u8) -> Self {
        Self {
            scale: _mm256_set1_epi16(1 << (15 - shift)),
            bias: _mm256_set1_epi16((bias >> shift) as i16),
            max: _mm256_set1_epi16(((1_u16 << bit_depth) - 1).cast_signed()),
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(crate) fn apply(self, v: __m256i) -> __m256i {
        let rounded = _mm256_add_epi16(_mm256_mulhrs_epi16(v, self.scale), self.bias);
        _mm256_max_epi16(_mm256_min_epi16(rounded, self.max), _mm256_setzero_si256())
    }
}

impl Output for Prep<'_> {
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn store<const W: usize>(&mut self, x: usize, y: usize, cell: __m256i) {
        // SAFETY: the cell lies inside.
        unsafe { store_words::<i16, W>(&mut self.0, x, y, cell) }
    }
}

impl Output for PutU8<'_> {
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn store<const W: usize>(&mut self, x: usize, y: usize, cell: __m256i) {
        let rounded = _mm256_mulhrs_epi16(cell, _mm256_set1_epi16(1 << (15 - 6)));
        let words = _mm256_add_epi16(rounded, _mm256_set1_epi16((PRED_BIAS >> 6) as i16));
        // SAFETY: the cell lies inside.
        unsafe { store_bytes::<W>(&mut self.0, x, y, words) }
    }
}

impl Output for AvgU8<'_> {
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn store<const W: usize>(&mut self, x: usize, y: usize, cell: __m256i) {
        // SAFETY: the cell lies inside, and `first` is as large as the output.
        let sum = _mm256_adds_epi16(unsafe { load_words::<i16, W>(self.first, x, y) }, cell);
        let rounded = _mm256_mulhrs_epi16(sum, _mm256_set1_epi16(1 << (15 - 7)));
        let words = _mm256_add_epi16(rounded, _mm256_set1_epi16(((2 * PRED_BIAS) >> 7) as i16));
        // SAFETY: the cell lies inside.
        unsafe { store_bytes::<W>(&mut self.dst, x, y, words) }
    }
}

impl Output for AvgU16<'_> {
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn store<const W: usize>(&mut self, x: usize, y: usize, cell: __m256i) {
        // SAFETY: the cell lies inside, and `first` is as large as the output.
        let sum = _mm256_adds_epi16(unsafe { load_words::<i16, W>(self.first, x, y) }, cell);
        // SAFETY: the cell lies inside.
        unsafe { store_words::<u16, W>(&mut self.dst, x, y, self.rounding.apply(sum)) }
    }
}

impl Output for PutU16<'_> {
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn store<const W: usize>(&mut self, x: usize, y: usize, cell: __m256i) {
        // SAFETY: the cell lies inside.
        unsafe { store_words::<u16, W>(&mut self.0, x, y, self.1.apply(cell)) }
    }
}

/// The taps, two by two, in each 16-bit lane as bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn byte_taps<const N: usize, const K: usize>(taps: &[i8; N]) -> [__m256i; K] {
    let pair = |k: usize| i16::from_le_bytes([taps[2 * k], taps[2 * k + 1]].map(i8::cast_unsigned));
    std::array::from_fn::<_, K, _>(pair).map(|pair| _mm256_set1_epi16(pair))
}

/// The taps, two by two, in each 32-bit lane as 16-bit values.
#[inline]
#[target_feature(enable = "avx2")]
fn word_taps<const N: usize, const K: usize>(taps: &[i8; N]) -> [__m256i; K] {
    let pair = |k: usize| {
        let [low, high] = [taps[2 * k], taps[2 * k + 1]].map(|tap| i16::from(tap).to_le_bytes());
        i32::from_le_bytes([low[0], low[1], high[0], high[1]])
    };
    std::array::from_fn::<_, K, _>(pair).map(|pair| _mm256_set1_epi32(pair))
}

/// Sum of `pmaddubsw` of pairs of samples and pairs of taps.
#[inline]
#[target_feature(enable = "avx2")]
fn dot_bytes<const K: usize>(pairs: &[__m256i; K], taps: &[__m256i; K]) -> __m256i {
    let mut sum = _mm256_maddubs_epi16(pairs[0], taps[0]);
    for k in 1..K {
        sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(pairs[k], taps[k]));
    }
    sum
}

/// Shuffles for [`window`]: number `k` brings samples `i + 2k` and `i + 2k + 1` to output `i` of each half.
const fn shuffles<const W: usize, const N: usize, const K: usize>() -> [[i8; 32]; K] {
    let mut shuffles = [[0; 32]; K];
    let mut k = 0;
    while k < K {
        let mut byte = 0;
        while byte < 32 {
            let sample = byte % 16 / 2 + byte % 2 + 2 * k;
            // The upper half of a 16-column window begins at column N - 1, its outputs at column 8.
            let skip = if W == 16 && byte >= 16 { 9 - N } else { 0 };
            shuffles[k][byte] = (sample + skip) as i8;
            byte += 1;
        }
        k += 1;
    }
    shuffles
}

/// The `W + N - 1` samples that a row of a strip is filtered from, without touching any other: for 16
/// columns in two overlapping halves, for less in one half per row of the cell (the second may repeat the
/// last row of the block).
///
/// # Safety
/// `W + N - 1` samples from column `x` on lie inside row `y` of the block.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn window<const W: usize, const N: usize>(b: Block<'_, u8>, x: usize, y: usize) -> __m256i {
    let size = W + N - 1;
    if W == 16 {
        // SAFETY: contract; the second load ends with the window.
        return unsafe { _mm256_set_m128i(load128(b, x + N - 1, y), load128(b, x, y)) };
    }
    // Two loads, the second ending with the window; what they overlap is shifted out of the second.
    let half = |y: usize| {
        // SAFETY: contract, and `next` below is a row; both loads lie inside the window.
        unsafe {
            if size > 8 {
                let rest = load64(b, x + size - 8, y);
                let rest = _mm_srl_epi64(rest, _mm_cvtsi32_si128(8 * (16 - size) as i32));
                _mm_unpacklo_epi64(load64(b, x, y), rest)
            } else {
                let rest = load32(b, x + size - 4, y).cast_unsigned() >> (8 * (8 - size));
                _mm_unpacklo_epi32(_mm_cvtsi32_si128(load32(b, x, y)), _mm_cvtsi32_si128(rest.cast_signed()))
            }
        }
    };
    let next = (y + 1).min(b.height() - 1);
    _mm256_set_m128i(half(next), half(y))
}

/// A cell filtered across, of 8-bit samples.
///
/// # Safety
/// As [`window`].
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn across_u8<const W: usize, const N: usize, const K: usize>(
    b: Block<'_, u8>,
    x: usize,
    y: usize,
    taps: &[__m256i; K],
) -> __m256i {
    // SAFETY: contract.
    let window = unsafe { window::<W, N>(b, x, y) };
    let shuffles = const { shuffles::<W, N, K>() };
    let pairs = shuffles.map(|shuffle| _mm256_shuffle_epi8(window, bytemuck::cast(shuffle)));
    dot_bytes(&pairs, taps)
}

/// A cell filtered across, of 16-bit samples.
///
/// # Safety
/// `W + N - 1` samples from column `x` on lie inside row `y` of the block.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn across_u16<const W: usize, const K: usize>(
    b: Block<'_, u16>,
    x: usize,
    y: usize,
    taps: &[__m256i; K],
    shift: __m128i,
) -> __m256i {
    // Even outputs from the pairs at even distances, odd outputs from those one further on.
    let [mut even, mut odd] = [_mm256_setzero_si256(); 2];
    for (k, &taps) in taps.iter().enumerate() {
        // SAFETY: contract; the last load begins at column `x + N - 1`.
        let (first, second) =
            unsafe { (load_words::<u16, W>(b, x + 2 * k, y), load_words::<u16, W>(b, x + 2 * k + 1, y)) };
        even = _mm256_add_epi32(even, _mm256_madd_epi16(first, taps));
        odd = _mm256_add_epi32(odd, _mm256_madd_epi16(second, taps));
    }
    let (even, odd) = (_mm256_sra_epi32(even, shift), _mm256_sra_epi32(odd, shift));
    _mm256_blend_epi16(even, _mm256_slli_epi32(odd, 16), 0b1010_1010)
}

/// Drops the first of a list and appends another last. In this form it stays in registers.
#[inline]
#[target_feature(enable = "avx2")]
fn shift_in<const K: usize>(list: &mut [__m256i; K], last: __m256i) {
    for k in 0..K {
        list[k] = if k + 1 < K { list[k + 1] } else { last };
    }
}

/// Rows `y` and `y + 1` interleaved; for narrow strips, rows `y + 1` and `y + 2` in the upper half.
///
/// # Safety
/// The strip at column `x` lies inside, and so do these rows.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn pair<const W: usize>(b: Block<'_, u8>, x: usize, y: usize) -> __m256i {
    // SAFETY: contract.
    unsafe {
        let (first, second) = (load_bytes::<W>(b, x, y), load_bytes::<W>(b, x, y + 1));
        if W == 16 {
            _mm256_set_m128i(_mm_unpackhi_epi8(first, second), _mm_unpacklo_epi8(first, second))
        } else {
            let third = load_bytes::<W>(b, x, y + 2);
            _mm256_set_m128i(_mm_unpacklo_epi8(second, third), _mm_unpacklo_epi8(first, second))
        }
    }
}

/// Filters a strip of 8-bit samples down.
///
/// # Safety
/// The strip at column `x`, of `h + N - 1` rows, lies inside `b`, and of `h` rows inside `out`; `h` is even.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn down_u8<const W: usize, const K: usize, O: Output>(
    b: Block<'_, u8>,
    x: usize,
    column: usize,
    h: usize,
    taps: &[__m256i; K],
    out: &mut O,
) {
    let bias = _mm256_set1_epi16(PRED_BIAS as i16);
    // Pairs that begin at even rows give the even output rows, those at odd rows the odd ones. A cell of a
    // narrow strip has both. (Loops rather than `map`: a closure that uses vectors is not inlined into a
    // function without them.)
    let [mut even, mut odd] = [[_mm256_setzero_si256(); K]; 2];
    for k in 0..K {
        // SAFETY: contract; so below.
        unsafe {
            even[k] = pair::<W>(b, x, 2 * k);
            if W == 16 {
                odd[k] = pair::<W>(b, x, 2 * k + 1);
            }
        }
    }
    let mut y = 0;
    loop {
        // SAFETY: contract; `y + 1 < h`.
        unsafe {
            out.store::<W>(column, y, _mm256_sub_epi16(dot_bytes(&even, taps), bias));
            if W == 16 {
                out.store::<W>(column, y + 1, _mm256_sub_epi16(dot_bytes(&odd, taps), bias));
            }
        }
        y += 2;
        if y >= h {
            return;
        }
        // SAFETY: `y + 2 * (K - 1) + 2` is at most `h + N - 2`, the last row.
        unsafe {
            shift_in(&mut even, pair::<W>(b, x, y + 2 * (K - 1)));
            if W == 16 {
                shift_in(&mut odd, pair::<W>(b, x, y + 2 * (K - 1) + 1));
            }
        }
    }
}

/// Filters a strip of 16-bit values down. `cell(y)` gives the values of the cell that begins at row `y`, for
/// every row, or every second for narrow strips; the bias is subtracted after the shift.
///
/// # Safety
/// The strip of `h` rows lies inside `out`; `h` is even, at most [`MAX_HEIGHT`].
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn down_words<const W: usize, const K: usize, O: Output>(
    cell: impl Fn(usize) -> __m256i,
    column: usize,
    h: usize,
    taps: &[__m256i; K],
    shift: u32,
    out: &mut O,
) {
    let rows = const { rows_per_cell::<W>() };
    // Each row interleaved with the next: written once, read for `K` output rows.
    let mut pairs = [[MaybeUninit::<__m256i>::uninit(); 2]; MAX_HEIGHT + 8];
    let count = (h + 2 * K - 2) / rows;
    let mut current = cell(0);
    for (i, pair) in pairs[..count].iter_mut().enumerate() {
        let next = cell((i + 1) * rows);
        let below = if W == 16 { next } else { _mm256_permute2x128_si256(current, next, 0x21) };
        pair[0].write(_mm256_unpacklo_epi16(current, below));
        pair[1].write(_mm256_unpackhi_epi16(current, below));
        current = next;
    }
    let bias = _mm256_set1_epi32(-PRED_BIAS << shift);
    let shift = _mm_cvtsi32_si128(shift.cast_signed());
    for (i, y) in (0..h).step_by(rows).enumerate() {
        let mut sums = [bias; 2];
        for (k, &taps) in taps.iter().enumerate() {
            let pair = &pairs[i + 2 * k / rows];
            for (sum, half) in sums.iter_mut().zip(pair) {
                // SAFETY: the loop above wrote the first `count` pairs, and i + 2k / rows <= (h - rows + 2K
                // - 2) / rows < count.
                let half = unsafe { half.assume_init() };
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(half, taps));
            }
        }
        let [low, high] = sums.map(|sum| _mm256_sra_epi32(sum, shift));
        // SAFETY: contract.
        unsafe { out.store::<W>(column, y, _mm256_packs_epi32(low, high)) };
    }
}

/// Checks what the loads rely on: a block of `w` x `h` and a source that is larger by `N - 1`.
#[inline]
#[track_caller]
pub(crate) fn check<T: Copy>(src: Block<'_, T>, w: usize, h: usize, taps: usize) {
    assert!(w.is_multiple_of(2) && h.is_multiple_of(2) && h <= MAX_HEIGHT, "prediction block of {w}x{h}");
    assert!(w > 0 && h > 0 && (src.width(), src.height()) == (w + taps - 1, h + taps - 1), "{src:?}");
}

/// 8.5.3.3.3.1 for 8-bit samples.
///
/// # Safety
/// [`check`] passed for `src`, and `out` is at least `w` x `h`.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn interpolate_u8<const N: usize, const K: usize, O: Output>(
    src: Block<'_, u8>,
    w: usize,
    h: usize,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
    out: &mut O,
) {
    let origin = N / 2 - 1;
    let bias = _mm256_set1_epi16(PRED_BIAS as i16);
    match (across, down) {
        (None, None) => strips!(w, x, W => {
            for y in (0..h).step_by(rows_per_cell::<W>()) {
                // SAFETY: the source has `origin` rows and columns before the block and at least as many
                // after it.
                unsafe {
                    let samples = u8::load_cell::<W>(src, x + origin, y + origin);
                    out.store::<W>(x, y, _mm256_sub_epi16(_mm256_slli_epi16(samples, 6), bias));
                }
            }
        }),
        (Some(across), None) => {
            let taps = byte_taps::<N, K>(across);
            strips!(w, x, W => for y in (0..h).step_by(rows_per_cell::<W>()) {
                // SAFETY: the source has N - 1 more rows and columns than the block.
                unsafe {
                    let values = across_u8::<W, N, K>(src, x, y + origin, &taps);
                    out.store::<W>(x, y, _mm256_sub_epi16(values, bias));
                }
            });
        }
        (None, Some(down)) => {
            let taps = byte_taps::<N, K>(down);
            // SAFETY: as above.
            strips!(w, x, W => unsafe { down_u8::<W, K, O>(src, x + origin, x, h, &taps, out) });
        }
        (Some(across), Some(down)) => {
            let (across, down) = (byte_taps::<N, K>(across), word_taps::<N, K>(down));
            strips!(w, x, W => {
                // SAFETY: as above; `down_words` asks for rows of the source.
                let cell = |y| unsafe { across_u8::<W, N, K>(src, x, y, &across) };
                // SAFETY: as above.
                unsafe { down_words::<W, K, O>(cell, x, h, &down, 6, out) }
            });
        }
    }
}

/// 8.5.3.3.3.1 for samples of up to [`MAX_BIT_DEPTH`] bits.
///
/// # Safety
/// As [`interpolate_u8`].
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn interpolate_u16<const N: usize, const K: usize, O: Output>(
    src: Block<'_, u16>,
    w: usize,
    h: usize,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
    bit_depth: u8,
    out: &mut O,
) {
    let origin = N / 2 - 1;
    let bias = _mm256_set1_epi16(PRED_BIAS as i16);
    let shift1 = filter_shift(bit_depth);
    let shift1_count = _mm_cvtsi32_si128(shift1.cast_signed());
    match (across, down) {
        (None, None) => {
            let shift3 = _mm_cvtsi32_si128(pred_shift(bit_depth).cast_signed());
            strips!(w, x, W => for y in (0..h).step_by(rows_per_cell::<W>()) {
                // SAFETY: the source has `origin` rows and columns before the block and at least as many
                // after it.
                unsafe {
                    let samples = load_words::<u16, W>(src, x + origin, y + origin);
                    out.store::<W>(x, y, _mm256_sub_epi16(_mm256_sll_epi16(samples, shift3), bias));
                }
            });
        }
        (Some(across), None) => {
            let taps = word_taps::<N, K>(across);
            strips!(w, x, W => for y in (0..h).step_by(rows_per_cell::<W>()) {
                // SAFETY: the source has N - 1 more rows and columns than the block.
                unsafe {
                    let values = across_u16::<W, K>(src, x, y + origin, &taps, shift1_count);
                    out.store::<W>(x, y, _mm256_sub_epi16(values, bias));
                }
            });
        }
        (None, Some(down)) => {
            let taps = word_taps::<N, K>(down);
            strips!(w, x, W => {
                // SAFETY: as above; `down_words` asks for rows of the source.
                let cell = |y| unsafe { load_words::<u16, W>(src, x + origin, y) };
                // SAFETY: as above.
                unsafe { down_words::<W, K, O>(cell, x, h, &taps, shift1, out) }
            });
        }
        (Some(across), Some(down)) => {
            let (across, down) = (word_taps::<N, K>(across), word_taps::<N, K>(down));
            strips!(w, x, W => {
                // SAFETY: as above; `down_words` asks for rows of the source.
                let cell = |y| unsafe { across_u16::<W, K>(src, x, y, &across, shift1_count) };
                // SAFETY: as above.
                unsafe { down_words::<W, K, O>(cell, x, h, &down, 6, out) }
            });
        }
    }
}

/// Copies the block at the origin of the source.
#[inline]
#[target_feature(enable = "avx2")]
fn copy<T: Copy>(mut dst: BlockMut<'_, T>, src: Block<'_, T>, origin: usize) {
    let (w, h) = (dst.width(), dst.height());
    let src = src.sub(origin, origin, w, h);
    let bytes = w * size_of::<T>();
    let columns = |bytes: usize| bytes / size_of::<T>();
    for y in 0..h {
        let mut done = 0;
        // SAFETY: the blocks are of the same size, and `done` plus what is copied stays within `bytes`.
        unsafe {
            while done + 32 <= bytes {
                store256(&mut dst, columns(done), y, load256(src, columns(done), y));
                done += 32;
            }
            if bytes & 16 != 0 {
                store128(&mut dst, columns(done), y, load128(src, columns(done), y));
                done += 16;
            }
            if bytes & 8 != 0 {
                store64(&mut dst, columns(done), y, load64(src, columns(done), y));
                done += 8;
            }
            if bytes & 4 != 0 {
                store32(&mut dst, columns(done), y, _mm_cvtsi32_si128(load32(src, columns(done), y)));
                done += 4;
            }
            if bytes & 2 != 0 {
                store16(&mut dst, columns(done), y, _mm_cvtsi32_si128(load16(src, columns(done), y).into()));
            }
        }
    }
}

/// Prediction of 8-bit samples with default weighting.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn put_u8<const N: usize, const K: usize>(
    dst: BlockMut<'_, u8>,
    src: Block<'_, u8>,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
) {
    let (w, h) = (dst.width(), dst.height());
    check(src, w, h, N);
    if across.is_none() && down.is_none() {
        return copy(dst, src, N / 2 - 1);
    }
    // SAFETY: checked above.
    unsafe { interpolate_u8::<N, K, _>(src, w, h, across, down, &mut PutU8(dst)) }
}

/// Prediction of deeper samples with default weighting; `bit_depth` is at most [`MAX_BIT_DEPTH`].
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn put_u16<const N: usize, const K: usize>(
    dst: BlockMut<'_, u16>,
    src: Block<'_, u16>,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
    bit_depth: u8,
) {
    let (w, h) = (dst.width(), dst.height());
    check(src, w, h, N);
    if across.is_none() && down.is_none() {
        return copy(dst, src, N / 2 - 1);
    }
    let rounding = Rounding::new(pred_shift(bit_depth), PRED_BIAS, bit_depth);
    // SAFETY: checked above.
    unsafe {
        interpolate_u16::<N, K, _>(src, w, h, across, down, bit_depth, &mut PutU16(dst, rounding));
    }
}

/// The mean of the biased predSamples `first` and the prediction from `src`, of 8-bit samples.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn avg_u8<const N: usize, const K: usize>(
    dst: BlockMut<'_, u8>,
    first: &[i16],
    src: Block<'_, u8>,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
) {
    let (w, h) = (dst.width(), dst.height());
    check(src, w, h, N);
    let first = Block::new(first, 0, MC_STRIDE, w, h);
    // SAFETY: checked above, and by `Block::new`.
    unsafe { interpolate_u8::<N, K, _>(src, w, h, across, down, &mut AvgU8 { dst, first }) }
}

/// The same of deeper samples; `bit_depth` is at most [`MAX_BIT_DEPTH`].
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn avg_u16<const N: usize, const K: usize>(
    dst: BlockMut<'_, u16>,
    first: &[i16],
    src: Block<'_, u16>,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
    bit_depth: u8,
) {
    let (w, h) = (dst.width(), dst.height());
    check(src, w, h, N);
    let first = Block::new(first, 0, MC_STRIDE, w, h);
    let rounding = Rounding::new(pred_shift(bit_depth) + 1, 2 * PRED_BIAS, bit_depth);
    let mut out = AvgU16 { dst, first, rounding };
    // SAFETY: checked above, and by `Block::new`.
    unsafe { interpolate_u16::<N, K, _>(src, w, h, across, down, bit_depth, &mut out) }
}

/// Biased predSamples of 8-bit samples.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn prep_u8<const N: usize, const K: usize>(
    dst: &mut [i16],
    src: Block<'_, u8>,
    w: usize,
    h: usize,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
) {
    check(src, w, h, N);
    let mut out = Prep(BlockMut::new(dst, 0, MC_STRIDE, w, h));
    // SAFETY: checked above, and by `BlockMut::new`.
    unsafe { interpolate_u8::<N, K, _>(src, w, h, across, down, &mut out) }
}

/// Biased predSamples of deeper samples; `bit_depth` is at most [`MAX_BIT_DEPTH`].
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn prep_u16<const N: usize, const K: usize>(
    dst: &mut [i16],
    src: Block<'_, u16>,
    w: usize,
    h: usize,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
    bit_depth: u8,
) {
    check(src, w, h, N);
    let mut out = Prep(BlockMut::new(dst, 0, MC_STRIDE, w, h));
    // SAFETY: checked above, and by `BlockMut::new`.
    unsafe { interpolate_u16::<N, K, _>(src, w, h, across, down, bit_depth, &mut out) }
}
