//! State that handlers and HTTP routes share: `cargo run -p examples --bin state [PORT]`.

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    extract::State as AppState,
    routing::{get, post},
};
use socketio::{SocketIo, State, event, on};
use tokio::net::TcpListener;

/// Handlers receive a clone: what is shared is inside the `Arc`. A connection pool is a state as it is.
#[derive(Clone, Default)]
struct Votes(Arc<Mutex<BTreeMap<String, u64>>>);

impl Votes {
    /// The lock is held for a moment, never across an `await`: so a `Mutex` of the standard library is right.
    fn change<R>(&self, change: impl FnOnce(&mut BTreeMap<String, u64>) -> R) -> R {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// socketio's `State`: `build()` fails if a handler takes a state that the server does not have.
#[on("vote")]
fn vote(io: SocketIo, State(votes): State<Votes>, choice: String) -> u64 {
    let count = votes.change(|votes| {
        let count = votes.entry(choice.clone()).or_default();
        *count += 1;
        *count
    });
    io.emit(event!("count", choice, count));
    count
}

/// axum's `State`, of the same values.
async fn tally(AppState((votes, _)): AppState<(Votes, SocketIo)>) -> Json<BTreeMap<String, u64>> {
    Json(votes.change(|votes| votes.clone()))
}

/// `SocketIo` is a cheap handle: with it, anything in the program can emit.
async fn reset(AppState((votes, io)): AppState<(Votes, SocketIo)>) {
    votes.change(BTreeMap::clear);
    io.emit(event!("reset"));
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    let votes = Votes::default();
    let io = SocketIo::builder().discover().state(votes.clone()).build()?;
    let app = Router::new()
        .route("/votes", get(tally))
        .route("/reset", post(reset))
        .merge(io.router())
        .with_state((votes, io));
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("state on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}
