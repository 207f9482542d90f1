//! Parameter sets (clauses 7.3.2, 7.3.3, 7.3.4, 7.3.7, annex E): one file per syntax structure, each with
//! its type, `parse`, `write` and round-trip test.
//!
//! Everything is range-checked as it is read. What can only be checked with an SPS and a PPS together is
//! checked by [`PpsDerived::new`] when the pair is activated.

mod hrd;
mod level;
mod pps;
mod pps_derived;
mod pps_extensions;
mod profile_tier_level;
mod scaling_list;
mod sps;
mod sps_extensions;
mod st_ref_pic_set;
mod store;
mod vps;
mod vui;

pub use hrd::{CpbEntry, HrdCommon, HrdParameters, SubLayerHrd, SubPicHrd};
pub use level::{LevelDemand, LevelLimits};
pub use pps::{Pps, PpsDeblockingControl, Tiles};
pub use pps_derived::PpsDerived;
pub use pps_extensions::{AdaptiveColourTransform, PpsPalettePredictor, PpsRangeExtension, PpsSccExtension};
pub use profile_tier_level::{
    ProfileInfo, ProfileTierLevel, RangeExtensionsConstraints, SubLayerProfileLevel,
};
pub use scaling_list::{ScalingFactors, ScalingList, ScalingListCoding, ScalingListData};
pub use sps::{LongTermRefPicSps, Pcm, Sps, SubLayerOrdering, Window};
pub use sps_extensions::{SpsRangeExtension, SpsSccExtension};
pub use st_ref_pic_set::{MAX_ST_REF_PICS, PredictedRps, RpsCoding, ShortTermRefPicSet, StRefPic};
pub use store::{ActivePps, ParameterSetStore};
pub use vps::{Vps, VpsHrd};
pub use vui::{BitstreamRestriction, ColourDescription, SampleAspectRatio, TimingInfo, VideoSignalType, Vui};
