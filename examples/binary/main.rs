//! Bytes, as arguments and inside payloads: `cargo run -p examples --bin binary [PORT]`.

use std::{env, error::Error};

use axum::Router;
use serde::{Deserialize, Serialize};
use socketio::{Bytes, Config, Event, Payload, Socket, SocketIo, on};
use tokio::net::TcpListener;

/// `Bytes` travels as it is: not as base64, and not as an array of numbers, which is what `Vec<u8>` would be.
#[derive(Deserialize, Event)]
#[event("upload", from = client, ack = Stored)]
struct Upload {
    name: String,
    content: Bytes,
}

#[derive(Serialize, Deserialize, Payload)]
struct Stored {
    size: usize,
}

/// The first bytes of a file, for everyone else.
#[derive(Serialize, Event)]
#[event("preview", from = server)]
struct Preview {
    name: String,
    start: Bytes,
}

#[on(Upload)]
fn upload(socket: &Socket, Upload { name, content }: Upload) -> Stored {
    // a copy: a part of `content` would keep all of it in memory
    let start = Bytes::from(content.iter().copied().take(4).collect::<Vec<u8>>());
    socket.broadcast().emit(&Preview { name, start });
    Stored { size: content.len() }
}

/// Bytes alone are an argument, and an acknowledgement.
#[on("reverse")]
fn reverse(bytes: Bytes) -> Bytes {
    Bytes::from(bytes.iter().rev().copied().collect::<Vec<u8>>())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    // in bytes; the default is one million, and a longer message ends the connection
    let config = Config::new().max_payload(5_000_000);
    let io = SocketIo::builder().discover().config(config).build()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("binary on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, Router::new().merge(io.router())).await?)
}
