//! Interpolation, AVX-512 with VBMI and VNNI: the algorithm of the AVX2 file on cells of 32 values, for
//! filters of `N` = 2 `K` taps.
//!
//! A cell is a row of a strip of 32 columns, or two rows of a strip of 16. `vpermb` brings the neighbours
//! across to each output in one step; `vpdpwssd` multiplies and adds. The ranges are those of the AVX2 file.
//!
//! Blocks that are not a multiple of 32 wide are left to AVX2, which is as fast there, except that 8-bit
//! blocks of 16 columns gain if they are filtered across.
#![allow(unsafe_code)]

use std::arch::x86_64::*;
use std::mem::MaybeUninit;

use rivus_picture::{Block, BlockMut};

use super::avx2::{self, MAX_HEIGHT, check};
use super::{MC_STRIDE, PRED_BIAS, filter_shift, pred_shift};
use crate::x86::{load_first256, load_first512, load256, load512, read32, store128, store256, store512};

/// Rows in a cell of a strip `W` columns wide.
const fn rows_per_cell<const W: usize>() -> usize {
    32 / W
}

/// Runs the body for each strip of `$w` columns, `$x` being its first column and `$W` its width.
macro_rules! strips {
    ($w:expr, $x:ident, $W:ident => $body:expr) => {{
        let mut $x = 0;
        while $x + 32 <= $w {
            const $W: usize = 32;
            $body;
            $x += 32;
        }
        if $w & 16 != 0 {
            const $W: usize = 16;
            $body;
        }
    }};
}

/// Where cells of biased predSamples go.
trait Output {
    /// Stores a cell at `(x, y)`.
    ///
    /// # Safety
    /// The tier's features are there, and the cell lies inside the output.
    unsafe fn store<const W: usize>(&mut self, x: usize, y: usize, cell: __m512i);
}

/// predSamples, kept.
struct Prep<'a>(BlockMut<'a, i16>);

/// 8-bit samples with default weighting.
struct PutU8<'a>(BlockMut<'a, u8>);

/// Deeper samples with default weighting.
struct PutU16<'a>(BlockMut<'a, u16>, Rounding);

/// The mean of earlier predSamples and these, of 8-bit samples, as in the AVX2 file.
struct AvgU8<'a> {
    dst: BlockMut<'a, u8>,
    first: Block<'a, i16>,
}

/// The same of deeper samples.
struct AvgU16<'a> {
    dst: BlockMut<'a, u16>,
    first: Block<'a, i16>,
    rounding: Rounding,
}

/// From 16-bit values to samples, as `avx2::Rounding`.
#[derive(Clone, Copy)]
struct Rounding {
    scale: __m512i,
    bias: __m512i,
    max: __m512i,
}

impl Rounding {
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn new(shift: u32, bias: i32, bit_depth: u8) -> Self {
        Self {
            scale: _mm512_set1_epi16(1 << (15 - shift)),
            bias: _mm512_set1_epi16((bias >> shift) as i16),
            max: _mm512_set1_epi16(((1_u16 << bit_depth) - 1).cast_signed()),
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn apply(self, v: __m512i) -> __m512i {
        let rounded = _mm512_add_epi16(_mm512_mulhrs_epi16(v, self.scale), self.bias);
        _mm512_max_epi16(_mm512_min_epi16(rounded, self.max), _mm512_setzero_si512())
    }
}

impl Output for Prep<'_> {
    #[inline]
    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
    unsafe fn store<const W: usize>(&mut self, x: usize, y: usize, cell: __m512i) {
        // SAFETY: the cell lies inside.
        unsafe { store_words::<i16, W>(&mut self.0, x, y, cell) }
    }
}

impl Output for PutU8<'_> {
    #[inline]
    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
    unsafe fn store<const W: usize>(&mut self, x: usize, y: usize, cell: __m512i) {
        let rounded = _mm512_mulhrs_epi16(cell, _mm512_set1_epi16(1 << (15 - 6)));
        let words = _mm512_add_epi16(rounded, _mm512_set1_epi16((PRED_BIAS >> 6) as i16));
        // SAFETY: the cell lies inside.
        unsafe { store_bytes::<W>(&mut self.0, x, y, words) }
    }
}

