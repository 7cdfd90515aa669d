//! What other nodes may do to this one, and what a program may do wrong.

use std::sync::{Arc, Mutex};

use super::Servers;
use crate::{
    SocketIo,
    cluster::{
        Action, Asks, Cluster, ClusterEvent, ClusterState, Full, Memory, Node, NodeId, NotConnected,
        Operation, Packed, Question, QuestionId, Replies, Reply, Selection,
    },
    error::FaultKind,
    event,
    tests::kit::{PollingClient, TestClient, ask, assert_nothing_is_left, builder, request, settle},
};

/// A driver that a test drives by hand.
#[derive(Clone, Default)]
struct ByHand(Arc<Mutex<Option<Node>>>);

impl ByHand {
    fn node(&self) -> Node {
        self.0.lock().expect("no panic").clone().expect("started")
    }
}

impl Cluster for ByHand {
    fn start(&self, node: Node) {
        *self.0.lock().expect("no panic") = Some(node);
    }

    fn publish(&self, _: &Operation<'_>) -> Result<(), Full> {
        Err(Full)
    }

    fn ask(&self, _: &Question<'_>) -> Result<(), NotConnected> {
        Ok(())
    }

    fn close(&self) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

#[derive(Default)]
struct Kept(Mutex<Vec<Reply>>);

impl Replies for Kept {
    fn reply(&self, reply: Reply) {
        self.0.lock().expect("no panic").push(reply);
    }
}

fn server() -> (SocketIo, Node) {
    let driver = ByHand::default();
    let (builder, _, _) = builder("socketio::tests::cluster");
    let io = builder.cluster(driver.clone()).build().expect("a server");
    (io, driver.node())
}

#[tokio::test(start_paused = true)]
async fn hostile_operations_end_nothing_and_are_counted() {
    let (io, node) = server();
    let mut client = TestClient::packets(&io).await;
    client.send("40").await;
    client.text().await;
    let (from, selection) = (NodeId::new("x"), Selection::default());
    let packed = |text: &str| Packed::new(text, vec![]).expect("JSON");
    for text in ["1", "[]", "{}", "[1]", &format!("[{:?}]", "n".repeat(300))] {
        let event = packed(text);
        let action = Action::Emit { event: &event, volatile: false, compress: true };
        node.apply(&from, &Operation { namespace: "/", selection: &selection, action });
    }
    assert_eq!(node.figures().malformed, 5);
    let event = packed(r#"["x",{"_placeholder":true,"num":9}]"#);
    let operation = |action| Operation { namespace: "/", selection: &selection, action };
    node.apply(&from, &operation(Action::Emit { event: &event, volatile: false, compress: true }));
    node.apply(&from, &Operation { namespace: "/nowhere", ..operation(Action::Disconnect { close: true }) });
    node.apply(&from, &operation(Action::Tell(&packed("[]"))));
    // answers to nothing
    node.answer(QuestionId(77), None, Reply::Nobody);
    let replies = Arc::new(Kept::default());
    let question = Question {
        id: QuestionId(1),
        namespace: "/nowhere",
        selection: &selection,
        timeout: std::time::Duration::MAX,
        asks: Asks::Emit(&event),
    };
    node.ask(&from, &question, replies.clone());
    assert!(matches!(replies.0.lock().expect("no panic")[..], [Reply::Clients(0)]));
    node.ask(&from, &Question { namespace: "/", ..question }, replies);
    assert_eq!(client.text().await, r#"42["x",{"_placeholder":true,"num":9}]"#);
    io.emit(event!("still here"));
    client.text().await;
    assert_eq!(client.text().await, r#"42["still here"]"#);
    drop(node);
    assert_nothing_is_left(&io).await;
}

/// Members of this process have got the message; what the driver refused is counted.
#[tokio::test(start_paused = true)]
async fn what_the_driver_refuses_is_counted_and_reaches_the_members_of_this_process() {
    let (io, _) = server();
    let mut client = TestClient::packets(&io).await;
    client.send("40").await;
    client.text().await;
    assert_eq!(io.try_emit(event!("x")), Ok(1));
    assert_eq!(client.text().await, r#"42["x"]"#);
    assert_eq!(io.cluster().figures().lost, 1);
    assert_eq!(io.emit_to("nobody", event!("x")), Ok(()));
    assert_eq!(io.cluster().figures().lost, 2);
}

#[tokio::test(start_paused = true)]
async fn a_program_sees_how_its_node_stands() {
    let servers = Servers::start(Memory::new(), 2).await;
    let cluster = servers.io(0).cluster();
    assert_eq!(cluster.state(), ClusterState::Up { nodes: 2 });
    let mut watch = cluster.watch();
    servers.memory.isolate(servers.id(0));
    assert!(matches!(watch.changed().await, Some(ClusterState::Degraded { .. })));
    servers.memory.thaw(servers.id(0));
    assert_eq!(watch.changed().await, Some(ClusterState::Up { nodes: 2 }));
    servers.io(1).close().await;
    assert_eq!(watch.changed().await, Some(ClusterState::Up { nodes: 1 }));
    servers.io(0).close().await;
    assert_eq!((watch.changed().await, watch.changed().await), (Some(ClusterState::Closed), None));
    assert_eq!(cluster.ready().await, Err(NotConnected));
}

/// A balancer that is not sticky sends requests to a process that does not know their session.
#[tokio::test(start_paused = true)]
async fn requests_for_sessions_of_other_nodes_are_counted() {
    let servers = Servers::start(Memory::new(), 2).await;
    let session = PollingClient::join(servers.io(0)).await;
    let stray = request("GET", &session.query(), "");
    let answer = ask(&servers.io(1).service(), stray).await;
    assert_eq!(answer.seen(), (400, r#"{"code":1,"message":"Session ID unknown"}"#));
    let counted = |at| servers.io(at).cluster().figures().foreign_sessions;
    assert_eq!((counted(0), counted(1)), (0, 1));
    servers.close().await;
}

/// Each node hears of the others once, in order; one that was cut off learns that it missed something.
#[tokio::test(start_paused = true)]
async fn nodes_that_join_and_leave_and_gaps_are_events() {
    let memory = Memory::new();
    let servers = Servers::start(memory.clone(), 1).await;
    let cluster = servers.io(0).cluster();
    assert_eq!(cluster.nodes(), []);
    let mut events = cluster.events();
    let others = Servers::start(memory.clone(), 2).await;
    let [one, two] = [0, 1].map(|at| others.id(at).clone());
    assert_eq!(events.next().await, Some(ClusterEvent::NodeJoined(one.clone())));
    assert_eq!(events.next().await, Some(ClusterEvent::NodeJoined(two.clone())));
    assert_eq!(cluster.nodes(), [one.clone(), two.clone()]);
    memory.kill(&two);
    assert_eq!(events.next().await, Some(ClusterEvent::NodeLeft(two)));
    memory.isolate(servers.id(0));
    settle().await;
    memory.thaw(servers.id(0));
    assert_eq!(events.next().await, Some(ClusterEvent::Gap { lost: None }));
    others.io(0).close().await;
    assert_eq!(events.next().await, Some(ClusterEvent::NodeLeft(one)));
    assert_eq!(cluster.nodes(), []);
    // a program that does not look loses the oldest, and learns how many
    let (io, node) = server();
    let mut events = io.cluster().events();
    (0..300).for_each(|_| node.gap(Some(1)));
    assert_eq!(events.next().await, Some(ClusterEvent::Skipped(44)));
    assert_eq!(events.next().await, Some(ClusterEvent::Gap { lost: Some(1) }));
    io.close().await;
    while events.next().await.is_some() {}
    assert_eq!((io.cluster().events().next().await, io.cluster().nodes()), (None, vec![]));
    drop(node);
}

#[tokio::test(start_paused = true)]
async fn a_server_without_a_cluster_is_alone_and_always_ready() {
    let (builder, _, _) = builder("socketio::tests::cluster");
    let io = builder.build().expect("a server");
    assert_eq!((io.cluster().state(), io.cluster().ready().await), (ClusterState::Alone, Ok(())));
    assert_eq!(io.cluster().watch().changed().await, None);
    assert_eq!((io.cluster().events().next().await, io.cluster().nodes()), (None, vec![]));
    assert_eq!(io.fetch_sockets().await.expect("alone").len(), 0);
    assert_eq!(io.rooms().await, Ok(vec![]));
    settle().await;
}

#[test]
fn a_cluster_needs_a_runtime_and_there_is_one() {
    let (builder, _, _) = builder("socketio::tests::cluster");
    let memory = Memory::new();
    let error = builder.cluster(memory.node()).cluster(memory.node()).build().expect_err("no runtime");
    let kinds: Vec<_> = error.faults().iter().map(crate::error::Fault::kind).collect();
    assert_eq!(kinds, [FaultKind::Cluster, FaultKind::Cluster], "{error}");
}
