//! Cases of weighted prediction.

use rivus_picture::Sample;

use crate::harness::{Case, Io};
use crate::interpolation::pred_shift;
use crate::mc_chroma::tests::sizes;

/// Random weight, offset in range for the bit depth.
fn weight<S: Sample>(io: &mut Io<S>) -> (i32, i32) {
    let half = 1 << (io.bit_depth - 1);
    match io.rng.range(0, 3) {
        0 => (io.rng.range(0, 1) * 383 - 128, io.rng.range(0, 1) * (2 * half - 1) - half),
        1 => (64, 0),
        _ => (io.rng.range(-128, 255), io.rng.range(-half, half - 1)),
    }
}

/// Every prediction block size with random weights.
pub(crate) fn cases<S: Sample>() -> Vec<Case<S>> {
    let mut cases = Vec::new();
    for (w, h) in sizes() {
        let size = format!("{w}x{h}");
        cases.push(Case::new(
            "weighted.put",
            &size,
            w * h,
            |k| k.weighted.put as usize,
            move |k, io| (k.weighted.put)(io.dst[0].block_mut(w, h), &io.inter[0], io.bit_depth),
        ));
        cases.push(Case::new(
            "weighted.avg",
            &size,
            w * h,
            |k| k.weighted.avg as usize,
            move |k, io| {
                (k.weighted.avg)(io.dst[0].block_mut(w, h), &io.inter[0], &io.inter[1], io.bit_depth);
            },
        ));
        cases.push(Case::new(
            "weighted.mean",
            &size,
            w * h,
            |k| k.weighted.mean as usize,
            move |k, io| {
                let (a, b) = (io.src[0].block(w, h), io.src[1].block(w, h));
                (k.weighted.mean)(io.dst[0].block_mut(w, h), a, b);
            },
        ));
        cases.push(Case::new(
            "weighted.uni",
            &size,
            w * h,
            |k| k.weighted.uni as usize,
            move |k, io| {
                let (weight, offset) = weight(io);
                let log2_wd = io.rng.range(0, 7) as u8 + pred_shift(io.bit_depth) as u8;
                let dst = io.dst[0].block_mut(w, h);
                (k.weighted.uni)(dst, &io.inter[0], weight, offset, log2_wd, io.bit_depth);
            },
        ));
        cases.push(Case::new(
            "weighted.bi",
            &size,
            w * h,
            |k| k.weighted.bi as usize,
            move |k, io| {
                let ((w0, o0), (w1, o1)) = (weight(io), weight(io));
                let log2_wd = io.rng.range(0, 7) as u8 + pred_shift(io.bit_depth) as u8;
                let dst = io.dst[0].block_mut(w, h);
                let (a, b) = (&io.inter[0], &io.inter[1]);
                (k.weighted.bi)(dst, a, b, w0, w1, o0, o1, log2_wd, io.bit_depth);
            },
        ));
    }
    cases
}

#[cfg(test)]
mod test {
    use rivus_picture::{Block, BlockMut};

    use super::*;
    use crate::{Kernels, MC_STRIDE, harness};

    #[test]
    fn tiers_match_scalar() {
        harness::check(&cases::<u8>());
        harness::check(&cases::<u16>());
    }

    /// Preparing and putting is the same as predicting directly; so is the average of a prediction with
    /// itself, and a unit weight.
    #[test]
    fn all_ways_to_a_plain_prediction_agree() {
        let k = Kernels::<u16>::best();
        let src: Vec<u16> = (0..15 * 15).map(|i| (i * 7919 % 1024) as u16).collect();
        let src = Block::new(&src, 0, 15, 15, 15);
        let mut pred = [0i16; 8 * MC_STRIDE];
        (k.mc_luma.prep)(&mut pred, src, 8, 8, 2, 1, 10);
        let mut out = [[0u16; 64]; 6];
        let [direct, put, avg, with, uni, bi] =
            out.each_mut().map(|buffer| BlockMut::new(buffer, 0, 8, 8, 8));
        (k.mc_luma.put)(direct, src, 2, 1, 10);
        (k.weighted.put)(put, &pred, 10);
        (k.weighted.avg)(avg, &pred, &pred, 10);
        (k.mc_luma.avg)(with, &pred, src, 2, 1, 10);
        (k.weighted.uni)(uni, &pred, 64, 0, 6 + 4, 10);
        (k.weighted.bi)(bi, &pred, &pred, 64, 64, 0, 0, 6 + 4, 10);
        assert!(out.iter().all(|other| *other == out[0]));
    }

    /// At full-sample positions the mean of samples is what the way over predSamples gives.
    #[test]
    fn the_mean_of_samples_is_that_of_their_predsamples() {
        let k = Kernels::<u16>::best();
        let source = |seed: u32| (0..15 * 15).map(|i| (i * seed % 1024) as u16).collect::<Vec<_>>();
        let sources = [source(7919), source(104_729)];
        let [a, b] = sources.each_ref().map(|source| Block::new(source, 0, 15, 15, 15));
        let mut pred = [0i16; 8 * MC_STRIDE];
        (k.mc_luma.prep)(&mut pred, a, 8, 8, 0, 0, 10);
        let mut out = [[0u16; 64]; 2];
        let [long, short] = out.each_mut().map(|buffer| BlockMut::new(buffer, 0, 8, 8, 8));
        (k.mc_luma.avg)(long, &pred, b, 0, 0, 10);
        (k.weighted.mean)(short, a.sub(3, 3, 8, 8), b.sub(3, 3, 8, 8));
        assert_eq!(out[0], out[1]);
    }
}
