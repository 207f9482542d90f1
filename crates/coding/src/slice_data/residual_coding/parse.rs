//! Parsing of levels: the hottest loop of a decoder at high rates.
//!
//! The arithmetic decoder is copied into locals for the duration of a block, so that its three variables live in
//! registers. Significance is gathered in a 16-bit mask per sub-block without a branch on the bins; the set bits
//! are then turned into levels in one pass.

use rivus_syntax::cabac::binarization::parse_coeff_abs_level_remaining;
use rivus_syntax::cabac::{CabacDecoder, ContextSet, contexts as ctx};

use super::contexts::{CodedSubBlocks, LevelContexts, SigContexts, coded_sub_block, last_prefix};
use super::{LevelCoding, ResidualBlock, ResidualFlags, ResidualTools, next_rice, update_statistics};
use crate::ctu::record::{Coeff, Span, TransformBlock};
use crate::scan_order::{COEFFICIENT_INDEX, RASTER, VERTICAL, sub_block_index, sub_blocks};

/// 7.3.8.11: parses a block, appends its levels to `coeffs` and describes it (all but `second` and `res_scale_val`).
///
/// Levels beyond CoeffMin..=CoeffMax, which no legal stream has, saturate.
#[inline(never)]
pub fn parse(
    cabac: &mut CabacDecoder<'_>,
    contexts: &mut ContextSet,
    tools: &ResidualTools,
    block: &ResidualBlock,
    coeffs: &mut Vec<Coeff>,
) -> TransformBlock {
    let mut engine = cabac.clone();
    let tb = parse_block(&mut engine, contexts, tools, block, coeffs);
    *cabac = engine;
    tb
}

#[inline(always)]
fn parse_block(
    cabac: &mut CabacDecoder<'_>,
    contexts: &mut ContextSet,
    tools: &ResidualTools,
    block: &ResidualBlock,
    coeffs: &mut Vec<Coeff>,
) -> TransformBlock {
    let flags = parse_flags(cabac, contexts, tools, block);
    let coding = LevelCoding::new(tools, block, &flags);
    let (c_idx, scan_idx) = (block.c_idx, usize::from(block.scan_idx.min(2)));
    let log2_size = u32::from(block.log2_size.clamp(2, 5));
    let (last_x, last_y) = parse_last_position(cabac, contexts, log2_size, c_idx, scan_idx);
    let last_sub_block = sub_block_index(log2_size, scan_idx, last_x >> 2, last_y >> 2);
    let last_n = usize::from(COEFFICIENT_INDEX[scan_idx][(last_y & 3) << 2 | (last_x & 3)] & 15);

    let sig = SigContexts::new(log2_size, c_idx, scan_idx, coding.single_context);
    let order = sub_blocks(log2_size, scan_idx);
    let raster = &RASTER[log2_size as usize - 2][scan_idx];
    let start = coeffs.len();
    let mut coded = CodedSubBlocks::default();
    let mut levels = SubBlockLevels { coding, after_greater1: false };
    let (mut max_x, mut max_pos) = (0, 0);
    for i in (0..=last_sub_block).rev() {
        let (x, y) = (usize::from(order[i] & 7), usize::from(order[i] >> 4 & 7));
        let csbf_ctx = coded.neighbours(x, y);
        let (mut mask, mut n) = (0u32, 16);
        let mut infer_dc = false;
        if i == last_sub_block {
            (mask, n) = (1, last_n);
        } else if i > 0 {
            if !cabac.decode_bin(&mut contexts.models[coded_sub_block(c_idx, csbf_ctx)]) {
                continue;
            }
            infer_dc = true;
        }
        coded.set(x, y);
        let (base, positions) = sig.sub_block(i, csbf_ctx);
        // The mask is shifted up as flags come in, and so ends with bit n for scan position n.
        for &position in positions[1..n.max(1)].iter().rev() {
            let bin = cabac.decode_bin(&mut contexts.models[base + usize::from(position)]);
            mask = mask << 1 | u32::from(bin);
        }
        if n > 0 {
            // The flag at position 0, inferred where the sub-block must have a level and no other has it.
            if infer_dc && mask == 0 {
                mask = 1;
            } else {
                let index = if i == 0 { sig.dc } else { base + usize::from(positions[0]) };
                mask = mask << 1 | u32::from(cabac.decode_bin(&mut contexts.models[index]));
            }
            if mask == 0 {
                continue;
            }
        }
        let origin = ((y << log2_size) + x) as u16 * 4;
        // Room for the most there can be; parsed elsewhere, the levels would be copied before they are written.
        let first = coeffs.len();
        coeffs.extend_from_slice(&[Coeff::default(); 16]);
        let Some(room) = coeffs[first..].first_chunk_mut() else { continue };
        let count = levels.parse(cabac, contexts, tools, i, c_idx, mask, room, |n| {
            let pos = origin + u16::from(raster[n as usize & 15]);
            max_pos = max_pos.max(pos);
            max_x = max_x.max(pos & ((1 << log2_size) - 1));
            pos
        });
        coeffs.truncate(first + count);
    }
    TransformBlock {
        c_idx,
        second: false,
        log2_size: log2_size as u8,
        transform_skip_flag: flags.transform_skip_flag,
        explicit_rdpcm_flag: flags.explicit_rdpcm_flag,
        explicit_rdpcm_dir_flag: flags.explicit_rdpcm_dir_flag,
        res_scale_val: 0,
        nz_cols: max_x as u8 + 1,
        nz_rows: (max_pos >> log2_size) as u8 + 1,
        coeffs: Span { start: start as u32, end: coeffs.len() as u32 },
    }
}

