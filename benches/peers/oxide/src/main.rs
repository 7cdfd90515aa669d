//! The rival: socketioxide with its default configuration, under axum.
//!
//! Events: `echo` is echoed, `ack` is acknowledged with its argument, `broadcast` goes to everyone, the sender too;
//! `join` enters a room and is acknowledged with its name, `broadcast_room` goes to the room `room`.
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
    socket.on("join", async |socket: SocketRef, Data::<String>(room), ack: AckSender| {
        socket.join(room.clone());
        ack.send(&room).ok();
    });
    socket.on("broadcast_room", async |io: SocketIo, Data::<String>(text)| {
        io.to("room").emit("broadcast_room", &text).await.ok();
    });
}
