//! Intra prediction against the equations of 8.4.4.2 on a function of (x, y).

use rivus_coding::ctu::maps::{CtuAvailability, CtuMaps, flag};
use rivus_kernels::Kernels;
use rivus_picture::{ChromaFormat, Sample};

use super::{IntraBlock, IntraParams, References, predict};
use crate::samples::CtuSamples;
use crate::testing::{CHROMA_FORMATS, Rng, format};
use crate::tile::CtuTile;

/// A tile and maps full of random samples and flags, somewhere in a picture.
fn scene<S: Sample>(rng: &mut Rng, chroma: ChromaFormat, bit_depth: u8) -> (CtuTile<S>, CtuMaps) {
    let ctb_log2_size = rng.range(4, 6) as u8;
    let format = format(256, 256, chroma, bit_depth);
    let mut tile = CtuTile::new(format, ctb_log2_size);
    // Sometimes flat, for the strong filter.
    let (base, noise) = if rng.one_in(2) { (1 << (bit_depth - 1), 2) } else { (0, 1 << bit_depth) };
    for plane in 0..format.num_planes() {
        for y in 0..64 {
            for v in tile.block_mut(plane, 0, y, 64, 1).row_mut(0) {
                *v = S::from_i32(base + rng.below(noise) as i32);
            }
        }
        for i in -1..128 {
            tile.set_border(plane, i, -1, S::from_i32(base + rng.below(noise) as i32));
            if i < 64 {
                tile.set_border(plane, -1, i, S::from_i32(base + rng.below(noise) as i32));
            }
        }
    }
    let mut maps = CtuMaps::default();
    let avail = CtuAvailability {
        left: !rng.one_in(3),
        up: !rng.one_in(3),
        up_left: !rng.one_in(3),
        up_right: !rng.one_in(3),
    };
    let size = 1u32 << ctb_log2_size;
    let x0 = size * rng.below(256 / size as usize) as u32;
    // Near the right and lower edges of the picture, too.
    let (width, height) = (x0 + 8 * rng.range(1, 16) as u32, 256 - 8 * rng.range(0, 1) as u32);
    maps.begin((x0, 256 - size), (width, height), ctb_log2_size, avail, [None; 3]);
    for f in maps.flags.iter_mut().chain(&mut maps.flags_up_right) {
        *f = if rng.one_in(3) { 0 } else { flag::INTRA };
    }
    (tile, maps)
}

/// Bits of the coordinates of a unit, interleaved: 6.5.2.
fn z_order(x: isize, y: isize) -> isize {
    (0..5).map(|bit| ((x >> bit & 1) << (2 * bit)) | ((y >> bit & 1) << (2 * bit + 1))).sum()
}

/// 6.4.1 for luma samples (x, y) seen from (cx, cy), with `constrained_intra_pred_flag`.
fn available(maps: &CtuMaps, constrained: bool, (cx, cy): (isize, isize), (x, y): (isize, isize)) -> bool {
    let size = 1isize << maps.ctb_log2_size;
    let inside_picture = x < 4 * maps.units_right as isize && y < 4 * maps.units_h as isize;
    let decoded = match (x.div_euclid(size), y.div_euclid(size)) {
        (0, 0) => z_order(x / 4, y / 4) < z_order(cx / 4, cy / 4),
        (-1, 0) => maps.avail.left,
        (-1, -1) => maps.avail.up_left,
        (0, -1) => maps.avail.up,
        (1, -1) => maps.avail.up_right,
        _ => false,
    };
    let flags = || match (x.div_euclid(4), y.div_euclid(4)) {
        (ux, -1) if x >= size => maps.flags_up_right[(ux - size / 4) as usize],
        (ux, uy) => maps.flags[rivus_coding::ctu::maps::at(ux, uy)],
    };
    inside_picture && decoded && (!constrained || flags() & flag::INTRA != 0)
}

/// 8.4.4.2.2: p\[x\]\[y\] for x = -1, y = -1..2N-1 and y = -1, x = 0..2N-1, as (left with corner first, top).
fn neighbours<S: Sample>(
    tile: &CtuTile<S>,
    maps: &CtuMaps,
    constrained: bool,
    block: IntraBlock,
) -> (Vec<i32>, Vec<i32>) {
    let (sx, sy) = tile.format().chroma.plane_shifts(block.plane);
    let (x0, y0, n) = (block.x as isize, block.y as isize, 1isize << block.log2_size);
    let order: Vec<(isize, isize)> =
        (-1..2 * n).rev().map(|y| (-1, y)).chain((0..2 * n).map(|x| (x, -1))).collect();
    let current = (x0 << sx, y0 << sy);
    let mut values: Vec<Option<i32>> = order
        .iter()
        .map(|&(x, y)| {
            let (x, y) = (x0 + x, y0 + y);
            available(maps, constrained, current, (x << sx, y << sy))
                .then(|| tile.sample(block.plane, x, y).to_i32())
        })
        .collect();
    let middle = 1 << (tile.format().bit_depth(block.plane) - 1);
    if values[0].is_none() {
        values[0] = Some(values.iter().flatten().next().copied().unwrap_or(middle));
    }
    for i in 1..values.len() {
        values[i] = values[i].or(values[i - 1]);
    }
    let values: Vec<i32> = values.into_iter().flatten().collect();
    let corner = 2 * n as usize;
    (values[..=corner].iter().rev().copied().collect(), values[corner..].to_vec())
}

