//! Engine.IO over HTTP (`wire.md` 2.1, 2.2), without a network and on a paused clock.

mod bodies;
mod bus;
mod ends;
#[cfg(feature = "deflate")]
mod gzip;
mod origins;
mod payloads;
mod pressure;
mod requests;
mod upgrade;
mod violations;

use axum::body::Body;
use futures_util::stream;

use crate::{
    Bytes, Config, DisconnectReason, Socket, SocketIo, SocketIoBuilder, State, event, on,
    tests::kit::{self, Answer, Gate, Log, ask, request},
};

#[on("echo")]
fn echo(socket: &Socket, text: String) {
    socket.emit(event!("echo", text));
}

#[on("wait")]
async fn wait(State(gate): State<Gate>) {
    gate.pass().await;
}

#[on("log")]
fn log(text: String, State(log): State<Log>) {
    log.add(text);
}

#[on("bytes")]
fn bytes(socket: &Socket, bytes: Bytes) {
    socket.emit(event!("bytes", bytes));
}

#[on("leave")]
fn leave(socket: &Socket) {
    socket.emit(event!("last"));
    socket.close();
}

#[on("volatile")]
fn volatile(socket: &Socket) {
    socket.volatile().emit(event!("volatile"));
}

#[on("pair")]
fn pair(first: Bytes, second: Bytes, State(log): State<Log>) {
    log.add(format!("{:?} {:?}", &first[..], &second[..]));
}

#[on(disconnect)]
fn gone(reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("gone: {}", reason.as_str()));
}

fn start(config: Config) -> (SocketIo, Log, Gate) {
    kit::server(module_path!(), config)
}

/// A server that is not built yet.
fn builder() -> SocketIoBuilder {
    kit::builder(module_path!()).0
}

async fn get(io: &SocketIo, query: &str) -> Answer {
    ask(&io.service(), request("GET", query, "")).await
}

/// A body of which nothing arrives.
fn endless() -> Body {
    Body::from_stream(stream::pending::<Result<&'static str, std::io::Error>>())
}

/// The request with more headers, and a `host`.
fn with_headers(mut request: http::Request<Body>, headers: &[(&'static str, &str)]) -> http::Request<Body> {
    let usual = ("host", "a.example");
    for &(name, value) in std::iter::once(&usual).chain(headers) {
        request.headers_mut().insert(name, value.parse().expect("a header's value"));
    }
    request
}
