//! A handler listens to something.

use socketio::on;

#[on]
fn said() {}

fn main() {}
