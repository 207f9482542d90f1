//! The table: every family of kernels at every tier, built by value, one step per tier.
//!
//! To add a family:
//! 1. one field in [`Kernels`] and one line in [`Kernels::SCALAR`];
//! 2. for the tiers that override something, one line in each `tiers!` list at the end, in alphabetical
//!    order: `family: baseline avx2;` makes the builder of each named tier call `family.baseline()`,
//!    `family.avx2()`. Name a tier only where the family has that method for that sample type;
//! 3. one line in `harness::cases`.
//!
//! A family's `avx2` or `avx512` method carries `#[target_feature]`: only inside such a function does a
//! kernel with the same features coerce to a safe `fn` pointer. The one `unsafe` of a tier is the call of its
//! builder, after detection.

use std::any::Any;
use std::sync::OnceLock;

use rivus_picture::Sample;

use crate::deblock::DeblockKernels;
use crate::fdct::FdctKernels;
use crate::idct::IdctKernels;
use crate::intra::IntraKernels;
use crate::lowres::LowresKernels;
use crate::mc_chroma::McChromaKernels;
use crate::mc_luma::McLumaKernels;
use crate::quant::QuantKernels;
use crate::residual::ResidualKernels;
use crate::sad::SadKernels;
use crate::sao::SaoKernels;
use crate::satd::SatdKernels;
use crate::sse::SseKernels;
use crate::temporal::TemporalKernels;
use crate::tier::Tier;
use crate::variance::VarianceKernels;
use crate::weighted::WeightedKernels;

/// All kernels for samples of type `S` at one tier.
#[derive(Clone, Copy, Debug)]
pub struct Kernels<S> {
    /// Sum of absolute differences.
    pub sad: SadKernels<S>,
    /// Sum of absolute Hadamard-transformed differences.
    pub satd: SatdKernels<S>,
    /// Sums of squared differences.
    pub sse: SseKernels<S>,
    /// Moments of a block.
    pub variance: VarianceKernels<S>,
    /// Temporal filter.
    pub temporal: TemporalKernels<S>,
    /// Half-size pictures.
    pub lowres: LowresKernels<S>,
    /// Forward transforms.
    pub fdct: FdctKernels,
    /// Quantisation and scaling.
    pub quant: QuantKernels,
    /// Luma interpolation.
    pub mc_luma: McLumaKernels<S>,
    /// Chroma interpolation.
    pub mc_chroma: McChromaKernels<S>,
    /// Weighted prediction.
    pub weighted: WeightedKernels<S>,
    /// Intra prediction.
    pub intra: IntraKernels<S>,
    /// Inverse transforms.
    pub idct: IdctKernels,
    /// Residuals.
    pub residual: ResidualKernels<S>,
    /// Deblocking.
    pub deblock: DeblockKernels<S>,
    /// Sample adaptive offset.
    pub sao: SaoKernels<S>,
}

impl<S: Sample> Kernels<S> {
    const SCALAR: Self = Self {
        sad: SadKernels::SCALAR,
        satd: SatdKernels::SCALAR,
        sse: SseKernels::SCALAR,
        variance: VarianceKernels::SCALAR,
        temporal: TemporalKernels::SCALAR,
        lowres: LowresKernels::SCALAR,
        fdct: FdctKernels::SCALAR,
        quant: QuantKernels::SCALAR,
        mc_luma: McLumaKernels::SCALAR,
        mc_chroma: McChromaKernels::SCALAR,
        weighted: WeightedKernels::SCALAR,
        intra: IntraKernels::SCALAR,
        idct: IdctKernels::SCALAR,
        residual: ResidualKernels::SCALAR,
        deblock: DeblockKernels::SCALAR,
        sao: SaoKernels::SCALAR,
    };

    /// The table of `tier`, or `None` if this processor lacks it.
    pub fn at(tier: Tier) -> Option<&'static Self> {
        // `Sample` is sealed: `S` is one of the two.
        let table: &dyn Any = if S::BYTES == 1 { table_u8(tier)? } else { table_u16(tier)? };
        table.downcast_ref()
    }

    /// The table of [`Tier::from_env`]: the fastest here, unless `RIVUS_TIER` caps it.
    pub fn best() -> &'static Self {
        Self::capped(Tier::from_env())
    }

    /// The fastest table supported here that is not above `cap`.
    pub fn capped(cap: Tier) -> &'static Self {
        match Self::at(cap.capped()) {
            Some(table) => table,
            None => unreachable!("Tier::capped gives a supported tier"),
        }
    }
}

