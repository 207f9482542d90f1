//! The flags of x265, read as `getopt_long` reads them.

use std::path::PathBuf;

use rivus_x265_options::{Choices, Means, TABLE, find, log_level, profile};

use crate::args::{Chroma, RawArgs};
use crate::failure::{Code, Failure, Result};
use crate::text::{parse_rate, parse_size};

/// Lines with this `logLevel` and above it are shown.
pub(super) const ERROR: i32 = 0;
pub(super) const WARNING: i32 = 1;
pub(super) const INFO: i32 = 2;

/// What is to be done.
#[derive(Debug)]
pub(super) enum Request {
    Help,
    Version,
    Encode(Box<Options>),
}

/// Everything that the flags say.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) input: PathBuf,
    pub(super) output: PathBuf,
    pub(super) raw: RawArgs,
    pub(super) depth: u8,
    pub(super) seek: u64,
    pub(super) frames: Option<u64>,
    pub(super) log_level: i32,
    pub(super) progress: bool,
    pub(super) csv: Option<PathBuf>,
    pub(super) csv_level: u8,
    /// Options of the encoder and their values, and what the user should know.
    pub(super) settings: (Vec<(&'static str, String)>, Vec<String>),
}

/// Flags read so far.
#[derive(Debug)]
struct Reader {
    options: Options,
    choices: Choices,
    files: Vec<PathBuf>,
    profile: Option<String>,
    /// Help or version was asked for.
    answer: Option<Request>,
}

fn refuse(message: impl Into<String>) -> Failure {
    // x265 has this code for a command line that it cannot read.
    Failure::new(Code::Failed, message)
}

/// Reads the flags.
pub(super) fn parse(words: &[String]) -> Result<Request> {
    let mut reader = Reader::new();
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if let Some(long) = word.strip_prefix("--").filter(|long| !long.is_empty()) {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (long, None),
            };
            reader.flag(name, value, &mut words)?;
        } else if let Some(letter) = word.strip_prefix('-').and_then(|rest| rest.chars().next()) {
            let rest = Some(&word[1 + letter.len_utf8()..]).filter(|rest| !rest.is_empty());
            let known = TABLE.iter().find(|entry| entry.letter == Some(letter) && letter != '-');
            match known {
                Some(entry) => reader.flag(entry.name, rest, &mut words)?,
                None if word == "--" => reader.files.extend(words.by_ref().map(PathBuf::from)),
                None => return Err(refuse(format!("there is no option -{letter}"))),
            }
        } else {
            reader.files.push(word.into());
        }
    }
    reader.finish()
}

impl Reader {
    fn new() -> Self {
        Self {
            options: Options {
                input: PathBuf::new(),
                output: PathBuf::new(),
                raw: RawArgs { input_depth: 8, ..RawArgs::default() },
                depth: 8,
                seek: 0,
                frames: None,
                log_level: INFO,
                progress: true,
                csv: None,
                csv_level: 0,
                settings: Default::default(),
            },
            choices: Choices::default(),
            files: Vec::new(),
            profile: None,
            answer: None,
        }
    }