impl Output for PutU16<'_> {
    #[inline]
    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
    unsafe fn store<const W: usize>(&mut self, x: usize, y: usize, cell: __m512i) {
        // SAFETY: the cell lies inside.
        unsafe { store_words::<u16, W>(&mut self.0, x, y, self.1.apply(cell)) }
    }
}

impl Output for AvgU8<'_> {
    #[inline]
    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
    unsafe fn store<const W: usize>(&mut self, x: usize, y: usize, cell: __m512i) {
        // SAFETY: the cell lies inside, and `first` is as large.
        let sum = _mm512_adds_epi16(unsafe { load_words::<W>(self.first, x, y) }, cell);
        let rounded = _mm512_mulhrs_epi16(sum, _mm512_set1_epi16(1 << (15 - 7)));
        let words = _mm512_add_epi16(rounded, _mm512_set1_epi16(((2 * PRED_BIAS) >> 7) as i16));
        // SAFETY: the cell lies inside.
        unsafe { store_bytes::<W>(&mut self.dst, x, y, words) }
    }
}

impl Output for AvgU16<'_> {
    #[inline]
    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
    unsafe fn store<const W: usize>(&mut self, x: usize, y: usize, cell: __m512i) {
        // SAFETY: the cell lies inside, and `first` is as large.
        let sum = _mm512_adds_epi16(unsafe { load_words::<W>(self.first, x, y) }, cell);
        // SAFETY: the cell lies inside.
        unsafe { store_words::<u16, W>(&mut self.dst, x, y, self.rounding.apply(sum)) }
    }
}

/// Loads a cell of 16-bit values.
///
/// # Safety
/// The cell lies inside.
#[inline]
#[target_feature(enable = "avx2,avx512f")]
unsafe fn load_words<const W: usize>(b: Block<'_, i16>, x: usize, y: usize) -> __m512i {
    // SAFETY: contract.
    unsafe { if W == 32 { load512(b, x, y) } else { halves(load256(b, x, y), load256(b, x, y + 1)) } }
}

/// Stores a cell of values that are at most 255 or saturate to it.
///
/// # Safety
/// The cell lies inside.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
unsafe fn store_bytes<const W: usize>(out: &mut BlockMut<'_, u8>, x: usize, y: usize, words: __m512i) {
    let bytes = _mm512_cvtusepi16_epi8(_mm512_max_epi16(words, _mm512_setzero_si512()));
    // SAFETY: contract.
    unsafe {
        if W == 32 {
            store256(out, x, y, bytes);
        } else {
            store128(out, x, y, _mm256_castsi256_si128(bytes));
            store128(out, x, y + 1, _mm256_extracti128_si256(bytes, 1));
        }
    }
}

/// Stores a cell of 16-bit values.
///
/// # Safety
/// The cell lies inside.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
unsafe fn store_words<T: Copy, const W: usize>(out: &mut BlockMut<'_, T>, x: usize, y: usize, cell: __m512i) {
    // SAFETY: contract.
    unsafe {
        if W == 32 {
            store512(out, x, y, cell);
        } else {
            store256(out, x, y, _mm512_castsi512_si256(cell));
            store256(out, x, y + 1, _mm512_extracti64x4_epi64(cell, 1));
        }
    }
}

/// Two halves of a register.
#[inline]
#[target_feature(enable = "avx512f")]
fn halves(a: __m256i, b: __m256i) -> __m512i {
    _mm512_inserti64x4(_mm512_castsi256_si512(a), b, 1)
}

/// The taps, two by two, in each 16-bit lane as bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn byte_taps<const N: usize, const K: usize>(taps: &[i8; N]) -> [__m512i; K] {
    let mut pairs = [_mm512_setzero_si512(); K];
    for (k, pair) in pairs.iter_mut().enumerate() {
        let bytes = [taps[2 * k], taps[2 * k + 1]].map(i8::cast_unsigned);
        *pair = _mm512_set1_epi16(i16::from_le_bytes(bytes));
    }
    pairs
}

