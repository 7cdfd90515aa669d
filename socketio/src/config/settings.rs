//! Limits and times of one server, validated when it is built.

use std::time::Duration;

use super::{
    Deflate, Overflow, Parser, SameSite,
    origins::{self, Origins},
    table::{amount, settings},
};
use crate::{
    error::{Fault, FaultKind},
    wire::Wire,
};

settings! {
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
    #[must_use = "each method returns the changed settings: give them to `SocketIoBuilder::config`"]
    pub struct Config;

    table {
        /// How often the server asks whether the peer is alive.
        ping_interval: Duration = 25 s, at least 1 ms, at most 1 year;
        /// How long the peer may stay silent after that. Any frame counts as life.
        ping_timeout: Duration = 20 s, at least 1 ms, at most 1 year;
        /// How long a Socket.IO client may take from the opened connection to its first namespace.
        connect_timeout: Duration = 45 s, at least 1 ms, at most 1 year;
        /// How long the connect handlers of a socket may take together.
        connect_handler_timeout: Duration = 30 s, at least 1 ms, at most 1 year;
        /// The largest message that a client may send, in bytes. A larger one ends the connection with 1009.
        max_payload: usize = 1_000_000 bytes, at least 1 byte, at most 4_294_967_295 bytes;
        /// How many bytes the query and the headers may have together of a request that opens a connection. They are kept
        /// as long as it lives, for [`Handshake`](crate::extract::Handshake) and the extractors of connect handlers. More
        /// is answered with 431.
        ///
        /// Node.js, and so the reference, takes as much.
        max_handshake: usize = 16 KiB;
        /// How long a client may pause in the middle of a message. Altogether a message may take this long, and as long as
        /// it takes at [`min_rate`](Self::min_rate).
        message_timeout: Duration = 30 s, at least 1 ms, at most 1 year;
        /// The least rate of a message, a body or a packet with attachments on its way in, in bytes per second: slower ones
        /// end as if nothing came. What waits when a connection ends is given up if it is taken more slowly.
        min_rate: usize = 1024 bytes, at least 1 byte;
        /// How many namespaces one Socket.IO connection may join.
        max_namespaces: usize = 64, at least 1;
        /// How many rooms one socket may join.
        max_rooms: usize = 1024;
        /// The longest name of an event, a room, a namespace or a [`uuid`](crate::Socket::set_uuid). Names in macros have
        /// at most 256 bytes.
        max_name: usize = 256 bytes, at least 1 byte, at most 65_535 bytes;
        /// The longest `auth` of a Socket.IO client, as JSON. A longer one is refused with `auth_too_long`.
        max_auth: usize = 8 KiB, at least 2 bytes;
        /// How many things may wait that one client has caused: events, errors, handlers of any kind that wait, answers that the
        /// program has not fetched. Then reading stops, and TCP slows the peer down. Together they may have
        /// [`max_payload`](Self::max_payload) bytes.
        inbox_events: usize = 64, at least 1;
        /// How many `concurrent` handlers of one socket may run alongside its other events. The next one holds these
        /// up.
        max_concurrent: usize = 16, at least 1;
        /// How many frames of one connection are handled before its answers are written and the other connections
        /// get their turn.
        frames_per_turn: usize = 64, at least 1;
        /// How many acknowledgements one socket may owe the server.
        max_pending_acks: usize = 1024;
        /// How long [`emit_with_ack`](crate::Socket::emit_with_ack) and [`ask`](crate::Socket::ask) wait.
        ack_timeout: Duration = 30 s, at least 1 ms, at most 1 year;
        /// How long a running handler may go on after its socket has ended.
        handler_grace: Duration = 30 s, at most 1 year;
        /// How long a peer may refuse to take any byte before the server gives the connection up. Never less than the
        /// heartbeat would wait, [`ping_interval`](Self::ping_interval) and [`ping_timeout`](Self::ping_timeout) together:
        /// giving up earlier gains nothing.
        write_timeout: Duration = 10 s, at least 1 ms, at most 1 year;
        /// How long the closing handshake may take, from the last byte that the peer has taken of what waited.
        close_timeout: Duration = 5 s, at least 1 ms, at most 1 year;
        /// How long [`SocketIo::close`](crate::SocketIo::close) waits for everything to end.
        shutdown_timeout: Duration = 30 s, at least 1 ms, at most 1 year;
        /// How many connections may be unfinished at once, with no socket accepted yet. If there are as many, the oldest
        /// one that waits for its client makes room, after a second at least; if there is none, the new one is answered
        /// with 503.
        max_connecting: usize = 10_000;
        /// How much of [`max_connecting`](Self::max_connecting), [`max_sessions`](Self::max_sessions),
        /// [`max_dynamic_namespaces`](Self::max_dynamic_namespaces) and of the places of those that may
        /// [recover](Self::recovery) one address may hold: an IPv4 address, or a /64 of
        /// IPv6. Its own oldest makes room then, and nobody else.
        ///
        /// A quarter lets a thousand people that share one address (NAT) lose their connections and return in the same
        /// moment: 2 500 unfinished connections, and as many namespaces by a pattern; with `max_sessions(10_000)`, two
        /// tabs each. Four addresses that fill everything still leave newcomers a place, because the oldest makes room.
        ///
        /// The address is the connection's, if the application is served with
        /// `into_make_service_with_connect_info::<SocketAddr>()`, or what [`trusted_proxies`](Self::trusted_proxies)
        /// say. If neither is known there are no shares. Behind a proxy that is not named there, all clients are one
        /// address: name it, or set 100.
        ///
        /// With [`socketio::serve`](crate::serve()) and without trusted proxies, one network connection (keep-alive, HTTP/2)
        /// holds that share of the share of its address: 625 unfinished connections.
        share_per_address: usize = 25 percent, at least 1 percent, at most 100 percent;
        /// Whether clients that asked for an acknowledgement are answered with an error, for unknown events, wrong
        /// payloads and errors of handlers. `false` keeps the silence of the reference implementation.
        error_acks: bool = true;
        /// How long a client that polls may take to change over to a WebSocket or another stream. After that the stream is
        /// closed, and the session stays on polling. As long may the first packet of a [stream](crate::SocketIo::open_stream)
        /// take.
        upgrade_timeout: Duration = 10 s, at least 1 ms, at most 1 year;
        /// How long a client may pause in the middle of a POST's body. Altogether a body may take this long, and as long as
        /// it takes at [`min_rate`](Self::min_rate).
        body_timeout: Duration = 30 s, at least 1 ms, at most 1 year;
        /// How long a client may pause between and in the attachments of a packet. Altogether they may take this long, and
        /// as long as they take at [`min_rate`](Self::min_rate).
        attachments_timeout: Duration = 30 s, at least 1 ms, at most 1 year;
        /// Whether clients that poll are offered to change over to a WebSocket.
        allow_upgrades: bool = true;
        /// Whether clients that poll may ask for answers that are scripts (JSONP, `j=0` in the query), as browsers without
        /// CORS do, which are those of before 2012. A script is not protected by the browser: it is answered only if the
        /// request shows that it comes from a page of the server's own host, by `Sec-Fetch-Site`, `Origin` or `Referer`.
        jsonp: bool = false;
        /// How long a question to the other nodes of a cluster may take: `fetch_sockets`, `rooms`,
        /// `server_side_emit_with_ack`.
        cluster_timeout: Duration = 5 s, at least 1 ms, at most 1 year;
        /// Whether clients of Socket.IO 2 (Engine.IO 3) are served as well, on the same path. They are in `/` without asking,
        /// their `auth` is the query of a namespace's name, and they compute their `socket.id` themselves: it is not the
        /// server's, which would be the secret id of the session. Not with the parser
        /// [`MessagePack`](crate::config::Parser::MessagePack). Off, because new programs have no such clients.
        allow_v3: bool = false;
        /// Whether clients that poll are offered WebTransport as well. For a program that takes its sessions: with the
        /// crate `socketio-webtransport`, or with [`open_stream`](crate::SocketIo::open_stream) and a library of its own.
        /// Off, because a client that is offered it tries it first, and waits for that.
        webtransport: bool = false;
        /// Whether the cookie of [`session_cookie`](Self::session_cookie) is `Secure`: browsers send it over HTTPS only.
        ///
        /// The server may be behind a proxy that ends TLS, so it cannot know. Switch it on where clients use HTTPS.
        session_cookie_secure: bool = false;
        /// How many namespaces that were made by a pattern (`/org/{id}`) may live at once. Empty ones are removed. One
        /// that clients may still reconnect to makes room for a new one.
        max_dynamic_namespaces: usize = 10_000;
        /// How many namespaces by a pattern one connection may bring to life; those that others have made are not
        /// counted.
        ///
        /// A client that is in a few organizations needs a few. 10 000 in total are 625 connections that use all of
        /// theirs, and [one address](Self::share_per_address) holds a quarter of them.
        max_own_namespaces: usize = 16;
    }

    others {
        path: String = "/socket.io".to_owned();
        outbox: OutboxLimits = OutboxLimits::DEFAULT;
        max_sessions: Option<usize> = None;
        trusted_proxies: Option<TrustedProxies> = None;
        origins: Origins = Origins::Same;
        session_cookie: Option<String> = None;
        session_cookie_same_site: SameSite = SameSite::Lax;
        parser: Parser = Parser::Json;
        recovery: Option<RecoveryLimits> = None;
        deflate: Option<Deflate> = None;
    }
}

