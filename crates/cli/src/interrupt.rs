//! Ctrl-C, SIGTERM and SIGHUP: remove unfinished output, then end with code 130.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Exit code after an interruption, as shells have it: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

/// Temporary files that exist at the moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cleanup(Arc<Mutex<Vec<PathBuf>>>);

impl Cleanup {
    /// Adds a file that must not survive an interruption.
    pub(crate) fn add(&self, path: &Path) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(path.to_owned());
    }

    /// Removes a file from the list: it has its final name now, or is gone.
    pub(crate) fn forget(&self, path: &Path) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|known| known != path);
    }
}

/// Installs the handler. It ends the program from its own thread, so a read that blocks does not hold it up.
pub(crate) fn install() -> Cleanup {
    let cleanup = Cleanup::default();
    let seen = cleanup.clone();
    let handler = move || {
        // The lock is kept: nothing may be renamed or created between here and the end.
        let files = seen.0.lock().unwrap_or_else(PoisonError::into_inner);
        for file in files.iter() {
            // It may be gone already; there is nothing better to do about any error here.
            let _ = std::fs::remove_file(file);
        }
        eprintln!("rivus: interrupted, unfinished output removed");
        std::process::exit(INTERRUPTED);
    };
    // Without a handler the default action still ends the program; only a temporary file may stay behind.
    let _ = ctrlc::set_handler(handler);
    cleanup
}
