//! The one door of `tracing`: everything that this crate logs is said here.
//!
//! A peer decides how often most of it happens, and what stands in the texts. So each kind has a share of the log: so many
//! lines of its level in each interval; what is over that is said at `debug`, and counted in the next line of
//! the kind. No text is longer than [`MAX_TEXT`] bytes, and control characters are escaped.

use std::{
    fmt::{self, Display, Write},
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use tracing::Instrument;

pub(crate) use tracing::Span;

use crate::{close::DisconnectReason, cluster::NotRecovered, counts::Counts};

/// So many lines of each kind are said at their level in an [`INTERVAL`].
const LINES: u32 = 10;
const INTERVAL: Duration = Duration::from_secs(10);
/// The longest text in a line, in bytes.
const MAX_TEXT: usize = 256;

/// Declares the kinds that have a share of the log.
macro_rules! kinds {
    ($($name:ident)*) => {
        /// What has a share of the log.
        #[derive(Debug, Clone, Copy)]
        enum Kind {
            $($name),*
        }

        const KINDS: usize = [$(Kind::$name),*].len();
    };
}

kinds! {
    ClientFault ClientFaults Dropped ForeignOrigin Panicked DropPanicked HookPanicked Overdue NotEncoded NotSetUp NotJoined NotEmitted
    NodeEvent NoPlace
}

/// What a server says to `tracing`.
#[derive(Debug)]
pub(crate) struct Observer {
    /// What figures are made of.
    pub(crate) counts: Counts,
    start: Instant,
    shares: [Share; KINDS],
}

/// Says a line at its level if the kind has a line left, else at `debug`.
macro_rules! say {
    ($observer:expr, $kind:ident, $level:ident, $($line:tt)+) => {
        match $observer.take(Kind::$kind) {
            Some(0) => tracing::$level!($($line)+),
            Some(spared) => tracing::$level!(spared, $($line)+),
            None => tracing::debug!($($line)+),
        }
    };
}

impl Observer {
    pub(crate) fn new() -> Self {
        Self { counts: Counts::default(), start: Instant::now(), shares: Default::default() }
    }

    /// One line of a kind: `None` if the interval has no line left, else how many were spared before this one.
    fn take(&self, kind: Kind) -> Option<u32> {
        let interval = self.start.elapsed().as_secs() / INTERVAL.as_secs();
        self.shares[kind as usize].take(u32::try_from(interval).unwrap_or(u32::MAX))
    }

    // --- what clients do ---

    /// A fault of a client: the first of a connection; the rest are said by [`further_fault`].
    pub(crate) fn client_fault(&self, connection: u64, fault: &dyn Display) {
        let fault = Short(fault);
        say!(self, ClientFault, warn, connection, %fault, "a client's fault; further ones of this connection at debug");
    }

    /// How many faults a client had, in the end.
    pub(crate) fn client_faults(&self, connection: u64, faults: u32) {
        say!(self, ClientFaults, warn, connection, faults, "faults of a client");
    }

    pub(crate) fn messages_dropped(&self, connection: u64, dropped: u64) {
        say!(self, Dropped, warn, connection, dropped, "messages were dropped: the client read too slowly");
    }

    pub(crate) fn foreign_origin(&self, origin: &str) {
        let origin = Short(&origin);
        say!(
            self,
            ForeignOrigin,
            warn,
            %origin,
            "a page of another origin was refused; allow it with `Config::origins([..])`"
        );
    }

    pub(crate) fn no_place(&self) {
        say!(self, NoPlace, warn, "a connection was closed: all places are taken, or those of its address");
    }

    // --- what the program's code does ---

    pub(crate) fn handler_panicked(&self, connection: u64, error: &dyn Display) {
        let error = Short(error);
        say!(self, Panicked, error, connection, %error, "a handler panicked");
    }

    pub(crate) fn drop_panicked(&self, event: &str, handler: &'static str) {
        let event = Short(&event);
        say!(self, DropPanicked, error, %event, handler, "dropping a handler panicked");
    }

    pub(crate) fn handler_overdue(&self, connection: u64, event: &str, handler: &'static str) {
        let event = Short(&event);
        say!(self, Overdue, warn, connection, %event, handler, "a handler did not end in time: dropped");
    }

    /// A hook of the program, for a request.
    pub(crate) fn hook_panicked(&self, hook: &'static str, panic: &str) {
        let panic = Short(&panic);
        say!(self, HookPanicked, error, hook, %panic, "a hook panicked: the request is answered with 500");
    }

    /// An error of the program panics when its text is asked for.
    pub(crate) fn error_panicked(&self, connection: u64, panic: &str) {
        let panic = Short(&panic);
        say!(self, Panicked, error, connection, %panic, "an error of the program cannot be shown: its text panicked");
    }

    /// `what` the program said cannot be represented on the wire.
    pub(crate) fn not_encoded(&self, connection: u64, what: &'static str, error: &dyn Display) {
        let error = Short(error);
        say!(self, NotEncoded, error, connection, what, %error, "a value could not be encoded");
    }

    pub(crate) fn not_emitted(&self, namespace: &str, error: &(dyn std::error::Error + 'static)) {
        let (namespace, error) = (Short(&namespace), Short(&Chain(error)).to_string());
        say!(self, NotEmitted, error, %namespace, error, "a broadcast could not be emitted");
    }

    pub(crate) fn not_joined(&self, connection: u64, error: &dyn Display) {
        say!(self, NotJoined, warn, connection, %error, "a room was not joined");
    }

    /// A name that many sockets were to join is too long.
    pub(crate) fn none_joined(&self, namespace: &str, error: &dyn Display) {
        let namespace = Short(&namespace);
        say!(self, NotJoined, warn, %namespace, %error, "a room was not joined");
    }

    /// A handler asks for something that the server was not given.
    pub(crate) fn not_set_up(&self, missing: &'static str) {
        say!(self, NotSetUp, error, missing, "the server is not set up for a handler");
    }

    /// A handler of an event of another node failed.
    pub(crate) fn node_event_failed(
        &self,
        event: &str,
        handler: &'static str,
        node: &dyn Display,
        error: &dyn Display,
    ) {
        let (event, node, error) = (Short(&event), Short(node), Short(error));
        say!(self, NodeEvent, error, %event, handler, %node, %error, "an event of another node failed");
    }

    // --- once for a server ---

    pub(crate) fn cluster_not_left(&self) {
        tracing::warn!("the cluster was not left in time");
    }

    pub(crate) fn built(&self, table: &dyn Display) {
        tracing::info!("handlers:\n{table}");
    }

    /// The program holds nothing of it any more.
    pub(crate) fn left(&self, connections: usize) {
        tracing::warn!(
            connections,
            "the last handle and router of a server were dropped while clients are connected: await `SocketIo::close` \
             before, or their `disconnect` handlers do not run"
        );
    }

    pub(crate) fn killed(&self, connections: usize) {
        tracing::warn!(connections, "not everything ended in time: dropped");
    }

    pub(crate) fn still_running(&self, connections: usize) {
        tracing::error!(connections, "sync handlers are still running");
    }
}

// --- the other nodes of a cluster: once for each change ---

pub(crate) fn node_joined(node: &dyn Display) {
    let node = Short(node);
    tracing::info!(%node, "a node has joined the cluster");
}

pub(crate) fn node_left(node: &dyn Display) {
    let node = Short(node);
    tracing::info!(%node, "a node has left the cluster");
}

/// Messages of other nodes are missing here.
pub(crate) fn gap(lost: Option<u64>) {
    tracing::warn!(lost, "messages of other nodes may have been missed");
}

/// Said once for each server.
pub(crate) fn foreign_session() {
    tracing::warn!(
        "a request names a session that is not of this process: has it expired, or is the load balancer not sticky? \
         (said once; `ClusterHandle::figures` counts them)"
    );
}

// --- what only who debugs wants to know: it has no share ---

/// A fault of a client that is not the first of its connection.
pub(crate) fn further_fault(connection: u64, fault: &dyn Display) {
    let fault = Short(fault);
    tracing::debug!(connection, %fault, "a client's fault");
}

pub(crate) fn made_room() {
    tracing::debug!("an unfinished connection makes room for a new one");
}

pub(crate) fn ended_with(error: &dyn Display) {
    let error = Short(error);
    tracing::debug!(%error, "a network connection ended with an error");
}

pub(crate) fn socket_error(connection: u64, error: &(dyn std::error::Error + 'static)) {
    let error = Chain(error);
    let error = Short(&error);
    tracing::debug!(connection, %error, "an error on a socket");
}

/// How often is up to the program, and to its clients.
pub(crate) fn destructor_panicked(panic: &str) {
    let panic = Short(&panic);
    tracing::debug!(%panic, "a destructor of the program panicked");
}

/// Code of the program that is called for what a peer does, and that something takes the place of when it panics.
pub(crate) fn code_panicked(what: &'static str, panic: &str) {
    let panic = Short(&panic);
    tracing::debug!(what, %panic, "the program's code panicked");
}

pub(crate) fn ends(connection: u64, reason: &DisconnectReason) {
    let reason = Short(reason);
    tracing::debug!(connection, %reason, "a connection ends");
}

/// How often is up to clients.
pub(crate) fn not_recovered(connection: u64, namespace: &str, reason: NotRecovered) {
    let namespace = Short(&namespace);
    tracing::debug!(connection, %namespace, %reason, "a client that wanted its socket back gets a fresh one");
}

pub(crate) fn messages_lost(connection: u64, messages: u32) {
    tracing::debug!(connection, messages, "messages were not written before the end");
}

pub(crate) fn changed_over(connection: u64) {
    tracing::debug!(connection, "changed over from polling");
}

pub(crate) fn stream_broken(error: &dyn Display) {
    let error = Short(error);
    tracing::debug!(%error, "a stream broke before its first packet");
}

pub(crate) fn not_upgraded(error: &dyn Display) {
    let error = Short(error);
    tracing::debug!(%error, "a connection was not upgraded");
}

pub(crate) fn upgrade_not_taken() {
    tracing::debug!("the answer to an upgrade was not taken in time");
}

pub(crate) fn stream_dropped() {
    tracing::debug!("a stream that no session has was dropped: the server closes");
}

pub(crate) fn no_delay_refused(error: &dyn Display) {
    tracing::debug!(%error, "TCP_NODELAY could not be set");
}

pub(crate) fn no_extension(extension: &'static str) {
    tracing::debug!(extension, "the socket has no such extension");
}

/// `of` is the code of an error, or the field that is left out of its data.
pub(crate) fn error_data_lost(of: &str, cause: &dyn Display) {
    let (of, cause) = (Short(&of), Short(cause));
    tracing::debug!(%of, %cause, "the data of an error could not be encoded");
}

// --- spans ---

/// The span of a socket: it ends when nobody holds the socket any more.
#[derive(Debug)]
pub(crate) struct SocketSpan(Span);

impl SocketSpan {
    pub(crate) fn new(namespace: &'static str, address: Option<SocketAddr>) -> Self {
        let span = tracing::info_span!(
            "socket",
            otel.kind = "server",
            messaging.system = "socketio",
            messaging.destination.template = namespace,
            network.peer.address = tracing::field::Empty,
        );
        if let Some(address) = address {
            span.record("network.peer.address", tracing::field::display(address.ip()));
        }
        Self(span)
    }

    pub(crate) fn span(&self) -> &Span {
        &self.0
    }
}

/// The span of an event, while its handlers run.
#[derive(Debug)]
pub(crate) struct EventSpan(Span);

impl EventSpan {
    /// `event` and `namespace` are names that handlers have given.
    pub(crate) fn new(socket: Option<&SocketSpan>, event: &str, namespace: &'static str) -> Self {
        let parent = socket.and_then(|socket| socket.0.id());
        Self(tracing::info_span!(
            parent: parent,
            "event",
            otel.name = format_args!("process {event}"),
            otel.kind = "consumer",
            otel.status_code = tracing::field::Empty,
            messaging.system = "socketio",
            messaging.operation.name = "process",
            messaging.operation.type = "process",
            messaging.destination.name = event,
            messaging.destination.template = namespace,
            error.type = tracing::field::Empty,
        ))
    }

    /// Runs a future inside the span.
    pub(crate) fn around<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        future.instrument(self.0.clone())
    }

    pub(crate) fn failed(&self, code: &str) {
        self.0.record("otel.status_code", "ERROR");
        self.0.record("error.type", code);
    }
}

// --- shares ---

/// The number of an interval, and how many lines of a kind it had.
#[derive(Debug, Default)]
struct Share(AtomicU64);

impl Share {
    /// One line: `None` if this interval has none left, else how many the one before was spared.
    fn take(&self, interval: u32) -> Option<u32> {
        let (pack, unpack) = (
            |interval: u32, lines: u32| u64::from(interval) << 32 | u64::from(lines),
            |share: u64| ((share >> 32) as u32, share as u32),
        );
        let change = |share| match unpack(share) {
            (of, lines) if of == interval => pack(of, lines.saturating_add(1)),
            _ => pack(interval, 1),
        };
        // of two at once, both may learn how many were spared, or neither: nothing depends on it
        let before = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |share| Some(change(share)));
        match unpack(before.unwrap_or_else(|share| share)) {
            (of, lines) if of == interval => (lines < LINES).then_some(0),
            (_, lines) => Some(lines.saturating_sub(LINES)),
        }
    }
}

// --- texts ---

/// The start of a text: at most [`MAX_TEXT`] bytes, with control characters escaped.
struct Short<'a>(&'a dyn Display);

