//! What one option with one value means.

use crate::entry::{Entry, Means, OFF};
use crate::table::TABLE;
use rivus::{Config, ConfigError};
use std::fmt;

/// What an option means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Translation {
    /// The value as x265 has it, `true` or `false` for a flag, after `no-` is taken into account.
    pub value: String,
    /// The option of Rivus and its value, if there is one.
    pub setting: Option<(&'static str, String)>,
    /// What the user should know, if what was asked for is not done.
    pub note: Option<String>,
}

/// Why an option is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// x265 has no such option.
    Unknown {
        /// What was given.
        name: String,
        /// The name that looks most like it.
        nearest: &'static str,
    },
    /// The option does not take the value, or cannot be had.
    Value {
        /// The option.
        name: &'static str,
        /// The value.
        value: String,
        /// What it accepts.
        expected: String,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, nearest } => {
                write!(f, "there is no option {name}, the nearest is {nearest}")
            }
            Self::Value { name, value, expected } => {
                write!(f, "{name}: {value} is not legal, expected {expected}")
            }
        }
    }
}

impl std::error::Error for Refusal {}

/// A name as the table has it: hyphens for underscores.
pub fn normalise(name: &str) -> String {
    name.trim_start_matches("--").replace('_', "-")
}

/// The option of this name, and whether the name negates it by `no-`.
///
/// # Errors
/// [`Refusal::Unknown`].
pub fn find(name: &str) -> Result<(&'static Entry, bool), Refusal> {
    let name = normalise(name);
    let by_name = |name: &str| TABLE.iter().find(|entry| entry.name == name);
    if let Some(entry) = by_name(&name) {
        return Ok((entry, false));
    }
    let positive = name.strip_prefix("no-");
    if let Some(entry) = positive.and_then(by_name) {
        return Ok((entry, true));
    }
    let wanted = positive.unwrap_or(&name);
    let nearest = TABLE.iter().map(|entry| entry.name).min_by_key(|known| distance(known, wanted));
    Err(Refusal::Unknown { name: name.clone(), nearest: nearest.unwrap_or_default() })
}

/// How many characters must be replaced, left out or added to get from `a` to `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(x != *y)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}

/// What the option with this value means; without a value it is switched on.
///
/// # Errors
/// [`Refusal`] if there is no such option, or not with this value, or if it must not be ignored.
pub fn translate(name: &str, value: Option<&str>) -> Result<Translation, Refusal> {
    let (entry, negated) = find(name)?;
    // "no-sao=0" switches on.
    let negated_value = if value.is_some_and(|value| OFF.contains(&value)) { "true" } else { "false" };
    let value = if negated { negated_value } else { value.unwrap_or("true") };
    let refuse = |expected: &str| {
        Err(Refusal::Value { name: entry.name, value: value.to_owned(), expected: expected.to_owned() })
    };
    let nothing = Translation { value: value.to_owned(), ..Translation::default() };
    match entry.means {
        Means::Program | Means::Idle => Ok(nothing),
        Means::Lacking { fine, .. } if fine.contains(&value) => Ok(nothing),
        Means::Lacking { nearest, .. } => {
            let counterpart = if nearest.is_empty() {
                "has no counterpart".to_owned()
            } else {
                format!("has no counterpart, the nearest option is {nearest}")
            };
            Ok(Translation { note: Some(format!("{}: {counterpart}", entry.name)), ..nothing })
        }
        Means::Refused { fine } if fine.contains(&value) => Ok(nothing),
        Means::Refused { fine } => {
            refuse(&format!("one of {}, for there is nothing like it", fine.join(", ")))
        }
        Means::Option { name: option, convert, .. } => {
            let Some(converted) = convert(value) else { return refuse("a value of x265's") };
            match Config::default().set(option, &converted) {
                Ok(_) => Ok(Translation {
                    note: remark(entry.name, value),
                    setting: Some((option, converted)),
                    ..nothing
                }),
                Err(ConfigError::Value { legal, .. }) => refuse(&legal),
                Err(error) => refuse(&error.to_string()),
            }
        }
    }
}

/// What gets lost although there is a counterpart.
fn remark(name: &str, value: &str) -> Option<String> {
    (name == "tune" && matches!(value, "grain" | "animation"))
        .then(|| format!("tune: there is no {value}, the default is used"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(name: &str, value: Option<&str>) -> Option<(&'static str, String)> {
        translate(name, value).expect("legal").setting
    }

    #[test]
    fn names_negations_and_values() {
        assert_eq!(setting("keyint", Some("60")), Some(("keyint", "60".into())));
        assert_eq!(setting("open_gop", None), Some(("open-gop", "1".into())));
        assert_eq!(setting("no-open-gop", None), Some(("open-gop", "0".into())));
        assert_eq!(setting("no-open-gop", Some("0")), Some(("open-gop", "1".into())));
        assert_eq!(setting("no-scenecut", None), Some(("scenecut", "0".into())));
        assert_eq!(setting("no-deblock", None), Some(("deblock", "0".into())));
        assert_eq!(setting("frame-threads", Some("3")), None);
    }

    #[test]
    fn what_is_lacking_is_said_unless_it_is_off() {
        let note = |name, value| translate(name, value).expect("accepted").note;
        assert_eq!(note("tskip", Some("0")), None);
        assert_eq!(note("no-psy-rd", None), None);
        let said = note("psy-rd", Some("2.0")).expect("a note");
        assert_eq!(said, "psy-rd: has no counterpart, the nearest option is aq-strength");
        assert!(note("tune", Some("grain")).is_some());
    }

    #[test]
    fn refusals_name_the_option_and_what_it_takes() {
        let text = |name, value| translate(name, Some(value)).expect_err("refused").to_string();
        assert_eq!(text("crf", "77"), "crf: 77 is not legal, expected a number in 0..=51");
        assert_eq!(text("vbv-maxrat", "77"), "there is no option vbv-maxrat, the nearest is vbv-maxrate");
        assert_eq!(text("no-open-gob", "1"), "there is no option no-open-gob, the nearest is open-gop");
        assert!(text("lossless", "1").starts_with("lossless: 1 is not legal"));
        assert!(text("keyint", "often").contains("keyint: often"));
        assert_eq!(translate("lossless", Some("0")).map(|translation| translation.setting), Ok(None));
    }
}
