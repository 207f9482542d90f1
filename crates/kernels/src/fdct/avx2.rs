//! Forward transforms, AVX2: matrix products by `pmaddwd`, without a transposition.
//!
//! *Rows.* Two neighbouring samples of a row are broadcast to all 32-bit lanes and multiplied with the
//! weights of eight basis functions: the lanes become eight coefficients of the row. Two rows, rounded to 16
//! bit, are then put into the low and high halves of the same lanes, which is the input that *columns* need:
//! lane `x` holds two neighbours of column `x`, to be multiplied with two broadcast weights.
//!
//! 16 and 32 points use the symmetry of the basis functions: with `e[n] = a[n] + a[N - 1 - n]` and `o[n] =
//! a[n] - a[N - 1 - n]` for `n < N / 2`, even coefficients are products of `e`, odd ones of `o`, with half as
//! many terms. Even and odd coefficients of a row stay in different registers until the last step joins them,
//! again as halves of 32-bit lanes.
//!
//! Range: rows are transformed from residuals of at most 14 bit, so `e` and `o` fit 16 bit (deeper video is
//! scalar); products and sums stay below 2^27. After rows, values use up to 16 bit, and `e` and `o` fit only
//! if they happen to be smaller, as is usual: otherwise columns add products instead of samples.

use std::arch::x86_64::*;

use super::scalar;
use crate::transform_matrix::{self, DST4};
use crate::x86::{read16, write16};

/// Largest bit depth whose residuals can be added in 16 bit.
pub(super) const MAX_DEPTH: u8 = 14;

/// The weights of an N-point transform for N = 16 or 32, split by parity of the basis function: `[0]` even,
/// `[1]` odd. Tables for 16 points use a part.
pub(super) struct Weights {
    /// `rows[parity][j][g]`: weights of samples `2 * j` and `2 * j + 1` in basis functions
    /// `2 * (8 * g + i) + parity`, at `2 * i` and `2 * i + 1`.
    pub(super) rows: [[[[i16; 16]; 2]; 8]; 2],
    /// `columns[parity][k][j]`: weights of samples `2 * j` (low half) and `2 * j + 1` (high half) in basis
    /// function `2 * k + parity`.
    pub(super) columns: [[[i32; 8]; 16]; 2],
}

pub(super) static WEIGHTS16: Weights = weights::<16>();
pub(super) static WEIGHTS32: Weights = weights::<32>();

const fn weights<const N: usize>() -> Weights {
    let matrix = transform_matrix::dct::<N>();
    let mut weights = Weights { rows: [[[[0; 16]; 2]; 8]; 2], columns: [[[0; 8]; 16]; 2] };
    let mut k = 0;
    while k < N {
        let (parity, index) = (k % 2, k / 2);
        let mut j = 0;
        while j < N / 4 {
            let (a, b) = (matrix[k][2 * j] as i16, matrix[k][2 * j + 1] as i16);
            weights.rows[parity][j][index / 8][2 * (index % 8)] = a;
            weights.rows[parity][j][index / 8][2 * (index % 8) + 1] = b;
            weights.columns[parity][index][j] = pair(a, b);
            j += 1;
        }
        k += 1;
    }
    weights
}

/// `a` in the low half, `b` in the high half.
const fn pair(a: i16, b: i16) -> i32 {
    (b as i32) << 16 | (a as u16) as i32
}

#[target_feature(enable = "avx2")]
pub(super) fn dct4(residual: &[i16], out: &mut [i16], bit_depth: u8) {
    const MATRIX: [[i8; 4]; 4] = transform_matrix::dct();
    transform4(&MATRIX, residual, out, bit_depth);
}

#[target_feature(enable = "avx2")]
pub(super) fn dst4(residual: &[i16], out: &mut [i16], bit_depth: u8) {
    transform4(&DST4, residual, out, bit_depth);
}

#[target_feature(enable = "avx2")]
pub(super) fn dct16(residual: &[i16], out: &mut [i16], bit_depth: u8) {
    large::<16>(&WEIGHTS16, residual, out, bit_depth);
}

#[target_feature(enable = "avx2")]
pub(super) fn dct32(residual: &[i16], out: &mut [i16], bit_depth: u8) {
    large::<32>(&WEIGHTS32, residual, out, bit_depth);
}

