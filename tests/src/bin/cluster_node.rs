//! One node of a cluster: `cluster_node PORT REDIS_URL [ADAPTER [RECOVERY_SECONDS]]`, on 127.0.0.1. For tests that stop or kill a
//! process, and for the load generator in `benches`.

use std::{borrow::Cow, error::Error, process::ExitCode, time::Duration};

use axum::{Router, serve::ListenerExt};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use socketio::{Auth, Config, Event, Socket, SocketIo, event, on};
use socketio_redis::{Classic, Sharded, Streams};
use tokio::net::TcpListener;

#[on(connect)]
fn connected(socket: &Socket, Auth(auth): Auth<Value>) {
    // its rooms and what is kept on it are there
    if socket.is_recovered() {
        return;
    }
    if let Some(name) = auth["name"].as_str() {
        // a text can be encoded
        let _ = socket.set_data(&serde_json::json!({ "name": name }));
    }
    for room in auth["rooms"].as_array().into_iter().flatten() {
        socket.join(room.as_str().unwrap_or_default());
    }
}

#[derive(Serialize, Deserialize, Event)]
#[event("cache:drop", from = node, ack = usize)]
struct CacheDrop {
    prefix: String,
}

#[on(CacheDrop)]
fn dropped(event: CacheDrop) -> usize {
    event.prefix.len() + 100
}

#[on("broadcast")]
fn broadcast(io: SocketIo, x: Cow<'_, str>) {
    io.emit(event!("broadcast", &x));
}

/// Acknowledged, so that the client knows when it has joined.
#[on("join")]
fn join(socket: &Socket, room: String) -> String {
    socket.join(room.as_str());
    room
}

/// Many rooms, for what they cost.
#[on("join_many")]
fn join_many(socket: &Socket, count: usize) -> usize {
    (0..count).for_each(|number| socket.join(format!("room-{number}")));
    count
}

#[on("broadcast_room")]
fn broadcast_room(io: SocketIo, x: Cow<'_, str>) {
    io.to("room").emit(event!("broadcast_room", &x));
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (Some(port), Some(redis)) = (args.first().and_then(|port| port.parse().ok()), args.get(1)) else {
        eprintln!("usage: cluster_node PORT REDIS_URL [ADAPTER [RECOVERY_SECONDS]]");
        return ExitCode::from(2);
    };
    let recovery = args.get(3).and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
    match serve(port, redis, args.get(2).map_or("classic", |adapter| adapter), recovery).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(
    port: u16,
    redis: &str,
    adapter: &str,
    recovery: Option<Duration>,
) -> Result<(), Box<dyn Error>> {
    let mut config = Config::new().max_rooms(20_000);
    if let Some(recovery) = recovery {
        config = config.recovery(recovery);
    }
    let builder = SocketIo::builder().discover().config(config);
    let io = match adapter {
        "classic" => builder.cluster(Classic::connect(redis).await?).build()?,
        "sharded" => builder.cluster(Sharded::connect(redis).await?).build()?,
        "streams" => builder.cluster(Streams::connect(redis).await?).build()?,
        other => return Err(format!("unknown adapter {other:?}").into()),
    };
    io.cluster().ready().await?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("cluster_node on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // best effort: axum leaves Nagle's algorithm on
        let _ = stream.set_nodelay(true);
    });
    let app = Router::new().merge(io.router());
    let stop = async move {
        tokio::signal::ctrl_c().await.ok();
        io.drain_over(Duration::from_secs(1)).await;
        io.close().await;
    };
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    Ok(())
}
