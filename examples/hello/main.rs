//! One event each way, on two wires: `cargo run -p examples --bin hello [PORT]`.

use std::{env, error::Error};

use axum::Router;
use serde::{Deserialize, Serialize};
use socketio::{Event, Socket, SocketIo, on};
use tokio::net::TcpListener;

/// What a client sends.
#[derive(Deserialize, Event)]
#[event("greet", from = client)]
struct Greet {
    name: String,
}

/// What the server sends.
#[derive(Serialize, Event)]
#[event("greeting", from = server)]
struct Greeting {
    text: String,
}

#[on(Greet)]
fn greet(socket: &Socket, greet: Greet) {
    socket.emit(&Greeting { text: format!("Hello, {}!", greet.name) });
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    // every `#[on(..)]` of the program: there is no list to keep up to date
    let io = SocketIo::builder().discover().build()?;
    let app = Router::new()
        .merge(io.router()) // Socket.IO, at /socket.io/
        .route_service("/ws", io.websocket()); // the same handlers for any WebSocket client
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("hello on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}
