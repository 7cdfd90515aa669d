//! Choices among the settings of a server. The settings themselves are in [`Config`].

mod deflate;
pub(crate) mod origins;
pub(crate) mod settings;
mod table;

pub use self::deflate::Deflate;
pub(crate) use self::settings::{Config, OutboxLimits, RecoveryLimits, TrustedProxies};

/// What happens when more waits for a client than its outbox should hold: more than
/// [`outbox_messages`](Config::outbox_messages) or [`outbox_bytes`](Config::outbox_bytes).
///
/// What a socket emitted while it was connecting does not count, nor what a client has
/// [missed](Config::recovery). Memory is bounded by [`outbox_ceiling`](Config::outbox_ceiling), whatever the policy.
///
/// ```
/// use socketio::{Config, config::Overflow};
///
/// // a dashboard: the newest figures matter
/// let config = Config::new().outbox_messages(16).outbox_bytes(64 * 1024).overflow(Overflow::DropOldest);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Overflow {
    /// Nothing, as long as the client takes something. The connection ends with the reason
    /// [`SlowConsumer`](crate::DisconnectReason::SlowConsumer) when it has taken nothing for
    /// [`stall_timeout`](Config::stall_timeout), or at the ceiling.
    #[default]
    Disconnect,
    /// The new message is dropped, if the client does not take more at the moment. One that polls is given 5 s to ask
    /// again.
    DropNewest,
    /// The oldest waiting messages are dropped, if the client does not take more at the moment. One that polls is given
    /// 5 s to ask again. Packets of the protocol are never dropped, nor is what was emitted while connecting.
    DropOldest,
}

/// How Socket.IO packets are written. The clients of a server must use the same: nothing negotiates it.
///
/// ```
/// use socketio::{Config, config::Parser};
///
/// let config = Config::new().parser(Parser::MessagePack);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Parser {
    /// JSON, with binary values as attachments: what clients use by default.
    #[default]
    Json,
    /// `socket.io-msgpack-parser`. Needs the feature `msgpack`.
    ///
    /// In browsers that parser sends bytes only from an `ArrayBuffer`: a `Uint8Array` arrives as an object.
    MessagePack,
}

/// From which pages browsers send the cookie of [`session_cookie`](Config::session_cookie):
/// [`session_cookie_same_site`](Config::session_cookie_same_site).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SameSite {
    /// From pages of the same site.
    Strict,
    /// From pages of the same site, and when a person follows a link to the server.
    #[default]
    Lax,
    /// From all pages: over HTTPS, with [`session_cookie_secure`](Config::session_cookie_secure).
    None,
}
