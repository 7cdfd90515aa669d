//! Limits and times of one server, validated when it is built.

use std::time::Duration;

use super::{Overflow, Parser};
use crate::wire::Wire;

/// The settings of one [`SocketIo`](crate::SocketIo).
///
/// Every length, count and time that a peer controls has a limit here. The defaults suit most servers.
///
/// ```
/// use std::time::Duration;
/// use socketio::{Config, config::Overflow};
///
/// let config = Config::new()
///     .ping_interval(Duration::from_secs(10))
///     .max_payload(64 * 1024)
///     .overflow(Overflow::DropOldest);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub(crate) path: String,
    pub(crate) ping_interval: Duration,
    pub(crate) ping_timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) connect_handler_timeout: Duration,
    pub(crate) max_payload: usize,
    pub(crate) message_timeout: Duration,
    pub(crate) max_name: usize,
    pub(crate) max_auth: usize,
    pub(crate) max_namespaces: usize,
    pub(crate) max_rooms: usize,
    pub(crate) outbox: OutboxLimits,
    pub(crate) inbox_events: usize,
    pub(crate) max_concurrent: usize,
    pub(crate) frames_per_turn: usize,
    pub(crate) max_pending_acks: usize,
    pub(crate) ack_timeout: Duration,
    pub(crate) handler_grace: Duration,
    pub(crate) write_timeout: Duration,
    pub(crate) close_timeout: Duration,
    pub(crate) shutdown_timeout: Duration,
    pub(crate) max_sessions: Option<usize>,
    pub(crate) max_connecting: usize,
    pub(crate) origins: Origins,
    pub(crate) error_acks: bool,
    pub(crate) upgrade_timeout: Duration,
    pub(crate) body_timeout: Duration,
    pub(crate) attachments_timeout: Duration,
    pub(crate) allow_upgrades: bool,
    pub(crate) session_cookie: Option<String>,
    pub(crate) parser: Parser,
    pub(crate) recovery: Option<RecoveryLimits>,
    pub(crate) max_dynamic_namespaces: usize,
}

/// How much is kept for clients that come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecoveryLimits {
    pub(crate) window: Duration,
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    pub(crate) sessions: usize,
}

impl RecoveryLimits {
    const DEFAULT: Self =
        Self { window: Duration::from_secs(120), events: 10_000, bytes: 16 * 1024 * 1024, sessions: 100_000 };
}

/// How much may wait for one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutboxLimits {
    pub(crate) messages: u32,
    pub(crate) bytes: usize,
    pub(crate) overflow: Overflow,
}

/// Which web pages may open a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origins {
    /// Pages of the host that the request is for, and programs that send no `Origin`.
    Same,
    /// Those, and the listed ones.
    Listed(Vec<String>),
    Any,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: "/socket.io".to_owned(),
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(45),
            connect_handler_timeout: Duration::from_secs(30),
            max_payload: 1_000_000,
            message_timeout: Duration::from_secs(30),
            max_name: crate::proto::MAX_NAME,
            max_auth: 8 * 1024,
            max_namespaces: 64,
            max_rooms: 1024,
            outbox: OutboxLimits { messages: 1024, bytes: 1024 * 1024, overflow: Overflow::Disconnect },
            inbox_events: 64,
            max_concurrent: 16,
            frames_per_turn: 64,
            max_pending_acks: 1024,
            ack_timeout: Duration::from_secs(30),
            handler_grace: Duration::from_secs(30),
            write_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(5),
            shutdown_timeout: Duration::from_secs(30),
            max_sessions: None,
            max_connecting: 10_000,
            origins: Origins::Same,
            error_acks: true,
            upgrade_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(10),
            attachments_timeout: Duration::from_secs(10),
            allow_upgrades: true,
            session_cookie: None,
            parser: Parser::Json,
            recovery: None,
            max_dynamic_namespaces: 10_000,
        }
    }
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $ty:ty;)*) => { $(
        $(#[$doc])*
        pub fn $name(mut self, $name: $ty) -> Self {
            self.$name = $name;
            self
        }
    )* };
}

impl Config {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The times and bounds of gofiber's `socketio` package, for programs that move from it: a ping each second,
    /// 3 s of silence, messages of at most 1 MiB, 100 that wait, and pages of any origin.
    ///
    /// A client that reads too slowly is sent away: there is no emit that blocks.
    pub fn gofiber() -> Self {
        Self::new()
            .ping_interval(Duration::from_secs(1))
            .ping_timeout(Duration::from_secs(2))
            .write_timeout(Duration::from_secs(10))
            .max_payload(1024 * 1024)
            .outbox_messages(100)
            .outbox_bytes(100 * 1024 * 1024)
            .any_origin()
    }