/// How much is kept for clients that reconnect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecoveryLimits {
    pub(crate) window: Duration,
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    pub(crate) sessions: usize,
}

impl RecoveryLimits {
    const DEFAULT: Self =
        Self { window: Duration::from_secs(120), events: 50_000, bytes: 64 * 1024 * 1024, sessions: 100_000 };
}

/// How much may wait for one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutboxLimits {
    pub(crate) messages: u32,
    pub(crate) bytes: usize,
    pub(crate) overflow: Overflow,
    /// Beyond the limits, how long a client may take nothing.
    pub(crate) stall_timeout: Duration,
    pub(crate) ceiling: Option<usize>,
}

impl OutboxLimits {
    pub(crate) const DEFAULT: Self = Self {
        messages: 1024,
        bytes: amount!(1024 KiB),
        overflow: Overflow::Disconnect,
        stall_timeout: amount!(30 s),
        ceiling: None,
    };

    /// Bytes that may be on the way to one client at the very most.
    pub(crate) fn ceiling(&self) -> usize {
        self.ceiling.unwrap_or_else(|| self.bytes.saturating_mul(4).max(amount!(16384 KiB)))
    }
}

/// Which proxies write the address of a client down, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrustedProxies {
    pub(crate) header: String,
    pub(crate) count: usize,
}

