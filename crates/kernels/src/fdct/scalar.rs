//! Forward transforms, reference.

use crate::transform_matrix;

pub(super) fn dct<const N: usize>(residual: &[i16], out: &mut [i16], bit_depth: u8) {
    forward(&const { transform_matrix::dct::<N>() }, residual, out, bit_depth);
}

pub(super) fn dst4(residual: &[i16], out: &mut [i16], bit_depth: u8) {
    forward(&transform_matrix::DST4, residual, out, bit_depth);
}

/// `matrix * residual * transposed matrix`, rounded after each product.
fn forward<const N: usize>(matrix: &[[i8; N]; N], residual: &[i16], out: &mut [i16], bit_depth: u8) {
    let log2 = N.ilog2();
    let mut rows = [[0i16; N]; N];
    for (row, residual) in rows.iter_mut().zip(residual.chunks_exact(N)) {
        for (value, basis) in row.iter_mut().zip(matrix) {
            *value = project(basis, residual.iter().copied(), log2 + u32::from(bit_depth) - 9);
        }
    }
    for (k, basis) in matrix.iter().enumerate() {
        for x in 0..N {
            out[k * N + x] = project(basis, rows.iter().map(|row| row[x]), log2 + 6);
        }
    }
}

/// Scalar product, rounded, shifted, 16 bit: the magnitudes of a basis add up to at most 64 * N, which the
/// shifts divide out, so only a residual outside the bit depth could saturate.
fn project<const N: usize>(basis: &[i8; N], values: impl Iterator<Item = i16>, shift: u32) -> i16 {
    let sum: i32 = basis.iter().zip(values).map(|(b, v)| i32::from(*b) * i32::from(v)).sum();
    let rounded = (sum + (1 << (shift - 1))) >> shift;
    rounded.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}
