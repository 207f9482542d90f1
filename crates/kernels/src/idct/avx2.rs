//! Inverse transforms, AVX2.
//!
//! Both stages are products with the transform matrix, two coefficients at a time with `pmaddwd`, and use
//! its symmetry: with E(i) the sum over even rows of the matrix and O(i) over odd rows, position i is E(i) +
//! O(i) and position N - 1 - i is E(i) - O(i). A quad is four consecutive coefficients; its even pair is the
//! first and third, its odd pair the second and fourth. Only quads inside the non-zero rectangle are
//! visited.
//!
//! The first stage runs down 8 columns at once, the matrix elements being broadcast. The second runs along a
//! row, its coefficients being broadcast against 8 positions of the matrix; so neither needs a transpose.
//!
//! Sums are at most 32 * 90 * 32768 in magnitude: 27 bits.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use rivus_picture::{Block, BlockMut};

use crate::transform_matrix;
use crate::x86::{load128, read8, store128, write16};

/// Two neighbouring factors of `pmaddwd` as one 32-bit value.
const fn pair(low: i8, high: i8) -> i32 {
    (low as i32 & 0xFFFF) | ((high as i32) << 16)
}

/// The matrix of N = 8, 16 or 32 points as pairs of factors.
struct Factors {
    /// Per position, per quad: for the even and the odd pair.
    by_position: [[[i32; 2]; 8]; 16],
    /// Per quad, per 8 positions: for the even and the odd pair.
    by_quad: [[[[i32; 8]; 2]; 2]; 8],
}

/// The factors of the first 16 positions, the rest being given by symmetry.
const fn factors<const N: usize>() -> Factors {
    let matrix = transform_matrix::dct::<N>();
    let mut factors = Factors { by_position: [[[0; 2]; 8]; 16], by_quad: [[[[0; 8]; 2]; 2]; 8] };
    let mut quad = 0;
    while quad < N / 4 {
        let mut i = 0;
        while i < N && i < 16 {
            let even = pair(matrix[4 * quad][i], matrix[4 * quad + 2][i]);
            let odd = pair(matrix[4 * quad + 1][i], matrix[4 * quad + 3][i]);
            factors.by_position[i][quad] = [even, odd];
            factors.by_quad[quad][i / 8][0][i % 8] = even;
            factors.by_quad[quad][i / 8][1][i % 8] = odd;
            i += 1;
        }
        quad += 1;
    }
    factors
}

/// Rows after the first stage, as pairs: even and odd pair of each quad in turn.
type Rows<const N: usize> = [[i32; 16]; N];

/// DCT of 8, 16 or 32 points.
#[target_feature(enable = "avx2")]
pub(super) fn dct<const N: usize>(
    coeffs: &[i16],
    nz_cols: usize,
    nz_rows: usize,
    out: &mut [i16],
    bit_depth: u8,
) {
    assert!(nz_cols <= N && nz_rows <= N, "{nz_cols}x{nz_rows} of {N}x{N} coefficients");
    if nz_cols == 1 && nz_rows == 1 {
        return out[..N * N].fill(dc(coeffs[0], bit_depth));
    }
    let mut rows = [[0; 16]; N];
    first_stage::<N>(coeffs, nz_cols, nz_rows.div_ceil(4), &mut rows);
    let (quads, shift) = (nz_cols.div_ceil(4), i32::from(20 - bit_depth));
    match N {
        8 => second_stage_8(&rows, quads, out, shift),
        16 => second_stage_16(&rows, quads, out, shift),
        _ => second_stage_32(&rows, quads, out, shift),
    }
}

/// The value of all samples if only the first coefficient is not zero.
fn dc(coeff: i16, bit_depth: u8) -> i16 {
    let column = (i32::from(coeff) * 64 + 64) >> 7;
    let shift = 20 - bit_depth;
    ((column * 64 + (1 << (shift - 1))) >> shift).clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

#[inline]
#[target_feature(enable = "avx2")]
fn madd(sum: __m256i, pairs: __m256i, factors: __m256i) -> __m256i {
    _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, factors))
}

/// Two rows of 8 values, value by value in turn.
#[inline]
#[target_feature(enable = "avx2")]
fn interleave(a: __m128i, b: __m128i) -> __m256i {
    _mm256_set_m128i(_mm_unpackhi_epi16(a, b), _mm_unpacklo_epi16(a, b))
}

