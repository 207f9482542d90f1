//! Cases of intra prediction.

use rivus_picture::Sample;

use crate::harness::{Case, Io};

/// The neighbouring samples of an N x N block, with a common corner, at an odd offset.
fn reference<S: Sample>(io: &Io<S>, n: usize) -> (Vec<S>, Vec<S>) {
    let top = io.src[0].row(1, 2 * n + 1).to_vec();
    let mut left = io.src[1].row(3, 2 * n + 1).to_vec();
    left[0] = top[0];
    (top, left)
}

/// Every size and mode.
pub(crate) fn cases<S: Sample>() -> Vec<Case<S>> {
    let mut cases = Vec::new();
    for n in [4, 8, 16, 32] {
        cases.push(Case::new(
            "intra.planar",
            &format!("{n}x{n}"),
            n * n,
            |k| k.intra.planar as usize,
            move |k, io| {
                let (top, left) = reference(io, n);
                (k.intra.planar)(io.dst[0].block_mut(n, n), &top, &left);
            },
        ));
        for edge_filter in [false, true] {
            cases.push(Case::new(
                "intra.dc",
                &format!("{n}x{n} edge filter {edge_filter}"),
                n * n,
                |k| k.intra.dc as usize,
                move |k, io| {
                    let (top, left) = reference(io, n);
                    (k.intra.dc)(io.dst[0].block_mut(n, n), &top, &left, edge_filter);
                },
            ));
        }
        for mode in 2..=34 {
            for edge_filter in [false, true].into_iter().take(if mode == 10 || mode == 26 { 2 } else { 1 }) {
                cases.push(Case::new(
                    "intra.angular",
                    &format!("{n}x{n} mode {mode} edge filter {edge_filter}"),
                    n * n,
                    |k| k.intra.angular as usize,
                    move |k, io| {
                        let (top, left) = reference(io, n);
                        let dst = io.dst[0].block_mut(n, n);
                        (k.intra.angular)(dst, &top, &left, mode, edge_filter, io.bit_depth);
                    },
                ));
            }
        }
        cases.push(Case::new(
            "intra.smooth",
            &format!("{n}x{n}"),
            4 * n,
            |k| k.intra.smooth as usize,
            move |k, io| filter(k.intra.smooth, io, n),
        ));
    }
    cases.push(Case::new(
        "intra.strong",
        "32x32",
        128,
        |k| k.intra.strong as usize,
        |k, io| filter(k.intra.strong, io, 32),
    ));
    cases
}

fn filter<S: Sample>(kernel: super::FilterReference<S>, io: &mut Io<S>, n: usize) {
    let (top, left) = reference(io, n);
    let [a, b] = &mut io.dst;
    kernel(&top, &left, a.row_mut(0, 2 * n + 1), b.row_mut(0, 2 * n + 1));
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

    fn predict(predict: impl FnOnce(BlockMut<'_, u8>)) -> [[u8; 8]; 8] {
        let mut out = [0u8; 64];
        predict(BlockMut::new(&mut out, 0, 8, 8, 8));
        std::array::from_fn(|y| std::array::from_fn(|x| out[y * 8 + x]))
    }

    /// Diagonal modes copy along their direction, pure ones along rows and columns.
    #[test]
    fn directions_point_where_the_figure_says() {
        let k = Kernels::<u8>::best();
        let top: [u8; 17] = std::array::from_fn(|i| i as u8);
        let left: [u8; 17] = std::array::from_fn(|i| if i == 0 { 0 } else { 100 + i as u8 });
        let mode = |mode| predict(|dst| (k.intra.angular)(dst, &top, &left, mode, false, 8));
        let (m2, m10, m18, m26, m34) = (mode(2), mode(10), mode(18), mode(26), mode(34));
        for y in 0..8 {
            for x in 0..8 {
                assert_eq!(m2[y][x], left[x + y + 2]);
                assert_eq!(m10[y][x], left[y + 1]);
                assert_eq!(m26[y][x], top[x + 1]);
                assert_eq!(m34[y][x], top[x + y + 2]);
                assert_eq!(m18[y][x], if x >= y { top[x - y] } else { left[y - x] });
            }
        }
    }

    /// The boundary filters of DC and mode 26, worked out by hand.
    #[test]
    fn edge_filters_touch_only_the_edge() {
        let k = Kernels::<u8>::best();
        let top = [40u8; 17];
        let mut left = [80u8; 17];
        left[0] = 40;
        let dc = predict(|dst| (k.intra.dc)(dst, &top, &left, true));
        assert_eq!((dc[0][0], dc[0][1], dc[1][0], dc[7][7]), (60, 55, 65, 60));
        let vertical = predict(|dst| (k.intra.angular)(dst, &top, &left, 26, true, 8));
        assert!(vertical.iter().all(|row| row[0] == 60 && row[1..] == [40; 7]));
    }

    /// The corners of a planar block, worked out by hand.
    #[test]
    fn planar_blends_both_directions() {
        let k = Kernels::<u8>::best();
        let (mut top, left) = ([40u8; 17], [80u8; 17]);
        (top[0], top[9]) = (80, 120);
        let planar = predict(|dst| (k.intra.planar)(dst, &top, &left));
        assert_eq!((planar[0][0], planar[0][7], planar[7][0], planar[7][7]), (65, 83, 83, 100));
    }
}
