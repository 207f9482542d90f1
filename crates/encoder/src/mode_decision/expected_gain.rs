//! What another way to code a coding unit is likely to gain, from what the best one so far has shown.
//!
//! The expected gain is a product of powers, fitted (Poisson regression) to what 900,000 splits and 1,100,000 searches for
//! explicit motion brought in eleven clips at two or three qualities. Against limits on the cost alone, half as much of the
//! gain is left behind for the same number of trials.

use super::cost::{BIT, Lambda};

/// The best way so far to code a unit. All quantities are in bits, that is, costs are divided by lambda.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// Logarithm of the rate-distortion cost.
    cost: f32,
    /// Logarithm of SATD per cost.
    satd: f32,
    /// Logarithm of the rate's share of the cost.
    rate: f32,
    /// The worst quarter's share of the luma error, 0.25..=1; 0 if there is no error.
    worst: f32,
}

impl Evidence {
    /// Of a unit that costs `rd`, `bits` (1/32768) among it, has `satd` by its best inter prediction, the price of the motion
    /// included, and squared errors of luma `quarters` in its quarters, as coded.
    pub fn new(rd: f64, bits: u64, satd: u32, quarters: [u64; 4], lambda: &Lambda) -> Self {
        let cost = (rd / (lambda.sse * BIT)).max(1.0) as f32;
        let satd = satd as f32 * 256.0 / lambda.sad_q8 as f32;
        let rate = (bits as f32 / BIT as f32).max(0.5);
        let worst = quarters.into_iter().max().unwrap_or(0) as f32;
        Self {
            cost: cost.ln(),
            satd: (satd / cost).clamp(0.05, 20.0).ln(),
            rate: (rate / cost).ln(),
            worst: worst / quarters.iter().sum::<u64>().max(1) as f32,
        }
    }
}

/// The exponents for one thing that may be tried with units of one size.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Logarithm of the factor.
    constant: f32,
    /// Exponent of the cost: dear units have more to gain.
    cost: f32,
    /// What the logarithm of the cost adds to that exponent: below 0 where the dearest units will be split in any case.
    bend: f32,
    /// Exponent of SATD per cost: what the transform makes cheap gains less.
    satd: f32,
    /// Exponent of the rate's share of the cost.
    rate: f32,
    /// Factor of the worst quarter's share: what is unlike in its quarters gains more.
    worst: f32,
}

impl Model {
    const fn new(constant: f32, [cost, bend, satd, rate, worst]: [f32; 5]) -> Self {
        Self { constant, cost, bend, satd, rate, worst }
    }

    /// Bits, distortion included, that are likely to be saved.
    pub fn gain(&self, evidence: &Evidence) -> f32 {
        let Evidence { cost, satd, rate, worst } = *evidence;
        let of_cost = (self.cost + self.bend * cost) * cost;
        (self.constant + of_cost + self.satd * satd + self.rate * rate + self.worst * worst).exp()
    }
}

/// Splitting, by size 16, 32, 64, when all else was tried.
pub const SPLIT: [Model; 3] = [
    Model::new(-7.06, [1.84, 0.0, -0.96, 0.35, 2.67]),
    Model::new(-2.93, [1.21, 0.0, -0.89, 0.38, 1.98]),
    Model::new(1.97, [0.56, 0.0, -0.76, 0.43, 0.93]),
];

/// Explicit motion, by size 8, 16, 32, 64, when merging was tried; splitting is tried as well.
pub const EXPLICIT: [Model; 4] = [
    Model::new(-6.62, [1.91, 0.0, -0.35, 0.23, 2.09]),
    Model::new(-4.23, [1.36, 0.0, -0.52, 0.31, 2.51]),
    Model::new(-23.34, [9.29, -0.81, -0.45, 0.27, 2.18]),
    Model::new(-24.87, [9.83, -0.81, -1.66, 0.16, 0.82]),
];

/// Two parts, by size 8, 16, 32, 64, when explicit motion of the whole was tried; splitting is tried as well.
pub const PARTS: [Model; 4] = [
    Model::new(-11.45, [2.58, 0.0, -1.19, -0.04, 3.04]),
    Model::new(-4.38, [1.07, 0.0, -1.30, 0.10, 1.14]),
    Model::new(-27.42, [10.07, -0.87, -0.96, 0.20, 1.51]),
    Model::new(-28.19, [10.03, -0.80, -0.25, 0.64, -0.23]),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// A dearer unit, and one whose error is in one quarter, are likely to gain more; one that SATD finds hard but is cheap less.
    /// Nothing is not a number, whatever there is to see.
    #[test]
    fn gain_follows_cost_and_unlike_quarters() {
        let lambda = Lambda::new(30, [30, 30], 8, 1.0);
        let bit = lambda.sse * BIT;
        for model in SPLIT.iter().chain(&EXPLICIT) {
            let gain = |rd: f64, satd, quarters| {
                model.gain(&Evidence::new(rd * bit, 20 << 15, satd, quarters, &lambda))
            };
            let usual = gain(60.0, 400, [100; 4]);
            assert!(gain(120.0, 800, [100; 4]) > usual);
            assert!(gain(60.0, 400, [310, 30, 30, 30]) > usual);
            assert!(gain(60.0, 800, [100; 4]) < usual);
            assert!(gain(0.0, 0, [0; 4]).is_finite());
            assert!(gain(1e12, u32::MAX, [u64::from(u32::MAX); 4]).is_finite());
        }
    }
}
