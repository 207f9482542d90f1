//! One transform block through transform, quantisation and back, with its distortion and bits.

use super::cost::Lambda;
use crate::mode_decision::tools::Tools;
use crate::quantize::{LevelBlock, Quantizer, Significance, levels_bits, plain, rdoq, sign_hiding};
use rivus_coding::ctu::record::{Coeff, Span, TransformBlock};
use rivus_coding::slice_data::residual_coding::ResidualBlock;
use rivus_kernels::Kernels;
use rivus_picture::{Block, BlockMut, Sample};
use rivus_syntax::cabac::ContextSet;

/// What is fixed for one transform block.
#[derive(Clone, Copy, Debug)]
pub struct BlockSpec {
    /// Component, size, scan and prediction.
    pub block: ResidualBlock,
    /// Quantiser of the block's QP.
    pub quantizer: Quantizer,
    /// Price of the coded block flag being 0 and 1, in 1/32768 bits.
    pub cbf_bits: [u32; 2],
}

impl BlockSpec {
    /// Of `block` at `qp`, without bit-depth offset, in samples of `bit_depth` bits.
    pub fn new(block: ResidualBlock, qp: i8, bit_depth: u8, cbf_bits: [u32; 2]) -> Self {
        let qp = i32::from(qp) + 6 * (i32::from(bit_depth) - 8);
        Self { block, quantizer: Quantizer::new(qp, block.log2_size, bit_depth), cbf_bits }
    }
}

/// A block coded with levels that are not all zero.
#[derive(Clone, Copy, Debug)]
pub struct Coded {
    /// Weighted squared error.
    pub distortion: f64,
    /// Bits of the coefficients in 1/32768, without the coded block flag.
    pub bits: u64,
}

/// Scratch memory of transform blocks.
pub struct BlockCoder {
    residual: Box<[i16; 1024]>,
    coeffs: Box<[i16; 1024]>,
    levels: Box<[i16; 1024]>,
    significance: Significance,
    /// Levels of the block coded last, in coding order.
    gathered: Vec<Coeff>,
    /// Columns and rows that hold them.
    extent: (u8, u8),
    rdoq: rdoq::Rdoq,
}

impl Default for BlockCoder {
    fn default() -> Self {
        let buffer = || Box::new([0i16; 1024]);
        Self {
            residual: buffer(),
            coeffs: buffer(),
            levels: buffer(),
            significance: Significance::default(),
            gathered: Vec::with_capacity(1024),
            extent: (0, 0),
            rdoq: rdoq::Rdoq::default(),
        }
    }
}

/// What all blocks of a picture share.
#[derive(Clone, Copy)]
pub struct BlockEnv<'a, S: Sample> {
    /// Kernel table.
    pub kernels: &'a Kernels<S>,
    /// Tools in use.
    pub tools: &'a Tools,
    /// Sample bit depth.
    pub bit_depth: u8,
}

impl BlockCoder {
    /// Whether all levels of a block are zero because no coefficient can reach the first of them: the squares of all together are
    /// `error`, the squared error of the prediction.
    pub fn is_below_first_level<S: Sample>(env: BlockEnv<'_, S>, spec: &BlockSpec, error: u64) -> bool {
        /// Errors of the integer transform, in coefficients and as a factor.
        const ROUNDING: (f32, f32) = (2.0, 0.95);
        let quantizer = spec.quantizer;
        let add = rounding(env.tools.rdoq, spec) << (quantizer.shift - 9);
        let first = ((1i32 << quantizer.shift) - add) as f32 / quantizer.scale as f32 - ROUNDING.0;
        first > 0.0 && (error as f32) < ROUNDING.1 * first * first * quantizer.error_scale
    }

    /// Codes the difference between `source` and the prediction in `target`, and leaves the reconstruction in `target`.
    ///
    /// `None` if no level is left: the prediction stays. `contexts` price the bits and are not changed.
    pub fn code<S: Sample>(
        &mut self,
        env: BlockEnv<'_, S>,
        spec: &BlockSpec,
        lambda: &Lambda,
        contexts: &ContextSet,
        source: Block<'_, S>,
        mut target: BlockMut<'_, S>,
    ) -> Option<Coded> {
        let weight =
            if spec.block.c_idx == 0 { 1.0 } else { lambda.chroma_weight[usize::from(spec.block.c_idx) - 1] };
        let bits = self.quantize(env, spec, lambda.sse / weight, contexts, source, target.as_block())?;
        self.reconstruct(env, spec, target.rb());
        let distortion = (env.kernels.sse.block)(source, target.as_block()) as f64 * weight;
        Some(Coded { distortion, bits })
    }

