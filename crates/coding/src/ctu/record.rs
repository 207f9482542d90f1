//! The record of one coding tree unit: every decision the slice data carries, and nothing derived from samples.
//!
//! The decoder's parser fills it and reconstruction reads it; the encoder's mode decision fills it and the
//! writer codes it. Units are stored in decoding order, so the split flags follow from positions and sizes.

use crate::motion::{Motion, Mv};

/// `CuPredMode` together with `cu_skip_flag` (7.4.9.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum PredMode {
    /// `cu_skip_flag` is 1: one merged prediction unit, no residual.
    #[default]
    Skip,
    /// MODE_INTER.
    Inter,
    /// MODE_INTRA.
    Intra,
}

/// `PartMode` (table 7-10), numbered as `part_mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum PartMode {
    #[default]
    Part2Nx2N = 0,
    Part2NxN = 1,
    PartNx2N = 2,
    PartNxN = 3,
    Part2NxnU = 4,
    Part2NxnD = 5,
    PartnLx2N = 6,
    PartnRx2N = 7,
}

/// Rectangle of a prediction unit inside its coding unit, in luma samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct PartRect {
    pub x: u8,
    pub y: u8,
    pub w: u8,
    pub h: u8,
}

impl PartMode {
    /// Number of prediction units.
    pub fn num_parts(self) -> usize {
        match self {
            PartMode::Part2Nx2N => 1,
            PartMode::PartNxN => 4,
            _ => 2,
        }
    }

    /// Rectangle of part `part_idx` of a coding unit of `size` luma samples (7.3.8.5).
    pub fn part_rect(self, size: u8, part_idx: usize) -> PartRect {
        let (half, quarter) = (size / 2, size / 4);
        let rect = |x, y, w, h| PartRect { x, y, w, h };
        match (self, part_idx) {
            (PartMode::Part2Nx2N, _) => rect(0, 0, size, size),
            (PartMode::Part2NxN, 0) => rect(0, 0, size, half),
            (PartMode::Part2NxN, _) => rect(0, half, size, half),
            (PartMode::PartNx2N, 0) => rect(0, 0, half, size),
            (PartMode::PartNx2N, _) => rect(half, 0, half, size),
            (PartMode::PartNxN, i) => rect((i as u8 & 1) * half, (i as u8 >> 1) * half, half, half),
            (PartMode::Part2NxnU, 0) => rect(0, 0, size, quarter),
            (PartMode::Part2NxnU, _) => rect(0, quarter, size, size - quarter),
            (PartMode::Part2NxnD, 0) => rect(0, 0, size, size - quarter),
            (PartMode::Part2NxnD, _) => rect(0, size - quarter, size, quarter),
            (PartMode::PartnLx2N, 0) => rect(0, 0, quarter, size),
            (PartMode::PartnLx2N, _) => rect(quarter, 0, size - quarter, size),
            (PartMode::PartnRx2N, 0) => rect(0, 0, size - quarter, size),
            (PartMode::PartnRx2N, _) => rect(size - quarter, 0, quarter, size),
        }
    }
}

/// A half-open range of indices into one of the record's vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// The range for slicing.
    pub fn range(self) -> core::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A coding unit (7.3.8.5).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CodingUnit {
    /// Left edge in luma samples from the CTU's left edge.
    pub x: u8,
    /// Top edge in luma samples from the CTU's top edge.
    pub y: u8,
    /// Log2 of the size in luma samples, 3..=6.
    pub log2_size: u8,
    /// Prediction mode and skip flag.
    pub pred_mode: PredMode,
    /// Partitioning; for intra only 2Nx2N and NxN.
    pub part_mode: PartMode,
    /// `cu_transquant_bypass_flag`.
    pub cu_transquant_bypass_flag: bool,
    /// `pcm_flag`; the samples are `CtuRecord::pcm_samples[pcm_start..]`, luma then Cb then Cr.
    pub pcm_flag: bool,
    /// `rqt_root_cbf` (inferred 1 for intra, 0 for skip).
    pub rqt_root_cbf: bool,
    /// IntraPredModeY per part (all four equal for 2Nx2N).
    pub intra_luma: [u8; 4],
    /// `intra_chroma_pred_mode` per part (one part, repeated, except NxN in 4:4:4).
    pub intra_chroma_pred_mode: [u8; 4],
    /// IntraPredModeC per part, after the 4:2:2 mapping (8.4.3).
    pub intra_chroma: [u8; 4],
    /// QpY of the coding unit (8.6.1), used by deblocking.
    pub qp_y: i8,
    /// First index into `CtuRecord::pcm_samples` if `pcm_flag`.
    pub pcm_start: u32,
    /// Prediction units (empty for intra).
    pub pus: Span,
    /// Transform units (leaves of the residual quadtree; empty without residual quadtree).
    pub tus: Span,
}

/// A prediction unit (7.3.8.6).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PredictionUnit {
    /// Left edge in luma samples from the CTU's left edge.
    pub x: u8,
    /// Top edge in luma samples from the CTU's top edge.
    pub y: u8,
    /// Width in luma samples, 4..=64.
    pub w: u8,
    /// Height in luma samples, 4..=64.
    pub h: u8,
    /// `partIdx`.
    pub part_idx: u8,
    /// `merge_flag` (1 for skip).
    pub merge_flag: bool,
    /// `merge_idx`, 0..=4.
    pub merge_idx: u8,
    /// Bit 0: list 0 used, bit 1: list 1 used (`inter_pred_idc` + 1); only without `merge_flag`.
    pub pred_lists: u8,
    /// `ref_idx_l0`, `ref_idx_l1`; only without `merge_flag`.
    pub ref_idx: [i8; 2],
    /// MvdL0, MvdL1 in quarter samples.
    pub mvd: [Mv; 2],
    /// `mvp_l0_flag`, `mvp_l1_flag`.
    pub mvp_flag: [bool; 2],
    /// The derived motion (8.5.3.2): filled by motion derivation in the decoder, by mode decision in the encoder.
    pub motion: Motion,
}

