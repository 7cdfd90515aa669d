//! What nodes answer is declared, as for clients.

use serde::{Deserialize, Serialize};
use socketio::{Event, SocketIo, on};

#[derive(Serialize, Deserialize, Event)]
#[event("cache:drop", from = node)]
struct CacheDrop;

async fn ask(io: &SocketIo) {
    let _ = io.server_side_emit_with_ack(&CacheDrop).await;
}

#[derive(Serialize, Deserialize, Event)]
#[event("cache:size", from = node, ack = usize)]
struct CacheSize;

#[on(CacheSize)]
fn size(_: CacheSize) -> String {
    String::new()
}

fn main() {}
