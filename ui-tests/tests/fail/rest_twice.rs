//! Nothing is left for the second one.

use socketio::{emit::Rest, on};

#[on("log")]
fn log(_: u8, _: Rest, _: Rest) {}

fn main() {}
