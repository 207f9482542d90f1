//! Forward transforms in portable vectors: matrix products by multiplication and addition of pairs, as in the
//! AVX2 file, without use of the symmetry.

use std::array;

use wide::{i16x8, i32x4, i32x8};

use crate::transform_matrix::{self, DST4};

/// For N points, `[j][k]`: the weights of samples `2 * j` (low half) and `2 * j + 1` (high half) in basis
/// function `k`.
type Weights<const N: usize> = [[i32; N]; 16];

const fn weights<const N: usize>(matrix: &[[i8; N]; N]) -> Weights<N> {
    let mut weights = [[0; N]; 16];
    let mut j = 0;
    while 2 * j < N {
        let mut k = 0;
        while k < N {
            weights[j][k] = (matrix[k][2 * j + 1] as i32) << 16 | (matrix[k][2 * j] as u16) as i32;
            k += 1;
        }
        j += 1;
    }
    weights
}

pub(super) fn dct<const N: usize>(residual: &[i16], out: &mut [i16], bit_depth: u8) {
    forward(&const { weights(&transform_matrix::dct::<N>()) }, residual, out, bit_depth);
}

pub(super) fn dst4(residual: &[i16], out: &mut [i16], bit_depth: u8) {
    forward(&const { weights(&DST4) }, residual, out, bit_depth);
}

/// Two 16-bit values in each lane, as factors of a sum of two products.
#[inline]
fn pairs(v: i32x4) -> i16x8 {
    bytemuck::cast(v)
}

#[inline]
fn forward<const N: usize>(weights: &Weights<N>, residual: &[i16], out: &mut [i16], bit_depth: u8) {
    // `columns[p][g]`: values 4 * g .. 4 * g + 4 of rows 2 * p (low halves) and 2 * p + 1 (high halves),
    // after the row stage.
    let mut columns = [[i32x4::ZERO; 8]; 16];
    let shift = N.ilog2() + u32::from(bit_depth) - 9;
    for (columns, rows) in columns.iter_mut().zip(residual.chunks_exact(2 * N)) {
        let (upper, lower) = rows.split_at(N);
        for (g, columns) in columns.iter_mut().enumerate().take(N / 4) {
            let low = i32x4::splat(0xffff);
            *columns = (row(weights, upper, g, shift) & low) | (row(weights, lower, g, shift) << 16);
        }
    }
    let shift = N.ilog2() + 6;
    for (k, out) in out.chunks_exact_mut(N).enumerate().take(N) {
        for (g, out) in out.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let mut sum = i32x4::splat(1 << (shift - 1));
            for (columns, weights) in columns.iter().zip(weights).take(N / 2) {
                sum += pairs(columns[g]).dot(pairs(i32x4::splat(weights[k])));
            }
            let [low, ..] = narrow(sum >> shift);
            *out = low;
        }
    }
}

/// Coefficients 4 * g .. 4 * g + 4 of one row.
#[inline]
fn row<const N: usize>(weights: &Weights<N>, samples: &[i16], g: usize, shift: u32) -> i32x4 {
    let mut sum = i32x4::splat(1 << (shift - 1));
    for (pair, weights) in samples.as_chunks::<2>().0.iter().zip(weights) {
        let weights = i32x4::new(array::from_fn(|i| weights[4 * g + i]));
        sum += pairs(i32x4::splat(bytemuck::cast(*pair))).dot(pairs(weights));
    }
    sum >> shift
}

/// The lanes as 16-bit values.
#[inline]
fn narrow(v: i32x4) -> [[i16; 4]; 2] {
    let both: i32x8 = bytemuck::cast([v, v]);
    bytemuck::cast(i16x8::from_i32x8_saturate(both).to_array())
}
