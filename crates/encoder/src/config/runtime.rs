//! Options that may change while pictures are being coded.

use super::{Config, Settings};
use crate::error::ConfigError;
use crate::headers::level;
use crate::rate_control::RateMode;

/// Their names.
const CHANGEABLE: [&str; 5] = ["crf", "qp", "bitrate", "vbv-maxrate", "vbv-bufsize"];

impl Config {
    /// This configuration with one option changed, and its settings, if an encoder that began with `start` can go on with them.
    ///
    /// # Errors
    /// As [`Config::set`] and [`Config::settings`]; [`ConfigError::Fixed`] if the option cannot change, or not to this value.
    pub(crate) fn changed(
        &self,
        name: &str,
        value: &str,
        start: &Settings,
    ) -> Result<(Self, Settings), ConfigError> {
        let mut config = self.clone();
        config.set(name, value)?;
        let fixed = |why| Err(ConfigError::Fixed { name: name.to_owned(), why });
        if !CHANGEABLE.contains(&name.replace('_', "-").as_str()) {
            return fixed("it is fixed once the encoder is made");
        }
        let settings = config.settings()?;
        let same_mode = matches!(
            (settings.rate_mode(), start.rate_mode()),
            (RateMode::ConstantQp(_), RateMode::ConstantQp(_))
                | (RateMode::ConstantQuality(_), RateMode::ConstantQuality(_))
                | (RateMode::AverageBitRate(_), RateMode::AverageBitRate(_))
        );
        if !same_mode {
            return fixed("the rate is controlled in another way");
        }
        if (settings.vbv_bufsize == 0) != (start.vbv_bufsize == 0) {
            return fixed("a buffer is there from the beginning or not at all");
        }
        // The stream has promised so much at its beginning, in its level and its buffer model.
        if settings.vbv_maxrate > start.vbv_maxrate || settings.vbv_bufsize > start.vbv_bufsize {
            return fixed("it cannot be above what the encoder began with");
        }
        if level::of(&settings)? > level::of(start)? {
            return fixed("the level of the stream does not allow it");
        }
        Ok((config, settings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(options: &[(&str, &str)], name: &str, value: &str) -> Result<Settings, String> {
        let mut config = Config::new(64, 64);
        for (name, value) in options {
            config.set(name, value).expect("legal");
        }
        let start = config.settings().expect("consistent");
        config.changed(name, value, &start).map(|changed| changed.1).map_err(|error| error.to_string())
    }

    #[test]
    fn rates_and_qualities_change_within_their_mode() {
        assert_eq!(change(&[("crf", "30")], "crf", "25").expect("legal").crf, 25.0);
        assert_eq!(change(&[("qp", "30")], "qp", "25").expect("legal").qp, Some(25));
        let buffer = [("bitrate", "800"), ("vbv-maxrate", "1000"), ("vbv-bufsize", "2000")];
        assert_eq!(change(&buffer, "bitrate", "1000").expect("legal").bitrate, 1000);
        assert_eq!(change(&buffer, "vbv_maxrate", "900").expect("legal").vbv_maxrate, 900);
    }

    #[test]
    fn other_changes_are_refused_by_name() {
        let refused = |options: &[(&str, &str)], name, value, expected: &str| {
            let error = change(options, name, value).expect_err("must be refused");
            assert!(error.contains(expected), "{error}");
        };
        refused(&[], "preset", "slow", "preset cannot change: it is fixed once the encoder is made");
        refused(&[], "crf", "99", "crf: 99 is not legal");
        refused(&[], "bitrate", "500", "bitrate cannot change: the rate is controlled in another way");
        refused(&[("bitrate", "500")], "bitrate", "0", "the rate is controlled in another way");
        let buffer = [("bitrate", "800"), ("vbv-maxrate", "1000"), ("vbv-bufsize", "2000")];
        refused(&buffer, "bitrate", "1200", "the average is above the maximum");
        refused(&buffer, "vbv-maxrate", "1200", "above what the encoder began with");
        refused(&buffer, "vbv-bufsize", "2500", "above what the encoder began with");
        refused(&buffer, "vbv-bufsize", "0", "need each other");
        // Level 1 ends at 128 kbit/s.
        refused(&[("bitrate", "100")], "bitrate", "129", "the level of the stream does not allow it");
        refused(&[("bitrate", "100"), ("level", "1")], "bitrate", "129", "is above the limit 128 of level 1");
    }
}
