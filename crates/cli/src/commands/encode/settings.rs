//! From command line options to encoder settings, which have the same names.

use crate::args::{EncodeArgs, EncodeReportArgs};
use crate::codec::Setting;
use crate::failure::{Failure, Result};

/// Collects the options that were given; the encoder checks values.
pub(super) fn collect(args: &EncodeArgs) -> Result<Vec<Setting>> {
    let (rate, structure) = (&args.rate, &args.structure);
    let given = [
        ("crf", &rate.crf),
        ("qp", &rate.qp),
        ("bitrate", &rate.bitrate),
        ("vbv-maxrate", &rate.vbv_maxrate),
        ("vbv-bufsize", &rate.vbv_bufsize),
        ("aq-mode", &rate.aq_mode),
        ("aq-strength", &rate.aq_strength),
        ("keyint", &structure.keyint),
        ("min-keyint", &structure.min_keyint),
        ("bframes", &structure.bframes),
        ("ref", &structure.reference),
        ("rc-lookahead", &structure.rc_lookahead),
        ("hash", &structure.hash),
    ];
    let mut settings: Vec<Setting> =
        given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?))).collect();
    if structure.no_open_gop {
        settings.push(("open-gop".into(), "0".into()));
    }
    if let Some(threads) = structure.threads {
        settings.push(("threads".into(), threads.to_string()));
    }
    for param in &structure.params {
        let (name, value) = param
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("--param {param}: must be NAME=VALUE")))?;
        settings.push((name.to_owned(), value.to_owned()));
    }
    Ok(settings)
}

impl EncodeArgs {
    /// Threads for decoding the input, 0 for one per core.
    pub(super) fn threads(&self) -> usize {
        self.structure.threads.unwrap_or(0)
    }
}

impl EncodeReportArgs {
    /// Whether decoded pictures are needed for measuring or writing.
    pub(super) fn wants_reconstruction(&self) -> bool {
        self.psnr || self.ssim || self.recon.is_some()
    }

    /// Whether the encoder shall look at the clock.
    pub(super) fn wants_times(&self) -> bool {
        self.csv.is_some() || self.stats_json.is_some()
    }

    /// Whether picture `number` in display order is traced.
    pub(super) fn traces(&self, number: u64) -> bool {
        self.trace.is_some() && self.trace_frames.as_ref().is_none_or(|range| range.contains(&number))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command};

    fn settings(options: &[&str]) -> Result<Vec<Setting>> {
        let words = ["rivus", "encode", "in.y4m", "-o", "out.mp4"].iter().chain(options).copied();
        let Command::Encode(args) = Cli::try_parse_from(words).expect("legal").command else {
            panic!("not encode");
        };
        collect(&args)
    }

    #[test]
    fn only_what_was_given_is_set() {
        assert_eq!(settings(&[]).expect("legal"), []);
        let set = settings(&["--crf", "24.5", "--ref=3", "--no-open-gop", "-x", "rdoq=0"]).expect("legal");
        let pairs: Vec<_> = set.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("crf", "24.5"), ("ref", "3"), ("open-gop", "0"), ("rdoq", "0")]);
        assert!(settings(&["-x", "rdoq"]).is_err());
    }
}
