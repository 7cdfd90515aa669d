//! Several processes behind a load balancer: the recipes of `docs/cluster.md`, with the real programs and official clients.

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use axum::{Router, routing};
use serde_json::{Value, json};
use socketio::{SocketIo, State, cluster::Memory, on};
use tests::{Front, NodeServer, Server, serve};
use tokio::net::TcpSocket;

#[on("where")]
fn answers_where(State(name): State<String>) -> String {
    name
}

/// Three servers of one cluster.
struct Nodes {
    all: Vec<(SocketIo, Server)>,
}

impl Nodes {
    async fn start() -> Self {
        let (memory, mut all) = (Memory::new(), vec![]);
        for name in ["n1", "n2", "n3"] {
            let builder = SocketIo::builder().discover().state(name.to_owned());
            let io = builder.cluster(memory.node()).build().expect("a server");
            let named = routing::get(async move || name);
            let app = Router::new().route("/name", named).merge(io.router());
            let server = serve(&io, app).await;
            all.push((io, server));
        }
        Self { all }
    }

    fn address(&self, at: usize) -> SocketAddr {
        self.all[at].1.address
    }

    /// How many requests came to a node that does not know their session.
    fn strays(&self) -> u64 {
        self.all.iter().map(|(io, _)| io.cluster().figures().foreign_sessions).sum()
    }

    async fn stop(self) {
        for (_, server) in self.all {
            server.shut_down().await;
        }
    }
}

const UPGRADES: &str = "proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header Upgrade $http_upgrade; \
    proxy_set_header Connection $connection_upgrade; proxy_read_timeout 60s;";

/// docs/cluster.md: nginx, by address.
async fn nginx_by_address(nodes: &Nodes) -> Front {
    let servers: String = (0..3).map(|at| format!("server {} max_fails=0;", nodes.address(at))).collect();
    let http = format!("upstream nodes {{ hash $remote_addr consistent; {servers} }}");
    let next = "proxy_next_upstream error timeout http_503;";
    Front::nginx_between(&http, &format!("proxy_pass http://nodes; {UPGRADES} {next}")).await
}

