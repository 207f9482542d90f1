//! Round trips of random blocks under random tools, and the context tables against the formulas.

use proptest::prelude::*;
use rivus_syntax::cabac::{BIT, BinSink, BitEstimator, CabacDecoder, CabacWriter, ContextSet};

use super::*;
use crate::ctu::record::Coeff;
use crate::scan_order::{RASTER, sub_blocks};

fn tools() -> impl Strategy<Value = ResidualTools> {
    (any::<[bool; 8]>(), 2u8..=5, 15u8..=22).prop_map(|(f, log2_max, range)| ResidualTools {
        transform_skip_enabled_flag: f[0],
        log2_max_transform_skip_size: log2_max,
        sign_data_hiding_enabled_flag: f[1],
        implicit_rdpcm_enabled_flag: f[2],
        explicit_rdpcm_enabled_flag: f[3],
        transform_skip_context_enabled_flag: f[4],
        persistent_rice_adaptation_enabled_flag: f[5],
        cabac_bypass_alignment_enabled_flag: f[6],
        extended_precision_processing_flag: f[7],
        log2_transform_range: if f[7] { [range, 15] } else { [15; 2] },
    })
}

fn block() -> impl Strategy<Value = ResidualBlock> {
    (0u8..3, 2u8..=5, 0u8..35, any::<[bool; 2]>(), 1u8..4).prop_map(|(c_idx, log2_size, mode, f, chroma)| {
        match f[0] {
            true => ResidualBlock::intra(c_idx, log2_size, mode, chroma, f[1]),
            false => ResidualBlock::inter(c_idx, log2_size, f[1]),
        }
    })
}

/// A block with its flags and levels: density and magnitude vary from one lonely coefficient to a full block.
#[derive(Clone, Debug)]
struct Case {
    block: ResidualBlock,
    flags: ResidualFlags,
    coeffs: Vec<Coeff>,
}

fn case(tools: ResidualTools) -> impl Strategy<Value = Case> {
    (block(), any::<[bool; 3]>(), any::<u64>(), 0u32..=10, 0u32..=22).prop_map(
        move |(block, f, seed, sparsity, magnitude)| {
            let mut flags = ResidualFlags::default();
            flags.transform_skip_flag = tools.has_transform_skip_flag(&block) && f[0];
            flags.explicit_rdpcm_flag =
                tools.has_explicit_rdpcm_flag(&block, flags.transform_skip_flag) && f[1];
            flags.explicit_rdpcm_dir_flag = flags.explicit_rdpcm_flag && f[2];
            let coeffs = random_levels(&tools, &block, &flags, seed, sparsity, magnitude);
            Case { block, flags, coeffs }
        },
    )
}

/// With sign data hiding, gives the last level in coding order the sign that the parity says.
fn hide_sign(levels: &mut [(u16, Coeff)], hiding: bool, range: u32) {
    if !hiding || levels.len() < 2 || levels[0].0 - levels[levels.len() - 1].0 <= 3 {
        return;
    }
    let last = &mut levels.last_mut().expect("two or more").1;
    last.level = last.level.abs().min((1 << range) - 1);
    let odd = levels.iter().filter(|(_, coeff)| coeff.level & 1 != 0).count() % 2 == 1;
    if odd {
        let last = &mut levels.last_mut().expect("two or more").1;
        last.level = -last.level;
    }
}

