//! Residuals against the formulas of 8.6, on dense blocks with 64-bit arithmetic.

use rivus_coding::ctu::record::Coeff;
use rivus_kernels::{Kernels, transform_matrix};
use rivus_picture::BlockMut;

use super::add::add_wide;
use super::transform_skip::Direction;
use super::{
    MAX_SAMPLES, Method, ResidualParams, ResidualScratch, block_residual, block_residual_wide,
    cross_component,
};
use crate::testing::Rng;

const DCT32: [[i8; 32]; 32] = transform_matrix::dct();

fn params(method: Method, log2_size: u8, bit_depth: u8, qp: u8) -> ResidualParams<'static> {
    ResidualParams {
        log2_size,
        bit_depth,
        qp,
        factors: None,
        method,
        rotate: false,
        rdpcm: None,
        extended_precision: false,
        nz_cols: 1 << log2_size,
        nz_rows: 1 << log2_size,
    }
}

/// 8.6.2 for a block given as dense levels.
fn expected(p: &ResidualParams<'_>, levels: &[i64]) -> Vec<i64> {
    let n = 1usize << p.log2_size;
    let (depth, log2) = (i64::from(p.bit_depth), i64::from(p.log2_size));
    let range = if p.extended_precision { 15.max(depth + 6) } else { 15 };
    let (min, max) = (-(1i64 << range), (1i64 << range) - 1);
    let bd_shift = (20 - depth).max(if p.extended_precision { 11 } else { 0 });
    let level_scale = [40i64, 45, 51, 57, 64, 72][usize::from(p.qp % 6)];
    let shift = depth + log2 + 10 - range;
    let scaled = |i: usize| {
        let flat = p.method == Method::TransformSkip && n > 4;
        let m = if flat { 16 } else { p.factors.map_or(16, |f| f[i].into()) };
        ((((levels[i] * m * level_scale) << (p.qp / 6)) + (1 << (shift - 1))) >> shift).clamp(min, max)
    };
    let rotated = |i: usize| if p.rotate { n * n - 1 - i } else { i };
    let mut r: Vec<i64> = match p.method {
        Method::Bypass => (0..n * n).map(|i| levels[rotated(i)]).collect(),
        Method::TransformSkip => {
            let ts_shift = log2 + if p.extended_precision { 5.min(bd_shift - 2) } else { 5 };
            (0..n * n)
                .map(|i| ((scaled(rotated(i)) << ts_shift) + (1 << (bd_shift - 1))) >> bd_shift)
                // Residuals of 16 bits wrap.
                .map(|r| if p.needs_wide() { r } else { (r as i16).into() })
                .collect()
        }
        Method::Dct | Method::Dst => {
            let matrix = |k: usize, i: usize| -> i64 {
                match p.method {
                    Method::Dst => transform_matrix::DST4[k][i].into(),
                    _ => DCT32[k * (32 / n)][i].into(),
                }
            };
            let d: Vec<i64> = (0..n * n).map(scaled).collect();
            let g = |x: usize, y: usize| {
                let e: i64 = (0..n).map(|k| matrix(k, y) * d[k * n + x]).sum();
                ((e + 64) >> 7).clamp(min, max)
            };
            let g: Vec<i64> = (0..n * n).map(|i| g(i % n, i / n)).collect();
            (0..n * n)
                .map(|i| {
                    let sum: i64 = (0..n).map(|k| matrix(k, i % n) * g[i / n * n + k]).sum();
                    (sum + (1 << (bd_shift - 1))) >> bd_shift
                })
                .collect()
        }
    };
    for i in 0..n * n {
        match p.rdpcm {
            Some(Direction::Horizontal) if i % n > 0 => r[i] += r[i - 1],
            Some(Direction::Vertical) if i >= n => r[i] += r[i - n],
            _ => {}
        }
    }
    r
}

