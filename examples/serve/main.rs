//! A server that strangers can reach: `cargo run -p examples --bin serve [PORT]`.
//!
//! Everything that a client can make expensive has a bound; these are the ones that depend on where the program runs.

use std::{env, error::Error, time::Duration};

use axum::Router;
use socketio::{Config, SocketIo, on};
use tokio::net::TcpListener;

#[on("ping me")]
fn ping_me() -> &'static str {
    "pong"
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    let config = Config::new()
        // as much as the machine bears: at 64 KiB for each that is the worst case of a slow reader
        .max_sessions(10_000)
        .outbox_bytes(64 * 1024)
        .max_payload(64 * 1024);
    // behind a proxy, its header has the clients' addresses: `.trusted_proxies("x-forwarded-for", 1)`
    let io = SocketIo::builder().discover().config(config).build()?;
    let app = Router::new().merge(io.router());
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("serve on http://{}", listener.local_addr()?);
    // instead of `axum::serve`: half a request and an answer that nobody reads have their time, and an address has its
    // share of the connections
    socketio::serve(listener, app)
        .head_timeout(Duration::from_secs(5))
        .max_connections(20_000)
        // behind a proxy that makes all connections: 100
        .share_per_address(25)
        .with_graceful_shutdown(async move {
            tokio::signal::ctrl_c().await.ok();
            io.close().await;
        })
        .await?;
    Ok(())
}
