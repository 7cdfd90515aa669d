//! A handler of every event does not answer.

use socketio::on;

#[on(any)]
fn watch() -> u32 {
    1
}

fn main() {}
