//! Figures for Prometheus: `cargo run -p examples --bin metrics [PORT]`, then `curl http://127.0.0.1:3000/metrics`.
//!
//! The dashboard for them is `docs/grafana.json`.

use std::{env, error::Error, time::Duration};

use axum::{Router, http::header::CONTENT_TYPE, routing::get};
use serde::Serialize;
use socketio::{ClientError, Event, Socket, SocketIo, middleware::Trace, on};
use tokio::{net::TcpListener, time::sleep};
use tracing_subscriber::fmt::format::FmtSpan;

/// What the server sends has lines of its own if it is listed, and the list is required.
#[derive(Serialize, Event)]
#[event("said", from = server)]
struct Said<'a> {
    text: &'a str,
}

socketio::events! { EVENTS = [Said<'_>, "say", "work", "fail"] }

#[on("say")]
fn say(socket: &Socket, text: String) -> usize {
    socket.io().emit(&Said { text: &text });
    text.len()
}

#[on("work")]
async fn work() {
    sleep(Duration::from_millis(20)).await;
}

#[on("fail")]
fn fail() -> Result<(), ClientError> {
    Err(ClientError::new("no_luck", "it never works"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    // spans are printed when they end; an exporter for OpenTelemetry is a layer more
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_span_events(FmtSpan::CLOSE).init();
    let io = SocketIo::builder().discover().require(&EVENTS).middleware(Trace::new()).build()?;
    // with a recorder of the crate metrics, and the feature `metrics`: `io.report_metrics()`, then what it renders
    let metrics = get({
        let io = io.clone();
        async move || ([(CONTENT_TYPE, "text/plain; version=0.0.4")], io.stats().to_prometheus())
    });
    let app = Router::new().route("/metrics", metrics).merge(io.router());
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("metrics on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
