//! What the servers of ours do in the tests of clusters with Node.js: the same as those of `tests/node/cluster.mjs`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use socketio::{Event, Payload, Socket, SocketIo, State, event, on};
use tests::NodeServer;
use tokio::sync::mpsc;

#[on(connect)]
fn connected(socket: &Socket, socketio::Auth(auth): socketio::Auth<Value>) {
    if let Some(name) = auth["name"].as_str() {
        let _ = socket.set_data(&json!({ "name": name }));
    }
    for room in auth["rooms"].as_array().into_iter().flatten() {
        socket.join(room.as_str().unwrap_or_default());
    }
}

#[on(connect, namespace = "/chat")]
fn connected_to_chat() {}

#[derive(Serialize, Deserialize, Event)]
#[event("cache:drop", from = node, ack = usize)]
pub(crate) struct CacheDrop {
    pub(crate) prefix: String,
}

#[on(CacheDrop)]
fn dropped(event: CacheDrop, State(told): State<Told>) -> usize {
    let _ = told.0.send(event.prefix.clone());
    event.prefix.len() + 100
}

#[derive(Clone)]
pub(crate) struct Told(pub(crate) mpsc::UnboundedSender<String>);

#[derive(Serialize, Event)]
#[event("who?", from = server, ack = Answer)]
pub(crate) struct Who;

#[derive(Debug, PartialEq, Serialize, Deserialize, Payload)]
pub(crate) struct Answer(pub(crate) String);

/// What the clients `a` and `c` of one node of Node, and `b` of another, have heard of what was sent until now.
///
/// Each of the three servers sends `end` to all clients: what it has sent before comes before that, and so does what others had
/// handed to Redis by then.
pub(crate) async fn heard(node: &mut NodeServer, other: &mut NodeServer, io: &SocketIo) -> [Value; 3] {
    node.run("io.emit('end')").await;
    other.run("io.emit('end')").await;
    io.emit(event!("end"));
    let up_to_ends = |name: &str| format!("return await upToEnd('{name}', 3)");
    let a = node.run(&up_to_ends("a")).await;
    let b = other.run(&up_to_ends("b")).await;
    let c = node.run(&up_to_ends("c")).await;
    [a, b, c]
}
