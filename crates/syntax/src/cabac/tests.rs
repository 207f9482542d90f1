//! Engine round trips, the textbook engine of clause 9.3.4.3 as a twin, and the estimate against the writer.

use proptest::prelude::*;

use super::binarization::*;
use super::*;

/// One coding step of a random sequence.
#[derive(Clone, Debug)]
enum Op {
    Bin(usize, bool),
    Bypass(bool),
    Bits(u32, u32),
    Terminate,
    Align,
    Pcm(Vec<u32>, u32),
    Remaining(u32, u32, u32),
    ExpGolomb(u32, u32),
    TruncatedUnary(u32, u32),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        20 => (0..contexts::COUNT, any::<bool>()).prop_map(|(c, b)| Op::Bin(c, b)),
        // Skewed contexts reach the extreme states.
        20 => (0usize..4, 0u32..16).prop_map(|(c, r)| Op::Bin(c, r == 0)),
        6 => any::<bool>().prop_map(Op::Bypass),
        6 => (0u32..=32, any::<u32>()).prop_map(|(n, v)| Op::Bits((u64::from(v) & ((1u64 << n) - 1)) as u32, n)),
        1 => Just(Op::Terminate),
        1 => Just(Op::Align),
        1 => (prop::collection::vec(any::<u32>(), 1..20), 1u32..=16)
            .prop_map(|(v, n)| Op::Pcm(v.into_iter().map(|v| v & ((1 << n) - 1)).collect(), n)),
        10 => (0u32..=4, 0u32..17, any::<u32>()).prop_map(|(r, bits, v)| Op::Remaining(v & ((1 << bits) - 1), r, 0)),
        3 => (0u32..=8, 15u32..=22, any::<u32>())
            .prop_map(|(r, range, v)| Op::Remaining(v & ((1 << range) - 1), r, range)),
        2 => (0u32..=3, 0u32..30, any::<u32>()).prop_map(|(k, bits, v)| Op::ExpGolomb(v & ((1 << bits) - 1), k)),
        2 => (0u32..=31, 1u32..=31).prop_map(|(v, max)| Op::TruncatedUnary(v.min(max), max)),
    ]
}

fn write<B: BinSink>(sink: &mut B, ops: &[Op]) {
    for op in ops {
        match op {
            Op::Bin(ctx, bin) => sink.bin(*ctx, *bin),
            Op::Bypass(bin) => sink.bypass(*bin),
            Op::Bits(value, n) => sink.bypass_bits(*value, *n),
            Op::Terminate => sink.terminate(false),
            Op::Align => sink.align_bypass(),
            Op::Pcm(samples, n) => {
                sink.terminate(true);
                sink.begin_pcm();
                samples.iter().for_each(|&s| sink.pcm_sample(s, *n));
                sink.end_pcm();
            }
            Op::Remaining(value, rice, range) => write_coeff_abs_level_remaining(sink, *value, *rice, *range),
            Op::ExpGolomb(value, k) => write_exp_golomb(sink, *value, *k),
            Op::TruncatedUnary(value, max) => write_truncated_unary_bypass(sink, *value, *max),
        }
    }
    sink.terminate(true);
}

fn read_pcm(data: &[u8], n: u32, count: usize) -> Vec<u32> {
    let bit = |i: usize| u32::from(data[i / 8] >> (7 - i % 8) & 1);
    (0..count).map(|s| (0..n as usize).fold(0, |v, b| v << 1 | bit(s * n as usize + b))).collect()
}

