//! Cases of the temporal filter.

use rivus_picture::Sample;

use super::{MAX_NEIGHBOURS, MAX_WEIGHT, Neighbour};
use crate::harness::Case;

/// Luma and chroma blocks, and a tall one, with one to all neighbours.
pub(crate) fn cases<S: Sample>() -> Vec<Case<S>> {
    let mut cases = Vec::new();
    for count in 1..=MAX_NEIGHBOURS {
        for h in [4, 8, 16] {
            cases.push(Case::new(
                "temporal.blend",
                &format!("8x{h}, {count} neighbours"),
                8 * h,
                |k| k.temporal.blend as usize,
                move |k, io| {
                    // The encoder has no samples of more bits.
                    if io.bit_depth > 15 {
                        return;
                    }
                    let params = [(); MAX_NEIGHBOURS].map(|()| {
                        let weight = io.rng.range(0, MAX_WEIGHT.into()) as i16;
                        let steep = io.rng.range(0, 14);
                        (weight, (32767 >> steep) as i16)
                    });
                    let neighbours = std::array::from_fn::<_, MAX_NEIGHBOURS, _>(|i| Neighbour {
                        block: io.src[1 + i % 2].block(8 + i, h + i).sub(i, i, 8, h),
                        weight: params[i].0,
                        scale: params[i].1,
                    });
                    (k.temporal.blend)(
                        io.dst[0].block_mut(8, h),
                        io.src[0].block(8, h),
                        &neighbours[..count],
                    );
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

    /// Equal weights make the mean; a neighbour that is too different has none.
    #[test]
    fn similar_samples_are_averaged_and_others_are_not() {
        let (own, other) = ([100u8; 64], [104u8; 64]);
        let view = |samples| Block::new(samples, 0, 8, 8, 8);
        for (scale, expected) in [(1, 102), (32767 / 4, 100)] {
            let mut out = [0u8; 64];
            let neighbour = Neighbour { block: view(&other), weight: 2048, scale };
            let dst = BlockMut::new(&mut out, 0, 8, 8, 8);
            (Kernels::<u8>::best().temporal.blend)(dst, view(&own), &[neighbour]);
            assert_eq!(out, [expected; 64], "scale {scale}");
        }
    }
}
