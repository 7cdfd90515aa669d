//! The handlers that the events of the benchmarks go to.

#![expect(clippy::needless_pass_by_value, reason = "handlers get their arguments by value")]

use std::{
    borrow::Cow,
    hint::black_box,
    sync::atomic::{AtomicBool, Ordering},
};

use serde::{Deserialize, Serialize};
use socketio::{
    Bytes, Message, Payload, Socket, SocketIo, SocketIoBuilder, event, handlers,
    middleware::{Call, Next, Outcome},
    on,
};

pub(crate) const ROOM: &str = "room";
pub(crate) const MEMBERS: usize = 1000;

/// Three fields, borrowed or numbers.
#[derive(Serialize, Deserialize, Payload)]
pub(crate) struct Step<'a> {
    #[serde(borrow)]
    who: Cow<'a, str>,
    x: f64,
    y: u32,
}

impl Step<'_> {
    pub(crate) fn new() -> Self {
        Step { who: "ann".into(), x: 1.5, y: 42 }
    }
}

#[derive(Serialize)]
pub(crate) struct Receipt {
    pub(crate) length: usize,
}

/// Every connection is in the room: only those of one benchmark share a server.
#[on(connect, manual)]
fn joins(socket: &Socket) {
    socket.join(ROOM);
}

/// Has the handler of `seen` run?
pub(crate) static SEEN: AtomicBool = AtomicBool::new(false);

#[on("seen", manual)]
fn seen(step: Step<'_>) {
    black_box(&step);
    SEEN.store(true, Ordering::Relaxed);
}

#[on("step", manual)]
fn step(step: Step<'_>, socket: &Socket) {
    socket.emit(event!("step", &step));
}

#[on("text", manual)]
fn text(text: Cow<'_, str>, socket: &Socket) {
    socket.emit(event!("text", &text));
}

#[on("bytes", manual)]
fn bytes(bytes: Bytes, socket: &Socket) {
    let length = bytes.len();
    socket.emit(event!("length", &length));
}

#[on("message", manual)]
fn message(message: Message, socket: &Socket) {
    socket.emit(message);
}

pub(crate) fn server() -> SocketIo {
    with(|builder| builder)
}

/// A server that has more than handlers.
pub(crate) fn with(add: impl FnOnce(SocketIoBuilder) -> SocketIoBuilder) -> SocketIo {
    let handlers = handlers![joins, seen, step, text, bytes, message];
    add(SocketIo::builder().handlers(handlers)).build().unwrap_or_else(|error| panic!("{error}"))
}

/// A middleware that does nothing.
pub(crate) async fn passes(_: Call, next: Next) -> Outcome {
    next.run().await
}
