//! Deblocking, AVX2: sixteen lines across the edge at a time, four luma segments, in 16-bit lanes.
//!
//! A horizontal edge has its samples across the edge in eight (chroma: four) rows; those of a vertical edge
//! are transposed, filtered and transposed back.
//!
//! Ranges for up to 12 bits: weighted sums of samples are at most 8 * 4095 + 4 = 32764, second differences
//! 4 * 4095 = 16380; where two of those are added, or a difference is multiplied by 9, saturation or 32 bits
//! are used as noted. Deeper samples take the scalar path.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use rivus_picture::BlockMut;

use super::lines::LineSample;
use super::{EdgeParams, scalar};
use crate::cells::strips;

/// Largest bit depth for which 16-bit lanes suffice.
const MAX_BIT_DEPTH: u8 = 12;

/// Parameters per line.
struct Params {
    tc: __m256i,
    beta: __m256i,
    keep_p: __m256i,
    keep_q: __m256i,
    max: __m256i,
}

impl Params {
    /// For up to 16 lines of segments of `seg_len` = 2 or 4; zero where there are no more segments. None:
    /// nothing to filter.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(segments: &[EdgeParams], seg_len: usize, bit_depth: u8) -> Option<Self> {
        let (first, rest) = segments.split_at(segments.len().min(4));
        let low = pack(first);
        let high = if seg_len == 2 { pack(&rest[..rest.len().min(4)]) } else { [0; 4] };
        if low[0] | low[1] | high[0] | high[1] == 0 {
            return None;
        }
        Some(Self {
            tc: spread(low[0], high[0], seg_len),
            beta: spread(low[1], high[1], seg_len),
            keep_p: spread(low[2], high[2], seg_len),
            keep_q: spread(low[3], high[3], seg_len),
            max: _mm256_set1_epi16((1 << bit_depth) - 1),
        })
    }

    /// Clip1.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn clip(&self, v: __m256i) -> __m256i {
        _mm256_max_epi16(_mm256_min_epi16(v, self.max), _mm256_setzero_si256())
    }
}

/// The fields of up to four segments, each in 16-bit lanes of one word: tc, beta, and the masks of `keep_p` and `keep_q`.
///
/// In registers, since a vector loaded from what was stored in parts waits for all of it.
#[inline]
fn pack(segments: &[EdgeParams]) -> [u64; 4] {
    let mut packed = [0; 4];
    for (i, segment) in segments.iter().enumerate() {
        let mask = |keep: bool| u64::from(keep) * 0xFFFF;
        let fields = [segment.tc.into(), segment.beta.into(), mask(segment.keep_p), mask(segment.keep_q)];
        for (packed, field) in packed.iter_mut().zip(fields) {
            *packed |= field << (16 * i);
        }
    }
    packed
}

/// Each 16-bit value in 2 or 4 neighbouring lanes, those of `low` first.
#[inline]
#[target_feature(enable = "avx2")]
fn spread(low: u64, high: u64, seg_len: usize) -> __m256i {
    let values = _mm_set_epi64x(high.cast_signed(), low.cast_signed());
    let pairs = _mm256_set_m128i(_mm_unpackhi_epi16(values, values), _mm_unpacklo_epi16(values, values));
    if seg_len == 2 {
        return pairs;
    }
    let pairs = _mm_unpacklo_epi16(values, values);
    _mm256_set_m128i(_mm_unpackhi_epi32(pairs, pairs), _mm_unpacklo_epi32(pairs, pairs))
}

