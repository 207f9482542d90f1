//! Quantisation against what its rules say, on random blocks.

use super::*;
use rivus_coding::ctu::record::Coeff;
use rivus_coding::scan_order::{COEFFICIENT_INDEX, sub_block_index};
use rivus_coding::slice_data::residual_coding::{self, ResidualBlock, ResidualFlags, ResidualTools};
use rivus_syntax::cabac::{BIT, BinSink, BitEstimator};

/// xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

/// Coefficients that fall off with frequency, as those of a residual do.
fn coefficients(random: &mut Random, log2_size: u8, step: f64) -> Vec<i16> {
    let size = 1usize << log2_size;
    let scale = step * [0.5, 1.0, 3.0, 12.0][random.below(4) as usize];
    (0..size * size)
        .map(|at| {
            let decay = 1.0 + ((at % size + at / size) as f64);
            let value = (random.below(2001) as f64 - 1000.0) / 500.0 * scale / decay.sqrt();
            value.clamp(-32768.0, 32767.0) as i16
        })
        .collect()
}

struct Case {
    coeffs: Vec<i16>,
    block: ResidualBlock,
    quantizer: Quantizer,
    contexts: ContextSet,
    lambda: f32,
}

impl Case {
    fn new(random: &mut Random) -> Self {
        let log2_size = 2 + random.below(4) as u8;
        let c_idx = random.below(3) as u8;
        let qp = 20 + random.below(18) as i32;
        let mode = random.below(35) as u8;
        let block = if random.below(2) == 0 {
            ResidualBlock::inter(c_idx, log2_size, false)
        } else {
            ResidualBlock::intra(c_idx, log2_size, mode, 1, false)
        };
        let step = ((f64::from(qp) - 4.0) / 6.0).exp2();
        let gain = f64::from(1u32 << (7 - log2_size));
        Self {
            coeffs: coefficients(random, log2_size, step * gain),
            block,
            quantizer: Quantizer::new(qp, log2_size, 8),
            contexts: ContextSet::init(qp, random.below(3) as u8),
            lambda: (0.57 * ((f64::from(qp) - 12.0) / 3.0).exp2() / 32768.0) as f32,
        }
    }

    fn level_block(&self) -> LevelBlock<'_> {
        let cbf_bits = [1 << 14, 1 << 15];
        LevelBlock::new(&self.block, &self.coeffs, self.quantizer, self.lambda, &self.contexts, cbf_bits)
    }

    fn nearest(&self) -> Vec<i16> {
        let mut levels = vec![0; self.coeffs.len()];
        plain::quantize(
            rivus_kernels::Kernels::<u8>::best(),
            &self.quantizer,
            256,
            &self.coeffs,
            &mut levels,
        );
        levels
    }

    fn significance(&self, levels: &[i16]) -> Significance {
        let mut significance = Significance::default();
        let count = levels.iter().filter(|&&level| level != 0).count();
        significance.take(&self.level_block(), levels, count as u32);
        significance
    }

    fn gathered(&self, levels: &[i16]) -> Vec<Coeff> {
        let mut coeffs = Vec::new();
        let extent = self.significance(levels).gather(&self.level_block(), levels, &mut coeffs);
        let log2_size = self.block.log2_size;
        let most = |f: fn(u16, u8) -> u16| coeffs.iter().map(|c| f(c.pos, log2_size) + 1).max().unwrap_or(0);
        let want = (most(|pos, log2| pos & ((1 << log2) - 1)), most(|pos, log2| pos >> log2));
        assert_eq!((u16::from(extent.0), u16::from(extent.1)), want);
        coeffs
    }

    /// Error and bits as the writer counts them.
    fn cost(&self, levels: &[i16]) -> f64 {
        let error: f64 = self
            .coeffs
            .iter()
            .zip(levels)
            .map(|(&c, &level)| {
                let value = self.quantizer.dequant(i32::from(level).abs());
                f64::from((i32::from(c).abs() - value).pow(2)) * f64::from(self.quantizer.error_scale)
            })
            .sum();
        let mut bits = BitEstimator::new(self.contexts);
        let coeffs = self.gathered(levels);
        let flag = self.level_block().cbf_bits[usize::from(!coeffs.is_empty())];
        let (tools, flags) = (ResidualTools::default(), ResidualFlags::default());
        residual_coding::write(&mut bits, &tools, &self.block, &flags, &coeffs);
        error + f64::from(self.lambda) * (bits.frac_bits() as f64 + f64::from(flag))
    }
}

/// By the writer's own count, what is chosen costs less than rounding to the nearest: much less on the whole, and hardly
/// ever more, since the choice prices bits at frozen contexts.
#[test]
fn chosen_levels_cost_less_than_the_nearest() {
    let seed = 0x5eed_0001;
    let mut random = Random(seed);
    let mut rdoq = rdoq::Rdoq::default();
    let (mut log_ratio, mut worse) = (0.0, 0);
    for i in 0..2000 {
        let case = Case::new(&mut random);
        let mut levels = case.nearest();
        let nearest = case.cost(&levels);
        let mut significance = case.significance(&levels);
        let any = rdoq.run(&case.level_block(), &mut levels, &mut significance);
        assert_eq!(any, levels.iter().any(|&l| l != 0), "seed {seed:#x}, block {i}");
        assert_eq!(significance, case.significance(&levels), "seed {seed:#x}, block {i}");
        for (&c, &level) in case.coeffs.iter().zip(&levels) {
            assert!(i32::from(c) * i32::from(level) >= 0, "seed {seed:#x}, block {i}: {c} became {level}");
        }
        let chosen = case.cost(&levels);
        worse += u32::from(chosen > 1.02 * nearest);
        log_ratio += (chosen / nearest).ln();
    }
    let mean = (log_ratio / 2000.0).exp();
    assert!(mean < 0.95 && worse < 20, "seed {seed:#x}: {mean} on the mean, {worse} worse");
}

