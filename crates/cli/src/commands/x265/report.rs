//! What x265 says while it works and at the end, for the scripts that read it.

use std::fmt::Display;
use std::io::Write;
use std::time::{Duration, Instant};

use rivus_x265_options::Totals;

use super::args::{INFO, Options};
use crate::codec::Packet;
use crate::failure::{InFile, Result};
use crate::interrupt::Cleanup;
use crate::output::OutputFile;

/// Pause between two lines of progress.
const UPDATE_EVERY: Duration = Duration::from_millis(250);
/// Wide enough to wipe a line of progress.
const LINE: usize = 80;

/// Says and writes what there is to say.
#[derive(Debug)]
pub(super) struct Report {
    log_level: i32,
    progress: bool,
    total: Option<u64>,
    totals: Totals,
    coded: u64,
    started: Instant,
    shown: Option<Instant>,
    csv: Option<OutputFile>,
    csv_per_frame: bool,
}

impl Report {
    /// Begins; `total` pictures will come, if that is known, `fps` in a second.
    pub(super) fn open(options: &Options, total: Option<u64>, fps: f64, cleanup: &Cleanup) -> Result<Self> {
        let csv_per_frame = options.csv_level > 0;
        let mut csv = None;
        if let Some(path) = &options.csv {
            let mut file = OutputFile::create(path, cleanup)?;
            let columns = if csv_per_frame {
                "Encode Order, Type, POC, QP, Bits"
            } else {
                "Elapsed Time, FPS, Bitrate, Frames, Avg QP"
            };
            writeln!(file, "{columns}").in_file(path)?;
            csv = Some(file);
        }
        Ok(Self {
            log_level: options.log_level,
            progress: options.progress,
            total,
            totals: Totals::new(fps),
            coded: 0,
            started: Instant::now(),
            shown: None,
            csv,
            csv_per_frame,
        })
    }

    /// Takes note of a coded picture.
    pub(super) fn add(&mut self, packet: &Packet) -> Result<()> {
        self.totals.add(packet.picture_type, packet.data.len(), packet.qp);
        if let Some(csv) = self.csv.as_mut().filter(|_| self.csv_per_frame) {
            let path = csv.path().to_owned();
            let Packet { picture_type, poc, qp, data, .. } = packet;
            let (order, bits) = (self.coded, 8 * data.len());
            writeln!(csv, "{order}, {picture_type}-SLICE, {poc:4}, {qp:2.2}, {bits:10}").in_file(&path)?;
        }
        self.coded += 1;
        if self.progress && self.shown.is_none_or(|shown| shown.elapsed() >= UPDATE_EVERY) {
            self.shown = Some(Instant::now());
            print(format_args!("{}  \r", self.line(self.started.elapsed().as_secs_f64())));
        }
        Ok(())
    }

    /// The line of progress after so many seconds.
    fn line(&self, seconds: f64) -> String {
        let (coded, fps) = (self.coded, self.coded as f64 / seconds.max(1e-3));
        let kbps = self.totals.kbps(&self.totals.all());
        let Some(total) = self.total.filter(|total| *total > 0) else {
            return format!("{coded} frames: {fps:.2} fps, {kbps:.2} kb/s");
        };
        let percent = (100.0 * coded as f64 / total as f64).min(100.0);
        let left = (total.saturating_sub(coded) as f64 / fps.max(1e-3)).min(1e9) as u64;
        let (hours, minutes, seconds) = (left / 3600, left / 60 % 60, left % 60);
        format!(
            "[{percent:.1}%] {coded}/{total} frames, {fps:.2} fps, {kbps:.2} kb/s, eta {hours}:{minutes:02}:{seconds:02}"
        )
    }

    /// The summary, and the end of the CSV file.
    pub(super) fn finish(mut self) -> Result<()> {
        let seconds = self.started.elapsed().as_secs_f64();
        if self.shown.is_some() {
            print(format_args!("{:LINE$}\r", ""));
        }
        if let Some(mut csv) = self.csv.take() {
            let path = csv.path().to_owned();
            if !self.csv_per_frame {
                let all = self.totals.all();
                let (fps, kbps) = (f64::from(all.pictures) / seconds.max(1e-3), self.totals.kbps(&all));
                let (pictures, qp) = (all.pictures, all.mean_qp());
                writeln!(csv, "{seconds:.2}, {fps:.2}, {kbps:.2}, {pictures}, {qp:.2}").in_file(&path)?;
            }
            csv.commit()?;
        }
        if self.log_level >= INFO {
            self.totals.lines().iter().for_each(|text| say(self.log_level, INFO, text));
            print(format_args!("\n{}\n", self.totals.summary(seconds)));
        }
        Ok(())
    }
}

/// Writes a line of this level to standard error, if `limit` lets it pass.
pub(super) fn say(limit: i32, level: i32, text: impl Display) {
    if level <= limit {
        let name = ["error", "warning", "info"][level.clamp(0, INFO) as usize];
        print(format_args!("x265 [{name}]: {text}\n"));
    }
}

/// Writes to standard error at once; if that is gone, nobody is left to be told.
pub(super) fn print(text: impl Display) {
    let mut stderr = std::io::stderr();
    let _ = write!(stderr, "{text}").and_then(|()| stderr.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_the_form_that_scripts_read() {
        let mut report = Report {
            log_level: INFO,
            progress: true,
            total: Some(60),
            totals: Totals::new(25.0),
            coded: 15,
            started: Instant::now(),
            shown: None,
            csv: None,
            csv_per_frame: false,
        };
        report.totals.add('I', 10_000, 20.0);
        assert_eq!(report.line(2.0), "[25.0%] 15/60 frames, 7.50 fps, 2000.00 kb/s, eta 0:00:06");
        report.total = None;
        assert_eq!(report.line(2.0), "15 frames: 7.50 fps, 2000.00 kb/s");
    }
}
