//! How the program ends when it does not end well: one line and an exit code.

use std::fmt;
use std::path::Path;

/// Exit codes besides 0. They are documented in the help text; scripts depend on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Code {
    /// Input unreadable or unsupported, output unwritable, no such program.
    Failed = 1,
    /// Wrong options; `clap` uses the same code.
    Usage = 2,
    /// A picture hash does not match, or two files differ in their number of pictures.
    Mismatch = 3,
    /// The stream is damaged; what could be decoded was written.
    Damaged = 4,
}

/// Why the program stops.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: Code,
    message: String,
}

/// Result of the program's own functions.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Something in or about `file`.
    pub(crate) fn in_file(file: &Path, reason: impl fmt::Display) -> Self {
        Self::new(Code::Failed, format!("{}: {reason}", name(file)))
    }

    /// Options that do not fit together.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One line, whatever an error from below put into its text.
        f.write_str(&self.message.replace('\n', "; "))
    }
}

/// Messages about damage in one input while the work goes on.
#[derive(Debug, Default)]
pub(crate) struct DamageLog {
    count: u64,
    /// Name of the file, and the message.
    first: Option<(String, String)>,
}

impl DamageLog {
    /// Takes messages about `file` and shows each through `show`.
    pub(crate) fn add(&mut self, file: &Path, messages: Vec<String>, mut show: impl FnMut(&str)) {
        for message in messages {
            show(&format!("rivus: {}: {message}", name(file)));
            self.count += 1;
            self.first.get_or_insert_with(|| (name(file), message));
        }
    }

    /// The first message, without the name of its file.
    pub(crate) fn first(&self) -> Option<&str> {
        self.first.as_ref().map(|(_, message)| message.as_str())
    }

    /// Whether nothing was wrong; else the failure that names the first damage. `done` says what was made of the rest.
    pub(crate) fn verdict(self, done: &str) -> Result<()> {
        let Some((file, first)) = self.first else {
            return Ok(());
        };
        let more = if self.count > 1 { format!(" (and {} more)", self.count - 1) } else { String::new() };
        Err(Failure::new(Code::Damaged, format!("{file}: {first}{more}; {done}")))
    }
}

/// How messages call a file.
pub(crate) fn name(file: &Path) -> String {
    if file.as_os_str() == "-" { "standard input/output".into() } else { file.display().to_string() }
}

/// Puts the name of a file before the errors of the layers below, which do not know it.
pub(crate) trait InFile<T> {
    fn in_file(self, file: &Path) -> Result<T>;
}

impl<T, E: fmt::Display> InFile<T> for std::result::Result<T, E> {
    fn in_file(self, file: &Path) -> Result<T> {
        self.map_err(|error| Failure::in_file(file, error))
    }
}
