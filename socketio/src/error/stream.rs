//! Streams that do not become connections.

use http::StatusCode;

/// Why a [stream](crate::SocketIo::open_stream) did not become a connection.
///
/// ```
/// use socketio::error::StreamError;
///
/// assert_eq!(StreamError::Full.to_string(), "the server has as many connections as it may have");
/// assert_eq!(StreamError::Full.status().as_u16(), 503);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// A page of another origin may not connect: see [`Config::origins`](crate::Config::origins).
    #[error("pages of this origin may not connect")]
    ForeignOrigin,
    /// [`allow_request`](crate::SocketIoBuilder::allow_request) said no.
    #[error("refused: {0}")]
    Forbidden(crate::error::Refused),
    /// Query and headers are longer than [`max_handshake`](crate::Config::max_handshake).
    #[error("the query and the headers are too long together")]
    TooLong,
    /// It asks for another revision of Engine.IO than 4.
    #[error("streams are of revision 4 of Engine.IO only")]
    Version,
    /// The server [drains](crate::SocketIo::drain) or [closes](crate::SocketIo::close).
    #[error("the server is shutting down")]
    Draining,
    /// All [places](crate::Config::max_sessions) are taken, or the share of the address is.
    #[error("the server has as many connections as it may have")]
    Full,
    /// The first packet did not come within [`upgrade_timeout`](crate::Config::upgrade_timeout).
    #[error("the first packet did not come in its time")]
    Late,
    /// The stream ended before its first packet.
    #[error("the stream ended before its first packet")]
    Ended,
    /// The first packet is not one that opens a session, or names one.
    #[error("the first packet is not one of Engine.IO that opens a session")]
    Malformed,
    /// The first packet names a session that there is not, or that cannot change over: it has done so already, is doing so,
    /// or is of another revision.
    #[error("the first packet names a session that cannot change over")]
    Session,
}

impl StreamError {
    /// The status that answers a request which is refused for this.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::ForeignOrigin | Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::TooLong => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Draining | Self::Full => StatusCode::SERVICE_UNAVAILABLE,
            Self::Late => StatusCode::REQUEST_TIMEOUT,
            Self::Version | Self::Ended | Self::Malformed | Self::Session => StatusCode::BAD_REQUEST,
        }
    }
}
