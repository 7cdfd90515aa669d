//! What two threads cost each other that broadcast at once, for `benches/run threads`: `threads MEMBERS` prints a line of JSON.
//!
//! There are no tasks that write: what a broadcast does is encode, and push to the outboxes under the lock of its namespace.

use std::{sync::Barrier, thread, time::Instant};

use serde::Serialize;
use socketio::{SocketIo, bench::Connection, event, handlers, on};

/// Nanoseconds of one broadcast of a thread.
#[derive(Serialize)]
struct Broadcasts {
    members: usize,
    alone: f64,
    /// While another thread broadcasts in the same namespace, to the same members.
    same: f64,
    /// While another thread broadcasts in another server.
    apart: f64,
}

fn main() {
    let members = std::env::args().nth(1).and_then(|word| word.parse().ok());
    let members: usize = members.unwrap_or_else(|| panic!("how many members?"));
    let (mut one, mut other) = (Room::new(members), Room::new(members));
    let rounds = (0..ROUNDS).map(|_| {
        let alone = broadcasts(&[&one.io], members);
        let same = broadcasts(&[&one.io, &one.io], members);
        let apart = broadcasts(&[&one.io, &other.io], members);
        one.clear();
        other.clear();
        [alone, same, apart]
    });
    let mut rounds: Vec<_> = rounds.collect();
    let mut median = |at: usize| {
        rounds.sort_by(|one, other| one[at].total_cmp(&other[at]));
        rounds[ROUNDS / 2][at]
    };
    let found = Broadcasts { members, alone: median(0), same: median(1), apart: median(2) };
    println!("{}", serde_json::to_string(&found).unwrap_or_else(|error| panic!("{error}")));
}

struct Room {
    io: SocketIo,
    members: Vec<Connection>,
}

impl Room {
    fn new(members: usize) -> Self {
        let builder = SocketIo::builder().handlers(handlers![heard]);
        let io = builder.build().unwrap_or_else(|error| panic!("{error}"));
        let members = (0..members).map(|_| Connection::packets(&io, micro::masked("40"), vec![])).collect();
        Self { io, members }
    }

    fn clear(&mut self) {
        for member in &mut self.members {
            member.take();
        }
    }
}

/// A thread for each of the servers; returns the mean of a broadcast.
fn broadcasts(servers: &[&SocketIo], members: usize) -> f64 {
    let count = (AT_MOST / members).min(MESSAGES);
    let barrier = Barrier::new(servers.len());
    let thread = |io: &SocketIo| {
        barrier.wait();
        let began = Instant::now();
        for _ in 0..count {
            let sent = io.try_emit(event!("text", micro::TEXT));
            assert!(sent.is_ok_and(|sent| sent == members));
        }
        began.elapsed().as_secs_f64() * 1e9 / count as f64
    };
    let each: Vec<f64> = thread::scope(|scope| {
        let threads: Vec<_> = servers.iter().map(|io| scope.spawn(|| thread(io))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(f64::NAN)).collect()
    });
    each.iter().sum::<f64>() / each.len() as f64
}

#[on("heard", manual)]
fn heard() {}

const ROUNDS: usize = 9;
/// Broadcasts of a thread in a round: fewer than fill an outbox, and for longer than it takes to wake another thread.
const MESSAGES: usize = 20_000;
/// Deliveries of a thread in a round.
const AT_MOST: usize = 1_000_000;
