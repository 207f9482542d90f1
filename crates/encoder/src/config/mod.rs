//! Configuration: options by name, checked as they are set, resolved into [`Settings`].
//!
//! A value comes from the first of these that has one: [`Config::set`], the tune, the preset, the default. The order in
//! which options are set does not matter.

mod legal;
mod options;
mod presets;
mod runtime;
#[cfg(test)]
mod tests;
mod tools;
mod values;

pub use legal::Legal;
pub use options::{OptionInfo, Settings};
pub use values::{ContentLight, Deblock, Hash, LevelIdc, MasteringDisplay, Preset, Range, Ratio, Size, Tune};

use crate::error::ConfigError;
use crate::rate_control::RateMode;
use options::OPTIONS;
use std::collections::BTreeMap;

/// What an encoder is to do.
///
/// ```
/// use rivus_encoder::Config;
///
/// # fn main() -> Result<(), rivus_encoder::ConfigError> {
/// let mut config = Config::new(1280, 720);
/// config.set("preset", "slow")?.set("crf", "24")?.set("fps", "30000/1001")?;
/// assert_eq!(config.get("crf").as_deref(), Some("24"));
///
/// let error = config.set("crf", "77").unwrap_err();
/// assert_eq!(error.to_string(), "crf: 77 is not legal, expected a number in 0..=51");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// What was set, by index in the table of options.
    explicit: BTreeMap<usize, String>,
}

fn find(name: &str) -> Result<usize, ConfigError> {
    let find = |name: &str| OPTIONS.iter().position(|option| option.name == name);
    find(name)
        .or_else(|| find(&name.replace('_', "-")))
        .ok_or_else(|| ConfigError::UnknownOption { name: name.to_owned() })
}

impl Config {
    /// The default configuration for pictures of this size. The size is checked when the encoder is made.
    pub fn new(width: u32, height: u32) -> Self {
        let mut config = Self::default();
        if let Ok(index) = find("input-res") {
            config.explicit.insert(index, format!("{width}x{height}"));
        }
        config
    }

    /// All options, in the order help should list them.
    pub fn options() -> &'static [OptionInfo] {
        OPTIONS
    }

    /// Sets an option by its name; underscores count as hyphens, and `no-` before the name of a flag sets it to 0.
    ///
    /// # Errors
    /// [`ConfigError::UnknownOption`], or [`ConfigError::Value`] if the option does not accept the value.
    pub fn set(&mut self, name: &str, value: &str) -> Result<&mut Self, ConfigError> {
        let negated = name.strip_prefix("no-").and_then(|name| find(name).ok());
        if let Some(index) = negated.filter(|&index| OPTIONS[index].legal == Legal::Flag) {
            let mut flag = Settings::default();
            if OPTIONS[index].set(&mut flag, value) {
                let value = if OPTIONS[index].get(&flag) == "1" { "0" } else { "1" };
                self.explicit.insert(index, value.to_owned());
                return Ok(self);
            }
        }
        let index = find(name)?;
        check(index, value)?;
        self.explicit.insert(index, value.to_owned());
        Ok(self)
    }

    /// The value the option has, whoever set it; none if there is no such option.
    pub fn get(&self, name: &str) -> Option<String> {
        let option = &OPTIONS[find(name).ok()?];
        Some(option.get(&self.resolve().ok()?))
    }

    /// Whether the option was set by its name.
    pub fn is_set(&self, name: &str) -> bool {
        find(name).is_ok_and(|index| self.explicit.contains_key(&index))
    }

    /// The final values of all options.
    ///
    /// # Errors
    /// [`ConfigError`] if a value is not legal or two options contradict each other.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        let settings = self.resolve()?;
        self.check_together(&settings)?;
        Ok(settings)
    }

    fn resolve(&self) -> Result<Settings, ConfigError> {
        // Preset and tune first, since they choose the rows.
        let mut named = Settings::default();
        self.apply_explicit(&mut named)?;
        let mut settings = Settings::of_rows(named.preset, named.tune);
        self.apply_explicit(&mut settings)?;
        Ok(settings)
    }

    fn apply_explicit(&self, settings: &mut Settings) -> Result<(), ConfigError> {
        for (&index, value) in &self.explicit {
            if !OPTIONS[index].set(settings, value) {
                return Err(refuse(index, value));
            }
        }
        Ok(())
    }

    /// Checks that need more than one option.
    fn check_together(&self, s: &Settings) -> Result<(), ConfigError> {
        let conflict = |options: [&'static str; 2], why: &str| {
            Err(ConfigError::Conflict { options, why: why.to_owned() })
        };
        if s.size == Size::default() {
            return Err(ConfigError::Missing { name: "input-res" });
        }
        for (a, b) in [("bitrate", "crf"), ("bitrate", "qp"), ("qp", "crf")] {
            if self.is_set(a) && self.is_set(b) {
                return conflict([a, b], "exclude each other");
            }
        }
        if (s.vbv_maxrate == 0) != (s.vbv_bufsize == 0) {
            return conflict(["vbv-maxrate", "vbv-bufsize"], "need each other");
        }
        if s.vbv_maxrate > 0 && s.qp.is_some() {
            return conflict(["vbv-maxrate", "qp"], "exclude each other: a constant QP has no rate to limit");
        }
        if s.vbv_maxrate > 0 && s.bitrate > s.vbv_maxrate {
            return conflict(["bitrate", "vbv-maxrate"], "contradict: the average is above the maximum");
        }
        if s.qpmin > s.qpmax {
            return conflict(["qpmin", "qpmax"], "contradict: the lowest is above the highest");
        }
        if s.min_cu_size > s.ctu {
            return conflict(["min-cu-size", "ctu"], "contradict: the smallest unit is above the largest");
        }
        if s.keyint > 0 && s.min_keyint.is_some_and(|min| min > s.keyint) {
            return conflict(
                ["min-keyint", "keyint"],
                "contradict: the shortest distance is above the longest",
            );
        }
        if s.hrd == Some(true) && s.vbv_bufsize == 0 {
            return conflict(["hrd", "vbv-bufsize"], "belong together: the buffer model needs a buffer");
        }
        Ok(())
    }
}