/// Rounds, shifts right: the end of each stage.
#[derive(Clone, Copy)]
struct Rounding {
    add: __m256i,
    shift: __m128i,
}

impl Rounding {
    /// The stage that shifts by `shift`, 1 at least.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(shift: u32) -> Self {
        Self { add: _mm256_set1_epi32(1 << (shift - 1)), shift: _mm_cvtsi32_si128(shift.cast_signed()) }
    }

    /// Of a block of `1 << log2` rows: the shift of the first stage.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn rows(log2: u32, bit_depth: u8) -> Self {
        Self::new(log2 + u32::from(bit_depth) - 9)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn apply(self, v: __m256i) -> __m256i {
        _mm256_sra_epi32(_mm256_add_epi32(v, self.add), self.shift)
    }
}

/// The low halves of the lanes of `a` and `b`, as low and high halves.
#[inline]
#[target_feature(enable = "avx2")]
fn join(a: __m256i, b: __m256i) -> __m256i {
    _mm256_blend_epi16(a, _mm256_slli_epi32(b, 16), 0b1010_1010)
}

/// The whole 4x4 block is one register, rows 0 and 1 in its lower half.
#[inline]
#[target_feature(enable = "avx2")]
fn transform4(matrix: &[[i8; 4]; 4], residual: &[i16], out: &mut [i16], bit_depth: u8) {
    let (Some(residual), Some(out)) = (residual.first_chunk(), out.first_chunk_mut()) else { return };
    let weight = |k: usize, j: usize| pair(matrix[k][2 * j].into(), matrix[k][2 * j + 1].into());
    let block = read16(residual);

    // Rows 0 and 2, rows 1 and 3, each half one row by all basis functions.
    let by_row = |j| {
        let basis = _mm_setr_epi32(weight(0, j), weight(1, j), weight(2, j), weight(3, j));
        _mm256_broadcastsi128_si256(basis)
    };
    let (left, right) = (by_row(0), by_row(1));
    let rounding = Rounding::rows(2, bit_depth);
    let project = |first, second| {
        rounding.apply(_mm256_add_epi32(_mm256_madd_epi16(first, left), _mm256_madd_epi16(second, right)))
    };
    let even =
        project(_mm256_shuffle_epi32(block, 0b00_00_00_00), _mm256_shuffle_epi32(block, 0b01_01_01_01));
    let odd = project(_mm256_shuffle_epi32(block, 0b10_10_10_10), _mm256_shuffle_epi32(block, 0b11_11_11_11));

    // Lanes of the lower half: rows 0 and 1 of a column; of the upper half: rows 2 and 3.
    let columns = join(even, odd);
    let upper = _mm256_permute2x128_si256(columns, columns, 0x00);
    let lower = _mm256_permute2x128_si256(columns, columns, 0x11);
    let rounding = Rounding::new(2 + 6);
    let project = |k: usize| {
        let by_column = |j| _mm256_set_m128i(_mm_set1_epi32(weight(k + 2, j)), _mm_set1_epi32(weight(k, j)));
        let sums =
            _mm256_add_epi32(_mm256_madd_epi16(upper, by_column(0)), _mm256_madd_epi16(lower, by_column(1)));
        rounding.apply(sums)
    };
    write16(out, _mm256_packs_epi32(project(0), project(1)));
}