/// Eight values from a table.
#[inline]
#[target_feature(enable = "avx2")]
fn vector(values: &[i32; 8]) -> __m256i {
    bytemuck::cast(*values)
}

/// Two rows after the first stage, in one half each: shifted, narrowed and reordered. (Functions rather than
/// closures under `map`: a closure that uses vectors is not inlined into a function without them.)
#[inline]
#[target_feature(enable = "avx2")]
fn pack(sums: [__m256i; 2], reorder: __m256i) -> __m256i {
    let packed = _mm256_packs_epi32(_mm256_srai_epi32(sums[0], 7), _mm256_srai_epi32(sums[1], 7));
    _mm256_shuffle_epi8(_mm256_permute4x64_epi64(packed, 0xD8), reorder)
}

#[inline]
#[target_feature(enable = "avx2")]
fn first_stage<const N: usize>(coeffs: &[i16], nz_cols: usize, quads: usize, rows: &mut Rows<N>) {
    let factors = const { &factors::<N>() };
    let coeffs = Block::new(coeffs, 0, N, N, N);
    let mut rows = BlockMut::new(bytemuck::cast_slice_mut::<_, i16>(rows), 0, 32, N, N);
    // Brings the four values of each quad into the order even pair, odd pair.
    let reorder =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15));
    for x in (0..nz_cols).step_by(8) {
        let mut pairs = [[_mm256_setzero_si256(); 2]; 8];
        for (quad, pairs) in pairs.iter_mut().enumerate().take(quads) {
            // SAFETY: `quads` is at most N / 4, and `x`, a multiple of 8 below N, at most N - 8.
            unsafe {
                let row = 4 * quad;
                *pairs = [
                    interleave(load128(coeffs, x, row), load128(coeffs, x, row + 2)),
                    interleave(load128(coeffs, x, row + 1), load128(coeffs, x, row + 3)),
                ];
            }
        }
        for i in (0..N / 2).step_by(2) {
            let mut even = [_mm256_set1_epi32(1 << 6); 2];
            let mut odd = [_mm256_setzero_si256(); 2];
            for (quad, pairs) in pairs.iter().enumerate().take(quads) {
                for j in 0..2 {
                    let [even_factors, odd_factors] = factors.by_position[i + j][quad];
                    even[j] = madd(even[j], pairs[0], _mm256_set1_epi32(even_factors));
                    odd[j] = madd(odd[j], pairs[1], _mm256_set1_epi32(odd_factors));
                }
            }
            let (upper, lower) = (
                pack([_mm256_add_epi32(even[0], odd[0]), _mm256_add_epi32(even[1], odd[1])], reorder),
                pack([_mm256_sub_epi32(even[1], odd[1]), _mm256_sub_epi32(even[0], odd[0])], reorder),
            );
            // SAFETY: `x` as above; the rows are those of i, i + 1 < N / 2 and their mirror images.
            unsafe {
                store128(&mut rows, x, i, _mm256_castsi256_si128(upper));
                store128(&mut rows, x, i + 1, _mm256_extracti128_si256(upper, 1));
                store128(&mut rows, x, N - 2 - i, _mm256_castsi256_si128(lower));
                store128(&mut rows, x, N - 1 - i, _mm256_extracti128_si256(lower, 1));
            }
        }
    }
}

/// Shift and rounding after the second stage.
#[inline]
#[target_feature(enable = "avx2")]
fn rounding(shift: i32) -> (__m256i, __m128i) {
    (_mm256_set1_epi32(1 << (shift - 1)), _mm_cvtsi32_si128(shift))
}

/// All 8 positions at once, two rows together.
#[inline]
#[target_feature(enable = "avx2")]
fn second_stage_8(rows: &[[i32; 16]], quads: usize, out: &mut [i16], shift: i32) {
    let factors = const { &factors::<8>().by_quad };
    let (round, shift) = rounding(shift);
    let (out, _) = out.as_chunks_mut::<16>();
    for (out, rows) in out.iter_mut().zip(rows.as_chunks::<2>().0) {
        let mut sums = [round; 2];
        for (quad, factors) in factors.iter().enumerate().take(quads) {
            let (even, odd) = (vector(&factors[0][0]), vector(&factors[0][1]));
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum = madd(*sum, _mm256_set1_epi32(row[2 * quad]), even);
                *sum = madd(*sum, _mm256_set1_epi32(row[2 * quad + 1]), odd);
            }
        }
        let packed = _mm256_packs_epi32(_mm256_sra_epi32(sums[0], shift), _mm256_sra_epi32(sums[1], shift));
        write16(out, _mm256_permute4x64_epi64(packed, 0xD8));
    }
}

