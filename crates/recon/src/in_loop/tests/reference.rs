//! The in-loop filters of a whole picture, segment by segment and sample by sample.

use rivus_coding::motion::{Motion, Mv};
use rivus_picture::ChromaFormat;

use super::model::Model;
use crate::in_loop::deblock::{BETA_TABLE, TC_TABLE};

/// 8.7.2: all vertical edges of the picture, then all horizontal ones.
pub(super) fn deblock(model: &Model, planes: &mut [Vec<i32>]) {
    for vertical in [true, false] {
        let (width, height) = (model.params.format.width, model.params.format.height);
        for (plane, samples) in planes.iter_mut().enumerate() {
            for y in (0..height).step_by(4) {
                for x in (0..width).step_by(4) {
                    segment(model, plane, samples, (x, y), vertical);
                }
            }
        }
    }
}

/// The segment of four luma samples at the left (`vertical`) or top edge of the unit at luma sample (x, y).
fn segment(model: &Model, plane: usize, samples: &mut [i32], (x, y): (usize, usize), vertical: bool) {
    let format = &model.params.format;
    let (sx, sy) = format.chroma.plane_shifts(plane);
    // The grid is one of 8 samples of the plane.
    let along = if vertical { x >> sx } else { y >> sy };
    if along == 0 || along % 8 != 0 || (vertical && x % 8 != 0) || (!vertical && y % 8 != 0) {
        return;
    }
    let p_at = if vertical { (x - 1, y) } else { (x, y - 1) };
    let (p, q) = (model.unit(p_at.0, p_at.1), model.unit(x, y));
    let (p_ctu, q_ctu) = (model.ctu_at(p_at.0, p_at.1), model.ctu_at(x, y));
    let (p_slice, q_slice) = (&model.ctus[p_ctu], &model.ctus[q_ctu]);
    let slice_border =
        p_slice.slice_idx != q_slice.slice_idx && !q_slice.slice_loop_filter_across_slices_enabled_flag;
    let tile_border =
        p_slice.tile_id != q_slice.tile_id && !model.params.loop_filter_across_tiles_enabled_flag;
    if q_slice.slice_deblocking_filter_disabled_flag || slice_border || tile_border {
        return;
    }
    let bs = if p.tu == q.tu && p.pu == q.pu {
        0
    } else if p.intra || q.intra {
        2
    } else if p.tu != q.tu && (p.cbf || q.cbf) {
        1
    } else {
        i32::from(motion_unlike(&p.motion, &q.motion))
    };
    if bs == 0 || (plane > 0 && bs < 2) {
        return;
    }
    let depth = format.bit_depth(plane);
    let qp = (p.qp_y + q.qp_y + 1) >> 1;
    let width = format.plane_size(plane).0;
    let (step, next) = if vertical { (1, width) } else { (width, 1) };
    let start = (y >> sy) * width + (x >> sx);
    let tc_of = |qp: i32| {
        let q = (qp + 2 * (bs - 1) + i32::from(q_slice.tc_offset)).clamp(0, 53);
        i32::from(TC_TABLE[q as usize]) << (depth - 8)
    };
    if plane == 0 {
        let beta = (qp + i32::from(q_slice.beta_offset)).clamp(0, 51);
        let beta = i32::from(BETA_TABLE[beta as usize]) << (depth - 8);
        luma(samples, start, step, next, beta, tc_of(qp), (p.keep, q.keep), depth);
    } else {
        let qp = qp + i32::from(model.params.pps_chroma_qp_offset[plane - 1]);
        let qp = match qp {
            _ if format.chroma != ChromaFormat::Yuv420 => qp.min(51),
            30..43 => [29, 30, 31, 32, 33, 33, 34, 34, 35, 35, 36, 36, 37][qp as usize - 30],
            43.. => qp - 6,
            _ => qp,
        };
        let tc = tc_of(qp);
        for k in 0..(if vertical { 4 >> sy } else { 4 >> sx }) {
            chroma(samples, start + k * next, step, tc, (p.keep, q.keep), depth);
        }
    }
}

