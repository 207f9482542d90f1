//! Presets and tunes: what they set, as tables.

use super::values::{Preset, Tune};

/// Options by preset, from ultrafast to placebo.
#[rustfmt::skip]
const BY_PRESET: &[(&str, [&str; 10])] = &[
    //                  ultra super very  faster fast  medium slow  slower veryslow placebo
    ("ctu",            ["32", "32", "32", "32", "64", "64", "64", "64", "64", "64"]),
    ("min-cu-size",    ["16", "8",  "8",  "8",  "8",  "8",  "8",  "8",  "8",  "8"]),
    ("tu-inter-depth", ["1",  "1",  "1",  "1",  "1",  "1",  "2",  "3",  "3",  "4"]),
    ("tu-intra-depth", ["1",  "1",  "1",  "1",  "1",  "1",  "2",  "3",  "3",  "4"]),
    ("rect",           ["0",  "0",  "0",  "0",  "0",  "0",  "1",  "2",  "2",  "2"]),
    ("rect-layers",    ["2",  "2",  "2",  "2",  "2",  "2",  "8",  "8",  "8",  "8"]),
    ("amp",            ["0",  "0",  "0",  "0",  "0",  "0",  "0",  "1",  "1",  "1"]),
    ("max-merge",      ["2",  "2",  "2",  "2",  "3",  "5",  "5",  "5",  "5",  "5"]),
    ("merge-rd",       ["1",  "1",  "1",  "1",  "1",  "1",  "2",  "2",  "3",  "5"]),
    ("inter-rd",       ["0",  "0",  "0",  "0",  "0",  "0",  "1",  "1",  "1",  "1"]),
    ("intra-rd",       ["1",  "1",  "1",  "3",  "3",  "3",  "4",  "5",  "8",  "8"]),
    ("intra-rd-inter", ["1",  "1",  "1",  "1",  "1",  "2",  "2",  "3",  "3",  "5"]),
    ("intra-all",      ["0",  "0",  "0",  "0",  "0",  "0",  "0",  "0",  "1",  "1"]),
    ("chroma-rd",      ["0",  "0",  "0",  "0",  "0",  "0",  "1",  "1",  "1",  "1"]),
    ("intra-nxn",      ["0",  "0",  "0",  "0",  "0",  "0",  "1",  "1",  "1",  "1"]),
    ("me-steps",       ["4",  "8",  "8",  "8",  "8",  "8",  "16", "24", "32", "64"]),
    ("subme",          ["0",  "1",  "1",  "1",  "1",  "2",  "4",  "4",  "4",  "5"]),
    ("bi-rounds",      ["0",  "0",  "0",  "0",  "1",  "1",  "2",  "2",  "2",  "3"]),
    ("lean-top",       ["1",  "1",  "1",  "1",  "1",  "1",  "0",  "0",  "0",  "0"]),
    ("rich-base",      ["0",  "0",  "0",  "1",  "3",  "3",  "0",  "0",  "0",  "0"]),
    ("ref",            ["1",  "1",  "1",  "1",  "2",  "2",  "2",  "2",  "2",  "2"]),
    ("rskip",          ["4",  "4",  "3",  "4",  "3",  "3",  "2",  "1",  "1",  "0"]),
    ("early-skip",     ["3",  "3",  "2",  "3",  "2",  "2",  "1",  "1",  "1",  "0"]),
    ("rdoq",           ["0",  "0",  "0",  "0",  "1",  "1",  "1",  "1",  "1",  "1"]),
    ("signhide",       ["0",  "0",  "1",  "1",  "1",  "1",  "1",  "1",  "1",  "1"]),
    ("sao",            ["0",  "1",  "1",  "1",  "1",  "1",  "1",  "1",  "1",  "1"]),
    ("mctf",           ["0",  "0",  "1",  "1",  "1",  "1",  "1",  "1",  "1",  "1"]),
    ("rc-lookahead",   ["17", "20", "24", "24", "33", "40", "49", "60", "60", "60"]),
];

/// Options by tune.
const BY_TUNE: &[(Tune, &[(&str, &str)])] = &[
    (Tune::Psnr, &[("aq-mode", "0")]),
    (Tune::Ssim, &[("aq-mode", "2"), ("aq-strength", "0.9")]),
    (Tune::Vmaf, &[("aq-mode", "0")]),
    (
        Tune::ZeroLatency,
        &[("bframes", "0"), ("rc-lookahead", "0"), ("scenecut", "0"), ("cutree", "0"), ("adaptive-gop", "0")],
    ),
    (Tune::FastDecode, &[("deblock", "0"), ("sao", "0")]),
];

/// What `preset` sets.
pub(super) fn preset(preset: Preset) -> impl Iterator<Item = (&'static str, &'static str)> {
    BY_PRESET.iter().map(move |(name, values)| (*name, values[preset as usize]))
}

/// What `tune` sets.
pub(super) fn tune(tune: Tune) -> impl Iterator<Item = (&'static str, &'static str)> {
    BY_TUNE.iter().filter(move |row| row.0 == tune).flat_map(|row| row.1.iter().copied())
}
