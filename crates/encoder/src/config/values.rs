//! Types of options that are neither numbers nor flags.

use super::legal::{Legal, OptionValue};
use rivus_kernels::Tier;
use rivus_picture::hash::HashMethod;

/// An enumeration whose variants are words on the command line.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
        }

        impl $name {
            /// All values, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Their names, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($word),+];

            /// The name of the value.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl OptionValue for $name {
            fn parse(text: &str, _: &Legal) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == text)
            }

            fn text(&self, _: &Legal) -> String {
                self.name().to_owned()
            }
        }
    };
}

words! {
    /// How much time the search may take.
    Preset {
        /// The fastest.
        Ultrafast = "ultrafast",
        /// Still real time on little machines.
        Superfast = "superfast",
        /// Fast.
        Veryfast = "veryfast",
        /// Somewhat faster than fast.
        Faster = "faster",
        /// Half of medium's time.
        Fast = "fast",
        /// The default.
        Medium = "medium",
        /// Twice the time of medium.
        Slow = "slow",
        /// For stored video.
        Slower = "slower",
        /// For stored video that is watched often.
        Veryslow = "veryslow",
        /// Everything there is.
        Placebo = "placebo",
    }
}

words! {
    /// What to optimise for.
    Tune {
        /// Viewing.
        Default = "default",
        /// Peak signal-to-noise ratio.
        Psnr = "psnr",
        /// Structural similarity.
        Ssim = "ssim",
        /// VMAF.
        Vmaf = "vmaf",
        /// Delay of a picture or less: no reordering, no lookahead.
        ZeroLatency = "zerolatency",
        /// Cheap decoding: no in-loop filters.
        FastDecode = "fastdecode",
    }
}

words! {
    /// Picture hash in every access unit.
    Hash {
        /// No hash.
        None = "none",
        /// MD5, 16 bytes per plane.
        Md5 = "md5",
        /// CRC, 2 bytes per plane.
        Crc = "crc",
        /// Checksum, 4 bytes per plane.
        Checksum = "checksum",
    }
}

impl Hash {
    /// The method, if there is to be a hash.
    pub const fn method(self) -> Option<HashMethod> {
        match self {
            Self::None => None,
            Self::Md5 => Some(HashMethod::Md5),
            Self::Crc => Some(HashMethod::Crc),
            Self::Checksum => Some(HashMethod::Checksum),
        }
    }
}

words! {
    /// Range of sample values.
    Range {
        /// Not said.
        Auto = "auto",
        /// 16..=235 for luma of 8 bits.
        Limited = "limited",
        /// 0..=255 for luma of 8 bits.
        Full = "full",
    }
}

impl OptionValue for Tier {
    fn parse(text: &str, _: &Legal) -> Option<Self> {
        text.parse().ok()
    }

    fn text(&self, _: &Legal) -> String {
        self.name().to_owned()
    }
}

/// Width and height of the pictures in luma samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Width, 1..=8192; 0 before it is set.
    pub width: u32,
    /// Height, 1..=8192, with at most 8192x4320 samples; 0 before it is set.
    pub height: u32,
}

impl Size {
    /// Most luma samples: MaxLumaPs of level 6.2.
    const MAX_SAMPLES: u32 = 35_651_584;
    /// Legal values.
    pub(super) const LEGAL: Legal = Legal::Form("WIDTHxHEIGHT, each in 1..=8192, at most 35651584 samples");
}

impl OptionValue for Size {
    fn parse(text: &str, _: &Legal) -> Option<Self> {
        let (width, height) = text.split_once('x')?;
        let size = Self { width: width.parse().ok()?, height: height.parse().ok()? };
        let side = 1..=8192;
        (side.contains(&size.width)
            && side.contains(&size.height)
            && size.width * size.height <= Self::MAX_SAMPLES)
            .then_some(size)
    }

    fn text(&self, _: &Legal) -> String {
        self.to_string()
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// A ratio of two positive numbers: pictures per second, or the shape of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    /// Numerator, not 0.
    pub num: u32,
    /// Denominator, not 0.
    pub den: u32,
}

impl Ratio {
    /// Legal values as a frame rate.
    pub(super) const RATE: Legal = Legal::Form("a frame rate such as 25, 29.97 or 30000/1001, at most 1000");
    /// Legal values as a shape.
    pub(super) const SHAPE: Legal = Legal::Form("a shape such as 16:11, each in 1..=65535");

    /// The quotient.
    pub fn value(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }

    /// A decimal number; the rates of NTSC become the fractions they stand for.
    fn decimal(text: &str) -> Option<Self> {
        let value: f64 = text.parse().ok().filter(|v| (0.001..=1000.0).contains(v))?;
        for num in [24_000, 30_000, 48_000, 60_000, 120_000] {
            if (value - f64::from(num) / 1001.0).abs() < 0.005 {
                return Some(Self { num, den: 1001 });
            }
        }
        let den = if value.fract() == 0.0 { 1 } else { 1000 };
        Some(Self { num: (value * f64::from(den)).round() as u32, den })
    }
}

impl OptionValue for Ratio {
    fn parse(text: &str, legal: &Legal) -> Option<Self> {
        if *legal != Self::SHAPE && !text.contains('/') && !text.contains(':') {
            return Self::decimal(text);
        }
        let (num, den) = text.split_once(['/', ':'])?;
        let ratio = Self { num: num.parse().ok()?, den: den.parse().ok()? };
        let is_legal = if *legal == Self::SHAPE {
            let side = 1..=65535;
            side.contains(&ratio.num) && side.contains(&ratio.den)
        } else {
            ratio.num > 0 && ratio.den > 0 && (0.001..=1000.0).contains(&ratio.value())
        };
        is_legal.then_some(ratio)
    }

