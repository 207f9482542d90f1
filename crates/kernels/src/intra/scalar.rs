//! Intra sample prediction, reference.

use rivus_picture::{BlockMut, Sample};

use super::angles::{intra_pred_angle, inv_angle};

/// Sets each sample to `predict(x, y)`, which is inside the range of samples.
fn each<S: Sample>(dst: &mut BlockMut<'_, S>, predict: impl Fn(usize, usize) -> i32) {
    for y in 0..dst.height() {
        for (x, v) in dst.row_mut(y).iter_mut().enumerate() {
            *v = S::from_i32(predict(x, y));
        }
    }
}

pub(super) fn planar<S: Sample>(mut dst: BlockMut<'_, S>, top: &[S], left: &[S]) {
    let n = dst.width();
    let shift = n.ilog2() + 1;
    let (size, right, bottom) = (n as i32, top[n + 1].to_i32(), left[n + 1].to_i32());
    each(&mut dst, |x, y| {
        let (px, py) = (x as i32, y as i32);
        let across = (size - 1 - px) * left[1 + y].to_i32() + (px + 1) * right;
        let down = (size - 1 - py) * top[1 + x].to_i32() + (py + 1) * bottom;
        (across + down + size) >> shift
    });
}

pub(super) fn dc<S: Sample>(mut dst: BlockMut<'_, S>, top: &[S], left: &[S], edge_filter: bool) {
    let n = dst.width();
    let sum: i32 = top[1..=n].iter().chain(&left[1..=n]).map(|v| v.to_i32()).sum();
    let dc = (sum + n as i32) >> (n.ilog2() + 1);
    each(&mut dst, |x, y| match (x, y) {
        (0, 0) if edge_filter => (left[1].to_i32() + 2 * dc + top[1].to_i32() + 2) >> 2,
        (_, 0) if edge_filter => (top[1 + x].to_i32() + 3 * dc + 2) >> 2,
        (0, _) if edge_filter => (left[1 + y].to_i32() + 3 * dc + 2) >> 2,
        _ => dc,
    });
}

pub(super) fn angular<S: Sample>(
    mut dst: BlockMut<'_, S>,
    top: &[S],
    left: &[S],
    mode: u8,
    edge_filter: bool,
    bit_depth: u8,
) {
    let n = dst.width();
    let angle = intra_pred_angle(mode);
    // Modes below 18 predict from the left: the same process with rows and columns exchanged.
    let is_vertical = mode >= 18;
    let (main, side) = if is_vertical { (top, left) } else { (left, top) };
    let reference = |i: i32| {
        let v = if i >= 0 { main[i as usize] } else { side[((i * inv_angle(mode) + 128) >> 8) as usize] };
        v.to_i32()
    };
    each(&mut dst, |x, y| {
        let (along, away) = if is_vertical { (x as i32, y as i32) } else { (y as i32, x as i32) };
        if angle == 0 && edge_filter && along == 0 {
            let delta = side[1 + away as usize].to_i32() - side[0].to_i32();
            return S::clip(main[1].to_i32() + (delta >> 1), bit_depth).to_i32();
        }
        let (index, fraction) = (((away + 1) * angle) >> 5, ((away + 1) * angle) & 31);
        let first = along + index + 1;
        if fraction == 0 {
            reference(first)
        } else {
            ((32 - fraction) * reference(first) + fraction * reference(first + 1) + 16) >> 5
        }
    });
    debug_assert_eq!(n, dst.height());
}

/// \[1 2 1\] along the line `out`, whose neighbour before the corner is `before`.
fn smooth_line<S: Sample>(line: &[S], before: S, out: &mut [S]) {
    let last = line.len() - 1;
    for (i, out) in out.iter_mut().enumerate().take(last) {
        let previous = if i == 0 { before } else { line[i - 1] };
        *out = S::from_i32((previous.to_i32() + 2 * line[i].to_i32() + line[i + 1].to_i32() + 2) >> 2);
    }
    out[last] = line[last];
}

pub(super) fn smooth<S: Sample>(top: &[S], left: &[S], out_top: &mut [S], out_left: &mut [S]) {
    smooth_line(top, left[1], out_top);
    smooth_line(left, top[1], out_left);
}

fn strong_line<S: Sample>(line: &[S], out: &mut [S]) {
    let (corner, end) = (line[0].to_i32(), line[64].to_i32());
    for (i, out) in out.iter_mut().enumerate().take(65) {
        *out = S::from_i32(((64 - i as i32) * corner + i as i32 * end + 32) >> 6);
    }
}

pub(super) fn strong<S: Sample>(top: &[S], left: &[S], out_top: &mut [S], out_left: &mut [S]) {
    strong_line(top, out_top);
    strong_line(left, out_left);
}
