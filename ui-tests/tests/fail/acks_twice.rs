//! One answer, one `Ack`.

use socketio::{Ack, on};

#[on("ask")]
fn ask(_: Ack<u32>, _: Ack<u32>) {}

fn main() {}
