//! Deblocking in portable vectors: eight lines across the edge at a time, two luma segments, in 16-bit lanes.
//!
//! A horizontal edge has its samples across the edge in eight (chroma: four) rows; those of a vertical edge
//! are transposed, filtered and transposed back.
//!
//! Ranges for up to 12 bits: weighted sums of samples are at most 8 * 4095 + 4 = 32764, second differences
//! 4 * 4095 = 16380, the sum of two 32760; where more are added, saturation or 32 bits are used as noted.
//! Deeper samples take the scalar path.

use rivus_picture::BlockMut;
use wide::{i16x8, i32x4, u16x8, u64x2};

use super::{EdgeParams, scalar};
use crate::lanes::{Lanes, clip, join_columns, load_part, pair_rows, signed, splat_pair, store_part};

/// Largest bit depth for which 16-bit lanes suffice.
const MAX_BIT_DEPTH: u8 = 12;

/// Parameters per line.
struct Params {
    tc: i16x8,
    beta: i16x8,
    keep_p: i16x8,
    keep_q: i16x8,
    bit_depth: u8,
}

impl Params {
    /// For segments that make up to eight lines; zero for lines beyond. None: nothing to filter.
    #[inline]
    fn new(segments: &[EdgeParams], seg_len: usize, bit_depth: u8) -> Option<Self> {
        if segments.iter().all(|params| params.tc == 0 && params.beta == 0) {
            return None;
        }
        let spread = |value: fn(&EdgeParams) -> u16| {
            let mut lanes = [0; 8];
            for (lanes, params) in lanes.chunks_exact_mut(seg_len).zip(segments) {
                lanes.fill(value(params));
            }
            signed(u16x8::new(lanes))
        };
        Some(Self {
            tc: spread(|params| params.tc),
            beta: spread(|params| params.beta),
            keep_p: spread(|params| u16::from(params.keep_p).wrapping_neg()),
            keep_q: spread(|params| u16::from(params.keep_q).wrapping_neg()),
            bit_depth,
        })
    }
}

/// `a` where the mask is set, else `b`.
#[inline]
fn select(mask: i16x8, a: i16x8, b: i16x8) -> i16x8 {
    b ^ ((a ^ b) & mask)
}

/// Whether a lane of a mask is set.
#[inline]
fn any(mask: i16x8) -> bool {
    let [low, high] = bytemuck::cast::<_, u64x2>(mask).to_array();
    low | high != 0
}

/// Clip3(-limit, limit, v).
#[inline]
fn limit(v: i16x8, limit: i16x8) -> i16x8 {
    v.min(limit).max(-limit)
}

/// Of each segment of four lanes, line 0 joined with line 3, in all four.
#[inline]
fn join_outer(v: i16x8, join: impl Fn(i16x8, i16x8) -> i16x8) -> i16x8 {
    let line3 = bytemuck::cast::<_, u64x2>(v) >> 48;
    let joined: u64x2 = bytemuck::cast(join(v, bytemuck::cast(line3)));
    let first = joined & u64x2::splat(0xffff);
    let pair = first | (first << 16);
    bytemuck::cast(pair | (pair << 32))
}

