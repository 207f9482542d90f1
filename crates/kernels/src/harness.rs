//! The test and benchmark harness: one list of [`Case`]s over the table, run at every tier.
//!
//! A family's `tests` module has a function `cases::<S>() -> Vec<Case<S>>`, listed in [`cases`]. A case names
//! the kernel, the size it stands for, the table entry it calls, and a closure that calls it on the buffers
//! of an [`Io`]:
//!
//! ```
//! # use rivus_kernels::harness::Case;
//! # fn case(w: usize, h: usize) -> Case<u8> {
//! Case::new(
//!     "sad.block",                 // the kernel: `family.entry`
//!     &format!("{w}x{h}"),         // the variant of this case
//!     w * h,                       // samples per call, for throughput
//!     |k| k.sad.block as usize,    // the entry: cases of entries equal to scalar are not run
//!     move |k, io| {
//!         let sad = (k.sad.block)(io.src[0].block(w, h), io.src[1].block(w, h));
//!         io.values.push(sad.into());
//!     },
//! )
//! # }
//! ```
//!
//! [`check`] runs each case at every supported tier and at scalar, for every bit depth, several [`Pattern`]s
//! of input and several strides and offsets, and compares *everything* in [`Io`] afterwards: returned values,
//! output areas, and the surroundings of the output areas, so a store outside the block is found too. Input
//! and initial output contents are the same for both runs; `io.rng` restarts with each run, so random
//! parameters drawn in the closure are the same as well.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;

use rivus_picture::{Block, BlockMut, Sample};

use crate::{
    Kernels, Tier, deblock, fdct, idct, intra, lowres, mc_chroma, mc_luma, quant, residual, sad, sao, satd,
    sse, temporal, variance, weighted,
};

/// Luma prediction block sizes: squares, halves and asymmetric parts of coding blocks of 8 to 64.
pub const PARTITIONS: [(usize, usize); 25] = [
    (4, 4),
    (4, 8),
    (4, 16),
    (8, 4),
    (8, 8),
    (8, 16),
    (8, 32),
    (12, 16),
    (16, 4),
    (16, 8),
    (16, 12),
    (16, 16),
    (16, 32),
    (16, 64),
    (24, 32),
    (32, 8),
    (32, 16),
    (32, 24),
    (32, 32),
    (32, 64),
    (48, 64),
    (64, 16),
    (64, 32),
    (64, 48),
    (64, 64),
];

/// Square transform block sizes.
pub const SQUARES: [usize; 5] = [4, 8, 16, 32, 64];

/// Largest width and height of a block in [`Io::src`] and [`Io::dst`].
pub const MAX_SIZE: usize = 144;

/// Length of the 16-bit buffers of [`Io`].
pub const MAX_COEFFS: usize = 80 * 64;

/// Every case of every family.
pub fn cases<S: Sample>() -> Vec<Case<S>> {
    let families = [
        deblock::tests::cases(),
        fdct::tests::cases(),
        idct::tests::cases(),
        intra::tests::cases(),
        lowres::tests::cases(),
        mc_chroma::tests::cases(),
        mc_luma::tests::cases(),
        quant::tests::cases(),
        residual::tests::cases(),
        sad::tests::cases(),
        sao::tests::cases(),
        satd::tests::cases(),
        sse::tests::cases(),
        temporal::tests::cases(),
        variance::tests::cases(),
        weighted::tests::cases(),
    ];
    families.into_iter().flatten().collect()
}

/// One kernel at one size: see the module documentation.
pub struct Case<S: 'static> {
    /// `family.entry`.
    pub kernel: &'static str,
    /// What distinguishes this case from others of the kernel, such as the size.
    pub variant: String,
    /// Samples processed per call.
    pub samples: usize,
    entry: fn(&Kernels<S>) -> usize,
    run: Box<Run<S>>,
}

type Run<S> = dyn Fn(&Kernels<S>, &mut Io<S>) + Send + Sync;

