//! An event's type is misspelt.

use serde::{Deserialize, Serialize};
use socketio::{Event, on};

#[derive(Serialize, Deserialize, Event)]
#[event("chat:typing")]
pub struct Typing {
    pub user: String,
}

#[on(Tiping)]
fn typing() {}

fn main() {}
