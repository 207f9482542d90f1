//! Cases of the SAD family.

use rivus_picture::Sample;

use crate::harness::{Case, PARTITIONS};

/// Every prediction block size.
pub(crate) fn cases<S: Sample>() -> Vec<Case<S>> {
    let mut cases = Vec::new();
    for (w, h) in PARTITIONS {
        let size = format!("{w}x{h}");
        cases.push(Case::new(
            "sad.block",
            &size,
            w * h,
            |k| k.sad.block as usize,
            move |k, io| io.values.push((k.sad.block)(io.src[0].block(w, h), io.src[1].block(w, h)).into()),
        ));
        cases.push(Case::new(
            "sad.x4",
            &size,
            4 * w * h,
            |k| k.sad.x4 as usize,
            move |k, io| {
                let candidates = [1, 2, 3, 4].map(|i| io.src[i].block(w, h));
                io.values.extend((k.sad.x4)(io.src[0].block(w, h), candidates).map(u64::from));
            },
        ));
    }
    cases
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::harness;

    #[test]
    fn tiers_match_scalar() {
        harness::check(&cases::<u8>());
        harness::check(&cases::<u16>());
    }

    /// 16-bit samples at full distance, 64x64: the sum still fits.
    #[test]
    fn the_largest_sum_fits() {
        use crate::Kernels;
        use rivus_picture::Block;
        let (a, b) = (vec![0u16; 4096], vec![u16::MAX; 4096]);
        let (a, b) = (Block::new(&a, 0, 64, 64, 64), Block::new(&b, 0, 64, 64, 64));
        assert_eq!((Kernels::<u16>::best().sad.block)(a, b), 4096 * 65_535);
    }
}