impl<S: Sample> Case<S> {
    /// A case from its parts.
    pub fn new(
        kernel: &'static str,
        variant: &str,
        samples: usize,
        entry: fn(&Kernels<S>) -> usize,
        run: impl Fn(&Kernels<S>, &mut Io<S>) + Send + Sync + 'static,
    ) -> Self {
        Self { kernel, variant: variant.to_owned(), samples, entry, run: Box::new(run) }
    }

    /// Calls the kernel of table `k` on `io`.
    pub fn run(&self, k: &Kernels<S>, io: &mut Io<S>) {
        (self.run)(k, io);
    }

    /// The tiers supported here at which the entry is not the one of the tier below, and their tables. Scalar
    /// is always the first.
    pub fn tiers(&self) -> Vec<(Tier, &'static Kernels<S>)> {
        let mut tiers: Vec<(Tier, &'static Kernels<S>)> = Vec::new();
        for tier in Tier::ALL {
            let Some(table) = Kernels::at(tier) else { continue };
            if tiers.last().is_none_or(|(_, below)| (self.entry)(below) != (self.entry)(table)) {
                tiers.push((tier, table));
            }
        }
        tiers
    }
}

/// What the input buffers are filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Uniform over the whole range.
    Random,
    /// Each value the smallest or the largest, at random.
    RandomExtreme,
    /// Even-numbered buffers all largest, odd-numbered all smallest: the largest differences.
    Opposite,
    /// The other way round.
    OppositeReversed,
    /// Smallest and largest in turn, from value to value and from row to row: the largest gradients.
    Alternating,
    /// Small steps from one value to the next, as in pictures: reaches decisions that noise never passes.
    Smooth,
}

impl Pattern {
    /// All patterns.
    pub const ALL: [Self; 6] = [
        Self::Random,
        Self::RandomExtreme,
        Self::Opposite,
        Self::OppositeReversed,
        Self::Alternating,
        Self::Smooth,
    ];

    /// The values of buffer number `index`: an endless sequence inside `min..=max`, with rows of `stride`.
    fn values(
        self,
        mut rng: Rng,
        index: usize,
        stride: usize,
        min: i32,
        max: i32,
    ) -> impl Iterator<Item = i32> {
        let extreme = move |high: bool| if high { max } else { min };
        let step = ((max - min) >> 7).max(1);
        let mut walk = rng.range(min, max);
        (0..).map(move |i: usize| match self {
            Self::Random => rng.range(min, max),
            Self::RandomExtreme => extreme(rng.range(0, 1) == 1),
            Self::Opposite => extreme(index.is_multiple_of(2)),
            Self::OppositeReversed => extreme(!index.is_multiple_of(2)),
            Self::Alternating => extreme((i % stride + i / stride + index).is_multiple_of(2)),
            Self::Smooth => {
                walk = (walk + rng.range(-step, step)).clamp(min, max);
                walk
            }
        })
    }
}

/// A small pseudo-random generator (SplitMix64), so that failures are reproducible from the printed seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng(u64);

impl Rng {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A value of `min..=max`.
    pub fn range(&mut self, min: i32, max: i32) -> i32 {
        let size = i64::from(max) - i64::from(min) + 1;
        let value = i64::from(min) + (self.next_u64() >> 32).cast_signed() % size;
        value as i32
    }
}

/// A rectangle of samples with surroundings on all sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area<S> {
    data: Vec<S>,
    offset: usize,
    stride: usize,
}

impl<S: Sample> Area<S> {
    fn new(stride: usize, offset: usize, values: impl Iterator<Item = i32>) -> Self {
        let data = values.take(stride * (MAX_SIZE + 4)).map(S::from_i32).collect();
        Self { data, offset: 2 * stride + offset, stride }
    }

    /// The block of `w` x `h` samples, each at most [`MAX_SIZE`], at the area's origin.
    pub fn block(&self, w: usize, h: usize) -> Block<'_, S> {
        Block::new(&self.data, self.offset, self.stride, w, h)
    }

    /// The same for writing.
    pub fn block_mut(&mut self, w: usize, h: usize) -> BlockMut<'_, S> {
        BlockMut::new(&mut self.data, self.offset, self.stride, w, h)
    }

    /// The first `n` samples of row `y`.
    pub fn row(&self, y: usize, n: usize) -> &[S] {
        &self.data[self.offset + y * self.stride..][..n]
    }

    /// The first `n` samples of row `y` for writing.
    pub fn row_mut(&mut self, y: usize, n: usize) -> &mut [S] {
        &mut self.data[self.offset + y * self.stride..][..n]
    }
}

