//! The command line. Options that belong to the encoder keep the names users of x265 know; their values are checked by
//! the encoder itself, which knows the ranges.

use std::ops::Range;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use rivus_stream::video::Ratio;

use crate::text::{parse_range, parse_rate, parse_size};

const EXIT_CODES: &str = "\
Exit codes:
  0    success
  1    input unreadable or unsupported, output unwritable
  2    wrong options
  3    picture hash mismatch (decode --verify), or different numbers of pictures (compare)
  4    damaged input: what could be decoded was written
  130  interrupted; no unfinished output is left";

/// Encode, decode, inspect and compare HEVC (H.265) video.
#[derive(Debug, Parser)]
#[command(name = "rivus", version, max_term_width = 110, after_help = EXIT_CODES, disable_help_flag = true)]
pub(crate) struct Cli {
    /// Print help
    // clap's own flag spreads every option over three lines where it is spelt out; one line each is enough.
    #[arg(short, long, action = ArgAction::HelpShort, global = true)]
    help: Option<bool>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Encode any video to HEVC
    Encode(Box<EncodeArgs>),
    /// Decode HEVC to uncompressed pictures
    Decode(DecodeArgs),
    /// Show what a HEVC file holds
    Info(InfoArgs),
    /// Measure how far one video is from another
    Compare(CompareArgs),
    /// Encode as x265 does: its flags, its messages; also when the program is called x265
    X265(X265Args),
}

