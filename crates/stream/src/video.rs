//! What containers say about a video track besides its pictures: colour, shape, light.

pub use rivus_syntax::sei::{ContentLightLevel, MasteringDisplayColourVolume};

/// A ratio of two positive integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ratio {
    /// Numerator.
    pub num: u32,
    /// Denominator, never 0.
    pub den: u32,
}

impl Ratio {
    /// Returns `num / den` in lowest terms, or `None` if either is 0.
    pub fn new(num: u32, den: u32) -> Option<Self> {
        if num == 0 || den == 0 {
            return None;
        }
        let divisor = gcd(num, den);
        Some(Self { num: num / divisor, den: den / divisor })
    }

    /// Returns the nearest `f64`.
    pub fn as_f64(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.den == 1 { write!(f, "{}", self.num) } else { write!(f, "{}/{}", self.num, self.den) }
    }
}

fn gcd(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Colour description in the code points of ITU-T H.273 (the same as E.3.1 of H.265); 2 means unspecified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColourDescription {
    /// `colour_primaries`.
    pub colour_primaries: u8,
    /// `transfer_characteristics`.
    pub transfer_characteristics: u8,
    /// `matrix_coeffs`.
    pub matrix_coeffs: u8,
    /// `video_full_range_flag`: samples use the whole range 0..2^depth.
    pub video_full_range_flag: bool,
}

impl Default for ColourDescription {
    fn default() -> Self {
        Self {
            colour_primaries: 2,
            transfer_characteristics: 2,
            matrix_coeffs: 2,
            video_full_range_flag: false,
        }
    }
}

/// Properties of a video track that travel beside the coded pictures. `None` is "not said".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VideoTags {
    /// Shape of one sample, width to height.
    pub sample_aspect_ratio: Option<Ratio>,
    /// Colour description.
    pub colour: Option<ColourDescription>,
    /// Mastering display colour volume (D.3.28; the `mdcv` box has the same units).
    pub mastering_display: Option<MasteringDisplayColourVolume>,
    /// Content light level (D.3.35; the `clli` box).
    pub content_light: Option<ContentLightLevel>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratio_is_reduced_and_never_zero() {
        assert_eq!(Ratio::new(50, 2), Some(Ratio { num: 25, den: 1 }));
        assert_eq!(Ratio::new(30000, 1001).map(|r| r.to_string()).as_deref(), Some("30000/1001"));
        assert_eq!(Ratio::new(0, 1), None);
        assert_eq!(Ratio::new(1, 0), None);
    }
}
