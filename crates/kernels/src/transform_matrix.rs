//! 8.6.4.2: the transform matrices, shared by the forward and the inverse transforms.

/// The first column of the 32-point matrix: row `k` starts with `64 * sqrt(2) * cos(k * pi / 64)` as rounded
/// by the standard (eq. 8-305), and with 64 for `k = 0`. Every other element is one of these or its negative.
const FIRST_COLUMN: [i8; 32] = [
    64, 90, 90, 90, 89, 88, 87, 85, 83, 82, 80, 78, 75, 73, 70, 67, 64, 61, 57, 54, 50, 46, 43, 38, 36, 31,
    25, 22, 18, 13, 9, 4,
];

/// transMatrix of the 4x4 DST-VII: `DST4[k][n]` is the weight of sample `n` in basis function `k`.
pub const DST4: [[i8; 4]; 4] = [[29, 55, 74, 84], [74, 74, 0, -74], [84, -29, -74, 55], [55, -84, 74, -29]];

/// transMatrix of the N-point DCT, N = 4, 8, 16, 32: `dct()[k][n]` is the weight of sample `n` in basis
/// function `k`. These are rows `0, 32 / N, 64 / N, …` of the 32-point matrix, cut to N columns.
pub const fn dct<const N: usize>() -> [[i8; N]; N] {
    let mut matrix = [[0; N]; N];
    let mut k = 0;
    while k < N {
        let mut n = 0;
        while n < N {
            matrix[k][n] = element(k * (32 / N), n);
            n += 1;
        }
        k += 1;
    }
    matrix
}

/// Element `n` of row `k` of the 32-point matrix: `cos(k * (2 * n + 1) * pi / 64)`, reduced to the first
/// quadrant. The multiples of a quarter turn do not occur for `k > 0`, since `2 * n + 1` is odd.
const fn element(k: usize, n: usize) -> i8 {
    if k == 0 {
        return FIRST_COLUMN[0];
    }
    let angle = k * (2 * n + 1) % 128;
    match angle {
        0..=31 => FIRST_COLUMN[angle],
        32..=63 => -FIRST_COLUMN[64 - angle],
        64..=95 => -FIRST_COLUMN[angle - 64],
        _ => FIRST_COLUMN[128 - angle],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_matrices_are_those_of_the_standard() {
        assert_eq!(
            dct::<4>(),
            [[64, 64, 64, 64], [83, 36, -36, -83], [64, -64, -64, 64], [36, -83, 83, -36]]
        );
        assert_eq!(dct::<8>()[1], [89, 75, 50, 18, -18, -50, -75, -89]);
        assert_eq!(dct::<8>()[7], [18, -50, 75, -89, 89, -75, 50, -18]);
        assert_eq!(dct::<16>()[1], [90, 87, 80, 70, 57, 43, 25, 9, -9, -25, -43, -57, -70, -80, -87, -90]);
        assert_eq!(dct::<32>()[31][..4], [4, -13, 22, -31]);
    }

    /// Different rows are nearly orthogonal, and every row has nearly the length 64 * sqrt(N).
    #[test]
    fn rows_are_nearly_orthonormal() {
        let dct32 = dct::<32>();
        for (i, a) in dct32.iter().enumerate() {
            for (j, b) in dct32.iter().enumerate() {
                let product: i32 = a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
                let expected = if i == j { 64 * 64 * 32 } else { 0 };
                assert!((product - expected).abs() <= 64 * 64 * 32 / 200, "rows {i}, {j}: {product}");
            }
        }
    }
}
