//! What an event carries, and who is to answer it.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::{close::DisconnectReason, error::SocketError, proto::Span};

/// What is handled: a name of the table, or one that only listens who listens to all.
#[derive(Debug, Clone)]
pub(crate) enum Name {
    Known(&'static str),
    /// As it came.
    Other(Arc<str>),
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Known(name) => name,
            Self::Other(name) => name,
        }
    }
}

/// What an event carries.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// Nothing.
    Empty,
    /// JSON inside a text frame.
    Json { frame: Utf8Bytes, span: Span },
    /// JSON whose placeholders stand for attachments.
    Attached(Arc<Attached>),
    /// A text frame as it came: the plain wire's `message`.
    Text(Utf8Bytes),
    /// A binary frame as it came; the payload of a ping.
    Binary(bytes::Bytes),
    /// The query of the request: the `Auth<T>` of a plain client.
    Query(Utf8Bytes),
    /// Why the socket ends.
    Reason(DisconnectReason),
    /// What went wrong.
    Error(Arc<SocketError>),
}

/// A packet that was put together from several frames.
#[derive(Debug)]
pub(crate) struct Attached {
    /// The text, and where its arguments stand.
    pub(crate) text: Utf8Bytes,
    pub(crate) args: Span,
    pub(crate) attachments: Vec<bytes::Bytes>,
}

impl Body {
    /// The bytes of its JSON inside a text frame.
    pub(crate) fn json_len(&self) -> usize {
        match self {
            Self::Json { span, .. } => span.range().len(),
            _ => 0,
        }
    }

    /// What the placeholders of its arguments stand for.
    pub(crate) fn attachments(&self) -> &[bytes::Bytes] {
        match self {
            Self::Attached(packet) => &packet.attachments,
            _ => &[],
        }
    }

    /// The bytes that this keeps in memory.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Json { frame, .. } | Self::Text(frame) => frame.len(),
            Self::Binary(bytes) => bytes.len(),
            Self::Attached(packet) => {
                packet.text.len() + packet.attachments.iter().map(bytes::Bytes::len).sum::<usize>()
            }
            Self::Query(query) => query.len(),
            Self::Error(error) => error.len(),
            // the text of a reason has at most 123 bytes
            Self::Empty | Self::Reason(_) => 0,
        }
    }
}

/// Did the peer ask for an acknowledgement, and who gives it?
#[derive(Debug, Clone)]
pub(crate) enum AckRequest {
    /// Nobody asked, or this handler is not the one that answers.
    None,
    /// The returned value answers.
    Value(u64),
    /// An `Ack<T>` argument answers.
    Argument(Arc<AckOnce>),
}

/// An answer that is given exactly once: by the `Ack`, or, when that is dropped unsent, by an error.
///
/// While the handler runs, a dropped `Ack` only leaves a note: the handler may still return an error, reject
/// another argument or panic, and that says more than `unanswered`.
#[derive(Debug)]
pub(crate) struct AckOnce {
    pub(crate) id: u64,
    state: AtomicU8,
}

/// The handler runs, and the `Ack` was not used.
const RUNNING: u8 = 0;

/// The handler has returned and the `Ack` lives on elsewhere.
const RETURNED: u8 = 1;

/// The `Ack` was dropped unsent while the handler ran: its caller answers.
const DROPPED: u8 = 2;

/// Done.
const ANSWERED: u8 = 3;

/// Inside middleware: the handler has failed, and the outermost layer answers. Its `Ack` does not any more.
const OWED: u8 = 4;

impl AckOnce {
    pub(crate) fn new(id: u64) -> Self {
        Self { id, state: AtomicU8::new(RUNNING) }
    }

    /// Is it still to be answered? Then it counts as answered from here on.
    pub(crate) fn claim(&self) -> bool {
        self.claim_if(|state| state < ANSWERED)
    }

    /// After a [claim](Self::claim): leaves the answer to the outermost layer of middleware.
    pub(crate) fn owe(&self) {
        self.state.store(OWED, Ordering::Release);
    }

    /// Is it up to the outermost layer to answer? Not if there was an answer, or if the `Ack` lives on after its handler
    /// has returned.
    pub(crate) fn take_over(&self) -> bool {
        self.claim_if(|state| matches!(state, RUNNING | DROPPED | OWED))
    }

    fn claim_if(&self, may: impl Fn(u8) -> bool) -> bool {
        let claimed = |state| may(state).then_some(ANSWERED);
        self.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, claimed).is_ok()
    }

    /// The `Ack` was dropped. Is it up to the caller to answer?
    pub(crate) fn dropped(&self) -> bool {
        let note = self.state.compare_exchange(RUNNING, DROPPED, Ordering::AcqRel, Ordering::Acquire);
        note == Err(RETURNED) && self.claim()
    }

    /// The handler has returned. Is it up to the caller to answer, because the `Ack` is gone?
    pub(crate) fn returned(&self) -> bool {
        let note = self.state.compare_exchange(RUNNING, RETURNED, Ordering::AcqRel, Ordering::Acquire);
        note == Err(DROPPED) && self.claim()
    }
}
