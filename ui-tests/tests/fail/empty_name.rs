//! An event has a name.

use socketio::on;

#[on("")]
fn nothing() {}

fn main() {}