/// E and O of `V` times 8 positions of `R` rows.
#[inline]
#[target_feature(enable = "avx2")]
fn even_and_odd<const V: usize, const R: usize>(
    rows: &[[i32; 16]; R],
    factors: &[[[[i32; 8]; 2]; 2]],
    round: __m256i,
) -> [[[__m256i; 2]; V]; R] {
    let mut sums = [[[round, _mm256_setzero_si256()]; V]; R];
    for (quad, factors) in factors.iter().enumerate() {
        for (v, factors) in factors.iter().enumerate().take(V) {
            let (even, odd) = (vector(&factors[0]), vector(&factors[1]));
            for (sums, row) in sums.iter_mut().zip(rows) {
                sums[v][0] = madd(sums[v][0], _mm256_set1_epi32(row[2 * quad]), even);
                sums[v][1] = madd(sums[v][1], _mm256_set1_epi32(row[2 * quad + 1]), odd);
            }
        }
    }
    sums
}

/// E + O and E - O, shifted.
#[inline]
#[target_feature(enable = "avx2")]
fn butterfly([even, odd]: [__m256i; 2], shift: __m128i) -> [__m256i; 2] {
    [
        _mm256_sra_epi32(_mm256_add_epi32(even, odd), shift),
        _mm256_sra_epi32(_mm256_sub_epi32(even, odd), shift),
    ]
}

