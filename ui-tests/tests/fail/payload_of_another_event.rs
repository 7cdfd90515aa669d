//! The handler listens to one event and takes the payload of another.

use serde::{Deserialize, Serialize};
use socketio::{Event, on};

#[derive(Serialize, Deserialize, Event)]
#[event("chat:typing")]
pub struct Typing {
    pub user: String,
}

#[on("chat:tiping")]
fn typing(_: Typing) {}

fn main() {}
