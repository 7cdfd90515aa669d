//! An option is given once.

use socketio::on;

#[on("chat:message", priority = 1, priority = 2)]
fn said() {}

fn main() {}
