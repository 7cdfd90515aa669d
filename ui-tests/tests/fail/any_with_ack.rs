//! A handler of every event does not answer.

use socketio::{Ack, on};

#[on(any)]
fn watch(_: Ack<u32>) {}

fn main() {}