/// bS by the list of conditions in 8.7.2.4, with the vectors of a block as a list.
fn motion_unlike(p: &Motion, q: &Motion) -> bool {
    let vectors = |m: &Motion| -> Vec<(u8, Mv)> {
        (0..2).filter(|&l| m.uses(l)).map(|l| (m.ref_pic[l], m.mv[l])).collect()
    };
    let (p, q) = (vectors(p), vectors(q));
    let pictures = |v: &[(u8, Mv)]| {
        let mut pictures: Vec<u8> = v.iter().map(|v| v.0).collect();
        pictures.sort_unstable();
        pictures
    };
    if p.len() != q.len() || pictures(&p) != pictures(&q) {
        return true;
    }
    let near = |a: &(u8, Mv), b: &(u8, Mv)| {
        let diff = |a: i16, b: i16| (i32::from(a) - i32::from(b)).abs();
        a.0 == b.0 && diff(a.1.x, b.1.x) < 4 && diff(a.1.y, b.1.y) < 4
    };
    match p.len() {
        1 => !near(&p[0], &q[0]),
        _ => {
            let straight = near(&p[0], &q[0]) && near(&p[1], &q[1]);
            let crossed = near(&p[0], &q[1]) && near(&p[1], &q[0]);
            !(straight || crossed)
        }
    }
}

/// 8.7.2.5.3, 8.7.2.5.6 and 8.7.2.5.7 for four lines.
fn luma(
    samples: &mut [i32],
    start: usize,
    step: usize,
    next: usize,
    beta: i32,
    tc: i32,
    (keep_p, keep_q): (bool, bool),
    depth: u8,
) {
    let line = |samples: &[i32], k: usize| -> ([i32; 4], [i32; 4]) {
        let at = start + k * next;
        (
            std::array::from_fn(|i| samples[at - (i + 1) * step]),
            std::array::from_fn(|i| samples[at + i * step]),
        )
    };
    let second = |v: [i32; 4]| (v[2] - 2 * v[1] + v[0]).abs();
    let ((p0, q0), (p3, q3)) = (line(samples, 0), line(samples, 3));
    let (dp, dq) = (second(p0) + second(p3), second(q0) + second(q3));
    if dp + dq >= beta {
        return;
    }
    let strong_line = |p: [i32; 4], q: [i32; 4]| {
        2 * (second(p) + second(q)) < (beta >> 2)
            && (p[3] - p[0]).abs() + (q[0] - q[3]).abs() < (beta >> 3)
            && (p[0] - q[0]).abs() < (5 * tc + 1) >> 1
    };
    let strong = strong_line(p0, q0) && strong_line(p3, q3);
    let side = (beta + (beta >> 1)) >> 3;
    let clip1 = |v: i32| v.clamp(0, (1 << depth) - 1);
    for k in 0..4 {
        let ([p0, p1, p2, p3], [q0, q1, q2, q3]) = line(samples, k);
        let (mut p, mut q) = ([p0, p1, p2], [q0, q1, q2]);
        if strong {
            let near = |v: i32, old: i32| v.clamp(old - 2 * tc, old + 2 * tc);
            p = [
                near((p2 + 2 * p1 + 2 * p0 + 2 * q0 + q1 + 4) >> 3, p0),
                near((p2 + p1 + p0 + q0 + 2) >> 2, p1),
                near((2 * p3 + 3 * p2 + p1 + p0 + q0 + 4) >> 3, p2),
            ];
            q = [
                near((p1 + 2 * p0 + 2 * q0 + 2 * q1 + q2 + 4) >> 3, q0),
                near((p0 + q0 + q1 + q2 + 2) >> 2, q1),
                near((p0 + q0 + q1 + 3 * q2 + 2 * q3 + 4) >> 3, q2),
            ];
        } else {
            let delta = (9 * (q0 - p0) - 3 * (q1 - p1) + 8) >> 4;
            if delta.abs() < tc * 10 {
                let delta = delta.clamp(-tc, tc);
                (p[0], q[0]) = (clip1(p0 + delta), clip1(q0 - delta));
                if dp < side {
                    p[1] = clip1(p1 + ((((p2 + p0 + 1) >> 1) - p1 + delta) >> 1).clamp(-(tc >> 1), tc >> 1));
                }
                if dq < side {
                    q[1] = clip1(q1 + ((((q2 + q0 + 1) >> 1) - q1 - delta) >> 1).clamp(-(tc >> 1), tc >> 1));
                }
            }
        }
        let at = start + k * next;
        for i in 0..3 {
            if !keep_p {
                samples[at - (i + 1) * step] = p[i];
            }
            if !keep_q {
                samples[at + i * step] = q[i];
            }
        }
    }
}

