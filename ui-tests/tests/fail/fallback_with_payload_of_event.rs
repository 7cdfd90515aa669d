//! The fallback gets events of any name.

use serde::{Deserialize, Serialize};
use socketio::{Event, on};

#[derive(Serialize, Deserialize, Event)]
#[event("chat:typing")]
struct Typing;

#[on(fallback)]
fn other(_: Typing) {}

fn main() {}
