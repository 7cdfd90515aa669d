//! A client that was cut off gets what it missed: `cargo run -p examples --bin recovery [PORT]`.

use std::{env, error::Error, time::Duration};

use axum::Router;
use serde::{Deserialize, Serialize};
use socketio::{Auth, ClientError, Config, Socket, SocketIo, event, on};
use tokio::net::TcpListener;

#[derive(Deserialize)]
struct Login {
    name: String,
}

/// What is known of a person. Unlike extensions, data is restored with the socket: it is serialized.
#[derive(Serialize, Deserialize)]
struct Person {
    name: String,
}

#[on(connect)]
fn connected(socket: &Socket, Auth(login): Auth<Login>) -> Result<(), ClientError> {
    println!("{}: {}", login.name, if socket.is_recovered() { "recovered" } else { "new" });
    // the same id, rooms and data as before: there is nothing to set up
    if socket.is_recovered() {
        return Ok(());
    }
    socket.join("news");
    let kept = socket.set_data(&Person { name: login.name });
    kept.map_err(|error| ClientError::new("internal", error.to_string()))
}

/// Recovery covers what is emitted to a client, or to a room that it is in. Volatile events, and those that ask for
/// an acknowledgement, are for the clients that are connected at the moment.
#[on("publish")]
fn publish(socket: &Socket, text: String) {
    socket.to("news").emit(event!("news", text));
}

#[on("whoami")]
fn whoami(socket: &Socket) -> Option<String> {
    socket.data().map(|person: Person| person.name)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    // For two minutes, and within the bounds of `recovery_log`. After that a client gets a new socket, and
    // `socket.recovered` is false on its side: it has to load the news afresh.
    let config = Config::new().recovery(Duration::from_secs(120));
    let io = SocketIo::builder().discover().config(config).build()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("recovery on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, Router::new().merge(io.router())).await?)
}
