//! What an operation costs as the number of things grows, for `benches/run scale`: `scale KIND` prints a line of JSON for each
//! operation of that kind.
//!
//! As in the other micro-benchmarks there are no sockets and no tasks; connections are real in everything else.

use std::{
    collections::BTreeMap,
    hint::black_box,
    time::{Duration, Instant},
};

use serde::Serialize;
use socketio::{
    Config, SocketIo,
    bench::{Connection, Decoded},
    event, handlers, on,
    private::{Handler, Subject},
};

/// What an operation costs.
#[derive(Serialize)]
struct Series {
    operation: &'static str,
    /// The nanoseconds of one, by the number of things that are there.
    points: BTreeMap<usize, f64>,
}

/// The operations on one kind of thing.
#[derive(Default)]
struct Kind(Vec<Series>);

impl Kind {
    fn add(&mut self, operation: &'static str, count: usize, nanoseconds: f64) {
        let at = self.0.iter().position(|series| series.operation == operation).unwrap_or_else(|| {
            self.0.push(Series { operation, points: BTreeMap::new() });
            self.0.len() - 1
        });
        self.0[at].points.insert(count, nanoseconds);
    }
}

fn main() {
    let kind = std::env::args().nth(1).unwrap_or_default();
    let measured = match &*kind {
        "rooms" => rooms_with_one_member(),
        "members" => members_of_one_room(),
        "rooms-of-one" => rooms_of_one_socket(),
        "namespaces" => namespaces(),
        "events" => events(),
        other => panic!("{other:?} is not one of rooms, members, rooms-of-one, namespaces, events"),
    };
    for series in measured.0 {
        println!("{}", serde_json::to_string(&series).unwrap_or_else(|error| panic!("{error}")));
    }
}

fn rooms_with_one_member() -> Kind {
    let mut kind = Kind::default();
    for count in [100, 1_000, 10_000, 100_000] {
        let io = server();
        let mut members: Vec<_> = (0..count.min(10_000)).map(|_| packets(&io)).collect();
        for number in 0..count {
            members[number % 10_000].socket().join(room(number));
        }
        let probe = packets(&io);
        kind.add("join", count, best(|number| probe.socket().join(other(number))));
        kind.add("leave", count, best(|number| probe.socket().leave(&other(number))));
        let known: Vec<_> = (0..BATCH).map(|number| room(number * 7919 % count)).collect();
        let emit = |number: usize| {
            assert!(matches!(io.to(&*known[number]).try_emit(event!("text", "hello")), Ok(1)));
        };
        kind.add("emit to one", count, best_with(emit, || clear(&mut members)));
        lives(&mut kind, count, &io, &[]);
    }
    kind
}

fn members_of_one_room() -> Kind {
    let mut kind = Kind::default();
    for count in [50, 500, 5_000, 50_000] {
        let io = server();
        let mut members: Vec<_> = (0..count).map(|_| packets(&io)).collect();
        members.iter().for_each(|member| member.socket().join("room"));
        let newcomers: Vec<_> = (0..BATCH).map(|_| packets(&io)).collect();
        kind.add(
            "join",
            count,
            best_with(
                |number| newcomers[number].socket().join("room"),
                || newcomers.iter().for_each(|newcomer| newcomer.socket().leave("room")),
            ),
        );
        kind.add(
            "leave",
            count,
            best_with(
                |number| newcomers[number].socket().leave("room"),
                || newcomers.iter().for_each(|newcomer| newcomer.socket().join("room")),
            ),
        );
        drop(newcomers);
        kind.add("emit, for each member", count, emit_for_each(&io, "room", &mut members));
        lives(&mut kind, count, &io, &["room"]);
    }
    kind
}

fn rooms_of_one_socket() -> Kind {
    let mut kind = Kind::default();
    for count in [1, 10, 100, 900] {
        let io = server();
        // the rooms exist without it
        let others = packets(&io);
        let names: Vec<_> = (0..count).map(room).collect();
        names.iter().for_each(|name| others.socket().join(&**name));
        let mut socket = [packets(&io)];
        names.iter().for_each(|name| socket[0].socket().join(&**name));
        kind.add(
            "join",
            count,
            best_with(
                |number| socket[0].socket().join(other(number)),
                || (0..BATCH).for_each(|number| socket[0].socket().leave(&other(number))),
            ),
        );
        let own = socket[0].socket().id().to_string();
        kind.add("emit to one", count, emit_for_each(&io, &own, &mut socket));
        let mut rounds: Vec<_> = (0..ROUNDS)
            .map(|_| {
                let life = packets(&io);
                names.iter().for_each(|name| life.socket().join(&**name));
                let began = Instant::now();
                drop(life);
                nanoseconds(began.elapsed()) / (count as f64)
            })
            .collect();
        kind.add("disconnect, for each room", count, least(&mut rounds));
    }
    kind
}

