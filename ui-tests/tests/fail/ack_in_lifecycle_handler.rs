//! Nobody waits for an answer to a disconnect.

use socketio::{Ack, Socket, on};

#[on(disconnect)]
fn gone(_: &Socket, _: Ack<u64>) {}

fn main() {}
