//! Intra sample prediction, AVX2, in cells (see `cells`).
//!
//! Angular modes below 18 are predicted as their mirror image into a buffer and transposed.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use rivus_picture::{Block, BlockMut, Sample};

use super::angles::{intra_pred_angle, inv_angle};
use super::scalar;
use crate::cells::{CellSample, rows_per_cell};
use crate::x86::{load32, load64, load128, store32, store64};

/// Largest block size.
const MAX_SIZE: usize = 32;

/// Index of the sample next to the corner in an extended reference.
const START: usize = MAX_SIZE;

/// The main reference of angular prediction, extended to negative positions from the side one: position i is
/// at [`START`] + i, i from -32 to 64. The rest is room for whole registers.
type Reference<S> = [S; START + 2 * MAX_SIZE + 32];

/// What differs between the sample types.
trait IntraSample: CellSample {
    /// A cell of rows of a block of width `W`: for row k of the cell, samples from `starts[k]` on of the
    /// reference, each blended with its right neighbour by `fractions[k]` / 32.
    ///
    /// # Safety
    /// AVX2 is there; 17 samples from each start on are inside the reference.
    unsafe fn blend<const W: usize>(
        reference: &Reference<Self>,
        starts: [usize; 2],
        fractions: [i16; 2],
    ) -> __m256i;

    /// Transposes a square block of size 4, 8, 16 or 32.
    ///
    /// # Safety
    /// AVX2 is there; both blocks are `n` x `n`.
    unsafe fn transpose(dst: &mut BlockMut<'_, Self>, src: Block<'_, Self>, n: usize);
}

/// The same value in each half.
#[inline]
#[target_feature(enable = "avx2")]
fn halves([upper, lower]: [i16; 2]) -> __m256i {
    _mm256_set_m128i(_mm_set1_epi16(lower), _mm_set1_epi16(upper))
}

impl IntraSample for u8 {
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn blend<const W: usize>(
        reference: &Reference<Self>,
        starts: [usize; 2],
        fractions: [i16; 2],
    ) -> __m256i {
        let reference = Block::new(reference, 0, reference.len(), reference.len(), 1);
        let second = if W == 16 { starts[0] + 8 } else { starts[1] };
        // SAFETY: contract: 17 samples from each start on are there.
        let neighbours = unsafe {
            _mm256_set_m128i(
                _mm_unpacklo_epi8(load64(reference, second, 0), load64(reference, second + 1, 0)),
                _mm_unpacklo_epi8(load64(reference, starts[0], 0), load64(reference, starts[0] + 1, 0)),
            )
        };
        // Bytes 32 - f and f in turn.
        let weights = halves(fractions.map(|f| (f << 8) | (32 - f)));
        let sum = _mm256_maddubs_epi16(neighbours, weights);
        _mm256_srli_epi16(_mm256_add_epi16(sum, _mm256_set1_epi16(16)), 5)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn transpose(dst: &mut BlockMut<'_, Self>, src: Block<'_, Self>, n: usize) {
        if n == 4 {
            // SAFETY: contract.
            unsafe {
                let rows = _mm_setr_epi32(
                    load32(src, 0, 0),
                    load32(src, 0, 1),
                    load32(src, 0, 2),
                    load32(src, 0, 3),
                );
                let order = _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
                let columns = _mm_shuffle_epi8(rows, order);
                store32(dst, 0, 0, columns);
                store32(dst, 0, 1, _mm_srli_si128(columns, 4));
                store32(dst, 0, 2, _mm_srli_si128(columns, 8));
                store32(dst, 0, 3, _mm_srli_si128(columns, 12));
            }
            return;
        }
        for y in (0..n).step_by(8) {
            for x in (0..n).step_by(8) {
                // SAFETY: contract; `x` and `y` are at most n - 8.
                unsafe {
                    let pair = |i| _mm_unpacklo_epi8(load64(src, x, y + i), load64(src, x, y + i + 1));
                    let (a, b, c, d) = (pair(0), pair(2), pair(4), pair(6));
                    let low = (_mm_unpacklo_epi16(a, b), _mm_unpacklo_epi16(c, d));
                    let high = (_mm_unpackhi_epi16(a, b), _mm_unpackhi_epi16(c, d));
                    let columns = [
                        _mm_unpacklo_epi32(low.0, low.1),
                        _mm_unpackhi_epi32(low.0, low.1),
                        _mm_unpacklo_epi32(high.0, high.1),
                        _mm_unpackhi_epi32(high.0, high.1),
                    ];
                    for (i, columns) in columns.into_iter().enumerate() {
                        store64(dst, y, x + 2 * i, columns);
                        store64(dst, y, x + 2 * i + 1, _mm_unpackhi_epi64(columns, columns));
                    }
                }
            }
        }
    }
}

impl IntraSample for u16 {
    /// Sums are at most 32 * 2047 + 16: 16 bits unsigned, up to 11 bits.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn blend<const W: usize>(
        reference: &Reference<Self>,
        starts: [usize; 2],
        fractions: [i16; 2],
    ) -> __m256i {
        let reference = Block::new(reference, 0, reference.len(), reference.len(), 1);
        let second = if W == 16 { starts[0] + 8 } else { starts[1] };
        // SAFETY: contract: 17 samples from each start on are there.
        let (samples, neighbours) = unsafe {
            (
                _mm256_set_m128i(load128(reference, second, 0), load128(reference, starts[0], 0)),
                _mm256_set_m128i(load128(reference, second + 1, 0), load128(reference, starts[0] + 1, 0)),
            )
        };
        let sum = _mm256_add_epi16(
            _mm256_mullo_epi16(samples, halves(fractions.map(|f| 32 - f))),
            _mm256_mullo_epi16(neighbours, halves(fractions)),
        );
        _mm256_srli_epi16(_mm256_add_epi16(sum, _mm256_set1_epi16(16)), 5)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn transpose(dst: &mut BlockMut<'_, Self>, src: Block<'_, Self>, n: usize) {
        for y in (0..n).step_by(4) {
            for x in (0..n).step_by(4) {
                // SAFETY: contract; `x` and `y` are at most n - 4.
                unsafe {
                    let pair = |i| _mm_unpacklo_epi16(load64(src, x, y + i), load64(src, x, y + i + 1));
                    let (a, b) = (pair(0), pair(2));
                    let (low, high) = (_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b));
                    store64(dst, y, x, low);
                    store64(dst, y, x + 1, _mm_unpackhi_epi64(low, low));
                    store64(dst, y, x + 2, high);
                    store64(dst, y, x + 3, _mm_unpackhi_epi64(high, high));
                }
            }
        }
    }
}

