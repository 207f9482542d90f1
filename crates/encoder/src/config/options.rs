//! The table of options: from it come the settings, the checks, and the help of command lines.

use super::legal::{Legal, OptionValue};
use super::values::{
    ContentLight, Deblock, Hash, LevelIdc, MasteringDisplay, Preset, Range, Ratio, Size, Tune,
};
use rivus_kernels::Tier;

/// One option: its name, what it accepts, and what it does.
#[derive(Clone, Copy, Debug)]
pub struct OptionInfo {
    /// Name, in lower case with hyphens.
    pub name: &'static str,
    /// Heading under which help lists it.
    pub group: &'static str,
    /// What it accepts.
    pub legal: Legal,
    help: &'static str,
    get: fn(&Settings, &Legal) -> String,
    set: fn(&mut Settings, &str, &Legal) -> bool,
}

impl OptionInfo {
    /// One sentence on what the option does.
    pub fn help(&self) -> &'static str {
        self.help.trim()
    }

    /// The value it has if nobody sets it and no preset or tune does.
    pub fn default(&self) -> String {
        self.get(&Settings::default())
    }

    /// Its value in `settings`.
    pub fn get(&self, settings: &Settings) -> String {
        (self.get)(settings, &self.legal)
    }

    /// Sets it in `settings`; false, with `settings` unchanged, if the value is not legal.
    pub(super) fn set(&self, settings: &mut Settings, value: &str) -> bool {
        (self.set)(settings, value, &self.legal)
    }
}

