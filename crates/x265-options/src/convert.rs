//! Values of x265 as values of Rivus.

use crate::entry::{OFF, ON};
use rivus_syntax::ps::SampleAspectRatio;

/// As it is.
pub(crate) fn same(value: &str) -> Option<String> {
    Some(value.to_owned())
}

/// A flag.
pub(crate) fn flag(value: &str) -> Option<String> {
    Some(u8::from(truth(value)?).to_string())
}

fn truth(value: &str) -> Option<bool> {
    if ON.contains(&value) {
        Some(true)
    } else if OFF.contains(&value) {
        Some(false)
    } else {
        None
    }
}

/// A whole number; flags are 0 and 1, as `no-scenecut` has it.
fn int(value: &str) -> Option<i64> {
    value.parse().ok().or_else(|| truth(value).map(i64::from))
}

fn within(value: &str, min: i64, max: i64) -> Option<String> {
    Some(int(value)?.clamp(min, max).to_string())
}

/// A whole number, at most 51.
pub(crate) fn qp_bound(value: &str) -> Option<String> {
    within(value, i64::MIN, 51)
}

/// References: 1 to 4.
pub(crate) fn refs(value: &str) -> Option<String> {
    within(value, 1, 4)
}

/// Sub-sample effort: at most 5.
pub(crate) fn subme(value: &str) -> Option<String> {
    within(value, i64::MIN, 5)
}

/// Smallest coding units: at most 32.
pub(crate) fn min_cu(value: &str) -> Option<String> {
    within(value, i64::MIN, 32)
}

/// Sensitivity to scene changes: at most 100.
pub(crate) fn scenecut(value: &str) -> Option<String> {
    within(value, i64::MIN, 100)
}

/// Fullness of the buffer at the beginning, as a fraction. Above 1 it is a number of kbit, of which
/// [`Choices`](crate::Choices) makes a fraction when it knows the size of the buffer.
pub(crate) fn vbv_init(value: &str) -> Option<String> {
    let fullness: f64 = value.parse().ok().filter(|fullness| *fullness >= 0.0)?;
    Some(fullness.clamp(0.05, 1.0).to_string())
}

/// Adaptive quantisation: mode 4 is mode 2.
pub(crate) fn aq_mode(value: &str) -> Option<String> {
    Some(
        match int(value)? {
            4 => 2,
            mode => mode,
        }
        .to_string(),
    )
}

/// Strength of adaptive quantisation at which Rivus does what x265 does at 1: the default of both.
const AQ_STRENGTH: f64 = 0.6;

/// Strength of adaptive quantisation, in proportion to the default.
pub(crate) fn aq_strength(value: &str) -> Option<String> {
    let strength: f64 = value.parse().ok().filter(|strength| (0.0..=3.0).contains(strength))?;
    // Without the digits that decimal fractions have in binary.
    Some(((AQ_STRENGTH * strength * 1e4).round() / 1e4).to_string())
}

/// 0 is off, everything above on.
pub(crate) fn any(value: &str) -> Option<String> {
    Some(u8::from(int(value).filter(|level| *level >= 0)? > 0).to_string())
}

/// Skipping of smaller units: on is 2 of 0 to 4.
pub(crate) fn rskip(value: &str) -> Option<String> {
    Some((2 * u8::from(int(value)? > 0)).to_string())
}

/// Early skipping: on is 3 of 0 to 3.
pub(crate) fn early_skip(value: &str) -> Option<String> {
    Some((3 * u8::from(truth(value)?)).to_string())
}

/// Distance of keyframes: negative is unlimited; 0 and 1 are keyframes only.
pub(crate) fn keyint(value: &str) -> Option<String> {
    if matches!(value, "infinite" | "inf") {
        return Some("0".to_owned());
    }
    Some(
        match int(value)? {
            ..0 => 0,
            0 => 1,
            // Hosts write the largest integer for no limit.
            100_001.. => 0,
            distance => distance,
        }
        .to_string(),
    )
}

/// Shortest distance of keyframes: 0 is automatic.
pub(crate) fn min_keyint(value: &str) -> Option<String> {
    let distance = int(value)?;
    Some(if distance <= 0 { "auto".to_owned() } else { distance.min(100_000).to_string() })
}

/// QP of intra pictures, relative to others: six per doubling of the factor.
pub(crate) fn ipratio(value: &str) -> Option<String> {
    let ratio: f64 = value.parse().ok().filter(|ratio| *ratio > 0.0)?;
    let offset = (-6.0 * ratio.log2()).clamp(-12.0, 6.0);
    Some(format!("{:.2}", offset))
}

/// A level as `5.1` or `51`; 0 is automatic.
pub(crate) fn level(value: &str) -> Option<String> {
    let level: f64 = value.parse().ok()?;
    Some(match level {
        0.0 => "auto".to_owned(),
        10.0.. => (level / 10.0).to_string(),
        _ => level.to_string(),
    })
}

