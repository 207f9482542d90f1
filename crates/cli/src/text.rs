//! Numbers as people read them, and as they write them on a command line.

use std::ops::Range;

use rivus_stream::video::Ratio;

/// Bytes with a binary unit.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["B", "KiB", "MiB", "GiB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{count} B") } else { format!("{value:.2} {}", UNITS[unit]) }
}

/// Seconds as `1:02:03` or `2:03`.
pub(crate) fn clock(seconds: f64) -> String {
    let total = seconds.clamp(0.0, 1e9).round() as u64;
    let (hours, minutes, seconds) = (total / 3600, total / 60 % 60, total % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// Parses `25`, `30000/1001`, `30000:1001`, `29.97`. Decimals near a rate over 1.001 mean that rate.
pub(crate) fn parse_rate(text: &str) -> Result<Ratio, String> {
    let bad = || format!("'{text}' is not a frame rate such as 25, 29.97 or 30000/1001");
    if let Some((num, den)) = text.split_once(['/', ':']) {
        let parts = num.parse().ok().zip(den.parse().ok());
        return parts.and_then(|(num, den)| Ratio::new(num, den)).ok_or_else(bad);
    }
    let value: f64 = text.parse().map_err(|_| bad())?;
    if !(0.001..=100_000.0).contains(&value) {
        return Err(bad());
    }
    let ntsc = (value * 1.001).round();
    let is_ntsc =
        ntsc >= 1.0 && (value - ntsc / 1.001).abs() < 0.005 && (value - value.round()).abs() > 0.005;
    let rate = if is_ntsc {
        Ratio::new(ntsc as u32 * 1000, 1001)
    } else {
        Ratio::new((value * 1000.0).round() as u32, 1000)
    };
    rate.ok_or_else(bad)
}

/// Parses `10..20`, in which either number may be left out.
pub(crate) fn parse_range(text: &str) -> Result<Range<u64>, String> {
    let number = |text: &str, missing: u64| if text.is_empty() { Ok(missing) } else { text.parse() };
    let range = text.split_once("..").and_then(|(a, b)| Some(number(a, 0).ok()?..number(b, u64::MAX).ok()?));
    range
        .filter(|r| !r.is_empty())
        .ok_or_else(|| format!("'{text}' is not a range of pictures such as 10..20"))
}

/// Parses `1920x1080`.
pub(crate) fn parse_size(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once(['x', 'X']).and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    parts.ok_or_else(|| format!("'{text}' is not a size such as 1920x1080"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        for (text, num, den) in [
            ("25", 25, 1),
            ("29.97", 30000, 1001),
            ("23.976", 24000, 1001),
            ("59.94", 60000, 1001),
            ("12.5", 25, 2),
            ("60000/1001", 60000, 1001),
            ("50:2", 25, 1),
        ] {
            assert_eq!(parse_rate(text).ok(), Ratio::new(num, den), "{text}");
        }
        for text in ["", "0", "-5", "1/0", "x", "nan", "1e30"] {
            assert!(parse_rate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_and_times() {
        assert_eq!(parse_size("640x360"), Ok((640, 360)));
        assert!(parse_size("640").is_err());
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(3 << 20), "3.00 MiB");
        assert_eq!(clock(59.6), "1:00");
        assert_eq!(clock(3725.0), "1:02:05");
        assert_eq!(clock(f64::NAN), "0:00");
    }
}
