//! The stream header line: parse and write.

use crate::frame::{ChromaSampling, FrameFormat};
use crate::video::Ratio;
use crate::{Error, Result};

/// First word of every y4m file.
pub(super) const MAGIC: &str = "YUV4MPEG2";

/// Field order, the letter of the `I` parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interlacing {
    /// `Ip`, or no `I` at all.
    Progressive,
    /// `It`.
    TopFieldFirst,
    /// `Ib`.
    BottomFieldFirst,
    /// `Im`: each picture says so itself.
    Mixed,
    /// `I?`.
    Unknown,
}

/// Where 4:2:0 chroma samples lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChromaLocation {
    /// `C420mpeg2`: beside the left luma column, between two rows (`chroma_sample_loc_type` 0).
    Left,
    /// `C420jpeg`: between four luma samples (`chroma_sample_loc_type` 1).
    Centre,
    /// `C420paldv`: on the top left luma sample (`chroma_sample_loc_type` 2).
    TopLeft,
    /// Not said.
    Unspecified,
}

/// Everything the header line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Size, chroma sampling and depth.
    pub format: FrameFormat,
    /// Pictures per second, `None` if missing or `0:0`.
    pub frame_rate: Option<Ratio>,
    /// Shape of a sample, `None` if missing or `0:0`.
    pub sample_aspect_ratio: Option<Ratio>,
    /// Field order.
    pub interlacing: Interlacing,
    /// Position of 4:2:0 chroma samples.
    pub chroma_location: ChromaLocation,
    /// `XCOLORRANGE`: whether samples use the full range; `None` if not said.
    pub full_range: Option<bool>,
}

impl Header {
    /// Header of progressive pictures about which nothing but the format and rate is known.
    pub fn new(format: FrameFormat, frame_rate: Option<Ratio>) -> Self {
        Self {
            format,
            frame_rate,
            sample_aspect_ratio: None,
            interlacing: Interlacing::Progressive,
            chroma_location: ChromaLocation::Unspecified,
            full_range: None,
        }
    }

    /// Parses the header line, without its line feed.
    ///
    /// # Errors
    /// A parameter is missing, repeated with another meaning, malformed or names a format HEVC cannot carry.
    pub(super) fn parse(line: &str) -> Result<Self> {
        let mut words = line.split(' ').filter(|word| !word.is_empty());
        if words.next() != Some(MAGIC) {
            return Err(Error::malformed("y4m header", format!("does not start with {MAGIC}")));
        }
        let (mut width, mut height, mut chroma, mut old_chroma) = (None, None, None, None);
        let mut frame_rate = None;
        let mut sample_aspect_ratio = None;
        let mut interlacing = Interlacing::Progressive;
        let mut full_range = None;
        for word in words {
            let Some((letter, value)) = word.split_at_checked(1) else {
                return Err(Error::malformed(place(word), "parameters are ASCII"));
            };
            match letter {
                "W" => width = Some(dimension(word, value)?),
                "H" => height = Some(dimension(word, value)?),
                "F" => frame_rate = ratio(word, value)?,
                "A" => sample_aspect_ratio = ratio(word, value)?,
                "I" => interlacing = field_order(word, value)?,
                "C" => chroma = Some(chroma_mode(word, value)?),
                "X" => match value.split_once('=') {
                    Some(("YSCSS", mode)) => old_chroma = chroma_mode(word, &mode.to_ascii_lowercase()).ok(),
                    Some(("COLORRANGE", "FULL")) => full_range = Some(true),
                    Some(("COLORRANGE", "LIMITED")) => full_range = Some(false),
                    _ => {}
                },
                _ => return Err(Error::malformed(place(word), "unknown parameter letter")),
            }
        }
        let missing = |letter| Error::malformed("y4m header", format!("parameter {letter} is missing"));
        let width = width.ok_or_else(|| missing('W'))?;
        let height = height.ok_or_else(|| missing('H'))?;
        // Without C the format is 4:2:0 with unsaid position; XYSCSS is what older writers put beside or instead of C.
        let (sampling, bit_depth, chroma_location) =
            chroma.or(old_chroma).unwrap_or((ChromaSampling::Yuv420, 8, ChromaLocation::Unspecified));
        let format = FrameFormat::new(width, height, sampling, bit_depth)?;
        Ok(Self { format, frame_rate, sample_aspect_ratio, interlacing, chroma_location, full_range })
    }

