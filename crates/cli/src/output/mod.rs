//! Writing results: under a temporary name beside the target, renamed when everything is in it.

pub(crate) mod bitstream;
pub(crate) mod pictures;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::{Failure, InFile, Result};
use crate::interrupt::Cleanup;

const BUFFER: usize = 1 << 18;

/// A file being written, or standard output.
#[derive(Debug)]
pub(crate) struct OutputFile {
    path: PathBuf,
    target: Target,
    written: u64,
}

#[derive(Debug)]
enum Target {
    /// A new file that gets its name at the end.
    Temporary(BufWriter<NamedTempFile>, Cleanup),
    /// Something that exists and is no plain file, such as a named pipe.
    Direct(BufWriter<File>),
    Stdout(BufWriter<std::io::Stdout>),
}

impl OutputFile {
    /// Opens `path` for writing; `-` is standard output.
    pub(crate) fn create(path: &Path, cleanup: &Cleanup) -> Result<Self> {
        let target = if path.as_os_str() == "-" {
            Target::Stdout(BufWriter::with_capacity(BUFFER, std::io::stdout()))
        } else if std::fs::metadata(path).is_ok_and(|meta| !meta.is_file()) {
            Target::Direct(BufWriter::with_capacity(BUFFER, File::create(path).in_file(path)?))
        } else {
            let file = temporary(path).in_file(path)?;
            cleanup.add(file.path());
            Target::Temporary(BufWriter::with_capacity(BUFFER, file), cleanup.clone())
        };
        Ok(Self { path: path.to_owned(), target, written: 0 })
    }

    /// Where it goes.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Flushes and gives the file its name. Dropping without this leaves nothing behind.
    pub(crate) fn commit(mut self) -> Result<u64> {
        self.flush().in_file(&self.path)?;
        if let Target::Temporary(file, cleanup) = self.target {
            let file = file.into_inner().map_err(|error| Failure::in_file(&self.path, error.error()))?;
            let temporary = file.path().to_owned();
            file.persist(&self.path).map_err(|error| Failure::in_file(&self.path, error.error))?;
            cleanup.forget(&temporary);
        }
        Ok(self.written)
    }
}

impl Write for OutputFile {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        let count = match &mut self.target {
            Target::Temporary(file, _) => file.write(data)?,
            Target::Direct(file) => file.write(data)?,
            Target::Stdout(out) => out.write(data)?,
        };
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match &mut self.target {
            Target::Temporary(file, _) => file.flush(),
            Target::Direct(file) => file.flush(),
            Target::Stdout(out) => out.flush(),
        }
    }
}

/// Directory that holds `path`.
fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A hidden file beside `path`, with the permissions a plain new file would have.
fn temporary(path: &Path) -> std::io::Result<NamedTempFile> {
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(path.file_name().unwrap_or_default());
    prefix.push(".");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(directory(path))
}

/// A file without a name beside `path`, for data that is copied into the output at the end.
pub(crate) fn scratch(path: &Path) -> Result<File> {
    tempfile::tempfile_in(directory(path)).in_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_there_until_commit() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("out.bin");
        let cleanup = Cleanup::default();
        let count = || std::fs::read_dir(dir.path()).expect("readable").count();

        let mut output = OutputFile::create(&path, &cleanup).expect("writable");
        output.write_all(b"half").expect("writable");
        assert!(!path.exists());
        drop(output);
        assert_eq!(count(), 0, "dropped output leaves no file");

        let mut output = OutputFile::create(&path, &cleanup).expect("writable");
        output.write_all(b"whole").expect("writable");
        assert_eq!(output.commit().expect("renamed"), 5);
        assert_eq!(std::fs::read(&path).expect("there"), b"whole");
        assert_eq!(count(), 1);
    }

    #[test]
    fn a_missing_directory_is_named() {
        let failure =
            OutputFile::create(Path::new("/nonexistent/out.mp4"), &Cleanup::default()).expect_err("absent");
        assert!(failure.to_string().starts_with("/nonexistent/out.mp4: "), "{failure}");
    }
}
