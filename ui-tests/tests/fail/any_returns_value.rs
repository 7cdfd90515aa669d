//! Who hears every event answers none.

use socketio::on;

#[on(any)]
fn watch() -> u32 {
    1
}

fn main() {}