/// Every group that hides a sign has the parity that tells it, and levels change by one at most.
#[test]
fn hidden_signs_are_told_by_parity() {
    let seed = 0x5eed_0002;
    let mut random = Random(seed);
    let mut changed = 0;
    for i in 0..2000 {
        let case = Case::new(&mut random);
        let before = case.nearest();
        let mut levels = before.clone();
        let mut significance = case.significance(&levels);
        sign_hiding::apply(&case.level_block(), &mut levels, &mut significance);
        assert_eq!(significance, case.significance(&levels), "seed {seed:#x}, block {i}");
        let last = |levels: &[i16]| case.gathered(levels).first().map(|c| c.pos);
        assert_eq!(last(&before), last(&levels), "seed {seed:#x}, block {i}: the last position moved");
        for (a, b) in before.iter().zip(&levels) {
            assert!((a - b).abs() <= 1, "seed {seed:#x}, block {i}: {a} became {b}");
            changed += u32::from(a != b);
        }
        let groups = groups::Groups::new(case.block.log2_size, case.block.scan_idx);
        for group in 0..case.coeffs.len() / 16 {
            let part: [i32; 16] = core::array::from_fn(|k| i32::from(levels[groups.positions(group).at(k)]));
            let Some(first) = part.iter().position(|&l| l != 0) else { continue };
            let last = part.iter().rposition(|&l| l != 0).unwrap_or(first);
            if last - first >= 4 {
                let odd = part.iter().map(|l| l.abs()).sum::<i32>() & 1 == 1;
                assert_eq!(odd, part[first] < 0, "seed {seed:#x}, block {i}, group {group}: {part:?}");
            }
        }
    }
    assert!(changed > 1000, "{changed}");
}

/// Levels are gathered in coding order, and are all there.
#[test]
fn levels_are_gathered_in_coding_order() {
    let seed = 0x5eed_0003;
    let mut random = Random(seed);
    for i in 0..500 {
        let case = Case::new(&mut random);
        let levels = case.nearest();
        let (log2_size, scan_idx) = (u32::from(case.block.log2_size), usize::from(case.block.scan_idx));
        let place = |pos: u16| {
            let (x, y) = (usize::from(pos) & ((1 << log2_size) - 1), usize::from(pos) >> log2_size);
            let group = sub_block_index(log2_size, scan_idx, x >> 2, y >> 2);
            16 * group + usize::from(COEFFICIENT_INDEX[scan_idx][(y & 3) << 2 | (x & 3)])
        };
        let mut want: Vec<Coeff> = (0u16..)
            .zip(&levels)
            .filter(|entry| *entry.1 != 0)
            .map(|(pos, &level)| Coeff { pos, level: level.into() })
            .collect();
        want.sort_by_key(|coeff| core::cmp::Reverse(place(coeff.pos)));
        assert_eq!(case.gathered(&levels), want, "seed {seed:#x}, block {i}");
    }
}

/// A sink that counts bins at the states its contexts start from.
struct FrozenCount {
    contexts: ContextSet,
    bits: u32,
}

impl BinSink for FrozenCount {
    fn bin(&mut self, ctx: usize, bin: bool) {
        self.bits += self.contexts.cost(ctx, bin);
    }

    fn bypass(&mut self, _bin: bool) {
        self.bits += BIT;
    }

    fn bypass_bits(&mut self, _value: u32, n: u32) {
        self.bits += n * BIT;
    }

    fn terminate(&mut self, _bin: bool) {}

    fn align_bypass(&mut self) {}

    fn begin_pcm(&mut self) {}

    fn pcm_sample(&mut self, _value: u32, _n: u32) {}

    fn end_pcm(&mut self) {}

    fn contexts(&mut self) -> &mut ContextSet {
        &mut self.contexts
    }
}

/// The price of a block is what its bins cost as written, but for the contexts that do not adapt.
#[test]
fn price_of_levels_counts_the_bins_written() {
    let seed = 0x5eed_0004;
    let mut random = Random(seed);
    let (flags, mut blocks) = (ResidualFlags::default(), 0);
    for i in 0..2000 {
        let case = Case::new(&mut random);
        let mut levels = case.nearest();
        // Single levels and groups without any.
        for kept in [1, 4, 64] {
            if levels.iter().any(|&level| level != 0) {
                let hides_signs = random.below(2) == 0;
                let tools =
                    ResidualTools { sign_data_hiding_enabled_flag: hides_signs, ..ResidualTools::default() };
                let mut count = FrozenCount { contexts: case.contexts, bits: 0 };
                residual_coding::write(&mut count, &tools, &case.block, &flags, &case.gathered(&levels));
                let block = case.level_block();
                let price = levels_bits(&block, &levels, &case.significance(&levels), hides_signs);
                assert_eq!(
                    price, count.bits,
                    "seed {seed:#x}, block {i}, one of {kept} kept: {:?}",
                    case.block
                );
                blocks += 1;
            }
            levels.iter_mut().for_each(|level| *level *= i16::from(random.below(kept + 1) == 0));
        }
    }
    assert!(blocks > 3000, "{blocks}");
}