/// 8 points are few enough to do without the symmetry.
#[target_feature(enable = "avx2")]
pub(super) fn dct8(residual: &[i16], out: &mut [i16], bit_depth: u8) {
    const MATRIX: [[i8; 8]; 8] = transform_matrix::dct();
    let (Some(residual), Some(out)) = (residual.first_chunk::<64>(), out.first_chunk_mut::<64>()) else {
        return;
    };
    let weight = |k: usize, j: usize| pair(MATRIX[k][2 * j].into(), MATRIX[k][2 * j + 1].into());
    let pairs: &[i32; 32] = &bytemuck::cast(*residual);

    let mut rounding = Rounding::rows(3, bit_depth);
    let mut rows = [_mm256_setzero_si256(); 8];
    for (row, pairs) in rows.iter_mut().zip(pairs.as_chunks::<4>().0) {
        let mut sum = _mm256_setzero_si256();
        for (j, &pair) in pairs.iter().enumerate() {
            let basis = _mm256_setr_epi32(
                weight(0, j),
                weight(1, j),
                weight(2, j),
                weight(3, j),
                weight(4, j),
                weight(5, j),
                weight(6, j),
                weight(7, j),
            );
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_set1_epi32(pair), basis));
        }
        *row = rounding.apply(sum);
    }

    let columns =
        [join(rows[0], rows[1]), join(rows[2], rows[3]), join(rows[4], rows[5]), join(rows[6], rows[7])];
    rounding = Rounding::new(3 + 6);
    let project = |k| {
        let mut sum = _mm256_setzero_si256();
        for (j, &column) in columns.iter().enumerate() {
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(column, _mm256_set1_epi32(weight(k, j))));
        }
        rounding.apply(sum)
    };
    for (k, out) in out.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        let two_rows = _mm256_packs_epi32(project(2 * k), project(2 * k + 1));
        write16(out, _mm256_permute4x64_epi64(two_rows, 0b11_01_10_00));
    }
}

/// After the row stage: for pair `p` of rows and group `c` of eight columns, the low and high halves of
/// lanes. Groups `0..N / 16` are even columns, then come as many of odd ones.
struct Columns {
    /// Rows `2 * p` and `2 * p + 1`.
    upper: [[__m256i; 4]; 8],
    /// Rows `N - 1 - 2 * p` and `N - 2 - 2 * p`, the ones they are added to.
    lower: [[__m256i; 4]; 8],
    /// Whether sums and differences of `upper` and `lower` fit 16 bit.
    small: bool,
}

