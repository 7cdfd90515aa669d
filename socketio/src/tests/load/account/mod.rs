//! What a peer causes costs no more than its bytes: a handler waits, and its peer sends one kind of thing again and again,
//! or a mixture. Twice as much is twice the work, and the memory does not grow at all.

mod kinds;
mod peer;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::Value;
use tokio::runtime::Builder;

use self::{
    kinds::{KINDS, Kind, MORE_KINDS, Over, mixture},
    peer::Peer,
};
use crate::{
    Config, Message, Socket, State,
    config::Parser,
    emit::Rest,
    error::SocketError,
    event, on,
    tests::kit::{self, Gate},
};

/// How much of everything was handled.
#[derive(Clone, Default)]
struct Handled(Arc<AtomicUsize>);

impl Handled {
    fn one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[on("wait")]
async fn wait(State(gate): State<Gate>) {
    gate.pass().await;
}

#[on("note")]
fn note(_: Rest, State(handled): State<Handled>) {
    handled.one();
}

#[on("message")]
fn message(_: Message, State(handled): State<Handled>) {
    handled.one();
}

#[on("value")]
fn value(number: u32) -> u32 {
    number
}

/// Asks its client, and waits for the answers in the order of the questions.
#[on("ask")]
async fn ask(socket: Socket, State(gate): State<Gate>) {
    let asked: Vec<_> = (0..64).map(|_| socket.ask::<Value>(event!("question"))).collect();
    gate.pass().await;
    for answer in asked {
        let _ = answer.await;
    }
}

#[on(error)]
fn failed(_: &SocketError, State(handled): State<Handled>) {
    handled.one();
}

#[on(ping)]
fn pinged() {}

#[on(pong)]
fn answered() {}

#[on(connect, namespace = "/slow")]
async fn deciding(State(gate): State<Gate>) {
    gate.pass().await;
}

#[on(disconnect, namespace = "/slow")]
fn left(State(handled): State<Handled>) {
    handled.one();
}

#[on("wait", namespace = "/room/{id}")]
async fn wait_in_room(State(gate): State<Gate>) {
    gate.pass().await;
}

#[on(disconnect, namespace = "/room/{id}")]
async fn leaving(State(gate): State<Gate>) {
    gate.pass().await;
}

fn config() -> Config {
    // each is handled, so that what is handled can be counted
    let config = Config::new().max_payload(MAX_PAYLOAD).inbox_events(16).max_own_namespaces(usize::MAX);
    #[cfg(feature = "deflate")]
    let config = config.deflate(crate::config::Deflate::new().when(|_| true));
    config
}

const MAX_PAYLOAD: usize = 64 * 1024;

/// What one connection may hold while its handlers wait, in bytes: the account, which is one `max_payload` and the message that goes
/// beyond it; and the buffers of the test and of the thread: the pipe (64 KiB in each direction), a read (64 KiB), what is
/// left of it, a message under way.
fn memory(over: Over) -> u64 {
    // where an answer is awaited, it may be the last of many things that come
    let account = if over == Over::Answers { 8 + 1 } else { 1 + 1 };
    (account * MAX_PAYLOAD + 6 * 64 * 1024) as u64
}

/// What a run cost.
#[derive(Debug, Clone, Copy)]
struct Cost {
    cpu: Duration,
    /// While the handlers wait.
    peak: u64,
    handled: usize,
}

fn run(over: Over, pieces: &[Vec<u8>]) -> Cost {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    let (builder, _, gate) = kit::builder(module_path!());
    let handled = Handled::default();
    let parser = if over == Over::MessagePack { Parser::MessagePack } else { Parser::Json };
    let io =
        builder.state(handled.clone()).config(config().parser(parser).allow_v3(over == Over::V3)).build();
    let io = io.unwrap_or_else(|error| panic!("{error}"));
    let mut peer = runtime.block_on(Peer::open(over, &io, &gate));
    let start = cpu();
    let waiting = allocation_counter::measure(|| runtime.block_on(peer.send_until_paused(pieces)));
    gate.open_all();
    runtime.block_on(peer.send_rest());
    let cpu = cpu() - start;
    runtime.block_on(io.close());
    Cost { cpu, peak: waiting.bytes_max, handled: handled.0.load(Ordering::Relaxed) }
}

/// The time that this thread has computed. A count of instructions would be exact, and cannot be had in a test; the
/// figures in `/proc` are of the last tick of the scheduler, which is four milliseconds.
pub(super) fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("it begins at zero")
}

/// Compares n with 4n; returns what is wrong. Four runs of n are as long as one of 4n, so that whatever else the machine does
/// disturbs both.
///
/// What fits in the pipe is written and read at once, which is cheaper for each piece: `n` is raised until both sizes are far
/// beyond it.
fn compare(name: &str, over: Over, pieces: impl Fn(usize) -> Vec<Vec<u8>>, n: usize) -> Option<String> {
    let bytes = pieces(n).iter().map(Vec::len).sum::<usize>();
    let n = if over.is_stream() { n * BEYOND_THE_PIPE.div_ceil(bytes) } else { n };
    let sizes = [pieces(n), pieces(4 * n)];
    let (mut peak, mut attempts) = (0, 0);
    let (ratio, cpu) = loop {
        let once: Vec<_> = (0..4).map(|_| run(over, &sizes[0])).collect();
        let all = run(over, &sizes[1]);
        assert_eq!(
            all.handled,
            once.iter().map(|once| once.handled).sum::<usize>(),
            "{name}, {over:?}: nothing is lost"
        );
        peak = once.iter().map(|once| once.peak).fold(all.peak.max(peak), u64::max);
        let once: Duration = once.iter().map(|once| once.cpu).sum();
        let ratio = (4.0 * all.cpu.as_secs_f64() / once.as_secs_f64()).sqrt();
        attempts += 1;
        if ratio <= PER_DOUBLING || attempts == ATTEMPTS {
            break (ratio, all.cpu);
        }
    };
    let sent = sizes[1].iter().map(Vec::len).sum::<usize>();
    let figures = format!(
        "{name}, {over:?}: {sent} bytes in {} pieces took {cpu:?}, {ratio:.2} times as much for each doubling; {peak} bytes were held",
        sizes[1].len()
    );
    println!("{figures}");
    (ratio > PER_DOUBLING || peak > memory(over)).then_some(figures)
}

/// A pipe holds 64 KiB.
const BEYOND_THE_PIPE: usize = 3 * 64 * 1024;
const PER_DOUBLING: f64 = 2.3;
const ATTEMPTS: usize = 10;

#[test]
fn twice_as_much_of_anything_is_twice_the_work_and_no_more_memory() {
    compare_each(KINDS);
}

#[test]
fn twice_as_much_of_what_is_compressed_is_twice_the_work() {
    compare_each(MORE_KINDS);
}

fn compare_each(kinds: &[Kind]) {
    let faults = kinds
        .iter()
        .filter(|kind| cfg!(feature = "msgpack") || kind.over != Over::MessagePack)
        .filter_map(|Kind { name, over, count, piece }| {
            compare(name, *over, |n| (0..n).map(piece).collect(), *count / 4)
        })
        .collect::<Vec<_>>();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn mixtures_cost_no_more_than_their_parts() {
    let mut faults = vec![];
    for seed in 0..2 {
        for over in [Over::Bus, Over::Packets, Over::Polling] {
            faults.extend(compare(&format!("seed {seed}"), over, |n| mixture(over, seed, n), 1));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