macro_rules! options {
    ($($group:literal {
        $($(#[doc = $help:literal])+ $name:literal $field:ident: $ty:ty = $default:expr, $legal:expr;)+
    })+) => {
        /// All options with their final values.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Settings {
            $($($(#[doc = $help])+ pub $field: $ty,)+)+
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($($field: $default,)+)+ }
            }
        }

        /// All options, in the order of help.
        pub(super) static OPTIONS: &[OptionInfo] = &[$($(OptionInfo {
            name: $name,
            group: $group,
            legal: $legal,
            help: concat!($($help),+),
            get: |settings, legal| settings.$field.text(legal),
            set: |settings, text, legal| match <$ty as OptionValue>::parse(text, legal) {
                Some(value) => {
                    settings.$field = value;
                    true
                }
                None => false,
            },
        },)+)+];
    };
}

/// colour_primaries (table E.3).
const PRIMARIES: Legal = Legal::Code(&[
    ("bt709", 1),
    ("unknown", 2),
    ("bt470m", 4),
    ("bt470bg", 5),
    ("smpte170m", 6),
    ("smpte240m", 7),
    ("film", 8),
    ("bt2020", 9),
    ("smpte428", 10),
    ("smpte431", 11),
    ("smpte432", 12),
]);

/// transfer_characteristics (table E.4).
const TRANSFER: Legal = Legal::Code(&[
    ("bt709", 1),
    ("unknown", 2),
    ("bt470m", 4),
    ("bt470bg", 5),
    ("smpte170m", 6),
    ("smpte240m", 7),
    ("linear", 8),
    ("log100", 9),
    ("log316", 10),
    ("iec61966-2-4", 11),
    ("bt1361e", 12),
    ("iec61966-2-1", 13),
    ("bt2020-10", 14),
    ("bt2020-12", 15),
    ("smpte2084", 16),
    ("smpte428", 17),
    ("arib-std-b67", 18),
]);

/// matrix_coeffs (table E.5).
const MATRIX: Legal = Legal::Code(&[
    ("gbr", 0),
    ("bt709", 1),
    ("unknown", 2),
    ("fcc", 4),
    ("bt470bg", 5),
    ("smpte170m", 6),
    ("smpte240m", 7),
    ("ycgco", 8),
    ("bt2020nc", 9),
    ("bt2020c", 10),
    ("smpte2085", 11),
    ("chroma-derived-nc", 12),
    ("chroma-derived-c", 13),
    ("ictcp", 14),
]);

const QP: Legal = Legal::Int(0, 51);
const RATE: Legal = Legal::Int(0, 800_000);

options! {
    "Input" {
        /// Width and height of the pictures.
        "input-res" size: Size = Size::default(), Size::LEGAL;
        /// Pictures per second.
        "fps" fps: Ratio = Ratio { num: 25, den: 1 }, Ratio::RATE;
        /// Bits per sample of the coded video; pictures of other depths are converted.
        "output-depth" output_depth: u8 = 8, Legal::Numbers(&[8, 10]);
    }
    "Presets" {
        /// How much time the search may take.
        "preset" preset: Preset = Preset::Medium, Legal::Words(Preset::NAMES);
        /// What to optimise for.
        "tune" tune: Tune = Tune::Default, Legal::Words(Tune::NAMES);
    }
    "Rate control" {
        /// Constant quality: the QP at which a moving picture of layer 0 would be coded.
        "crf" crf: f64 = 28.0, Legal::Float(0.0, 51.0);
        /// Constant QP of layer 0 instead of constant quality.
        "qp" qp: Option<u8> = None, Legal::Auto(&QP);
        /// Average bit rate in kbit/s instead of constant quality; 0 is none.
        "bitrate" bitrate: u32 = 0, RATE;
        /// Rate at which the decoder's buffer fills, in kbit/s; 0 is unlimited.
        "vbv-maxrate" vbv_maxrate: u32 = 0, RATE;
        /// Size of the decoder's buffer in kbit; 0 is unlimited.
        "vbv-bufsize" vbv_bufsize: u32 = 0, RATE;
        /// How full the buffer is before the first picture is decoded, as a fraction of its size.
        "vbv-init" vbv_init: f64 = 0.9, Legal::Float(0.05, 1.0);
        /// Lowest QP.
        "qpmin" qpmin: u8 = 0, QP;
        /// Highest QP.
        "qpmax" qpmax: u8 = 51, QP;
        /// How far quality may vary with complexity: 0 constant rate, 1 constant quantiser.
        "qcomp" qcomp: f64 = 0.6, Legal::Float(0.0, 1.0);
        /// QP of intra pictures relative to other pictures of layer 0.
        "intra-offset" intra_offset: f64 = -3.0, Legal::Float(-12.0, 6.0);
        /// Factor on the QP offsets of the layers of the hierarchy.
        "cascade" cascade: f64 = 1.0, Legal::Float(0.0, 2.0);
        /// Adaptive quantisation: 0 off, 1 variance, 2 variance relative to the picture, 3 the same, favouring dark areas.
        "aq-mode" aq_mode: u8 = 2, Legal::Int(0, 3);
        /// Strength of adaptive quantisation.
        "aq-strength" aq_strength: f64 = 0.6, Legal::Float(0.0, 3.0);
        /// Lower QP for blocks that later pictures are predicted from.
        "cutree" cutree: bool = true, Legal::Flag;
        /// Factor on what cutree does.
        "cutree-strength" cutree_strength: f64 = 1.0, Legal::Float(0.0, 3.0);
        /// Smallest square with a QP of its own.
        "qg-size" qg_size: u8 = 32, Legal::Numbers(&[8, 16, 32, 64]);
        /// Pictures may bring QP offsets of blocks even if neither adaptive quantisation nor cutree makes QP vary.
        "roi" roi: bool = false, Legal::Flag;
        /// QP of Cb relative to luma.
        "cb-qp-offset" cb_qp_offset: i8 = 0, Legal::Int(-12, 12);
        /// QP of Cr relative to luma.
        "cr-qp-offset" cr_qp_offset: i8 = 0, Legal::Int(-12, 12);
    }
    "Pictures" {
        /// Strength of the temporal filter of pictures that others are predicted from; 0 is off, 1 is usual.
        "mctf" mctf: f64 = 1.0, Legal::Float(0.0, 2.0);
        /// Most pictures from one keyframe to the next; 0 codes only the first picture as a keyframe.
        "keyint" keyint: u32 = 250, Legal::Int(0, 100_000);
        /// Fewest pictures from one keyframe to the next; auto is a tenth of keyint, a second at most.
        "min-keyint" min_keyint: Option<u32> = None, Legal::Auto(&Legal::Int(1, 100_000));
        /// Keyframes may be followed by pictures that are shown before them and refer to older ones.
        "open-gop" open_gop: bool = true, Legal::Flag;
        /// Keyframes where the scene changes: 0 off, more is more sensitive.
        "scenecut" scenecut: u8 = 40, Legal::Int(0, 100);
        /// Most B pictures in a row; with n of them groups have the largest power of two of pictures up to n + 1.
        "bframes" bframes: u8 = 15, Legal::Int(0, 16);
        /// Groups may be shorter where motion asks for it.
        "adaptive-gop" adaptive_gop: bool = true, Legal::Flag;
        /// Reference pictures per list of key pictures.
        "ref" refs: u8 = 2, Legal::Int(1, 4);
        /// Reference pictures per list of the pictures between key pictures.
        "ref-b" refs_b: u8 = 1, Legal::Int(1, 4);
        /// References of another brightness, in fades and flashes, are predicted from with weights and offsets.
        "weighted" weighted: bool = true, Legal::Flag;
        /// Pictures looked at before one is coded.
        "rc-lookahead" rc_lookahead: u16 = 40, Legal::Int(0, 250);
        /// Layers of the hierarchy become temporal sub-layers that a server may drop.
        "temporal-layers" temporal_layers: bool = false, Legal::Flag;
    }
    "Search" {
        /// Size of coding tree units.
        "ctu" ctu: u8 = 64, Legal::Numbers(&[16, 32, 64]);
        /// Smallest coding units.
        "min-cu-size" min_cu_size: u8 = 8, Legal::Numbers(&[8, 16, 32]);
        /// Depth of transform trees in inter coding units; 1 does not split.
        "tu-inter-depth" tu_inter_depth: u8 = 1, Legal::Int(1, 5);
        /// Depth of transform trees in intra coding units; 1 does not split.
        "tu-intra-depth" tu_intra_depth: u8 = 1, Legal::Int(1, 5);
        /// Coding units of two rectangular parts: 0 none, 1 where the cost leaves room for a gain and a split is not sure, 2
        /// always.
        "rect" rect: u8 = 0, Legal::Int(0, 2);
        /// Pictures of how many temporal layers, from the lowest on, have such units.
        "rect-layers" rect_layers: u8 = 2, Legal::Int(0, 8);
        /// Asymmetric prediction units; needs rect.
        "amp" amp: bool = false, Legal::Flag;
        /// Merge candidates.
        "max-merge" max_merge: u8 = 3, Legal::Int(1, 5);
        /// Merge candidates that are compared by rate and distortion.
        "merge-rd" merge_rd: u8 = 1, Legal::Int(1, 5);
        /// Explicit motion that costs more than the best by prediction error is compared by rate and distortion too.
        "inter-rd" inter_rd: bool = false, Legal::Flag;
        /// Intra modes of intra pictures that are compared by rate and distortion.
        "intra-rd" intra_rd: u8 = 3, Legal::Int(1, 35);
        /// Intra modes of other pictures that are compared by rate and distortion.
        "intra-rd-inter" intra_rd_inter: u8 = 1, Legal::Int(1, 35);
        /// All intra modes are compared by prediction error, not only those around the best of a coarse grid.
        "intra-all" intra_all: bool = false, Legal::Flag;
        /// Intra modes of chroma are compared by rate and distortion, not by prediction error.
        "chroma-rd" chroma_rd: bool = false, Legal::Flag;
        /// Intra coding units of four parts outside intra pictures.
        "intra-nxn" intra_nxn_inter: bool = false, Legal::Flag;
        /// Moves of the whole-sample motion search at most.
        "me-steps" me_steps: u8 = 8, Legal::Int(1, 255);
        /// Farthest motion, in samples.
        "merange" merange: u16 = 2048, Legal::Int(4, 2048);
        /// Effort of motion search below whole samples.
        "subme" subme: u8 = 1, Legal::Int(0, 5);
        /// Rounds of refinement of bi-prediction.
        "bi-rounds" bi_rounds: u8 = 1, Legal::Int(0, 8);
        /// Less effort for pictures that no other refers to: no SAO, no refinement of bi-prediction, fewer vectors.
        "lean-top" lean_top: bool = true, Legal::Flag;
        /// More effort (RDOQ, finer vectors, more splits, intra NxN) for what others are predicted from: 0 none, 1 intra
        /// pictures, n reference pictures of the lowest n - 1 temporal layers as well.
        "rich-base" rich_base: u8 = 2, Legal::Int(0, 8);
        /// Motion vectors are predicted from those of earlier pictures.
        "temporal-mvp" temporal_mvp: bool = true, Legal::Flag;
        /// Smaller coding units and transform units are not tried where they are likely to gain little: 0 always tried, from 1 to 4
        /// ever less.
        "rskip" rskip: u8 = 3, Legal::Int(0, 4);
        /// Explicit motion is not searched where merging is likely to leave little to gain: 0 always searched, from 1 to 3 ever
        /// less.
        "early-skip" early_skip: u8 = 2, Legal::Int(0, 3);
        /// Quantisation by rate and distortion.
        "rdoq" rdoq: bool = false, Legal::Flag;
        /// Signs hidden in the parity of sums.
        "signhide" sign_hiding: bool = true, Legal::Flag;
        /// Smoothing of large flat intra blocks.
        "strong-intra-smoothing" strong_intra_smoothing: bool = true, Legal::Flag;
    }
    "Loop filters" {
        /// Deblocking, on or off, or with offsets.
        "deblock" deblock: Deblock = Deblock::ON, Deblock::LEGAL;
        /// Sample adaptive offset.
        "sao" sao: bool = true, Legal::Flag;
    }
    "Stream" {
        /// Level that must be kept; auto takes the lowest one that fits.
        "level" level: Option<LevelIdc> = None, Legal::Auto(&LevelIdc::LEGAL);
        /// High tier: more bits at the same level.
        "high-tier" high_tier: bool = false, Legal::Flag;
        /// Buffer model in the stream; auto writes it if there is a buffer.
        "hrd" hrd: Option<bool> = None, Legal::Auto(&Legal::Flag);
        /// Access unit delimiters.
        "aud" aud: bool = false, Legal::Flag;
        /// Parameter sets before every keyframe instead of only the first.
        "repeat-headers" repeat_headers: bool = true, Legal::Flag;
        /// Hash of every picture, for decoders to check.
        "hash" hash: Hash = Hash::None, Legal::Words(Hash::NAMES);
        /// The encoder's version and options in the stream.
        "info" info: bool = true, Legal::Flag;
        /// Rows of coding tree units can be decoded at the same time, for a few more bits.
        "wpp" wpp: bool = false, Legal::Flag;
    }
    "Colour" {
        /// Range of sample values.
        "range" range: Range = Range::Auto, Legal::Words(Range::NAMES);
        /// Colour primaries.
        "colorprim" colorprim: u8 = 2, PRIMARIES;
        /// Transfer characteristics.
        "transfer" transfer: u8 = 2, TRANSFER;
        /// Matrix coefficients.
        "colormatrix" colormatrix: u8 = 2, MATRIX;
        /// Position of chroma samples (figure E.1).
        "chromaloc" chromaloc: Option<u8> = None, Legal::Auto(&Legal::Int(0, 5));
        /// Width to height of a sample.
        "sar" sar: Option<Ratio> = None, Legal::Auto(&Ratio::SHAPE);
        /// Display on which the colours were chosen.
        "master-display" master_display: Option<MasteringDisplay> = None, Legal::Auto(&MasteringDisplay::LEGAL);
        /// Brightest sample and picture.
        "max-cll" max_cll: Option<ContentLight> = None, Legal::Auto(&ContentLight::LEGAL);
    }
    "Performance" {
        /// Threads; auto is one per core.
        "threads" threads: Option<u16> = None, Legal::Auto(&Legal::Int(1, 256));
        /// Best kernels that may be used.
        "tier" tier: Option<Tier> = None, Legal::Auto(&Legal::Words(&["scalar", "baseline", "avx2", "avx512"]));
        /// Packets carry the decoded picture.
        "recon" recon: bool = false, Legal::Flag;
        /// Packets carry the time that every stage took.
        "times" times: bool = false, Legal::Flag;
    }
}
