//! The operations that are measured. `benches/time.rs` and `benches/instructions.rs` only wrap them.

mod frames;
mod server;

use std::{hint::black_box, sync::atomic::Ordering, time::Duration};

use socketio::{
    ClientError, Socket, SocketIo,
    bench::{Connection, Decoded, payload},
    event,
    middleware::{Call, NamespaceBuilder, RateLimit, Trace},
};

use self::{
    frames::binary_packet,
    server::{MEMBERS, ROOM, Receipt, SEEN, Step, server},
};

pub use self::frames::{TEXT, masked};

#[cfg(not(bench))]
compile_error!("start cargo in benches/micro: its .cargo/config.toml opens `socketio::bench`");

/// Something that is measured, over and over.
pub trait Operation {
    fn run(&mut self);

    /// Is something to be put in order after each run, which is not to be measured?
    fn piles_up(&self) -> bool {
        false
    }

    fn clear(&mut self) {}
}

/// Makes an operation that has not run yet.
pub type Make = fn() -> Box<dyn Operation>;

/// All of them. A name is what it is called in the baseline, too.
pub const OPERATIONS: &[(&str, Make)] = &[
    ("decode_packet", decode_packet),
    ("decode_envelope", decode_envelope),
    ("decode_payload", decode_payload),
    ("dispatch", dispatch),
    ("dispatch_gate", dispatch_gate),
    ("dispatch_limit", dispatch_limit),
    ("dispatch_guard", dispatch_guard),
    ("dispatch_middleware", dispatch_middleware),
    ("dispatch_trace", dispatch_trace),
    ("emit_text", emit_text),
    ("emit_looked_at", emit_looked_at),
    ("emit_struct", emit_struct),
    ("answer", answer),
    ("broadcast", broadcast),
    ("room_walk", room_walk),
    ("step_to_outbox", step_to_outbox),
    ("steps_to_outbox", steps_to_outbox),
    ("steps_to_handlers", steps_to_handlers),
    ("serde_alone", serde_alone),
    ("bus_step_to_outbox", bus_step_to_outbox),
    ("text_to_outbox", text_to_outbox),
    ("binary_to_outbox", binary_to_outbox),
    ("messages_to_outbox", messages_to_outbox),
];

// --- decode ---

struct Decode(Connection);

impl Operation for Decode {
    fn run(&mut self) {
        self.0.decode();
    }
}

/// A masked frame with an event: read, unmasked, checked to be UTF-8, split into name and arguments that are JSON.
pub fn decode_packet() -> Box<dyn Operation> {
    Box::new(Decode(packets(&server(), masked(&frames::packet("text", TEXT)))))
}

/// The same of the plain bus.
pub fn decode_envelope() -> Box<dyn Operation> {
    Box::new(Decode(Connection::plain(&server(), masked(&frames::envelope("text", TEXT)))))
}

struct DecodePayload(String);

impl Operation for DecodePayload {
    fn run(&mut self) {
        assert_eq!(payload(black_box(&self.0)), 4);
    }
}

/// The body of a POST with four events.
pub fn decode_payload() -> Box<dyn Operation> {
    let packet = frames::packet("text", TEXT);
    Box::new(DecodePayload([&*packet; 4].join("\x1e")))
}

// --- dispatch ---

struct Dispatch(Connection, Decoded);

impl Operation for Dispatch {
    fn run(&mut self) {
        self.0.dispatch(black_box(&self.1));
    }

    fn clear(&mut self) {
        assert!(SEEN.swap(false, Ordering::Relaxed));
    }
}

/// A decoded event: its handler is found, the three fields of its payload are read, and it is called.
pub fn dispatch() -> Box<dyn Operation> {
    dispatch_in(&server())
}

fn dispatch_in(io: &SocketIo) -> Box<dyn Operation> {
    let event = Decoded::new(&frames::packet("seen", &Step::new()));
    Box::new(Dispatch(packets(io, vec![]), event))
}

/// The same past a gate that opens.
pub fn dispatch_gate() -> Box<dyn Operation> {
    dispatch_in(&server::with(|builder| builder.gate(|_: &Call| Ok::<_, ClientError>(()))))
}

/// Past a rate limit that is never reached.
pub fn dispatch_limit() -> Box<dyn Operation> {
    let limit = RateLimit::per_socket(u32::MAX, Duration::from_millis(1));
    dispatch_in(&server::with(|builder| builder.gate(limit)))
}

/// Past a guard that takes what is always there.
pub fn dispatch_guard() -> Box<dyn Operation> {
    dispatch_in(&server::with(|builder| builder.namespace("/", NamespaceBuilder::guard::<Socket>)))
}

/// Through a middleware that does nothing.
pub fn dispatch_middleware() -> Box<dyn Operation> {
    dispatch_in(&server::with(|builder| builder.middleware(server::passes)))
}

/// Through the middleware that makes spans, which nobody listens to.
pub fn dispatch_trace() -> Box<dyn Operation> {
    dispatch_in(&server::with(|builder| builder.middleware(Trace::new())))
}

// --- encode, into an outbox from which it is taken ---

struct Encode<F>(Connection, F);

impl<F: Fn(&Connection)> Operation for Encode<F> {
    fn run(&mut self) {
        (self.1)(&self.0);
        assert_eq!(self.0.take(), 1);
    }
}

