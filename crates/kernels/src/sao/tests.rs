//! Cases of sample adaptive offset.

use rivus_picture::Sample;

use crate::harness::{Case, Io};

/// CTB sizes, and cuts of them at the picture's border.
const SIZES: [(usize, usize); 12] = [
    (64, 64),
    (32, 32),
    (16, 16),
    (8, 8),
    (4, 4),
    (2, 6),
    (13, 3),
    (31, 5),
    (33, 2),
    (63, 7),
    (56, 8),
    (24, 64),
];

/// SaoOffsetVal: up to 31 << (BitDepth - 10), 7 for 8 bits.
fn offsets<S: Sample>(io: &mut Io<S>) -> [i16; 4] {
    let max = ((1 << (io.bit_depth.min(10) - 5)) - 1) << io.bit_depth.saturating_sub(10);
    [(); 4].map(|()| io.rng.range(-max, max) as i16)
}

/// Lists of statistics as values.
fn values(sum: &[i32], count: &[u32]) -> impl Iterator<Item = u64> {
    sum.iter().map(|&v| v as u64).chain(count.iter().map(|&v| v.into()))
}

/// Every class and size.
pub(crate) fn cases<S: Sample>() -> Vec<Case<S>> {
    let mut cases = Vec::new();
    for (w, h) in SIZES {
        for class in 0..4 {
            let variant = format!("{w}x{h} class {class}");
            cases.push(Case::new(
                "sao.edge",
                &variant,
                w * h,
                |k| k.sao.edge as usize,
                move |k, io| {
                    let offsets = offsets(io);
                    let src = io.src[0].block(w + 2, h + 2);
                    (k.sao.edge)(io.dst[0].block_mut(w, h), src, class, &offsets, io.bit_depth);
                },
            ));
            cases.push(Case::new(
                "sao.edge_stats",
                &variant,
                w * h,
                |k| k.sao.edge_stats as usize,
                move |k, io| {
                    let (mut sum, mut count) = ([-5; 5], [7; 5]);
                    let (org, rec) = (io.src[1].block(w, h), io.src[0].block(w + 2, h + 2));
                    (k.sao.edge_stats)(org, rec, class, &mut sum, &mut count);
                    io.values.extend(values(&sum, &count));
                },
            ));
        }
        let variant = format!("{w}x{h}");
        cases.push(Case::new(
            "sao.band",
            &variant,
            w * h,
            |k| k.sao.band as usize,
            move |k, io| {
                let (offsets, position) = (offsets(io), io.rng.range(0, 31) as u8);
                let src = io.src[0].block(w, h);
                (k.sao.band)(io.dst[0].block_mut(w, h), src, position, &offsets, io.bit_depth);
            },
        ));
        cases.push(Case::new(
            "sao.band_stats",
            &variant,
            w * h,
            |k| k.sao.band_stats as usize,
            move |k, io| {
                let (mut sum, mut count) = ([-5; 32], [7; 32]);
                let (org, rec) = (io.src[1].block(w, h), io.src[0].block(w, h));
                (k.sao.band_stats)(org, rec, &mut sum, &mut count, io.bit_depth);
                io.values.extend(values(&sum, &count));
            },
        ));
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

    /// A row with a valley, a concave and a convex corner, a peak.
    #[test]
    fn edge_categories_are_those_of_the_standard() {
        let k = Kernels::<u8>::best();
        let row = [50u8, 40, 50, 50, 60, 60, 50, 50];
        let src = row.repeat(3);
        let mut out = [0u8; 6];
        let dst = BlockMut::new(&mut out, 0, 6, 6, 1);
        (k.sao.edge)(dst, Block::new(&src, 0, 8, 8, 3), 0, &[1, 2, -3, -4], 8);
        // valley +1; corner below a step up: left 40 < 50 = right: sign +1 + 0 = edgeIdx 3; and so on
        assert_eq!(out, [41, 47, 52, 57, 57, 52]);
        let (mut sum, mut count) = ([0; 5], [0; 5]);
        let org = [45u8; 6];
        (k.sao.edge_stats)(
            Block::new(&org, 0, 6, 6, 1),
            Block::new(&src, 0, 8, 8, 3),
            0,
            &mut sum,
            &mut count,
        );
        assert_eq!((count, sum), ([0, 1, 2, 3, 0], [0, 5, -10, -35, 0]));
    }

    /// Bands wrap around after 31.
    #[test]
    fn bands_wrap_around() {
        let k = Kernels::<u8>::best();
        let src = [250u8, 240, 0, 9, 16, 100];
        let mut out = [0u8; 6];
        let dst = BlockMut::new(&mut out, 0, 6, 6, 1);
        (k.sao.band)(dst, Block::new(&src, 0, 6, 6, 1), 30, &[1, 7, 3, 4], 8);
        assert_eq!(out, [255, 241, 3, 13, 16, 100]);
    }
}
