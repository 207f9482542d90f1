//! Motion compensation against 8.5.3.3 sample by sample, with clamped coordinates.

use std::sync::Arc;

use rivus_coding::motion::{Motion, Mv, NO_REF};
use rivus_kernels::{CHROMA_TAPS, Kernels, LUMA_TAPS};
use rivus_picture::{ChromaFormat, PAD, PictureFormat, Pool, Sample, SharedPicture};

use super::{InterScratch, MissingReference, PredWeights, WeightOffset, compensate};
use crate::samples::CtuSamples;
use crate::testing::{CHROMA_FORMATS, Rng, format};
use crate::tile::CtuTile;

fn random_picture<S: Sample>(rng: &mut Rng, format: PictureFormat) -> Arc<SharedPicture<S>> {
    // Vectors reach beyond the padding or not.
    let margin = [0, 16, PAD][rng.below(3)];
    let (picture, bands) = Pool::new(1, u64::MAX).picture(format, 16, margin).expect("no limit");
    for mut band in bands {
        for plane in 0..format.num_planes() {
            let rows = band.rows(plane);
            let mut block = band.block_mut(plane, 0, rows.start, format.plane_size(plane).0, rows.len());
            for y in 0..block.height() {
                // Runs of extreme values, so that intermediates reach their limits.
                let extreme = rng.one_in(3);
                for v in block.row_mut(y) {
                    let max = (1 << format.bit_depth(plane)) - 1;
                    *v = if extreme {
                        S::from_i32(max * rng.range(0, 1))
                    } else {
                        rng.sample(format.bit_depth(plane))
                    };
                }
            }
        }
        band.publish();
    }
    picture
}

/// 8.5.3.3.3: predSamples of the sample (x, y) of a plane.
fn pred_sample<S: Sample>(picture: &SharedPicture<S>, plane: usize, (x, y): (i32, i32), mv: Mv) -> i64 {
    let format = picture.format();
    let (sx, sy) = format.chroma.plane_shifts(plane);
    let (w, h) = format.plane_size(plane);
    let depth = u32::from(format.bit_depth(plane));
    // Chroma vectors in units of an eighth: mvCLX * 2 / SubWidthC.
    let unit = if plane == 0 { 4 } else { 8 };
    let (mx, my) = if plane == 0 {
        (i32::from(mv.x), i32::from(mv.y))
    } else {
        ((i32::from(mv.x) * 2) >> sx, (i32::from(mv.y) * 2) >> sy)
    };
    let (x, y) = (x + mx.div_euclid(unit), y + my.div_euclid(unit));
    let (fx, fy) = (mx.rem_euclid(unit) as usize, my.rem_euclid(unit) as usize);
    let (hx, hy): (&[i8], &[i8]) =
        if plane == 0 { (&LUMA_TAPS[fx], &LUMA_TAPS[fy]) } else { (&CHROMA_TAPS[fx], &CHROMA_TAPS[fy]) };
    let before = hx.len() as i32 / 2 - 1;
    let sample = |x: i32, y: i32| -> i64 {
        let (x, y) = (x.clamp(0, w as i32 - 1), y.clamp(0, h as i32 - 1));
        let row = picture.block(plane, x as isize, y as isize, 1, 1).expect("published").row(0);
        row[0].to_i32().into()
    };
    let (shift1, shift3) = (depth.saturating_sub(8).min(4), 14u32.saturating_sub(depth).max(2));
    let line = |y: i32| -> i64 {
        hx.iter().enumerate().map(|(i, t)| i64::from(*t) * sample(x + i as i32 - before, y)).sum()
    };
    let column = |value: &dyn Fn(i32) -> i64| -> i64 {
        hy.iter().enumerate().map(|(i, t)| i64::from(*t) * value(y + i as i32 - before)).sum()
    };
    match (fx, fy) {
        (0, 0) => sample(x, y) << shift3,
        (_, 0) => line(y) >> shift1,
        (0, _) => column(&|y| sample(x, y)) >> shift1,
        _ => column(&|y| line(y) >> shift1) >> 6,
    }
}

/// 8.5.3.3.4 for one sample.
fn weigh(preds: [Option<(i64, WeightOffset)>; 2], denom: Option<u8>, depth: u32) -> i64 {
    let shift1 = 14u32.saturating_sub(depth).max(2);
    let value = match (preds, denom) {
        ([Some((a, _)), Some((b, _))], None) => (a + b + (1 << shift1)) >> (shift1 + 1),
        ([Some((a, _)), None] | [None, Some((a, _))], None) => (a + (1 << (shift1 - 1))) >> shift1,
        ([Some((a, wa)), Some((b, wb))], Some(denom)) => {
            let log2_wd = u32::from(denom) + shift1;
            let offsets = i64::from(wa.offset) + i64::from(wb.offset);
            (a * i64::from(wa.weight) + b * i64::from(wb.weight) + ((offsets + 1) << log2_wd))
                >> (log2_wd + 1)
        }
        ([Some((a, w)), None] | [None, Some((a, w))], Some(denom)) => {
            let log2_wd = u32::from(denom) + shift1;
            ((a * i64::from(w.weight) + (1 << (log2_wd - 1))) >> log2_wd) + i64::from(w.offset)
        }
        ([None, None], _) => unreachable!("inter prediction without list"),
    };
    value.clamp(0, (1 << depth) - 1)
}