/// Offsets `tc:beta`, one number for both, or a flag.
pub(crate) fn deblock(value: &str) -> Option<String> {
    if let Some((tc, beta)) = value.split_once([':', ',']) {
        return Some(format!("{tc}:{beta}"));
    }
    match value.parse::<i64>() {
        Ok(both) => Some(format!("{both}:{both}")),
        Err(_) => flag(value),
    }
}

/// Kind of picture hash, by number.
pub(crate) fn hash(value: &str) -> Option<String> {
    let kinds = ["none", "md5", "crc", "checksum"];
    Some(kinds.get(usize::try_from(int(value)?).ok()?)?.to_string())
}

/// Range of samples, also by number.
pub(crate) fn range(value: &str) -> Option<String> {
    Some(match value {
        "0" => "limited".to_owned(),
        "1" => "full".to_owned(),
        word => word.to_owned(),
    })
}

/// A word or number of the tables of colour; what is not specified is unknown.
pub(crate) fn colour(value: &str) -> Option<String> {
    Some(match value {
        "undef" | "unspecified" | "reserved" => "unknown".to_owned(),
        "smpte-st-2084" => "smpte2084".to_owned(),
        word => word.to_owned(),
    })
}

/// A shape as `W:H` or by its number.
pub(crate) fn sar(value: &str) -> Option<String> {
    match value.parse::<u8>() {
        Ok(0) => Some("auto".to_owned()),
        Ok(aspect_ratio_idc) => {
            let shape = SampleAspectRatio { aspect_ratio_idc, sar_width: 0, sar_height: 0 };
            shape.ratio().map(|(w, h)| format!("{w}:{h}"))
        }
        Err(_) => same(value),
    }
}

/// Brightest sample and picture; zeros say nothing.
pub(crate) fn max_cll(value: &str) -> Option<String> {
    Some(if value == "0,0" { "auto".to_owned() } else { value.to_owned() })
}

/// Threads per pool, added up; `+` and `*` are all there are, `-` and `none` leave a pool out.
pub(crate) fn pools(value: &str) -> Option<String> {
    let mut sum = 0u32;
    for part in value.split(',').map(str::trim) {
        match part {
            "" | "+" | "*" => return Some("auto".to_owned()),
            "-" | "none" => {}
            number => sum = sum.saturating_add(number.parse().ok()?),
        }
    }
    Some(sum.clamp(1, 256).to_string())
}

/// A preset by its name or number.
pub(crate) fn preset(value: &str) -> Option<String> {
    let by_number = value.parse::<usize>().ok().and_then(|number| rivus::Preset::NAMES.get(number));
    Some(by_number.map_or(value, |name| *name).to_owned())
}

/// A tune; the two that concern grain and drawings have no counterpart and leave the default.
pub(crate) fn tune(value: &str) -> Option<String> {
    Some(
        match value {
            "zero-latency" => "zerolatency",
            "fast-decode" => "fastdecode",
            "grain" | "animation" => "default",
            name => name,
        }
        .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each converter with a value, and what becomes of it.
    #[test]
    fn values_change_as_documented() {
        let cases: [(crate::entry::Convert, &str, Option<&str>); 36] = [
            (flag, "true", Some("1")),
            (flag, "2", None),
            (qp_bound, "69", Some("51")),
            (refs, "16", Some("4")),
            (subme, "7", Some("5")),
            (scenecut, "false", Some("0")),
            (aq_mode, "4", Some("2")),
            (aq_strength, "0", Some("0")),
            (aq_strength, "1.5", Some("0.9")),
            (aq_strength, "3.0", Some("1.8")),
            (aq_strength, "3.1", None),
            (aq_strength, "true", None),
            (any, "2", Some("1")),
            (any, "-1", None),
            (rskip, "1", Some("2")),
            (early_skip, "true", Some("3")),
            (keyint, "-1", Some("0")),
            (keyint, "0", Some("1")),
            (keyint, "infinite", Some("0")),
            (keyint, "many", None),
            (min_keyint, "0", Some("auto")),
            (ipratio, "1.4", Some("-2.91")),
            (level, "51", Some("5.1")),
            (level, "5.0", Some("5")),
            (level, "0", Some("auto")),
            (deblock, "-1,-2", Some("-1:-2")),
            (deblock, "1", Some("1:1")),
            (deblock, "false", Some("0")),
            (hash, "2", Some("crc")),
            (range, "1", Some("full")),
            (sar, "4", Some("16:11")),
            (sar, "4:3", Some("4:3")),
            (max_cll, "0,0", Some("auto")),
            (pools, "4,-,4", Some("8")),
            (pools, "+", Some("auto")),
            (preset, "5", Some("medium")),
        ];
        for (convert, value, expected) in cases {
            assert_eq!(convert(value).as_deref(), expected, "{value}");
        }
    }

    /// x265's default, as its manual has it, is ours.
    #[test]
    fn the_default_strength_of_x265_is_the_default() {
        assert_eq!(aq_strength("1.0"), rivus::Config::default().get("aq-strength"));
    }
}
