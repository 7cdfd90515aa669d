//! The official JavaScript client against annotated handlers. The checks are in `node/socketio_client.mjs`.

use std::time::Duration;

use axum::Router;
use serde::{Deserialize, Serialize};
use socketio::{
    Auth, ClientError, DisconnectReason, Event, Payload, Socket, SocketIo, State, event, namespace, on,
};
use tests::{node, serve, soon};
use tokio::sync::mpsc;

#[derive(Deserialize)]
struct Ticket {
    token: String,
}

#[derive(Deserialize, Serialize, Event)]
#[event("note", ack = Receipt)]
struct Note {
    text: String,
    stars: u8,
}

#[derive(Deserialize, Serialize, Payload)]
struct Receipt {
    length: usize,
}

/// Why sockets ended, for the test to see.
#[derive(Clone)]
struct Ends(mpsc::UnboundedSender<String>);

#[on(connect)]
fn connected(socket: &Socket, Auth(ticket): Auth<Ticket>) -> Result<(), ClientError> {
    if ticket.token != "open sesame" {
        return Err(ClientError::new("unauthorized", "who are you?"));
    }
    socket.emit(event!("welcome", "first", 2));
    Ok(())
}

/// Echoed unchanged; the value is the acknowledgement.
#[on(Note)]
fn note(socket: &Socket, note: Note) -> Receipt {
    socket.emit(&note);
    Receipt { length: note.text.len() }
}

/// Asks the client, and acknowledges with what it answered.
#[on("interview")]
async fn interview(socket: &Socket) -> Result<usize, ClientError> {
    let asked = socket.emit_with_ack(&Note { text: "how long?".to_owned(), stars: 5 }).await;
    asked.map(|receipt| receipt.length).map_err(|error| ClientError::new("no_answer", error.to_string()))
}

#[on("kick me")]
fn kick(socket: &Socket) {
    socket.disconnect();
}

#[on("shut down")]
fn shut_down(io: SocketIo) {
    tokio::spawn(async move { io.close().await });
}

#[on(disconnect)]
fn gone(reason: DisconnectReason, State(ends): State<Ends>) {
    // the test may have seen enough
    let _ = ends.0.send(reason.to_string());
}

mod admin {
    use super::{Socket, namespace, on};

    namespace! { "/admin" }

    #[on("where")]
    fn place(socket: &Socket) -> String {
        socket.namespace().to_owned()
    }
}

#[tokio::test]
async fn the_official_client_speaks_with_annotated_handlers() {
    let (ends, mut ended) = mpsc::unbounded_channel();
    let built = SocketIo::builder().discover_in(module_path!()).state(Ends(ends)).build();
    let io = built.expect("a server");
    let server = serve(&io, Router::new().merge(io.router())).await;
    let url = format!("http://{}", server.address);
    node("socketio_client.mjs", &[&url], Duration::from_secs(60)).await;
    let mut reasons = vec![];
    for _ in 0..4 {
        reasons.push(soon("the end of a socket", ended.recv()).await.expect("the server lives"));
    }
    // connections have no order among each other
    reasons.sort_unstable();
    assert_eq!(
        reasons,
        [
            "client namespace disconnect",
            "client namespace disconnect",
            "server namespace disconnect",
            "server shutting down"
        ]
    );
    server.shut_down().await;
}