fn random_mv(rng: &mut Rng) -> Mv {
    let reach = [7, 200, 32767][rng.below(3)];
    Mv { x: rng.range(-reach - 1, reach) as i16, y: rng.range(-reach - 1, reach) as i16 }
}

fn random_weights(rng: &mut Rng, depth: u8) -> PredWeights {
    let mut weights = PredWeights::flat([rng.below(8) as u8, rng.below(8) as u8]);
    for entry in weights.entries.iter_mut().flatten().flatten() {
        if !rng.one_in(3) {
            let scale = 1 << (depth - 8);
            *entry =
                WeightOffset { weight: rng.range(-128, 255) as i16, offset: scale * rng.range(-128, 127) };
        }
    }
    weights
}

fn check_blocks<S: Sample>(seed: u64, depth: u8, rounds: usize) {
    let mut rng = Rng(seed);
    let mut scratch = InterScratch::default();
    for chroma in CHROMA_FORMATS {
        let format = format(72, 56, chroma, depth);
        let refs: Vec<_> = (0..3).map(|_| random_picture::<S>(&mut rng, format)).collect();
        let mut tile = CtuTile::<S>::new(format, 5);
        for round in 0..rounds {
            let (w, h) = (4 * rng.range(1, 8) as u8, 4 * rng.range(1, 8) as u8);
            let (x, y) =
                (4 * rng.below(9 - usize::from(w / 4)) as u8, 4 * rng.below(9 - usize::from(h / 4)) as u8);
            let ctu = (32 * rng.below(2) as u32, 32 * rng.below(2) as u32);
            let mut motion = Motion::INTRA;
            let lists = rng.range(1, 3);
            for list in 0..2 {
                if lists >> list & 1 != 0 {
                    motion.mv[list] =
                        if list == 1 && rng.one_in(3) { motion.mv[0] } else { random_mv(&mut rng) };
                    motion.ref_idx[list] = rng.below(16) as i8;
                    motion.ref_pic[list] = rng.below(3) as u8;
                }
            }
            let weights = rng.one_in(2).then(|| random_weights(&mut rng, depth));
            let rect = (x, y, w, h);
            let kernels = Kernels::<S>::best();
            compensate(&mut tile, ctu, rect, &motion, &refs, weights.as_ref(), kernels, &mut scratch)
                .expect("references are there");
            for plane in 0..format.num_planes() {
                let (sx, sy) = format.chroma.plane_shifts(plane);
                let denom = weights.as_ref().map(|w| w.log2_denom[usize::from(plane > 0)]);
                for (dx, dy) in (0..h >> sy).flat_map(|dy| (0..w >> sx).map(move |dx| (dx, dy))) {
                    let (tx, ty) = ((x >> sx) + dx, (y >> sy) + dy);
                    let at = ((ctu.0 as i32 >> sx) + i32::from(tx), (ctu.1 as i32 >> sy) + i32::from(ty));
                    let preds = [0, 1].map(|list| {
                        motion.uses(list).then(|| {
                            let picture = &refs[usize::from(motion.ref_pic[list])];
                            let entry = weights.as_ref().map_or(WeightOffset::default(), |w| {
                                w.entries[list][motion.ref_idx[list] as usize][plane]
                            });
                            (pred_sample(picture, plane, at, motion.mv[list]), entry)
                        })
                    });
                    let want = weigh(preds, denom, depth.into());
                    let got = tile.sample(plane, tx.into(), ty.into()).to_i32();
                    assert_eq!(
                        i64::from(got),
                        want,
                        "seed {seed}, {chroma:?}, round {round}, plane {plane} ({tx}, {ty}), {motion:?}, {weights:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn predictions_are_those_of_the_formulas() {
    check_blocks::<u8>(21, 8, 60);
    check_blocks::<u16>(22, 10, 40);
    check_blocks::<u16>(23, 12, 40);
}

/// predSamples beyond 16 bits.
#[test]
fn predictions_of_deep_samples_are_those_of_the_formulas() {
    check_blocks::<u16>(24, 16, 20);
    check_blocks::<u16>(25, 14, 20);
}

/// A reference that is not there, of another format, or not published, is an error.
#[test]
fn missing_references_are_reported() {
    let format = format(64, 64, ChromaFormat::Yuv420, 8);
    let mut tile = CtuTile::<u8>::new(format, 4);
    let (unpublished, _bands) = SharedPicture::new(format, 16);
    let other = random_picture(&mut Rng(1), crate::testing::format(64, 64, ChromaFormat::Yuv444, 8));
    let refs = [unpublished, other];
    for ref_pic in [0, 1, 2, NO_REF] {
        let motion = Motion { ref_idx: [0, -1], ref_pic: [ref_pic, NO_REF], ..Motion::INTRA };
        let (rect, mut scratch) = ((0, 0, 8, 8), InterScratch::default());
        let kernels = Kernels::<u8>::best();
        let result = compensate(&mut tile, (0, 0), rect, &motion, &refs, None, kernels, &mut scratch);
        assert_eq!(result, Err(MissingReference { ref_pic }));
    }
}
