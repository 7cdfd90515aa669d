//! Several servers as one: on a paused clock, through the cluster in memory.

mod answers;
mod between;
mod faults;
#[cfg(feature = "stats")]
mod history;
mod simulation;
mod verbs;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Config, Event, Payload, Socket, SocketIo,
    cluster::{Memory, NodeId},
    event, on,
    tests::kit::{Log, TestClient, builder, settle, settled},
};

#[derive(Serialize, Event)]
#[event("ready?", from = server, ack = Ready)]
struct AreYouReady;

#[derive(Debug, PartialEq, Serialize, Deserialize, Payload)]
struct Ready {
    ready: bool,
}

#[on("join")]
fn join(socket: &Socket, room: String) -> usize {
    socket.join(room);
    socket.rooms().len()
}

#[on("name")]
fn name(socket: &Socket, name: String) -> bool {
    socket.set_data(&name).is_ok() && socket.set_uuid(name).is_ok()
}

/// The servers of a cluster.
struct Servers {
    memory: Memory,
    nodes: Vec<(SocketIo, NodeId, Log)>,
}

impl Servers {
    /// So many, all connected with each other.
    async fn start(memory: Memory, count: usize) -> Self {
        Self::with(memory, count, Config::new()).await
    }

    async fn with(memory: Memory, count: usize, config: Config) -> Self {
        let mut nodes = vec![];
        for _ in 0..count {
            let node = memory.node();
            let id = node.id();
            let (builder, log, _) = builder("socketio::tests::cluster");
            let io = builder.config(settled(config.clone())).cluster(node).build().expect("a server");
            nodes.push((io, id, log));
        }
        for (io, ..) in &nodes {
            io.cluster().ready().await.expect("in memory nothing is lost");
        }
        Self { memory, nodes }
    }

    fn io(&self, at: usize) -> &SocketIo {
        &self.nodes[at].0
    }

    fn id(&self, at: usize) -> &NodeId {
        &self.nodes[at].1
    }

    fn log(&self, at: usize) -> &Log {
        &self.nodes[at].2
    }

    /// A Socket.IO client of a node, in these rooms, and its id.
    async fn guest(&self, at: usize, rooms: &[&str]) -> (TestClient, String) {
        let mut client = TestClient::packets(self.io(at)).await;
        client.send("40").await;
        let reply: Value = serde_json::from_str(&client.text().await[2..]).expect("JSON");
        for room in rooms {
            client.send(format!(r#"421["join","{room}"]"#)).await;
            client.text().await;
        }
        (client, reply["sid"].as_str().expect("an id").to_owned())
    }

    /// A plain client of a node.
    async fn plain(&self, at: usize) -> TestClient {
        let client = TestClient::plain(&self.io(at).websocket()).await;
        settle().await;
        client
    }

    async fn close(self) {
        for (io, ..) in &self.nodes {
            let cluster = io.hub().root().cluster.clone().expect("a cluster");
            assert_eq!(cluster.questions.len(), 0, "no question is left");
            crate::tests::kit::assert_nothing_is_left(io).await;
        }
    }
}

/// The events of a client, up to the event `end`, which is emitted now by its own server.
async fn heard(io: &SocketIo, client: &mut TestClient) -> Vec<String> {
    settle().await;
    io.local().emit(event!("end"));
    let mut events = vec![];
    loop {
        match client.text().await {
            end if end == r#"42["end"]"# || end == r#"{"event":"end"}"# => return events,
            event => events.push(event),
        }
    }
}
