//! `attacked`: handlers that wait, and namespaces that clients choose; the target of `attack`.

use std::{error::Error, time::Duration};

use axum::Router;
use socketio::{ClientError, Config, Socket, SocketIo, config::Parser, on};
use tokio::time::sleep;

/// Longer than any attack.
const LONG: Duration = Duration::from_secs(3600);

#[on("wait")]
async fn wait() {
    sleep(LONG).await;
}

#[on("note")]
fn note() {}

#[on("value")]
fn value(number: u32) -> u32 {
    number
}

#[on("join")]
fn join(socket: &Socket, room: String) {
    socket.join(room.as_str());
}

#[on(connect, namespace = "/slow")]
async fn deciding() {
    sleep(LONG).await;
}

#[on(connect, namespace = "/no")]
fn refused() -> Result<(), ClientError> {
    Err(ClientError::new("no", "not you"))
}

#[on(connect, namespace = "/org/{id}")]
fn org() {}

fn make(config: Config) -> Result<(SocketIo, Router), Box<dyn Error>> {
    let io = SocketIo::builder().discover_in(module_path!()).config(config).build()?;
    let app = Router::new().merge(io.router()).route_service("/ws", io.websocket());
    Ok((io, app))
}

pub(crate) fn server() -> Result<(SocketIo, Router), Box<dyn Error>> {
    make(Config::new())
}

pub(crate) fn with_recovery() -> Result<(SocketIo, Router), Box<dyn Error>> {
    make(Config::new().recovery(Duration::from_secs(120)))
}

pub(crate) fn message_pack() -> Result<(SocketIo, Router), Box<dyn Error>> {
    make(Config::new().parser(Parser::MessagePack))
}
