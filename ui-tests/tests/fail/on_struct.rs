//! Events have types, handlers are functions.

use socketio::on;

#[on("chat:message")]
pub struct SendMessage;

fn main() {}
