//! Progress on standard error: a bar on a terminal, else a line now and then, or JSON lines for machines.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::args::{ProgressArgs, ProgressMode};
use crate::text::{bytes, clock};

/// Version of the JSON objects this program prints. It grows when a field changes its meaning or goes away.
pub(crate) const SCHEMA: u32 = 1;

/// Pause between two plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// Pause between two updates of the bar or JSON lines.
const UPDATE_EVERY: Duration = Duration::from_millis(250);

/// Shows how far a command has come.
#[derive(Debug)]
pub(crate) struct Progress {
    display: Display,
    quiet: bool,
    verb: &'static str,
    total: Option<u64>,
    started: Instant,
    shown: Option<Instant>,
}

#[derive(Debug)]
enum Display {
    Bar(ProgressBar),
    Plain,
    Json,
    None,
}

/// A moment of progress.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Record {
    schema: u32,
    #[serde(rename = "type")]
    kind: &'static str,
    frames: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    percent: Option<f64>,
    fps: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    kbps: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_bytes: Option<u64>,
    elapsed_seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    eta_seconds: Option<f64>,
}

/// Anything else that is said while progress goes out as JSON.
#[derive(Debug, Serialize)]
struct Message<'a> {
    schema: u32,
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
}

/// Size and playing time of what was written so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written {
    pub(crate) bytes: u64,
    pub(crate) seconds: f64,
}

impl Progress {
    /// Begins to count. `verb` says what is done to pictures, such as "encoded".
    pub(crate) fn new(args: &ProgressArgs, verb: &'static str, total: Option<u64>) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let display = match args.progress {
            _ if args.quiet => Display::None,
            ProgressMode::Auto if terminal => Display::Bar(bar(total)),
            ProgressMode::Auto | ProgressMode::Plain => Display::Plain,
            ProgressMode::Json => Display::Json,
            ProgressMode::None => Display::None,
        };
        Self { display, quiet: args.quiet, verb, total, started: Instant::now(), shown: None }
    }

    /// Seconds since the beginning.
    pub(crate) fn elapsed(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Shows the state if the last time was long enough ago.
    pub(crate) fn update(&mut self, frames: u64, written: Option<Written>) {
        let pause = match self.display {
            Display::None => return,
            Display::Plain => PLAIN_EVERY,
            Display::Bar(_) | Display::Json => UPDATE_EVERY,
        };
        if self.shown.unwrap_or(self.started).elapsed() < pause {
            return;
        }
        self.shown = Some(Instant::now());
        let record = record(frames, self.total, written, self.elapsed());
        match &self.display {
            Display::Bar(bar) => {
                bar.set_position(frames);
                bar.set_message(line(&record));
            }
            Display::Plain => eprint_line(&format!("{} {}", self.verb, line(&record))),
            Display::Json => print_json(&record),
            Display::None => {}
        }
    }

    /// Prints a line that is not progress, such as a warning, without tearing the bar.
    pub(crate) fn say(&self, text: &str) {
        match &self.display {
            _ if self.quiet => {}
            Display::Bar(bar) => bar.suspend(|| eprint_line(text)),
            Display::Json => print_json(&Message { schema: SCHEMA, kind: "message", text }),
            Display::Plain | Display::None => eprint_line(text),
        }
    }

    /// Removes the bar; the last JSON line is the final count.
    pub(crate) fn finish(&mut self, frames: u64, written: Option<Written>) {
        match &self.display {
            Display::Bar(bar) => bar.finish_and_clear(),
            Display::Json => print_json(&record(frames, self.total, written, self.elapsed())),
            Display::Plain | Display::None => {}
        }
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (ProgressBar::new(total), "{percent:>3}% [{bar:24}] {msg}"),
        None => (ProgressBar::new_spinner(), "{spinner} {msg}"),
    };
    bar.set_draw_target(ProgressDrawTarget::stderr());
    // The template is fixed, so it is either always right or caught by the first test run.
    bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn record(frames: u64, total: Option<u64>, written: Option<Written>, elapsed: f64) -> Record {
    let fps = frames as f64 / elapsed.max(1e-3);
    let share = total.filter(|&total| total > 0).map(|total| (frames as f64 / total as f64).min(1.0));
    let written = written.filter(|written| written.seconds > 0.0);
    Record {
        schema: SCHEMA,
        kind: "progress",
        frames,
        total,
        percent: share.map(|share| share * 100.0),
        fps,
        kbps: written.map(|w| w.bytes as f64 * 8.0 / 1000.0 / w.seconds),
        bytes: written.map(|w| w.bytes),
        estimated_bytes: written.zip(share).map(|(w, share)| (w.bytes as f64 / share.max(1e-9)) as u64),
        elapsed_seconds: elapsed,
        eta_seconds: share.filter(|&share| share > 0.0).map(|share| elapsed * (1.0 - share) / share),
    }
}

fn line(record: &Record) -> String {
    let mut text = match record.total {
        Some(total) => format!("{}/{} frames", record.frames, total),
        None => format!("{} frames", record.frames),
    };
    if let Some(percent) = record.percent {
        text.push_str(&format!(" ({percent:.0} %)"));
    }
    text.push_str(&format!(", {:.1} fps", record.fps));
    if let Some(kbps) = record.kbps {
        text.push_str(&format!(", {kbps:.1} kb/s"));
    }
    if let Some(size) = record.estimated_bytes {
        text.push_str(&format!(", about {}", bytes(size)));
    }
    if let Some(eta) = record.eta_seconds {
        text.push_str(&format!(", {} left", clock(eta)));
    }
    text
}

fn print_json(record: &impl Serialize) {
    // A record of numbers always has a JSON form; if not, leaving it out is the best that can be done.
    if let Ok(text) = serde_json::to_string(record) {
        eprint_line(&text);
    }
}

/// Prints to standard error; if that is gone, nobody is left to be told.
fn eprint_line(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_what_is_known() {
        let half = record(50, Some(100), Some(Written { bytes: 250_000, seconds: 2.0 }), 10.0);
        assert_eq!(
            (half.percent, half.kbps, half.estimated_bytes),
            (Some(50.0), Some(1000.0), Some(500_000))
        );
        assert_eq!((half.fps, half.eta_seconds), (5.0, Some(10.0)));
        assert_eq!(line(&half), "50/100 frames (50 %), 5.0 fps, 1000.0 kb/s, about 488.28 KiB, 0:10 left");
        let blind = record(0, None, None, 0.0);
        assert_eq!(line(&blind), "0 frames, 0.0 fps");
        let text = serde_json::to_string(&blind).expect("numbers");
        assert!(text.starts_with(r#"{"schema":1,"type":"progress","frames":0,"fps":0.0"#), "{text}");
    }
}
