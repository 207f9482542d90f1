//! One module per subcommand.

pub(crate) mod compare;
pub(crate) mod decode;
pub(crate) mod encode;
pub(crate) mod info;
pub(crate) mod x265;

use std::io::{ErrorKind, Write};
use std::path::Path;

use serde::Serialize;

use crate::failure::{Code, Failure, InFile, Result};

/// Prints a JSON object as [`print_text`] prints text.
fn print_json(value: &impl Serialize, output_is_stdout: bool) -> Result<()> {
    print_text(&json_text(value)?, output_is_stdout)
}

/// A JSON object as text.
fn json_text(value: &impl Serialize) -> Result<String> {
    serde_json::to_string_pretty(value)
        .map_err(|error| Failure::new(Code::Failed, format!("summary: {error}")))
}

/// Prints a result on standard output, or on standard error where standard output carries data.
fn print_text(text: &str, output_is_stdout: bool) -> Result<()> {
    let text = text.trim_end();
    let printed = if output_is_stdout {
        writeln!(std::io::stderr(), "{text}")
    } else {
        writeln!(std::io::stdout(), "{text}")
    };
    match printed {
        // Whoever reads has seen enough, as `head` does.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other.in_file(Path::new("-")),
    }
}

fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}