/// The taps, two by two, in each 32-bit lane as 16-bit values.
#[inline]
#[target_feature(enable = "avx512f")]
fn word_taps<const N: usize, const K: usize>(taps: &[i8; N]) -> [__m512i; K] {
    let mut pairs = [_mm512_setzero_si512(); K];
    for (k, pair) in pairs.iter_mut().enumerate() {
        let [low, high] = [taps[2 * k], taps[2 * k + 1]].map(i32::from);
        *pair = _mm512_set1_epi32((low & 0xFFFF) | (high << 16));
    }
    pairs
}

/// Sum of `vpmaddubsw` of pairs of samples and pairs of taps.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn dot_bytes<const K: usize>(pairs: &[__m512i; K], taps: &[__m512i; K]) -> __m512i {
    let mut sum = _mm512_maddubs_epi16(pairs[0], taps[0]);
    for k in 1..K {
        sum = _mm512_add_epi16(sum, _mm512_maddubs_epi16(pairs[k], taps[k]));
    }
    sum
}

/// Indices for `vpermb`: number `k` brings samples `i + 2k` and `i + 2k + 1` of a row to output `i` of that
/// row. Each row of the cell has 2 `W` bytes of the register.
const fn neighbours<const W: usize, const K: usize>() -> [[i16; 32]; K] {
    let mut indices = [[0; 32]; K];
    let mut k = 0;
    while k < K {
        let mut i = 0;
        while i < 32 {
            let first = i / W * 2 * W + i % W + 2 * k;
            indices[k][i] = (first | ((first + 1) << 8)) as i16;
            i += 1;
        }
        k += 1;
    }
    indices
}

/// A cell filtered across, of 8-bit samples. A row below the block repeats its last.
///
/// # Safety
/// `W + N - 1` samples from column `x` on lie inside row `y` of the block.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi")]
unsafe fn across_u8<const W: usize, const N: usize, const K: usize>(
    b: Block<'_, u8>,
    x: usize,
    y: usize,
    taps: &[__m512i; K],
) -> __m512i {
    let size = W + N - 1;
    let next = (y + 1).min(b.height() - 1);
    // SAFETY: contract; `next` is a row.
    let window = unsafe {
        if W == 32 {
            load_first512(b, x, y, size)
        } else {
            halves(load_first256(b, x, y, size), load_first256(b, x, next, size))
        }
    };
    let indices = const { &neighbours::<W, K>() };
    let mut pairs = [window; K];
    for (pair, index) in pairs.iter_mut().zip(indices) {
        *pair = _mm512_permutexvar_epi8(read32(index), window);
    }
    dot_bytes(&pairs, taps)
}

/// 32 columns filtered across, of 16-bit samples.
///
/// # Safety
/// `N + 31` samples from column `x` on lie inside row `y` of the block.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
unsafe fn across_u16<const K: usize>(
    b: Block<'_, u16>,
    x: usize,
    y: usize,
    taps: &[__m512i; K],
    shift: __m128i,
) -> __m512i {
    // Even outputs from the pairs at even distances, odd outputs from those one further on.
    let [mut even, mut odd] = [_mm512_setzero_si512(); 2];
    for (k, &taps) in taps.iter().enumerate() {
        // SAFETY: contract; the last load begins at column `x + N - 1`.
        unsafe {
            even = _mm512_dpwssd_epi32(even, load512(b, x + 2 * k, y), taps);
            odd = _mm512_dpwssd_epi32(odd, load512(b, x + 2 * k + 1, y), taps);
        }
    }
    let (even, odd) = (_mm512_sra_epi32(even, shift), _mm512_sra_epi32(odd, shift));
    _mm512_mask_blend_epi16(0xAAAA_AAAA, even, _mm512_slli_epi32(odd, 16))
}

/// Room for interleaved rows: see `down_words`.
const MAX_PAIRS: usize = MAX_HEIGHT + 8;

