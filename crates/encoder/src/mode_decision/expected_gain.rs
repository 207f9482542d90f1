//! What another way to code a coding unit is likely to gain, from what the best one so far has shown.
//!
//! The expected gain is a product of powers, fitted (Poisson regression) to what a million splits, searches for explicit motion
//! and divided transforms each brought in eleven clips at two or three qualities. Against limits on the cost alone, half as much of the
//! gain is left behind for the same number of trials.

use super::cost::{BIT, Lambda};

/// The best way so far to code a unit. All quantities are in bits, that is, costs are divided by lambda.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// Logarithm of the rate-distortion cost.
    cost: f32,
    /// Logarithm of what the prediction left to the transform, per cost.
    left: f32,
    /// Logarithm of the rate's share of the cost.
    rate: f32,
    /// The worst quarter's share of the luma error, 0.25..=1; 0 if there is no error.
    worst: f32,
    /// The best quarter's share, 0..=0.25.
    least: f32,
}

impl Evidence {
    /// Of a coding unit that costs `rd`, `bits` (1/32768) among it, has `satd` by its best inter prediction, the price of the
    /// motion included, and squared errors of luma `quarters` in its quarters, as coded.
    pub fn of_coding_unit(rd: f64, bits: u64, satd: u32, quarters: [u64; 4], lambda: &Lambda) -> Self {
        Self::new(rd, bits, satd as f32 * 256.0 / lambda.sad_q8 as f32, quarters, lambda)
    }

    /// Of a transform unit that costs `rd`, `bits` (1/32768) among it, and has squared errors of luma `quarters` in its quarters
    /// by prediction.
    pub fn of_transform_unit(rd: f64, bits: u64, quarters: [u64; 4], lambda: &Lambda) -> Self {
        let left = quarters.iter().sum::<u64>() as f64 / (lambda.sse * BIT);
        Self::new(rd, bits, left as f32, quarters, lambda)
    }

