//! Namespaces that clients bring to life by a pattern.

use serde::Deserialize;

use crate::{
    Config, Socket, SocketIo, State, event,
    extract::NamespaceParams,
    on,
    tests::kit::{Gate, Log, TestClient, assert_nothing_is_left, server, settle},
};

#[derive(Deserialize)]
struct Org {
    id: u32,
}

#[on(connect, namespace = "/org/{id}")]
async fn connected(
    socket: Socket,
    NamespaceParams(org): NamespaceParams<Org>,
    State(log): State<Log>,
    State(gate): State<Gate>,
) {
    log.add(format!("{} {} {:?}", socket.namespace(), org.id, socket.namespace_param("id")));
    if org.id == 9 {
        gate.pass().await;
    }
}

#[on("shout", namespace = "/org/{id}")]
fn shout(socket: &Socket, text: String) {
    socket.everyone().emit(event!("shout", text));
}

#[on("who", namespace = "/org/{id}")]
fn pattern() -> &'static str {
    "pattern"
}

#[on("who", namespace = "/org/1/{part}")]
fn longer() -> &'static str {
    "longer"
}

#[on("who", namespace = "/org/main")]
fn exact() -> &'static str {
    "exact"
}

fn start(config: Config) -> (SocketIo, Log, Gate) {
    server(module_path!(), config)
}

async fn join(io: &SocketIo, namespace: &str) -> (TestClient, String) {
    let mut client = TestClient::packets(io).await;
    client.send(format!("40{namespace},")).await;
    let reply = client.text().await;
    (client, reply)
}

fn live(io: &SocketIo) -> usize {
    io.hub().namespaces().dynamic()
}

/// Each name is a namespace of its own, which lives as long as somebody is in it.
#[tokio::test(start_paused = true)]
async fn a_pattern_makes_namespaces() {
    let (io, log, _) = start(Config::new());
    assert!(io.of("/org/7").is_none());
    let (mut seven, reply) = join(&io, "/org/7").await;
    assert!(reply.starts_with("40/org/7,{\"sid\":"), "{reply}");
    let (mut again, _) = join(&io, "/org/7").await;
    let (mut eight, _) = join(&io, "/org/8").await;
    assert_eq!(log.lines(), ["/org/7 7 Some(\"7\")", "/org/7 7 Some(\"7\")", "/org/8 8 Some(\"8\")"]);
    seven.send(r#"42/org/7,["shout","a"]"#).await;
    assert_eq!(seven.text().await, r#"42/org/7,["shout","a"]"#);
    assert_eq!(again.text().await, r#"42/org/7,["shout","a"]"#);
    io.of("/org/8").expect("it lives").emit(event!("only", 8));
    assert_eq!(eight.text().await, r#"42/org/8,["only",8]"#, "nothing of the other one");
    assert_eq!(live(&io), 2);
    seven.send("41/org/7,").await;
    again.cut();
    settle().await;
    assert_eq!(live(&io), 1);
    assert!(io.of("/org/7").is_none());
    eight.cut();
    settle().await;
    assert_eq!(live(&io), 0);
    assert_nothing_is_left(&io).await;
}

/// Parameters have types: what does not fit is refused, and leaves nothing.
#[tokio::test(start_paused = true)]
async fn parameters_are_checked() {
    let (io, _, _) = start(Config::new());
    let (_client, reply) = join(&io, "/org/seven").await;
    assert!(reply.starts_with("44/org/seven,{\"message\":\"namespace: "), "{reply}");
    let (_client, reply) = join(&io, "/org/").await;
    assert_eq!(reply, "44/org/,{\"message\":\"Invalid namespace\"}");
    settle().await;
    assert_eq!(live(&io), 0);
}

/// The more exact name wins.
#[tokio::test(start_paused = true)]
async fn exact_names_come_before_patterns() {
    let (io, _, _) = start(Config::new());
    for (namespace, expected) in [("/org/main", "exact"), ("/org/5", "pattern"), ("/org/1/a", "longer")] {
        let (mut client, _) = join(&io, namespace).await;
        client.send(format!(r#"42{namespace},1["who"]"#)).await;
        assert_eq!(client.text().await, format!(r#"43{namespace},1["{expected}"]"#));
    }
}

/// It lives while a connect handler runs, and there are only so many.
#[tokio::test(start_paused = true)]
async fn dynamic_namespaces_are_bounded() {
    let (io, _, gate) = start(Config::new().max_dynamic_namespaces(2));
    let mut slow = TestClient::packets(&io).await;
    slow.send("40/org/9,").await;
    gate.reached().await;
    assert_eq!(live(&io), 1);
    let (_second, reply) = join(&io, "/org/2").await;
    assert!(reply.starts_with("40"), "{reply}");
    let (_third, reply) = join(&io, "/org/3").await;
    assert!(reply.starts_with("44/org/3,") && reply.contains("too_many_namespaces"), "{reply}");
    gate.open();
    assert!(slow.text().await.starts_with("40/org/9,"));
    slow.cut();
    settle().await;
    let (_third, reply) = join(&io, "/org/3").await;
    assert!(reply.starts_with("40"), "{reply}");
    assert_nothing_is_left(&io).await;
}

/// With recovery, an empty namespace is kept as long as one of its clients may reconnect.
#[tokio::test(start_paused = true)]
async fn an_empty_namespace_is_kept_while_clients_may_reconnect() {
    let (io, _, _) = start(Config::new().recovery(std::time::Duration::from_secs(120)));
    for i in 100..200 {
        join(&io, &format!("/org/{i}")).await.0.cut();
    }
    settle().await;
    assert_eq!(live(&io), 100);
    tokio::time::sleep(std::time::Duration::from_secs(121)).await;
    let mut clients = vec![];
    for i in 200..400 {
        clients.push(join(&io, &format!("/org/{i}")).await);
    }
    assert_eq!(live(&io), 200, "the others are forgotten");
}