/// The 16-bit values of each 64-bit group in reverse order.
const REVERSED: [i8; 16] = [6, 7, 4, 5, 2, 3, 0, 1, 14, 15, 12, 13, 10, 11, 8, 9];
/// Order as it is.
const STRAIGHT: [i8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

#[inline]
#[target_feature(enable = "avx2")]
fn second_stage_16(rows: &[[i32; 16]], quads: usize, out: &mut [i16], shift: i32) {
    let factors = const { &factors::<16>().by_quad };
    let (round, shift) = rounding(shift);
    // Of E + O (s) and E - O (d), packing gives s0-3 d0-3 s4-7 d4-7; the row is s0-3 s4-7 d7-4 d3-0.
    let order = _mm256_set_m128i(bytemuck::cast(REVERSED), bytemuck::cast(STRAIGHT));
    let (out, _) = out.as_chunks_mut::<16>();
    for (out, rows) in out.as_chunks_mut::<4>().0.iter_mut().zip(rows.as_chunks::<4>().0) {
        let sums = even_and_odd::<1, 4>(rows, &factors[..quads], round);
        for (out, [sums]) in out.iter_mut().zip(sums) {
            let [sum, difference] = butterfly(sums, shift);
            let packed = _mm256_permute4x64_epi64(_mm256_packs_epi32(sum, difference), 0b01_11_10_00);
            write16(out, _mm256_shuffle_epi8(packed, order));
        }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn second_stage_32(rows: &[[i32; 16]], quads: usize, out: &mut [i16], shift: i32) {
    let factors = const { &factors::<32>().by_quad };
    let (round, shift) = rounding(shift);
    let reversed = _mm256_broadcastsi128_si256(bytemuck::cast(REVERSED));
    let (out, _) = out.as_chunks_mut::<16>();
    for (out, rows) in out.as_chunks_mut::<4>().0.iter_mut().zip(rows.as_chunks::<2>().0) {
        let sums = even_and_odd::<2, 2>(rows, &factors[..quads], round);
        for (out, sums) in out.as_chunks_mut::<2>().0.iter_mut().zip(sums) {
            let ([s0, d0], [s1, d1]) = (butterfly(sums[0], shift), butterfly(sums[1], shift));
            write16(&mut out[0], _mm256_permute4x64_epi64(_mm256_packs_epi32(s0, s1), 0xD8));
            // Packing gives d0-3 d8-11 d4-7 d12-15; the second half of the row is d15-12 d11-8 d7-4 d3-0.
            let packed = _mm256_permute4x64_epi64(_mm256_packs_epi32(d0, d1), 0b00_10_01_11);
            write16(&mut out[1], _mm256_shuffle_epi8(packed, reversed));
        }
    }
}

/// A 4 x 4 matrix as pairs of factors.
struct Factors4 {
    /// Per two rows of the result, one in each half: for coefficients 0 and 1, and for 2 and 3.
    down: [[[i32; 8]; 2]; 2],
    /// Per position, the same in both halves: for coefficients 0 and 1, and for 2 and 3.
    across: [[i32; 8]; 2],
}

const fn factors4(matrix: &[[i8; 4]; 4]) -> Factors4 {
    let mut factors = Factors4 { down: [[[0; 8]; 2]; 2], across: [[0; 8]; 2] };
    let mut k = 0;
    while k < 2 {
        let mut lane = 0;
        while lane < 8 {
            let mut rows = 0;
            while rows < 2 {
                let i = 2 * rows + lane / 4;
                factors.down[rows][k][lane] = pair(matrix[2 * k][i], matrix[2 * k + 1][i]);
                rows += 1;
            }
            let i = lane % 4;
            factors.across[k][lane] = pair(matrix[2 * k][i], matrix[2 * k + 1][i]);
            lane += 1;
        }
        k += 1;
    }
    factors
}

#[target_feature(enable = "avx2")]
pub(super) fn dct4(coeffs: &[i16], nz_cols: usize, nz_rows: usize, out: &mut [i16], bit_depth: u8) {
    if nz_cols == 1 && nz_rows == 1 {
        return out[..16].fill(dc(coeffs[0], bit_depth));
    }
    transform4(const { &factors4(&transform_matrix::dct::<4>()) }, coeffs, out, bit_depth);
}

#[target_feature(enable = "avx2")]
pub(super) fn dst4(coeffs: &[i16], _nz_cols: usize, _nz_rows: usize, out: &mut [i16], bit_depth: u8) {
    transform4(const { &factors4(&transform_matrix::DST4) }, coeffs, out, bit_depth);
}

/// Both stages for two rows at a time, one in each half of a register.
#[inline]
#[target_feature(enable = "avx2")]
fn transform4(factors: &Factors4, coeffs: &[i16], out: &mut [i16], bit_depth: u8) {
    let (coeffs, _) = coeffs.as_chunks::<8>();
    let mut pairs = [_mm256_setzero_si256(); 2];
    for (pairs, rows) in pairs.iter_mut().zip(coeffs) {
        let rows = read8(rows);
        *pairs = _mm256_broadcastsi128_si256(_mm_unpacklo_epi16(rows, _mm_unpackhi_epi64(rows, rows)));
    }
    let [mut rows01, mut rows23] = [_mm256_set1_epi32(1 << 6); 2];
    for (k, pairs) in pairs.into_iter().enumerate() {
        rows01 = madd(rows01, pairs, vector(&factors.down[0][k]));
        rows23 = madd(rows23, pairs, vector(&factors.down[1][k]));
    }
    // Rows 0 and 2 in one half, 1 and 3 in the other, as two pairs each.
    let rows = _mm256_packs_epi32(_mm256_srai_epi32(rows01, 7), _mm256_srai_epi32(rows23, 7));
    let (first, second) = (vector(&factors.across[0]), vector(&factors.across[1]));
    let (round, shift) = rounding((20 - bit_depth).into());
    let finish = |sum| _mm256_sra_epi32(_mm256_add_epi32(sum, round), shift);
    let rows01 = madd(
        _mm256_madd_epi16(_mm256_shuffle_epi32(rows, 0x00), first),
        _mm256_shuffle_epi32(rows, 0x55),
        second,
    );
    let rows23 = madd(
        _mm256_madd_epi16(_mm256_shuffle_epi32(rows, 0xAA), first),
        _mm256_shuffle_epi32(rows, 0xFF),
        second,
    );
    let packed = _mm256_packs_epi32(finish(rows01), finish(rows23));
    write16(&mut out.as_chunks_mut::<16>().0[0], _mm256_permute4x64_epi64(packed, 0xD8));
}
