//! Cases of deblocking.

use rivus_picture::Sample;

use super::EdgeParams;
use crate::harness::{Case, Io};

/// tC (0 to 24) and beta (0 to 64) of tables 8-12 scaled to the bit depth, some of them zero, some sides
/// kept.
fn segments<S: Sample>(io: &mut Io<S>, n: usize) -> Vec<EdgeParams> {
    let scale = 1 << (io.bit_depth - 8);
    (0..n)
        .map(|_| {
            if io.rng.range(0, 7) == 0 {
                return EdgeParams::default();
            }
            EdgeParams {
                tc: (io.rng.range(0, 24) * scale) as u16,
                beta: (io.rng.range(0, 64) * scale) as u16,
                keep_p: io.rng.range(0, 9) == 0,
                keep_q: io.rng.range(0, 9) == 0,
            }
        })
        .collect()
}

/// A step at the edge and a little noise on both sides, as quantisation leaves it: passes each of the
/// decisions.
fn draw_edge<S: Sample>(io: &mut Io<S>, w: usize, h: usize, vertical: bool) {
    let max = (1 << io.bit_depth) - 1;
    let scale = 1 << (io.bit_depth - 8);
    let (length, across) = if vertical { (h, w) } else { (w, h) };
    for segment in 0..length.div_ceil(4) {
        let level = io.rng.range(0, max);
        let step = io.rng.range(-30, 30) * scale;
        let noise = io.rng.range(0, 4) * scale / 2;
        for k in segment * 4..(segment * 4 + 4).min(length) {
            for i in 0..across {
                let base = level + if i < across / 2 { 0 } else { step };
                let v = S::from_i32((base + io.rng.range(-noise, noise)).clamp(0, max));
                let (x, y) = if vertical { (i, k) } else { (k, i) };
                io.dst[0].row_mut(y, w)[x] = v;
            }
        }
    }
}

/// Every edge length, over the pattern's samples and over drawn edges.
pub(crate) fn cases<S: Sample>() -> Vec<Case<S>> {
    let mut cases = Vec::new();
    for n in [1, 2, 3, 4, 5, 8, 16] {
        for draw in [false, true] {
            let name = format!("{n} segments{}", if draw { " drawn" } else { "" });
            cases.push(Case::new("deblock.luma_v", &name, 32 * n, |k| k.deblock.luma_v as usize, {
                move |k, io| {
                    if draw {
                        draw_edge(io, 8, 4 * n, true);
                    }
                    let segments = segments(io, n);
                    (k.deblock.luma_v)(io.dst[0].block_mut(8, 4 * n), &segments, io.bit_depth);
                }
            }));
            cases.push(Case::new("deblock.luma_h", &name, 32 * n, |k| k.deblock.luma_h as usize, {
                move |k, io| {
                    if draw {
                        draw_edge(io, 4 * n, 8, false);
                    }
                    let segments = segments(io, n);
                    (k.deblock.luma_h)(io.dst[0].block_mut(4 * n, 8), &segments, io.bit_depth);
                }
            }));
            for len in [2, 4] {
                let name = format!("{name} of {len}");
                cases.push(Case::new(
                    "deblock.chroma_v",
                    &name,
                    4 * len * n,
                    |k| k.deblock.chroma_v as usize,
                    move |k, io| {
                        if draw {
                            draw_edge(io, 4, len * n, true);
                        }
                        let segments = segments(io, n);
                        (k.deblock.chroma_v)(io.dst[0].block_mut(4, len * n), &segments, len, io.bit_depth);
                    },
                ));
                cases.push(Case::new(
                    "deblock.chroma_h",
                    &name,
                    4 * len * n,
                    |k| k.deblock.chroma_h as usize,
                    move |k, io| {
                        if draw {
                            draw_edge(io, len * n, 4, false);
                        }
                        let segments = segments(io, n);
                        (k.deblock.chroma_h)(io.dst[0].block_mut(len * n, 4), &segments, len, io.bit_depth);
                    },
                ));
            }
        }
    }
    cases
}

#[cfg(test)]
mod test {
    use rivus_picture::BlockMut;

    use super::*;
    use crate::{Kernels, harness};

    #[test]
    fn tiers_match_scalar() {
        harness::check(&cases::<u8>());
        harness::check(&cases::<u16>());
    }

    fn filter(row: [u8; 8], params: EdgeParams) -> [u8; 8] {
        let mut samples = [row, row, row, row].concat();
        (Kernels::<u8>::best().deblock.luma_v)(BlockMut::new(&mut samples, 0, 8, 8, 4), &[params], 8);
        std::array::from_fn(|i| samples[i])
    }

    /// A flat step: the strong filter makes a ramp; a kept side stays; no parameters, no change.
    #[test]
    fn a_flat_step_becomes_a_ramp() {
        let step = [100, 100, 100, 100, 108, 108, 108, 108];
        let params = EdgeParams { tc: 10, beta: 64, ..EdgeParams::default() };
        assert_eq!(filter(step, params), [100, 101, 102, 103, 105, 106, 107, 108]);
        let keep_p = EdgeParams { keep_p: true, ..params };
        assert_eq!(filter(step, keep_p), [100, 100, 100, 100, 105, 106, 107, 108]);
        assert_eq!(filter(step, EdgeParams::default()), step);
    }

    /// With a small tC the decision is for the normal filter, which moves at most tC.
    #[test]
    fn the_normal_filter_is_limited_by_tc() {
        let step = [100, 100, 100, 100, 108, 108, 108, 108];
        let params = EdgeParams { tc: 2, beta: 64, ..EdgeParams::default() };
        assert_eq!(filter(step, params), [100, 100, 101, 102, 106, 107, 108, 108]);
        let contrast = [100, 100, 100, 100, 180, 180, 180, 180];
        assert_eq!(filter(contrast, params), contrast);
    }
}