/// Checks a value without keeping it.
fn check(index: usize, value: &str) -> Result<(), ConfigError> {
    let mut scratch = Settings::default();
    if OPTIONS[index].set(&mut scratch, value) { Ok(()) } else { Err(refuse(index, value)) }
}

fn refuse(index: usize, value: &str) -> ConfigError {
    let OptionInfo { name, legal, .. } = OPTIONS[index];
    ConfigError::Value { name, value: value.to_owned(), legal: legal.to_string() }
}

impl Settings {
    /// The defaults with what a preset and a tune set; their own names stay the default ones.
    pub(crate) fn of_rows(preset: Preset, tune: Tune) -> Self {
        let mut settings = Self::default();
        for (name, value) in presets::preset(preset).chain(presets::tune(tune)) {
            if let Ok(index) = find(name) {
                OPTIONS[index].set(&mut settings, value);
            }
        }
        settings
    }

    /// How the rate is controlled.
    pub fn rate_mode(&self) -> RateMode {
        match (self.qp, self.bitrate) {
            (Some(qp), _) => RateMode::ConstantQp(qp),
            (None, 0) => RateMode::ConstantQuality(self.crf),
            (None, kbps) => RateMode::AverageBitRate(1000 * u64::from(kbps)),
        }
    }

    /// Most pictures from a keyframe to the next, `u32::MAX` for no limit, and fewest.
    pub fn keyframe_distances(&self) -> (u32, u32) {
        let max = if self.keyint == 0 { u32::MAX } else { self.keyint };
        let second = self.fps.value().round().max(1.0) as u32;
        let min = self.min_keyint.unwrap_or_else(|| (max / 10).min(second)).clamp(1, max);
        (max, min)
    }

    /// Longest mini-GOP: the largest power of two up to `bframes` + 1.
    pub fn longest_mini_gop(&self) -> usize {
        1 << (usize::from(self.bframes) + 1).ilog2()
    }

    /// Whether the stream carries a buffer model.
    pub fn has_hrd(&self) -> bool {
        self.vbv_bufsize > 0 && self.hrd != Some(false)
    }
}
