//! A handler is called by Rust.

use socketio::on;

#[on("chat:message")]
extern "C" fn message() {}

fn main() {}
