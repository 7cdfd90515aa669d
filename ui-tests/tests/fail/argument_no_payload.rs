//! An argument is an extractor or a payload.

use socketio::{Socket, on};

pub struct Plain;

#[on("plain")]
fn plain(_: &Socket, _: Plain) {}

fn main() {}
