//! Why an encoder refuses something.

/// What is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No such option.
    #[error("there is no option named {name}")]
    UnknownOption {
        /// The name.
        name: String,
    },
    /// The option does not accept the value.
    #[error("{name}: {value} is not legal, expected {legal}")]
    Value {
        /// The option.
        name: &'static str,
        /// The value.
        value: String,
        /// What it accepts.
        legal: String,
    },
    /// An option without default was not set.
    #[error("{name} must be set")]
    Missing {
        /// The option.
        name: &'static str,
    },
    /// Two options do not go together.
    #[error("{} and {} {why}", options[0], options[1])]
    Conflict {
        /// The options.
        options: [&'static str; 2],
        /// In which way.
        why: String,
    },
    /// The option cannot change while pictures are being coded, or not to this value.
    #[error("{name} cannot change: {why}")]
    Fixed {
        /// The option.
        name: String,
        /// Why not.
        why: &'static str,
    },
    /// No level, or not the one asked for, allows what the other options ask for.
    #[error("{what} of {value} is above the limit {limit} of level {level}")]
    Level {
        /// What is too much.
        what: &'static str,
        /// How much it is.
        value: u64,
        /// How much is allowed.
        limit: u64,
        /// The level.
        level: String,
    },
}

/// Why a call of an encoder failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration is not usable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A picture does not fit the configuration.
    #[error("{property} of the picture is {value}, expected {expected}")]
    Picture {
        /// What does not fit.
        property: &'static str,
        /// What it is.
        value: String,
        /// What it should be.
        expected: String,
    },
    /// A picture was sent after the end was announced.
    #[error("a picture was sent after flush")]
    Flushed,
    /// Worker threads could not be started.
    #[error("threads could not be started: {0}")]
    Threads(String),
    /// A parameter set or header could not be made; a fault of the encoder.
    #[error("syntax: {0}")]
    Syntax(#[from] rivus_syntax::Error),
}