    /// The header line with its line feed.
    pub(super) fn to_line(&self) -> String {
        let rate = self.frame_rate.map_or("0:0".into(), |r| format!("{}:{}", r.num, r.den));
        let aspect = self.sample_aspect_ratio.map_or("0:0".into(), |r| format!("{}:{}", r.num, r.den));
        let field_order = match self.interlacing {
            Interlacing::Progressive => 'p',
            Interlacing::TopFieldFirst => 't',
            Interlacing::BottomFieldFirst => 'b',
            Interlacing::Mixed => 'm',
            Interlacing::Unknown => '?',
        };
        let (width, height) = (self.format.width(), self.format.height());
        let chroma = self.chroma_word();
        let range = match self.full_range {
            Some(true) => " XCOLORRANGE=FULL",
            Some(false) => " XCOLORRANGE=LIMITED",
            None => "",
        };
        format!("{MAGIC} W{width} H{height} F{rate} I{field_order} A{aspect} C{chroma}{range}\n")
    }

    fn chroma_word(&self) -> String {
        let depth = self.format.bit_depth();
        match (self.format.chroma(), depth) {
            (ChromaSampling::Monochrome, 8) => "mono".into(),
            (ChromaSampling::Monochrome, _) => format!("mono{depth}"),
            (ChromaSampling::Yuv420, 8) => match self.chroma_location {
                ChromaLocation::Left => "420mpeg2",
                ChromaLocation::Centre => "420jpeg",
                ChromaLocation::TopLeft => "420paldv",
                ChromaLocation::Unspecified => "420",
            }
            .into(),
            (ChromaSampling::Yuv420, _) => format!("420p{depth} XYSCSS=420P{depth}"),
            (ChromaSampling::Yuv422, 8) => "422".into(),
            (ChromaSampling::Yuv422, _) => format!("422p{depth} XYSCSS=422P{depth}"),
            (ChromaSampling::Yuv444, 8) => "444".into(),
            (ChromaSampling::Yuv444, _) => format!("444p{depth} XYSCSS=444P{depth}"),
        }
    }
}

fn place(word: &str) -> String {
    let shown: String = word.chars().take(40).collect();
    format!("y4m header, parameter \"{}\"", shown.escape_default())
}

fn dimension(word: &str, value: &str) -> Result<usize> {
    match value.parse() {
        Ok(size @ 1..=65535) => Ok(size),
        _ => Err(Error::malformed(place(word), "is not a size in 1..=65535")),
    }
}

fn ratio(word: &str, value: &str) -> Result<Option<Ratio>> {
    let parsed = value.split_once(':').and_then(|(num, den)| Some((num.parse().ok()?, den.parse().ok()?)));
    let Some((num, den)) = parsed else {
        return Err(Error::malformed(place(word), "is not two numbers with a colon between"));
    };
    // 0:0 means unknown; with one 0 it is nonsense that is read the same way.
    Ok(Ratio::new(num, den))
}

fn field_order(word: &str, value: &str) -> Result<Interlacing> {
    match value {
        "p" => Ok(Interlacing::Progressive),
        "t" => Ok(Interlacing::TopFieldFirst),
        "b" => Ok(Interlacing::BottomFieldFirst),
        "m" => Ok(Interlacing::Mixed),
        "?" => Ok(Interlacing::Unknown),
        _ => Err(Error::malformed(place(word), "is not one of Ip, It, Ib, Im, I?")),
    }
}