/// The buffers a case reads and writes. The fields are disjoint, so a closure borrows them freely. Inputs are
/// shared by the runs, outputs copied for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Io<S> {
    /// Bit depth of all samples.
    pub bit_depth: u8,
    /// Random parameters: restarts with each run.
    pub rng: Rng,
    /// Input samples, inside the bit depth.
    pub src: Arc<[Area<S>; 5]>,
    /// Output samples; filled as the input is, for kernels that work in place.
    pub dst: [Area<S>; 2],
    /// Input coefficients or levels: any 16-bit value.
    pub coeffs: Arc<[Vec<i16>; 2]>,
    /// Input residual: what the difference of two samples can be, at most 16 bit.
    pub residual: Arc<Vec<i16>>,
    /// Input predSamples (8.5.3.3.3.1) minus `PRED_BIAS`: any 16-bit value, rows of `MC_STRIDE`.
    pub inter: Arc<[Vec<i16>; 2]>,
    /// Output coefficients, levels, residual or predSamples; what surrounds the output must stay.
    pub out: Vec<i16>,
    /// Output lists of statistics and the like.
    pub values: Vec<u64>,
}

impl<S: Sample> Io<S> {
    /// Buffers of `bit_depth` filled with `pattern`; `seed` chooses the random values, offset and stride.
    pub fn new(bit_depth: u8, pattern: Pattern, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let mut area = |index: usize| {
            let offset = rng.range(0, 63) as usize;
            let stride = MAX_SIZE + 64 + rng.range(0, 31) as usize;
            let values = Rng::new(rng.next_u64());
            Area::new(stride, offset, pattern.values(values, index, stride, 0, (1 << bit_depth) - 1))
        };
        let src = Arc::new([0, 1, 2, 3, 4].map(&mut area));
        let dst = [0, 1].map(&mut area);
        let mut line = |index: usize, min: i32, max: i32| -> Vec<i16> {
            let values = pattern.values(Rng::new(rng.next_u64()), index, 64, min, max);
            values.take(MAX_COEFFS).map(|v| v as i16).collect()
        };
        let (min, max) = (i32::from(i16::MIN), i32::from(i16::MAX));
        let largest = ((1 << bit_depth) - 1).min(max);
        let inter = Arc::new([line(0, min, max), line(1, min, max)]);
        Self {
            bit_depth,
            src,
            dst,
            coeffs: Arc::new([line(0, min, max), line(1, min, max)]),
            residual: Arc::new(line(0, -largest, largest)),
            inter,
            out: line(1, min, max),
            values: Vec::new(),
            rng: Rng::new(seed),
        }
    }
}

impl<S: Sample> Io<S> {
    /// Undoes what a run changed: outputs and the random parameters are those of `initial` again.
    fn restart(&mut self, initial: &Self) {
        self.rng = initial.rng.clone();
        for (area, initial) in self.dst.iter_mut().zip(&initial.dst) {
            area.data.copy_from_slice(&initial.data);
        }
        self.out.copy_from_slice(&initial.out);
        self.values.clear();
    }
}

/// Bit depths to test samples of type `S` at.
pub fn bit_depths<S: Sample>() -> impl Iterator<Item = u8> {
    (8..=16).filter(|&depth| S::holds(depth))
}

/// Runs every case at every supported tier above scalar that overrides its entry, and compares all outputs
/// with scalar.
///
/// # Panics
/// At the first difference, naming tier, kernel, variant, bit depth, pattern and seed.
pub fn check<S: Sample>(cases: &[Case<S>]) {
    let tiers: Vec<_> = cases.iter().map(|case| case.tiers()).collect();
    for bit_depth in bit_depths::<S>() {
        for pattern in Pattern::ALL {
            for seed in 0..3 {
                let initial = Io::<S>::new(bit_depth, pattern, seed);
                let (mut expected, mut found) = (initial.clone(), initial.clone());
                for (case, tiers) in cases.iter().zip(&tiers) {
                    let run = |table, io: &mut Io<S>| {
                        io.restart(&initial);
                        case.run(table, io);
                    };
                    run(tiers[0].1, &mut expected);
                    for (tier, table) in &tiers[1..] {
                        run(table, &mut found);
                        let place = format!(
                            "{tier} {} {} depth {bit_depth} {pattern:?} seed {seed}",
                            case.kernel, case.variant
                        );
                        compare(&place, &expected, &found);
                    }
                }
            }
        }
    }
}

