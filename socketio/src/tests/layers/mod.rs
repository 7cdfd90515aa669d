//! Gates, guards and middleware before handlers.

mod ends;
mod modules;
mod onion;
mod rates;
mod trace;

use crate::{
    Config, SocketIoBuilder,
    test::{TestClient, TestServer},
    tests::kit::{Gate, Log, builder},
};

/// A server with the handlers of one module and what `add` puts before them.
fn layered(module: &str, add: impl FnOnce(SocketIoBuilder) -> SocketIoBuilder) -> (TestServer, Log, Gate) {
    let (builder, log, gate) = builder(module);
    let io = add(builder.config(Config::new())).build().unwrap_or_else(|error| panic!("{error}"));
    (TestServer::new(io), log, gate)
}

async fn both(server: &TestServer) -> [TestClient; 2] {
    [server.connect().await.expect("accepted"), server.plain().await.expect("accepted")]
}