/// A random sparse block: its coefficients in descending position, and the same dense.
fn random_levels(rng: &mut Rng, p: &mut ResidualParams<'_>, magnitude: i32) -> (Vec<Coeff>, Vec<i64>) {
    let n = 1usize << p.log2_size;
    (p.nz_cols, p.nz_rows) = (1 + rng.below(n) as u8, 1 + rng.below(n) as u8);
    let mut dense = vec![0; n * n];
    for _ in 0..=rng.below(12) {
        let (x, y) = (rng.below(p.nz_cols.into()), rng.below(p.nz_rows.into()));
        dense[y * n + x] = rng.range(-magnitude, magnitude).into();
    }
    let coeffs = (0..n * n)
        .rev()
        .filter(|&i| dense[i] != 0)
        .map(|i| Coeff { pos: i as u16, level: dense[i] as i32 })
        .collect();
    (coeffs, dense)
}

fn random_params<'a>(rng: &mut Rng, factors: &'a [u8], max_depth: i32) -> ResidualParams<'a> {
    let log2_size = rng.range(2, 5) as u8;
    let bit_depth = rng.range(8, max_depth) as u8;
    let method = match rng.below(5) {
        0 => Method::Bypass,
        1 => Method::TransformSkip,
        2 if log2_size == 2 => Method::Dst,
        _ => Method::Dct,
    };
    let mut p = params(method, log2_size, bit_depth, 0);
    p.qp = rng.below(52 + 6 * usize::from(bit_depth - 8)) as u8;
    p.factors = rng.one_in(2).then_some(&factors[..1 << (2 * log2_size)]);
    if matches!(method, Method::Bypass | Method::TransformSkip) {
        p.rotate = log2_size == 2 && rng.one_in(2);
        p.rdpcm = [None, Some(Direction::Horizontal), Some(Direction::Vertical)][rng.below(3)];
    }
    p
}

fn random_factors(rng: &mut Rng) -> Vec<u8> {
    (0..MAX_SAMPLES).map(|_| 1 + rng.below(255) as u8).collect()
}

/// Every method, size, depth, scaling and accumulation; the scratch is clean after each block.
#[test]
fn residuals_are_those_of_the_formulas() {
    let mut rng = Rng(11);
    let factors = random_factors(&mut rng);
    let (mut scratch, mut out) = (ResidualScratch::default(), [0i16; MAX_SAMPLES]);
    let mut wide = [1i32; MAX_SAMPLES];
    for round in 0..2000 {
        let mut p = random_params(&mut rng, &factors, 12);
        let magnitude = [3, 300, 32767][rng.below(3)];
        let (coeffs, dense) = random_levels(&mut rng, &mut p, magnitude);
        let want = expected(&p, &dense);
        block_residual(&p, &coeffs, Kernels::<u8>::best(), &mut scratch, &mut out);
        let saturated: Vec<i64> = want.iter().map(|v| (*v).clamp(-32768, 32767)).collect();
        let got: Vec<i64> = out[..want.len()].iter().map(|v| i64::from(*v)).collect();
        assert_eq!(got, saturated, "round {round}, {p:?}");
        block_residual_wide(&p, &coeffs, &mut wide);
        let got: Vec<i64> = wide[..want.len()].iter().map(|v| i64::from(*v)).collect();
        assert_eq!(got, want, "wide, round {round}, {p:?}");
    }
    assert!(scratch.coeffs.iter().all(|c| *c == 0) && scratch.wide.iter().all(|c| *c == 0));
}

/// Extended precision, where levels and coefficients exceed 16 bits.
#[test]
fn extended_precision_is_that_of_the_formulas() {
    let mut rng = Rng(12);
    let factors = random_factors(&mut rng);
    let mut wide = [1i32; MAX_SAMPLES];
    for round in 0..1000 {
        let mut p = random_params(&mut rng, &factors, 16);
        p.extended_precision = true;
        assert!(p.needs_wide());
        let magnitude = [3, 3000, (1 << (p.bit_depth + 6).max(15)) - 1][rng.below(3)];
        let (coeffs, dense) = random_levels(&mut rng, &mut p, magnitude);
        block_residual_wide(&p, &coeffs, &mut wide);
        let want = expected(&p, &dense);
        let got: Vec<i64> = wide[..want.len()].iter().map(|v| i64::from(*v)).collect();
        assert_eq!(got, want, "round {round}, {p:?}");
    }
}