/// Panics with the first difference of two outcomes.
fn compare<S: Sample>(place: &str, expected: &Io<S>, found: &Io<S>) {
    assert_eq!(expected.values, found.values, "values: {place}");
    compare_lists(place, "out", (0, 64), &expected.out, &found.out);
    for (expected, found) in expected.dst.iter().zip(&found.dst) {
        compare_lists(place, "dst", (expected.offset, expected.stride), &expected.data, &found.data);
    }
}

fn compare_lists<T: PartialEq + Debug>(
    place: &str,
    name: &str,
    (origin, stride): (usize, usize),
    expected: &[T],
    found: &[T],
) {
    if expected == found {
        return;
    }
    if let Some(i) = expected.iter().zip(found).position(|(a, b)| a != b) {
        // Left of the block or above it is shown as the end of an earlier row.
        let from_origin = i as isize - origin as isize;
        let (y, x) = (from_origin.div_euclid(stride as isize), from_origin.rem_euclid(stride as isize));
        panic!("{name} row {y}, column {x}: expected {:?}, found {:?}: {place}", expected[i], found[i]);
    }
}

/// The names of the kernels that `tier` overrides, for `S`.
pub fn overridden<S: Sample>(tier: Tier) -> BTreeSet<&'static str> {
    let cases = cases::<S>();
    let overriding = cases.iter().filter(|case| case.tiers()[1..].iter().any(|(t, _)| *t == tier));
    overriding.map(|case| case.kernel).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prints which tiers this machine tests and how many kernels each of them overrides. With `REQUIRE_TIER`
    /// set, fails if that tier is missing: a test run must not pass by testing nothing.
    #[test]
    fn report_tiers() {
        for tier in Tier::ALL.into_iter().filter(|tier| tier.is_supported()) {
            let count = match tier {
                Tier::Scalar => {
                    cases::<u8>().iter().map(|case| case.kernel).collect::<BTreeSet<_>>().len()
                        + cases::<u16>().iter().map(|case| case.kernel).collect::<BTreeSet<_>>().len()
                }
                _ => overridden::<u8>(tier).len() + overridden::<u16>(tier).len(),
            };
            println!("tier {tier}: {count} kernels");
        }
        if let Ok(name) = std::env::var("REQUIRE_TIER") {
            let tier: Tier = name.parse().unwrap_or_else(|error| panic!("REQUIRE_TIER={name}: {error}"));
            assert!(tier.is_supported(), "REQUIRE_TIER={name}, but this machine has no {name}");
        }
    }

    /// Each pattern stays inside its range, and reaches both ends where it says so.
    #[test]
    fn patterns_keep_their_range() {
        for pattern in Pattern::ALL {
            for index in 0..2 {
                let values: Vec<_> = pattern.values(Rng::new(5), index, 16, -3, 1023).take(4096).collect();
                assert!(values.iter().all(|v| (-3..=1023).contains(v)), "{pattern:?}");
                if matches!(pattern, Pattern::RandomExtreme | Pattern::Alternating) {
                    assert!(values.contains(&-3) && values.contains(&1023), "{pattern:?}");
                }
            }
        }
    }

    /// The comparison sees a store beside the block.
    #[test]
    #[should_panic(expected = "dst")]
    fn a_store_outside_the_block_is_found() {
        let expected = Io::<u8>::new(8, Pattern::Random, 1);
        let mut io = expected.clone();
        let sample = &mut io.dst[0].row_mut(0, 9)[8];
        *sample = sample.wrapping_add(1);
        compare("here", &expected, &io);
    }
}
