//! `rivus x265`, and `rivus` under the name `x265`: the command line of x265, for scripts that call it.
//!
//! Flags go through the table that the library in place of libx265 uses, too. Exit codes are those of x265 as far as it has them:
//! 1 for flags and files, 2 for an encoder that cannot be.

mod args;
mod report;

use std::ffi::OsString;
use std::path::Path;

use rivus_x265_options::VERSION;

use crate::args::X265Args;
use crate::codec::{Encoder, StreamInfo};
use crate::failure::{DamageLog, Failure, InFile, Result};
use crate::image::{Image, ImageFormat};
use crate::input::{self, PictureSource};
use crate::interrupt::Cleanup;
use crate::output::bitstream::BitstreamWriter;
use args::{ERROR, INFO, Options, Request, WARNING};
use report::{Report, print, say};

/// The program's name and arguments, with flags of x265 behind `x265 --` so that the parser of the other commands leaves them
/// alone. A program called `x265` has only those.
pub(crate) fn separate(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut words = words.peekable();
    let program = words.next().unwrap_or_default();
    let is_x265 = Path::new(&program).file_stem().is_some_and(|name| name == "x265");
    if !is_x265 && words.next_if(|word| word == "x265").is_none() {
        return [program].into_iter().chain(words).collect();
    }
    ["rivus", "x265", "--"].map(OsString::from).into_iter().chain(words).collect()
}

/// Runs the command.
pub(crate) fn run(args: &X265Args, cleanup: &Cleanup) -> Result<()> {
    match args::parse(&args.words)? {
        Request::Help => {
            print(HELP);
            Ok(())
        }
        Request::Version => {
            introduce(INFO);
            Ok(())
        }
        Request::Encode(options) => encode(&options, cleanup),
    }
}

const HELP: &str = "\
Usage: x265 [flags] INPUT [-o] OUTPUT

INPUT is y4m, raw .yuv (with --input-res, --fps, --input-depth), HEVC, MP4, - for standard input, or anything an ffmpeg on
PATH can read; OUTPUT is a HEVC byte stream. Flags are those of x265; docs/x265.md lists what becomes of each.
";

fn introduce(log_level: i32) {
    say(log_level, INFO, format_args!("HEVC encoder version {}", VERSION.to_string_lossy()));
    say(log_level, INFO, "build info [rivus]");
}

/// Skips what `--seek` says and returns the first picture.
fn first_picture(options: &Options, source: &mut dyn PictureSource) -> Result<Image> {
    for _ in 0..options.seek {
        source.next_picture()?;
    }
    let first = source.next_picture()?.map(|picture| picture.image);
    first.ok_or_else(|| Failure::in_file(&options.input, "has no pictures to encode"))
}

fn encode(options: &Options, cleanup: &Cleanup) -> Result<()> {
    let mut source = input::open(&options.input, &options.raw, 0)?;
    let first = first_picture(options, source.as_mut())?;
    let info = source.info().clone();
    let format: ImageFormat = first.format().frame_format(options.depth).in_file(&options.input)?.into();
    let stream = StreamInfo {
        format,
        frame_rate: info.frame_rate,
        tags: info.tags,
        chroma_location: info.chroma_location,
        reconstruct: false,
        times: false,
    };
    let (settings, notes) = &options.settings;
    introduce(options.log_level);
    notes.iter().for_each(|note| say(options.log_level, WARNING, note));
    let settings: Vec<_> = settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let mut encoder = Encoder::open("medium", None, &settings, &stream).map_err(Failure::usage)?;
    let total = info.frames.map(|frames| frames.saturating_sub(options.seek));
    let total = options.frames.into_iter().chain(total).min();
    say(
        options.log_level,
        INFO,
        format_args!("{}, {format}, output file: {}", info.kind, options.output.display()),
    );
    let mut output = BitstreamWriter::annexb(&options.output, cleanup)?;
    let fps = f64::from(info.frame_rate.num) / f64::from(info.frame_rate.den);
    let mut report = Report::open(options, total, fps, cleanup)?;
    let mut log = DamageLog::default();
    let mut next = Some(first);
    let mut count = 0;
    while let Some(image) = next {
        encoder.send(&image, count, false).in_file(&options.input)?;
        drain(&mut encoder, &mut output, &mut report, options)?;
        count += 1;
        if options.frames.is_some_and(|limit| count as u64 >= limit) {
            break;
        }
        next = source.next_picture()?.map(|picture| picture.image);
        log.add(&options.input, source.take_messages(), |line| say(options.log_level, ERROR, line));
    }
    encoder.flush();
    drain(&mut encoder, &mut output, &mut report, options)?;
    output.commit()?;
    report.finish()?;
    log.verdict(&format!("{count} pictures were encoded"))
}

/// Writes all coded pictures that are ready.
fn drain(
    encoder: &mut Encoder,
    output: &mut BitstreamWriter,
    report: &mut Report,
    options: &Options,
) -> Result<()> {
    while let Some(packet) = encoder.receive().in_file(&options.input)? {
        output.write(&packet.data, packet.pts, packet.dts, packet.is_key)?;
        report.add(&packet)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_kept_from_the_other_parser() {
        let separated = |line: &str| -> Vec<String> {
            let words = separate(line.split(' ').map(OsString::from));
            words.into_iter().map(|word| word.into_string().expect("text")).collect()
        };
        assert_eq!(separated("rivus encode a -o x265"), ["rivus", "encode", "a", "-o", "x265"]);
        assert_eq!(separated("rivus x265 --help"), ["rivus", "x265", "--", "--help"]);
        assert_eq!(separated("/bin/x265 a b"), ["rivus", "x265", "--", "a", "b"]);
        assert_eq!(separated("x265.exe a"), ["rivus", "x265", "--", "a"]);
    }
}
