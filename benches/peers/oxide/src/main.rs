//! The rival: socketioxide with its default configuration, behind axum.
//!
//! Events: `echo` comes back, `ack` is acknowledged with its argument, `broadcast` goes to everyone, the sender too.
//!
//! Usage: `oxide PORT`, then Socket.IO at `/socket.io/`

use axum::{Router, serve::ListenerExt};
use socketioxide::{
    SocketIo,
    extract::{AckSender, Data, SocketRef},
};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = std::env::args().nth(1).ok_or("usage: oxide PORT")?.parse()?;
    let (layer, io) = SocketIo::new_layer();
    io.ns("/", connected);
    // axum leaves Nagle's algorithm on; every other peer turns it off
    let listener = TcpListener::bind(("127.0.0.1", port)).await?.tap_io(|stream| {
        let _best_effort = stream.set_nodelay(true);
    });
    axum::serve(listener, Router::new().layer(layer)).await?;
    Ok(())
}

// A message that could not be sent is found by the load generator, which misses it.
async fn connected(socket: SocketRef) {
    socket.on("echo", async |socket: SocketRef, Data::<String>(text)| {
        socket.emit("echo", &text).ok();
    });
    socket.on("ack", async |Data::<String>(text), ack: AckSender| {
        ack.send(&text).ok();
    });
    socket.on("broadcast", async |io: SocketIo, Data::<String>(text)| {
        io.emit("broadcast", &text).await.ok();
    });
}
