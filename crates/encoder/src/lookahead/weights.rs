//! Changes of brightness between pictures, fades and flashes, as weights and offsets of explicit prediction (8.5.3.3.4.3).
//!
//! Where a picture is another one made brighter or darker, its samples have the other's mean and deviation times a factor,
//! and an offset. Both follow from the levels of the two pictures; whether they fit is seen from what is left of the
//! difference of samples at the same place.

use super::lowres::Analysed;
use rivus_picture::{Block, Picture, Plane, Sample};

/// Log2 of the denominator of all weights.
pub const LOG2_DENOM: u8 = 6;
/// Largest weight: what a flag and 8 bits of difference from 1 can say.
const MOST: f64 = 127.0;
/// Change of the mean, at 8-bit scale, from which levels are thought to differ.
const LEAST_CHANGE: f64 = 0.5;
/// Weights are used where they leave less than this part of the difference.
const WORTH: f64 = 0.9;

/// Mean and standard deviation of the samples of a plane, at 8-bit scale.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    mean: f64,
    deviation: f64,
}

impl Level {
    /// Of `samples` of `bit_depth` bits.
    fn new<S: Sample>(samples: Block<'_, S>, bit_depth: u8) -> Self {
        let (mut sum, mut squares) = (0u64, 0u64);
        for row in samples.rows() {
            // Squares of 10-bit samples: so many fit 32 bits.
            for part in row.chunks(2048) {
                let (mut s, mut q) = (0u32, 0u32);
                for sample in part {
                    let v = sample.to_i32() as u32;
                    s += v;
                    q += v * v;
                }
                sum += u64::from(s);
                squares += u64::from(q);
            }
        }
        let count = (samples.width() * samples.height()).max(1) as f64;
        let mean = sum as f64 / count;
        let variance = (squares as f64 / count - mean * mean).max(0.0);
        let scale = f64::from(1u32 << (bit_depth - 8));
        Self { mean: mean / scale, deviation: variance.sqrt() / scale }
    }

    /// Of luma at half size and of both chroma planes.
    pub fn of_picture<S: Sample>(source: &Picture<S>, half: &Plane<S>) -> [Self; 3] {
        let format = source.format();
        let chroma = |plane: usize| Self::new(source.plane(plane).as_block(), format.bit_depth_chroma);
        [Self::new(half.view().as_block(), format.bit_depth_luma), chroma(1), chroma(2)]
    }
}

/// Samples of a reference times `weight` / 2^[`LOG2_DENOM`], plus `offset` at 8-bit scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// Weight, 0..=127.
    pub weight: i16,
    /// Offset, -128..=127.
    pub offset: i16,
}

impl Weight {
    /// What changes nothing.
    pub const NONE: Self = Self { weight: 1 << LOG2_DENOM, offset: 0 };

    /// What makes the level `from` the level `to`.
    fn between(from: Level, to: Level) -> Self {
        let one = f64::from(Self::NONE.weight);
        let ratio = if from.deviation > 1.0 { to.deviation / from.deviation } else { 1.0 };
        let weight = (one * ratio).round().clamp(0.0, MOST);
        let offset = (to.mean - weight / one * from.mean).round().clamp(-128.0, 127.0);
        Self { weight: weight as i16, offset: offset as i16 }
    }

    /// The weighted value of a sample.
    #[inline]
    fn apply<S: Sample>(self, sample: S, bit_depth: u8) -> S {
        let offset = i32::from(self.offset) << (bit_depth - 8);
        let rounding = 1 << (LOG2_DENOM - 1);
        S::clip(((sample.to_i32() * i32::from(self.weight) + rounding) >> LOG2_DENOM) + offset, bit_depth)
    }

