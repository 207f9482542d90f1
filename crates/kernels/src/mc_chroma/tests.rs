//! Cases of chroma interpolation.

use rivus_picture::Sample;

use crate::MC_STRIDE;
use crate::harness::{Case, PARTITIONS};

/// Chroma block sizes: those of luma (4:4:4), and theirs at half width (4:2:2) and half size (4:2:0).
pub(crate) fn sizes() -> impl Iterator<Item = (usize, usize)> {
    let mut sizes: Vec<_> =
        PARTITIONS.iter().flat_map(|&(w, h)| [(w, h), (w / 2, h), (w / 2, h / 2)]).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes.into_iter()
}

/// Every chroma block size at every kind of fraction.
pub(crate) fn cases<S: Sample>() -> Vec<Case<S>> {
    let mut cases = Vec::new();
    for (w, h) in sizes() {
        let fractions: Vec<(u8, u8)> = if w == 8 && h == 8 {
            (0..64).map(|i| (i % 8, i / 8)).collect()
        } else {
            vec![(0, 0), (4, 0), (0, 3), (5, 1)]
        };
        for (fx, fy) in fractions {
            let variant = format!("{w}x{h} {fx}/8,{fy}/8");
            cases.push(Case::new(
                "mc_chroma.put",
                &variant,
                w * h,
                |k| k.mc_chroma.put as usize,
                move |k, io| {
                    let src = io.src[0].block(w + 3, h + 3);
                    (k.mc_chroma.put)(io.dst[0].block_mut(w, h), src, fx, fy, io.bit_depth);
                },
            ));
            cases.push(Case::new(
                "mc_chroma.prep",
                &variant,
                w * h,
                |k| k.mc_chroma.prep as usize,
                move |k, io| {
                    let src = io.src[0].block(w + 3, h + 3);
                    (k.mc_chroma.prep)(&mut io.out[32..], src, w, h, fx, fy, io.bit_depth);
                },
            ));
            cases.push(Case::new(
                "mc_chroma.avg",
                &variant,
                w * h,
                |k| k.mc_chroma.avg as usize,
                move |k, io| {
                    let (first, second) = (io.src[0].block(w + 3, h + 3), io.src[1].block(w + 3, h + 3));
                    let mut prepared = [0; 64 * MC_STRIDE];
                    // At the other fraction, so that the extremes of the two do not coincide everywhere.
                    (k.mc_chroma.prep)(&mut prepared, first, w, h, fy, fx, io.bit_depth);
                    let dst = io.dst[0].block_mut(w, h);
                    (k.mc_chroma.avg)(dst, &prepared, second, fx, fy, io.bit_depth);
                },
            ));
        }
    }
    cases
}

#[cfg(test)]
mod test {
    use rivus_picture::{Block, BlockMut};

    use super::*;
    use crate::{Kernels, harness};

    #[test]
    fn tiers_match_scalar() {
        harness::check(&cases::<u8>());
        harness::check(&cases::<u16>());
    }

    /// A ramp is interpolated linearly at the middle position.
    #[test]
    fn a_ramp_is_halved() {
        let k = Kernels::<u8>::best();
        let ramp: Vec<u8> = (0..7 * 7).map(|i| 10 * (i % 7) as u8).collect();
        let mut out = [0u8; 16];
        (k.mc_chroma.put)(BlockMut::new(&mut out, 0, 4, 4, 4), Block::new(&ramp, 0, 7, 7, 7), 4, 0, 8);
        assert_eq!(out[..4], [15, 25, 35, 45]);
    }
}