    fn text(&self, legal: &Legal) -> String {
        match (self.den, *legal == Self::SHAPE) {
            (_, true) => format!("{}:{}", self.num, self.den),
            (1, false) => self.num.to_string(),
            (_, false) => format!("{}/{}", self.num, self.den),
        }
    }
}

/// Level of the stream (A.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LevelIdc(pub u8);

impl LevelIdc {
    /// general_level_idc of the levels there are: thirty times the level.
    pub(crate) const ALL: [Self; 13] = [
        Self(30),
        Self(60),
        Self(63),
        Self(90),
        Self(93),
        Self(120),
        Self(123),
        Self(150),
        Self(153),
        Self(156),
        Self(180),
        Self(183),
        Self(186),
    ];
    /// Legal values.
    pub(super) const LEGAL: Legal = Legal::Form("a level from 1 to 6.2, such as 4.1");
}

impl std::fmt::Display for LevelIdc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 % 30 {
            0 => write!(f, "{}", self.0 / 30),
            minor => write!(f, "{}.{}", self.0 / 30, minor / 3),
        }
    }
}

impl OptionValue for LevelIdc {
    fn parse(text: &str, _: &Legal) -> Option<Self> {
        let value: f64 = text.parse().ok()?;
        Self::ALL.into_iter().find(|level| (f64::from(level.0) / 30.0 - value).abs() < 1e-9)
    }

    fn text(&self, _: &Legal) -> String {
        self.to_string()
    }
}

/// Deblocking filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deblock {
    /// Whether pictures are deblocked.
    pub enabled: bool,
    /// slice_tc_offset_div2, -6..=6.
    pub tc_offset: i8,
    /// slice_beta_offset_div2, -6..=6.
    pub beta_offset: i8,
}

impl Deblock {
    /// On, without offsets.
    pub(super) const ON: Self = Self { enabled: true, tc_offset: 0, beta_offset: 0 };
    /// Legal values.
    pub(super) const LEGAL: Legal = Legal::Form("0, 1, or offsets TC:BETA, each in -6..=6");
}

impl OptionValue for Deblock {
    fn parse(text: &str, legal: &Legal) -> Option<Self> {
        let Some((tc, beta)) = text.split_once([':', ',']) else {
            return bool::parse(text, legal).map(|enabled| Self { enabled, ..Self::ON });
        };
        let offset = |text: &str| text.parse().ok().filter(|v| (-6..=6).contains(v));
        Some(Self { enabled: true, tc_offset: offset(tc)?, beta_offset: offset(beta)? })
    }

    fn text(&self, _: &Legal) -> String {
        match self {
            Self { enabled: false, .. } => "0".to_owned(),
            &Self::ON => "1".to_owned(),
            Self { tc_offset, beta_offset, .. } => format!("{tc_offset}:{beta_offset}"),
        }
    }
}

/// Mastering display colour volume (D.3.28).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MasteringDisplay {
    /// Chromaticity (x, y) of green, blue and red, in units of 0.00002.
    pub primaries: [(u16, u16); 3],
    /// Chromaticity (x, y) of the white point, in units of 0.00002.
    pub white_point: (u16, u16),
    /// Highest luminance in units of 0.0001 cd/m2.
    pub max_luminance: u32,
    /// Lowest luminance in units of 0.0001 cd/m2.
    pub min_luminance: u32,
}

impl MasteringDisplay {
    /// Legal values.
    pub(super) const LEGAL: Legal =
        Legal::Form("G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min), in units of 0.00002 and 0.0001 cd/m2");
}

/// The two numbers in the parentheses after `name`, and what follows.
fn pair<'a, T: std::str::FromStr>(text: &'a str, name: &str) -> Option<((T, T), &'a str)> {
    let (numbers, rest) = text.strip_prefix(name)?.strip_prefix('(')?.split_once(')')?;
    let (a, b) = numbers.split_once(',')?;
    Some(((a.trim().parse().ok()?, b.trim().parse().ok()?), rest))
}

impl OptionValue for MasteringDisplay {
    fn parse(text: &str, _: &Legal) -> Option<Self> {
        let (green, text) = pair(text, "G")?;
        let (blue, text) = pair(text, "B")?;
        let (red, text) = pair(text, "R")?;
        let (white_point, text) = pair(text, "WP")?;
        let ((max_luminance, min_luminance), text) = pair(text, "L")?;
        (text.is_empty() && min_luminance <= max_luminance).then_some(Self {
            primaries: [green, blue, red],
            white_point,
            max_luminance,
            min_luminance,
        })
    }

    fn text(&self, _: &Legal) -> String {
        let [g, b, r] = self.primaries;
        let wp = self.white_point;
        format!(
            "G({},{})B({},{})R({},{})WP({},{})L({},{})",
            g.0, g.1, b.0, b.1, r.0, r.1, wp.0, wp.1, self.max_luminance, self.min_luminance
        )
    }
}

/// Content light level (D.3.35).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentLight {
    /// max_content_light_level in cd/m2.
    pub max_content: u16,
    /// max_pic_average_light_level in cd/m2.
    pub max_average: u16,
}

impl ContentLight {
    /// Legal values.
    pub(super) const LEGAL: Legal = Legal::Form("MAXCLL,MAXFALL in cd/m2, each in 0..=65535");
}

impl OptionValue for ContentLight {
    fn parse(text: &str, _: &Legal) -> Option<Self> {
        let (a, b) = text.split_once(',')?;
        Some(Self { max_content: a.parse().ok()?, max_average: b.parse().ok()? })
    }

    fn text(&self, _: &Legal) -> String {
        format!("{},{}", self.max_content, self.max_average)
    }
}