/// docs/cluster.md: nginx, by a cookie of its own.
async fn nginx_by_cookie(nodes: &Nodes) -> Front {
    let [a, b, c] = [0, 1, 2].map(|at| nodes.address(at));
    let http = format!(
        "split_clients $request_id $any_node {{ 33.3% 1; 33.3% 2; * 3; }}
         map $cookie_node $node {{ default $any_node; 1 1; 2 2; 3 3; }}
         map $upstream_addr $used {{ \"~{a}$\" 1; \"~{b}$\" 2; \"~{c}$\" 3; }}
         upstream node1 {{ server {a} max_fails=0; server {b} backup; server {c} backup; }}
         upstream node2 {{ server {b} max_fails=0; server {c} backup; server {a} backup; }}
         upstream node3 {{ server {c} max_fails=0; server {a} backup; server {b} backup; }}"
    );
    let location = format!(
        "proxy_pass http://node$node; add_header Set-Cookie \"node=$used; Path=/; HttpOnly; SameSite=Lax\"; {UPGRADES} \
         proxy_next_upstream error timeout http_503;"
    );
    Front::nginx_between(&http, &location).await
}

/// docs/cluster.md: HAProxy, by a cookie of its own.
async fn haproxy_by_cookie(nodes: &Nodes) -> Front {
    let servers: String =
        (0..3).map(|at| format!("\n server n{at} {} cookie n{at}", nodes.address(at))).collect();
    Front::haproxy(&format!(
        "balance roundrobin\n cookie SRV insert indirect nocache httponly\n option redispatch\n \
         retry-on conn-failure 503{servers}"
    ))
    .await
}

/// Clients that poll and stay on polling: every request of a session reaches its node, and the clients are spread.
async fn polls_are_sticky(front: &Front, nodes: &Nodes, is_spread: bool) -> NodeServer {
    let mut clients = NodeServer::script("sticky.mjs", &[]).await;
    let open = |options| format!("await open('http://{}', 12, {options})", front.address);
    clients.run(&open("{ transports: ['polling'] }")).await;
    let first = clients.run("return await where()").await;
    for _ in 0..5 {
        assert_eq!(clients.run("return await where()").await, first, "a session stays where it is");
    }
    clients.run(&open("{}")).await;
    clients.run(&open("{ transports: ['websocket'] }")).await;
    let all = clients.run("return await where()").await;
    let used = |name: &str| all.as_array().expect("a list").iter().filter(|known| **known == name).count();
    let [a, b, c] = ["n1", "n2", "n3"].map(used);
    assert_eq!(a + b + c, 36);
    assert!(!is_spread || a.min(b).min(c) > 0, "{a} {b} {c}");
    let changed =
        clients.run("while (transports().slice(12, 24).some((name) => name !== 'websocket')) await new Promise((r) => setTimeout(r, 20)); return transports()").await;
    assert_eq!(changed.as_array().expect("a list").iter().filter(|name| **name == "polling").count(), 12);
    assert_eq!(clients.run("return [disconnects(), problems]").await, json!([0, []]));
    assert_eq!(nodes.strays(), 0);
    clients
}

/// A rolling restart: the first node drains, and its clients are at the others soon, without an error that they see.
async fn a_node_drains(mut clients: NodeServer, nodes: &Nodes) {
    let before = clients.run("return await where()").await;
    let moving = before.as_array().expect("a list").iter().filter(|name| **name == "n1").count();
    let ended = nodes.all[0].0.drain_over(Duration::from_secs(2)).await;
    assert!(ended >= moving, "{ended} connections for {moving} clients");
    let after = clients.run("return await where()").await;
    for (before, after) in before.as_array().expect("a list").iter().zip(after.as_array().expect("a list")) {
        assert_ne!(after, "n1");
        assert!(before == "n1" || before == after, "{before} {after}: those that need not move stay");
    }
    let counted = clients.run("return [disconnects(), problems]").await;
    assert_eq!(counted, json!([moving, []]), "each that had to move did so once, at its first attempt");
}

#[tokio::test]
async fn nginx_is_sticky_by_a_cookie_and_a_node_drains() {
    let nodes = Nodes::start().await;
    let front = nginx_by_cookie(&nodes).await;
    let clients = polls_are_sticky(&front, &nodes, true).await;
    a_node_drains(clients, &nodes).await;
    drop(front);
    nodes.stop().await;
}

#[tokio::test]
async fn haproxy_is_sticky_by_a_cookie_and_a_node_drains() {
    let nodes = Nodes::start().await;
    let front = haproxy_by_cookie(&nodes).await;
    let clients = polls_are_sticky(&front, &nodes, true).await;
    a_node_drains(clients, &nodes).await;
    drop(front);
    nodes.stop().await;
}

/// By address, all clients of one network are at one node; other addresses are at others.
#[tokio::test]
async fn nginx_is_sticky_by_address() {
    let nodes = Nodes::start().await;
    let front = nginx_by_address(&nodes).await;
    drop(polls_are_sticky(&front, &nodes, false).await);
    let mut used = BTreeSet::new();
    for source in 2..40 {
        let first = get(front.address, source, "/name").await;
        for _ in 0..3 {
            assert_eq!(get(front.address, source, "/name").await, first);
        }
        used.insert(first);
    }
    assert_eq!(used.len(), 3, "{used:?}");
    drop(front);
    nodes.stop().await;
}

/// Without stickiness, sessions that poll cannot live, and the reason is counted; WebSockets alone can.
#[tokio::test]
async fn without_stickiness_only_websockets_work_and_strays_are_counted() {
    let nodes = Nodes::start().await;
    let servers: String = (0..3).map(|at| format!("\n server n{at} {}", nodes.address(at))).collect();
    let front = Front::haproxy(&format!("balance roundrobin{servers}")).await;
    let mut clients = NodeServer::script("sticky.mjs", &[]).await;
    let url = format!("http://{}", front.address);
    clients.run(&format!("await open('{url}', 6, {{ transports: ['websocket'] }})")).await;
    let all: Value = clients.run("return (await where()).sort()").await;
    assert_eq!(all, json!(["n1", "n1", "n2", "n2", "n3", "n3"]));
    assert_eq!(nodes.strays(), 0);
    let polls = format!(
        "const opened = open('{url}', 3, {{ transports: ['polling'], reconnection: false }}); \
         await Promise.race([opened, new Promise((resolve) => setTimeout(resolve, 1000))]); return problems.length"
    );
    let problems = clients.run(&polls).await.as_u64().expect("a number");
    assert!(problems > 0 && nodes.strays() > 0, "{problems} {}", nodes.strays());
    drop(front);
    nodes.stop().await;
}

/// The body of the answer to a GET from 127.0.0.`source`.
async fn get(address: SocketAddr, source: u8, path: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from(([127, 0, 0, source], 0))).expect("an address of this machine");
    let mut stream = socket.connect(address).await.expect("it listens");
    let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("it reads");
    let mut answer = vec![];
    stream.read_to_end(&mut answer).await.expect("it answers");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or(answer)
}
