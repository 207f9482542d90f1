//! Cases of the variance family.

use rivus_picture::Sample;

use crate::harness::{Case, PARTITIONS};

/// Every prediction block size.
pub(crate) fn cases<S: Sample>() -> Vec<Case<S>> {
    let case = |(w, h)| {
        Case::new(
            "variance.block",
            &format!("{w}x{h}"),
            w * h,
            |k| k.variance.block as usize,
            move |k, io| {
                let (sum, squares) = (k.variance.block)(io.src[0].block(w, h));
                io.values.extend([sum.into(), squares]);
            },
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

    #[test]
    fn moments_of_a_ramp() {
        let ramp: Vec<u16> = (0..16).collect();
        assert_eq!((Kernels::<u16>::best().variance.block)(Block::new(&ramp, 0, 4, 4, 4)), (120, 1240));
    }
}
