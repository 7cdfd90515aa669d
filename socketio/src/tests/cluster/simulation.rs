//! Many runs of three nodes, each decided by a seed: what a program does, how long messages take, which nodes stop.
//!
//! `SOCKETIO_SEEDS=10000 cargo test -p socketio --lib simulation` runs more of them. A failing seed is printed;
//! `SOCKETIO_SEED=n` runs that one.

use std::{collections::HashMap, time::Duration};

use super::Servers;
use crate::{
    cluster::{Memory, Planted},
    error::{Incomplete, RemoteError},
    event,
    tests::kit::{TestClient, settle},
};

/// Numbers that a seed decides (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

const ROOMS: [&str; 3] = ["a", "b", "c"];

/// One run, perhaps with a bug.
async fn run(seed: u64, bug: Option<Planted>) {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let memory = Memory::seeded(seed);
    if let Some(bug) = bug {
        memory.plant(bug);
    }
    let servers = Servers::start(memory, 3).await;
    let mut clients = vec![];
    for at in 0..3 {
        for _ in 0..=random.below(2) {
            let rooms: Vec<&str> = ROOMS.into_iter().filter(|_| random.below(2) == 0).collect();
            let (client, _) = servers.guest(at, &rooms).await;
            clients.push((at, rooms, client));
        }
    }
    // what each client must get of each sender, in order
    let mut expected: Vec<HashMap<usize, Vec<usize>>> = clients.iter().map(|_| HashMap::new()).collect();
    let mut frozen = None;
    for number in 0..20 + random.below(20) {
        let from = random.below(3);
        let io = servers.io(from);
        match random.below(10) {
            0..=5 => {
                let chosen: Vec<&str> = ROOMS.into_iter().filter(|_| random.below(3) == 0).collect();
                let except = if random.below(3) == 0 { Some(ROOMS[random.below(3)]) } else { None };
                let mut selection = io.of("/").expect("always");
                for room in &chosen {
                    selection = selection.to(*room);
                }
                if let Some(room) = except {
                    selection = selection.except(room);
                }
                selection.emit(event!("n", from, number));
                for ((_, rooms, _), expected) in clients.iter().zip(&mut expected) {
                    let is_meant = chosen.is_empty() || chosen.iter().any(|room| rooms.contains(room));
                    if is_meant && except.is_none_or(|room| !rooms.contains(&room)) {
                        expected.entry(from).or_default().push(number);
                    }
                }
            }
            6 => {
                let result = io.timeout(Duration::from_secs(1)).fetch_sockets().await;
                match (result, frozen) {
                    (Ok(sockets), _) => assert_eq!(sockets.len(), clients.len(), "every socket once"),
                    (Err(RemoteError::Partial(partial)), Some(_)) => {
                        assert_eq!((partial.why, partial.expected), (Incomplete::Deadline, 2));
                        assert!(partial.answers.len() < clients.len());
                    }
                    (Err(error), _) => panic!("{error}"),
                }
            }
            7 => {
                let at = random.below(3);
                if let Some(other) = frozen.replace(at) {
                    servers.memory.thaw(servers.id(other));
                }
                servers.memory.freeze(servers.id(at));
            }
            8 => {
                if let Some(at) = frozen.take() {
                    servers.memory.thaw(servers.id(at));
                }
            }
            _ => tokio::time::sleep(Duration::from_millis(random.below(30) as u64)).await,
        }
    }
    if let Some(at) = frozen {
        servers.memory.thaw(servers.id(at));
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    settle().await;
    for ((at, _, client), expected) in clients.iter_mut().zip(expected) {
        assert_eq!(received(&servers, *at, client).await, expected, "at node {at}");
    }
    drop(clients);
    servers.close().await;
}

async fn received(servers: &Servers, at: usize, client: &mut TestClient) -> HashMap<usize, Vec<usize>> {
    let mut received: HashMap<usize, Vec<usize>> = HashMap::new();
    for text in super::heard(servers.io(at), client).await {
        let (_, from, number): (String, usize, usize) = serde_json::from_str(&text[2..]).expect("an event");
        received.entry(from).or_default().push(number);
    }
    received
}

/// Each client gets what is meant for it exactly once, in the order in which its sender sent it; every question ends.
#[test]
fn simulation_every_message_arrives_once_and_in_the_order_of_its_sender() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("SOCKETIO_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SOCKETIO_SEEDS").unwrap_or(50),
    };
    for seed in seeds {
        assert!(is_green(seed, None), "SOCKETIO_SEED={seed} fails");
    }
}

/// Is the run as it should be?
fn is_green(seed: u64, bug: Option<Planted>) -> bool {
    let run = std::panic::catch_unwind(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.expect("a runtime").block_on(run(seed, bug));
    });
    run.is_ok()
}

/// What the simulation is for: bugs of each kind, put in by hand, are found by its first seeds.
#[test]
fn simulation_finds_bugs_that_are_planted() {
    for bug in [Planted::Overtakes, Planted::Twice, Planted::Lost] {
        let found = (0..50).find(|seed| !is_green(*seed, Some(bug)));
        println!("{bug:?}: found by seed {found:?}");
        assert!(found.is_some(), "{bug:?} is not found");
    }
}
