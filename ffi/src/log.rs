//! Messages for the caller.

use std::ffi::{CString, c_char, c_void};

/// How much a message matters.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RivusLogLevel {
    /// The text of an error that a function returns.
    Error = 1,
    /// Damage in a stream: decoding goes on.
    Warning = 2,
    /// What an encoder or decoder is set to, and what it has done in the end.
    Info = 3,
}

/// Takes a message of a `RivusLogLevel`. It is called on the thread that called the library, while that call lasts, and may
/// call the library itself. The text is gone afterwards. It must return; an exception must not leave it.
pub type RivusLogCallback =
    Option<unsafe extern "C" fn(opaque: *mut c_void, level: i32, message: *const c_char)>;

/// A callback and what it is called with.
#[derive(Clone, Copy)]
pub(crate) struct Sink {
    callback: RivusLogCallback,
    opaque: *mut c_void,
}

// SAFETY: the pointer is the caller's and is only handed back to the callback; that both may be used from any thread that calls
// the library is a condition of `rivus_config_set_log` and `rivus_decoder_config_set_log`.
unsafe impl Send for Sink {}

/// The messages of a handle that are not handed out yet.
pub(crate) struct Log {
    sink: Sink,
    messages: Vec<(RivusLogLevel, CString)>,
}

impl Default for Log {
    fn default() -> Self {
        Self::new(None, std::ptr::null_mut())
    }
}

impl Log {
    pub(crate) fn new(callback: RivusLogCallback, opaque: *mut c_void) -> Self {
        Self { sink: Sink { callback, opaque }, messages: Vec::new() }
    }

    /// A log with the same callback.
    pub(crate) fn fork(&self) -> Self {
        Self { sink: self.sink, messages: Vec::new() }
    }

    pub(crate) fn sink(&self) -> Sink {
        self.sink
    }

    /// Whether somebody listens.
    pub(crate) fn is_open(&self) -> bool {
        self.sink.callback.is_some()
    }

    /// Notes a message, if somebody listens.
    pub(crate) fn push(&mut self, level: RivusLogLevel, text: impl FnOnce() -> String) {
        if self.is_open() {
            self.messages.push((level, crate::handle::c_text(&text())));
        }
    }

    pub(crate) fn take(&mut self) -> Vec<(RivusLogLevel, CString)> {
        std::mem::take(&mut self.messages)
    }
}

impl Sink {
    pub(crate) fn deliver(self, messages: Vec<(RivusLogLevel, CString)>) {
        let Some(callback) = self.callback else { return };
        for (level, text) in messages {
            // SAFETY: the callback and its argument are what the caller gave for this purpose; the text lives until it returns.
            unsafe { callback(self.opaque, level as i32, text.as_ptr()) };
        }
    }
}