/// How raw `.yuv` input is laid out; it has no header to say so itself.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct RawArgs {
    /// Size of raw .yuv input
    #[arg(long, value_name = "WxH", value_parser = parse_size)]
    pub(crate) input_res: Option<(usize, usize)>,
    /// Bits per sample of raw .yuv input (above 8: two bytes, little endian)
    #[arg(long, value_name = "BITS", default_value_t = 8, value_parser = clap::value_parser!(u8).range(8..=16))]
    pub(crate) input_depth: u8,
    /// Chroma format of raw .yuv input
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Chroma::C420)]
    pub(crate) input_csp: Chroma,
    /// Frame rate; overrides what the input says
    #[arg(long, value_name = "RATE", value_parser = parse_rate)]
    pub(crate) fps: Option<Ratio>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Chroma {
    #[value(name = "400")]
    C400,
    #[default]
    #[value(name = "420")]
    C420,
    #[value(name = "422")]
    C422,
    #[value(name = "444")]
    C444,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SkipPictures {
    /// Nothing
    #[default]
    None,
    /// Those that no other picture can refer to
    Nonref,
    /// All but intra pictures
    Nonintra,
    /// All but random access points
    Nonkey,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressMode {
    /// A bar on a terminal, else plain
    #[default]
    Auto,
    /// A line now and then
    Plain,
    /// A JSON object per line on standard error
    Json,
    /// Nothing
    None,
}

#[derive(Debug, Args)]
pub(crate) struct EncodeArgs {
    /// .y4m, raw .yuv, HEVC, MP4/MOV, - for y4m on standard input, or anything an ffmpeg on PATH can read
    pub(crate) input: PathBuf,
    /// .mp4, or .hevc .h265 .265 .bit for a byte stream; - for standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// ultrafast superfast veryfast faster fast medium slow slower veryslow placebo
    #[arg(short, long, default_value = "medium")]
    pub(crate) preset: String,
    /// Optimise for a measure or a kind of content: psnr, ssim, ...
    #[arg(short, long, value_name = "NAME")]
    pub(crate) tune: Option<String>,

    #[command(flatten)]
    pub(crate) rate: RateArgs,
    #[command(flatten)]
    pub(crate) structure: StructureArgs,
    #[command(flatten)]
    pub(crate) raw: RawArgs,

    /// Skip this many pictures first
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Input")]
    pub(crate) seek: u64,
    /// Encode at most this many pictures
    #[arg(long, value_name = "N", help_heading = "Input")]
    pub(crate) frames: Option<u64>,

    #[command(flatten)]
    pub(crate) report: EncodeReportArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Rate control")]
pub(crate) struct RateArgs {
    /// Constant quality, 0 to 51; lower is better
    #[arg(long, value_name = "N", group = "rate")]
    pub(crate) crf: Option<String>,
    /// Constant quantiser
    #[arg(long, value_name = "N", group = "rate")]
    pub(crate) qp: Option<String>,
    /// Average bit rate
    #[arg(long, value_name = "KBPS", group = "rate")]
    pub(crate) bitrate: Option<String>,
    /// Highest rate at which the decoder's buffer fills
    #[arg(long, value_name = "KBPS", requires = "vbv_bufsize")]
    pub(crate) vbv_maxrate: Option<String>,
    /// Size of the decoder's buffer
    #[arg(long, value_name = "KBIT")]
    pub(crate) vbv_bufsize: Option<String>,
    /// Adaptive quantisation mode
    #[arg(long, value_name = "N")]
    pub(crate) aq_mode: Option<String>,
    /// Adaptive quantisation strength
    #[arg(long, value_name = "X")]
    pub(crate) aq_strength: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Pictures")]
pub(crate) struct StructureArgs {
    /// Longest distance between keyframes
    #[arg(short = 'I', long, value_name = "N")]
    pub(crate) keyint: Option<String>,
    /// Shortest distance between keyframes
    #[arg(long, value_name = "N")]
    pub(crate) min_keyint: Option<String>,
    /// Most B pictures in a row
    #[arg(short, long, value_name = "N")]
    pub(crate) bframes: Option<String>,
    /// Most reference pictures
    #[arg(long = "ref", value_name = "N")]
    pub(crate) reference: Option<String>,
    /// Pictures looked at ahead of time
    #[arg(long, value_name = "N")]
    pub(crate) rc_lookahead: Option<String>,
    /// Pictures never refer across a keyframe
    #[arg(long)]
    pub(crate) no_open_gop: bool,
    /// Bits per sample of the output [default: as the input]
    #[arg(long, value_name = "8|10")]
    pub(crate) output_depth: Option<u8>,
    /// Picture hash SEI: md5, crc or checksum
    #[arg(long, value_name = "KIND")]
    pub(crate) hash: Option<String>,
    /// Threads [default: one per core]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Any other encoder option; may be given again and again
    #[arg(short = 'x', long = "param", value_name = "NAME=VALUE")]
    pub(crate) params: Vec<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Reports")]
pub(crate) struct EncodeReportArgs {
    /// Measure PSNR
    #[arg(long)]
    pub(crate) psnr: bool,
    /// Measure SSIM
    #[arg(long)]
    pub(crate) ssim: bool,
    /// Write a line per picture
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Write the pictures a decoder will show, as .y4m or .yuv
    #[arg(long, value_name = "FILE")]
    pub(crate) recon: Option<PathBuf>,
    /// Print the summary as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the summary as JSON, with times of each stage
    #[arg(long, value_name = "FILE")]
    pub(crate) stats_json: Option<PathBuf>,
    /// Write what was decided for each coding tree unit, and at which cost
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
    /// Trace pictures A to B - 1 in display order [default: all]
    #[arg(long, value_name = "A..B", requires = "trace", value_parser = parse_range)]
    pub(crate) trace_frames: Option<Range<u64>>,
    #[command(flatten)]
    pub(crate) progress: ProgressArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Reports")]
pub(crate) struct ProgressArgs {
    /// How to show progress
    #[arg(long, value_name = "MODE", value_enum, default_value_t = ProgressMode::Auto)]
    pub(crate) progress: ProgressMode,
    /// Say nothing but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DecodeArgs {
    /// HEVC byte stream or MP4/MOV; - for a byte stream on standard input
    pub(crate) input: PathBuf,
    /// .y4m, .yuv, or - for y4m on standard output; without it the pictures are decoded and dropped
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Check picture hash SEI; a mismatch ends with code 3
    #[arg(long)]
    pub(crate) verify: bool,
    /// Print the MD5 of all samples (planar, little endian above 8 bits)
    #[arg(long)]
    pub(crate) md5: bool,
    /// Decode at most this many pictures
    #[arg(long, value_name = "N")]
    pub(crate) frames: Option<u64>,
    /// Pictures that are left out
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = SkipPictures::None)]
    pub(crate) skip: SkipPictures,
    /// Threads [default: one per core]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Frame rate for the y4m header; overrides what the input says
    #[arg(long, value_name = "RATE", value_parser = parse_rate)]
    pub(crate) fps: Option<Ratio>,
    /// Print the summary as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) progress: ProgressArgs,
}

#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    /// HEVC byte stream or MP4/MOV
    pub(crate) input: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// List every picture
    #[arg(long)]
    pub(crate) frames: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Original: y4m, raw .yuv, HEVC, MP4, or anything an ffmpeg on PATH can read
    pub(crate) reference: PathBuf,
    /// What became of it
    pub(crate) distorted: PathBuf,
    /// Compare at most this many pictures
    #[arg(long, value_name = "N")]
    pub(crate) frames: Option<u64>,
    /// Write a line per picture
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) raw: RawArgs,
    #[command(flatten)]
    pub(crate) progress: ProgressArgs,
}

#[derive(Debug, Args)]
pub(crate) struct X265Args {
    /// Flags of x265; see docs/x265.md
    #[arg(value_name = "FLAGS", trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) words: Vec<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn one_rate_mode_at_a_time() {
        let parse = |rest: &[&str]| {
            Cli::try_parse_from(["rivus", "encode", "in.y4m", "-o", "out.mp4"].iter().chain(rest).copied())
        };
        assert!(parse(&["--crf", "24"]).is_ok());
        assert!(parse(&["--crf", "24", "--qp", "30"]).is_err());
        assert!(parse(&["--vbv-maxrate", "1000"]).is_err());
        assert!(parse(&["--bitrate", "900", "--vbv-maxrate", "1000", "--vbv-bufsize", "2000"]).is_ok());
    }

    #[test]
    fn help_fits_a_page() {
        let mut command = Cli::command();
        command.build();
        for name in ["encode", "decode", "info", "compare"] {
            let sub = command.find_subcommand_mut(name).expect("defined");
            let lines = sub.render_help().to_string().lines().count();
            assert!(lines <= 60, "{name}: {lines} lines");
        }
    }
}
