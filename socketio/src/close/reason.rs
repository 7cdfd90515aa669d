//! Why a socket ended.

use std::{fmt, sync::Arc};

use super::{CloseCode, CloseReason};

/// Why a socket ended.
///
/// ```
/// use socketio::{DisconnectReason, on};
///
/// #[on(disconnect)]
/// fn gone(reason: DisconnectReason) {
///     if !reason.is_clean() {
///         println!("{reason} ({})", reason.code());
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DisconnectReason {
    /// The peer sent a close frame. `code` is `None` where it gave none (a page that calls `close()`).
    ClientClose {
        /// The peer's code: 1000, 1001 and none are a clean end.
        code: Option<u16>,
        /// The peer's text.
        reason: CloseReason,
    },
    /// A Socket.IO client left the namespace.
    ClientDisconnect,
    /// The server ended the socket with [`close`](crate::Socket::close) or
    /// [`close_with`](crate::Socket::close_with).
    ServerClose {
        /// The code that was sent.
        code: CloseCode,
        /// The text that was sent.
        reason: CloseReason,
    },
    /// The server ended the socket with [`disconnect`](crate::Socket::disconnect).
    ServerDisconnect,
    /// The socket's time was over, and the program did not extend it: see
    /// [`expires_at`](crate::Socket::expires_at).
    Expired,
    /// The server [shuts down](crate::SocketIo::close).
    Shutdown,
    /// The connection ended without a closing handshake.
    TransportClose,
    /// Reading or writing failed.
    TransportError(std::io::ErrorKind),
    /// The peer was silent for longer than [`ping_timeout`](crate::Config::ping_timeout).
    PingTimeout,
    /// The peer took no byte for [`write_timeout`](crate::Config::write_timeout), while it sent some.
    WriteTimeout,
    /// Nothing came for [`message_timeout`](crate::Config::message_timeout) in the middle of a message or for
    /// [`attachments_timeout`](crate::Config::attachments_timeout) in the middle of a packet, or they came more slowly than
    /// [`min_rate`](crate::Config::min_rate).
    MessageTimeout,
    /// A Socket.IO client joined no namespace in time.
    ConnectTimeout,
    /// The peer broke the protocol.
    Protocol(Arc<str>),
    /// A text message was not UTF-8.
    InvalidUtf8,
    /// A compressed message could not be inflated.
    InvalidDeflate,
    /// A message was longer than [`max_payload`](crate::Config::max_payload).
    TooLong,
    /// More waited for the peer than the [outbox](crate::Config::outbox_bytes) should hold, and it took nothing for
    /// [`stall_timeout`](crate::Config::stall_timeout); or more than its [ceiling](crate::Config::outbox_ceiling).
    SlowConsumer,
}

impl DisconnectReason {
    pub(crate) fn protocol(what: impl fmt::Display) -> Self {
        Self::Protocol(what.to_string().into())
    }

    /// Did the socket end as it should? If not, an `error` event follows `disconnect`.
    pub fn is_clean(&self) -> bool {
        match self {
            Self::ClientClose { code, .. } => matches!(code, None | Some(1000 | 1001)),
            Self::ClientDisconnect
            | Self::ServerClose { .. }
            | Self::ServerDisconnect
            | Self::Expired
            | Self::Shutdown => true,
            Self::TransportClose
            | Self::TransportError(_)
            | Self::PingTimeout
            | Self::WriteTimeout
            | Self::MessageTimeout
            | Self::ConnectTimeout
            | Self::Protocol(_)
            | Self::InvalidUtf8
            | Self::InvalidDeflate
            | Self::TooLong
            | Self::SlowConsumer => false,
        }
    }

    /// May the client recover its socket, where recovery is on? Not if either side asked for the end, nor with credentials
    /// that are over.
    pub(crate) fn may_return(&self) -> bool {
        match self {
            Self::ClientDisconnect | Self::ServerDisconnect | Self::ServerClose { .. } | Self::Expired => {
                false
            }
            Self::ClientClose { .. }
            | Self::Shutdown
            | Self::TransportClose
            | Self::TransportError(_)
            | Self::PingTimeout
            | Self::WriteTimeout
            | Self::MessageTimeout
            | Self::ConnectTimeout
            | Self::Protocol(_)
            | Self::InvalidUtf8
            | Self::InvalidDeflate
            | Self::TooLong
            | Self::SlowConsumer => true,
        }
    }

