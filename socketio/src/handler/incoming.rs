//! One event on its way to a handler: everything its arguments are extracted from.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;

use super::{AckRequest, Body, Lifecycle, Name, Outcome};
use crate::{
    cluster::Packed,
    error::{ClientError, EncodeError, code},
    event::Payload,
    hub::Hub,
    namespace::Namespace,
    node::NodeId,
    socket::Socket,
};

/// One event on its way to one handler.
///
/// It owns the frame, so that a handler's future, which owns the event, may borrow from it.
#[derive(Debug, Clone)]
#[doc(hidden)]
pub struct Incoming {
    pub(crate) origin: Origin,
    pub(crate) name: Name,
    pub(crate) body: Body,
    pub(crate) ack: AckRequest,
}

/// An event, or a moment of a socket's life, on its way to its handlers: what gates and middleware see of it.
///
/// It owns the frame it came in: cloning it copies nothing.
#[derive(Debug, Clone)]
pub struct Call {
    pub(crate) incoming: Incoming,
    pub(crate) moment: Option<Lifecycle>,
}

impl Incoming {
    /// The socket of the event.
    ///
    /// # Panics
    /// If it is an event between nodes: no extractor of the framework asks for its socket.
    #[inline]
    pub(crate) fn socket(&self) -> &Socket {
        match &self.origin {
            Origin::Client(socket) => socket,
            Origin::Node(_) => panic!("an event between nodes has no socket"),
        }
    }

    /// Sends `value` to the peer that asked for an acknowledgement.
    pub fn answer<T: Payload + Serialize + ?Sized>(&self, value: &T) -> Outcome {
        let (id, once) = match &self.ack {
            AckRequest::Value(id) => (*id, None),
            // inside middleware, which may have answered instead
            AckRequest::Argument(once) if once.claim() => (once.id, Some(once)),
            AckRequest::None | AckRequest::Argument(_) => return Outcome::Answered,
        };
        let sent = match &self.origin {
            Origin::Client(socket) => socket.send_ack(id, value, T::SPREADS),
            Origin::Node(call) => call.answer(value),
        };
        match sent {
            Ok(()) => Outcome::Answered,
            Err(error) => {
                let shown = ClientError::new(code::INTERNAL, "the answer could not be encoded");
                // what becomes of an event between nodes is reported as a whole
                if let Origin::Client(socket) = &self.origin {
                    socket.core().report_not_encoded("an acknowledgement", &error);
                    if once.is_some() {
                        // nobody else can answer any more
                        socket.send_ack_error(id, &shown);
                    }
                }
                Outcome::Failed(shown)
            }
        }
    }

    /// The argument at `argument` could not be extracted.
    pub fn reject(&self, argument: usize, error: ClientError) -> Outcome {
        Outcome::Rejected { argument, error }
    }
}

/// Where an event comes from.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    /// A client, or a moment of its socket's life.
    Client(Socket),
    /// Another node.
    Node(Arc<NodeCall>),
}

/// An event between nodes, while it is handled.
pub(crate) struct NodeCall {
    pub(crate) hub: Arc<Hub>,
    namespace: Arc<Namespace>,
    from: NodeId,
    /// What the handler that answers returned.
    answer: Mutex<Option<Packed>>,
}

impl NodeCall {
    pub(crate) fn new(hub: Arc<Hub>, namespace: Arc<Namespace>, from: NodeId) -> Self {
        Self { hub, namespace, from, answer: Mutex::default() }
    }

    pub(crate) fn from(&self) -> &NodeId {
        &self.from
    }

    pub(crate) fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    fn answer<T: Serialize + ?Sized>(&self, value: &T) -> Result<(), EncodeError> {
        let answer = Packed::value(value)?;
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        Ok(())
    }

    pub(crate) fn take_answer(&self) -> Option<Packed> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for NodeCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeCall").field("from", &self.from).finish_non_exhaustive()
    }
}
