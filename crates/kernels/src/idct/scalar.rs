//! Inverse transforms, reference.

use crate::transform_matrix;

/// One dimension: `stride` apart, position `i` of the result is the sum of the coefficients times column `i`
/// of the matrix, rounded, shifted, and clipped to 16 bits.
fn transform_line<const N: usize>(
    matrix: &[[i8; N]; N],
    input: impl Fn(usize) -> i16,
    mut output: impl FnMut(usize, i16),
    shift: u8,
) {
    for i in 0..N {
        let sum: i32 =
            matrix.iter().enumerate().map(|(k, row)| i32::from(row[i]) * i32::from(input(k))).sum();
        let value = (sum + (1 << (shift - 1))) >> shift;
        output(i, value.clamp(i16::MIN.into(), i16::MAX.into()) as i16);
    }
}

/// 8.6.4.2: columns first, then rows; 8.6.2: bdShift after the second.
fn inverse<const N: usize>(matrix: &[[i8; N]; N], coeffs: &[i16], out: &mut [i16], bit_depth: u8) {
    let mut columns = [[0; N]; N];
    for x in 0..N {
        transform_line(matrix, |y| coeffs[y * N + x], |y, v| columns[y][x] = v, 7);
    }
    for (row, out) in columns.iter().zip(out.chunks_exact_mut(N)) {
        transform_line(matrix, |x| row[x], |x, v| out[x] = v, 20 - bit_depth);
    }
}

pub(super) fn dct<const N: usize>(
    coeffs: &[i16],
    _nz_cols: usize,
    _nz_rows: usize,
    out: &mut [i16],
    bit_depth: u8,
) {
    inverse(&const { transform_matrix::dct::<N>() }, coeffs, out, bit_depth);
}

pub(super) fn dst4(coeffs: &[i16], _nz_cols: usize, _nz_rows: usize, out: &mut [i16], bit_depth: u8) {
    inverse(&transform_matrix::DST4, coeffs, out, bit_depth);
}
