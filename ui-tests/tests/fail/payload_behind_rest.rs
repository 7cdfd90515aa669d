//! Nothing is left for it.

use socketio::{Socket, emit::Rest, on};

#[on("log")]
fn log(_: Rest, _: &Socket, _: u8) {}

fn main() {}
