//! A name on the wire that looks like a word of the life cycle is said to be meant.

use serde::{Deserialize, Serialize};
use socketio::{Event, handlers, on};

#[derive(Serialize, Deserialize, Event)]
#[event(custom = "pong")]
struct Pong;

#[on(custom = "ping")]
fn ping() {}

#[on(Pong)]
fn pong() {}

#[on(custom = "conect")]
fn conect() {}

fn main() {
    let subjects: Vec<String> =
        handlers![ping, pong, conect].iter().map(|handler| format!("{:?}", handler[0])).collect();
    assert!(subjects.iter().all(|handler| handler.contains("Event(")), "{subjects:?}");
}
