//! What the tests share: servers, handlers' marks, clients without a network.

mod client;
#[cfg(feature = "deflate")]
mod everywhere;
mod gate;
mod log;
mod polling;
mod raw;
#[cfg(all(feature = "metrics", feature = "test"))]
pub(super) mod recorder;
mod stream;
#[cfg(feature = "deflate")]
mod zip;

use std::time::Duration;

use tokio::time::Instant;

#[cfg(feature = "deflate")]
pub(super) use self::{
    client::offering_pipe,
    everywhere::settled,
    zip::{deflated, inflated},
};
pub(super) use self::{
    client::{Got, TestClient, client_frame, exchange, packets_pipe, plain_pipe, v3_pipe},
    gate::Gate,
    log::Log,
    polling::{Answer, Pending, PollingClient, ask, request, settle},
    raw::{Raw, WIRES, Wire, close, frame},
    stream::{Packet as StreamPacket, StreamClient, binary as binary_packet, packet, parts as stream_parts},
};
use crate::{Config, SocketIo, SocketIoBuilder, namespace::Target};

/// A server with the handlers of one module, a log and a gate.
pub(super) fn server(module: &str, config: Config) -> (SocketIo, Log, Gate) {
    let (builder, log, gate) = builder(module);
    let io = builder.config(settled(config)).build().unwrap_or_else(|error| panic!("{error}"));
    (io, log, gate)
}

/// The same, for servers with more than handlers and limits.
pub(super) fn builder(module: &str) -> (SocketIoBuilder, Log, Gate) {
    let (log, gate) = (Log::default(), Gate::new());
    let builder = SocketIo::builder().discover_in(module).state(log.clone()).state(gate.clone());
    (builder.config(settled(Config::new())), log, gate)
}

#[cfg(not(feature = "deflate"))]
pub(super) fn settled(config: Config) -> Config {
    config
}

/// Timers of connections are early by a millisecond rather than late.
pub(super) fn seconds_since(start: Instant) -> u64 {
    (start.elapsed() + Duration::from_millis(1)).as_secs()
}

/// So many milliseconds have passed, or one less.
#[track_caller]
pub(super) fn assert_at(start: Instant, expected: u64) {
    let (now, expected) = (start.elapsed(), Duration::from_millis(expected));
    let earliest = expected - Duration::from_millis(1);
    assert!((earliest..=expected).contains(&now), "{now:?} is not {expected:?}");
}

/// The text of an error and of each of its sources.
pub(super) fn with_sources(error: &(dyn std::error::Error + 'static)) -> String {
    let errors = std::iter::successors(Some(error), |error| error.source());
    errors.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Nothing of any connection is left: places, tasks, members, rooms, names, and what live sockets waited for.
pub(super) async fn assert_nothing_is_left(io: &SocketIo) {
    let hub = io.hub();
    let sockets: Vec<_> =
        hub.namespaces().all().iter().flat_map(|it| it.sockets(&Target::default())).collect();
    io.close().await;
    assert_eq!(hub.connections(), 0, "connections");
    assert_eq!(hub.counts(), crate::hub::Counts::default());
    for namespace in hub.namespaces().all() {
        assert_eq!(namespace.counts(), crate::namespace::Counts::default(), "namespace {}", namespace.name);
    }
    sockets.iter().for_each(assert_bare);
}

/// A socket that has ended holds nothing, although a handle is kept.
pub(super) fn assert_bare(socket: &crate::Socket) {
    assert!(!socket.is_connected());
    assert_eq!(socket.core().holds(), (0, 0, false), "frames, queued events, pending acknowledgements");
    let account = &socket.core().link.mailbox.account;
    assert_eq!(account.held(), (0, 0), "things and bytes that are charged");
}
