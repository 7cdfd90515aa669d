//! Namespaces, fixed and by pattern: `cargo run -p examples --bin namespaces [PORT]`.

use std::{env, error::Error};

use axum::Router;
use socketio::{Socket, SocketIo, on};
use tokio::net::TcpListener;

/// Without a namespace: `/`.
#[on("where")]
fn place(socket: &Socket) -> String {
    format!("the lobby, {}", socket.namespace())
}

/// A module's namespace holds for all handlers in it. A client that connects to `/admin` reaches these and no others.
mod admin {
    use serde::Deserialize;
    use socketio::{Auth, ClientError, SocketIo, event, on};

    socketio::namespace! { "/admin" }

    #[derive(Deserialize)]
    struct Login {
        password: String,
    }

    /// Each namespace has its own connect handlers, and so its own rules for admission.
    #[on(connect)]
    fn connected(Auth(login): Auth<Login>) -> Result<(), ClientError> {
        if login.password == "secret" { Ok(()) } else { Err(ClientError::new("forbidden", "for staff only")) }
    }

    /// From one namespace into another.
    #[on("announce")]
    fn announce(io: SocketIo, text: String) {
        // `io.emit(..)` is for `/`; there is an `io.of(..)` for each namespace that has a handler
        io.emit(event!("announcement", text));
    }
}

/// One namespace for each organization, made when its first client comes and removed after the last one.
mod organization {
    use serde::Deserialize;
    use socketio::{Socket, event, extract::NamespaceParams, on};

    socketio::namespace! { "/org/{id}" }

    #[derive(Deserialize)]
    struct Organization {
        id: u32,
    }

    /// Refuses `/org/x`: the parameter is not a number.
    #[on(connect)]
    fn connected(socket: &Socket, NamespaceParams(organization): NamespaceParams<Organization>) {
        socket.emit(event!("welcome", format!("organization {}", organization.id)));
    }

    /// Reaches this organization and no other.
    #[on("say")]
    fn say(socket: &Socket, text: String) {
        socket.everyone().emit(event!("said", text));
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    let io = SocketIo::builder().discover().build()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("namespaces on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, Router::new().merge(io.router())).await?)
}