fn chroma_mode(word: &str, value: &str) -> Result<(ChromaSampling, u8, ChromaLocation)> {
    let (sampling, rest) = if let Some(rest) = value.strip_prefix("mono") {
        (ChromaSampling::Monochrome, rest)
    } else if let Some(rest) = value.strip_prefix("420") {
        (ChromaSampling::Yuv420, rest)
    } else if let Some(rest) = value.strip_prefix("422") {
        (ChromaSampling::Yuv422, rest)
    } else if let Some(rest) = value.strip_prefix("444") {
        (ChromaSampling::Yuv444, rest)
    } else if matches!(value, "411" | "410" | "440") {
        return Err(Error::unsupported(place(word), "a chroma sampling that HEVC does not have"));
    } else {
        return Err(Error::malformed(place(word), "unknown chroma format"));
    };
    let location = match (sampling, rest) {
        (ChromaSampling::Yuv420, "mpeg2") => ChromaLocation::Left,
        (ChromaSampling::Yuv420, "jpeg") => ChromaLocation::Centre,
        (ChromaSampling::Yuv420, "paldv") => ChromaLocation::TopLeft,
        _ => ChromaLocation::Unspecified,
    };
    if rest.is_empty() || location != ChromaLocation::Unspecified {
        return Ok((sampling, 8, location));
    }
    if rest == "alpha" {
        return Err(Error::unsupported(place(word), "an alpha plane"));
    }
    let digits = if sampling == ChromaSampling::Monochrome { Some(rest) } else { rest.strip_prefix('p') };
    match digits.and_then(|digits| digits.parse().ok()) {
        Some(depth @ 8..=16) => Ok((sampling, depth, location)),
        _ => Err(Error::malformed(place(word), "unknown chroma format")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Header {
        Header::parse(line).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    #[test]
    fn every_chroma_word_is_read_and_written_back() {
        for (word, chroma, depth) in [
            ("C420", ChromaSampling::Yuv420, 8),
            ("C420jpeg", ChromaSampling::Yuv420, 8),
            ("C420mpeg2", ChromaSampling::Yuv420, 8),
            ("C420paldv", ChromaSampling::Yuv420, 8),
            ("C420p10", ChromaSampling::Yuv420, 10),
            ("C422", ChromaSampling::Yuv422, 8),
            ("C422p12", ChromaSampling::Yuv422, 12),
            ("C444", ChromaSampling::Yuv444, 8),
            ("C444p16", ChromaSampling::Yuv444, 16),
            ("Cmono", ChromaSampling::Monochrome, 8),
            ("Cmono10", ChromaSampling::Monochrome, 10),
        ] {
            let header = parse(&format!("YUV4MPEG2 W6 H4 {word}"));
            assert_eq!((header.format.chroma(), header.format.bit_depth()), (chroma, depth), "{word}");
            let line = header.to_line();
            assert!(line.contains(word), "{word} in {line}");
            assert_eq!(parse(line.trim_end()), header);
        }
    }

    #[test]
    fn odd_headers_are_accepted() {
        let header = parse("YUV4MPEG2 H4  XCOMMENT W6 It XFOO=1 XCOLORRANGE=FULL");
        assert_eq!(header.frame_rate, None);
        assert_eq!(header.sample_aspect_ratio, None);
        assert_eq!(header.interlacing, Interlacing::TopFieldFirst);
        assert_eq!(header.full_range, Some(true));
        let header = parse("YUV4MPEG2 W6 H4 F60000:2002 A0:0 XYSCSS=420P10");
        assert_eq!(header.frame_rate, Ratio::new(30000, 1001));
        assert_eq!(header.format.bit_depth(), 10);
    }

    #[test]
    fn errors_name_the_parameter() {
        for (line, part) in [
            ("YUV4MPEG", "does not start"),
            ("YUV4MPEG2 H4", "parameter W is missing"),
            ("YUV4MPEG2 W0 H4", "\"W0\""),
            ("YUV4MPEG2 W-6 H4", "\"W-6\""),
            ("YUV4MPEG2 W6 H4 C411", "HEVC does not have"),
            ("YUV4MPEG2 W6 H4 C444alpha", "alpha"),
            ("YUV4MPEG2 W6 H4 C420p7", "unknown chroma"),
            ("YUV4MPEG2 W6 H4 F25", "\"F25\""),
            ("YUV4MPEG2 W6 H4 Iz", "\"Iz\""),
            ("YUV4MPEG2 W6 H4 Q1", "unknown parameter"),
            ("YUV4MPEG2 W6 H4 é", "ASCII"),
        ] {
            let message = Header::parse(line).expect_err(line).to_string();
            assert!(message.contains(part), "{line}: {message}");
        }
    }
}
