//! Instruction-set tiers: which of them this processor has, and the `RIVUS_TIER` cap.

use std::fmt;
use std::str::FromStr;

/// Name of the environment variable that caps the tier, read by [`Tier::from_env`].
pub const TIER_VARIABLE: &str = "RIVUS_TIER";

/// One level of kernels. Later variants are faster; each keeps the entries of the level below that it does
/// not replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Plain Rust, the specification in code. Runs everywhere; the reference of every test.
    Scalar,
    /// Portable 128-bit vectors through `wide`: SSE2 on x86-64, NEON on aarch64. Chosen at build time, so it
    /// is supported wherever the program runs.
    Baseline,
    /// x86-64 with AVX2.
    Avx2,
    /// x86-64 with the Ice Lake bundle of AVX-512: F, BW, DQ, VL, CD, VNNI, VBMI, VBMI2, BITALG, VPOPCNTDQ.
    Avx512,
}

impl Tier {
    /// All tiers, slowest first.
    pub const ALL: [Self; 4] = [Self::Scalar, Self::Baseline, Self::Avx2, Self::Avx512];

    /// The name used by `RIVUS_TIER`, in tests and in benchmark reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Baseline => "baseline",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// Whether this processor (and operating system) can run the tier.
    pub fn is_supported(self) -> bool {
        match self {
            Self::Scalar | Self::Baseline => true,
            Self::Avx2 => has_avx2(),
            Self::Avx512 => has_avx512(),
        }
    }

    /// The fastest supported tier.
    pub fn detect() -> Self {
        Self::Avx512.capped()
    }

    /// The fastest supported tier not above the one named by `RIVUS_TIER`. Without the variable, or with a
    /// name that is no tier, the same as [`detect`](Self::detect).
    pub fn from_env() -> Self {
        match std::env::var(TIER_VARIABLE).ok().and_then(|name| name.parse::<Self>().ok()) {
            Some(cap) => cap.capped(),
            None => Self::detect(),
        }
    }

    /// The fastest supported tier not above `self`.
    pub fn capped(self) -> Self {
        Self::ALL.into_iter().rev().find(|tier| *tier <= self && tier.is_supported()).unwrap_or(Self::Scalar)
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error of parsing a [`Tier`] from a name that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownTier;

impl fmt::Display for UnknownTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown tier: expected scalar, baseline, avx2 or avx512")
    }
}

impl std::error::Error for UnknownTier {}

impl FromStr for Tier {
    type Err = UnknownTier;

    fn from_str(name: &str) -> Result<Self, UnknownTier> {
        Self::ALL.into_iter().find(|tier| tier.name().eq_ignore_ascii_case(name.trim())).ok_or(UnknownTier)
    }
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
}

#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    has_avx2()
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512cd")
        && is_x86_feature_detected!("avx512vnni")
        && is_x86_feature_detected!("avx512vbmi")
        && is_x86_feature_detected!("avx512vbmi2")
        && is_x86_feature_detected!("avx512bitalg")
        && is_x86_feature_detected!("avx512vpopcntdq")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_avx2() -> bool {
    false
}

#[cfg(not(target_arch = "x86_64"))]
fn has_avx512() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_back_and_others_do_not() {
        for tier in Tier::ALL {
            assert_eq!(tier.name().parse(), Ok(tier));
            assert_eq!(tier.name().to_uppercase().parse(), Ok(tier));
        }
        assert_eq!("sse9".parse::<Tier>(), Err(UnknownTier));
    }

    #[test]
    fn a_cap_is_never_exceeded_and_is_always_supported() {
        for cap in Tier::ALL {
            let tier = cap.capped();
            assert!(tier <= cap && tier.is_supported());
        }
        assert_eq!(Tier::Scalar.capped(), Tier::Scalar);
    }
}