    /// The plane with the weighted `samples`, padded, for motion search.
    pub fn plane<S: Sample>(self, samples: Block<'_, S>, bit_depth: u8) -> Plane<S> {
        let mut weighted = Plane::new(samples.width(), samples.height());
        for (y, row) in samples.rows().enumerate() {
            for (to, &from) in weighted.row_mut(y).iter_mut().zip(row) {
                *to = self.apply(from, bit_depth);
            }
        }
        weighted.pad();
        weighted
    }

    /// Whether it leaves much less of the difference between the samples of `from` and `to` than there is.
    fn is_worth_it<S: Sample>(self, from: Block<'_, S>, to: Block<'_, S>, bit_depth: u8) -> bool {
        let (mut plain, mut weighted) = (0u64, 0u64);
        // Some of the rows tell as much as all.
        for (from, to) in from.rows().zip(to.rows()).step_by(4) {
            for (&a, &b) in from.iter().zip(to) {
                plain += u64::from(a.to_i32().abs_diff(b.to_i32()));
                weighted += u64::from(self.apply(a, bit_depth).to_i32().abs_diff(b.to_i32()));
            }
        }
        (weighted as f64) < WORTH * plain as f64
    }
}

/// Weights of the three components of a reference picture, of which luma's are not neutral.
pub type Weights = [Weight; 3];

/// The weights that make `other` look like `picture`, if its brightness differs. Both have levels.
pub fn between<S: Sample>(picture: &Analysed<S>, other: &Analysed<S>) -> Option<Weights> {
    let (to, from) = (picture.levels.as_ref()?, other.levels.as_ref()?);
    if (to[0].mean - from[0].mean).abs() < LEAST_CHANGE {
        return None;
    }
    let format = picture.source.format();
    let mut weights = [0, 1, 2].map(|plane| Weight::between(from[plane], to[plane]));
    let [a, b] = [other, picture].map(|picture| picture.half.view().as_block());
    if !weights[0].is_worth_it(a, b, format.bit_depth_luma) {
        return None;
    }
    for (plane, weight) in weights.iter_mut().enumerate().skip(1) {
        let [a, b] = [other, picture].map(|picture| picture.source.plane(plane).as_block());
        if !weight.is_worth_it(a, b, format.bit_depth_chroma) {
            *weight = Weight::NONE;
        }
    }
    Some(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(seed: u32, change: impl Fn(i32) -> i32) -> Plane<u8> {
        let mut plane = Plane::new(64, 48);
        let mut state = seed;
        for y in 0..48 {
            for (x, sample) in plane.row_mut(y).iter_mut().enumerate() {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let value = 16 + (x as i32 * 3) + (state >> 29) as i32;
                *sample = change(value).clamp(0, 255) as u8;
            }
        }
        plane
    }

    fn whole(plane: &Plane<u8>) -> Block<'_, u8> {
        plane.view().as_block()
    }

    /// A picture at half its brightness is found as that, and its weighted copy is the darker picture but for rounding.
    #[test]
    fn a_fade_is_a_weight_and_an_offset() {
        let (bright, dark) = (plane(1, |v| v), plane(1, |v| v / 2 + 8));
        let level = |plane| Level::new(whole(plane), 8);
        let weight = Weight::between(level(&bright), level(&dark));
        assert!((31..=33).contains(&weight.weight) && (6..=10).contains(&weight.offset), "{weight:?}");
        assert!(weight.is_worth_it(whole(&bright), whole(&dark), 8));
        let copy = weight.plane(whole(&bright), 8);
        for y in 0..48 {
            for (a, b) in copy.row(y).iter().zip(dark.row(y)) {
                assert!(a.abs_diff(*b) <= 3, "{a} {b}");
            }
        }
    }

    /// Other content at another brightness is no fade.
    #[test]
    fn other_content_is_not_weighted() {
        let (one, other) = (plane(1, |v| v), plane(2, |v| 255 - v));
        let level = |plane| Level::new(whole(plane), 8);
        assert!(!Weight::between(level(&one), level(&other)).is_worth_it(whole(&one), whole(&other), 8));
    }
}
