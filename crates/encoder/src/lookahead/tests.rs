//! The lookahead on small synthetic clips.

use super::gop::PictureKind;
use super::*;
use crate::frame_ctx::QpOffsets;
use proptest::prelude::*;
use rivus_coding::motion::Mv;
use rivus_picture::ChromaFormat;

const FORMAT: PictureFormat = PictureFormat {
    width: 128,
    height: 96,
    chroma: ChromaFormat::Yuv420,
    bit_depth_luma: 8,
    bit_depth_chroma: 8,
};

/// A picture with the given luma and grey chroma.
fn picture(luma: impl Fn(i32, i32) -> u8) -> Arc<Picture<u8>> {
    let mut picture = Picture::new(FORMAT);
    let mut plane = picture.plane_mut(0);
    for y in 0..FORMAT.height {
        for (x, v) in plane.row_mut(y).iter_mut().enumerate() {
            *v = luma(x as i32, y as i32);
        }
    }
    for chroma in 1..3 {
        let mut plane = picture.plane_mut(chroma);
        (0..FORMAT.height / 2).for_each(|y| plane.row_mut(y).fill(128));
    }
    picture.pad();
    Arc::new(picture)
}

/// Noise that depends on position and seed, smoothed over cells of four samples so that it survives halving.
fn texture(x: i32, y: i32, seed: u32) -> u8 {
    let at = |x: i32, y: i32| {
        let mut h = (x as u32).wrapping_mul(0x9e37_79b1) ^ (y as u32).wrapping_mul(0x85eb_ca6b) ^ seed;
        h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
        h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
        (h ^ (h >> 15)) & 0xff
    };
    let (cx, cy, fx, fy) = (x.div_euclid(4), y.div_euclid(4), x.rem_euclid(4) as u32, y.rem_euclid(4) as u32);
    let top = at(cx, cy) * (4 - fx) + at(cx + 1, cy) * fx;
    let bottom = at(cx, cy + 1) * (4 - fx) + at(cx + 1, cy + 1) * fx;
    ((top * (4 - fy) + bottom * fy) / 16) as u8
}

fn run(config: LookaheadConfig, clip: &[Arc<Picture<u8>>], keys: &[usize]) -> Vec<PlannedPicture<u8>> {
    run_wishing(config, clip, |i| keys.contains(&i).then_some(PictureKind::Idr))
}

fn run_wishing(
    config: LookaheadConfig,
    clip: &[Arc<Picture<u8>>],
    wish: impl Fn(usize) -> Option<PictureKind>,
) -> Vec<PlannedPicture<u8>> {
    let mut lookahead = Lookahead::new(config, FORMAT, Kernels::best());
    let mut planned = Vec::new();
    for (i, source) in clip.iter().enumerate() {
        lookahead.push(source.clone(), 10 * i as i64, Wishes { kind: wish(i), ..Wishes::default() });
        planned.extend(std::iter::from_fn(|| lookahead.pop()));
    }
    lookahead.flush();
    planned.extend(std::iter::from_fn(|| lookahead.pop()));
    planned
}

fn keyframes(planned: &[PlannedPicture<u8>]) -> Vec<u64> {
    planned.iter().filter(|p| p.plan.kind.is_random_access()).map(|p| p.plan.number).collect()
}

/// A texture that moves by (3, 1) samples per picture.
fn moving(seed: u32, range: std::ops::Range<i32>) -> impl Iterator<Item = Arc<Picture<u8>>> {
    range.map(move |t| picture(move |x, y| texture(x - 3 * t, y - t, seed)))
}

/// A cut starts with a keyframe where the interval allows it, and with an intra picture where it does not.
#[test]
fn cuts_begin_scenes() {
    let clip: Vec<_> = moving(1, 0..20).chain(moving(2, 20..26)).chain(moving(3, 26..60)).collect();
    let config = LookaheadConfig { min_keyint: 10, ..LookaheadConfig::default() };
    let planned = run(config, &clip, &[]);
    assert_eq!(keyframes(&planned), [0, 20]);
    let starts: Vec<u64> = planned.iter().filter(|p| p.is_scene_start).map(|p| p.plan.number).collect();
    assert_eq!(starts, [0, 20, 26]);
    assert!(planned.iter().any(|p| p.plan.number == 26 && p.plan.kind == PictureKind::I));
}