/// 8.7.2.5.8 for one line.
fn chroma(samples: &mut [i32], at: usize, step: usize, tc: i32, (keep_p, keep_q): (bool, bool), depth: u8) {
    let (p1, p0, q0, q1) = (samples[at - 2 * step], samples[at - step], samples[at], samples[at + step]);
    let delta = ((((q0 - p0) << 2) + p1 - q1 + 4) >> 3).clamp(-tc, tc);
    let clip1 = |v: i32| v.clamp(0, (1 << depth) - 1);
    if !keep_p {
        samples[at - step] = clip1(p0 + delta);
    }
    if !keep_q {
        samples[at] = clip1(q0 - delta);
    }
}

/// 8.7.3: SAO of every sample of the deblocked picture.
pub(super) fn sao(model: &Model, deblocked: &[Vec<i32>]) -> Vec<Vec<i32>> {
    let format = &model.params.format;
    let sample = |plane: usize, x: usize, y: usize| -> i32 {
        let (sx, sy) = format.chroma.plane_shifts(plane);
        let (width, height) = format.plane_size(plane);
        let value = deblocked[plane][y * width + x];
        let ctu = model.ctu_at(x << sx, y << sy);
        let component = &model.ctus[ctu].sao.components[plane];
        if component.sao_type_idx == 0 || model.unit(x << sx, y << sy).keep {
            return value;
        }
        let depth = format.bit_depth(plane);
        let scale = model.params.log2_sao_offset_scale[usize::from(plane > 0)];
        let offset = |i: usize| i32::from(component.sao_offset_val[i - 1]) << scale;
        let clip1 = |v: i32| v.clamp(0, (1 << depth) - 1);
        if component.sao_type_idx == 1 {
            let band = (value >> (depth - 5)) as usize;
            let k = (band + 32 - usize::from(component.sao_band_position)) % 32;
            return if k < 4 { clip1(value + offset(k + 1)) } else { value };
        }
        let (dx, dy) = [(1, 0), (0, 1), (1, 1), (-1, 1)][usize::from(component.sao_eo_class)];
        let mut edge_idx = 2;
        for (dx, dy) in [(dx, dy), (-dx, -dy)] {
            let (nx, ny) = (x as isize + dx, y as isize + dy);
            if nx < 0 || ny < 0 || nx >= width as isize || ny >= height as isize {
                return value;
            }
            let (nx, ny) = (nx as usize, ny as usize);
            let other = model.ctu_at(nx << sx, ny << sy);
            let (current, neighbour) = (&model.ctus[ctu], &model.ctus[other]);
            let later =
                if model.decoding_order[ctu] > model.decoding_order[other] { current } else { neighbour };
            if current.slice_idx != neighbour.slice_idx && !later.slice_loop_filter_across_slices_enabled_flag
            {
                return value;
            }
            if current.tile_id != neighbour.tile_id && !model.params.loop_filter_across_tiles_enabled_flag {
                return value;
            }
            edge_idx += (value - deblocked[plane][ny * width + nx]).signum();
        }
        match edge_idx {
            0 => clip1(value + offset(1)),
            1 => clip1(value + offset(2)),
            3 => clip1(value + offset(3)),
            4 => clip1(value + offset(4)),
            _ => value,
        }
    };
    (0..format.num_planes())
        .map(|plane| {
            let (width, height) = format.plane_size(plane);
            (0..width * height).map(|i| sample(plane, i % width, i / width)).collect()
        })
        .collect()
}
