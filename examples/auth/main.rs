//! A login by token, and who is logged in as an argument: `cargo run -p examples --bin auth [PORT]`.

use std::{env, error::Error};

use axum::Router;
use serde::Deserialize;
use socketio::{Auth, ClientError, Socket, SocketIo, extract::Extension, on};
use tokio::net::TcpListener;

/// What a client sends to log in: `io(url, { auth: { token } })`.
#[derive(Deserialize)]
struct Credentials {
    token: String,
}

struct User {
    name: String,
    is_admin: bool,
}

/// Stands for a database, or for the check of a signed token.
async fn login(credentials: &Credentials) -> Option<User> {
    match credentials.token.as_str() {
        "ann's token" => Some(User { name: "Ann".to_owned(), is_admin: true }),
        "bob's token" => Some(User { name: "Bob".to_owned(), is_admin: false }),
        _ => None,
    }
}

/// Runs before anything else of the socket. An error refuses the client; so does an `auth` that is not `Credentials`.
#[on(connect)]
async fn connected(socket: &Socket, Auth(credentials): Auth<Credentials>) -> Result<(), ClientError> {
    let user = login(&credentials).await;
    let user = user.ok_or_else(|| ClientError::new("unauthorized", "the token is not valid"))?;
    // stays with the socket: every handler can take it as an argument
    socket.extensions().insert(user);
    Ok(())
}

#[on("whoami")]
fn whoami(user: Extension<User>) -> String {
    user.name.clone()
}

#[on("shut down")]
fn shut_down(user: Extension<User>) -> Result<(), ClientError> {
    if user.is_admin { Ok(()) } else { Err(ClientError::new("forbidden", "only for administrators")) }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    let io = SocketIo::builder().discover().build()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("auth on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, Router::new().merge(io.router())).await?)
}
