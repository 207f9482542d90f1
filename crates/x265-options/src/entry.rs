//! What is known of one option of x265.

/// How a value of x265 becomes a value of Rivus; none if it is not a value. Flags arrive as `true` or `false`.
pub(crate) type Convert = fn(&str) -> Option<String>;

/// One option of x265.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name, with hyphens.
    pub name: &'static str,
    /// Its letter on the command line.
    pub letter: Option<char>,
    /// Whether a value follows it on the command line. `no-` and the name never take one.
    pub takes_value: bool,
    /// What becomes of it.
    pub means: Means,
}

/// What becomes of an option.
#[derive(Clone, Copy, Debug)]
pub enum Means {
    /// The option of Rivus with this name.
    Option {
        /// Name of the option of Rivus.
        name: &'static str,
        /// How its value comes about.
        convert: Convert,
        /// What is done to the value, if it is not taken as it is.
        how: &'static str,
    },
    /// Accepted and without effect: what it asks for is done in any case, or concerns only how x265 works inside.
    Idle,
    /// Accepted with a warning, unless the value is one of these, which ask for nothing.
    Lacking {
        /// Values that ask for nothing.
        fine: &'static [&'static str],
        /// The option of Rivus that comes closest; empty if none does.
        nearest: &'static str,
    },
    /// An error, unless the value is one of these: the stream would not be what was asked for.
    Refused {
        /// Values that ask for nothing.
        fine: &'static [&'static str],
    },
    /// The program itself does it: files, reports, the format of the input.
    Program,
}

/// Values that switch a flag or a number off.
pub(crate) const OFF: &[&str] = &["0", "false", "no", "off", "none", "0.0"];
/// Values that switch a flag on.
pub(crate) const ON: &[&str] = &["1", "true", "yes", "on"];

impl Entry {
    const fn new(name: &'static str, takes_value: bool, means: Means) -> Self {
        Self { name, letter: None, takes_value, means }
    }

    /// An option with a value that goes through `convert`.
    pub(crate) const fn value(
        name: &'static str,
        option: &'static str,
        convert: Convert,
        how: &'static str,
    ) -> Self {
        Self::new(name, true, Means::Option { name: option, convert, how })
    }

    /// An option with a value that is taken as it is.
    pub(crate) const fn same(name: &'static str, option: &'static str) -> Self {
        Self::value(name, option, crate::convert::same, "")
    }

    /// A flag that is a flag of Rivus, too.
    pub(crate) const fn flag(name: &'static str, option: &'static str) -> Self {
        Self::new(name, false, Means::Option { name: option, convert: crate::convert::flag, how: "" })
    }

    /// A flag that is more than a flag in Rivus.
    pub(crate) const fn flag_by(
        name: &'static str,
        option: &'static str,
        convert: Convert,
        how: &'static str,
    ) -> Self {
        Self::new(name, false, Means::Option { name: option, convert, how })
    }

    /// A flag for what Rivus cannot leave out.
    pub(crate) const fn always(name: &'static str) -> Self {
        Self::new(name, false, Means::Lacking { fine: ON, nearest: "" })
    }

    /// A flag without effect.
    pub(crate) const fn idle_flag(name: &'static str) -> Self {
        Self::new(name, false, Means::Idle)
    }

    /// An option with a value, without effect.
    pub(crate) const fn idle(name: &'static str) -> Self {
        Self::new(name, true, Means::Idle)
    }

    /// A flag for something that Rivus does not have.
    pub(crate) const fn lacking_flag(name: &'static str, nearest: &'static str) -> Self {
        Self::new(name, false, Means::Lacking { fine: OFF, nearest })
    }

    /// An option with a value for something that Rivus does not have.
    pub(crate) const fn lacking(
        name: &'static str,
        fine: &'static [&'static str],
        nearest: &'static str,
    ) -> Self {
        Self::new(name, true, Means::Lacking { fine, nearest })
    }

    /// A flag that cannot be ignored.
    pub(crate) const fn refused_flag(name: &'static str) -> Self {
        Self::new(name, false, Means::Refused { fine: OFF })
    }

    /// An option with a value that cannot be ignored.
    pub(crate) const fn refused(name: &'static str, fine: &'static [&'static str]) -> Self {
        Self::new(name, true, Means::Refused { fine })
    }

    /// A flag of the program.
    pub(crate) const fn program_flag(name: &'static str) -> Self {
        Self::new(name, false, Means::Program)
    }

    /// An option of the program with a value.
    pub(crate) const fn program(name: &'static str) -> Self {
        Self::new(name, true, Means::Program)
    }

    /// The same with a letter.
    pub(crate) const fn or(mut self, letter: char) -> Self {
        self.letter = Some(letter);
        self
    }
}
