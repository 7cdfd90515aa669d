//! Running the handlers of one event, one after another, without letting a panic out.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    task::{Context, Poll},
};

use super::{AckOnce, AckRequest, Body, Incoming, Load};
use crate::{
    error::{ClientError, SocketError},
    extract::ConnectParts,
    handler::{Answers, BoxFuture, Call, Entry, EntryId, Handler, Lifecycle, Outcome},
    socket::Socket,
};

/// One event and how far its handlers have come.
pub(crate) struct Execution {
    pub(crate) purpose: Purpose,
    /// What the peer's limits count for it: events, and bytes of the frame.
    pub(crate) load: Load,
    /// Runs before the handlers: the plain wire's `on_upgrade`.
    callback: Option<BoxFuture>,
    /// `None`: nobody listens.
    entry: Option<EntryId>,
    /// The next of the entry's handlers.
    next: usize,
    incoming: Incoming,
    /// The id under which the peer wants an acknowledgement.
    pub(crate) ack: Option<u64>,
    /// Shared with an `Ack<T>` argument.
    once: Option<Arc<AckOnce>>,
    /// The acknowledgement is sent, or up to an `Ack` that lives on.
    answered: bool,
    /// What the peer is told if nobody answers with a value.
    failure: Option<ClientError>,
    /// The request, for connect handlers that read it.
    parts: ConnectParts,
}

/// What the handlers are run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Event,
    Lifecycle(Lifecycle),
}

/// A handler's future, and the execution it belongs to.
pub(crate) struct Running {
    pub(crate) execution: Execution,
    pub(crate) future: BoxFuture,
    pub(crate) handler: Option<&'static Handler>,
}

/// How one call of a handler ended, a panic included.
pub(crate) enum Ended {
    Outcome(Outcome),
    Panicked(String),
}

/// What comes next.
#[expect(
    clippy::large_enum_variant,
    reason = "lives on the stack for a moment; a box would be an allocation per event"
)]
pub(crate) enum Step {
    /// A handler waits.
    Wait(Box<Running>),
    /// All handlers are through, or the first that counts has failed.
    Finished(Execution),
}

enum Next {
    Continue(Execution),
    Step(Step),
}

impl Execution {
    pub(crate) fn new(
        socket: &Socket,
        entry: EntryId,
        purpose: Purpose,
        body: Body,
        ack: Option<u64>,
        load: Load,
    ) -> Self {
        let listeners = socket.core().namespace.table.entry(entry);
        let argument = listeners.answerer.is_some_and(|i| listeners.handlers[i].answers == Answers::Argument);
        Self {
            purpose,
            load,
            callback: None,
            entry: Some(entry),
            next: 0,
            incoming: Incoming { socket: socket.clone(), name: listeners.name, body, ack: AckRequest::None },
            ack,
            once: ack.filter(|_| argument).map(|id| Arc::new(AckOnce::new(id))),
            answered: false,
            failure: None,
            parts: ConnectParts::default(),
        }
    }

    /// The connect handlers of a socket, behind `callback`.
    pub(crate) fn connect(
        socket: &Socket,
        callback: Option<BoxFuture>,
        body: Body,
        parts: ConnectParts,
    ) -> Self {
        Self {
            purpose: Purpose::Lifecycle(Lifecycle::Connect),
            load: Load::default(),
            callback,
            entry: socket.core().namespace.table.slot(Lifecycle::Connect),
            next: 0,
            incoming: Incoming {
                socket: socket.clone(),
                name: Lifecycle::Connect.as_str(),
                body,
                ack: AckRequest::None,
            },
            ack: None,
            once: None,
            answered: false,
            failure: None,
            parts,
        }
    }

    pub(crate) fn event(&self) -> &str {
        self.incoming.name
    }

    /// Runs handlers until one has to wait or all are through; failures go to `report`.
    pub(crate) fn run(mut self, cx: &mut Context<'_>, report: &mut dyn FnMut(SocketError)) -> Step {
        if let Some(callback) = self.callback.take() {
            self = match self.begin(cx, callback, None, report) {
                Next::Continue(this) => this,
                Next::Step(step) => return step,
            };
        }
        loop {
            let Some(entry) = self.listeners() else { return Step::Finished(self) };
            let Some(&handler) = entry.handlers.get(self.next) else { return Step::Finished(self) };
            let is_last = self.next + 1 == entry.handlers.len();
            let answers = entry.answerer == Some(self.next);
            self.next += 1;
            self.incoming.ack = match (answers, self.ack, &self.once) {
                (true, Some(_), Some(once)) => AckRequest::Argument(once.clone()),
                (true, Some(id), None) => AckRequest::Value(id),
                _ => AckRequest::None,
            };
            let future = match handler.call {
                Call::Sync(call) => {
                    let ended = caught(|| call(&self.incoming));
                    if self.settle(Some(handler), ended, report) {
                        return Step::Finished(self);
                    }
                    continue;
                }
                Call::Async(call) => call(self.for_future(is_last)),
                Call::Connect(call) => {
                    let parts = if is_last { std::mem::take(&mut self.parts) } else { self.parts.clone() };
                    call(self.for_future(is_last), parts)
                }
            };
            self = match self.begin(cx, future, Some(handler), report) {
                Next::Continue(this) => this,
                Next::Step(step) => return step,
            };
        }
    }

