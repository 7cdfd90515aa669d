//! What clients send must be deserialized.

use serde::Serialize;
use socketio::{Event, on};

#[derive(Serialize, Event)]
#[event("chat:typing")]
struct Typing {
    user: String,
}

#[on(Typing)]
fn typing(typing: Typing) {
    println!("{}", typing.user);
}

fn main() {}
