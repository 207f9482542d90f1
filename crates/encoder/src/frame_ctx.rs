//! What is constant while one picture is coded, shared by all its tasks.

use crate::mode_decision::cost::Lambda;
use crate::mode_decision::tools::Tools;
use crate::times::Stopwatch;
use rivus_coding::motion::field::MotionField;
use rivus_coding::motion::{Mv, SliceMotion};
use rivus_kernels::Kernels;
use rivus_picture::{Picture, PictureFormat, Plane, Sample, SharedPicture};
use rivus_recon::inter::PredWeights;
use rivus_syntax::ps::{Pps, Sps};
use rivus_syntax::slice_header::SliceSegmentHeader;
use std::sync::Arc;

/// QP per 16x16 luma block, relative to the slice QP.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QpOffsets {
    /// Blocks per row; 0 if the whole picture has the slice QP.
    pub stride: usize,
    /// Offsets, row by row.
    pub offsets: Vec<f32>,
}

impl QpOffsets {
    /// Mean offset over the square of `size` luma samples at (`x`, `y`), as far as it is inside the picture.
    pub fn mean(&self, x: usize, y: usize, size: usize) -> f32 {
        if self.stride == 0 {
            return 0.0;
        }
        let blocks = size.div_ceil(16);
        let (mut sum, mut count) = (0.0, 0u32);
        for row in (y / 16..y / 16 + blocks).take_while(|row| row * self.stride < self.offsets.len()) {
            let first = row * self.stride + x / 16;
            let end = (first + blocks).min((row + 1) * self.stride);
            for offset in &self.offsets[first..end] {
                sum += offset;
                count += 1;
            }
        }
        if count == 0 { 0.0 } else { sum / count as f32 }
    }
}

/// What the lookahead found, per 16x16 luma block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MotionHints {
    /// Blocks per row; 0 if there are no hints.
    pub stride: usize,
    /// SATD of the best intra and of the best inter prediction at half size, row by row.
    pub satd: Vec<[u32; 2]>,
    /// Per picture that was looked at: its picture order count, and the vectors that point to it in quarter samples, row by row.
    pub fields: Vec<(i32, Vec<Mv>)>,
}

impl MotionHints {
    /// How many times the SATD of inter prediction that of intra prediction is in the square of `size` luma samples at
    /// (`x`, `y`); `None` if nothing is known.
    pub fn intra_to_inter(&self, x: usize, y: usize, size: usize) -> Option<f32> {
        if self.stride == 0 {
            return None;
        }
        let rows = self.satd.chunks(self.stride).take((y + size).div_ceil(16)).skip(y / 16);
        let blocks = rows.flat_map(|row| row.iter().take((x + size).div_ceil(16)).skip(x / 16));
        let [intra, inter] = blocks.fold([0; 2], |sums: [u64; 2], block| {
            [sums[0] + u64::from(block[0]), sums[1] + u64::from(block[1])]
        });
        (intra > 0).then(|| intra as f32 / inter.max(1) as f32)
    }
}

/// Everything that stays the same while a picture is coded.
pub struct FrameCtx<S: Sample> {
    /// Sequence parameter set.
    pub sps: Arc<Sps>,
    /// Picture parameter set.
    pub pps: Arc<Pps>,
    /// Header of the picture's only slice.
    pub header: SliceSegmentHeader,
    /// Reference lists and parameters as motion prediction sees them.
    pub slice_motion: SliceMotion,
    /// The source at coded size, with padding.
    pub source: Arc<Picture<S>>,
    /// Reconstructions of the reference pictures, all rows published; the index is `Motion::ref_pic`.
    pub references: Vec<Arc<SharedPicture<S>>>,
    /// Luma of those that have a weight, weighted, for motion search; as long as `references`.
    pub weighted_luma: Vec<Option<Plane<S>>>,
    /// Motion of the collocated picture, if temporal motion vector prediction is on.
    pub collocated: Option<Arc<MotionField>>,
    /// Explicit weights, if the slice has any.
    pub weights: Option<PredWeights>,
    /// QP of the slice, without bit-depth offset.
    pub slice_qp: i8,
    /// Deviations of blocks from the slice QP.
    pub qp_offsets: QpOffsets,
    /// Factor on the Lagrangian of this picture.
    pub lambda_factor: f64,
    /// Motion the lookahead found.
    pub hints: MotionHints,
    /// What is tried.
    pub tools: Tools,
    /// Kernel table.
    pub kernels: &'static Kernels<S>,
    /// Number of the picture in display order, if its decisions are to be traced.
    pub trace: Option<u64>,
    /// Measures times, if they are asked for.
    pub stopwatch: Stopwatch,
}

impl<S: Sample> FrameCtx<S> {
    /// Coded size, chroma format and bit depths.
    pub fn format(&self) -> PictureFormat {
        *self.source.format()
    }

    /// QP at which the coding unit of 1 << `log2` luma samples at (`x`, `y`) is decided: all units of a quantisation group
    /// have its QP.
    pub fn unit_qp(&self, (x, y): (usize, usize), log2: u8) -> i8 {
        let least = (self.sps.ctb_log2_size() as u8).saturating_sub(self.pps.diff_cu_qp_delta_depth);
        let group = 1usize << log2.max(least);
        let offset = self.qp_offsets.mean(x / group * group, y / group * group, group).round() as i32;
        let lowest = -6 * i32::from(self.sps.bit_depth_luma_minus8);
        (i32::from(self.slice_qp) + offset).clamp(lowest.max(0), 51) as i8
    }

    /// Lagrangians at `qp`.
    pub fn lambda(&self, qp: i8) -> Lambda {
        let chroma = rivus_coding::qp::chroma_qp(i32::from(qp), 1);
        Lambda::new(i32::from(qp), [chroma; 2], 8 + self.sps.bit_depth_luma_minus8, self.lambda_factor)
    }
}
