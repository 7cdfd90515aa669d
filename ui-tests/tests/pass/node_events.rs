//! Events between nodes, with all that their handlers may take.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use socketio::{ClientError, Event, SocketIo, State, cluster::NodeId, extract::EventName, on};

#[derive(Serialize, Deserialize, Event)]
#[event("cache:drop", from = node, ack = usize)]
struct CacheDrop<'a> {
    #[serde(borrow)]
    prefix: Cow<'a, str>,
}

#[derive(Serialize, Deserialize, Event)]
#[event("moved", from = node)]
struct Moved(u32, String);

#[derive(Serialize, Deserialize, Event)]
#[event("empty", from = node)]
struct Empty;

#[derive(Clone)]
struct Cache;

#[on(CacheDrop)]
async fn dropped(event: CacheDrop<'_>, io: SocketIo, State(_): State<Cache>) -> Result<usize, ClientError> {
    Ok(event.prefix.len() + io.socket_count())
}

#[on(Moved, namespace = "/x")]
fn moved(Moved(_, _): Moved, from: NodeId, EventName(_): EventName<'_>) -> Result<(), ClientError> {
    println!("{from}");
    Ok(())
}

#[on(Empty)]
fn empty() {}

mod list {
    socketio::namespace!("/list");
    #[socketio::on(super::Empty)]
    fn empty(_: super::Empty) {}
}

async fn ask(io: &SocketIo) {
    io.server_side_emit(&Empty);
    let asked = io.server_side_emit_with_ack(&CacheDrop { prefix: "x".into() });
    let answers: Vec<usize> = asked.await.unwrap_or_else(|error| error.into_answers());
    println!("{answers:?}");
}

fn main() {
    let io = SocketIo::builder().discover().state(Cache).build().expect("a server");
    let _ = ask(&io);
}
