//! Cases of the quantisation family.

use rivus_picture::Sample;

use crate::harness::Case;

/// quantScale, 2^14 * sqrt(2)^... at QP % 6: the reciprocal of levelScale (8.6.4.2) in Q20.
const QUANT_SCALE: [i32; 6] = [26_214, 23_302, 20_560, 18_396, 16_384, 14_564];
/// levelScale of 8.6.4.2.
const LEVEL_SCALE: [i32; 6] = [40, 45, 51, 57, 64, 72];

/// Every transform size, each at four random QPs, some with the extremes of a scaling list.
pub(crate) fn cases<S: Sample>() -> Vec<Case<S>> {
    let mut cases = Vec::new();
    for log2 in 2..=5 {
        let n = 1 << (2 * log2);
        cases.push(Case::new(
            "quant.plain",
            &n.to_string(),
            4 * n,
            |k| k.quant.plain as usize,
            move |k, io| {
                for levels in io.out.chunks_exact_mut(n).take(4) {
                    let qp = io.rng.range(0, 75);
                    let shift = (14 + qp / 6 + 15 - i32::from(io.bit_depth) - log2).max(1);
                    let add = io.rng.range(0, (1 << shift.min(30)) - 1);
                    let list = [1, 1, 1, 2, 16][io.rng.range(0, 4) as usize];
                    let scale = QUANT_SCALE[(qp % 6) as usize] * list;
                    let count = (k.quant.plain)(&io.coeffs[0][..n], levels, scale, add, shift as u8);
                    io.values.push(count.into());
                }
            },
        ));
        cases.push(Case::new(
            "quant.dequant",
            &n.to_string(),
            4 * n,
            |k| k.quant.dequant as usize,
            move |k, io| {
                for coeffs in io.out.chunks_exact_mut(n).take(4) {
                    let qp = io.rng.range(0, 75);
                    let shift = i32::from(io.bit_depth) + log2 - 5;
                    let factor = [1, 16, 16, 16, 255][io.rng.range(0, 4) as usize];
                    let scale = (factor * LEVEL_SCALE[(qp % 6) as usize]) << (qp / 6);
                    (k.quant.dequant)(&io.coeffs[0][..n], coeffs, scale, 1 << (shift - 1), shift as u8);
                }
            },
        ));
    }
    cases
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::{Kernels, harness};

    #[test]
    fn tiers_match_scalar() {
        harness::check(&cases::<u8>());
        harness::check(&cases::<u16>());
    }

    /// 8.6.4.2 at QP 28, 8 bit, 8x8: a level of 1 stands for a coefficient of 64 << 4 * 16 >> 6 = 256; and
    /// quantising what dequantisation gave finds the level again.
    #[test]
    fn quantising_a_scaled_level_gives_it_back() {
        let k = &Kernels::<u8>::best().quant;
        let mut levels = [0i16; 64];
        (levels[0], levels[1], levels[9]) = (1, -7, 30);
        let (mut coeffs, mut again) = ([0i16; 64], [1i16; 64]);
        (k.dequant)(&levels, &mut coeffs, (16 * 64) << (28 / 6), 1 << 5, 6);
        assert_eq!((coeffs[0], coeffs[1], coeffs[9]), (256, -1792, 7680));
        let shift = 14 + 28 / 6 + 15 - 8 - 3;
        assert_eq!((k.plain)(&coeffs, &mut again, QUANT_SCALE[28 % 6], (1 << shift) / 3, shift as u8), 3);
        assert_eq!(levels, again);
    }

    /// Both directions saturate at either end.
    #[test]
    fn levels_and_coefficients_saturate() {
        let k = &Kernels::<u8>::best().quant;
        let mut input = [0i16; 16];
        (input[0], input[1]) = (i16::MAX, i16::MIN);
        let mut out = [1i16; 16];
        assert_eq!((k.plain)(&input, &mut out, 26_214, 0, 1), 2);
        assert_eq!(&out[..3], [i16::MAX, i16::MIN, 0]);
        (k.dequant)(&input, &mut out, 72 << 12, 16, 5);
        assert_eq!(&out[..3], [i16::MAX, i16::MIN, 0]);
    }
}
