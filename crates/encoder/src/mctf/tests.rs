//! The temporal filter on synthetic clips with noise.

use super::*;
use crate::lookahead::{Lookahead, LookaheadConfig, PlannedPicture};
use crate::request::Wishes;
use rivus_picture::{ChromaFormat, PictureFormat};
use std::sync::Arc;

const FORMAT: PictureFormat = PictureFormat {
    width: 136,
    height: 72,
    chroma: ChromaFormat::Yuv420,
    bit_depth_luma: 8,
    bit_depth_chroma: 8,
};

fn hash(x: i32, y: i32, seed: i32) -> i32 {
    let mut h =
        (x as u32).wrapping_mul(0x9e37_79b1) ^ (y as u32).wrapping_mul(0x85eb_ca6b) ^ (seed as u32) << 20;
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
    ((h ^ (h >> 15)) & 0xff) as i32
}

/// Waves that move by `speed` samples per picture, with noise of +-`noise`, in all planes.
fn picture(t: i32, speed: i32, noise: i32, phase: f64) -> Picture<u8> {
    let mut picture = Picture::new(FORMAT);
    for plane in 0..3 {
        let size = if plane == 0 { 1 } else { 2 };
        let mut out = picture.plane_mut(plane);
        for y in 0..out.height() {
            for (x, v) in out.row_mut(y).iter_mut().enumerate() {
                let (x, y) = (x as i32 * size, y as i32 * size);
                let wave = |at: i32, length: f64| (f64::from(at) / length + phase).sin();
                let clean = 128.0 + 40.0 * wave(x - speed * t, 5.0) + 40.0 * wave(y, 7.0);
                *v = (clean as i32 + hash(x, y, 3 * t + plane as i32) * (2 * noise + 1) / 256 - noise) as u8;
            }
        }
    }
    picture.pad();
    picture
}

fn squared_error(a: &Picture<u8>, b: &Picture<u8>, plane: usize) -> f64 {
    let (a, b) = (a.plane(plane), b.plane(plane));
    let rows = a.rows().zip(b.rows()).flat_map(|(a, b)| a.iter().zip(b));
    rows.map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum()
}

/// The pictures as planned with `config`, and filtered as at `qp`.
fn planned(clip: &[Arc<Picture<u8>>], config: LookaheadConfig, qp: f64) -> Vec<PlannedPicture<u8>> {
    let config = LookaheadConfig { mctf: true, min_keyint: 1, ..config };
    let mut lookahead = Lookahead::new(config, FORMAT, Kernels::best());
    for (pts, source) in clip.iter().enumerate() {
        lookahead.push(Arc::clone(source), pts as i64, Wishes::default());
    }
    lookahead.flush();
    std::iter::from_fn(|| lookahead.pop())
        .map(|mut picture| {
            if let (Some(filter), Some(strength)) = (&picture.filter, Strength::new(1.0, qp)) {
                let filtered = Picture::new(FORMAT);
                picture.source = Arc::new(filter.run(&picture.source, strength, Kernels::best(), filtered));
            }
            picture
        })
        .collect()
}

/// Numbers of the pictures that something is filtered with, in display order.
fn filtered(planned: &[PlannedPicture<u8>]) -> Vec<u64> {
    let mut numbers: Vec<u64> =
        planned.iter().filter(|p| p.filter.is_some()).map(|p| p.plan.number).collect();
    numbers.sort_unstable();
    numbers
}

fn moving(pictures: i32, noise: i32) -> Vec<Arc<Picture<u8>>> {
    (0..pictures).map(|t| Arc::new(picture(t, 2, noise, 0.0))).collect()
}