/// Flashes of one and two pictures, slow fades and steady motion are no cuts.
#[test]
fn flashes_and_fades_are_no_cuts() {
    let mut flash: Vec<_> = moving(1, 0..40).collect();
    for n in [12, 25, 26] {
        flash[n] = picture(|x, y| 200 + texture(x, y, n as u32) / 5);
    }
    assert_eq!(keyframes(&run(LookaheadConfig::default(), &flash, &[])), [0]);
    let fade: Vec<_> =
        (0..40).map(|t| picture(move |x, y| (i32::from(texture(x, y, 5)) * (60 - t) / 60) as u8)).collect();
    assert_eq!(keyframes(&run(LookaheadConfig::default(), &fade, &[])), [0]);
}

/// What stays is worth more than what is new in every picture, in pictures that others refer to; the last layer is worth
/// nothing to others.
#[test]
fn propagation_favours_what_stays() {
    let scene =
        |t: i32| picture(move |x, y| if x < 64 { texture(x, y, 1) } else { texture(x, y, 1000 + t as u32) });
    let clip: Vec<_> = (0..40).map(scene).collect();
    let config = LookaheadConfig { scene_cut: 0, adaptive_mini_gop: false, ..LookaheadConfig::default() };
    let planned = run(config.clone(), &clip, &[]);
    let mean = |p: &PlannedPicture<u8>, columns: std::ops::Range<usize>| {
        let QpOffsets { stride, offsets } = &p.qp_offsets;
        let of_row = |row: &[f32]| row[columns.clone()].iter().sum::<f32>() / columns.len() as f32;
        offsets.chunks(*stride).map(of_row).sum::<f32>() / (offsets.len() / stride) as f32
    };
    let key = planned.iter().find(|p| p.plan.number == 16).expect("planned");
    assert!(mean(key, 0..3) < mean(key, 5..8) - 3.0, "{} {}", mean(key, 0..3), mean(key, 5..8));
    assert!((key.complexity.propagation_offset - f64::from(mean(key, 0..8))).abs() < 0.01);
    let leaf = planned.iter().find(|p| p.plan.number == 7).expect("planned");
    assert_eq!(mean(leaf, 0..8), 0.0);
    let off = run(LookaheadConfig { propagation: 0.0, ..config }, &clip, &[]);
    assert!(off.iter().all(|p| p.qp_offsets.stride == 0 && p.complexity.propagation == 0.0));
}

/// Vectors handed to the search are those of the clip, scaled to the distance, for the two nearest references.
#[test]
fn hints_are_the_motion() {
    let clip: Vec<_> = moving(1, 0..20).collect();
    let config = LookaheadConfig { adaptive_mini_gop: false, ..LookaheadConfig::default() };
    for p in run(config, &clip, &[]).iter().filter(|p| !p.plan.kind.is_intra()) {
        let mut references = p.plan.lists.concat();
        references.sort_unstable();
        references.dedup();
        assert_eq!(p.hints.fields.len(), references.len().min(2), "{:?}", p.plan);
        for (poc, vectors) in &p.hints.fields {
            let distance = poc - p.plan.poc;
            let expected = Mv { x: (12 * distance) as i16, y: (4 * distance) as i16 };
            // Away from the borders, where the texture comes in.
            let inside = vectors[2 * p.hints.stride + 4];
            let error = (inside.x - expected.x).abs().max((inside.y - expected.y).abs());
            if distance.abs() <= 4 {
                assert!(error <= 2, "{:?}: {inside:?}, expected {expected:?}", p.plan);
            }
        }
    }
}

/// A vector that only the last block starts from reaches the blocks before it.
#[test]
fn motion_found_late_reaches_earlier_blocks() {
    let kernels = Kernels::best();
    let wanted = Wanted { aq: None, levels: false };
    let [picture, other] =
        [0, 40].map(|shift| Analysed::new(picture(|x, y| texture(x + shift, y, 7)), kernels, wanted));
    let (last, far) = (picture.grid.count() - 1, Mv { x: -4 * 20, y: 0 });
    let at_last = |bx: usize, by: usize| {
        if by * picture.grid.width + bx == last { far } else { Mv::ZERO }
    };
    let field = motion::search(&picture, &other, kernels, 1, at_last);
    // The columns whose content lies inside the other picture.
    let inside = (0..=last).filter(|index| index % picture.grid.width >= 3);
    let found = inside.clone().filter(|&index| field.vectors[index] == far).count();
    assert!(10 * found >= 9 * inside.count(), "{found} of {last}: {:?}", field.vectors);
}

