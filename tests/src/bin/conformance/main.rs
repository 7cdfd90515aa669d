//! The server for test suites that were written elsewhere: `conformance MODE PORT`, on 127.0.0.1.

mod attacked;
mod chaos;
mod engine;
mod load;
mod probe;
mod socket;
mod socket_client;

use std::{error::Error, process::ExitCode, time::Duration};

use axum::{Router, ServiceExt, extract::Request, serve::ListenerExt};
use socketio::{Config, SocketIo, config::Deflate};
use tokio::net::TcpListener;
use tower_layer::Layer;

/// The settings that a mode starts from: with the word `deflate` after the port, whatever can be is compressed; with `compression`,
/// what is compressed by default; with `silent`, there is no ping; with `v3`, clients of Socket.IO 2 are served. With `layer`,
/// [`serve`] puts a layer around the router.
fn config() -> Config {
    let mut config = Config::new();
    for word in std::env::args().skip(3) {
        config = match word.as_str() {
            "deflate" => config.deflate(Deflate::new().threshold(1).binary(true).when(|_| true)),
            "compression" => config.deflate(Deflate::new()),
            "silent" => config.ping_interval(Duration::from_secs(24 * 60 * 60)),
            "v3" => config.allow_v3(true),
            LAYER => config,
            other => panic!("unknown setting {other:?}"),
        };
    }
    config
}

const LAYER: &str = "layer";

/// A server, and the application that it is part of.
type Made = Result<(SocketIo, Router), Box<dyn Error>>;

/// What a mode serves.
struct Mode {
    name: &'static str,
    make: fn() -> Made,
}

const MODES: [Mode; 12] = [
    Mode { name: "engine", make: engine::protocol },
    Mode { name: "engine-client", make: engine::client },
    Mode { name: "socket", make: socket::json },
    Mode { name: "socket-msgpack", make: socket::message_pack },
    Mode { name: "socket-client", make: socket_client::server },
    Mode { name: "probe", make: probe::plain },
    Mode { name: "probe-recovery", make: probe::with_recovery },
    Mode { name: "chaos", make: chaos::server },
    Mode { name: "load", make: load::server },
    Mode { name: "attacked", make: attacked::server },
    Mode { name: "attacked-recovery", make: attacked::with_recovery },
    Mode { name: "attacked-msgpack", make: attacked::message_pack },
];

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let mut args = std::env::args().skip(1);
    let mode = args.next().unwrap_or_default();
    let port = args.next().and_then(|port| port.parse().ok());
    let (Some(mode), Some(port)) = (MODES.iter().find(|known| known.name == mode), port) else {
        let modes: Vec<&str> = MODES.iter().map(|mode| mode.name).collect();
        eprintln!("usage: conformance MODE PORT, with MODE one of: {}", modes.join(", "));
        return ExitCode::from(2);
    };
    match serve(mode, port).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(mode: &Mode, port: u16) -> Result<(), Box<dyn Error>> {
    let (io, app) = (mode.make)()?;
    let layer = std::env::args().any(|word| word == LAYER).then(|| io.layer());
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("{} on http://{}", mode.name, listener.local_addr()?);
    let stop = async move {
        tokio::signal::ctrl_c().await.ok();
        io.close().await;
    };
    if mode.name.starts_with("attacked") {
        // as a server that strangers can reach
        socketio::serve(listener, app).with_graceful_shutdown(stop).await?;
        return Ok(());
    }
    // axum leaves Nagle's algorithm on, and those that this is measured against turn it off
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    if let Some(layer) = layer {
        // what is Socket.IO's does not go through the router
        let app = ServiceExt::<Request>::into_make_service(layer.layer(app));
        axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    } else {
        axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    }
    Ok(())
}
