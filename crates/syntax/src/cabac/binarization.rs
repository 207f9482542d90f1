//! 9.3.3: binarizations that several syntax elements share, reading and writing side by side.

use super::{BinSink, CabacDecoder};

/// Prefix bins beyond which no legal `coeff_abs_level_remaining` reaches without extended precision.
const MAX_PREFIX: u32 = 32;

/// Where `coeff_abs_level_remaining` saturates.
const MAX_REMAINING: u32 = u32::MAX >> 2;

/// 9.3.3.2: truncated Rice with cRiceParam 0 (truncated unary) of bypass bins: the value, at most `c_max`.
pub fn parse_truncated_unary_bypass(cabac: &mut CabacDecoder<'_>, c_max: u32) -> u32 {
    let mut value = 0;
    while value < c_max && cabac.decode_bypass() {
        value += 1;
    }
    value
}

/// Counterpart of [`parse_truncated_unary_bypass`].
#[inline]
pub fn write_truncated_unary_bypass<B: BinSink>(sink: &mut B, value: u32, c_max: u32) {
    let ones = ((1u64 << value) - 1) as u32;
    if value < c_max { sink.bypass_bits(ones << 1, value + 1) } else { sink.bypass_bits(ones, value) }
}

/// 9.3.3.3: k-th order Exp-Golomb of bypass bins. `None` for a prefix longer than any legal value has.
pub fn parse_exp_golomb(cabac: &mut CabacDecoder<'_>, k: u32) -> Option<u32> {
    let mut prefix = 0;
    while cabac.decode_bypass() {
        prefix += 1;
        if prefix + k > 31 {
            return None;
        }
    }
    let base = ((1u64 << prefix) - 1) << k;
    u32::try_from(base + u64::from(cabac.decode_bypass_bits(prefix + k))).ok()
}

/// Counterpart of [`parse_exp_golomb`]; `value` is below 2^31.
#[inline]
pub fn write_exp_golomb<B: BinSink>(sink: &mut B, value: u32, k: u32) {
    let shifted = (value >> k) + 1;
    let prefix = 31 - shifted.leading_zeros();
    let base = ((1u32 << prefix) - 1) << k;
    sink.bypass_bits(((1u32 << prefix) - 1) << 1, prefix + 1);
    sink.bypass_bits(value - base, prefix + k);
}

/// 9.3.3.11: `coeff_abs_level_remaining` with Rice parameter `rice`; values that no legal stream has saturate.
///
/// `log2_transform_range` is 0 for the usual unlimited prefix, and log2TransformRange (15..=22) with
/// `extended_precision_processing_flag`, which limits the prefix (9.3.3.12).
#[inline(always)]
pub fn parse_coeff_abs_level_remaining(
    cabac: &mut CabacDecoder<'_>,
    rice: u32,
    log2_transform_range: u32,
) -> u32 {
    let peeked = cabac.peek_bypass();
    let prefix = (!(peeked << 16)).leading_zeros();
    // Nearly all codewords lie within the 16 bins at hand.
    if prefix <= 3 {
        let len = prefix + 1 + rice;
        if len <= 16 {
            cabac.skip_bypass(peeked, len);
            return (prefix << rice) + ((peeked >> (16 - len)) & ((1 << rice) - 1));
        }
    } else if log2_transform_range == 0 {
        let suffix = prefix - 3 + rice;
        let len = prefix + 1 + suffix;
        if len <= 16 {
            cabac.skip_bypass(peeked, len);
            return (((1 << (prefix - 3)) + 2) << rice) + ((peeked >> (16 - len)) & ((1 << suffix) - 1));
        }
    }
    let value;
    (*cabac, value) = parse_long_remaining(cabac.clone(), rice, log2_transform_range);
    value
}

/// The general case. By value, so that the caller's engine can stay in registers.
#[cold]
#[inline(never)]
fn parse_long_remaining(
    mut cabac: CabacDecoder<'_>,
    rice: u32,
    log2_transform_range: u32,
) -> (CabacDecoder<'_>, u32) {
    let limited = log2_transform_range != 0;
    let longest = if limited { 32 - log2_transform_range } else { MAX_PREFIX };
    let mut prefix = 0;
    while prefix < longest && cabac.decode_bypass() {
        prefix += 1;
    }
    if prefix <= 3 {
        let value = (prefix << rice) + cabac.decode_bypass_bits(rice);
        return (cabac, value.min(MAX_REMAINING));
    }
    let escape = prefix - 3;
    let suffix = if limited && prefix == longest { log2_transform_range } else { escape + rice };
    let base = ((1u64 << escape) + 2) << rice;
    let value = base + u64::from(cabac.decode_bypass_bits(suffix.min(32)));
    (cabac, value.min(u64::from(MAX_REMAINING)) as u32)
}

/// Counterpart of [`parse_coeff_abs_level_remaining`].
#[inline]
pub fn write_coeff_abs_level_remaining<B: BinSink>(
    sink: &mut B,
    value: u32,
    rice: u32,
    log2_transform_range: u32,
) {
    if value >> rice <= 3 {
        let prefix = value >> rice;
        let ones = (1 << prefix) - 1;
        sink.bypass_bits((ones << 1) << rice | value & ((1 << rice) - 1), prefix + 1 + rice);
        return;
    }
    // value >> rice = 2^escape + 2 + suffix with suffix < 2^escape.
    let mut escape = 31 - ((value >> rice) - 2).leading_zeros();
    let longest = if log2_transform_range == 0 { MAX_PREFIX } else { 32 - log2_transform_range };
    let at_limit = log2_transform_range != 0 && escape + 3 >= longest;
    if at_limit {
        escape = longest - 3;
    }
    let prefix = escape + 3;
    let base = ((1u32 << escape) + 2) << rice;
    if at_limit {
        sink.bypass_bits(((1u64 << prefix) - 1) as u32, prefix);
        sink.bypass_bits(value - base, log2_transform_range);
    } else {
        sink.bypass_bits((((1u64 << prefix) - 1) << 1) as u32, prefix + 1);
        sink.bypass_bits(value - base, escape + rice);
    }
}
