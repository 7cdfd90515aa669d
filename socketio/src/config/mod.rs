//! Choices among the settings of a server. The settings themselves are in [`Config`].

pub(crate) mod settings;
mod table;

pub(crate) use self::settings::{Config, Origins, OutboxLimits, RecoveryLimits};

/// What happens to a message for a client that does not read fast enough.
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
    /// The connection ends with the reason [`SlowConsumer`](crate::DisconnectReason::SlowConsumer).
    #[default]
    Disconnect,
    /// The new message is dropped.
    DropNewest,
    /// The oldest waiting messages are dropped.
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
