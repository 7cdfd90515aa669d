//! The client's answer returns to the emitting code: it has no handler.

use serde::{Deserialize, Serialize};
use socketio::{Ack, Event, on};

#[derive(Serialize, Deserialize, Event)]
#[event("ask", from = server, ack = u32)]
struct Ask;

#[on(Ask)]
fn answered(_: Ack<u32>) {}

fn main() {}