impl Config {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The times and bounds of gofiber's `socketio` package, for programs that move from it: a ping each second,
    /// 3 s of silence, messages of at most 1 MiB, 100 that wait, and pages of any origin.
    ///
    /// A client that reads too slowly is disconnected; emitting never blocks.
    pub fn gofiber() -> Self {
        Self::new()
            .ping_interval(Duration::from_secs(1))
            .ping_timeout(Duration::from_secs(2))
            .write_timeout(Duration::from_secs(10))
            .max_payload(1024 * 1024)
            .outbox_messages(100)
            .outbox_bytes(100 * 1024 * 1024)
            .outbox_ceiling(100 * 1024 * 1024)
            .any_origin()
    }

    /// The name of a cookie that holds the id of the Engine.IO session, for load balancers that need one to be
    /// sticky: `Path=/; HttpOnly; SameSite=Lax`, as the reference's. Default: no cookie.
    ///
    /// [`session_cookie_same_site`](Self::session_cookie_same_site) and [`session_cookie_secure`](Self::session_cookie_secure)
    /// change what follows the name.
    pub fn session_cookie(mut self, name: impl Into<String>) -> Self {
        self.session_cookie = Some(name.into());
        self
    }

    /// From which pages browsers send the cookie of [`session_cookie`](Self::session_cookie). Default: [`SameSite::Lax`], from
    /// pages of the same site, as the reference; it is what browsers do by themselves.
    ///
    /// For pages of other sites, which [`origins`](Self::origins) must list and whose clients have `withCredentials`:
    ///
    /// ```
    /// use socketio::{Config, config::SameSite};
    ///
    /// let config = Config::new()
    ///     .origins(["https://app.example"])
    ///     .session_cookie("io")
    ///     .session_cookie_same_site(SameSite::None)
    ///     .session_cookie_secure(true);
    /// ```
    pub fn session_cookie_same_site(mut self, same_site: SameSite) -> Self {
        self.session_cookie_same_site = same_site;
        self
    }

    /// Turns connection state recovery on: a Socket.IO client that was cut off and reconnects within `window` has
    /// its id, rooms and [data](crate::Socket::set_data) again, and gets exactly what it missed, in order.
    ///
    /// Kept are the last 50 000 events and 64 MiB of all namespaces together ([`recovery_events`](Self::recovery_events),
    /// [`recovery_bytes`](Self::recovery_bytes)), and the sockets of 100 000 clients that may reconnect.
    /// A client that has missed more than is kept gets a fresh socket and finds that out. Default: off; 120 s are usual.
    pub fn recovery(mut self, window: Duration) -> Self {
        self.recovery = Some(RecoveryLimits { window, ..self.recovery.unwrap_or(RecoveryLimits::DEFAULT) });
        self
    }