    setters! {
        /// How often the server asks whether the peer is alive. Default: 25 s; at least 1 ms.
        ping_interval: Duration;
        /// How long the peer may stay silent after that. Any frame counts as life. Default: 20 s.
        ping_timeout: Duration;
        /// How long a Socket.IO client may take from the opened connection to its first namespace. Default: 45 s.
        connect_timeout: Duration;
        /// How long the connect handlers of a socket may take together. Default: 30 s.
        connect_handler_timeout: Duration;
        /// The largest message a client may send, in bytes. Larger ones end the connection with 1009.
        /// Default: 1 000 000.
        max_payload: usize;
        /// How long one message may take to arrive completely. Default: 30 s.
        message_timeout: Duration;
        /// How many namespaces one Socket.IO connection may join. Default: 64.
        max_namespaces: usize;
        /// How many rooms one socket may join. Default: 1024.
        max_rooms: usize;
        /// How many events of one connection may wait behind a running handler. Then reading stops, and the
        /// peer is slowed down by TCP. Default: 64.
        inbox_events: usize;
        /// How many handlers of one socket that are `concurrent` may run beside its other events. Beyond that, the
        /// next one holds them up. Default: 16.
        max_concurrent: usize;
        /// How many frames of one connection are handled before its answers are written and its neighbours
        /// get their turn. Default: 64.
        frames_per_turn: usize;
        /// How many acknowledgements one socket may owe the server. Default: 1024.
        max_pending_acks: usize;
        /// How long [`emit_with_ack`](crate::Socket::emit_with_ack) waits. Default: 30 s.
        ack_timeout: Duration;
        /// How long a running handler may go on after its socket has ended. Default: 30 s.
        handler_grace: Duration;
        /// How long a peer may refuse to take any byte before the connection is given up. Default: 10 s.
        write_timeout: Duration;
        /// How long the closing handshake may take. Default: 5 s.
        close_timeout: Duration;
        /// How long [`SocketIo::close`](crate::SocketIo::close) waits for everything to end. Default: 30 s.
        shutdown_timeout: Duration;
        /// How many connections may be unfinished (no socket accepted yet) at once; more get 503.
        /// Default: 10 000.
        max_connecting: usize;
        /// Are unknown events, wrong payloads and errors of handlers answered to clients that asked for an
        /// acknowledgement? `false` keeps the silence of the reference implementation. Default: true.
        error_acks: bool;
        /// How long a client that polls may take to change over to a WebSocket. Then that is closed, and the
        /// session stays on polling. Default: 10 s.
        upgrade_timeout: Duration;
        /// How long the body of a POST may take to arrive. Default: 10 s.
        body_timeout: Duration;
        /// How long the attachments of a packet may take to arrive. Default: 10 s.
        attachments_timeout: Duration;
        /// Are clients that poll told that they may change over to a WebSocket? Default: true.
        allow_upgrades: bool;
        /// How Socket.IO packets are written. Default: [`Parser::Json`].
        parser: Parser;
        /// How many namespaces that were made by a pattern (`/org/{id}`) may live at once. Empty ones are removed.
        /// Default: 10 000.
        max_dynamic_namespaces: usize;
    }

    /// The name of a cookie that holds the id of the Engine.IO session, for load balancers that need one to be
    /// sticky: `Path=/; HttpOnly; SameSite=Lax`. Default: no cookie.
    pub fn session_cookie(mut self, name: impl Into<String>) -> Self {
        self.session_cookie = Some(name.into());
        self
    }

    /// Turns connection state recovery on: a Socket.IO client that was cut off and comes back within `window` has
    /// its id, rooms and [data](crate::Socket::set_data) again, and gets exactly what it missed, in order.
    ///
    /// Kept are the last 10 000 events and 16 MiB of each namespace ([`recovery_events`](Self::recovery_events),
    /// [`recovery_bytes`](Self::recovery_bytes)).
    /// A client that has missed more than is kept gets a fresh socket and is told so. Default: off; 120 s are usual.
    pub fn recovery(mut self, window: Duration) -> Self {
        self.recovery = Some(RecoveryLimits { window, ..self.recovery.unwrap_or(RecoveryLimits::DEFAULT) });
        self
    }

    /// How many events of each namespace are kept for clients that reconnect, and turns
    /// [`recovery`](Self::recovery) on. Default: 10 000.
    pub fn recovery_events(mut self, events: usize) -> Self {
        self.recovery = Some(RecoveryLimits { events, ..self.recovery.unwrap_or(RecoveryLimits::DEFAULT) });
        self
    }

    /// How many bytes of events of each namespace are kept for clients that reconnect, and turns
    /// [`recovery`](Self::recovery) on. Default: 16 MiB.
    pub fn recovery_bytes(mut self, bytes: usize) -> Self {
        self.recovery = Some(RecoveryLimits { bytes, ..self.recovery.unwrap_or(RecoveryLimits::DEFAULT) });
        self
    }

