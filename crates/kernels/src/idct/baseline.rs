//! Inverse transforms in portable vectors: matrix products by multiplication and addition of pairs, as in
//! the AVX2 file, without use of the symmetry.

use wide::{i16x8, i32x4};

use crate::lanes::{join_columns, load_values, pair_rows, saturate, splat_pair};
use crate::transform_matrix::{self, DST4};

pub(super) fn dct<const N: usize>(
    coeffs: &[i16],
    nz_cols: usize,
    nz_rows: usize,
    out: &mut [i16],
    bit_depth: u8,
) {
    inverse(&const { transform_matrix::dct::<N>() }, coeffs, nz_cols, nz_rows, out, bit_depth);
}

pub(super) fn dst4(coeffs: &[i16], nz_cols: usize, nz_rows: usize, out: &mut [i16], bit_depth: u8) {
    inverse(&DST4, coeffs, nz_cols, nz_rows, out, bit_depth);
}

#[inline]
fn inverse<const N: usize>(
    matrix: &[[i8; N]; N],
    coeffs: &[i16],
    nz_cols: usize,
    nz_rows: usize,
    out: &mut [i16],
    bit_depth: u8,
) {
    // Down, eight columns at a time: the factors are the same in all lanes.
    let mut rows = [[0_i16; 32]; N];
    for x in (0..nz_cols).step_by(8) {
        let row = |y: usize| load_values(&coeffs[y * N + x..y * N + N.min(x + 8)]);
        for (i, out) in rows.iter_mut().enumerate() {
            let mut sums = [i32x4::splat(1 << 6); 2];
            for (p, factors) in matrix.as_chunks::<2>().0.iter().enumerate().take(nz_rows.div_ceil(2)) {
                let factors = splat_pair(factors[0][i].into(), factors[1][i].into());
                for (sum, pairs) in sums.iter_mut().zip(pair_rows(row(2 * p), row(2 * p + 1))) {
                    *sum += pairs.dot(factors);
                }
            }
            let values: i16x8 = join_columns(sums.map(|sum| saturate(sum >> 7)));
            out[x..x + 8].copy_from_slice(values.as_array());
        }
    }
    // Across, four positions at a time: the coefficients are the same in all lanes.
    let shift = u32::from(20 - bit_depth);
    for (out, row) in out.chunks_exact_mut(N).zip(&rows) {
        for (g, out) in out.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let mut sum = i32x4::splat(1 << (shift - 1));
            for (p, factors) in matrix.as_chunks::<2>().0.iter().enumerate().take(nz_cols.div_ceil(2)) {
                let factor = |i: usize| {
                    i32::from(factors[0][4 * g + i]) & 0xffff | i32::from(factors[1][4 * g + i]) << 16
                };
                let factors: i16x8 = bytemuck::cast([factor(0), factor(1), factor(2), factor(3)]);
                sum += splat_pair(row[2 * p], row[2 * p + 1]).dot(factors);
            }
            *out = saturate(sum >> shift).to_array().map(|v| v as i16);
        }
    }
}
