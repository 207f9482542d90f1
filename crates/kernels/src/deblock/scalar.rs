//! Deblocking, reference.

use rivus_picture::{BlockMut, Sample};

use super::EdgeParams;

/// Sample `i` across the edge of line `k` along it.
fn get<S: Sample, const VERTICAL: bool>(block: &BlockMut<'_, S>, k: usize, i: usize) -> i32 {
    if VERTICAL { block.row(k)[i].to_i32() } else { block.row(i)[k].to_i32() }
}

fn set<S: Sample, const VERTICAL: bool>(block: &mut BlockMut<'_, S>, k: usize, i: usize, v: S) {
    if VERTICAL {
        block.row_mut(k)[i] = v;
    } else {
        block.row_mut(i)[k] = v;
    }
}

/// The decisions of 8.7.2.5.3.
struct Decisions {
    /// dE = 2.
    strong: bool,
    /// dEp, dEq.
    side: [bool; 2],
}

/// 8.7.2.5.3 and 8.7.2.5.6, for lines 0 and 3 of a segment, each p3 p2 p1 p0 q0 q1 q2 q3. `None`: dE = 0.
fn decide(line0: [i32; 8], line3: [i32; 8], tc: i32, beta: i32) -> Option<Decisions> {
    let second_difference = |[a, b, c]: [i32; 3]| (a - 2 * b + c).abs();
    let dp = |l: [i32; 8]| second_difference([l[1], l[2], l[3]]);
    let dq = |l: [i32; 8]| second_difference([l[4], l[5], l[6]]);
    let (dp0, dp3, dq0, dq3) = (dp(line0), dp(line3), dq(line0), dq(line3));
    if dp0 + dq0 + dp3 + dq3 >= beta {
        return None;
    }
    let smooth = |l: [i32; 8], dpq: i32| {
        2 * dpq < (beta >> 2)
            && (l[0] - l[3]).abs() + (l[4] - l[7]).abs() < (beta >> 3)
            && (l[3] - l[4]).abs() < (5 * tc + 1) >> 1
    };
    let side_limit = (beta + (beta >> 1)) >> 3;
    Some(Decisions {
        strong: smooth(line0, dp0 + dq0) && smooth(line3, dp3 + dq3),
        side: [dp0 + dp3 < side_limit, dq0 + dq3 < side_limit],
    })
}

/// 8.7.2.5.7, dE = 2.
fn strong_filter([p3, p2, p1, p0, q0, q1, q2, q3]: [i32; 8], tc: i32) -> [i32; 8] {
    let limit = |v: i32, old: i32| v.clamp(old - 2 * tc, old + 2 * tc);
    [
        p3,
        limit((2 * p3 + 3 * p2 + p1 + p0 + q0 + 4) >> 3, p2),
        limit((p2 + p1 + p0 + q0 + 2) >> 2, p1),
        limit((p2 + 2 * p1 + 2 * p0 + 2 * q0 + q1 + 4) >> 3, p0),
        limit((p1 + 2 * p0 + 2 * q0 + 2 * q1 + q2 + 4) >> 3, q0),
        limit((p0 + q0 + q1 + q2 + 2) >> 2, q1),
        limit((p0 + q0 + q1 + 3 * q2 + 2 * q3 + 4) >> 3, q2),
        q3,
    ]
}

/// 8.7.2.5.7, dE = 1; the caller clips to the sample range.
fn normal_filter(line: [i32; 8], side: [bool; 2], tc: i32) -> [i32; 8] {
    let [p3, p2, p1, p0, q0, q1, q2, q3] = line;
    let delta = (9 * (q0 - p0) - 3 * (q1 - p1) + 8) >> 4;
    if delta.abs() >= tc * 10 {
        return line;
    }
    let delta = delta.clamp(-tc, tc);
    let half = |v: i32| v.clamp(-(tc >> 1), tc >> 1);
    let delta_p = if side[0] { half((((p2 + p0 + 1) >> 1) - p1 + delta) >> 1) } else { 0 };
    let delta_q = if side[1] { half((((q2 + q0 + 1) >> 1) - q1 - delta) >> 1) } else { 0 };
    [p3, p2, p1 + delta_p, p0 + delta, q0 - delta, q1 + delta_q, q2, q3]
}

pub(super) fn luma<S: Sample, const VERTICAL: bool>(
    mut block: BlockMut<'_, S>,
    segments: &[EdgeParams],
    bit_depth: u8,
) {
    for (segment, params) in segments.iter().enumerate() {
        let (tc, beta) = (i32::from(params.tc), i32::from(params.beta));
        let lines: [[i32; 8]; 4] =
            std::array::from_fn(|k| std::array::from_fn(|i| get::<S, VERTICAL>(&block, segment * 4 + k, i)));
        let Some(decisions) = decide(lines[0], lines[3], tc, beta) else { continue };
        for (k, line) in lines.into_iter().enumerate() {
            let filtered = if decisions.strong {
                strong_filter(line, tc)
            } else {
                normal_filter(line, decisions.side, tc)
            };
            for (i, v) in filtered.into_iter().enumerate() {
                let keep = if i < 4 { params.keep_p } else { params.keep_q };
                if !keep {
                    set::<S, VERTICAL>(&mut block, segment * 4 + k, i, S::clip(v, bit_depth));
                }
            }
        }
    }
}

/// 8.7.2.5.8.
pub(super) fn chroma<S: Sample, const VERTICAL: bool>(
    mut block: BlockMut<'_, S>,
    segments: &[EdgeParams],
    seg_len: usize,
    bit_depth: u8,
) {
    for (segment, params) in segments.iter().enumerate() {
        let tc = i32::from(params.tc);
        for k in segment * seg_len..(segment + 1) * seg_len {
            let [p1, p0, q0, q1] = std::array::from_fn(|i| get::<S, VERTICAL>(&block, k, i));
            let delta = ((((q0 - p0) << 2) + p1 - q1 + 4) >> 3).clamp(-tc, tc);
            if !params.keep_p {
                set::<S, VERTICAL>(&mut block, k, 1, S::clip(p0 + delta, bit_depth));
            }
            if !params.keep_q {
                set::<S, VERTICAL>(&mut block, k, 2, S::clip(q0 - delta, bit_depth));
            }
        }
    }
}
