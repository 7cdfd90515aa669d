//! Five events with a mistake each: five messages.

use serde::{Deserialize, Serialize};
use socketio::{Event, Socket, on};

socketio::events! { pub EVENTS = [NoName, Reserved, NoAttribute, Borrows<'_>, Broken] }

#[derive(Serialize, Deserialize, Event)]
#[event(from = client)]
pub struct NoName;

#[derive(Serialize, Deserialize, Event)]
#[event("connect")]
pub struct Reserved(u64);

#[derive(Serialize, Deserialize, Event)]
pub struct NoAttribute {
    pub number: u64,
}

#[derive(Serialize, Deserialize, Event)]
#[event("borrows")]
pub struct Borrows<'a> {
    pub text: &'a str,
}

#[derive(Serialize, Deserialize, Event)]
#[event("broken", ack = u64; from = client)]
pub struct Broken;

#[on(NoName)]
fn no_name(_: NoName) {}

#[on(Reserved)]
fn reserved(socket: &Socket, Reserved(number): Reserved) {
    socket.emit(&Reserved(number));
}

#[on(NoAttribute)]
async fn no_attribute(event: NoAttribute, socket: &Socket) -> u64 {
    socket.broadcast().emit(&event);
    event.number
}

#[on(Borrows)]
fn borrows(_: Borrows<'_>) {}

#[on(Broken)]
fn broken(_: Broken) -> u64 {
    0
}

fn main() {}