fn random_levels(
    tools: &ResidualTools,
    block: &ResidualBlock,
    flags: &ResidualFlags,
    seed: u64,
    sparsity: u32,
    magnitude: u32,
) -> Vec<Coeff> {
    let range = u32::from(tools.log2_transform_range[usize::from(block.c_idx != 0)]);
    let mut state = seed;
    let mut draw = move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as u32
    };
    let hiding = LevelCoding::new(tools, block, flags).sign_hiding;
    let (log2_size, scan_idx) = (block.log2_size, usize::from(block.scan_idx));
    let raster = RASTER[usize::from(log2_size) - 2][scan_idx];
    let mut coeffs = Vec::new();
    for &at in sub_blocks(u32::from(log2_size), scan_idx).iter().rev() {
        let origin = (u16::from(at >> 4) << log2_size | u16::from(at & 15)) * 4;
        let mut levels = Vec::new();
        for n in (0..16u16).rev() {
            if draw().is_multiple_of(1 << sparsity) {
                let bits = draw() % (magnitude.min(range) + 1);
                let abs = 1 + (draw() & ((1 << bits) - 1)) as i32;
                let level = if draw() & 1 == 0 { -abs } else { abs.min((1 << range) - 1) };
                levels.push((n, Coeff { pos: origin + u16::from(raster[usize::from(n)]), level }));
            }
        }
        hide_sign(&mut levels, hiding, range);
        coeffs.extend(levels.into_iter().map(|(_, c)| c));
    }
    if coeffs.is_empty() {
        coeffs.push(Coeff { pos: 0, level: 1 });
    }
    coeffs
}

proptest! {
    /// Any blocks, one after the other, come back as written; adaptation and StatCoeff stay in step.
    #[test]
    fn round_trip((tools, cases) in tools().prop_flat_map(|t| (Just(t), prop::collection::vec(case(t), 1..8)))) {
        let contexts = ContextSet::init(30, 1);
        let mut writer = CabacWriter::new(Vec::new(), contexts);
        for case in &cases {
            write(&mut writer, &tools, &case.block, &case.flags, &case.coeffs);
        }
        writer.terminate(true);
        let written_contexts = *writer.contexts();
        let bytes = writer.finish();
        let (mut cabac, mut contexts) = (CabacDecoder::new(&bytes), contexts);
        for case in &cases {
            let mut coeffs = vec![Coeff { pos: 7, level: 7 }];
            let tb = parse(&mut cabac, &mut contexts, &tools, &case.block, &mut coeffs);
            prop_assert_eq!(&coeffs[tb.coeffs.range()], &case.coeffs[..]);
            prop_assert_eq!(tb.coeffs.start, 1);
            prop_assert_eq!((tb.nz_cols, tb.nz_rows), extent(&case.coeffs, case.block.log2_size));
            let flags = ResidualFlags {
                transform_skip_flag: tb.transform_skip_flag,
                explicit_rdpcm_flag: tb.explicit_rdpcm_flag,
                explicit_rdpcm_dir_flag: tb.explicit_rdpcm_dir_flag,
            };
            prop_assert_eq!(flags, case.flags);
        }
        prop_assert!(cabac.decode_terminate());
        prop_assert!(!cabac.is_overrun());
        prop_assert_eq!(contexts, written_contexts);
    }

    /// Arbitrary data parses without a fault, to levels in range and positions in the block.
    #[test]
    fn any_data_is_safe(tools in tools(), block in block(), data in prop::collection::vec(any::<u8>(), 0..200)) {
        let (mut cabac, mut contexts) = (CabacDecoder::new(&data), ContextSet::init(30, 1));
        for _ in 0..20 {
            let mut coeffs = Vec::new();
            let tb = parse(&mut cabac, &mut contexts, &tools, &block, &mut coeffs);
            let range = tools.log2_transform_range[usize::from(block.c_idx != 0)];
            prop_assert!(!coeffs.is_empty());
            prop_assert!(tb.nz_cols <= 1 << block.log2_size && tb.nz_rows <= 1 << block.log2_size);
            for coeff in coeffs {
                prop_assert!(coeff.pos < 1 << (2 * block.log2_size));
                prop_assert!((-(1 << range)..1 << range).contains(&coeff.level) && coeff.level != 0);
            }
        }
    }
}

/// Numbers of leading columns and rows that hold all levels of a block of `1 << log2_size`.
fn extent(coeffs: &[Coeff], log2_size: u8) -> (u8, u8) {
    let mask = (1u16 << log2_size) - 1;
    let fold = |f: fn(u16, u8, u16) -> u16| {
        coeffs.iter().map(|c| f(c.pos, log2_size, mask) + 1).max().unwrap_or(0) as u8
    };
    (fold(|pos, _, mask| pos & mask), fold(|pos, log2_size, _| pos >> log2_size))
}

