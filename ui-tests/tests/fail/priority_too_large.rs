//! A priority is an `i32`.

use socketio::on;

#[on("chat:message", priority = 5000000000)]
fn said() {}

fn main() {}