/// Filters a strip of 32 columns of 8-bit samples down.
///
/// # Safety
/// The strip at column `x`, of `h + N - 1` rows, lies inside `b`, and of `h` rows, at most [`MAX_HEIGHT`],
/// inside `out`.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
unsafe fn down_u8<const K: usize, O: Output>(
    b: Block<'_, u8>,
    x: usize,
    column: usize,
    h: usize,
    taps: &[__m512i; K],
    out: &mut O,
) {
    // Each row interleaved with the next: written once, read for `K` output rows.
    let mut pairs = [MaybeUninit::<__m512i>::uninit(); MAX_PAIRS];
    let count = h + 2 * K - 2;
    // SAFETY: contract; the last row is `count`.
    let row = |y: usize| _mm512_cvtepu8_epi16(unsafe { load256(b, x, y) });
    let mut current = row(0);
    for (y, pair) in pairs[..count].iter_mut().enumerate() {
        let next = row(y + 1);
        pair.write(_mm512_or_si512(current, _mm512_slli_epi16(next, 8)));
        current = next;
    }
    for y in 0..h {
        let mut sum = _mm512_set1_epi16(-PRED_BIAS as i16);
        for (k, &taps) in taps.iter().enumerate() {
            // SAFETY: the loop above wrote the first `count`, and y + 2k is at most h - 1 + 2K - 2.
            let pair = unsafe { pairs[y + 2 * k].assume_init() };
            sum = _mm512_add_epi16(sum, _mm512_maddubs_epi16(pair, taps));
        }
        // SAFETY: contract.
        unsafe { out.store::<32>(column, y, sum) };
    }
}

/// Filters a strip of 16-bit values down; the bias is subtracted after the shift. `cell(y)` gives the values
/// of the cell that begins at row `y`, for every row, or every second if cells have two.
///
/// # Safety
/// The strip of `h` rows lies inside `out`; `h` is even, at most [`MAX_HEIGHT`].
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn down_words<const W: usize, const K: usize, O: Output>(
    cell: impl Fn(usize) -> __m512i,
    column: usize,
    h: usize,
    taps: &[__m512i; K],
    shift: u32,
    out: &mut O,
) {
    let rows = const { rows_per_cell::<W>() };
    let mut pairs = [[MaybeUninit::<__m512i>::uninit(); 2]; MAX_PAIRS];
    let count = (h + 2 * K - 2) / rows;
    let mut current = cell(0);
    for (i, pair) in pairs[..count].iter_mut().enumerate() {
        let next = cell((i + 1) * rows);
        let below = if W == 32 { next } else { _mm512_alignr_epi64(next, current, 4) };
        pair[0].write(_mm512_unpacklo_epi16(current, below));
        pair[1].write(_mm512_unpackhi_epi16(current, below));
        current = next;
    }
    let bias = _mm512_set1_epi32(-PRED_BIAS << shift);
    let shift = _mm_cvtsi32_si128(shift.cast_signed());
    for (i, y) in (0..h).step_by(rows).enumerate() {
        let [mut low, mut high] = [bias; 2];
        for (k, &taps) in taps.iter().enumerate() {
            let pair = &pairs[i + 2 * k / rows];
            // SAFETY: the loop above wrote the first `count`, and i + 2k / rows is at most (h - rows + 2K -
            // 2) / rows.
            unsafe {
                low = _mm512_dpwssd_epi32(low, pair[0].assume_init(), taps);
                high = _mm512_dpwssd_epi32(high, pair[1].assume_init(), taps);
            }
        }
        let (low, high) = (_mm512_sra_epi32(low, shift), _mm512_sra_epi32(high, shift));
        // SAFETY: contract.
        unsafe { out.store::<W>(column, y, _mm512_packs_epi32(low, high)) };
    }
}

