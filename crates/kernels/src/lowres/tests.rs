//! Cases of the lowres family.

use rivus_picture::Sample;

use crate::harness::Case;

/// Widths around every vector size, as picture rows have.
pub(crate) fn cases<S: Sample>() -> Vec<Case<S>> {
    let sizes = [(1, 1), (3, 2), (8, 8), (15, 3), (16, 16), (17, 2), (32, 32), (39, 5), (64, 64), (71, 3)];
    let case = |(w, h)| {
        Case::new(
            "lowres.half",
            &format!("{w}x{h}"),
            w * h,
            |k| k.lowres.half as usize,
            move |k, io| (k.lowres.half)(io.dst[0].block_mut(w, h), io.src[0].block(2 * w, 2 * h)),
        )
    };
    sizes.into_iter().map(case).collect()
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

    /// The mean is rounded half up.
    #[test]
    fn rounds_the_mean() {
        let src = [0u8, 1, 4, 4, 1, 0, 4, 5];
        let mut out = [0u8; 2];
        let half = Kernels::<u8>::best().lowres.half;
        half(BlockMut::new(&mut out, 0, 2, 2, 1), Block::new(&src, 0, 4, 4, 2));
        assert_eq!(out, [1, 4]);
    }
}
