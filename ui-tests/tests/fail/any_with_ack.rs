//! Who hears every event answers none.

use socketio::{Ack, on};

#[on(any)]
fn watch(_: Ack<u32>) {}

fn main() {}