    fn new(rd: f64, bits: u64, left: f32, quarters: [u64; 4], lambda: &Lambda) -> Self {
        let cost = (rd / (lambda.sse * BIT)).max(1.0) as f32;
        let rate = (bits as f32 / BIT as f32).max(0.5);
        let all = quarters.iter().sum::<u64>().max(1) as f32;
        let share = |quarter: Option<u64>| quarter.unwrap_or(0) as f32 / all;
        Self {
            cost: cost.ln(),
            left: (left / cost).clamp(0.05, 20.0).ln(),
            rate: (rate / cost).ln(),
            worst: share(quarters.into_iter().max()),
            least: share(quarters.into_iter().min()),
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
    /// Exponent of what prediction left, per cost: what the transform makes cheap gains less.
    left: f32,
    /// Exponent of the rate's share of the cost.
    rate: f32,
    /// Factor of the worst quarter's share: what is unlike in its quarters gains more.
    worst: f32,
    /// Factor of the best quarter's share.
    least: f32,
}

impl Model {
    const fn new(constant: f32, [cost, bend, left, rate, worst, least]: [f32; 6]) -> Self {
        Self { constant, cost, bend, left, rate, worst, least }
    }

    /// Bits, distortion included, that are likely to be saved.
    pub fn gain(&self, evidence: &Evidence) -> f32 {
        let Evidence { cost, left, rate, worst, least } = *evidence;
        let of_cost = (self.cost + self.bend * cost) * cost;
        let of_quarters = self.worst * worst + self.least * least;
        (self.constant + of_cost + self.left * left + self.rate * rate + of_quarters).exp()
    }
}

/// Splitting, by size 16, 32, 64, when all else was tried.
pub const SPLIT: [Model; 3] = [
    Model::new(-7.06, [1.84, 0.0, -0.96, 0.35, 2.67, 0.0]),
    Model::new(-2.93, [1.21, 0.0, -0.89, 0.38, 1.98, 0.0]),
    Model::new(1.97, [0.56, 0.0, -0.76, 0.43, 0.93, 0.0]),
];

/// Explicit motion, by size 8, 16, 32, 64, when merging was tried; splitting is tried as well.
pub const EXPLICIT: [Model; 4] = [
    Model::new(-6.62, [1.91, 0.0, -0.35, 0.23, 2.09, 0.0]),
    Model::new(-4.23, [1.36, 0.0, -0.52, 0.31, 2.51, 0.0]),
    Model::new(-23.34, [9.29, -0.81, -0.45, 0.27, 2.18, 0.0]),
    Model::new(-24.87, [9.83, -0.81, -1.66, 0.16, 0.82, 0.0]),
];

/// Two parts, by size 8, 16, 32, 64, when explicit motion of the whole was tried; splitting is tried as well.
pub const PARTS: [Model; 4] = [
    Model::new(-11.45, [2.58, 0.0, -1.19, -0.04, 3.04, 0.0]),
    Model::new(-4.38, [1.07, 0.0, -1.30, 0.10, 1.14, 0.0]),
    Model::new(-27.42, [10.07, -0.87, -0.96, 0.20, 1.51, 0.0]),
    Model::new(-28.19, [10.03, -0.80, -0.25, 0.64, -0.23, 0.0]),
];

/// Splitting a transform unit of inter prediction, by size 8, 16, 32.
pub const TRANSFORM_SPLIT: [Model; 3] = [
    Model::new(-13.69, [2.88, 0.0, -0.91, -0.31, 4.74, -13.28]),
    Model::new(-9.42, [1.98, 0.0, -0.64, 0.02, 3.70, -12.90]),
    Model::new(-4.86, [1.26, 0.0, -0.43, 0.23, 2.36, -9.73]),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// A dearer unit, and one whose error is in one quarter, are likely to gain more; one that SATD finds hard but is cheap less.
    /// Whatever is seen, the gain is a number.
    #[test]
    fn gain_follows_cost_and_unlike_quarters() {
        let lambda = Lambda::new(30, [30, 30], 8, 1.0);
        let bit = lambda.sse * BIT;
        for model in SPLIT.iter().chain(&EXPLICIT) {
            let gain = |rd: f64, satd, quarters| {
                model.gain(&Evidence::of_coding_unit(rd * bit, 20 << 15, satd, quarters, &lambda))
            };
            let usual = gain(60.0, 400, [100; 4]);
            assert!(gain(120.0, 800, [100; 4]) > usual);
            assert!(gain(60.0, 400, [310, 30, 30, 30]) > usual);
            assert!(gain(60.0, 800, [100; 4]) < usual);
            assert!(gain(0.0, 0, [0; 4]).is_finite());
            assert!(gain(1e12, u32::MAX, [u64::from(u32::MAX); 4]).is_finite());
        }
    }

    /// A transform unit gains from a split where the error is in one quarter; two parts and splits have a number for everything.
    #[test]
    fn transform_units_gain_where_quarters_are_unlike() {
        let lambda = Lambda::new(30, [30, 30], 8, 1.0);
        let bit = lambda.sse * BIT;
        let of = |rd: f64, quarters| Evidence::of_transform_unit(rd * bit, 20 << 15, quarters, &lambda);
        for model in &TRANSFORM_SPLIT {
            let gain = |rd, quarters| model.gain(&of(rd, quarters));
            assert!(gain(60.0, [3970, 10, 10, 10]) > gain(60.0, [1000; 4]));
            assert!(gain(120.0, [2000; 4]) > gain(60.0, [1000; 4]));
        }
        for model in TRANSFORM_SPLIT.iter().chain(&PARTS) {
            for rd in [0.0, 1.0, 1e12] {
                assert!(model.gain(&of(rd, [0; 4])).is_finite());
                assert!(model.gain(&of(rd, [u64::from(u32::MAX), 0, 0, 0])).is_finite());
            }
        }
    }
}