fn namespaces() -> Kind {
    let mut kind = Kind::default();
    for count in [10, 100, 1_000, 9_000] {
        let io = server();
        let mut members: Vec<_> = (0..count).map(|number| member_of(&io, number)).collect();
        let mut connects = vec![];
        let mut ends = vec![];
        for _ in 0..ROUNDS {
            let began = Instant::now();
            let newcomers: Vec<_> = (0..BATCH).map(|number| member_of(&io, count + number)).collect();
            connects.push(nanoseconds(began.elapsed()) / BATCH as f64);
            let began = Instant::now();
            drop(newcomers);
            ends.push(nanoseconds(began.elapsed()) / BATCH as f64);
        }
        kind.add("connect to a new one", count, least(&mut connects));
        kind.add("disconnect", count, least(&mut ends));
        let names: Vec<_> = (0..BATCH).map(|number| namespace(number * 7919 % count)).collect();
        let emit = |number: usize| {
            let of = io.of(&names[number]).unwrap_or_else(|| panic!("{}", names[number]));
            assert!(matches!(of.try_emit(event!("text", "hello")), Ok(1)));
        };
        kind.add("find and emit", count, best_with(emit, || clear(&mut members)));
    }
    kind
}

fn events() -> Kind {
    let mut kind = Kind::default();
    for count in [2, 20, 200, 2_000] {
        let table: Vec<&'static [Handler]> =
            (0..count).map(|number| renamed(handlers![seen][0], number)).collect();
        let io = SocketIo::builder()
            .handlers(&table)
            .config(config())
            .build()
            .unwrap_or_else(|error| panic!("{error}"));
        let mut connection = packets(&io);
        let events: Vec<_> = (0..BATCH)
            .map(|number| Decoded::new(&format!(r#"42["event-{}",1]"#, number * 7919 % count)))
            .collect();
        kind.add("dispatch", count, best(|number| connection.dispatch(black_box(&events[number]))));
    }
    kind
}

/// Takes what the members were sent, so that no outbox fills up.
fn clear(members: &mut [Connection]) {
    for member in members {
        member.take();
    }
}

/// A connection that comes, joins, and ends.
fn lives(kind: &mut Kind, count: usize, io: &SocketIo, rooms: &[&'static str]) {
    let mut connects = vec![];
    let mut ends = vec![];
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let newcomers: Vec<_> = (0..BATCH).map(|_| packets(io)).collect();
        connects.push(nanoseconds(began.elapsed()) / BATCH as f64);
        for newcomer in &newcomers {
            rooms.iter().for_each(|room| newcomer.socket().join(*room));
        }
        let began = Instant::now();
        drop(newcomers);
        ends.push(nanoseconds(began.elapsed()) / BATCH as f64);
    }
    kind.add("connect", count, least(&mut connects));
    kind.add("disconnect", count, least(&mut ends));
}

/// A broadcast, for each of those that get it.
fn emit_for_each(io: &SocketIo, to: &str, members: &mut [Connection]) -> f64 {
    let mut rounds: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            for _ in 0..EMITS {
                let sent = io.to(to).try_emit(event!("text", "hello"));
                assert!(sent.is_ok_and(|count| count == members.len()));
            }
            let each = nanoseconds(began.elapsed()) / (EMITS * members.len()) as f64;
            clear(members);
            each
        })
        .collect();
    least(&mut rounds)
}

/// The least time of an operation among several rounds: what else the machine does only adds.
fn best(operation: impl FnMut(usize)) -> f64 {
    best_with(operation, || ())
}

/// The same with something to be put in order after each round.
fn best_with(mut operation: impl FnMut(usize), mut after: impl FnMut()) -> f64 {
    let mut rounds: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            (0..BATCH).for_each(&mut operation);
            let each = nanoseconds(began.elapsed()) / BATCH as f64;
            after();
            each
        })
        .collect();
    least(&mut rounds)
}

fn least(rounds: &mut [f64]) -> f64 {
    rounds.sort_by(f64::total_cmp);
    rounds[0]
}

fn nanoseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

#[on("seen", manual)]
fn seen(number: u32) {
    black_box(number);
}

/// The namespaces that come and go.
mod pattern {
    socketio::namespace! { "/number/{number}" }

    #[socketio::on(connect, manual)]
    pub(super) fn connect() {}
}

/// The same handler with another name.
fn renamed(handler: &'static [Handler], number: usize) -> &'static [Handler] {
    let [
        Handler {
            subject: _,
            namespace,
            priority,
            concurrent,
            location,
            call,
            answers,
            needs_parts,
            needs,
            described,
        },
    ] = *handler
    else {
        panic!("one name for each handler")
    };
    let subject = Subject::Event(format!("event-{number}").leak());
    vec![Handler {
        subject,
        namespace,
        priority,
        concurrent,
        location,
        call,
        answers,
        needs_parts,
        needs,
        described,
    }]
    .leak()
}

fn server() -> SocketIo {
    let builder = SocketIo::builder().handlers(handlers![seen, pattern::connect]).config(config());
    builder.build().unwrap_or_else(|error| panic!("{error}"))
}

fn config() -> Config {
    Config::new().share_per_address(100).max_dynamic_namespaces(20_000)
}

fn packets(io: &SocketIo) -> Connection {
    Connection::packets(io, micro::masked("40"), vec![])
}

fn member_of(io: &SocketIo, number: usize) -> Connection {
    Connection::packets(io, micro::masked(&format!("40{},", namespace(number))), vec![])
}

fn namespace(number: usize) -> String {
    format!("/number/{number}")
}

fn room(number: usize) -> String {
    format!("room-{number}")
}

fn other(number: usize) -> String {
    format!("other-{number}")
}

/// Operations between two looks at the clock.
const BATCH: usize = 100;
const ROUNDS: usize = 15;
/// Broadcasts between two looks at the clock.
const EMITS: usize = 5;