/// Over many blocks the estimate is within 1 % of the bitstream.
#[test]
fn estimate_is_within_one_percent() {
    let tools = ResidualTools { sign_data_hiding_enabled_flag: true, ..ResidualTools::default() };
    let contexts = ContextSet::init(32, 2);
    let (mut writer, mut estimator) = (CabacWriter::new(Vec::new(), contexts), BitEstimator::new(contexts));
    for seed in 0..3000u64 {
        let block =
            ResidualBlock::intra((seed % 3) as u8, 2 + (seed / 3 % 4) as u8, (seed % 35) as u8, 1, false);
        let flags = ResidualFlags::default();
        let coeffs = random_levels(&tools, &block, &flags, seed, 3, (seed % 5) as u32);
        write(&mut writer, &tools, &block, &flags, &coeffs);
        write(&mut estimator, &tools, &block, &flags, &coeffs);
    }
    let (real, estimate) = (writer.bits(), estimator.frac_bits() as f64 / f64::from(BIT));
    assert!((estimate / real - 1.0).abs() < 0.01, "{estimate} estimated, {real} written");
}

/// 9.3.4.2.5 as the standard words it, against the tables, for every size, component, scan, neighbourhood, position.
#[test]
fn significance_contexts_match_clause_9_3_4_2_5() {
    use rivus_syntax::cabac::contexts::SIG_COEFF_FLAG;
    let ctx_idx_map = [0, 1, 4, 5, 2, 3, 4, 5, 6, 6, 8, 8, 7, 7, 8];
    for (log2_size, c_idx, scan_idx) in
        (2..=5u32).flat_map(|l| (0..2u8).flat_map(move |c| (0..3).map(move |s| (l, c, s))))
    {
        if scan_idx != DIAGONAL && log2_size > 3 {
            continue;
        }
        let sig = contexts::SigContexts::new(log2_size, c_idx, scan_idx, false);
        for (i, &at) in sub_blocks(log2_size, scan_idx).iter().enumerate() {
            for (csbf_ctx, n) in (0..4usize).flat_map(|p| (0..16usize).map(move |n| (p, n))) {
                let (xs, ys) = (usize::from(at & 15), usize::from(at >> 4));
                let pos = usize::from(crate::scan_order::COEFFICIENTS[scan_idx][n]);
                let (xp, yp) = (pos & 15, pos >> 4);
                let (xc, yc) = (4 * xs + xp, 4 * ys + yp);
                if log2_size == 2 && xc == 3 && yc == 3 {
                    continue;
                }
                let mut sig_ctx;
                if log2_size == 2 {
                    sig_ctx = ctx_idx_map[(yc << 2) + xc];
                } else if xc + yc == 0 {
                    sig_ctx = 0;
                } else {
                    sig_ctx = match csbf_ctx {
                        0 => {
                            if xp + yp == 0 {
                                2
                            } else if xp + yp < 3 {
                                1
                            } else {
                                0
                            }
                        }
                        1 => {
                            if yp == 0 {
                                2
                            } else if yp == 1 {
                                1
                            } else {
                                0
                            }
                        }
                        2 => {
                            if xp == 0 {
                                2
                            } else if xp == 1 {
                                1
                            } else {
                                0
                            }
                        }
                        _ => 2,
                    };
                    if c_idx == 0 {
                        if (xs, ys) != (0, 0) {
                            sig_ctx += 3;
                        }
                        sig_ctx += if log2_size == 3 { if scan_idx == 0 { 9 } else { 15 } } else { 21 };
                    } else {
                        sig_ctx += if log2_size == 3 { 9 } else { 12 };
                    }
                }
                let want = SIG_COEFF_FLAG + sig_ctx + if c_idx == 0 { 0 } else { 27 };
                let (base, positions) = sig.sub_block(i, csbf_ctx);
                let got = if i == 0 && n == 0 { sig.dc } else { base + usize::from(positions[n]) };
                assert_eq!(
                    got, want,
                    "log2 {log2_size} cIdx {c_idx} scan {scan_idx} sub-block {i} csbf {csbf_ctx} n {n}"
                );
            }
        }
    }
}
