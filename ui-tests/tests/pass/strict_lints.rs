//! What is generated is quiet in the strictest crate.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub, unused_qualifications)]

use serde::{Deserialize, Serialize};
use socketio::{Ack, Event, Payload, Socket, State, on};

socketio::events! {
    /// What this crate knows.
    pub EVENTS = [Said, Asked, "conect", "named"]
}

/// Somebody said something.
#[derive(Debug, Serialize, Deserialize, Event)]
#[event("said")]
pub struct Said {
    /// What.
    pub text: String,
}

/// Somebody asks.
#[derive(Debug, Serialize, Deserialize, Event)]
#[event("asked", ack = Answer)]
pub struct Asked(pub u64);

/// The answer.
#[derive(Debug, Serialize, Deserialize, Payload)]
pub struct Answer {
    /// Its number.
    pub number: u64,
}

#[on(connect)]
fn connected(socket: &Socket) {
    socket.emit(socketio::event!("named", 1));
}

#[on(Said)]
fn said(_: Said, State(()): State<()>) {}

/// A public handler.
#[on(Asked)]
pub async fn asked(Asked(number): Asked, ack: Ack<Answer>) {
    ack.send(&Answer { number });
}

#[on("conect", "named")]
fn listed() {}

fn main() {
    let _ = EVENTS;
}
