//! 7.3.8.11: residual_coding(), the levels of one transform block.
//!
//! Parsing and writing walk the same sub-blocks with the same context increments (`contexts`). Levels
//! travel as [`Coeff`](crate::ctu::record::Coeff) lists in coding order: highest scan position first, zeros left out.

pub mod contexts;
mod parse;
#[cfg(test)]
mod tests;
mod write;

pub use parse::parse;
pub use write::write;

use crate::scan_order::{DIAGONAL, HORIZONTAL, VERTICAL};

/// What the parameter sets say about residual coding; constant for a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResidualTools {
    /// `transform_skip_enabled_flag`.
    pub transform_skip_enabled_flag: bool,
    /// Log2MaxTransformSkipSize, 2..=5.
    pub log2_max_transform_skip_size: u8,
    /// `sign_data_hiding_enabled_flag`.
    pub sign_data_hiding_enabled_flag: bool,
    /// `implicit_rdpcm_enabled_flag`.
    pub implicit_rdpcm_enabled_flag: bool,
    /// `explicit_rdpcm_enabled_flag`.
    pub explicit_rdpcm_enabled_flag: bool,
    /// `transform_skip_context_enabled_flag`.
    pub transform_skip_context_enabled_flag: bool,
    /// `persistent_rice_adaptation_enabled_flag`.
    pub persistent_rice_adaptation_enabled_flag: bool,
    /// `cabac_bypass_alignment_enabled_flag`.
    pub cabac_bypass_alignment_enabled_flag: bool,
    /// `extended_precision_processing_flag`.
    pub extended_precision_processing_flag: bool,
    /// log2TransformRange of luma and chroma: 15, or more with extended precision; CoeffMin is -(1 << range).
    pub log2_transform_range: [u8; 2],
}

impl Default for ResidualTools {
    /// Version 1 without transform skip and sign hiding.
    fn default() -> Self {
        Self {
            transform_skip_enabled_flag: false,
            log2_max_transform_skip_size: 2,
            sign_data_hiding_enabled_flag: false,
            implicit_rdpcm_enabled_flag: false,
            explicit_rdpcm_enabled_flag: false,
            transform_skip_context_enabled_flag: false,
            persistent_rice_adaptation_enabled_flag: false,
            cabac_bypass_alignment_enabled_flag: false,
            extended_precision_processing_flag: false,
            log2_transform_range: [15; 2],
        }
    }
}

/// The block whose residual is coded, as far as its coding unit decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResidualBlock {
    /// Component: 0 luma, 1 Cb, 2 Cr.
    pub c_idx: u8,
    /// Log2 of the size in samples of its component, 2..=5.
    pub log2_size: u8,
    /// scanIdx, see [`scan_idx`].
    pub scan_idx: u8,
    /// `cu_transquant_bypass_flag`.
    pub cu_transquant_bypass_flag: bool,
    /// CuPredMode is MODE_INTRA.
    pub intra: bool,
    /// The intra prediction mode of the component is 10 or 26 (implicit RDPCM applies to these).
    pub straight: bool,
}

impl ResidualBlock {
    /// A block of an intra coding unit predicted with `mode` (IntraPredModeY or IntraPredModeC).
    pub fn intra(c_idx: u8, log2_size: u8, mode: u8, chroma_array_type: u8, bypass: bool) -> Self {
        Self {
            c_idx,
            log2_size,
            scan_idx: scan_idx(c_idx, log2_size, mode, chroma_array_type),
            cu_transquant_bypass_flag: bypass,
            intra: true,
            straight: mode == 10 || mode == 26,
        }
    }

    /// A block of an inter coding unit.
    pub fn inter(c_idx: u8, log2_size: u8, bypass: bool) -> Self {
        Self {
            c_idx,
            log2_size,
            scan_idx: DIAGONAL as u8,
            cu_transquant_bypass_flag: bypass,
            intra: false,
            straight: false,
        }
    }
}

/// 7.4.9.11: scanIdx of an intra block of `1 << log2_size` samples of its component with prediction mode `mode`.
#[inline]
pub fn scan_idx(c_idx: u8, log2_size: u8, mode: u8, chroma_array_type: u8) -> u8 {
    let depends_on_mode = log2_size == 2 || (log2_size == 3 && (c_idx == 0 || chroma_array_type == 3));
    let scan = match mode {
        6..=14 if depends_on_mode => VERTICAL,
        22..=30 if depends_on_mode => HORIZONTAL,
        _ => DIAGONAL,
    };
    scan as u8
}

/// The flags in front of the levels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResidualFlags {
    /// `transform_skip_flag`.
    pub transform_skip_flag: bool,
    /// `explicit_rdpcm_flag`.
    pub explicit_rdpcm_flag: bool,
    /// `explicit_rdpcm_dir_flag` (true: vertical).
    pub explicit_rdpcm_dir_flag: bool,
}

/// What the flags imply for the levels of a block.
#[derive(Clone, Copy, Debug)]
struct LevelCoding {
    /// signHidden may apply: sign data hiding is on and not ruled out for this block.
    sign_hiding: bool,
    /// sig_coeff_flag has a single context.
    single_context: bool,
    /// sbType, the index into StatCoeff.
    sb_type: usize,
    /// 0, or log2TransformRange with extended precision (for coeff_abs_level_remaining).
    limited_range: u32,
}

impl LevelCoding {
    #[inline(always)]
    fn new(tools: &ResidualTools, block: &ResidualBlock, flags: &ResidualFlags) -> Self {
        let bypass = block.cu_transquant_bypass_flag;
        let no_transform = bypass || flags.transform_skip_flag;
        let implicit_rdpcm =
            block.intra && tools.implicit_rdpcm_enabled_flag && no_transform && block.straight;
        let range = u32::from(tools.log2_transform_range[usize::from(block.c_idx != 0)]);
        Self {
            sign_hiding: tools.sign_data_hiding_enabled_flag
                && !bypass
                && !implicit_rdpcm
                && !flags.explicit_rdpcm_flag,
            single_context: tools.transform_skip_context_enabled_flag && no_transform,
            sb_type: 2 * usize::from(block.c_idx != 0) + usize::from(no_transform),
            limited_range: if tools.extended_precision_processing_flag { range } else { 0 },
        }
    }
}

/// 9.3.3.11: the Rice parameter after a level of absolute value `abs`.
#[inline(always)]
fn next_rice(rice: u32, abs: u32, persistent: bool) -> u32 {
    let next = rice + u32::from(abs > 3 << rice);
    if persistent { next } else { next.min(4) }
}

/// 9.3.4.2.6: StatCoeff after the first coeff_abs_level_remaining of a sub-block.
#[inline(always)]
fn update_statistics(stat: &mut u8, remaining: u32) {
    let rice = u32::from(*stat / 4);
    if remaining >= 3 << rice {
        *stat += 1;
    } else if 2 * remaining < 1 << rice && *stat > 0 {
        *stat -= 1;
    }
}
