//! Writing of levels, to the bitstream or to an estimate.

use rivus_syntax::cabac::binarization::write_coeff_abs_level_remaining;
use rivus_syntax::cabac::{BinSink, contexts as ctx};

use super::contexts::{CodedSubBlocks, LevelContexts, SigContexts, coded_sub_block, last_prefix};
use super::{LevelCoding, ResidualBlock, ResidualFlags, ResidualTools, next_rice, update_statistics};
use crate::ctu::record::Coeff;
use crate::scan_order::{COEFFICIENT_INDEX, VERTICAL, sub_block_index, sub_blocks};

impl ResidualTools {
    /// `transform_skip_flag` is present.
    #[inline(always)]
    pub(super) fn has_transform_skip_flag(&self, block: &ResidualBlock) -> bool {
        self.transform_skip_enabled_flag
            && !block.cu_transquant_bypass_flag
            && block.log2_size <= self.log2_max_transform_skip_size
    }

    /// `explicit_rdpcm_flag` is present.
    #[inline(always)]
    pub(super) fn has_explicit_rdpcm_flag(&self, block: &ResidualBlock, transform_skip_flag: bool) -> bool {
        !block.intra
            && self.explicit_rdpcm_enabled_flag
            && (transform_skip_flag || block.cu_transquant_bypass_flag)
    }
}

/// 7.3.8.11: writes a block with the levels `coeffs` (at least one, in coding order).
///
/// With sign data hiding the parity of the levels must already agree with the sign that is left out.
pub fn write<B: BinSink>(
    sink: &mut B,
    tools: &ResidualTools,
    block: &ResidualBlock,
    flags: &ResidualFlags,
    coeffs: &[Coeff],
) {
    let Some(last) = coeffs.first() else { return };
    let (c_idx, scan_idx) = (block.c_idx, usize::from(block.scan_idx.min(2)));
    let log2_size = u32::from(block.log2_size);
    write_flags(sink, tools, block, flags);
    let coding = LevelCoding::new(tools, block, flags);
    let place = |coeff: &Coeff| {
        let (x, y) = (usize::from(coeff.pos) & ((1 << log2_size) - 1), usize::from(coeff.pos) >> log2_size);
        let n = COEFFICIENT_INDEX[scan_idx][(y & 3) << 2 | (x & 3)];
        (sub_block_index(log2_size, scan_idx, x >> 2, y >> 2), u32::from(n))
    };
    let (last_x, last_y) =
        (usize::from(last.pos) & ((1 << log2_size) - 1), usize::from(last.pos) >> log2_size);
    write_last_position(sink, log2_size, c_idx, scan_idx, last_x, last_y);
    // Sub-block and position of the first coefficient of `rest`.
    let mut next = place(last);
    let (last_sub_block, last_n) = next;

    let sig = SigContexts::new(log2_size, c_idx, scan_idx, coding.single_context);
    let order = sub_blocks(log2_size, scan_idx);
    let mut coded = CodedSubBlocks::default();
    let mut after_greater1 = false;
    let mut rest = coeffs;
    for i in (0..=last_sub_block).rev() {
        let (x, y) = (usize::from(order[i] & 7), usize::from(order[i] >> 4 & 7));
        let csbf_ctx = coded.neighbours(x, y);
        let mut mask = 0u32;
        let mut count = 0;
        while next.0 == i && count < rest.len() {
            mask |= 1 << next.1;
            count += 1;
            next = rest.get(count).map_or(next, place);
        }
        let (levels, after) = rest.split_at(count);
        rest = after;
        let (mut n, mut infer_dc) = (16, false);
        if i == last_sub_block {
            n = last_n;
        } else if i > 0 {
            sink.bin(coded_sub_block(c_idx, csbf_ctx), mask != 0);
            if mask == 0 {
                continue;
            }
            infer_dc = true;
        }
        coded.set(x, y);
        let (base, positions) = sig.sub_block(i, csbf_ctx);
        while n > 1 {
            n -= 1;
            sink.bin(base + usize::from(positions[n as usize & 15]), mask >> n & 1 != 0);
        }
        if n > 0 && !(infer_dc && mask == 1) {
            let index = if i == 0 { sig.dc } else { base + usize::from(positions[0]) };
            sink.bin(index, mask & 1 != 0);
        }
        if mask != 0 {
            let span = 31 - mask.leading_zeros() - mask.trailing_zeros();
            let hidden = coding.sign_hiding && span > 3;
            let level_ctx = LevelContexts::new(i, c_idx, after_greater1);
            after_greater1 = write_levels(sink, tools, &coding, level_ctx, levels, hidden);
        }
    }
}