/// By hand: level 4 at qP 28 and 8 bits is 4 * 16 * (64 << 4) + 16 >> 5 = 2048, whose DC basis is (64 * 2048 + 64 >> 7) = 1024,
/// then (64 * 1024 + 2048) >> 12 = 16 in every sample; transform skip gives (2048 << 7) + 2048 >> 12 = 64.
#[test]
fn a_single_level_has_the_value_computed_by_hand() {
    let coeffs = [Coeff { pos: 0, level: 4 }];
    let (mut scratch, mut out) = (ResidualScratch::default(), [0i16; MAX_SAMPLES]);
    let kernels = Kernels::<u8>::best();
    block_residual(&params(Method::Dct, 2, 8, 28), &coeffs, kernels, &mut scratch, &mut out);
    assert_eq!(out[..16], [16; 16]);
    block_residual(&params(Method::TransformSkip, 2, 8, 28), &coeffs, kernels, &mut scratch, &mut out);
    assert_eq!((out[0], &out[1..16]), (64, &[0; 15][..]));
    let down = ResidualParams { rdpcm: Some(Direction::Vertical), ..params(Method::Bypass, 2, 8, 28) };
    block_residual(&down, &coeffs, kernels, &mut scratch, &mut out);
    assert_eq!(out[..16], [4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0]);
    let turned = ResidualParams { rotate: true, ..params(Method::Bypass, 2, 8, 28) };
    block_residual(&turned, &coeffs, kernels, &mut scratch, &mut out);
    assert_eq!((&out[..15], out[15]), (&[0; 15][..], 4));
    block_residual(&turned, &[], kernels, &mut scratch, &mut out);
    assert_eq!(out[..16], [0; 16]);
}

/// The largest level of a transform-skipped 16x16 block of 12 bits leaves 16 bits: -32766 * 1440 >> 11 = -23039, doubled and
/// wrapped.
#[test]
fn transform_skip_residuals_wrap_at_16_bits() {
    let coeffs = [Coeff { pos: 188, level: -32766 }];
    let (mut scratch, mut out) = (ResidualScratch::default(), [0i16; MAX_SAMPLES]);
    let kernels = Kernels::<u16>::best();
    block_residual(&params(Method::TransformSkip, 4, 12, 7), &coeffs, kernels, &mut scratch, &mut out);
    assert_eq!(out[188], (-46078i32 + 65536) as i16);
}

/// 8.6.6 with luma deeper than chroma and the other way round; right shifts round down.
#[test]
fn cross_component_prediction_scales_the_luma_residual() {
    let mut chroma = [10, 10, 10];
    cross_component::predict(&mut chroma, &[16, -16, -1], 4, 8, 8);
    assert_eq!(chroma, [18, 2, 9]);
    let mut chroma = [0i16, i16::MAX];
    cross_component::predict(&mut chroma, &[100, 100], -8, 10, 8);
    assert_eq!(chroma, [-25, i16::MAX - 25]);
    let mut wide = [0, 1 << 20];
    cross_component::predict_wide(&mut wide, &[100, -100], 1, 8, 16);
    assert_eq!(wide, [3200, (1 << 20) - 3200]);
}

#[test]
fn wide_residuals_are_added_and_clipped() {
    let mut samples = [1000u16, 65535, 3, 500];
    add_wide(BlockMut::new(&mut samples, 0, 2, 2, 2), &[-2000, 1, 70_000, -1], 16);
    assert_eq!(samples, [0, 65535, 65535, 499]);
}
