//! How many instructions the operations execute: `scripts/instructions`.

use gungraun::{LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main};
use micro::{Make, Operation};

/// Enough for buffers to have their size, and for what is made at the first use to be made.
const WARM_UP: usize = 100;

fn warm(make: Make) -> Box<dyn Operation> {
    let mut operation = make();
    for _ in 0..WARM_UP {
        operation.run();
        operation.clear();
    }
    operation
}

// one line for each of `micro::OPERATIONS`
#[library_benchmark(setup = warm)]
#[bench::decode_packet(micro::decode_packet)]
#[bench::decode_envelope(micro::decode_envelope)]
#[bench::decode_payload(micro::decode_payload)]
#[bench::dispatch(micro::dispatch)]
#[bench::dispatch_gate(micro::dispatch_gate)]
#[bench::dispatch_limit(micro::dispatch_limit)]
#[bench::dispatch_guard(micro::dispatch_guard)]
#[bench::dispatch_middleware(micro::dispatch_middleware)]
#[bench::dispatch_trace(micro::dispatch_trace)]
#[bench::emit_text(micro::emit_text)]
#[bench::emit_looked_at(micro::emit_looked_at)]
#[bench::emit_struct(micro::emit_struct)]
#[bench::answer(micro::answer)]
#[bench::broadcast(micro::broadcast)]
#[bench::room_walk(micro::room_walk)]
#[bench::step_to_outbox(micro::step_to_outbox)]
#[bench::steps_to_outbox(micro::steps_to_outbox)]
#[bench::steps_to_handlers(micro::steps_to_handlers)]
#[bench::serde_alone(micro::serde_alone)]
#[bench::bus_step_to_outbox(micro::bus_step_to_outbox)]
#[bench::text_to_outbox(micro::text_to_outbox)]
#[bench::binary_to_outbox(micro::binary_to_outbox)]
#[bench::messages_to_outbox(micro::messages_to_outbox)]
fn once(mut operation: Box<dyn Operation>) -> Box<dyn Operation> {
    operation.run();
    // dropped by the caller, which is not counted
    operation
}

library_benchmark_group!(name = operations, benchmarks = once);

/// Which of its `memcpy` and the like glibc takes depends on the CPU: these are those that every x86-64 has.
const PLAIN: &str =
    "glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-AVX_Fast_Unaligned_Load,-BMI2,-ERMS,-FSRM,-SSE4_1,-SSSE3";

main!(
    config = LibraryBenchmarkConfig::default().env("GLIBC_TUNABLES", PLAIN),
    library_benchmark_groups = operations
);
