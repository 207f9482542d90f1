//! What fields hold before a program writes to them: x265's documented defaults, which programs may read back.

use crate::layout::{Param, Zero, number};

impl Param {
    /// The defaults for this many bits per sample.
    pub(crate) fn new(depth: i32) -> Self {
        Self {
            wavefront: 1,
            log_level: 2,
            bit_depth: depth,
            chroma_format: number::YUV420,
            high_tier: 1,
            refs: 3,
            annexb: 1,
            info: 1,
            open_gop: 1,
            keyint: 250,
            bframes: 4,
            b_adapt: 2,
            b_pyramid: 1,
            lookahead: 20,
            scenecut: 40,
            ctu: 64,
            min_cu: 8,
            max_tu: 32,
            tu_inter: 1,
            tu_intra: 1,
            sign_hiding: 1,
            strong_intra: 1,
            max_merge: 3,
            subme: 2,
            merange: 57,
            temporal_mvp: 1,
            deblock: 1,
            sao: 1,
            early_skip: 1,
            rskip: 1,
            transfer_sei: -1,
            rate_mode: number::CRF,
            qp: 32,
            qcomp: 0.6,
            ip_ratio: 1.4,
            crf: 28.0,
            aq_mode: 2,
            aq_strength: 1.0,
            vbv_init: 0.9,
            cutree: 1,
            qg_size: 32,
            qpmax: 69,
            video_format: 5,
            primaries: 2,
            transfer: 2,
            matrix: 2,
            ..Self::zeroed()
        }
    }

    /// Defaults, and what a preset and a tune do to the fields that programs may look at. Rivus has presets of its own, so that
    /// their numbers are kept apart from those that programs write.
    pub(crate) fn with_preset(depth: i32, preset: Option<&str>, tune: Option<&str>) -> Option<Self> {
        let number = |option: &str, value: &str, names: &[&str]| {
            let (_, value) = rivus_x265_options::translate(option, Some(value)).ok()?.setting?;
            let index = names.iter().position(|name| *name == value)?;
            u8::try_from(index + 1).ok()
        };
        let mut param = Self::new(depth);
        if let Some(preset) = preset {
            param.own.preset = number("preset", preset, rivus::Preset::NAMES)?;
        }
        if let Some(tune) = tune {
            param.own.tune = number("tune", tune, rivus::Tune::NAMES)?;
            param.show_tune(tune);
        }
        Some(param)
    }

    fn show_tune(&mut self, tune: &str) {
        match tune {
            "psnr" => self.aq_mode = 0,
            "zerolatency" | "zero-latency" => {
                (self.bframes, self.b_adapt, self.lookahead, self.scenecut, self.cutree) = (0, 0, 0, 0, 0);
            }
            "fastdecode" | "fast-decode" => (self.deblock, self.sao) = (0, 0),
            _ => {}
        }
    }
}
