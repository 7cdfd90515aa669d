//! What a careful author writes without a framework: an axum route, an upgrade by hand, one task per connection.
//!
//! A text frame is echoed as it came; a text that begins with `B` goes to every connection, the sender too. Next to it
//! stands long polling, as bare as it can be, and a WebSocket with nothing that a connection can do without.
//!
//! Usage: `hand PORT`, then `ws://127.0.0.1:PORT/ws`, `ws://127.0.0.1:PORT/least`, or Engine.IO at
//! `http://127.0.0.1:PORT/socket.io/`

mod connection;
mod least;
mod polling;
mod upgrade;

use axum::{Router, routing::get};
use tokio::{net::TcpListener, sync::broadcast};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = std::env::args().nth(1).ok_or("usage: hand PORT")?.parse()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let (everyone, _) = broadcast::channel(BACKLOG);
    let polling = get(polling::poll).post(polling::post).with_state(polling::Sessions::default());
    let app = Router::new()
        .route("/ws", get(upgrade::upgrade))
        .with_state(everyone)
        .route("/least", get(upgrade::least))
        .route("/socket.io/", polling);
    axum::serve(listener, app).await?;
    Ok(())
}

/// Broadcasts that a slow connection may lag before it is dropped.
const BACKLOG: usize = 1024;