/// A leaf of the residual quadtree (7.3.8.8, 7.3.8.10).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TransformUnit {
    /// Left edge in luma samples from the CTU's left edge.
    pub x: u8,
    /// Top edge in luma samples from the CTU's top edge.
    pub y: u8,
    /// Log2 of the luma transform block size, 2..=5.
    pub log2_size: u8,
    /// `trafoDepth`.
    pub depth: u8,
    /// `blkIdx` among its siblings.
    pub blk_idx: u8,
    /// `cbf_luma`.
    pub cbf_luma: bool,
    /// `cbf_cb`, of the first and, in 4:2:2, the second chroma block. For a 4x4 luma block in 4:2:0 and 4:2:2 the flags
    /// are those of the parent, repeated in all four siblings; the blocks are attached to the sibling with `blk_idx` 3.
    pub cbf_cb: [bool; 2],
    /// `cbf_cr`, likewise.
    pub cbf_cr: [bool; 2],
    /// QpY, Qp'Cb - QpBdOffsetC and Qp'Cr - QpBdOffsetC without bit-depth offsets, in force for this unit's blocks.
    pub qp: [i8; 3],
    /// `CuQpDeltaVal` is coded in this unit (the first with a coded block in its quantisation group).
    pub has_qp_delta: bool,
    /// `CuQpDeltaVal` if coded here.
    pub cu_qp_delta: i8,
    /// `cu_chroma_qp_offset_flag` coded here: 0 not coded, 1 flag is 0, 2 + idx if the flag is 1.
    pub cu_chroma_qp_offset: u8,
    /// Transform blocks that carry coefficients, in coding order.
    pub tbs: Span,
}

/// A transform block with coefficients (7.3.8.11), or, in 4:4:4, one that only carries cross-component prediction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TransformBlock {
    /// Component: 0 luma, 1 Cb, 2 Cr.
    pub c_idx: u8,
    /// Second (lower) chroma block of a 4:2:2 transform unit.
    pub second: bool,
    /// Log2 of the size in samples of its own component, 2..=5.
    pub log2_size: u8,
    /// `transform_skip_flag`.
    pub transform_skip_flag: bool,
    /// `explicit_rdpcm_flag`.
    pub explicit_rdpcm_flag: bool,
    /// `explicit_rdpcm_dir_flag` (true: vertical).
    pub explicit_rdpcm_dir_flag: bool,
    /// `resScaleVal` of cross-component prediction, 0 if none.
    pub res_scale_val: i8,
    /// Number of leading columns that hold all non-zero coefficients, 1..=size (0 without coefficients).
    pub nz_cols: u8,
    /// Number of leading rows that hold all non-zero coefficients.
    pub nz_rows: u8,
    /// Its coefficients in `CtuRecord::coeffs`, in coding order (highest scan position first).
    pub coeffs: Span,
}

/// One non-zero transform coefficient level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coeff {
    /// Raster position `y << log2_size | x` in its block.
    pub pos: u16,
    /// TransCoeffLevel: 16 bits except with extended precision.
    pub level: i32,
}

/// SAO parameters of one component of a CTB (7.4.9.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SaoComponent {
    /// `SaoTypeIdx`: 0 off, 1 band, 2 edge.
    pub sao_type_idx: u8,
    /// `sao_band_position`, 0..=31.
    pub sao_band_position: u8,
    /// `SaoEoClass`, 0..=3.
    pub sao_eo_class: u8,
    /// Signed offsets SaoOffsetVal[1..=4] before the shift by log2OffsetScale.
    pub sao_offset_val: [i16; 4],
}

/// SAO parameters of a CTB (7.3.8.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SaoParams {
    /// `sao_merge_left_flag`.
    pub sao_merge_left_flag: bool,
    /// `sao_merge_up_flag`.
    pub sao_merge_up_flag: bool,
    /// Resulting parameters of Y, Cb, Cr (copied on merge).
    pub components: [SaoComponent; 3],
}

/// All that the slice data says about one coding tree unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CtuRecord {
    /// Coding units in decoding order.
    pub cus: Vec<CodingUnit>,
    /// Prediction units in decoding order.
    pub pus: Vec<PredictionUnit>,
    /// Transform units in decoding order.
    pub tus: Vec<TransformUnit>,
    /// Transform blocks with coefficients in decoding order.
    pub tbs: Vec<TransformBlock>,
    /// Coefficients of all blocks.
    pub coeffs: Vec<Coeff>,
    /// PCM samples of all PCM coding units, already at the sample bit depth.
    pub pcm_samples: Vec<u16>,
    /// Sample adaptive offset.
    pub sao: SaoParams,
}

impl CtuRecord {
    /// Empties the record and keeps its memory.
    pub fn clear(&mut self) {
        self.cus.clear();
        self.pus.clear();
        self.tus.clear();
        self.tbs.clear();
        self.coeffs.clear();
        self.pcm_samples.clear();
        self.sao = SaoParams::default();
    }
}
