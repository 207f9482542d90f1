//! The level a configuration needs (A.4).

use crate::config::{LevelIdc, Settings};
use crate::error::ConfigError;
use rivus_syntax::ps::{LevelDemand, LevelLimits};

/// Lowest level that has a High tier.
const FIRST_WITH_HIGH_TIER: u8 = 120;

/// What `settings` ask of a level, with pictures of `coded` width and height.
fn demand(settings: &Settings, coded: (u32, u32)) -> LevelDemand {
    LevelDemand {
        width: coded.0,
        height: coded.1,
        pictures_per_second: settings.fps.num.div_ceil(settings.fps.den),
        bit_rate: settings.bitrate.max(settings.vbv_maxrate),
        cpb_size: settings.vbv_bufsize,
        dpb_size: settings.dpb_pictures() as u32,
        high_tier: settings.high_tier,
    }
}

/// general_level_idc and general_tier_flag of a stream with these settings.
///
/// # Errors
/// See [`choose`].
pub(crate) fn of(settings: &Settings) -> Result<(u8, bool), ConfigError> {
    let format = settings.coded_format();
    choose(settings, (format.width as u32, format.height as u32))
}

/// general_level_idc and general_tier_flag.
///
/// # Errors
/// [`ConfigError::Level`] if no level, or not the one asked for, allows what `settings` ask for.
pub(crate) fn choose(settings: &Settings, coded: (u32, u32)) -> Result<(u8, bool), ConfigError> {
    let mut demand = demand(settings, coded);
    let wanted = settings.level.unwrap_or(LevelIdc(186));
    let Some(limits) = LevelLimits::of(wanted.0) else { return Err(excess(&demand, wanted, LAST)) };
    demand.high_tier &= wanted.0 >= FIRST_WITH_HIGH_TIER;
    if !limits.allows(&demand) {
        return Err(excess(&demand, wanted, limits));
    }
    if settings.level.is_some() {
        return Ok((wanted.0, demand.high_tier));
    }
    // The High tier is not taken where a lower level without it is enough.
    let plain = LevelDemand { high_tier: false, ..demand };
    let low = LevelLimits::smallest_for(&plain).filter(|l| l.level_idc < FIRST_WITH_HIGH_TIER);
    match low.or_else(|| LevelLimits::smallest_for(&demand)) {
        Some(level) => Ok((level.level_idc, level.level_idc >= FIRST_WITH_HIGH_TIER && demand.high_tier)),
        None => Err(excess(&demand, wanted, limits)),
    }
}

/// The highest level.
const LAST: &LevelLimits = &LevelLimits::TABLE[LevelLimits::TABLE.len() - 1];

/// Names the first limit that `demand` exceeds.
fn excess(demand: &LevelDemand, level: LevelIdc, limits: &LevelLimits) -> ConfigError {
    let tier = usize::from(demand.high_tier);
    let size = u64::from(demand.width) * u64::from(demand.height);
    let longest = u64::from(demand.width.max(demand.height));
    let side = (8 * u64::from(limits.max_luma_ps)).isqrt();
    let rate = size * u64::from(demand.pictures_per_second);
    let checks = [
        ("picture size", size, u64::from(limits.max_luma_ps)),
        ("width or height", longest, side),
        ("samples per second", rate, limits.max_luma_sr),
        ("bit rate in kbit/s", demand.bit_rate.into(), limits.max_br[tier].into()),
        ("buffer size in kbit", demand.cpb_size.into(), limits.max_cpb[tier].into()),
        ("pictures in the buffer", demand.dpb_size.into(), limits.max_dpb_size(size as u32).into()),
    ];
    let worst = checks.iter().find(|c| c.1 > c.2).unwrap_or(&checks[0]);
    let tier = if demand.high_tier { " (High tier)" } else { "" };
    ConfigError::Level { what: worst.0, value: worst.1, limit: worst.2, level: format!("{level}{tier}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn level(width: u32, height: u32, options: &[(&str, &str)]) -> Result<(u8, bool), String> {
        let mut config = Config::new(width, height);
        for (name, value) in options {
            config.set(name, value).expect("legal");
        }
        let settings = config.settings().expect("consistent");
        choose(&settings, (width.next_multiple_of(8), height.next_multiple_of(8))).map_err(|e| e.to_string())
    }

    #[test]
    fn common_formats() {
        assert_eq!(level(416, 240, &[]), Ok((60, false)));
        assert_eq!(level(1280, 720, &[("fps", "30")]), Ok((93, false)));
        assert_eq!(level(1920, 1080, &[("fps", "60000/1001")]), Ok((123, false)));
        assert_eq!(level(1, 1, &[]), Ok((30, false)));
        assert_eq!(level(8192, 4320, &[]), Ok((180, false)));
    }

    #[test]
    fn rates_raise_the_level_and_the_tier_is_kept() {
        let vbv = [("vbv-maxrate", "15000"), ("vbv-bufsize", "15000"), ("high-tier", "1")];
        assert_eq!(level(1280, 720, &vbv), Ok((120, true)));
        assert_eq!(level(1280, 720, &vbv[..2]), Ok((123, false)));
        assert_eq!(level(640, 360, &[("high-tier", "1")]), Ok((63, false)));
        assert_eq!(level(1280, 720, &[("bitrate", "30000")]), Ok((153, false)));
    }

    #[test]
    fn a_level_asked_for_is_kept_or_refused_with_the_limit() {
        assert_eq!(level(416, 240, &[("level", "4.1")]), Ok((123, false)));
        let message = "picture size of 2073600 is above the limit 983040 of level 3.1";
        assert_eq!(level(1920, 1080, &[("level", "3.1")]), Err(message.into()));
        let message = "bit rate in kbit/s of 60000 is above the limit 50000 of level 4.1 (High tier)";
        let options = [("level", "4.1"), ("high-tier", "1"), ("bitrate", "60000")];
        assert_eq!(level(1280, 720, &options), Err(message.into()));
        assert!(level(8192, 4320, &[("fps", "1000")]).unwrap_err().starts_with("samples per second"));
    }
}