#[inline]
fn write_flags<B: BinSink>(
    sink: &mut B,
    tools: &ResidualTools,
    block: &ResidualBlock,
    flags: &ResidualFlags,
) {
    let chroma = usize::from(block.c_idx != 0);
    if tools.has_transform_skip_flag(block) {
        sink.bin(ctx::TRANSFORM_SKIP_FLAG + chroma, flags.transform_skip_flag);
    }
    if tools.has_explicit_rdpcm_flag(block, flags.transform_skip_flag) {
        sink.bin(ctx::EXPLICIT_RDPCM_FLAG + chroma, flags.explicit_rdpcm_flag);
        if flags.explicit_rdpcm_flag {
            sink.bin(ctx::EXPLICIT_RDPCM_DIR_FLAG + chroma, flags.explicit_rdpcm_dir_flag);
        }
    }
}

/// Prefix, number of suffix bits and suffix of a last position, 0..=31.
#[inline]
fn last_code(last: usize) -> (usize, u32, u32) {
    if last <= 3 {
        return (last, 0, 0);
    }
    // last = (2 + prefix % 2) << bits + suffix with bits = prefix / 2 - 1.
    let bits = last.ilog2() - 1;
    let prefix = 2 * (bits as usize + 1) + ((last >> bits) & 1);
    (prefix, bits, (last & ((1 << bits) - 1)) as u32)
}

fn write_last_position<B: BinSink>(
    sink: &mut B,
    log2_size: u32,
    c_idx: u8,
    scan_idx: usize,
    x: usize,
    y: usize,
) {
    let (x, y) = if scan_idx == VERTICAL { (y, x) } else { (x, y) };
    let (offset, shift) = last_prefix(log2_size, c_idx);
    let longest = 2 * log2_size as usize - 1;
    let codes = [last_code(x), last_code(y)];
    for (&(prefix, ..), first) in
        codes.iter().zip([ctx::LAST_SIG_COEFF_X_PREFIX, ctx::LAST_SIG_COEFF_Y_PREFIX])
    {
        for bin in 0..prefix {
            sink.bin(first + offset + (bin >> shift), true);
        }
        if prefix < longest {
            sink.bin(first + offset + (prefix >> shift), false);
        }
    }
    for (_, bits, suffix) in codes {
        sink.bypass_bits(suffix, bits);
    }
}

/// Writes the levels of one sub-block; returns whether a greater-than-1 flag was 1.
#[inline]
fn write_levels<B: BinSink>(
    sink: &mut B,
    tools: &ResidualTools,
    coding: &LevelCoding,
    mut level_ctx: LevelContexts,
    levels: &[Coeff],
    hidden: bool,
) -> bool {
    let mut first_greater1 = None;
    let mut escapes = levels.len() > 8;
    for (idx, coeff) in levels.iter().take(8).enumerate() {
        let greater1 = coeff.level.unsigned_abs() > 1;
        sink.bin(level_ctx.greater1(), greater1);
        level_ctx.update(greater1);
        if greater1 {
            escapes |= first_greater1.is_some();
            first_greater1.get_or_insert(idx);
        }
    }
    if let Some(idx) = first_greater1 {
        let greater2 = levels[idx].level.unsigned_abs() > 2;
        sink.bin(level_ctx.greater2, greater2);
        escapes |= greater2;
    }
    if tools.cabac_bypass_alignment_enabled_flag && escapes {
        sink.align_bypass();
    }
    let signed = &levels[..levels.len() - usize::from(hidden)];
    let signs = signed.iter().fold(0, |signs, coeff| signs << 1 | u32::from(coeff.level < 0));
    sink.bypass_bits(signs, signed.len() as u32);
    if escapes {
        write_remaining(sink, tools, coding, levels, first_greater1);
    }
    first_greater1.is_some()
}

fn write_remaining<B: BinSink>(
    sink: &mut B,
    tools: &ResidualTools,
    coding: &LevelCoding,
    levels: &[Coeff],
    first_greater1: Option<usize>,
) {
    let persistent = tools.persistent_rice_adaptation_enabled_flag;
    let mut rice = u32::from(sink.contexts().stat_coeff[coding.sb_type] / 4);
    let mut first_escape = persistent;
    for (idx, coeff) in levels.iter().enumerate() {
        let abs = coeff.level.unsigned_abs();
        // The least value that the flags leave open.
        let base = match idx {
            8.. => 1,
            _ if first_greater1 == Some(idx) => 3,
            _ => 2,
        };
        if abs < base {
            continue;
        }
        write_coeff_abs_level_remaining(sink, abs - base, rice, coding.limited_range);
        rice = next_rice(rice, abs, persistent);
        if first_escape {
            first_escape = false;
            update_statistics(&mut sink.contexts().stat_coeff[coding.sb_type], abs - base);
        }
    }
}