    fn listeners(&self) -> Option<&Entry> {
        self.entry.map(|entry| self.incoming.socket.core().namespace.table.entry(entry))
    }

    /// The event for a handler's future. The last one takes the frame along.
    fn for_future(&mut self, is_last: bool) -> Incoming {
        let body = if is_last {
            std::mem::replace(&mut self.incoming.body, Body::Empty)
        } else {
            self.incoming.body.clone()
        };
        Incoming {
            socket: self.incoming.socket.clone(),
            name: self.incoming.name,
            body,
            ack: self.incoming.ack.clone(),
        }
    }

    /// Polls a future once, at once: most handlers end here and are never stored.
    fn begin(
        self,
        cx: &mut Context<'_>,
        future: BoxFuture,
        handler: Option<&'static Handler>,
        report: &mut dyn FnMut(SocketError),
    ) -> Next {
        let mut running = Running { execution: self, future, handler };
        let Poll::Ready(ended) = running.poll(cx) else { return Next::Step(Step::Wait(Box::new(running))) };
        let mut this = running.execution;
        if this.settle(handler, ended, report) {
            Next::Step(Step::Finished(this))
        } else {
            Next::Continue(this)
        }
    }

    /// Takes note of how a handler ended. `true`: nothing further is to be run.
    pub(crate) fn settle(
        &mut self,
        handler: Option<&'static Handler>,
        ended: Ended,
        report: &mut dyn FnMut(SocketError),
    ) -> bool {
        let answerer = self.listeners().and_then(|entry| entry.answerer);
        let answers = handler.is_some() && answerer == Some(self.next - 1);
        let failure = self.failure_of(handler, ended, report);
        if answers {
            self.answered = match (&failure, &self.once) {
                (None, Some(once)) if once.returned() => {
                    self.failure = Some(ClientError::unanswered());
                    false
                }
                (None, _) => true,
                // somebody may have answered although the handler failed: then that was the one answer
                (Some(_), Some(once)) => !once.claim(),
                (Some(_), None) => false,
            };
        }
        let Some(failure) = failure else { return false };
        if answers || answerer.is_none() && self.failure.is_none() {
            self.failure = Some(failure);
        }
        self.purpose == Purpose::Lifecycle(Lifecycle::Connect)
    }

    fn failure_of(
        &self,
        handler: Option<&'static Handler>,
        ended: Ended,
        report: &mut dyn FnMut(SocketError),
    ) -> Option<ClientError> {
        let event = || self.event().to_owned();
        let handler = name_of(handler);
        match ended {
            Ended::Outcome(Outcome::Done | Outcome::Answered) => None,
            Ended::Outcome(Outcome::Failed(error)) => {
                report(SocketError::Failed { event: event(), handler, error: error.clone() });
                Some(error)
            }
            Ended::Outcome(Outcome::Rejected { error, .. }) => {
                report(SocketError::Rejected { event: event(), handler, error: error.clone() });
                Some(error)
            }
            Ended::Panicked(message) => {
                report(SocketError::Panicked { event: event(), handler, message });
                Some(ClientError::panicked())
            }
        }
    }

    /// What the peer that asked for an acknowledgement still has to be told, when all handlers are through.
    pub(crate) fn verdict(&mut self) -> Verdict {
        match (self.ack, self.failure.take()) {
            (_, Some(error)) if !self.answered => Verdict::Failed(error),
            (Some(_), None) if !self.answered => Verdict::Nothing,
            _ => Verdict::Answered,
        }
    }
}

/// What is left to be told.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// Nothing.
    Answered,
    /// All handlers only listen: an acknowledgement without a value.
    Nothing,
    /// An error.
    Failed(ClientError),
}

impl Running {
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Ended> {
        match catch_unwind(AssertUnwindSafe(|| self.future.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(outcome)) => Poll::Ready(Ended::Outcome(outcome)),
            Err(panic) => Poll::Ready(Ended::Panicked(text_of(&*panic))),
        }
    }
}

/// The function's name, for reports.
pub(crate) fn name_of(handler: Option<&'static Handler>) -> &'static str {
    handler.map_or("on_upgrade", |handler| handler.location.function)
}

fn caught(call: impl FnOnce() -> Outcome) -> Ended {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(outcome) => Ended::Outcome(outcome),
        Err(panic) => Ended::Panicked(text_of(&*panic)),
    }
}

/// The text of a panic: `panic!` gives a `&str` or a `String`.
fn text_of(panic: &(dyn Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => "(not a text)".to_owned(),
    }
}