    /// How many events are kept for clients that reconnect, of all namespaces together, and turns
    /// [`recovery`](Self::recovery) on: so many that went to several sockets, and as many again that went to single ones.
    ///
    /// Where there are more, the namespace that has most in the log loses its oldest, or of single sockets the one that
    /// has most: what one client makes the server say costs the others nothing. A single socket has at most what
    /// [may wait](Self::outbox_messages) for it. Default: 50 000.
    pub fn recovery_events(mut self, events: usize) -> Self {
        self.recovery = Some(RecoveryLimits { events, ..self.recovery.unwrap_or(RecoveryLimits::DEFAULT) });
        self
    }

    /// How many bytes of events are kept for clients that reconnect, and turns [`recovery`](Self::recovery) on: counted
    /// as [`recovery_events`](Self::recovery_events), so that there are twice as many at most. Default: 64 MiB.
    pub fn recovery_bytes(mut self, bytes: usize) -> Self {
        self.recovery = Some(RecoveryLimits { bytes, ..self.recovery.unwrap_or(RecoveryLimits::DEFAULT) });
        self
    }

    /// How Socket.IO packets are written. Default: [`Parser::Json`].
    pub fn parser(mut self, parser: Parser) -> Self {
        self.parser = parser;
        self
    }

    /// Compresses messages for clients that offer it: permessage-deflate on WebSockets, gzip for those that poll. Needs the
    /// feature `deflate`. Default: off.
    ///
    /// A secret next to text that a client chooses leaks through the length of what was compressed (CRIME, BREACH): mark such
    /// events with `#[event("name", compress = false)]`.
    pub fn deflate(mut self, deflate: Deflate) -> Self {
        self.deflate = Some(deflate);
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

    /// How many messages may wait for one client before it counts as slow: see [`Overflow`]. Default: 1024.
    pub fn outbox_messages(mut self, messages: u32) -> Self {
        self.outbox.messages = messages;
        self
    }

    /// How many bytes of messages may wait for one client before it counts as slow: see [`Overflow`]. Default: 1 MiB.
    pub fn outbox_bytes(mut self, bytes: usize) -> Self {
        self.outbox.bytes = bytes;
        self
    }

    /// What happens when more waits for a client than the outbox should hold. Default: [`Overflow::Disconnect`].
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.outbox.overflow = overflow;
        self
    }

