//! The rival's cluster: socketioxide with its Redis adapter, both with their default configuration.
//!
//! Usage: `oxide-cluster PORT REDIS_URL`, then Socket.IO at `/socket.io/`; the events are those of `oxide`.

use axum::{Router, serve::ListenerExt};
use socketioxide::{
    SocketIo,
    adapter::Adapter,
    extract::{AckSender, Data, SocketRef},
};
use socketioxide_redis::{RedisAdapter, RedisAdapterCtr};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let port: u16 = args.next().ok_or("usage: oxide-cluster PORT REDIS_URL")?.parse()?;
    let redis = args.next().ok_or("usage: oxide-cluster PORT REDIS_URL")?;
    let client = redis::Client::open(format!("{redis}?protocol=resp3"))?;
    let adapter = RedisAdapterCtr::new_with_redis(&client).await?;
    let (layer, io) = SocketIo::builder().with_adapter::<RedisAdapter<_>>(adapter).build_layer();
    io.ns("/", connected).await?;
    // axum leaves Nagle's algorithm on; every other peer turns it off
    let listener = TcpListener::bind(("127.0.0.1", port)).await?.tap_io(|stream| {
        let _best_effort = stream.set_nodelay(true);
    });
    axum::serve(listener, Router::new().layer(layer)).await?;
    Ok(())
}

// A message that could not be sent is found by the load generator, which misses it.
async fn connected<A: Adapter>(socket: SocketRef<A>) {
    socket.on("broadcast", async |io: SocketIo<A>, Data::<String>(text)| {
        io.emit("broadcast", &text).await.ok();
    });
    socket.on("join", async |socket: SocketRef<A>, Data::<String>(room), ack: AckSender<A>| {
        socket.join(room.clone());
        ack.send(&room).ok();
    });
    socket.on("join_many", async |socket: SocketRef<A>, Data::<usize>(count), ack: AckSender<A>| {
        socket.join((0..count).map(|number| format!("room-{number}")).collect::<Vec<_>>());
        ack.send(&count).ok();
    });
    socket.on("broadcast_room", async |io: SocketIo<A>, Data::<String>(text)| {
        io.to("room").emit("broadcast_room", &text).await.ok();
    });
}