/// Calls `$f::<S, W>` for a block of width `$n`, `W` being the width of its cells.
macro_rules! by_size {
    ($n:expr, $f:ident::<$S:ty>($($argument:expr),*)) => {
        match $n {
            4 => $f::<$S, 4>($($argument),*),
            8 => $f::<$S, 8>($($argument),*),
            16 | 32 => $f::<$S, 16>($($argument),*),
            n => unreachable!("intra block of size {n}"),
        }
    };
}

/// Checks what the stores rely on, and gives the size.
#[inline]
#[track_caller]
fn check<S: Sample>(dst: &BlockMut<'_, S>, top: &[S], left: &[S]) -> usize {
    let n = dst.width();
    assert!([4, 8, 16, 32].contains(&n) && dst.height() == n, "intra block {dst:?}");
    assert!(top.len() > 2 * n && left.len() > 2 * n, "reference of {} and {} samples", top.len(), left.len());
    n
}

#[target_feature(enable = "avx2")]
pub(super) fn planar_u8(dst: BlockMut<'_, u8>, top: &[u8], left: &[u8]) {
    let n = check(&dst, top, left);
    // SAFETY: `check` passed, and samples have 8 bits.
    unsafe { by_size!(n, planar::<u8>(dst, top, left)) }
}

#[target_feature(enable = "avx2")]
pub(super) fn planar_u16(dst: BlockMut<'_, u16>, top: &[u16], left: &[u16]) {
    let n = check(&dst, top, left);
    let bits = top[1..n + 2].iter().chain(&left[1..n + 2]).fold(0, |bits, v| bits | v);
    if bits >= 1 << 10 {
        return scalar::planar(dst, top, left);
    }
    // SAFETY: `check` passed, and samples have at most 10 bits.
    unsafe { by_size!(n, planar::<u16>(dst, top, left)) }
}

