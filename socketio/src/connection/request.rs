//! What requests bring to the session of a polling client.

use std::fmt;

use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{Payload, Stream};
use crate::proto::{deflate::Agreement, engine::Revision};

/// What a request of a polling client brings to its session. Dropping it answers that there is no session.
pub(crate) enum SessionRequest {
    /// A GET, which waits for packets.
    Poll(oneshot::Sender<PollReply>),
    /// The body of a POST, answered when its packets are handled.
    Post { body: PostBody, done: oneshot::Sender<()> },
    /// Another POST came before the last one was complete, or one that cannot be read: the session ends.
    Violation,
    /// A WebSocket, or another stream, to change over to.
    Upgrade(Box<Upgrade>),
}

/// What a POST has brought.
pub(crate) enum PostBody {
    Text(Utf8Bytes),
    /// In revision 3 only.
    Bytes(Vec<u8>),
}

impl PostBody {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }
}

/// A stream to change over to, and what was read of it already.
pub(crate) struct Upgrade {
    pub(crate) stream: Stream,
    pub(crate) early: Vec<u8>,
    pub(crate) framing: Framing,
}

/// How packets stand on a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// In the frames of a WebSocket, for which this goes.
    WebSocket(Terms),
    /// With their lengths.
    Packets,
}

/// What goes for the frames of a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Terms {
    /// The client takes text only: binary packets go out as base64.
    pub(crate) base64: bool,
    pub(crate) revision: Revision,
    /// What was agreed on about compression.
    pub(crate) deflate: Option<Agreement>,
}

/// The answer to a GET.
#[derive(Debug)]
pub(crate) enum PollReply {
    Payload(Payload),
    /// Another GET was waiting already: the session ends.
    Duplicate,
    /// The session has changed over to its WebSocket.
    Overtaken,
}

impl SessionRequest {
    /// The session has changed over to its WebSocket before it could take this.
    pub(crate) fn overtake(self) {
        if let Self::Poll(poll) = self {
            let _ = poll.send(PollReply::Overtaken);
        }
    }

    /// The owner task does not want it.
    pub(crate) fn refuse(self) {
        if let Self::Poll(poll) = self {
            let _ = poll.send(PollReply::Duplicate);
        }
    }
}

impl fmt::Debug for SessionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Poll(_) => "Poll",
            Self::Post { .. } => "Post",
            Self::Violation => "Violation",
            Self::Upgrade(_) => "Upgrade",
        })
    }
}
