//! Events between nodes and events for clients are apart.

use serde::{Deserialize, Serialize};
use socketio::{Event, SocketIo};

#[derive(Serialize, Deserialize, Event)]
#[event("cache:drop", from = node)]
struct CacheDrop;

#[derive(Serialize, Deserialize, Event)]
#[event("news")]
struct News;

fn emit(io: &SocketIo) {
    // clients do not get it
    io.emit(&CacheDrop);
    // and nodes not what is for clients
    io.server_side_emit(&News);
}

fn main() {}
