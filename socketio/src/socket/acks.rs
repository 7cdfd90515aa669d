//! Acknowledgements that the server asked a client for.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{mpsc, oneshot};

use super::SocketId;
use crate::{
    connection::{Awaited, Charge, Mailbox},
    error::{AckError, ClientError, DecodeError},
    handler::Body,
    proto::json,
};

/// The acknowledgements that one socket owes: nothing is allocated before the first.
#[derive(Debug, Default)]
pub(crate) struct PendingAcks(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// No more are taken: the socket has ended.
    closed: bool,
    pending: Option<Box<Pending>>,
}

#[derive(Debug, Default)]
struct Pending {
    last: u32,
    waiting: HashMap<u32, Waiting>,
}

/// Who waits for an answer.
#[derive(Debug)]
struct Waiting {
    to: Receiver,
    _awaited: Awaited,
}

#[derive(Debug)]
enum Receiver {
    One(oneshot::Sender<Answer>),
    /// Somebody who asked many: the answer goes there with the id of this socket.
    Broadcast(SocketId, Waiter),
}

/// Who waits for the answers to a broadcast.
#[derive(Clone)]
pub(crate) enum Waiter {
    /// Somebody of this process. There are as many answers as receivers: that is its bound.
    Here(mpsc::UnboundedSender<(SocketId, Answer)>),
    /// Another node.
    There(Arc<dyn TakesAnswer>),
}

/// Takes the answers to a broadcast. It must not wait.
pub(crate) trait TakesAnswer: Send + Sync {
    fn take(&self, id: SocketId, answer: Answer);
}

impl Waiter {
    /// Nobody may be waiting any more: then the answer is of no use.
    fn send(&self, id: SocketId, answer: Answer) {
        match self {
            Self::Here(sender) => {
                let _ = sender.send((id, answer));
            }
            Self::There(taker) => taker.take(id, answer),
        }
    }
}

impl fmt::Debug for Waiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Here(_)) { "Here" } else { "There" })
    }
}

impl Waiting {
    /// Nobody may be waiting any more: then the answer is of no use.
    fn send(self, answer: Answer) {
        match self.to {
            Receiver::One(sender) => {
                let _ = sender.send(answer);
            }
            Receiver::Broadcast(id, waiter) => waiter.send(id, answer),
        }
    }
}

/// What became of a pending acknowledgement.
pub(crate) type Answer = Result<Reply, AckError>;

/// What the peer answered, as it came: the connection is charged for it until it is fetched.
#[derive(Debug)]
pub(crate) struct Reply {
    body: Body,
    /// It is an error.
    is_error: bool,
    _charge: Charge,
}

impl Reply {
    fn new(mailbox: &Arc<Mailbox>, body: Body, is_error: bool) -> Self {
        let charge = Charge::new(mailbox, body.len());
        Self { body, is_error, _charge: charge }
    }

    /// The arguments.
    ///
    /// # Errors
    /// If the peer has answered with an error. It is read only here, because what it is read into may be much larger.
    pub(crate) fn body(&self) -> Result<&Body, AckError> {
        match &self.body {
            Body::Json { frame, span } if self.is_error => {
                let value = &frame.as_str()[span.range()];
                Err(match serde_json::from_str(value) {
                    Ok(value) => AckError::Refused(value),
                    // nested too deeply
                    Err(error) => {
                        DecodeError::new(ClientError::bad_payload(json::describe(value, &error))).into()
                    }
                })
            }
            body => Ok(body),
        }
    }
}

/// Ids of one socket are `1..=MAX_ID`; larger ones belong to broadcasts.
const MAX_ID: u32 = (1 << 30) - 1;

impl PendingAcks {
    /// A new id, and where its answer will come.
    pub(crate) fn add(
        &self,
        mailbox: &Arc<Mailbox>,
        max: usize,
    ) -> Result<(u32, oneshot::Receiver<Answer>), AckError> {
        let mut state = self.lock();
        if state.closed {
            return Err(AckError::Disconnected);
        }
        let pending = state.pending.get_or_insert_default();
        if pending.waiting.len() >= max {
            return Err(AckError::TooMany);
        }
        // ends because fewer than all ids are waiting
        loop {
            pending.last = if pending.last == MAX_ID { 1 } else { pending.last + 1 };
            if !pending.waiting.contains_key(&pending.last) {
                break;
            }
        }
        let (sender, receiver) = oneshot::channel();
        let waiting = Waiting { to: Receiver::One(sender), _awaited: Awaited::new(mailbox) };
        pending.waiting.insert(pending.last, waiting);
        Ok((pending.last, receiver))
    }

    /// An answer to a broadcast is to come from this socket. `false`: it cannot.
    pub(crate) fn expect(
        &self,
        mailbox: &Arc<Mailbox>,
        id: u32,
        socket: SocketId,
        waiter: Waiter,
        max: usize,
    ) -> bool {
        let mut state = self.lock();
        if state.closed {
            return false;
        }
        let pending = state.pending.get_or_insert_default();
        if pending.waiting.len() >= max {
            return false;
        }
        let to = Receiver::Broadcast(socket, waiter);
        pending.waiting.insert(id, Waiting { to, _awaited: Awaited::new(mailbox) });
        true
    }

    /// The peer answered, with an error or with a value. Unknown ids are ignored: the answer may just be late. Returns `true`
    /// if somebody was waiting.
    pub(crate) fn answer(&self, mailbox: &Arc<Mailbox>, id: u64, body: Body, is_error: bool) -> bool {
        let Ok(id) = u32::try_from(id) else { return false };
        let waiting = self.lock().pending.as_mut().and_then(|pending| pending.waiting.remove(&id));
        let is_awaited = waiting.is_some();
        if let Some(waiting) = waiting {
            waiting.send(Ok(Reply::new(mailbox, body, is_error)));
        }
        is_awaited
    }

    /// Nobody waits for this one any more. Returns `true` if it was outstanding.
    pub(crate) fn forget(&self, id: u32) -> bool {
        let mut state = self.lock();
        state.pending.as_mut().is_some_and(|pending| pending.waiting.remove(&id).is_some())
    }

    #[cfg(test)]
    pub(crate) fn are_pending(&self) -> bool {
        self.lock().pending.as_ref().is_some_and(|pending| !pending.waiting.is_empty())
    }

    /// Fails everything that is pending; returns how much that was.
    pub(crate) fn fail(&self, error: &AckError) -> usize {
        let waiting = self.lock().pending.take();
        let count = waiting.as_ref().map_or(0, |pending| pending.waiting.len());
        for (_, waiting) in waiting.into_iter().flat_map(|pending| pending.waiting) {
            waiting.send(Err(error.clone()));
        }
        count
    }

    /// Fails everything that is pending, and whatever is asked for later; returns how much was pending.
    pub(crate) fn close(&self) -> usize {
        self.lock().closed = true;
        self.fail(&AckError::Disconnected)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