/// `family.step()` if the family lists that step, nothing otherwise.
macro_rules! raise {
    ($k:ident $family:ident $step:ident [$($have:ident)*]) => { $( raise!(@$step $have $k $family); )* };
    (@baseline baseline $k:ident $family:ident) => { $k.$family = $k.$family.baseline() };
    (@avx2 avx2 $k:ident $family:ident) => { $k.$family = $k.$family.avx2() };
    (@avx512 avx512 $k:ident $family:ident) => { $k.$family = $k.$family.avx512() };
    (@$step:ident $have:ident $k:ident $family:ident) => {};
}

/// The builders of each tier for one sample type, and the function that keeps what they built.
macro_rules! tiers {
    ($sample:ty, $table:ident: $($family:ident: $($tier:ident)*;)*) => {
        #[allow(unused_mut)]
        impl Kernels<$sample> {
            fn baseline(mut self) -> Self {
                $( raise!(self $family baseline [$($tier)*]); )*
                self
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            fn avx2(mut self) -> Self {
                $( raise!(self $family avx2 [$($tier)*]); )*
                self
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,avx512f,avx512bw,avx512dq,avx512vl,avx512cd")]
            #[target_feature(enable = "avx512vnni,avx512vbmi,avx512vbmi2,avx512bitalg,avx512vpopcntdq")]
            fn avx512(mut self) -> Self {
                $( raise!(self $family avx512 [$($tier)*]); )*
                self
            }
        }

        #[cfg_attr(target_arch = "x86_64", allow(unsafe_code))]
        fn $table(tier: Tier) -> Option<&'static Kernels<$sample>> {
            static TABLES: [OnceLock<Kernels<$sample>>; Tier::ALL.len()] =
                [const { OnceLock::new() }; Tier::ALL.len()];

            tier.is_supported().then(|| {
                TABLES[tier as usize].get_or_init(|| match tier {
                    Tier::Scalar => Kernels::SCALAR,
                    Tier::Baseline => Kernels::<$sample>::SCALAR.baseline(),
                    #[cfg(target_arch = "x86_64")]
                    // SAFETY: `is_supported` found the features of the tier.
                    Tier::Avx2 => unsafe { Kernels::<$sample>::SCALAR.baseline().avx2() },
                    #[cfg(target_arch = "x86_64")]
                    // SAFETY: `is_supported` found the features of the tier, AVX2 among them.
                    Tier::Avx512 => unsafe { Kernels::<$sample>::SCALAR.baseline().avx2().avx512() },
                    #[cfg(not(target_arch = "x86_64"))]
                    Tier::Avx2 | Tier::Avx512 => unreachable!("not supported on this architecture"),
                })
            })
        }
    };
}

tiers! { u8, table_u8:
    fdct: baseline avx2 avx512;
    lowres: baseline avx2;
    mc_chroma: baseline avx2 avx512;
    mc_luma: baseline avx2 avx512;
    quant: baseline avx2 avx512;
    sad: baseline avx2 avx512;
    satd: baseline avx2 avx512;
    sse: baseline avx2 avx512;
    temporal: baseline avx2;
    variance: baseline avx2;
    weighted: baseline avx2;
    residual: baseline avx2;
    idct: baseline avx2;
    deblock: baseline avx2;
    sao: baseline avx2;
    intra: baseline avx2;
}

tiers! { u16, table_u16:
    fdct: baseline avx2 avx512;
    lowres: baseline avx2;
    mc_chroma: baseline avx2 avx512;
    mc_luma: baseline avx2 avx512;
    quant: baseline avx2 avx512;
    sad: baseline avx2 avx512;
    satd: baseline avx2 avx512;
    sse: baseline avx2 avx512;
    temporal: baseline avx2;
    variance: baseline avx2;
    weighted: baseline avx2;
    residual: baseline avx2;
    idct: baseline avx2;
    deblock: baseline avx2;
    sao: baseline avx2;
    intra: baseline avx2;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table exists exactly where the tier is supported, and is the same object each time.
    #[test]
    fn tables_exist_where_supported_and_are_built_once() {
        fn check<S: Sample>() {
            for tier in Tier::ALL {
                assert_eq!(Kernels::<S>::at(tier).is_some(), tier.is_supported(), "{tier}");
            }
            let scalar = || Kernels::<S>::at(Tier::Scalar).map(std::ptr::from_ref);
            assert_eq!(scalar(), scalar());
            assert_eq!(Some(std::ptr::from_ref(Kernels::<S>::capped(Tier::Scalar))), scalar());
        }
        check::<u8>();
        check::<u16>();
    }
}