/// Key pictures have others on both sides but for the first and the last, and all end up nearer to the clean picture.
#[test]
fn noise_is_taken_from_moving_key_pictures() {
    let clip = moving(33, 6);
    let planned = planned(&clip, LookaheadConfig::default(), 32.0);
    assert_eq!(filtered(&planned), [0, 16, 32]);
    for p in planned.iter().filter(|p| p.filter.is_some()) {
        let number = p.plan.number as i32;
        let clean = picture(number, 2, 0, 0.0);
        for plane in 0..3 {
            let before = squared_error(&clean, &clip[number as usize], plane);
            let after = squared_error(&clean, &p.source, plane);
            assert!(after < 0.6 * before, "picture {number}, plane {plane}: {after} after {before}");
        }
    }
    let around = |number: u64| {
        let filter = planned.iter().find(|p| p.plan.number == number).and_then(|p| p.filter.as_ref());
        filter.map_or(Vec::new(), |f| f.neighbours.iter().map(|n| n.distance).collect())
    };
    let (one_side, half) = ((1..=8).collect::<Vec<_>>(), (1..=4).collect::<Vec<_>>());
    assert_eq!((around(0), around(16), around(32)), (one_side.clone(), half.repeat(2), one_side));
}

#[test]
fn static_pictures_without_noise_stay_as_they_are() {
    let clip: Vec<_> = (0..20).map(|_| Arc::new(picture(0, 0, 0, 0.0))).collect();
    for p in planned(&clip, LookaheadConfig::default(), 32.0) {
        for plane in 0..3 {
            assert!(squared_error(&clip[0], &p.source, plane) == 0.0);
        }
    }
}

/// What is no noise is kept: an object that is in no other picture, in a clip without noise.
#[test]
fn content_of_one_picture_is_kept() {
    let mut clip: Vec<_> = (0..20).map(|_| Arc::new(picture(0, 0, 0, 0.0))).collect();
    let mut changed = picture(0, 0, 0, 0.0);
    for y in 24..48 {
        changed.plane_mut(0).row_mut(y)[40..72].iter_mut().for_each(|v| *v ^= 32);
    }
    changed.pad();
    clip[16] = Arc::new(changed);
    let planned = planned(&clip, LookaheadConfig::default(), 28.0);
    for p in planned.iter().filter(|p| p.plan.number == 16) {
        let error = squared_error(&clip[16], &p.source, 0) / (32.0 * 24.0);
        assert!(error < 2.0, "mean squared error {error} where the change is 1024");
    }
}

#[test]
fn low_qp_and_strength_zero_are_off() {
    assert_eq!(Strength::new(0.0, 32.0), None);
    assert_eq!(Strength::new(1.0, 10.0), None);
    assert_eq!(Strength::new(1.0, 0.0), None);
    assert!(Strength::new(1.0, 51.0).is_some());
}

/// Intra pictures that nobody is predicted from, single pictures, and pictures in low delay, which know no others in time.
#[test]
fn pictures_that_serve_few_are_left_alone() {
    let clip = moving(12, 6);
    let intra_only = LookaheadConfig { max_keyint: 1, ..LookaheadConfig::default() };
    assert_eq!(filtered(&planned(&clip, intra_only, 32.0)), []);
    assert_eq!(filtered(&planned(&clip[..1], LookaheadConfig::default(), 32.0)), []);
    let low_delay = LookaheadConfig { longest_mini_gop: 1, depth: 0, ..LookaheadConfig::default() };
    assert_eq!(filtered(&planned(&clip, low_delay, 32.0)), []);
}

/// A picture between two cuts has nobody to be averaged with.
#[test]
fn nothing_is_filtered_across_cuts() {
    let noise = |seed: i32| {
        let mut picture = picture(0, 0, 0, f64::from(seed));
        for y in 0..FORMAT.height {
            for (x, v) in picture.plane_mut(0).row_mut(y).iter_mut().enumerate() {
                *v = hash(x as i32 / 6, y as i32 / 6, seed) as u8;
            }
        }
        picture.pad();
        Arc::new(picture)
    };
    let clip: Vec<_> = (0..12).map(noise).collect();
    assert_eq!(filtered(&planned(&clip, LookaheadConfig::default(), 32.0)), []);
}