proptest! {
    /// Every kind of bin, mixed at random, comes back as written, up to the end of the data and not beyond.
    #[test]
    fn round_trip(ops in prop::collection::vec(op(), 0..300), qp in 0i32..52, init_type in 0u8..3) {
        let contexts = ContextSet::init(qp, init_type);
        let mut writer = CabacWriter::new(vec![0xff; 3], contexts);
        write(&mut writer, &ops);
        let bytes = writer.finish();
        prop_assert_eq!(&bytes[..3], [0xff; 3]);
        let mut cabac = CabacDecoder::new(&bytes[3..]);
        let mut ctx = contexts;
        for op in &ops {
            match op {
                Op::Bin(c, bin) => prop_assert_eq!(cabac.decode_bin(&mut ctx.models[*c]), *bin),
                Op::Bypass(bin) => prop_assert_eq!(cabac.decode_bypass(), *bin),
                Op::Bits(value, n) => prop_assert_eq!(cabac.decode_bypass_bits(*n), *value),
                Op::Terminate => prop_assert!(!cabac.decode_terminate()),
                Op::Align => cabac.align_bypass(),
                Op::Pcm(samples, n) => {
                    prop_assert!(cabac.decode_terminate());
                    prop_assert_eq!(&read_pcm(cabac.after_terminate(), *n, samples.len()), samples);
                    cabac.restart_after((samples.len() * *n as usize).div_ceil(8));
                }
                Op::Remaining(v, rice, range) => {
                    prop_assert_eq!(parse_coeff_abs_level_remaining(&mut cabac, *rice, *range), *v);
                }
                Op::ExpGolomb(v, k) => prop_assert_eq!(parse_exp_golomb(&mut cabac, *k), Some(*v)),
                Op::TruncatedUnary(v, max) => {
                    prop_assert_eq!(parse_truncated_unary_bypass(&mut cabac, *max), *v);
                }
            }
            prop_assert!(!cabac.is_overrun());
        }
        prop_assert!(cabac.decode_terminate());
        prop_assert!(!cabac.is_overrun());
        prop_assert!(cabac.after_terminate().is_empty());
    }

    /// On any data the engine gives the bins of the bit-by-bit engine of the standard, and never panics.
    #[test]
    fn matches_the_textbook_engine(data in prop::collection::vec(any::<u8>(), 2..80), seed in any::<u64>()) {
        let mut reference = Textbook::new(&data);
        prop_assume!(reference.offset < 510);
        let mut cabac = CabacDecoder::new(&data);
        let mut ctx = ContextSet::init(30, 1);
        let mut reference_ctx = ctx;
        let mut state = seed;
        for _ in 0..2000 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let pick = (state >> 33) as usize;
            match pick % 4 {
                0 => {
                    let n = ((pick >> 2) as u32 % 65).saturating_sub(32).max(1);
                    let want = (0..n).fold(0, |v, _| v << 1 | u32::from(reference.bypass()));
                    let got = if n == 1 { u32::from(cabac.decode_bypass()) } else { cabac.decode_bypass_bits(n) };
                    prop_assert_eq!(got, want);
                }
                _ => {
                    let c = (pick >> 2) % contexts::COUNT;
                    prop_assert_eq!(cabac.decode_bin(&mut ctx.models[c]), reference.bin(&mut reference_ctx.models[c]));
                }
            }
            prop_assert_eq!(ctx.models[0], reference_ctx.models[0]);
            prop_assert_eq!(cabac.is_overrun(), reference.bits > 8 * data.len());
        }
    }

    /// Arbitrary data and damaged use stay without panics.
    #[test]
    fn never_panics(data in prop::collection::vec(any::<u8>(), 0..12)) {
        let mut cabac = CabacDecoder::new(&data);
        let mut ctx = ContextSet::init(26, 2);
        for i in 0..400 {
            cabac.decode_bin(&mut ctx.models[i % contexts::COUNT]);
            parse_coeff_abs_level_remaining(&mut cabac, (i % 5) as u32, 0);
            parse_coeff_abs_level_remaining(&mut cabac, (i % 9) as u32, 22);
            parse_exp_golomb(&mut cabac, 1);
            if i % 3 == 0 {
                cabac.align_bypass();
            }
            if cabac.decode_terminate() && i % 2 == 0 {
                cabac.restart_after(1);
            }
        }
        prop_assert!(cabac.is_overrun());
    }
}

/// 9.3.4.3 word for word: 9-bit registers, one bit read at a time.
struct Textbook<'a> {
    data: &'a [u8],
    bits: usize,
    range: u32,
    offset: u32,
}

impl<'a> Textbook<'a> {
    fn new(data: &'a [u8]) -> Self {
        let mut engine = Self { data, bits: 0, range: 510, offset: 0 };
        for _ in 0..9 {
            engine.read_bit();
        }
        engine
    }

    fn read_bit(&mut self) {
        let byte = self.data.get(self.bits / 8).copied().unwrap_or(0);
        self.offset = self.offset << 1 | u32::from(byte >> (7 - self.bits % 8) & 1);
        self.bits += 1;
    }

    fn bin(&mut self, model: &mut ContextModel) -> bool {
        let val_mps = model.0 & 1;
        let step = tables::Step::of(self.range, model.0);
        self.range -= step.lps_range;
        let mut bin = val_mps;
        if self.offset >= self.range {
            bin = 1 - val_mps;
            self.offset -= self.range;
            self.range = step.lps_range;
            model.0 = step.next_lps;
        } else {
            model.0 = step.next_mps;
        }
        while self.range < 256 {
            self.range <<= 1;
            self.read_bit();
        }
        bin == 1
    }

    fn bypass(&mut self) -> bool {
        self.read_bit();
        let bin = self.offset >= self.range;
        if bin {
            self.offset -= self.range;
        }
        bin
    }
}

/// Over a long sequence of bins drawn with assorted probabilities the estimate is within 1 % of what is written.
#[test]
fn estimate_is_within_one_percent() {
    for (seed, odds) in [(1u64, [2u32, 3, 5, 20]), (2, [2, 2, 4, 8]), (3, [50, 100, 30, 10])] {
        let contexts = ContextSet::init(32, 1);
        let mut writer = CabacWriter::new(Vec::new(), contexts);
        let mut estimator = BitEstimator::new(contexts);
        let mut state = seed;
        for i in 0..200_000usize {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let bin = ((state >> 33) as u32).is_multiple_of(odds[i % 4]);
            writer.bin(i % 4, bin);
            estimator.bin(i % 4, bin);
            if i % 50 == 0 {
                writer.bypass_bits((state >> 60) as u32, 4);
                estimator.bypass_bits((state >> 60) as u32, 4);
            }
        }
        let (real, estimate) = (writer.bits(), estimator.frac_bits() as f64 / f64::from(BIT));
        assert!((estimate / real - 1.0).abs() < 0.01, "seed {seed}: {estimate} estimated, {real} written");
    }
}

/// A look-up cost is what the estimator charges.
#[test]
fn cost_lookup_equals_estimator() {
    let contexts = ContextSet::init(27, 2);
    for ctx in 0..contexts::COUNT {
        for bin in [false, true] {
            let mut estimator = BitEstimator::new(contexts);
            estimator.bin(ctx, bin);
            assert_eq!(u64::from(contexts.cost(ctx, bin)), estimator.frac_bits());
        }
    }
}