/// The flags before the levels; see [`super::write::write`] for their conditions.
#[inline(always)]
fn parse_flags(
    cabac: &mut CabacDecoder<'_>,
    contexts: &mut ContextSet,
    tools: &ResidualTools,
    block: &ResidualBlock,
) -> ResidualFlags {
    let mut flags = ResidualFlags::default();
    let chroma = usize::from(block.c_idx != 0);
    if tools.has_transform_skip_flag(block) {
        flags.transform_skip_flag = cabac.decode_bin(&mut contexts.models[ctx::TRANSFORM_SKIP_FLAG + chroma]);
    }
    if tools.has_explicit_rdpcm_flag(block, flags.transform_skip_flag) {
        flags.explicit_rdpcm_flag = cabac.decode_bin(&mut contexts.models[ctx::EXPLICIT_RDPCM_FLAG + chroma]);
        if flags.explicit_rdpcm_flag {
            flags.explicit_rdpcm_dir_flag =
                cabac.decode_bin(&mut contexts.models[ctx::EXPLICIT_RDPCM_DIR_FLAG + chroma]);
        }
    }
    flags
}

/// LastSignificantCoeffX and LastSignificantCoeffY.
#[inline(always)]
fn parse_last_position(
    cabac: &mut CabacDecoder<'_>,
    contexts: &mut ContextSet,
    log2_size: u32,
    c_idx: u8,
    scan_idx: usize,
) -> (usize, usize) {
    let (offset, shift) = last_prefix(log2_size, c_idx);
    let longest = 2 * log2_size as usize - 1;
    let mut prefix = [0usize; 2];
    for (prefix, first) in prefix.iter_mut().zip([ctx::LAST_SIG_COEFF_X_PREFIX, ctx::LAST_SIG_COEFF_Y_PREFIX])
    {
        while *prefix < longest && cabac.decode_bin(&mut contexts.models[first + offset + (*prefix >> shift)])
        {
            *prefix += 1;
        }
    }
    let mut last = |prefix: usize| {
        if prefix <= 3 {
            return prefix;
        }
        let bits = (prefix >> 1) as u32 - 1;
        ((2 + (prefix & 1)) << bits) + cabac.decode_bypass_bits(bits) as usize
    };
    let (x, y) = (last(prefix[0]), last(prefix[1]));
    if scan_idx == VERTICAL { (y, x) } else { (x, y) }
}

/// State of level parsing across the sub-blocks of a block.
struct SubBlockLevels {
    coding: LevelCoding,
    after_greater1: bool,
}

impl SubBlockLevels {
    /// Parses the levels at the scan positions of `mask` (not 0) into `levels`; returns their number.
    #[inline(always)]
    fn parse(
        &mut self,
        cabac: &mut CabacDecoder<'_>,
        contexts: &mut ContextSet,
        tools: &ResidualTools,
        i: usize,
        c_idx: u8,
        mask: u32,
        levels: &mut [Coeff; 16],
        mut pos_of: impl FnMut(u32) -> u16,
    ) -> usize {
        let count = mask.count_ones();
        let mut level_ctx = LevelContexts::new(i, c_idx, self.after_greater1);
        let mut greater1 = 0u32;
        for idx in 0..count.min(8) {
            let bin = cabac.decode_bin(&mut contexts.models[level_ctx.greater1()]);
            greater1 |= u32::from(bin) << idx;
            level_ctx.update(bin);
        }
        self.after_greater1 = greater1 != 0;
        // By index in coding order: which levels have greater2 set, and which continue in an escape code.
        let first = greater1 & greater1.wrapping_neg();
        let mut greater2 = 0;
        if greater1 != 0 && cabac.decode_bin(&mut contexts.models[level_ctx.greater2]) {
            greater2 = first;
        }
        let escapes = (greater1 ^ first) | greater2 | (((1 << count) - 1) & !0xff);

        if tools.cabac_bypass_alignment_enabled_flag && escapes != 0 {
            cabac.align_bypass();
        }
        let span = 31 - mask.leading_zeros() - mask.trailing_zeros();
        let hidden = self.coding.sign_hiding && span > 3;
        let sign_bits = count - u32::from(hidden);
        let mut signs = cabac.decode_bypass_bits(sign_bits) << (32 - sign_bits);

        let stat = contexts.stat_coeff[self.coding.sb_type];
        let mut rice = u32::from(stat / 4);
        let mut first_escape = tools.persistent_rice_adaptation_enabled_flag;
        let max = 1u32 << tools.log2_transform_range[usize::from(c_idx != 0)];
        let (mut rest, mut sum) = (mask, 0);
        for (idx, coeff) in levels[..count as usize].iter_mut().enumerate() {
            let n = 31 - rest.leading_zeros();
            rest ^= 1 << n;
            let mut abs = 1 + (greater1 >> idx & 1) + (greater2 >> idx & 1);
            if escapes >> idx & 1 != 0 {
                let remaining = parse_coeff_abs_level_remaining(cabac, rice, self.coding.limited_range);
                abs += remaining;
                rice = next_rice(rice, abs, tools.persistent_rice_adaptation_enabled_flag);
                if first_escape {
                    first_escape = false;
                    update_statistics(&mut contexts.stat_coeff[self.coding.sb_type], remaining);
                }
            }
            sum += abs & 1;
            let sign = signs as i32 >> 31;
            signs <<= 1;
            let level = ((abs.min(max) as i32) ^ sign) - sign;
            *coeff = Coeff { pos: pos_of(n), level: level.min(max as i32 - 1) };
        }
        if hidden && sum & 1 != 0 {
            let last = &mut levels[count as usize - 1];
            last.level = -last.level;
        }
        count as usize
    }
}
