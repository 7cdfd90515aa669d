//! A program that tests its own handlers: `cargo test -p examples --bin testing`.

use std::{env, error::Error};

use axum::Router;
use serde::{Deserialize, Serialize};
use socketio::{ClientError, Event, Payload, Socket, SocketIo, error::BuildError, on};
use tokio::net::TcpListener;

// the server reads it, its tests write it
#[derive(Serialize, Deserialize, Event)]
#[event("bid", from = client, ack = Accepted)]
struct Bid {
    amount: u32,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, Payload)]
struct Accepted {
    amount: u32,
}

/// Somebody has bid more.
#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
#[event("outbid", from = server)]
struct Outbid(u32);

#[on(Bid)]
fn bid(socket: &Socket, Bid { amount }: Bid) -> Result<Accepted, ClientError> {
    let accepted = check(amount)?;
    socket.broadcast().emit(&Outbid(amount));
    Ok(accepted)
}

/// What needs no socket is a function of its own: tested by a call.
fn check(amount: u32) -> Result<Accepted, ClientError> {
    if amount < 10 { Err(ClientError::new("too_low", "bid at least 10")) } else { Ok(Accepted { amount }) }
}

/// The whole application, so that tests serve what the program serves.
fn app() -> Result<(SocketIo, Router), BuildError> {
    let io = SocketIo::builder().discover().build()?;
    let app = Router::new().merge(io.router()).route_service("/ws", io.websocket());
    Ok((io, app))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    let (_, app) = app()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("testing on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

#[cfg(test)]
mod tests;