    /// Does the reference send a close frame without a code for this end of a Socket.IO connection? Not for frames that
    /// break RFC 6455, which its WebSocket answers with their codes.
    pub(crate) fn has_bare_close(&self) -> bool {
        matches!(self, Self::Protocol(_) | Self::ConnectTimeout | Self::ClientClose { code: None, .. })
    }

    /// The close code in the sense of RFC 6455 section 7.1.5: 1005 where the peer gave none, 1006 where the
    /// connection just broke.
    pub fn code(&self) -> u16 {
        match self {
            Self::ClientClose { code, .. } => code.unwrap_or(1005),
            Self::ServerClose { code, .. } => code.get(),
            _ => self.close_code().map_or(1006, CloseCode::get),
        }
    }

    /// The code that the server sends when it ends a connection for this reason.
    pub(crate) fn close_code(&self) -> Option<CloseCode> {
        match self {
            Self::ServerClose { code, .. } => Some(*code),
            Self::ClientDisconnect | Self::ServerDisconnect => Some(CloseCode::NORMAL),
            Self::Shutdown => Some(CloseCode::GOING_AWAY),
            Self::Protocol(_) => Some(CloseCode::PROTOCOL),
            Self::InvalidUtf8 | Self::InvalidDeflate => Some(CloseCode::INVALID_PAYLOAD),
            Self::TooLong => Some(CloseCode::TOO_BIG),
            Self::SlowConsumer => Some(CloseCode::TRY_AGAIN_LATER),
            Self::ConnectTimeout | Self::MessageTimeout | Self::Expired => Some(CloseCode::POLICY),
            Self::ClientClose { .. }
            | Self::TransportClose
            | Self::TransportError(_)
            | Self::PingTimeout
            | Self::WriteTimeout => None,
        }
    }

    /// Are the events that were read before the end still handled?
    pub(crate) fn keeps_inbox(&self) -> bool {
        matches!(self, Self::ClientClose { .. } | Self::ClientDisconnect)
    }

    /// Socket.IO's word for the reason.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::ClientClose { .. } | Self::TransportClose => "transport close",
            Self::ClientDisconnect => "client namespace disconnect",
            Self::ServerClose { .. } => "forced server close",
            Self::ServerDisconnect | Self::Expired => "server namespace disconnect",
            Self::Shutdown => "server shutting down",
            Self::TransportError(_) | Self::WriteTimeout => "transport error",
            Self::PingTimeout => "ping timeout",
            Self::Protocol(_) | Self::InvalidUtf8 | Self::InvalidDeflate => "parse error",
            Self::MessageTimeout | Self::ConnectTimeout | Self::TooLong | Self::SlowConsumer => {
                "forced close"
            }
        }
    }
}

impl fmt::Display for DisconnectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())?;
        match self {
            Self::ClientClose { code: Some(code), reason } if !reason.as_str().is_empty() => {
                write!(f, " ({code}: {})", reason.as_str())
            }
            Self::ClientClose { code: Some(code), .. } => write!(f, " ({code})"),
            Self::TransportError(kind) => write!(f, " ({kind})"),
            Self::Expired => f.write_str(" (expired)"),
            Self::WriteTimeout => f.write_str(" (write timeout)"),
            Self::Protocol(what) => write!(f, " ({what})"),
            Self::InvalidUtf8 => f.write_str(" (invalid UTF-8)"),
            Self::InvalidDeflate => f.write_str(" (invalid compression)"),
            Self::TooLong => f.write_str(" (message too long)"),
            Self::SlowConsumer => f.write_str(" (slow consumer)"),
            Self::MessageTimeout => f.write_str(" (message timeout)"),
            Self::ConnectTimeout => f.write_str(" (connect timeout)"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_closes_is_not_an_error() {
        for (code, clean) in
            [(None, true), (Some(1000), true), (Some(1001), true), (Some(1002), false), (Some(4000), false)]
        {
            let reason = DisconnectReason::ClientClose { code, reason: CloseReason::default() };
            assert_eq!(reason.is_clean(), clean, "{code:?}");
        }
    }
}