    /// Chooses the levels, gathers and prices them. `None` if none is left.
    fn quantize<S: Sample>(
        &mut self,
        env: BlockEnv<'_, S>,
        spec: &BlockSpec,
        lambda: f64,
        contexts: &ContextSet,
        source: Block<'_, S>,
        prediction: Block<'_, S>,
    ) -> Option<u64> {
        let count = 1usize << (2 * spec.block.log2_size);
        let (residual, coeffs) = (&mut self.residual[..count], &mut self.coeffs[..count]);
        let levels = &mut self.levels[..count];
        (env.kernels.residual.sub)(source, prediction, residual);
        let forward = if spec.block.intra && spec.block.c_idx == 0 && spec.block.log2_size == 2 {
            env.kernels.fdct.dst4
        } else {
            env.kernels.fdct.dct[usize::from(spec.block.log2_size) - 2]
        };
        forward(residual, coeffs, env.bit_depth);
        let quantizer = spec.quantizer;
        let round = rounding(env.tools.rdoq, spec);
        let non_zero = plain::quantize(env.kernels, &quantizer, round, coeffs, levels);
        if non_zero == 0 {
            return None;
        }
        let block = LevelBlock::new(&spec.block, coeffs, quantizer, lambda as f32, contexts, spec.cbf_bits);
        let significance = &mut self.significance;
        significance.take(&block, levels, non_zero);
        if env.tools.rdoq && !self.rdoq.run(&block, levels, significance) {
            return None;
        }
        if env.tools.sign_hiding {
            sign_hiding::apply(&block, levels, significance);
        }
        self.gathered.clear();
        self.extent = significance.gather(&block, levels, &mut self.gathered);
        Some(levels_bits(&block, levels, significance, env.tools.sign_hiding).into())
    }

    fn reconstruct<S: Sample>(&mut self, env: BlockEnv<'_, S>, spec: &BlockSpec, target: BlockMut<'_, S>) {
        let count = 1usize << (2 * spec.block.log2_size);
        let quantizer = spec.quantizer;
        let (levels, coeffs) = (&self.levels[..count], &mut self.coeffs[..count]);
        let add = 1 << (quantizer.dequant_shift - 1);
        (env.kernels.quant.dequant)(levels, coeffs, quantizer.dequant_scale, add, quantizer.dequant_shift);
        let inverse = if spec.block.intra && spec.block.c_idx == 0 && spec.block.log2_size == 2 {
            env.kernels.idct.dst4
        } else {
            env.kernels.idct.dct[usize::from(spec.block.log2_size) - 2]
        };
        let (columns, rows) = (usize::from(self.extent.0), usize::from(self.extent.1));
        let residual = &mut self.residual[..count];
        inverse(coeffs, columns, rows, residual, env.bit_depth);
        (env.kernels.residual.add)(target, residual, env.bit_depth);
    }

    /// Stores the levels of the block coded last at the end of `coeffs` and describes them.
    pub fn store(&self, spec: &BlockSpec, coeffs: &mut Vec<Coeff>) -> TransformBlock {
        let start = coeffs.len() as u32;
        coeffs.extend_from_slice(&self.gathered);
        TransformBlock {
            c_idx: spec.block.c_idx,
            log2_size: spec.block.log2_size,
            nz_cols: self.extent.0,
            nz_rows: self.extent.1,
            coeffs: Span { start, end: coeffs.len() as u32 },
            ..TransformBlock::default()
        }
    }
}

/// Rounding of the quantiser in 1/512 of a step.
fn rounding(rdoq: bool, spec: &BlockSpec) -> i32 {
    match (rdoq, spec.block.intra) {
        (true, true) => rdoq::ROUND_INTRA,
        (true, false) => rdoq::ROUND_INTER,
        (false, true) => plain::ROUND_INTRA,
        (false, false) => plain::ROUND_INTER,
    }
}