/// 8.5.3.3.3.1 for 8-bit samples, with a fraction across or in blocks of 32 columns.
///
/// # Safety
/// [`check`] passed for `src`, [`suits_u8`] for the block, and `out` is at least `w` x `h`.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
unsafe fn interpolate_u8<const N: usize, const K: usize, O: Output>(
    src: Block<'_, u8>,
    w: usize,
    h: usize,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
    out: &mut O,
) {
    let origin = N / 2 - 1;
    let bias = _mm512_set1_epi16(PRED_BIAS as i16);
    match (across, down) {
        (None, None) => {
            for x in (0..w).step_by(32) {
                for y in 0..h {
                    // SAFETY: the source has `origin` rows and columns before the block and at least as many
                    // after it.
                    unsafe {
                        let samples = _mm512_cvtepu8_epi16(load256(src, x + origin, y + origin));
                        out.store::<32>(x, y, _mm512_sub_epi16(_mm512_slli_epi16(samples, 6), bias));
                    }
                }
            }
        }
        (Some(across), None) => {
            let taps = byte_taps::<N, K>(across);
            strips!(w, x, W => for y in (0..h).step_by(rows_per_cell::<W>()) {
                // SAFETY: the source has N - 1 more rows and columns than the block.
                unsafe {
                    let values = across_u8::<W, N, K>(src, x, y + origin, &taps);
                    out.store::<W>(x, y, _mm512_sub_epi16(values, bias));
                }
            });
        }
        (None, Some(down)) => {
            let taps = byte_taps::<N, K>(down);
            for x in (0..w).step_by(32) {
                // SAFETY: as above.
                unsafe { down_u8::<K, O>(src, x + origin, x, h, &taps, out) }
            }
        }
        (Some(across), Some(down)) => {
            let (across, down) = (byte_taps::<N, K>(across), word_taps::<N, K>(down));
            strips!(w, x, W => {
                // SAFETY: as above; `down_words` asks for rows of the source.
                let cell = |y: usize| unsafe { across_u8::<W, N, K>(src, x, y, &across) };
                // SAFETY: as above.
                unsafe { down_words::<W, K, O>(cell, x, h, &down, 6, out) }
            });
        }
    }
}

/// 8.5.3.3.3.1 for samples of up to `MAX_BIT_DEPTH` bits, in blocks of 32 columns.
///
/// # Safety
/// [`check`] passed for `src`, `w` is a multiple of 32, and `out` is at least `w` x `h`.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vnni")]
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
    let bias = _mm512_set1_epi16(PRED_BIAS as i16);
    let shift1 = filter_shift(bit_depth);
    let shift1_count = _mm_cvtsi32_si128(shift1.cast_signed());
    let shift3 = _mm_cvtsi32_si128(pred_shift(bit_depth).cast_signed());
    let (across, down) =
        (across.map(|taps| word_taps::<N, K>(taps)), down.map(|taps| word_taps::<N, K>(taps)));
    for x in (0..w).step_by(32) {
        // SAFETY: the source has N - 1 more rows and columns than the block.
        let filtered = |taps: &[__m512i; K], y| unsafe { across_u16::<K>(src, x, y, taps, shift1_count) };
        // SAFETY: as above.
        let middle = |y| unsafe { load512(src, x + origin, y) };
        // SAFETY: as above, for the stores too; `down_words` asks for rows of the source.
        unsafe {
            match (&across, &down) {
                (None, None) => {
                    for y in 0..h {
                        let samples = _mm512_sll_epi16(middle(y + origin), shift3);
                        out.store::<32>(x, y, _mm512_sub_epi16(samples, bias));
                    }
                }
                (Some(across), None) => {
                    for y in 0..h {
                        out.store::<32>(x, y, _mm512_sub_epi16(filtered(across, y + origin), bias));
                    }
                }
                (None, Some(down)) => down_words::<32, K, O>(middle, x, h, down, shift1, out),
                (Some(across), Some(down)) => {
                    down_words::<32, K, O>(|y| filtered(across, y), x, h, down, 6, out);
                }
            }
        }
    }
}

/// Whether an 8-bit block is handled here.
fn suits_u8<const N: usize>(w: usize, across: Option<&[i8; N]>) -> bool {
    w.is_multiple_of(32) || (w.is_multiple_of(16) && across.is_some())
}

/// Prediction of 8-bit samples with default weighting.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
pub(crate) fn put_u8<const N: usize, const K: usize>(
    dst: BlockMut<'_, u8>,
    src: Block<'_, u8>,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
) {
    let (w, h) = (dst.width(), dst.height());
    if !suits_u8(w, across) || (across.is_none() && down.is_none()) {
        return avx2::put_u8::<N, K>(dst, src, across, down);
    }
    check(src, w, h, N);
    // SAFETY: checked above.
    unsafe { interpolate_u8::<N, K, _>(src, w, h, across, down, &mut PutU8(dst)) }
}