impl Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cut = Cut { to: f, left: MAX_TEXT };
        match write!(cut, "{}", self.0) {
            Err(fmt::Error) if cut.left == 0 => f.write_char('…'),
            written => written,
        }
    }
}

/// Writes until nothing is left, then fails, so that the rest of a long text is not even made.
struct Cut<'a, 'f> {
    to: &'a mut fmt::Formatter<'f>,
    left: usize,
}

impl Write for Cut<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for char in text.chars() {
            if char.len_utf8() > self.left {
                self.left = 0;
                return Err(fmt::Error);
            }
            self.left -= char.len_utf8();
            if char.is_control() {
                write!(self.to, "{}", char.escape_default())?;
            } else {
                self.to.write_char(char)?;
            }
        }
        Ok(())
    }
}

/// An error and its sources.
struct Chain<'a>(&'a (dyn std::error::Error + 'static));

impl Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_a_share_of_each_interval_and_what_was_spared_is_counted() {
        let share = Share::default();
        for _ in 0..LINES {
            assert_eq!(share.take(0), Some(0));
        }
        for _ in 0..7 {
            assert_eq!(share.take(0), None);
        }
        assert_eq!(share.take(1), Some(7), "the first line of the next interval tells of them");
        assert_eq!(share.take(1), Some(0));
        assert_eq!(share.take(5), Some(0), "nothing was spared");
    }

    #[test]
    fn a_text_is_cut_and_cannot_start_a_line_of_its_own() {
        let long = "é".repeat(5_000);
        assert_eq!(Short(&long).to_string(), format!("{}…", "é".repeat(MAX_TEXT / 2)));
        let exact = "a".repeat(MAX_TEXT);
        assert_eq!(Short(&exact).to_string(), exact);
        assert_eq!(Short(&"a\n2026-01-01 ERROR \u{1b}[31m").to_string(), "a\\n2026-01-01 ERROR \\u{1b}[31m");
    }
}
