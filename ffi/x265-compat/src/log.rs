//! Lines on standard error, in the form in which x265 writes its own.

use std::fmt::Display;
use std::io::Write;

/// How much a line matters, as in `logLevel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Error = 0,
    Warning = 1,
    Info = 2,
}

/// Writes a line, if `limit`, the `logLevel` of the program, lets it pass.
pub(crate) fn line(limit: i32, level: Level, text: impl Display) {
    if level as i32 <= limit {
        let name = match level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Info => "info",
        };
        plain(format_args!("rivus-x265 [{name}]: {text}"));
    }
}

/// Writes a line as it is. If standard error is gone nobody is left to be told.
pub(crate) fn plain(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
