//! Inverse transforms in 32 bits (8.6.4.2), for extended precision and the highest bit depths. The usual range goes
//! through the kernels.

use rivus_kernels::transform_matrix;

use super::{Method, ResidualParams, bd_shift, log2_transform_range};

/// Transforms the block in place: columns first, a shift by 7 and a clip to CoeffMin..=CoeffMax, then rows and bdShift.
pub(super) fn transform_wide(params: &ResidualParams<'_>, block: &mut [i32]) {
    match (params.method, params.log2_size) {
        (Method::Dst, _) => transform(&transform_matrix::DST4, params, block),
        (_, 2) => transform(&const { transform_matrix::dct::<4>() }, params, block),
        (_, 3) => transform(&const { transform_matrix::dct::<8>() }, params, block),
        (_, 4) => transform(&const { transform_matrix::dct::<16>() }, params, block),
        _ => transform(&const { transform_matrix::dct::<32>() }, params, block),
    }
}

fn transform<const N: usize>(matrix: &[[i8; N]; N], params: &ResidualParams<'_>, block: &mut [i32]) {
    let max = (1i64 << log2_transform_range(params.bit_depth, params.extended_precision)) - 1;
    let (cols, rows) = (usize::from(params.nz_cols).min(N), usize::from(params.nz_rows).min(N));
    for x in 0..cols {
        let sums = product(matrix, |k| if k < rows { block[k * N + x] } else { 0 });
        for (y, sum) in sums.into_iter().enumerate() {
            block[y * N + x] = ((sum + 64) >> 7).clamp(-max - 1, max) as i32;
        }
    }
    let shift = bd_shift(params.bit_depth, params.extended_precision);
    for row in block.chunks_exact_mut(N) {
        let sums = product(matrix, |k| if k < cols { row[k] } else { 0 });
        for (value, sum) in row.iter_mut().zip(sums) {
            *value = ((sum + (1 << (shift - 1))) >> shift) as i32;
        }
    }
}

/// Sums over k of `matrix[k][n] * coeff(k)`, for every n.
fn product<const N: usize>(matrix: &[[i8; N]; N], coeff: impl Fn(usize) -> i32) -> [i64; N] {
    let mut sums = [0; N];
    for (k, basis) in matrix.iter().enumerate() {
        let c = i64::from(coeff(k));
        if c != 0 {
            for (sum, weight) in sums.iter_mut().zip(basis) {
                *sum += c * i64::from(*weight);
            }
        }
    }
    sums
}
