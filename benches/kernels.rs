//! Every kernel of every tier, from the list that also drives the tests.
//!
//! Names are `<sample type>/<family.entry>/<variant>/<tier>`; a tier appears where it overrides the entry.
//! `cargo bench -p rivus-benches --bench kernels -- 'u8/satd'` runs one family.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rivus_kernels::harness::{self, Io, Pattern};
use rivus_picture::Sample;

fn kernels<S: Sample>(c: &mut Criterion, sample: &str, bit_depth: u8) {
    let mut io = Io::<S>::new(bit_depth, Pattern::Random, 1);
    for case in harness::cases::<S>() {
        let mut group = c.benchmark_group(format!("{sample}/{}/{}", case.kernel, case.variant));
        group.throughput(Throughput::Elements(case.samples as u64));
        for (tier, table) in case.tiers() {
            group.bench_function(tier.name(), |bencher| {
                bencher.iter(|| {
                    io.values.clear();
                    case.run(table, &mut io);
                });
            });
        }
    }
}

fn all(c: &mut Criterion) {
    kernels::<u8>(c, "u8", 8);
    kernels::<u16>(c, "u16", 10);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(400))
        .sample_size(10)
        .without_plots();
    targets = all
}
criterion_main!(benches);