/// 8.7.2.5.3, .6 and .7 for eight lines of p3 p2 p1 p0 q0 q1 q2 q3. False: no line is to be changed.
#[inline]
fn luma_lines(lines: &mut [i16x8; 8], params: &Params) -> bool {
    let [p3, p2, p1, p0, q0, q1, q2, q3] = *lines;
    let (tc, beta) = (params.tc, params.beta);
    let second_difference = |a: i16x8, b: i16x8, c: i16x8| (a + c - (b + b)).abs();
    let (dp, dq) = (second_difference(p2, p1, p0), second_difference(q2, q1, q0));
    let dpq = dp + dq;
    // Saturated sums are not below beta, as they should.
    let filtered = join_outer(dpq, |a, b| a.saturating_add(b)).simd_lt(beta);
    if !any(filtered) {
        return false;
    }
    let smooth = dpq.saturating_add(dpq).simd_lt(beta >> 2)
        & ((p3 - p0).abs() + (q0 - q3).abs()).simd_lt(beta >> 3)
        & (p0 - q0).abs().simd_lt(((tc << 2) + tc + i16x8::splat(1)) >> 1);
    let strong = join_outer(smooth, |a, b| a & b) & filtered;
    let side_limit = (beta + (beta >> 1)) >> 3;
    let sides = [dp, dq].map(|d| join_outer(d, |a, b| a + b).simd_lt(side_limit));

    let [n1, n0, m0, m1] = normal_filter([p2, p1, p0, q0, q1, q2], sides, filtered & !strong, params);
    let mut result = [p3, p2, n1, n0, m0, m1, q2, q3];
    if any(strong) {
        for (result, strongly) in result[1..7].iter_mut().zip(strong_filter(*lines, tc)) {
            *result = select(strong, strongly, *result);
        }
    }
    for i in 1..7 {
        let keep = if i < 4 { params.keep_p } else { params.keep_q };
        lines[i] = select(keep, lines[i], result[i]);
    }
    true
}

/// 8.7.2.5.7, dE = 2: p2 to q2. Values stay between samples, so need no further clipping.
#[inline]
fn strong_filter([p3, p2, p1, p0, q0, q1, q2, q3]: [i16x8; 8], tc: i16x8) -> [i16x8; 6] {
    let (four, two) = (i16x8::splat(4), i16x8::splat(2));
    let near = |v: i16x8, old: i16x8| old + limit(v - old, tc + tc);
    let middle = p0 + q0;
    let (sum_p, sum_q) = (middle + p1, middle + q1);
    let outer = |end: i16x8, far: i16x8, sum: i16x8| (((end + far) << 1) + far + sum + four) >> 3;
    let inner = |far: i16x8, sum: i16x8, opposite: i16x8| ((sum << 1) + far + opposite + four) >> 3;
    [
        near(outer(p3, p2, sum_p), p2),
        near((sum_p + p2 + two) >> 2, p1),
        near(inner(p2, sum_p, q1), p0),
        near(inner(q2, sum_q, p1), q0),
        near((sum_q + q2 + two) >> 2, q1),
        near(outer(q3, q2, sum_q), q2),
    ]
}

/// 8.7.2.5.7, dE = 1, in the lines of `mask`: p1 to q1.
#[inline]
fn normal_filter(
    [p2, p1, p0, q0, q1, q2]: [i16x8; 6],
    [side_p, side_q]: [i16x8; 2],
    mask: i16x8,
    params: &Params,
) -> [i16x8; 4] {
    let tc = params.tc;
    // Up to 12 * 4095 + 8: 32 bits until it is shifted.
    let factors = splat_pair(9, -3);
    let sums = pair_rows(q0 - p0, q1 - p1).map(|pairs| (pairs.dot(factors) + i32x4::splat(8)) >> 4);
    let delta = join_columns(sums);
    let mask = mask & delta.abs().simd_lt(tc * i16x8::splat(10));
    let delta = limit(delta, tc) & mask;
    let side = |outer: i16x8, own: i16x8, inner: i16x8, delta: i16x8, side: i16x8| {
        let v = (((outer + inner + i16x8::splat(1)) >> 1) - own + delta) >> 1;
        clip(own + (limit(v, tc >> 1) & mask & side), params.bit_depth)
    };
    [
        side(p2, p1, p0, delta, side_p),
        clip(p0 + delta, params.bit_depth),
        clip(q0 - delta, params.bit_depth),
        side(q2, q1, q0, -delta, side_q),
    ]
}

