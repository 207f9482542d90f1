//! Cases of luma interpolation.

use rivus_picture::Sample;

use crate::MC_STRIDE;
use crate::harness::{Case, PARTITIONS};

/// Every prediction block size at every kind of fraction.
pub(crate) fn cases<S: Sample>() -> Vec<Case<S>> {
    let mut cases = Vec::new();
    for (w, h) in PARTITIONS {
        // Fractions vary fastest for the smallest block; others take the four kinds.
        let fractions: Vec<(u8, u8)> = if w == 8 && h == 8 {
            (0..16).map(|i| (i % 4, i / 4)).collect()
        } else {
            vec![(0, 0), (1, 0), (2, 0), (0, 3), (0, 2), (3, 1), (2, 2)]
        };
        for (fx, fy) in fractions {
            let variant = format!("{w}x{h} {fx}/4,{fy}/4");
            cases.push(Case::new(
                "mc_luma.put",
                &variant,
                w * h,
                |k| k.mc_luma.put as usize,
                move |k, io| {
                    let src = io.src[0].block(w + 7, h + 7);
                    (k.mc_luma.put)(io.dst[0].block_mut(w, h), src, fx, fy, io.bit_depth);
                },
            ));
            cases.push(Case::new(
                "mc_luma.prep",
                &variant,
                w * h,
                |k| k.mc_luma.prep as usize,
                move |k, io| {
                    let src = io.src[0].block(w + 7, h + 7);
                    (k.mc_luma.prep)(&mut io.out[32..], src, w, h, fx, fy, io.bit_depth);
                },
            ));
            cases.push(Case::new(
                "mc_luma.avg",
                &variant,
                w * h,
                |k| k.mc_luma.avg as usize,
                move |k, io| {
                    let (first, second) = (io.src[0].block(w + 7, h + 7), io.src[1].block(w + 7, h + 7));
                    let mut prepared = [0; 64 * MC_STRIDE];
                    // At the other fraction, so that the extremes of the two do not coincide everywhere.
                    (k.mc_luma.prep)(&mut prepared, first, w, h, fy, fx, io.bit_depth);
                    let dst = io.dst[0].block_mut(w, h);
                    (k.mc_luma.avg)(dst, &prepared, second, fx, fy, io.bit_depth);
                },
            ));
        }
    }
    cases
}

#[cfg(test)]
mod test {
    use rivus_picture::Block;

    use super::*;
    use crate::{Kernels, harness};

    #[test]
    fn tiers_match_scalar() {
        harness::check(&cases::<u8>());
        harness::check(&cases::<u16>());
    }

    /// A flat area stays flat, and a full-sample vector copies.
    #[test]
    fn flat_stays_flat_and_full_sample_copies() {
        let k = Kernels::<u16>::best();
        let flat = [700u16; 15 * 15];
        let ramp: Vec<u16> = (0..15 * 15).collect();
        for fraction in 0..16 {
            let mut out = [0u16; 64];
            let dst = rivus_picture::BlockMut::new(&mut out, 0, 8, 8, 8);
            (k.mc_luma.put)(dst, Block::new(&flat, 0, 15, 15, 15), fraction % 4, fraction / 4, 10);
            assert_eq!(out, [700; 64]);
        }
        let mut out = [0u16; 64];
        let src = Block::new(&ramp, 0, 15, 15, 15);
        (k.mc_luma.put)(rivus_picture::BlockMut::new(&mut out, 0, 8, 8, 8), src, 0, 0, 10);
        assert!((0..8).all(|y| out[y * 8..][..8] == src.row(y + 3)[3..11]));
    }
}