fn encode(run: impl Fn(&Connection) + 'static) -> Box<dyn Operation> {
    Box::new(Encode(packets(&server(), vec![]), run))
}

/// A text to one client.
pub fn emit_text() -> Box<dyn Operation> {
    encode(|connection| connection.socket().emit(event!("text", black_box(TEXT))))
}

/// The same, and the program looks at what leaves.
pub fn emit_looked_at() -> Box<dyn Operation> {
    let io = server::with(|builder| builder.on_emit(|emitted| _ = black_box(emitted.size())));
    let run = |connection: &Connection| connection.socket().emit(event!("text", black_box(TEXT)));
    Box::new(Encode(packets(&io, vec![]), run))
}

/// Three fields to one client.
pub fn emit_struct() -> Box<dyn Operation> {
    let step = Step::new();
    encode(move |connection| connection.socket().emit(event!("step", black_box(&step))))
}

/// The acknowledgement of an event.
pub fn answer() -> Box<dyn Operation> {
    encode(|connection| connection.answer(black_box(42), &Receipt { length: black_box(128) }))
}

/// A text to everybody, which is one: what a broadcast costs besides its walk.
pub fn broadcast() -> Box<dyn Operation> {
    encode(|connection| connection.socket().everyone().emit(event!("text", black_box(TEXT))))
}

// --- rooms ---

struct Walk(SocketIo, Vec<Connection>);

impl Operation for Walk {
    fn run(&mut self) {
        let sent = self.0.to(ROOM).try_emit(event!("text", black_box(TEXT)));
        assert!(matches!(sent, Ok(MEMBERS)));
    }

    fn piles_up(&self) -> bool {
        true
    }

    fn clear(&mut self) {
        self.1.iter_mut().for_each(|member| assert_eq!(member.take(), 1));
    }
}

/// A text into the outboxes of the members of a room. Their owner tasks sleep: waking them costs nothing here.
pub fn room_walk() -> Box<dyn Operation> {
    let io = server();
    let members = (0..MEMBERS).map(|_| packets(&io, vec![])).collect();
    Box::new(Walk(io, members))
}

// --- the whole: from the bytes of a frame to the outbox, and out of it ---

/// How many messages the client has sent since the connection was read last; each is answered by one.
struct Whole(Connection, u32);

impl Operation for Whole {
    fn run(&mut self) {
        self.0.receive();
        assert_eq!(self.0.take(), self.1);
    }
}

/// An event with three fields, whose handler emits one with three fields.
pub fn step_to_outbox() -> Box<dyn Operation> {
    let sends = masked(&frames::packet("step", &Step::new()));
    Box::new(Whole(packets(&server(), sends), 1))
}

/// Sixteen of them in one read, as they come under load.
pub fn steps_to_outbox() -> Box<dyn Operation> {
    let sends = masked(&frames::packet("step", &Step::new()));
    Box::new(Whole(packets(&server(), sends.repeat(16)), 16))
}

/// Sixteen in one read, whose handler emits nothing.
pub fn steps_to_handlers() -> Box<dyn Operation> {
    let sends = masked(&frames::packet("seen", &Step::new()));
    Box::new(Quiet(packets(&server(), sends.repeat(16))))
}

struct Quiet(Connection);

impl Operation for Quiet {
    fn run(&mut self) {
        self.0.receive();
        assert!(SEEN.swap(false, Ordering::Relaxed));
    }
}

/// What of `steps_to_outbox` is not ours: `serde_json` reads the three fields and writes them again, sixteen times.
pub fn serde_alone() -> Box<dyn Operation> {
    Box::new(Serde(frames::json(&Step::new()), vec![]))
}

struct Serde(String, Vec<u8>);

impl Operation for Serde {
    fn run(&mut self) {
        for _ in 0..16 {
            self.1.clear();
            let step: Step<'_> =
                serde_json::from_str(black_box(&self.0)).unwrap_or_else(|error| panic!("{error}"));
            serde_json::to_writer(&mut self.1, &step).unwrap_or_else(|error| panic!("{error}"));
            black_box(&self.1);
        }
    }
}

/// One on the plain bus.
pub fn bus_step_to_outbox() -> Box<dyn Operation> {
    let sends = masked(&frames::envelope("step", &Step::new()));
    Box::new(Whole(Connection::plain(&server(), sends), 1))
}

/// An event with a text, which is emitted again.
pub fn text_to_outbox() -> Box<dyn Operation> {
    let sends = masked(&frames::packet("text", TEXT));
    Box::new(Whole(packets(&server(), sends), 1))
}

/// Two frames, a packet and its attachment, to a handler that emits how long it is.
pub fn binary_to_outbox() -> Box<dyn Operation> {
    Box::new(Whole(packets(&server(), binary_packet("bytes")), 1))
}

/// Sixteen messages of the plain wire without envelopes in one read, each sent back as it came.
pub fn messages_to_outbox() -> Box<dyn Operation> {
    Box::new(Whole(Connection::messages(&server(), masked(TEXT).repeat(16)), 16))
}

fn packets(io: &SocketIo, sends: Vec<u8>) -> Connection {
    Connection::packets(io, masked("40"), sends)
}
