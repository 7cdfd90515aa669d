//! The options of a function stand in one place.

use socketio::on;

#[on("chat:message")]
#[on("chat:typing", priority = 1)]
fn said() {}

fn main() {}
