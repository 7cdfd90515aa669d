//! Clients never send what is declared as the server's.

use serde::Serialize;
use socketio::{Event, on};

#[derive(Serialize, Event)]
#[event("chat:joined", from = server)]
pub struct Joined {
    pub user: String,
}

#[on(Joined)]
fn joined() {}

fn main() {}