/// Prediction of deeper samples with default weighting; `bit_depth` is at most `MAX_BIT_DEPTH`.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vnni")]
pub(crate) fn put_u16<const N: usize, const K: usize>(
    dst: BlockMut<'_, u16>,
    src: Block<'_, u16>,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
    bit_depth: u8,
) {
    let (w, h) = (dst.width(), dst.height());
    if !w.is_multiple_of(32) || (across.is_none() && down.is_none()) {
        return avx2::put_u16::<N, K>(dst, src, across, down, bit_depth);
    }
    check(src, w, h, N);
    let mut out = PutU16(dst, Rounding::new(pred_shift(bit_depth), PRED_BIAS, bit_depth));
    // SAFETY: checked above.
    unsafe { interpolate_u16::<N, K, _>(src, w, h, across, down, bit_depth, &mut out) }
}

/// The mean of earlier predSamples and those of 8-bit samples.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
pub(crate) fn avg_u8<const N: usize, const K: usize>(
    dst: BlockMut<'_, u8>,
    first: &[i16],
    src: Block<'_, u8>,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
) {
    let (w, h) = (dst.width(), dst.height());
    if !suits_u8(w, across) {
        return avx2::avg_u8::<N, K>(dst, first, src, across, down);
    }
    check(src, w, h, N);
    let first = Block::new(first, 0, MC_STRIDE, w, h);
    // SAFETY: checked above, and by `Block::new`.
    unsafe { interpolate_u8::<N, K, _>(src, w, h, across, down, &mut AvgU8 { dst, first }) }
}

/// The same of deeper samples; `bit_depth` is at most `MAX_BIT_DEPTH`.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vnni")]
pub(crate) fn avg_u16<const N: usize, const K: usize>(
    dst: BlockMut<'_, u16>,
    first: &[i16],
    src: Block<'_, u16>,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
    bit_depth: u8,
) {
    let (w, h) = (dst.width(), dst.height());
    if !w.is_multiple_of(32) {
        return avx2::avg_u16::<N, K>(dst, first, src, across, down, bit_depth);
    }
    check(src, w, h, N);
    let first = Block::new(first, 0, MC_STRIDE, w, h);
    let rounding = Rounding::new(pred_shift(bit_depth) + 1, 2 * PRED_BIAS, bit_depth);
    let mut out = AvgU16 { dst, first, rounding };
    // SAFETY: checked above, and by `Block::new`.
    unsafe { interpolate_u16::<N, K, _>(src, w, h, across, down, bit_depth, &mut out) }
}

/// Biased predSamples of 8-bit samples.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
pub(crate) fn prep_u8<const N: usize, const K: usize>(
    dst: &mut [i16],
    src: Block<'_, u8>,
    w: usize,
    h: usize,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
) {
    if !suits_u8(w, across) {
        return avx2::prep_u8::<N, K>(dst, src, w, h, across, down);
    }
    check(src, w, h, N);
    let mut out = Prep(BlockMut::new(dst, 0, MC_STRIDE, w, h));
    // SAFETY: checked above, and by `BlockMut::new`.
    unsafe { interpolate_u8::<N, K, _>(src, w, h, across, down, &mut out) }
}

/// Biased predSamples of deeper samples; `bit_depth` is at most `MAX_BIT_DEPTH`.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vnni")]
pub(crate) fn prep_u16<const N: usize, const K: usize>(
    dst: &mut [i16],
    src: Block<'_, u16>,
    w: usize,
    h: usize,
    across: Option<&[i8; N]>,
    down: Option<&[i8; N]>,
    bit_depth: u8,
) {
    if !w.is_multiple_of(32) {
        return avx2::prep_u16::<N, K>(dst, src, w, h, across, down, bit_depth);
    }
    check(src, w, h, N);
    let mut out = Prep(BlockMut::new(dst, 0, MC_STRIDE, w, h));
    // SAFETY: checked above, and by `BlockMut::new`.
    unsafe { interpolate_u16::<N, K, _>(src, w, h, across, down, bit_depth, &mut out) }
}
