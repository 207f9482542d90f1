//! Cases of the SATD family.

use rivus_picture::Sample;

use crate::harness::{Case, PARTITIONS};

/// Every prediction block size.
pub(crate) fn cases<S: Sample>() -> Vec<Case<S>> {
    let case = |(w, h)| {
        Case::new(
            "satd.block",
            &format!("{w}x{h}"),
            w * h,
            |k| k.satd.block as usize,
            move |k, io| io.values.push((k.satd.block)(io.src[0].block(w, h), io.src[1].block(w, h)).into()),
        )
    };
    PARTITIONS.into_iter().map(case).collect()
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

    /// A flat difference has one coefficient, w * h * d; an impulse has all coefficients of its own size.
    #[test]
    fn flat_and_impulse_differences() {
        let satd = Kernels::<u8>::best().satd.block;
        let (zero, flat) = ([0u8; 64], [5u8; 64]);
        let mut impulse = zero;
        impulse[9] = 5;
        let block = |data, size| Block::new(data, 0, 8, size, size);
        assert_eq!(satd(block(&zero, 8), block(&flat, 8)), (64 * 5 + 2) >> 2);
        assert_eq!(satd(block(&zero, 4), block(&flat, 4)), (16 * 5 + 1) >> 1);
        assert_eq!(satd(block(&impulse, 8), block(&zero, 8)), (64 * 5 + 2) >> 2);
        assert_eq!(satd(block(&impulse, 4), block(&zero, 4)), (16 * 5 + 1) >> 1);
    }
}