/// 8.4.4.2.3 on one side: `p[0]` is the corner.
fn smooth(p: &[i32], corner: i32, strong: bool) -> Vec<i32> {
    let last = p.len() - 1;
    (0..p.len())
        .map(|i| match i {
            0 => corner,
            _ if i == last => p[last],
            _ if strong => ((64 - i as i32) * p[0] + i as i32 * p[last] + 32) >> 6,
            _ => (p[i - 1] + 2 * p[i] + p[i + 1] + 2) >> 2,
        })
        .collect()
}

/// The whole of 8.4.4.2 for one block, row by row.
fn expected<S: Sample>(
    tile: &CtuTile<S>,
    maps: &CtuMaps,
    params: &IntraParams,
    block: IntraBlock,
) -> Vec<i32> {
    let IntraBlock { plane, log2_size, mode, .. } = block;
    let n = 1i32 << log2_size;
    let depth = tile.format().bit_depth(plane);
    let (mut left, mut top) = neighbours(tile, maps, params.constrained_intra_pred, block);
    let distance = (i32::from(mode) - 26).abs().min((i32::from(mode) - 10).abs());
    let threshold = [i32::MAX, 7, 1, 0][usize::from(log2_size) - 2];
    let may_filter = plane == 0 || tile.format().chroma == ChromaFormat::Yuv444;
    if may_filter && !params.intra_smoothing_disabled && mode != 1 && distance > threshold {
        let flat = |p: &[i32]| (p[0] + p[64] - 2 * p[32]).abs() < 1 << (depth - 5);
        let strong = params.strong_intra_smoothing && plane == 0 && n == 32 && flat(&left) && flat(&top);
        let corner = if strong { left[0] } else { (left[1] + 2 * left[0] + top[1] + 2) >> 2 };
        (left, top) = (smooth(&left, corner, strong), smooth(&top, corner, strong));
    }
    let edge = plane == 0 && n < 32;
    let angular_edge = edge && !(params.implicit_rdpcm && block.cu_transquant_bypass);
    let clip = |v: i32| v.clamp(0, (1 << depth) - 1);
    let (p_left, p_top) = (|y: i32| left[(y + 1) as usize], |x: i32| top[(x + 1) as usize]);
    let dc = ((0..n).map(|i| p_left(i) + p_top(i)).sum::<i32>() + n) >> (log2_size + 1);
    let sample = |x: i32, y: i32| -> i32 {
        match mode {
            0 => {
                ((n - 1 - x) * p_left(y)
                    + (x + 1) * p_top(n)
                    + (n - 1 - y) * p_top(x)
                    + (y + 1) * p_left(n)
                    + n)
                    >> (log2_size + 1)
            }
            1 if edge && x == 0 && y == 0 => (p_left(0) + 2 * dc + p_top(0) + 2) >> 2,
            1 if edge && y == 0 => (p_top(x) + 3 * dc + 2) >> 2,
            1 if edge && x == 0 => (p_left(y) + 3 * dc + 2) >> 2,
            1 => dc,
            26 if angular_edge && x == 0 => clip(p_top(0) + ((p_left(y) - p_left(-1)) >> 1)),
            10 if angular_edge && y == 0 => clip(p_left(0) + ((p_top(x) - p_top(-1)) >> 1)),
            _ => angular(mode, n, x, y, &left, &top),
        }
    };
    (0..n * n).map(|i| sample(i % n, i / n)).collect()
}

/// 8.4.4.2.6 without edge filter.
fn angular(mode: u8, n: i32, x: i32, y: i32, left: &[i32], top: &[i32]) -> i32 {
    const ANGLES: [i32; 17] = [32, 26, 21, 17, 13, 9, 5, 2, 0, -2, -5, -9, -13, -17, -21, -26, -32];
    let vertical = mode >= 18;
    let (main, side, along, across) = if vertical { (top, left, x, y) } else { (left, top, y, x) };
    let angle = if vertical { ANGLES[usize::from(34 - mode)] } else { ANGLES[usize::from(mode - 2)] };
    let reference = |i: i32| -> i32 {
        if i >= 0 {
            main[i as usize]
        } else {
            // invAngle of table 8-6 is 8192 / angle, rounded.
            let inverse = (8192.0 / f64::from(angle)).round() as i32;
            side[((i * inverse + 128) >> 8) as usize]
        }
    };
    debug_assert!(n <= 32);
    let (whole, fraction) = (((across + 1) * angle) >> 5, ((across + 1) * angle) & 31);
    let at = along + whole + 1;
    if fraction == 0 {
        reference(at)
    } else {
        ((32 - fraction) * reference(at) + fraction * reference(at + 1) + 16) >> 5
    }
}

