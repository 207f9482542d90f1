//! The rate of a motion vector difference in search.

use rivus_coding::motion::Mv;

/// Turns vector differences into cost: `lambda * bits`, in SAD units.
#[derive(Clone, Copy, Debug)]
pub struct MvRate {
    /// The predictor the difference is taken from.
    pub pred: Mv,
    /// Square root of the Lagrangian in 1/256 SAD units per bit.
    pub lambda_q8: u32,
}

/// Bits of one component of `mvd_coding` (7.3.8.9): the two context-coded flags count as one bit each, the sign as one,
/// and `abs_mvd_minus2` is EG1. A magnitude d >= 2 gives 3 + 2 * floor(log2(d)) bits.
#[inline]
pub fn component_bits(difference: i32) -> u32 {
    match difference.unsigned_abs() {
        0 => 1,
        1 => 3,
        d => 3 + 2 * d.ilog2(),
    }
}

impl MvRate {
    /// Bits of the difference between `mv` and the predictor.
    #[inline]
    pub fn bits(&self, mv: Mv) -> u32 {
        component_bits(i32::from(mv.x) - i32::from(self.pred.x))
            + component_bits(i32::from(mv.y) - i32::from(self.pred.y))
    }

    /// Cost of the difference between `mv` and the predictor, in SAD units.
    #[inline]
    pub fn cost(&self, mv: Mv) -> u32 {
        self.of_bits(self.bits(mv))
    }

    /// Cost of `bits` bits, in SAD units.
    #[inline]
    pub fn of_bits(&self, bits: u32) -> u32 {
        (bits * self.lambda_q8 + 128) >> 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formula against the binarisation spelt out: two flags, sign, EG1 prefix and suffix.
    #[test]
    fn component_bits_count_the_binarisation() {
        for d in 0..4000u32 {
            let mut bits = 1;
            if d > 0 {
                bits += 2;
            }
            if d > 1 {
                let (mut rest, mut k) = (d - 2, 1);
                while rest >= 1 << k {
                    rest -= 1 << k;
                    bits += 1;
                    k += 1;
                }
                bits += 1 + k;
            }
            assert_eq!(component_bits(d as i32), bits, "magnitude {d}");
            assert_eq!(component_bits(-(d as i32)), bits, "magnitude {d}");
        }
    }
}
