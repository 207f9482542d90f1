//! Cases of the forward transforms.

use rivus_picture::Sample;

use crate::harness::Case;

/// Every size.
pub(crate) fn cases<S: Sample>() -> Vec<Case<S>> {
    let kernels =
        [("fdct.dct4", "4x4"), ("fdct.dct8", "8x8"), ("fdct.dct16", "16x16"), ("fdct.dct32", "32x32")];
    let entries: [fn(&crate::Kernels<S>) -> usize; 4] = [
        |k| k.fdct.dct[0] as usize,
        |k| k.fdct.dct[1] as usize,
        |k| k.fdct.dct[2] as usize,
        |k| k.fdct.dct[3] as usize,
    ];
    let mut cases: Vec<Case<S>> = (0..4)
        .map(|i| {
            let n = 16 << (2 * i);
            Case::new(kernels[i].0, kernels[i].1, n, entries[i], move |k, io| {
                (k.fdct.dct[i])(&io.residual[..n], &mut io.out[..n], io.bit_depth);
            })
        })
        .collect();
    cases.push(Case::new(
        "fdct.dst4",
        "4x4",
        16,
        |k| k.fdct.dst4 as usize,
        |k, io| (k.fdct.dst4)(&io.residual[..16], &mut io.out[..16], io.bit_depth),
    ));
    cases
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::transform_matrix::dct;
    use crate::{Kernels, Tier, harness};

    #[test]
    fn tiers_match_scalar() {
        harness::check(&cases::<u8>());
        harness::check(&cases::<u16>());
    }

    /// Residuals with the signs of two basis functions reach the largest value of a stage: every tier must
    /// keep it in 16 bit.
    #[test]
    fn the_largest_coefficients_fit() {
        let dct32 = dct::<32>();
        for bit_depth in [8, 10, 12, 16] {
            let largest = ((1 << bit_depth) - 1).min(i32::from(i16::MAX)) as i16;
            for log2 in 2..=5usize {
                let n = 1usize << log2;
                let basis = |k: usize, i: usize| dct32[k << (5 - log2)][i].signum();
                for k in 0..n * n {
                    let residual: Vec<i16> = (0..n * n)
                        .map(|i| i16::from(basis(k / n, i / n) * basis(k % n, i % n)) * largest)
                        .collect();
                    let mut expected = vec![0; n * n];
                    let scalar = Kernels::<u8>::at(Tier::Scalar).unwrap();
                    (scalar.fdct.dct[log2 - 2])(&residual, &mut expected, bit_depth);
                    for tier in Tier::ALL.into_iter().filter_map(Kernels::<u8>::at) {
                        let mut out = vec![0; n * n];
                        (tier.fdct.dct[log2 - 2])(&residual, &mut out, bit_depth);
                        assert!(out == expected, "size {n}, basis {k}, depth {bit_depth}");
                    }
                }
            }
        }
    }

    /// A flat residual has only the DC coefficient, `d * 2^(15 - bit_depth)` at every size.
    #[test]
    fn a_flat_residual_has_one_coefficient() {
        for (i, transform) in Kernels::<u8>::best().fdct.dct.into_iter().enumerate() {
            let n = 16 << (2 * i);
            let mut out = vec![1; n];
            transform(&vec![-5; n], &mut out, 8);
            assert_eq!(out[0], -5 * 128);
            assert!(out[1..].iter().all(|c| *c == 0));
        }
    }
}
