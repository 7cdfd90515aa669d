//! Three processes as one server: `cargo run -p examples --bin cluster [PORT]`.
//!
//! It starts Redis (or takes that of `REDIS_URL`), three nodes, and HAProxy before them. Open the address that it prints in two
//! windows: they are at two nodes, in one chat. Enter restarts the nodes one after another; Ctrl-C ends everything.

mod parent;

use std::{env, error::Error, time::Duration};

use axum::{Router, response::Html, routing::get};
use serde::{Deserialize, Serialize};
use socketio::{Event, Socket, SocketIo, State, on};
use socketio_redis::Classic;
use tokio::{
    io::{AsyncReadExt, stdin},
    net::TcpListener,
};

#[derive(Deserialize, Event)]
#[event("say", from = client)]
struct Say {
    text: String,
}

#[derive(Serialize, Event)]
#[event("said", from = server)]
struct Said<'a> {
    /// The node of the speaker.
    at: &'a str,
    text: &'a str,
}

#[derive(Serialize, Event)]
#[event("welcome", from = server)]
struct Welcome<'a> {
    node: &'a str,
}

/// Which node this is.
#[derive(Clone)]
struct Name(String);

#[on(connect)]
fn come(socket: &Socket, State(Name(node)): State<Name>) {
    socket.emit(&Welcome { node: &node });
}

/// To the clients of all nodes.
#[on(Say)]
fn say(io: SocketIo, say: Say, State(Name(at)): State<Name>) {
    io.emit(&Said { at: &at, text: &say.text });
}

/// Said by one node to the others, which no client can send.
#[derive(Serialize, Deserialize, Event)]
#[event("hello", from = node)]
struct Hello {
    name: String,
}

#[on(Hello)]
fn hello(hello: Hello, State(Name(node)): State<Name>) {
    eprintln!("{node} hears of {}", hello.name);
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["node", name, port, redis] => node(name, port.parse()?, redis).await,
        [] => end_with(parent::run(3000).await),
        [port] => end_with(parent::run(port.parse()?).await),
        _ => Err("usage: cluster [PORT]".into()),
    }
}

/// Ends the process: a thread of tokio's may still wait for a key, and the runtime would wait for the thread.
fn end_with(result: Result<(), Box<dyn Error>>) -> ! {
    if let Err(error) = &result {
        eprintln!("{error}");
    }
    std::process::exit(i32::from(result.is_err()))
}

/// One node. It ends when the parent does, or closes its stdin.
async fn node(name: &str, port: u16, redis: &str) -> Result<(), Box<dyn Error>> {
    let cluster = Classic::connect(redis).await?;
    let io = SocketIo::builder().discover().state(Name(name.to_owned())).cluster(cluster).build()?;
    // what a load balancer hears of it is true
    io.cluster().ready().await?;
    io.server_side_emit(&Hello { name: name.to_owned() });
    let page = get(async || Html(include_str!("index.html")));
    let app = Router::new().route("/", page).merge(io.router()).route_service("/ws", io.websocket());
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("{name} on http://{}", listener.local_addr()?);
    let stop = async move {
        // nothing is ever sent: it ends
        let _ = stdin().read(&mut [0]).await;
        // a few clients at a time, so that the other nodes are not stormed
        io.drain_over(Duration::from_secs(1)).await;
        io.close().await;
    };
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    Ok(())
}
