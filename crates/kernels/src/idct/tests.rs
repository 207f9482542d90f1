//! Cases of inverse transforms.

use rivus_picture::Sample;

use super::Inverse;
use crate::harness::{Case, Io};

/// Coefficients with the values of the input inside the rectangle and zero outside.
fn run<S: Sample>(kernel: Inverse, io: &mut Io<S>, n: usize, nz_cols: usize, nz_rows: usize) {
    let mut coeffs = vec![0; n * n];
    for y in 0..nz_rows {
        coeffs[y * n..][..nz_cols].copy_from_slice(&io.coeffs[0][y * n..][..nz_cols]);
    }
    kernel(&coeffs, nz_cols, nz_rows, &mut io.out[32..32 + n * n], io.bit_depth);
}

/// Every size with several non-zero rectangles.
pub(crate) fn cases<S: Sample>() -> Vec<Case<S>> {
    let mut cases = Vec::new();
    for (index, n) in [4, 8, 16, 32].into_iter().enumerate() {
        let corners = [(1, 1), (4, 4), (2, n), (n, 1), (n, n), (8, 8), (3, 9), (16, 12), (5, 16), (24, 17)];
        for (cols, rows) in corners.into_iter().filter(|&(cols, rows)| cols <= n && rows <= n) {
            // An array entry: the closure of the entry must not capture, hence one per size.
            let entry: fn(&crate::Kernels<S>) -> usize = match index {
                0 => |k| k.idct.dct[0] as usize,
                1 => |k| k.idct.dct[1] as usize,
                2 => |k| k.idct.dct[2] as usize,
                _ => |k| k.idct.dct[3] as usize,
            };
            let kernel = ["idct.dct4", "idct.dct8", "idct.dct16", "idct.dct32"][index];
            cases.push(Case::new(
                kernel,
                &format!("{cols}x{rows} of {n}x{n}"),
                n * n,
                entry,
                move |k, io| {
                    run(k.idct.dct[index], io, n, cols, rows);
                },
            ));
        }
    }
    for (cols, rows) in [(1, 1), (4, 4), (2, 3)] {
        cases.push(Case::new(
            "idct.dst4",
            &format!("{cols}x{rows} of 4x4"),
            16,
            |k| k.idct.dst4 as usize,
            move |k, io| run(k.idct.dst4, io, 4, cols, rows),
        ));
    }
    cases
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::{Kernels, harness};

    #[test]
    fn tiers_match_scalar() {
        harness::check(&cases::<u8>());
        harness::check(&cases::<u16>());
    }

    /// A DC coefficient gives a flat block: 64 * 64 / (2^7 * 2^12) of it.
    #[test]
    fn dc_is_flat() {
        let k = Kernels::<u8>::best();
        for (index, n) in [4, 8, 16, 32].into_iter().enumerate() {
            let mut coeffs = vec![0; n * n];
            coeffs[0] = 1280;
            let mut out = vec![0; n * n];
            (k.idct.dct[index])(&coeffs, 1, 1, &mut out, 8);
            assert!(out.iter().all(|&v| v == 10));
        }
    }

    /// Coefficients of a horizontal cosine give columns that do not change from row to row.
    #[test]
    fn column_index_is_horizontal_frequency() {
        let k = Kernels::<u8>::best();
        let mut coeffs = [0; 64];
        coeffs[1] = 4000;
        let mut out = [0; 64];
        (k.idct.dct[1])(&coeffs, 2, 1, &mut out, 8);
        assert!(out[0] > 20 && out[7] == -out[0]);
        assert!(out.chunks(8).all(|row| row == &out[..8]));
    }
}
