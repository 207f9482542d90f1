//! Intra sample prediction in portable vectors, eight samples of a row at a time in 16-bit lanes.
//!
//! Angular modes below 18 are predicted as their mirror image into a buffer and transposed.

use rivus_picture::{BlockMut, Sample};
use wide::u16x8;

use super::angles::{intra_pred_angle, inv_angle};
use super::scalar;
use crate::lanes::{Lanes, load_part, signed, store_part};

/// Largest block size.
const MAX_SIZE: usize = 32;

/// The values of `lane(0)` to `lane(7)`.
#[inline]
fn lanes(lane: impl Fn(u16) -> u16) -> u16x8 {
    let mut values = [0; 8];
    for (i, value) in (0..).zip(&mut values) {
        *value = lane(i);
    }
    u16x8::new(values)
}

/// Sums are at most 2 * 32 * 1023 + 32: 16 bits up to 10 bits; deeper samples take the scalar path.
pub(super) fn planar<S: Lanes>(mut dst: BlockMut<'_, S>, top: &[S], left: &[S]) {
    let n = dst.width();
    let bits = top[1..n + 2].iter().chain(&left[1..n + 2]).fold(0, |bits, v| bits | v.to_i32());
    if bits >= 1 << 10 {
        return scalar::planar(dst, top, left);
    }
    let sample = |v: S| u16x8::splat(v.to_i32() as u16);
    let (right, bottom) = (sample(top[n + 1]), sample(left[n + 1]));
    let (size, shift) = (n as u16, n.ilog2() + 1);
    for x in (0..n).step_by(8) {
        let columns = (n - x).min(8);
        let px = x as u16;
        let weights = lanes(|lane| (size - 1).wrapping_sub(px + lane));
        let above = load_part(&top[1 + x..][..columns]);
        // Without the left samples, and how that changes from row to row; modulo 2^16.
        let mut sums = lanes(|lane| px + lane + 1) * right
            + above * u16x8::splat(size - 1)
            + (bottom + u16x8::splat(size));
        let step = bottom - above;
        for y in 0..n {
            let sum = (sums + sample(left[1 + y]) * weights) >> shift;
            store_part(&mut dst.row_mut(y)[x..][..columns], signed(sum));
            sums += step;
        }
    }
}

pub(super) fn dc<S: Sample>(mut dst: BlockMut<'_, S>, top: &[S], left: &[S], edge_filter: bool) {
    let n = dst.width();
    let sum = |line: &[S]| line[1..=n].iter().map(|v| v.to_i32()).sum::<i32>();
    let dc = (sum(top) + sum(left) + n as i32) >> (n.ilog2() + 1);
    dst.fill(S::from_i32(dc));
    if edge_filter {
        let filter = |v: S| S::from_i32((v.to_i32() + 3 * dc + 2) >> 2);
        for (v, above) in dst.row_mut(0).iter_mut().zip(&top[1..]) {
            *v = filter(*above);
        }
        for y in 1..n {
            dst.row_mut(y)[0] = filter(left[1 + y]);
        }
        dst.row_mut(0)[0] = S::from_i32((left[1].to_i32() + 2 * dc + top[1].to_i32() + 2) >> 2);
    }
}

/// Index of the corner in an extended reference.
const START: usize = MAX_SIZE;

/// The main reference of angular prediction, extended to negative positions from the side one: position i is
/// at [`START`] + i, i from -32 to 64. The rest is room for whole vectors.
type Reference<S> = [S; START + 2 * MAX_SIZE + 16];