/// N = 16 or 32.
#[inline]
#[target_feature(enable = "avx2")]
fn large<const N: usize>(weights: &Weights, residual: &[i16], out: &mut [i16], bit_depth: u8) {
    if bit_depth > MAX_DEPTH {
        return scalar::dct::<N>(residual, out, bit_depth);
    }
    let columns = rows_stage::<N>(&weights.rows, residual, Rounding::rows(N.ilog2(), bit_depth));
    let rounding = Rounding::new(N.ilog2() + 6);
    if columns.small {
        columns_stage::<N, true>(&weights.columns, &columns, out, rounding);
    } else {
        columns_stage::<N, false>(&weights.columns, &columns, out, rounding);
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn rows_stage<const N: usize>(
    weights: &[[[[i16; 16]; 2]; 8]; 2],
    residual: &[i16],
    rounding: Rounding,
) -> Columns {
    let mut halves = [[[0i16; 16]; 2]; 32];
    for (halves, row) in halves.iter_mut().zip(residual.chunks_exact(N)) {
        fold::<N>(row, halves);
    }
    let zero = _mm256_setzero_si256();
    let mut columns = Columns { upper: [[zero; 4]; 8], lower: [[zero; 4]; 8], small: false };
    let mut used = zero;
    for p in 0..N / 4 {
        for (target, first, second) in
            [(&mut columns.upper[p], 2 * p, 2 * p + 1), (&mut columns.lower[p], N - 1 - 2 * p, N - 2 - 2 * p)]
        {
            for parity in 0..2 {
                let rows = [halves[first][parity], halves[second][parity]];
                let joined = two_rows::<N>(&weights[parity], rows, rounding);
                for (g, joined) in joined.into_iter().take(N / 16).enumerate() {
                    used = _mm256_or_si256(used, _mm256_xor_si256(joined, _mm256_srai_epi16(joined, 15)));
                    target[parity * (N / 16) + g] = joined;
                }
            }
        }
    }
    columns.small = _mm256_testz_si256(used, _mm256_set1_epi16(0x4000)) != 0;
    columns
}

/// Sums and differences of samples `n` and `N - 1 - n` of a row.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn fold<const N: usize>(row: &[i16], halves: &mut [[i16; 16]; 2]) {
    let reverse = |v| {
        let order =
            _mm256_broadcastsi128_si256(_mm_setr_epi8(14, 15, 12, 13, 10, 11, 8, 9, 6, 7, 4, 5, 2, 3, 0, 1));
        _mm256_permute4x64_epi64(_mm256_shuffle_epi8(v, order), 0b01_00_11_10)
    };
    match row.as_chunks::<16>().0 {
        [row] => {
            let (v, r) = (read16(row), reverse(read16(row)));
            let both = _mm256_permute2x128_si256(_mm256_add_epi16(v, r), _mm256_sub_epi16(v, r), 0x20);
            // 8 sums, 8 differences.
            let mut values = [0; 16];
            write16(&mut values, both);
            halves[0][..8].copy_from_slice(&values[..8]);
            halves[1][..8].copy_from_slice(&values[8..]);
        }
        [left, right, ..] => {
            let (v, r) = (read16(left), reverse(read16(right)));
            write16(&mut halves[0], _mm256_add_epi16(v, r));
            write16(&mut halves[1], _mm256_sub_epi16(v, r));
        }
        [] => {}
    }
}

/// Coefficients of one parity of two folded rows: eight in each of N / 16 registers, the first row in the low
/// halves of the lanes.
#[inline]
#[target_feature(enable = "avx2")]
fn two_rows<const N: usize>(
    weights: &[[[i16; 16]; 2]; 8],
    rows: [[i16; 16]; 2],
    rounding: Rounding,
) -> [__m256i; 2] {
    let pairs: [[i32; 8]; 2] = [bytemuck::cast(rows[0]), bytemuck::cast(rows[1])];
    let mut sums = [[_mm256_setzero_si256(); 2]; 2];
    for j in 0..N / 4 {
        let (first, second) = (_mm256_set1_epi32(pairs[0][j]), _mm256_set1_epi32(pairs[1][j]));
        for g in 0..N / 16 {
            let weights = read16(&weights[j][g]);
            sums[g][0] = _mm256_add_epi32(sums[g][0], _mm256_madd_epi16(first, weights));
            sums[g][1] = _mm256_add_epi32(sums[g][1], _mm256_madd_epi16(second, weights));
        }
    }
    let joined = |g: usize| join(rounding.apply(sums[g][0]), rounding.apply(sums[g][1]));
    [joined(0), joined(1)]
}

/// `SMALL`: `e` and `o` are formed by adding 16-bit values, otherwise by adding their products.
#[inline]
#[target_feature(enable = "avx2")]
fn columns_stage<const N: usize, const SMALL: bool>(
    weights: &[[[i32; 8]; 16]; 2],
    columns: &Columns,
    out: &mut [i16],
    rounding: Rounding,
) {
    let groups = N / 16;
    for g in 0..groups {
        for (parity, weights) in weights.iter().enumerate() {
            let zero = _mm256_setzero_si256();
            let mut folded = [[zero; 2]; 8];
            for (p, folded) in folded.iter_mut().enumerate().take(N / 4) {
                for (folded, c) in folded.iter_mut().zip([g, groups + g]) {
                    let (upper, lower) = (columns.upper[p][c], columns.lower[p][c]);
                    *folded = if parity == 0 {
                        _mm256_add_epi16(upper, lower)
                    } else {
                        _mm256_sub_epi16(upper, lower)
                    };
                }
            }
            for (k, weights) in weights.iter().enumerate().take(N / 2) {
                let mut sums = [zero; 2];
                for (p, &weight) in weights.iter().enumerate().take(N / 4) {
                    let weight = _mm256_set1_epi32(weight);
                    for (i, c) in [g, groups + g].into_iter().enumerate() {
                        let product = if SMALL {
                            _mm256_madd_epi16(folded[p][i], weight)
                        } else {
                            let upper = _mm256_madd_epi16(columns.upper[p][c], weight);
                            let lower = _mm256_madd_epi16(columns.lower[p][c], weight);
                            if parity == 0 {
                                _mm256_add_epi32(upper, lower)
                            } else {
                                _mm256_sub_epi32(upper, lower)
                            }
                        };
                        sums[i] = _mm256_add_epi32(sums[i], product);
                    }
                }
                let row = join(rounding.apply(sums[0]), rounding.apply(sums[1]));
                if let Some(out) = out[(2 * k + parity) * N + 16 * g..].first_chunk_mut() {
                    write16(out, row);
                }
            }
        }
    }
}