fn check_blocks<S: Sample>(seed: u64, bit_depth: u8) {
    let mut rng = Rng(seed);
    let kernels = Kernels::<S>::best();
    for round in 0..300 {
        let chroma = CHROMA_FORMATS[rng.below(4)];
        let (mut tile, maps) = scene::<S>(&mut rng, chroma, bit_depth);
        let plane = rng.below(tile.format().num_planes());
        let (ctb_w, ctb_h) = tile.ctb_size(plane);
        let (sx, sy) = tile.format().chroma.plane_shifts(plane);
        let visible = ((4 * usize::from(maps.units_w)) >> sx, (4 * usize::from(maps.units_h)) >> sy);
        let n = loop {
            let n = 4usize << rng.below(4 - sx as usize);
            if n <= ctb_w.min(ctb_h).min(visible.0).min(visible.1) {
                break n;
            }
        };
        let block = IntraBlock {
            plane,
            x: n * rng.below(visible.0 / n),
            y: n * rng.below(visible.1 / n),
            log2_size: n.ilog2() as u8,
            mode: rng.below(35) as u8,
            cu_transquant_bypass: rng.one_in(4),
        };
        let params = IntraParams {
            constrained_intra_pred: rng.one_in(2),
            strong_intra_smoothing: rng.one_in(2),
            intra_smoothing_disabled: rng.one_in(5),
            implicit_rdpcm: rng.one_in(4),
        };
        let want = expected(&tile, &maps, &params, block);
        predict(&mut tile, &maps, &params, kernels, block);
        let got: Vec<i32> = tile
            .block(plane, block.x, block.y, n, n)
            .rows()
            .flat_map(|row| row.iter().map(|v| v.to_i32()).collect::<Vec<_>>())
            .collect();
        assert_eq!(got, want, "seed {seed}, round {round}, {block:?}, {params:?}, {chroma:?}");
    }
}

/// Random blocks in random surroundings: availability, substitution, smoothing, every mode.
#[test]
fn predictions_are_those_of_the_equations() {
    check_blocks::<u8>(1, 8);
    check_blocks::<u16>(2, 10);
    check_blocks::<u16>(3, 16);
}

/// 8.4.4.2.2: without any neighbour, all are mid-grey.
#[test]
fn without_neighbours_the_references_are_grey() {
    let format = format(64, 64, ChromaFormat::Yuv420, 10);
    let (tile, mut maps) = (CtuTile::<u16>::new(format, 6), CtuMaps::default());
    maps.begin((0, 0), (64, 64), 6, CtuAvailability::default(), [None; 3]);
    let mut references = References::default();
    references.gather(&tile, &maps, false, 1, (0, 0), 4);
    assert_eq!(
        (references.top[..33].to_vec(), references.left[..33].to_vec()),
        (vec![512; 33], vec![512; 33])
    );
}

/// The thresholds of 8.4.4.2.3, and where edge filters apply.
#[test]
fn smoothing_depends_on_size_mode_and_component() {
    let params = IntraParams::default();
    let luma = |log2_size, mode| params.smooths(ChromaFormat::Yuv420, 0, log2_size, mode);
    assert_eq!((2..=5).map(|s| luma(s, 0)).collect::<Vec<_>>(), [false, true, true, true]);
    assert_eq!((2..=5).map(|s| luma(s, 1)).collect::<Vec<_>>(), [false; 4]);
    assert_eq!((0..35).filter(|&m| luma(3, m)).collect::<Vec<_>>(), [0, 2, 18, 34]);
    assert_eq!((0..35).filter(|&m| !luma(4, m)).collect::<Vec<_>>(), [1, 9, 10, 11, 25, 26, 27]);
    assert_eq!((0..35).filter(|&m| !luma(5, m)).collect::<Vec<_>>(), [1, 10, 26]);
    assert!(
        !params.smooths(ChromaFormat::Yuv422, 1, 3, 34) && params.smooths(ChromaFormat::Yuv444, 2, 3, 34)
    );
    assert!(params.filters_edge(0, 4, 26, true) && !params.filters_edge(0, 5, 26, false));
    let lossless = IntraParams { implicit_rdpcm: true, ..params };
    assert!(!lossless.filters_edge(0, 4, 26, true) && lossless.filters_edge(0, 4, 1, true));
}