/// Sums are at most 2 * 32 * 1023 + 32: 16 bits unsigned, up to 10 bits.
///
/// # Safety
/// AVX2 is there; [`check`] passed, and cells of the block are `W` wide.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn planar<S: CellSample, const W: usize>(mut dst: BlockMut<'_, S>, top: &[S], left: &[S]) {
    let n = dst.width();
    let sample = |v: S| v.to_i32() as i16;
    let (size, right, bottom) = (n as i16, sample(top[n + 1]), sample(left[n + 1]));
    let shift = _mm_cvtsi32_si128(n.ilog2() as i32 + 1);
    let rows = const { rows_per_cell::<W>() };
    for x in (0..n).step_by(W) {
        // Per lane: weight of the left sample, the sum without left samples in row 0, and its change from
        // row to row.
        let [mut weights, mut sums, mut steps] = [[0_i16; 16]; 3];
        for lane in 0..W {
            let px = (x + lane) as i16;
            let above = sample(top[1 + x + lane]);
            weights[lane] = size - 1 - px;
            sums[lane] = ((px + 1).wrapping_mul(right))
                .wrapping_add((size - 1).wrapping_mul(above))
                .wrapping_add(bottom + size);
            steps[lane] = bottom - above;
        }
        if W < 16 {
            for lane in 0..W {
                weights[8 + lane] = weights[lane];
                sums[8 + lane] = sums[lane].wrapping_add(steps[lane]);
                steps[lane] *= 2;
                steps[8 + lane] = steps[lane];
            }
        }
        let [weights, mut sums, steps] = [weights, sums, steps].map(bytemuck::cast::<_, __m256i>);
        for y in (0..n).step_by(rows) {
            let left = halves([sample(left[1 + y]), sample(left[y + rows])]);
            let sum = _mm256_add_epi16(sums, _mm256_mullo_epi16(left, weights));
            // SAFETY: contract.
            unsafe { S::store_cell::<W>(&mut dst, x, y, _mm256_srl_epi16(sum, shift)) };
            sums = _mm256_add_epi16(sums, steps);
        }
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn dc<S: CellSample>(mut dst: BlockMut<'_, S>, top: &[S], left: &[S], edge_filter: bool) {
    let n = check(&dst, top, left);
    let sum = |line: &[S]| line[1..=n].iter().map(|v| v.to_i32()).sum::<i32>();
    let dc = (sum(top) + sum(left) + n as i32) >> (n.ilog2() + 1);
    // SAFETY: `check` passed.
    unsafe { by_size!(n, fill::<S>(&mut dst, dc as i16)) };
    if edge_filter {
        let (first_top, first_left) = (top[1].to_i32(), left[1].to_i32());
        let row = dst.row_mut(0);
        for (v, above) in row.iter_mut().zip(&top[1..]) {
            *v = S::from_i32((above.to_i32() + 3 * dc + 2) >> 2);
        }
        row[0] = S::from_i32((first_left + 2 * dc + first_top + 2) >> 2);
        for y in 1..n {
            dst.row_mut(y)[0] = S::from_i32((left[1 + y].to_i32() + 3 * dc + 2) >> 2);
        }
    }
}

/// Sets all samples to a value, given as the bits of 16.
///
/// # Safety
/// AVX2 is there, and cells of the block are `W` wide.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn fill<S: CellSample, const W: usize>(dst: &mut BlockMut<'_, S>, value: i16) {
    let (cell, n) = (_mm256_set1_epi16(value), dst.width());
    for y in (0..n).step_by(const { rows_per_cell::<W>() }) {
        for x in (0..n).step_by(W) {
            // SAFETY: contract.
            unsafe { S::store_cell::<W>(dst, x, y, cell) };
        }
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn angular_u8(
    dst: BlockMut<'_, u8>,
    top: &[u8],
    left: &[u8],
    mode: u8,
    edge_filter: bool,
    bit_depth: u8,
) {
    angular(dst, top, left, mode, edge_filter, bit_depth);
}

#[target_feature(enable = "avx2")]
pub(super) fn angular_u16(
    dst: BlockMut<'_, u16>,
    top: &[u16],
    left: &[u16],
    mode: u8,
    edge_filter: bool,
    bit_depth: u8,
) {
    if bit_depth > 11 {
        return scalar::angular(dst, top, left, mode, edge_filter, bit_depth);
    }
    angular(dst, top, left, mode, edge_filter, bit_depth);
}

#[inline]
#[target_feature(enable = "avx2")]
fn angular<S: IntraSample>(
    mut dst: BlockMut<'_, S>,
    top: &[S],
    left: &[S],
    mode: u8,
    edge_filter: bool,
    bit_depth: u8,
) {
    let n = check(&dst, top, left);
    assert!((2..=34).contains(&mode), "angular mode {mode}");
    let angle = intra_pred_angle(mode);
    let is_vertical = mode >= 18;
    let (main, side) = if is_vertical { (top, left) } else { (left, top) };
    let mut reference: Reference<S> = [S::default(); START + 2 * MAX_SIZE + 32];
    reference[START..=START + 2 * n].copy_from_slice(&main[..=2 * n]);
    let last = (n as i32 * angle) >> 5;
    if last < -1 {
        for i in last..0 {
            // From 1 to n, since `last` is -n at least.
            let position = (i * inv_angle(mode) + 128) >> 8;
            reference[(START as i32 + i) as usize] = side[position as usize];
        }
    }
    // SAFETY: `check` passed; `reference` is filled as the functions expect.
    unsafe {
        if is_vertical {
            by_size!(n, rows::<S>(&mut dst, &reference, angle));
        } else {
            match n {
                4 => mirrored_rows::<S, 4, 16>(&mut dst, &reference, angle),
                8 => mirrored_rows::<S, 8, 64>(&mut dst, &reference, angle),
                16 => mirrored_rows::<S, 16, 256>(&mut dst, &reference, angle),
                _ => mirrored_rows::<S, 16, 1024>(&mut dst, &reference, angle),
            }
        }
    }
    if angle == 0 && edge_filter {
        let (corner, first) = (side[0].to_i32(), main[1].to_i32());
        for (k, v) in side[1..=n].iter().enumerate() {
            let filtered = S::clip(first + ((v.to_i32() - corner) >> 1), bit_depth);
            if is_vertical {
                dst.row_mut(k)[0] = filtered;
            } else {
                dst.row_mut(0)[k] = filtered;
            }
        }
    }
}

/// Predicts column after column from the reference, by way of a buffer of `LEN` samples: those of the block.
///
/// # Safety
/// As [`rows`].
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn mirrored_rows<S: IntraSample, const W: usize, const LEN: usize>(
    dst: &mut BlockMut<'_, S>,
    reference: &Reference<S>,
    angle: i32,
) {
    let n = dst.width();
    let mut buffer = [S::default(); LEN];
    let mut mirrored = BlockMut::new(&mut buffer, 0, n, n, n);
    // SAFETY: contract; `mirrored` is as large as `dst`.
    unsafe {
        rows::<S, W>(&mut mirrored, reference, angle);
        S::transpose(dst, mirrored.as_block(), n);
    }
}

/// Predicts row after row from the reference.
///
/// # Safety
/// AVX2 is there; [`check`] passed, cells of the block are `W` wide, and `angle` is one of the table.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn rows<S: IntraSample, const W: usize>(
    dst: &mut BlockMut<'_, S>,
    reference: &Reference<S>,
    angle: i32,
) {
    let n = dst.width();
    for y in (0..n).step_by(const { rows_per_cell::<W>() }) {
        // iIdx and iFact of the rows of the cell. |angle| is at most 32, so iIdx is -n to n.
        let mut starts = [0; 2];
        let mut fractions = [0; 2];
        for k in 0..2 {
            let distance = (y as i32 + k as i32 + 1) * angle;
            starts[k] = (START as i32 + (distance >> 5) + 1) as usize;
            fractions[k] = (distance & 31) as i16;
        }
        if W == 16 {
            fractions[1] = fractions[0];
        }
        for x in (0..n).step_by(W) {
            // SAFETY: contract; from START - n + 1 + x to START + n + 1 + x + 17, x at most n - W, is inside
            // the reference.
            unsafe {
                let cell = S::blend::<W>(reference, starts.map(|start| start + x), fractions);
                S::store_cell::<W>(dst, x, y, cell);
            }
        }
    }
}

/// The compiler makes vectors of these loops, once it may use AVX2.
#[target_feature(enable = "avx2")]
pub(super) fn smooth<S: Sample>(top: &[S], left: &[S], out_top: &mut [S], out_left: &mut [S]) {
    smooth_line(top, left[1], out_top);
    smooth_line(left, top[1], out_left);
}

#[inline]
#[target_feature(enable = "avx2")]
fn smooth_line<S: Sample>(line: &[S], before: S, out: &mut [S]) {
    let last = line.len() - 1;
    let filter = |a: S, b: S, c: S| S::from_i32((a.to_i32() + 2 * b.to_i32() + c.to_i32() + 2) >> 2);
    out[0] = filter(before, line[0], line[1]);
    for (out, v) in out[1..last].iter_mut().zip(line.windows(3)) {
        *out = filter(v[0], v[1], v[2]);
    }
    out[last] = line[last];
}

#[target_feature(enable = "avx2")]
pub(super) fn strong<S: Sample>(top: &[S], left: &[S], out_top: &mut [S], out_left: &mut [S]) {
    strong_line(top, out_top);
    strong_line(left, out_left);
}

#[inline]
#[target_feature(enable = "avx2")]
fn strong_line<S: Sample>(line: &[S], out: &mut [S]) {
    let (corner, end) = (line[0].to_i32(), line[64].to_i32());
    for (i, out) in out[..65].iter_mut().enumerate() {
        *out = S::from_i32((64 * corner + i as i32 * (end - corner) + 32) >> 6);
    }
}