#[inline]
#[target_feature(enable = "avx2")]
fn add(a: __m256i, b: __m256i) -> __m256i {
    _mm256_add_epi16(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
fn sub(a: __m256i, b: __m256i) -> __m256i {
    _mm256_sub_epi16(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
fn and(a: __m256i, b: __m256i) -> __m256i {
    _mm256_and_si256(a, b)
}

/// `a` where the mask is set, else `b`.
#[inline]
#[target_feature(enable = "avx2")]
fn select(mask: __m256i, a: __m256i, b: __m256i) -> __m256i {
    _mm256_blendv_epi8(b, a, mask)
}

/// -1 where a < b.
#[inline]
#[target_feature(enable = "avx2")]
fn less(a: __m256i, b: __m256i) -> __m256i {
    _mm256_cmpgt_epi16(b, a)
}

/// |a - b|.
#[inline]
#[target_feature(enable = "avx2")]
fn distance(a: __m256i, b: __m256i) -> __m256i {
    _mm256_abs_epi16(sub(a, b))
}

/// Clip3(-limit, limit, v).
#[inline]
#[target_feature(enable = "avx2")]
fn limit(v: __m256i, limit: __m256i) -> __m256i {
    let low = sub(_mm256_setzero_si256(), limit);
    _mm256_max_epi16(_mm256_min_epi16(v, limit), low)
}

/// Of each segment of four lanes, line 0 and line 3 in all four.
#[inline]
#[target_feature(enable = "avx2")]
fn outer_lines(v: __m256i) -> [__m256i; 2] {
    let line0 = _mm256_setr_epi8(
        0, 1, 0, 1, 0, 1, 0, 1, 8, 9, 8, 9, 8, 9, 8, 9, 0, 1, 0, 1, 0, 1, 0, 1, 8, 9, 8, 9, 8, 9, 8, 9,
    );
    let line3 = _mm256_add_epi8(line0, _mm256_set1_epi8(6));
    [_mm256_shuffle_epi8(v, line0), _mm256_shuffle_epi8(v, line3)]
}

/// 8.7.2.5.3, .6 and .7 for sixteen lines of p3 p2 p1 p0 q0 q1 q2 q3. `WIDE`: samples of more than 8 bits.
/// False: no line is to be changed.
#[inline]
#[target_feature(enable = "avx2")]
fn luma_lines<const WIDE: bool>(lines: &mut [__m256i; 8], params: &Params) -> bool {
    let [p3, p2, p1, p0, q0, q1, q2, q3] = *lines;
    let (tc, beta) = (params.tc, params.beta);
    let second_difference = |a, b, c| _mm256_abs_epi16(sub(add(a, c), add(b, b)));
    let (dp, dq) = (second_difference(p2, p1, p0), second_difference(q2, q1, q0));
    let dpq = add(dp, dq);
    // Saturated sums are not below beta, as they should.
    let [[dp0, dp3], [dq0, dq3], [dpq0, dpq3]] = [outer_lines(dp), outer_lines(dq), outer_lines(dpq)];
    let filtered = less(_mm256_adds_epi16(dpq0, dpq3), beta);
    if _mm256_testz_si256(filtered, filtered) == 1 {
        return false;
    }
    let double_dpq = _mm256_adds_epi16(dpq, dpq);
    let smooth = and(
        and(
            less(double_dpq, _mm256_srli_epi16(beta, 2)),
            less(add(distance(p3, p0), distance(q0, q3)), _mm256_srli_epi16(beta, 3)),
        ),
        less(
            distance(p0, q0),
            _mm256_srli_epi16(add(add(_mm256_slli_epi16(tc, 2), tc), _mm256_set1_epi16(1)), 1),
        ),
    );
    let [smooth0, smooth3] = outer_lines(smooth);
    let strong = and(and(smooth0, smooth3), filtered);
    let side_limit = _mm256_srli_epi16(add(beta, _mm256_srli_epi16(beta, 1)), 3);
    let side_p = less(add(dp0, dp3), side_limit);
    let side_q = less(add(dq0, dq3), side_limit);

    let normal = _mm256_andnot_si256(strong, filtered);
    let [n1, n0, m0, m1] = normal_filter::<WIDE>([p2, p1, p0, q0, q1, q2], [side_p, side_q], normal, params);
    let mut result = [p3, p2, n1, n0, m0, m1, q2, q3];
    if _mm256_testz_si256(strong, strong) == 0 {
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
#[target_feature(enable = "avx2")]
fn strong_filter([p3, p2, p1, p0, q0, q1, q2, q3]: [__m256i; 8], tc: __m256i) -> [__m256i; 6] {
    let tc2 = add(tc, tc);
    let (four, two) = (_mm256_set1_epi16(4), _mm256_set1_epi16(2));
    let near = |v, old| add(old, limit(sub(v, old), tc2));
    let middle = add(p0, q0);
    let (sum_p, sum_q) = (add(middle, p1), add(middle, q1));
    let side = |outer, far, near_sum| {
        // 2 * outer + 3 * far + near_sum
        let twice = add(outer, far);
        _mm256_srli_epi16(add(add(add(twice, twice), far), add(near_sum, four)), 3)
    };
    let inner = |far, near_sum, opposite| {
        // far + 2 * near_sum + opposite
        _mm256_srli_epi16(add(add(add(near_sum, near_sum), far), add(opposite, four)), 3)
    };
    [
        near(side(p3, p2, sum_p), p2),
        near(_mm256_srli_epi16(add(add(sum_p, p2), two), 2), p1),
        near(inner(p2, sum_p, q1), p0),
        near(inner(q2, sum_q, p1), q0),
        near(_mm256_srli_epi16(add(add(sum_q, q2), two), 2), q1),
        near(side(q3, q2, sum_q), q2),
    ]
}

/// 8.7.2.5.7, dE = 1, in the lines of `mask`: p1 to q1.
#[inline]
#[target_feature(enable = "avx2")]
fn normal_filter<const WIDE: bool>(
    [p2, p1, p0, q0, q1, q2]: [__m256i; 6],
    [side_p, side_q]: [__m256i; 2],
    mask: __m256i,
    params: &Params,
) -> [__m256i; 4] {
    let tc = params.tc;
    let (near, far) = (sub(q0, p0), sub(q1, p1));
    // (9 * near - 3 * far + 8) >> 4: at most 12 * 255 + 8 for 8 bits, too large for 16 bits above 11.
    let delta = if WIDE {
        let factors = _mm256_set1_epi32((9 & 0xFFFF) | (-3 << 16));
        let half = |pairs| {
            let sum = _mm256_add_epi32(_mm256_madd_epi16(pairs, factors), _mm256_set1_epi32(8));
            _mm256_srai_epi32(sum, 4)
        };
        _mm256_packs_epi32(half(_mm256_unpacklo_epi16(near, far)), half(_mm256_unpackhi_epi16(near, far)))
    } else {
        let triple = sub(add(add(near, near), near), far);
        _mm256_srai_epi16(add(add(add(triple, triple), triple), _mm256_set1_epi16(8)), 4)
    };
    let small = less(_mm256_abs_epi16(delta), _mm256_mullo_epi16(tc, _mm256_set1_epi16(10)));
    let mask = and(mask, small);
    let delta = and(limit(delta, tc), mask);
    let half_tc = _mm256_srli_epi16(tc, 1);
    // p2, p0 are not negative: `pavgw` is (p2 + p0 + 1) >> 1.
    let side = |outer, own, inner, delta, side| {
        let v = _mm256_srai_epi16(add(sub(_mm256_avg_epu16(outer, inner), own), delta), 1);
        params.clip(add(own, and(limit(v, half_tc), and(mask, side))))
    };
    let negative = sub(_mm256_setzero_si256(), delta);
    [
        side(p2, p1, p0, delta, side_p),
        params.clip(add(p0, delta)),
        params.clip(sub(q0, delta)),
        side(q2, q1, q0, negative, side_q),
    ]
}

/// 8.7.2.5.8 for sixteen lines of p1 p0 q0 q1: p0 and q0.
#[inline]
#[target_feature(enable = "avx2")]
fn chroma_lines([p1, p0, q0, q1]: [__m256i; 4], params: &Params) -> [__m256i; 2] {
    // 4 * 4095 + 4095 + 4 fits.
    let sum = add(add(_mm256_slli_epi16(sub(q0, p0), 2), sub(p1, q1)), _mm256_set1_epi16(4));
    let delta = limit(_mm256_srai_epi16(sum, 3), params.tc);
    [
        params.clip(add(p0, _mm256_andnot_si256(params.keep_p, delta))),
        params.clip(sub(q0, _mm256_andnot_si256(params.keep_q, delta))),
    ]
}

/// # Safety
/// AVX2 is there, and samples have at most [`MAX_BIT_DEPTH`] bits.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn luma_v<S: LineSample, const WIDE: bool>(
    mut block: BlockMut<'_, S>,
    segments: &[EdgeParams],
    bit_depth: u8,
) {
    let h = 4 * segments.len();
    assert!(block.width() == 8 && block.height() >= h, "{block:?} for {} segments", segments.len());
    for y in (0..h).step_by(16) {
        let Some(params) = Params::new(&segments[y / 4..], 4, bit_depth) else { continue };
        let count = (h - y).min(16);
        // SAFETY: the block is 8 wide and has `count` rows from `y` on.
        unsafe {
            let mut lines = S::load_columns::<8>(&block, y, count);
            if luma_lines::<WIDE>(&mut lines, &params) {
                S::store_columns::<8>(&mut block, y, count, lines);
            }
        }
    }
}

/// # Safety
/// As [`luma_v`].
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn luma_h<S: LineSample, const WIDE: bool>(
    mut block: BlockMut<'_, S>,
    segments: &[EdgeParams],
    bit_depth: u8,
) {
    let w = 4 * segments.len();
    assert!(block.width() >= w && block.height() == 8, "{block:?} for {} segments", segments.len());
    strips!(w, x, W => {
        let params = Params::new(&segments[x / 4..], 4, bit_depth);
        // SAFETY: the block has 8 rows and `W` columns from `x` on.
        if let Some(params) = params { unsafe {
            let mut lines = [_mm256_setzero_si256(); 8];
            for (y, line) in lines.iter_mut().enumerate() {
                *line = S::load_row::<W>(&block, x, y);
            }
            if luma_lines::<WIDE>(&mut lines, &params) {
                for (y, line) in lines.into_iter().enumerate().take(7).skip(1) {
                    S::store_row::<W>(&mut block, x, y, line);
                }
            }
        }}
    });
}

/// # Safety
/// As [`luma_v`].
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn chroma_v<S: LineSample>(
    mut block: BlockMut<'_, S>,
    segments: &[EdgeParams],
    seg_len: usize,
    bit_depth: u8,
) {
    assert!(seg_len == 2 || seg_len == 4, "segments of {seg_len}");
    let h = seg_len * segments.len();
    assert!(block.width() == 4 && block.height() >= h, "{block:?} for {} segments", segments.len());
    for y in (0..h).step_by(16) {
        let Some(params) = Params::new(&segments[y / seg_len..], seg_len, bit_depth) else { continue };
        let count = (h - y).min(16);
        // SAFETY: the block is 4 wide and has `count` rows from `y` on.
        unsafe {
            let mut lines = S::load_columns::<4>(&block, y, count);
            [lines[1], lines[2]] = chroma_lines([lines[0], lines[1], lines[2], lines[3]], &params);
            S::store_columns::<4>(&mut block, y, count, lines);
        }
    }
}

/// # Safety
/// As [`luma_v`].
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn chroma_h<S: LineSample>(
    mut block: BlockMut<'_, S>,
    segments: &[EdgeParams],
    seg_len: usize,
    bit_depth: u8,
) {
    assert!(seg_len == 2 || seg_len == 4, "segments of {seg_len}");
    let w = seg_len * segments.len();
    assert!(block.width() >= w && block.height() == 4, "{block:?} for {} segments", segments.len());
    strips!(w, x, W => {
        let params = Params::new(&segments[x / seg_len..], seg_len, bit_depth);
        // SAFETY: the block has 4 rows and `W` columns from `x` on.
        if let Some(params) = params { unsafe {
            let mut lines = [_mm256_setzero_si256(); 4];
            for (y, line) in lines.iter_mut().enumerate() {
                *line = S::load_row::<W>(&block, x, y);
            }
            let [p0, q0] = chroma_lines(lines, &params);
            S::store_row::<W>(&mut block, x, 1, p0);
            S::store_row::<W>(&mut block, x, 2, q0);
        }}
    });
}

#[target_feature(enable = "avx2")]
pub(super) fn luma_v_u8(block: BlockMut<'_, u8>, segments: &[EdgeParams], bit_depth: u8) {
    // SAFETY: 8 bits.
    unsafe { luma_v::<u8, false>(block, segments, bit_depth) }
}

#[target_feature(enable = "avx2")]
pub(super) fn luma_h_u8(block: BlockMut<'_, u8>, segments: &[EdgeParams], bit_depth: u8) {
    // SAFETY: 8 bits.
    unsafe { luma_h::<u8, false>(block, segments, bit_depth) }
}

#[target_feature(enable = "avx2")]
pub(super) fn chroma_v_u8(block: BlockMut<'_, u8>, segments: &[EdgeParams], seg_len: usize, bit_depth: u8) {
    // SAFETY: 8 bits.
    unsafe { chroma_v(block, segments, seg_len, bit_depth) }
}

#[target_feature(enable = "avx2")]
pub(super) fn chroma_h_u8(block: BlockMut<'_, u8>, segments: &[EdgeParams], seg_len: usize, bit_depth: u8) {
    // SAFETY: 8 bits.
    unsafe { chroma_h(block, segments, seg_len, bit_depth) }
}

#[target_feature(enable = "avx2")]
pub(super) fn luma_v_u16(block: BlockMut<'_, u16>, segments: &[EdgeParams], bit_depth: u8) {
    if bit_depth > MAX_BIT_DEPTH {
        return scalar::luma::<u16, true>(block, segments, bit_depth);
    }
    // SAFETY: up to 12 bits.
    unsafe { luma_v::<u16, true>(block, segments, bit_depth) }
}

#[target_feature(enable = "avx2")]
pub(super) fn luma_h_u16(block: BlockMut<'_, u16>, segments: &[EdgeParams], bit_depth: u8) {
    if bit_depth > MAX_BIT_DEPTH {
        return scalar::luma::<u16, false>(block, segments, bit_depth);
    }
    // SAFETY: up to 12 bits.
    unsafe { luma_h::<u16, true>(block, segments, bit_depth) }
}

#[target_feature(enable = "avx2")]
pub(super) fn chroma_v_u16(block: BlockMut<'_, u16>, segments: &[EdgeParams], seg_len: usize, bit_depth: u8) {
    if bit_depth > MAX_BIT_DEPTH {
        return scalar::chroma::<u16, true>(block, segments, seg_len, bit_depth);
    }
    // SAFETY: up to 12 bits.
    unsafe { chroma_v(block, segments, seg_len, bit_depth) }
}

#[target_feature(enable = "avx2")]
pub(super) fn chroma_h_u16(block: BlockMut<'_, u16>, segments: &[EdgeParams], seg_len: usize, bit_depth: u8) {
    if bit_depth > MAX_BIT_DEPTH {
        return scalar::chroma::<u16, false>(block, segments, seg_len, bit_depth);
    }
    // SAFETY: up to 12 bits.
    unsafe { chroma_h(block, segments, seg_len, bit_depth) }
}