/// 8.7.2.5.8 for eight lines of p1 p0 q0 q1: p0 and q0.
#[inline]
fn chroma_lines([p1, p0, q0, q1]: [i16x8; 4], params: &Params) -> [i16x8; 2] {
    // 4 * 4095 + 4095 + 4 fits.
    let delta = limit((((q0 - p0) << 2) + p1 - q1 + i16x8::splat(4)) >> 3, params.tc);
    [
        clip(p0 + (delta & !params.keep_p), params.bit_depth),
        clip(q0 - (delta & !params.keep_q), params.bit_depth),
    ]
}

/// Transposes 8 x 8 values.
#[inline]
fn transpose(rows: [i16x8; 8]) -> [i16x8; 8] {
    u16x8::transpose(rows.map(bytemuck::cast)).map(signed)
}

/// Filters a vertical edge of `W` samples across: `filter` changes the first `W` registers, a sample of each
/// line, and tells whether it did.
#[inline]
fn vertical<S: Lanes, const W: usize>(
    mut block: BlockMut<'_, S>,
    segments: &[EdgeParams],
    seg_len: usize,
    bit_depth: u8,
    filter: impl Fn(&mut [i16x8; 8], &Params) -> bool,
) {
    for (i, segments) in segments.chunks(8 / seg_len).enumerate() {
        let Some(params) = Params::new(segments, seg_len, bit_depth) else { continue };
        let (start, count) = (8 * i, seg_len * segments.len());
        let mut rows = [i16x8::ZERO; 8];
        for (k, row) in rows.iter_mut().enumerate().take(count) {
            *row = signed(load_part(&block.row(start + k)[..W]));
        }
        let mut lines = transpose(rows);
        if filter(&mut lines, &params) {
            for (k, row) in transpose(lines).into_iter().enumerate().take(count) {
                store_part(&mut block.row_mut(start + k)[..W], row);
            }
        }
    }
}

/// The same for a horizontal edge.
#[inline]
fn horizontal<S: Lanes, const W: usize>(
    mut block: BlockMut<'_, S>,
    segments: &[EdgeParams],
    seg_len: usize,
    bit_depth: u8,
    filter: impl Fn(&mut [i16x8; 8], &Params) -> bool,
) {
    for (i, segments) in segments.chunks(8 / seg_len).enumerate() {
        let Some(params) = Params::new(segments, seg_len, bit_depth) else { continue };
        let (start, count) = (8 * i, seg_len * segments.len());
        let mut lines = [i16x8::ZERO; 8];
        for (y, line) in lines.iter_mut().enumerate().take(W) {
            *line = signed(load_part(&block.row(y)[start..][..count]));
        }
        if filter(&mut lines, &params) {
            // The outermost samples never change.
            for (y, line) in lines.into_iter().enumerate().take(W - 1).skip(1) {
                store_part(&mut block.row_mut(y)[start..][..count], line);
            }
        }
    }
}

pub(super) fn luma<S: Lanes, const VERTICAL: bool>(
    block: BlockMut<'_, S>,
    segments: &[EdgeParams],
    bit_depth: u8,
) {
    if bit_depth > MAX_BIT_DEPTH {
        return scalar::luma::<S, VERTICAL>(block, segments, bit_depth);
    }
    if VERTICAL {
        vertical::<S, 8>(block, segments, 4, bit_depth, luma_lines);
    } else {
        horizontal::<S, 8>(block, segments, 4, bit_depth, luma_lines);
    }
}

pub(super) fn chroma<S: Lanes, const VERTICAL: bool>(
    block: BlockMut<'_, S>,
    segments: &[EdgeParams],
    seg_len: usize,
    bit_depth: u8,
) {
    if bit_depth > MAX_BIT_DEPTH {
        return scalar::chroma::<S, VERTICAL>(block, segments, seg_len, bit_depth);
    }
    let filter = |lines: &mut [i16x8; 8], params: &Params| {
        [lines[1], lines[2]] = chroma_lines([lines[0], lines[1], lines[2], lines[3]], params);
        true
    };
    if VERTICAL {
        vertical::<S, 4>(block, segments, seg_len, bit_depth, filter);
    } else {
        horizontal::<S, 4>(block, segments, seg_len, bit_depth, filter);
    }
}