    /// With [`Overflow::Disconnect`]: how long a client for which more waits than the outbox should hold may take nothing
    /// before its connection ends. Default: 30 s, which is a tunnel and the time that TCP needs to notice its end; at most
    /// 1 year.
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.outbox.stall_timeout = timeout;
        self
    }

    /// How many bytes may be on their way to one client at the very most. Everything counts: messages and 64 bytes for
    /// each, what sockets emit while they connect, the protocol's own packets, and answers to GETs until the client has
    /// taken them; not what it has [missed](Self::recovery). At the ceiling the connection ends, or messages are dropped,
    /// as [`overflow`](Self::overflow) says, however fast the client reads; packets of the protocol end it in any case. A
    /// single message may be larger if nothing else waits.
    ///
    /// Default: 16 MiB, or four times [`outbox_bytes`](Self::outbox_bytes) if that is more; at least `outbox_bytes`.
    pub fn outbox_ceiling(mut self, bytes: usize) -> Self {
        self.outbox.ceiling = Some(bytes);
        self
    }

    /// How long a peer may take nothing.
    pub(crate) fn write_limit(&self) -> Duration {
        self.write_timeout.max(self.ping_interval + self.ping_timeout)
    }

    /// How many connections there may be in total; more get 503. Default: no limit.
    pub fn max_sessions(mut self, max: usize) -> Self {
        self.max_sessions = Some(max);
        self
    }

    /// `count` proxies, one after another, each add the address of their client to the end of this header
    /// (`x-forwarded-for`): the address of the client is the `count`th from the end. For a header that one proxy
    /// overwrites (`x-real-ip`, `cf-connecting-ip`), it is 1. A port after the address is ignored.
    ///
    /// The address is what the [share](Self::share_per_address) counts for. Make sure that clients cannot reach the
    /// server around the proxies: they could write any address. Default: none, and headers are not looked at.
    pub fn trusted_proxies(mut self, header: impl Into<String>, count: usize) -> Self {
        self.trusted_proxies = Some(TrustedProxies { header: header.into(), count });
        self
    }

    /// What may be held over one network connection: that share of the share of its address.
    pub(crate) fn share_of_line(&self, total: usize) -> usize {
        self.share(self.share(total))
    }

    /// What one address may hold of so many; one at least.
    pub(crate) fn share(&self, total: usize) -> usize {
        let share = total as u128 * self.share_per_address as u128 / 100;
        // not more than the total, as the percentage is checked
        usize::try_from(share).unwrap_or(total).max(usize::from(total > 0))
    }

    /// Web pages of these origins may connect, besides those of the server's own host. Default: only those.
    ///
    /// ```
    /// let config = socketio::Config::new().origins([
    ///     "https://app.example.com",
    ///     "https://*.example.com",  // every host below it, not itself
    ///     "http://localhost:5173",  // a development server
    ///     "capacitor://localhost",  // an application
    ///     "file://",                // Electron, Cordova
    /// ]);
    /// ```
    /// An origin is scheme, host and port, where the usual port may be left out. Native clients that send the URL they
    /// open (`wss://api.example.com`) count as `https://` or `http://`.
    ///
    /// `"null"` is the origin of files and of sandboxed frames. Every page can make itself such a frame, so list it only
    /// where cookies mean nothing; as with [`any_origin`](Self::any_origin), it may not read answers to requests with cookies.
    ///
    /// One that can match nobody (`"https://a.example/"`, one with a blank, a `*` elsewhere) is a fault of
    /// [`build`](crate::SocketIoBuilder::build).
    pub fn origins<I: IntoIterator<Item: Into<String>>>(mut self, origins: I) -> Self {
        self.origins = Origins::Listed(origins.into_iter().map(Into::into).collect());
        self
    }

    /// Any web page may connect. A page then acts with the cookies of the user who looks at it: use this only where
    /// cookies mean nothing.
    pub fn any_origin(mut self) -> Self {
        self.origins = Origins::Any;
        self
    }

    /// All faults at once.
    pub(crate) fn faults(&self) -> Vec<Fault> {
        let mut faults = vec![];
        let mut fault = |setting: &'static str, message: String| {
            faults.push(Fault::new(FaultKind::Setting(setting), format!("config: {message}")));
        };
        let mut bounds = self.out_of_bounds();
        let mut demand = |holds: bool, setting, must: &'static str| {
            if !holds {
                bounds.push((setting, must));
            }
        };
        demand(self.path.starts_with('/'), "path", "starts with `/`");
        demand(self.outbox.messages > 0, "outbox_messages", "is at least 1");
        demand(self.outbox.bytes > 0, "outbox_bytes", "is at least 1 byte");
        demand(self.outbox.ceiling() >= self.outbox.bytes, "outbox_ceiling", "is at least `outbox_bytes`");
        demand(self.outbox.stall_timeout <= amount!(1 year), "stall_timeout", "is at most 1 year");
        if let Some(RecoveryLimits { window, events, bytes, .. }) = self.recovery {
            demand(window >= amount!(1 ms), "recovery", "is at least 1 ms");
            demand(window <= amount!(1 year), "recovery", "is at most 1 year");
            demand(events > 0, "recovery_events", "is at least 1");
            demand(bytes > 0, "recovery_bytes", "is at least 1 byte");
        }
        let is_token = |name: &String| {
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !name.is_empty() && name.bytes().all(is_part)
        };
        demand(
            self.session_cookie.as_ref().is_none_or(is_token),
            "session_cookie",
            "is a name of letters, digits, `-`, `_` and `.`",
        );
        if self.session_cookie_same_site == SameSite::None && !self.session_cookie_secure {
            let must =
                "is `SameSite::None` only with `session_cookie_secure(true)`: browsers drop such a cookie";
            bounds.push(("session_cookie_same_site", must));
        }
        bounds.extend(self.deflate.iter().flat_map(Deflate::faults));
        if let Some(TrustedProxies { header, count }) = &self.trusted_proxies {
            let mut demand = |holds: bool, must| {
                if !holds {
                    bounds.push(("trusted_proxies", must));
                }
            };
            demand(http::HeaderName::from_bytes(header.as_bytes()).is_ok(), "names a header");
            demand((1..=16).contains(count), "counts 1 to 16 proxies");
        }
        for (setting, must) in bounds {
            fault(setting, format!("`{setting}` {must}"));
        }
        if self.parser == Parser::MessagePack && cfg!(not(feature = "msgpack")) {
            let message = "the parser `MessagePack` needs the feature `msgpack` of the crate `socketio`";
            fault("parser", message.to_owned());
        }
        if self.deflate.is_some() && cfg!(not(feature = "deflate")) {
            fault("deflate", "`deflate` needs the feature `deflate` of the crate `socketio`".to_owned());
        }
        if let Origins::Listed(listed) = &self.origins {
            for origin in listed {
                if let Err(wrong) = origins::check(origin) {
                    fault("origins", format!("origin {origin:?} {wrong}"));
                }
            }
        }
        faults
    }
}