    /// The wire of Socket.IO connections.
    pub(crate) fn packet_wire(&self) -> Wire {
        match self.parser {
            Parser::Json => Wire::Packet,
            Parser::MessagePack => Wire::MessagePack,
        }
    }

    /// Where Socket.IO is served. Default: `/socket.io`.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// How many messages may wait for one client. Default: 1024.
    pub fn outbox_messages(mut self, messages: u32) -> Self {
        self.outbox.messages = messages;
        self
    }

    /// How many bytes of messages may wait for one client. Default: 1 MiB.
    pub fn outbox_bytes(mut self, bytes: usize) -> Self {
        self.outbox.bytes = bytes;
        self
    }

    /// What happens to a message for which the outbox has no room. Default: [`Overflow::Disconnect`].
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.outbox.overflow = overflow;
        self
    }

    /// How many connections there may be in total; more get 503. Default: no limit.
    pub fn max_sessions(mut self, max: usize) -> Self {
        self.max_sessions = Some(max);
        self
    }

    /// Web pages of these origins (`https://app.example.com`) may connect, besides those of the server's own
    /// host. Default: only those.
    pub fn origins<I: IntoIterator<Item: Into<String>>>(mut self, origins: I) -> Self {
        self.origins = Origins::Listed(origins.into_iter().map(Into::into).collect());
        self
    }

    /// Any web page may connect. A page then acts with the cookies of whoever looks at it: use this only where
    /// cookies mean nothing.
    pub fn any_origin(mut self) -> Self {
        self.origins = Origins::Any;
        self
    }

    /// All faults at once.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = vec![];
        let mut demand = |holds: bool, fault: &str| {
            if !holds {
                faults.push(format!("config: {fault}"));
            }
        };
        demand(self.path.starts_with('/'), "`path` starts with `/`");
        let times = [
            ("ping_interval", self.ping_interval),
            ("ping_timeout", self.ping_timeout),
            ("connect_timeout", self.connect_timeout),
            ("connect_handler_timeout", self.connect_handler_timeout),
            ("message_timeout", self.message_timeout),
            ("ack_timeout", self.ack_timeout),
            ("write_timeout", self.write_timeout),
            ("close_timeout", self.close_timeout),
            ("shutdown_timeout", self.shutdown_timeout),
            ("upgrade_timeout", self.upgrade_timeout),
            ("body_timeout", self.body_timeout),
            ("attachments_timeout", self.attachments_timeout),
            ("recovery", self.recovery.map_or(RecoveryLimits::DEFAULT.window, |recovery| recovery.window)),
        ];
        for (name, time) in times {
            demand(time >= Duration::from_millis(1), &format!("`{name}` is at least 1 ms"));
            demand(time <= LONGEST, &format!("`{name}` is at most a year"));
        }
        demand(self.handler_grace <= LONGEST, "`handler_grace` is at most a year");
        demand(self.max_payload > 0, "`max_payload` is at least 1 byte");
        demand(u32::try_from(self.max_payload).is_ok(), "`max_payload` is below 4 GiB");
        demand(self.outbox.messages > 0, "`outbox_messages` is at least 1");
        demand(self.outbox.bytes > 0, "`outbox_bytes` is at least 1 byte");
        demand(self.inbox_events > 0, "`inbox_events` is at least 1");
        demand(self.max_concurrent > 0, "`max_concurrent` is at least 1");
        demand(self.frames_per_turn > 0, "`frames_per_turn` is at least 1");
        demand(self.max_namespaces > 0, "`max_namespaces` is at least 1");
        demand(
            self.parser == Parser::Json || cfg!(feature = "msgpack"),
            "the parser `MessagePack` needs the feature `msgpack` of the crate `socketio`",
        );
        demand(self.recovery.is_none_or(|recovery| recovery.events > 0), "`recovery_events` is at least 1");
        demand(
            self.recovery.is_none_or(|recovery| recovery.bytes > 0),
            "`recovery_bytes` is at least 1 byte",
        );
        demand(
            self.session_cookie.as_ref().is_none_or(|name| {
                let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
                !name.is_empty() && name.bytes().all(is_token)
            }),
            "`session_cookie` is a name of letters, digits, `-`, `_` and `.`",
        );
        if let Origins::Listed(origins) = &self.origins {
            for origin in origins {
                let valid = origin.split_once("://").is_some_and(|(scheme, host)| {
                    !scheme.is_empty() && !host.is_empty() && !host.contains('/')
                });
                demand(valid, &format!("origin {origin:?} has the form `https://host[:port]`"));
            }
        }
        faults
    }
}

/// An `Instant` plus this is still an `Instant`.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
