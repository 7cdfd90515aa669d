//! The framework cannot promise what an `unsafe fn` asks for.

use socketio::on;

#[on("chat:message")]
unsafe fn said(_: String) {}

fn main() {}
