//! Cases of residuals.

use rivus_picture::Sample;

use crate::harness::{Case, PARTITIONS};

/// Every prediction and transform block size.
pub(crate) fn cases<S: Sample>() -> Vec<Case<S>> {
    let mut cases = Vec::new();
    for (w, h) in PARTITIONS {
        let size = format!("{w}x{h}");
        cases.push(Case::new(
            "residual.sub",
            &size,
            w * h,
            |k| k.residual.sub as usize,
            move |k, io| {
                let (src, pred) = (io.src[0].block(w, h), io.src[1].block(w, h));
                (k.residual.sub)(src, pred, &mut io.out[32..32 + w * h]);
            },
        ));
        cases.push(Case::new(
            "residual.add",
            &size,
            w * h,
            |k| k.residual.add as usize,
            move |k, io| (k.residual.add)(io.dst[0].block_mut(w, h), &io.coeffs[0][..w * h], io.bit_depth),
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

    /// Adding the difference to the prediction gives the source.
    #[test]
    fn adding_undoes_subtracting() {
        let k = Kernels::<u8>::best();
        let src: Vec<u8> = (0..=255).collect();
        let mut pred: Vec<u8> = (0..=255).rev().collect();
        let mut residual = [0i16; 256];
        (k.residual.sub)(Block::new(&src, 0, 16, 16, 16), Block::new(&pred, 0, 16, 16, 16), &mut residual);
        (k.residual.add)(BlockMut::new(&mut pred, 0, 16, 16, 16), &residual, 8);
        assert_eq!(src, pred);
    }
}