/// Simulates the decoder's buffer over the plans.
fn check_structure(planned: &[PlannedPicture<u8>], config: &LookaheadConfig, total: usize) {
    let mut held: Vec<i32> = Vec::new();
    let mut seen: Vec<u64> = Vec::new();
    let mut last_key = 0;
    for PlannedPicture { plan, pts, .. } in planned {
        if plan.kind == PictureKind::Idr {
            held.clear();
        }
        assert!(plan.keep.iter().all(|p| held.contains(p)), "{plan:?} keeps what is not held");
        held.retain(|p| plan.keep.contains(p));
        assert!(plan.lists.iter().flatten().all(|p| held.contains(p)), "{plan:?} misses references");
        held.push(plan.poc);
        assert!(held.len() <= 6);
        if plan.kind.is_random_access() {
            assert!(plan.number - last_key <= u64::from(config.max_keyint));
            last_key = plan.number;
        }
        assert_eq!(*pts, 10 * plan.number as i64);
        seen.push(plan.number);
    }
    seen.sort_unstable();
    assert!(seen.iter().copied().eq(0..total as u64));
}

/// Pictures become what is asked for: I, P and CRA pictures end groups, and groups do not end with B pictures.
#[test]
fn wishes_for_kinds_are_granted() {
    use PictureKind::{B, Cra, I, Idr, P};
    let clip: Vec<_> = moving(1, 0..48).collect();
    let wishes = |i: usize| match i {
        5 | 6 => Some(P),
        20 => Some(I),
        30 => Some(Cra),
        38 => Some(Idr),
        7 | 15 | 22 | 26 | 46 => Some(B),
        _ => None,
    };
    for adaptive_mini_gop in [false, true] {
        for open_gop in [false, true] {
            let config = LookaheadConfig { adaptive_mini_gop, open_gop, ..LookaheadConfig::default() };
            let planned = run_wishing(config.clone(), &clip, wishes);
            check_structure(&planned, &config, clip.len());
            for PlannedPicture { plan, .. } in &planned {
                match wishes(plan.number as usize) {
                    Some(B) => assert!(plan.layer > 0 && plan.kind == B, "{plan:?}"),
                    Some(Cra) if !open_gop => assert_eq!(plan.kind, Idr),
                    Some(kind) => assert!(plan.kind == kind && plan.layer == 0, "{plan:?}"),
                    None => {}
                }
            }
        }
    }
}

/// Offsets that come with a picture add to those the lookahead finds, and are all there is without them.
#[test]
fn offsets_of_the_caller_add_up() {
    let clip: Vec<_> = moving(1, 0..20).collect();
    let plan = |config: LookaheadConfig, offset: f32| {
        let mut lookahead = Lookahead::new(config, FORMAT, Kernels::best());
        for (i, source) in clip.iter().enumerate() {
            let qp_offsets = if offset == 0.0 { vec![] } else { vec![offset; lookahead.grid.count()] };
            lookahead.push(source.clone(), i as i64, Wishes { qp_offsets, ..Wishes::default() });
        }
        lookahead.flush();
        std::iter::from_fn(move || lookahead.pop()).collect::<Vec<_>>()
    };
    for (aq_mode, propagation) in [(2, 1.0), (2, 0.0), (0, 1.0), (0, 0.0)] {
        let config = LookaheadConfig { aq_mode, propagation, ..LookaheadConfig::default() };
        for (with, without) in plan(config.clone(), -4.0).iter().zip(&plan(config.clone(), 0.0)) {
            assert_eq!(with.qp_offsets.stride, 8);
            for (at, offset) in with.qp_offsets.offsets.iter().enumerate() {
                let other = without.qp_offsets.offsets.get(at).copied().unwrap_or(0.0);
                assert!((offset - (other - 4.0)).abs() < 1e-4, "{offset} {other}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the options: no picture is lost, references are there when they are used, keyframes are close enough, wishes
    /// for keyframes are granted.
    #[test]
    fn structure_is_legal(
        total in 0usize..50,
        cut in 1usize..50,
        forced in 1usize..50,
        max_keyint in 1u32..40,
        log2_mini_gop in 0u32..=4,
        depth in 0usize..40,
        refs in 1usize..=3,
        open_gop: bool,
        adaptive_mini_gop: bool,
        b_allowed: bool,
    ) {
        let longest_mini_gop = if b_allowed { 1 << log2_mini_gop } else { 1 };
        let config = LookaheadConfig {
            max_keyint,
            min_keyint: (max_keyint / 2).max(1),
            open_gop,
            longest_mini_gop,
            adaptive_mini_gop,
            limits: GopLimits { refs, refs_b: refs, keys: 2, b_allowed },
            depth,
            ..LookaheadConfig::default()
        };
        let clip: Vec<_> = moving(1, 0..cut.min(total) as i32).chain(moving(2, cut as i32..total as i32)).collect();
        let planned = run(config.clone(), &clip, &[forced]);
        check_structure(&planned, &config, total);
        if forced < total {
            prop_assert!(planned.iter().any(|p| p.plan.number == forced as u64 && p.plan.kind == PictureKind::Idr));
        }
    }
}
