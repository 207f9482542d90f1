//! What an option accepts, and how its text becomes a value.

use std::fmt;

/// What an option accepts. Displays as the end of "expected …".
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Legal {
    /// 0 or 1; also yes, no, true, false, on, off.
    Flag,
    /// A whole number in this range, ends included.
    Int(i64, i64),
    /// A number in this range, ends included.
    Float(f64, f64),
    /// One of these whole numbers.
    Numbers(&'static [i64]),
    /// One of these words.
    Words(&'static [&'static str]),
    /// A word of the table, or its number.
    Code(&'static [(&'static str, u8)]),
    /// Text of this form.
    Form(&'static str),
    /// `auto`, or this.
    Auto(&'static Self),
}

impl fmt::Display for Legal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, words: &mut dyn Iterator<Item = String>| {
            let words: Vec<String> = words.collect();
            write!(f, "one of {}", words.join(", "))
        };
        match self {
            Self::Flag => f.write_str("0 or 1"),
            Self::Int(min, max) => write!(f, "a whole number in {min}..={max}"),
            Self::Float(min, max) => write!(f, "a number in {min}..={max}"),
            Self::Numbers(numbers) => list(f, &mut numbers.iter().map(i64::to_string)),
            Self::Words(words) => list(f, &mut words.iter().map(|w| (*w).to_owned())),
            Self::Code(codes) => {
                list(f, &mut codes.iter().map(|c| c.0.to_owned()))?;
                f.write_str(", or a number in 0..=255")
            }
            Self::Form(form) => f.write_str(form),
            Self::Auto(legal) => write!(f, "auto, or {legal}"),
        }
    }
}

/// A value an option can have.
pub(super) trait OptionValue: Sized {
    /// The value `text` stands for, if it is legal.
    fn parse(text: &str, legal: &Legal) -> Option<Self>;

    /// The text that stands for the value.
    fn text(&self, legal: &Legal) -> String;
}

impl OptionValue for bool {
    fn parse(text: &str, _: &Legal) -> Option<Self> {
        match text {
            "1" | "true" | "yes" | "on" | "" => Some(true),
            "0" | "false" | "no" | "off" => Some(false),
            _ => None,
        }
    }

    fn text(&self, _: &Legal) -> String {
        u8::from(*self).to_string()
    }
}

fn parse_int(text: &str, legal: &Legal) -> Option<i64> {
    let named = |codes: &[(&str, u8)]| codes.iter().find(|c| c.0 == text).map(|c| i64::from(c.1));
    match legal {
        Legal::Int(min, max) => text.parse().ok().filter(|v| (min..=max).contains(&v)),
        Legal::Numbers(numbers) => text.parse().ok().filter(|v| numbers.contains(v)),
        Legal::Code(codes) => named(codes).or_else(|| text.parse().ok().filter(|v| (0..=255).contains(v))),
        _ => None,
    }
}

macro_rules! int_values {
    ($($int:ty),+) => {$(
        impl OptionValue for $int {
            fn parse(text: &str, legal: &Legal) -> Option<Self> {
                parse_int(text, legal)?.try_into().ok()
            }

            fn text(&self, legal: &Legal) -> String {
                let value = i64::from(*self);
                match legal {
                    Legal::Code(codes) => codes.iter().find(|c| i64::from(c.1) == value).map(|c| c.0.to_owned()),
                    _ => None,
                }
                .unwrap_or_else(|| value.to_string())
            }
        }
    )+};
}

int_values!(u8, i8, u16, u32, i32);

impl OptionValue for f64 {
    fn parse(text: &str, legal: &Legal) -> Option<Self> {
        match legal {
            Legal::Float(min, max) => text.parse().ok().filter(|v| (min..=max).contains(&v)),
            _ => None,
        }
    }

    fn text(&self, _: &Legal) -> String {
        self.to_string()
    }
}

impl<T: OptionValue> OptionValue for Option<T> {
    fn parse(text: &str, legal: &Legal) -> Option<Self> {
        match legal {
            Legal::Auto(_) if text == "auto" => Some(None),
            Legal::Auto(legal) => T::parse(text, legal).map(Some),
            _ => None,
        }
    }

    fn text(&self, legal: &Legal) -> String {
        match (self, legal) {
            (Some(value), Legal::Auto(legal)) => value.text(legal),
            _ => "auto".to_owned(),
        }
    }
}