    /// Takes a flag, and from `words` its value if that is not part of the flag.
    fn flag<'a>(
        &mut self,
        name: &str,
        value: Option<&'a str>,
        words: &mut impl Iterator<Item = &'a str>,
    ) -> Result<()> {
        let (entry, negated) = find(name).map_err(|refusal| refuse(refusal.to_string()))?;
        let value = match value {
            None if entry.takes_value && !negated => {
                Some(words.next().ok_or_else(|| refuse(format!("--{name} needs a value")))?)
            }
            given => given,
        };
        if matches!(entry.means, Means::Program) {
            return self.own(entry.name, negated, value.unwrap_or_default());
        }
        self.choices.set(name, value).map_err(|refusal| refuse(refusal.to_string()))
    }

    /// A flag that is not the encoder's.
    fn own(&mut self, name: &str, negated: bool, value: &str) -> Result<()> {
        let wrong = || refuse(format!("--{name}: {value} is not legal"));
        let options = &mut self.options;
        match name {
            "help" | "fullhelp" => self.answer = Some(Request::Help),
            "version" => self.answer = Some(Request::Version),
            "input" => options.input = value.into(),
            "output" => options.output = value.into(),
            "output-depth" => {
                options.depth = value.parse().ok().filter(|d| [8, 10].contains(d)).ok_or_else(wrong)?
            }
            "input-depth" => {
                options.raw.input_depth =
                    value.parse().ok().filter(|d| (8..=16).contains(d)).ok_or_else(wrong)?;
            }
            "input-res" => options.raw.input_res = Some(parse_size(value).map_err(refuse)?),
            "input-csp" => options.raw.input_csp = chroma(value).ok_or_else(wrong)?,
            "fps" => options.raw.fps = Some(parse_rate(value).map_err(refuse)?),
            // 0 is all of them.
            "frames" => {
                options.frames = Some(value.parse().map_err(|_| wrong())?).filter(|frames| *frames > 0)
            }
            "seek" => options.seek = value.parse().map_err(|_| wrong())?,
            "log-level" => options.log_level = log_level(value).ok_or_else(wrong)?,
            "progress" => options.progress = !negated,
            "csv" => options.csv = Some(value.into()),
            "csv-log-level" => options.csv_level = value.parse().map_err(|_| wrong())?,
            "profile" => self.profile = Some(value.to_owned()),
            // The output is a byte stream in any case.
            "annexb" if negated => return Err(wrong()),
            // The input says by its contents what it is, and how long.
            _ => {}
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Request> {
        if let Some(answer) = self.answer {
            return Ok(answer);
        }
        let mut files = self.files.into_iter();
        for place in [&mut self.options.input, &mut self.options.output] {
            if place.as_os_str().is_empty() {
                *place = files.next().unwrap_or_default();
            }
        }
        if let Some(more) = files.next() {
            return Err(refuse(format!("{}: there is an input and an output already", more.display())));
        }
        if self.options.input.as_os_str().is_empty() || self.options.output.as_os_str().is_empty() {
            return Err(refuse("input or output file not given; usage: x265 [flags] INPUT [-o] OUTPUT"));
        }
        if let Some(name) = self.profile {
            let known = profile(&name).filter(|profile| i32::from(self.options.depth) <= profile.depth);
            let known = known.ok_or_else(|| {
                refuse(format!(
                    "--profile: {name} is not written with {} bits per sample",
                    self.options.depth
                ))
            })?;
            if known.is_intra {
                self.choices.set("keyint", Some("1")).map_err(|refusal| refuse(refusal.to_string()))?;
            }
        }
        self.options.settings = self.choices.finish();
        Ok(Request::Encode(Box::new(self.options)))
    }
}

fn chroma(text: &str) -> Option<Chroma> {
    Some(match text {
        "i400" | "0" => Chroma::C400,
        "i420" | "1" => Chroma::C420,
        "i422" | "2" => Chroma::C422,
        "i444" | "3" => Chroma::C444,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Request> {
        parse(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    fn options(line: &str) -> Options {
        match read(line) {
            Ok(Request::Encode(options)) => *options,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn flags_in_all_their_forms() {
        let line = "--y4m -D 10 --preset=slow --tune psnr -f 60 --seek 3 - -o out.hevc --crf 24 --no-open-gop -I48 --no-progress";
        let options = options(line);
        assert_eq!((options.input.to_str(), options.output.to_str()), (Some("-"), Some("out.hevc")));
        assert_eq!((options.depth, options.frames, options.seek, options.progress), (10, Some(60), 3, false));
        let settings: Vec<_> =
            options.settings.0.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(
            settings,
            [("preset", "slow"), ("tune", "psnr"), ("crf", "24"), ("open-gop", "0"), ("keyint", "48")]
        );
        assert!(options.settings.1.is_empty());
    }

    #[test]
    fn raw_input_and_files_in_order() {
        let options =
            options("--input-res 64x48 --fps 30000/1001 --input-depth 10 in.yuv out.265 --tskip --frames 0");
        assert_eq!((options.raw.input_res, options.raw.input_depth), (Some((64, 48)), 10));
        assert_eq!((options.input.to_str(), options.output.to_str()), (Some("in.yuv"), Some("out.265")));
        assert_eq!((options.frames, options.settings.1.len()), (None, 1));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, expected) in [
            ("a b --vbv-maxrat 3", "the nearest is vbv-maxrate"),
            ("a b --crf x", "crf: x is not legal"),
            ("a b --crf", "--crf needs a value"),
            ("a b -Z", "no option -Z"),
            ("a b c", "c: there is an input and an output"),
            ("a", "output file not given"),
            ("a b -D 12", "--output-depth: 12"),
            ("a b --profile main444-8", "--profile: main444-8"),
            ("a b --profile main -D 10", "with 10 bits"),
            ("a b --lossless", "lossless"),
            ("a b --qpfile x", "qpfile"),
        ] {
            let message = read(line).expect_err(line).to_string();
            assert!(message.contains(expected), "{line}: {message}");
        }
        assert!(matches!(read("--version"), Ok(Request::Version)));
        assert!(matches!(read("a -h"), Ok(Request::Help)));
    }
}