/// Sums are at most 32 * 2047 + 16: 16 bits up to 11 bits; deeper samples take the scalar path.
pub(super) fn angular<S: Lanes>(
    mut dst: BlockMut<'_, S>,
    top: &[S],
    left: &[S],
    mode: u8,
    edge_filter: bool,
    bit_depth: u8,
) {
    if bit_depth > 11 {
        return scalar::angular(dst, top, left, mode, edge_filter, bit_depth);
    }
    let n = dst.width();
    let angle = intra_pred_angle(mode);
    let is_vertical = mode >= 18;
    let (main, side) = if is_vertical { (top, left) } else { (left, top) };
    let mut reference: Reference<S> = [S::default(); START + 2 * MAX_SIZE + 16];
    reference[START..=START + 2 * n].copy_from_slice(&main[..=2 * n]);
    // The last row starts one position after its iIdx.
    for i in ((n as i32 * angle) >> 5) + 1..0 {
        let from = (i * inv_angle(mode) + 128) >> 8;
        reference[(START as i32 + i) as usize] = side[from as usize];
    }
    if is_vertical {
        rows(&mut dst, &reference, angle);
    } else {
        let mut buffer = [S::default(); MAX_SIZE * MAX_SIZE];
        rows(&mut BlockMut::new(&mut buffer, 0, n, n, n), &reference, angle);
        transpose(&mut dst, &buffer);
    }
    if angle == 0 && edge_filter {
        let (corner, first) = (side[0].to_i32(), main[1].to_i32());
        for (k, v) in side[1..=n].iter().enumerate() {
            let filtered = S::clip(first + ((v.to_i32() - corner) >> 1), bit_depth);
            let (x, y) = if is_vertical { (0, k) } else { (k, 0) };
            dst.row_mut(y)[x] = filtered;
        }
    }
}

/// Predicts row after row from the reference.
#[inline]
fn rows<S: Lanes>(dst: &mut BlockMut<'_, S>, reference: &Reference<S>, angle: i32) {
    let n = dst.width();
    for y in 0..n {
        // iIdx and iFact; |angle| is at most 32, so iIdx is -n to n.
        let distance = (y as i32 + 1) * angle;
        let start = (START as i32 + (distance >> 5) + 1) as usize;
        let fraction = (distance & 31) as u16;
        let factors = [u16x8::splat(32 - fraction), u16x8::splat(fraction)];
        for (i, out) in dst.row_mut(y).chunks_mut(8).enumerate() {
            let first = start + 8 * i;
            let [a, b] = [first, first + 1].map(|from| load_part(&reference[from..from + 8]));
            let sum = a * factors[0] + b * factors[1] + u16x8::splat(16);
            store_part(out, signed(sum >> 5));
        }
    }
}

/// Stores the dense square block `src` with rows and columns exchanged.
#[inline]
fn transpose<S: Lanes>(dst: &mut BlockMut<'_, S>, src: &[S]) {
    let n = dst.width();
    let size = n.min(8);
    for y in (0..n).step_by(size) {
        for x in (0..n).step_by(size) {
            let mut rows = [u16x8::ZERO; 8];
            for (i, row) in rows.iter_mut().enumerate().take(size) {
                *row = load_part(&src[(y + i) * n + x..][..size]);
            }
            for (i, column) in u16x8::transpose(rows).into_iter().enumerate().take(size) {
                store_part(&mut dst.row_mut(x + i)[y..][..size], signed(column));
            }
        }
    }
}

/// The compiler makes vectors of these loops.
pub(super) fn smooth<S: Sample>(top: &[S], left: &[S], out_top: &mut [S], out_left: &mut [S]) {
    smooth_line(top, left[1], out_top);
    smooth_line(left, top[1], out_left);
}

#[inline]
fn smooth_line<S: Sample>(line: &[S], before: S, out: &mut [S]) {
    let last = line.len() - 1;
    let filter = |a: S, b: S, c: S| S::from_i32((a.to_i32() + 2 * b.to_i32() + c.to_i32() + 2) >> 2);
    out[0] = filter(before, line[0], line[1]);
    for (out, v) in out[1..last].iter_mut().zip(line.windows(3)) {
        *out = filter(v[0], v[1], v[2]);
    }
    out[last] = line[last];
}
