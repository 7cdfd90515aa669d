//! Nearly a word of the life cycle: in a crate without a list of events, that is a warning.
#![deny(deprecated)]

use socketio::on;

#[on("conect")]
fn connected() {}

fn main() {}
