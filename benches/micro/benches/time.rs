//! How long the operations take: `cargo bench --bench time`.

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};

fn operations(criterion: &mut Criterion) {
    for (name, make) in micro::OPERATIONS {
        // made here, so that those which are not asked for cost nothing
        criterion.bench_function(name, |bencher| {
            let mut operation = make();
            if !operation.piles_up() {
                return bencher.iter(|| operation.run());
            }
            bencher.iter_custom(|times| {
                let mut total = Duration::ZERO;
                for _ in 0..times {
                    let start = Instant::now();
                    operation.run();
                    total += start.elapsed();
                    operation.clear();
                }
                total
            });
        });
    }
}

criterion_group!(benches, operations);
criterion_main!(benches);
