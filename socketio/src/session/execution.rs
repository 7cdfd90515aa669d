//! Running the handlers of one event, one after another, without letting a panic out.

use std::{
    ops::ControlFlow,
    sync::Arc,
    task::{Context, Poll},
};

use crate::{
    connection::Charge,
    contained::{Contained, contain},
    counts::Started,
    error::{ClientError, SocketError},
    handler::{
        AckOnce, AckRequest, Answers, Body, BoxFuture, Call, Entry, EntryId, Handler, Incoming, Lifecycle,
        Name, Origin, Outcome,
    },
    handshake::ConnectParts,
    listener::{Callback, IncomingEvent},
    namespace::Newcomer,
    socket::Socket,
};

/// One event and how far its handlers have come.
///
/// It starts on the stack, and is boxed by its [slot](super::slot::Slot) only if a handler has to wait.
pub(crate) struct Execution {
    pub(crate) purpose: Purpose,
    pub(crate) started: Started,
    /// The bytes of the peer that it keeps, and what its connection is charged for them: from the moment it waits.
    bytes: usize,
    charge: Option<Charge>,
    /// `None`: nobody listens.
    entry: Option<EntryId>,
    /// The step that was begun last.
    current: Current,
    added: Vec<Callback>,
    incoming: Incoming,
    /// The future of the current step.
    future: Option<Contained<BoxFuture>>,
    /// The id under which the peer wants an acknowledgement.
    pub(crate) ack: Option<u64>,
    /// Shared with an `Ack<T>` argument; inside middleware, with whatever may answer.
    once: Option<Arc<AckOnce>>,
    /// It is inside middleware, which gives the answer that is still owed.
    behind: bool,
    /// The acknowledgement is sent, or up to an `Ack` that lives on.
    answered: bool,
    /// What the peer receives if nobody answers with a value.
    failure: Option<ClientError>,
    /// The request, for connect handlers that read it.
    parts: ConnectParts,
}

/// How far an execution has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Current {
    /// Before all handlers: the plain wire's `on_upgrade`, if there is one.
    Upgrade,
    /// Middleware, with the handlers inside.
    Layers,
    /// The handler at this place of the entry.
    Handler(usize),
    /// The one at this place of those that were added at run time.
    Listener(usize),
}

/// What is to be called next.
enum Step {
    Handler(&'static Handler, usize),
    Listener(Callback),
}

/// What is to be handled.
pub(crate) struct Work {
    pub(crate) purpose: Purpose,
    pub(crate) name: Name,
    pub(crate) body: Body,
    pub(crate) ack: Option<u64>,
    pub(crate) bytes: usize,
    /// If it has waited.
    pub(crate) charge: Option<Charge>,
}

/// What the handlers are run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Event,
    /// An event that nobody handles: only those who listen to all hear it.
    Unhandled,
    Lifecycle(Lifecycle),
}

/// How one call of a handler ended, a panic included.
pub(crate) enum Ended {
    Outcome(Outcome),
    Panicked(String),
}

/// What a peer that asked for an acknowledgement is still to receive, when all handlers are through.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// Nothing.
    Answered,
    /// All handlers only listen: an acknowledgement without a value.
    Nothing,
    /// An error.
    Failed(ClientError),
}

impl Execution {
    /// An event or a moment, and who listens to it: those of the table, then those who were added at run time.
    pub(crate) fn new(socket: &Socket, entry: Option<EntryId>, added: Vec<Callback>, work: Work) -> Self {
        let Work { purpose, name, body, ack, bytes, charge } = work;
        let listeners = entry.map(|entry| socket.core().namespace.table.entry(entry));
        let answerer = listeners.and_then(|entry| Some(entry.handlers[entry.answerer?]));
        let argument = answerer.is_some_and(|handler| handler.answers == Answers::Argument);
        Self {
            purpose,
            started: Started::now(),
            bytes,
            charge,
            entry,
            current: Current::Upgrade,
            added,
            incoming: Incoming { origin: Origin::Client(socket.clone()), name, body, ack: AckRequest::None },
            future: None,
            ack,
            once: ack.filter(|_| argument).map(|id| Arc::new(AckOnce::new(id))),
            behind: false,
            answered: false,
            failure: None,
            parts: ConnectParts::default(),
        }
    }

    /// The connect handlers of a socket, after `callback`.
    pub(crate) fn connect(
        socket: &Socket,
        callback: Option<BoxFuture>,
        body: Body,
        parts: ConnectParts,
    ) -> Self {
        let entry = socket.core().namespace.table.moment(Lifecycle::Connect);
        let bytes = body.len() + parts.len();
        let work = Work {
            purpose: Purpose::Lifecycle(Lifecycle::Connect),
            name: Name::Known(Lifecycle::Connect.as_str()),
            body,
            ack: None,
            bytes,
            charge: None,
        };
        Self { future: callback.map(Contained::new), parts, ..Self::new(socket, entry, vec![], work) }
    }

    pub(crate) fn event(&self) -> &str {
        &self.incoming.name
    }

    /// The entry of the event, if there is one of its name: what is counted for it is found by that.
    pub(crate) fn counted_entry(&self) -> Option<EntryId> {
        self.entry.filter(|_| matches!(self.incoming.name, Name::Known(_)))
    }

    /// The handler that was started last, for reports.
    pub(crate) fn handler(&self) -> &'static str {
        match self.current {
            Current::Upgrade => "on_upgrade",
            Current::Layers => "(middleware)",
            Current::Handler(at) => self.handlers().get(at).map_or("", |handler| handler.location.function),
            Current::Listener(_) => "(added by `on`)",
        }
    }

    /// It has to wait: its connection is charged for it, unless it was already.
    pub(crate) fn charge(&mut self) {
        let Self { incoming, charge, bytes, .. } = self;
        charge.get_or_insert_with(|| Charge::new(&incoming.socket().core().link.mailbox, *bytes));
    }

    /// May other events of the socket go on while this one waits?
    pub(crate) fn is_concurrent(&self) -> bool {
        let at = match self.current {
            Current::Handler(at) => at,
            // all handlers are inside
            Current::Layers => 0,
            Current::Upgrade | Current::Listener(_) => return false,
        };
        self.added.is_empty() && self.listeners().is_some_and(|entry| entry.concurrent_from <= at)
    }

    /// Runs handlers until one has to wait or all are through; failures go to `report`.
    ///
    /// A future is polled where it starts: most end there.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, report: &mut dyn FnMut(SocketError)) -> Poll<()> {
        let is_connect = self.purpose == Purpose::Lifecycle(Lifecycle::Connect);
        // what connect handlers send to everyone is for their own socket as well
        let _newcomer = is_connect.then(|| Newcomer::enter(self.incoming.socket()));
        loop {
            if let Some(future) = &mut self.future {
                let ended = match contain(|| future.as_mut().poll(cx)) {
                    Ok(Poll::Pending) => return Poll::Pending,
                    Ok(Poll::Ready(outcome)) => Ended::Outcome(outcome),
                    Err(panic) => Ended::Panicked(panic),
                };
                self.drop_future();
                if self.settle(ended, report).is_break() {
                    return Poll::Ready(());
                }
            }
            let settled = match self.next_step() {
                None => return Poll::Ready(()),
                Some(Step::Handler(handler, at)) => self.call_handler(handler, at, report),
                Some(Step::Listener(callback)) => self.call_listener(callback, report),
            };
            if settled.is_break() {
                return Poll::Ready(());
            }
        }
    }

    #[inline]
    fn call_handler(
        &mut self,
        handler: &'static Handler,
        at: usize,
        report: &mut dyn FnMut(SocketError),
    ) -> ControlFlow<()> {
        let is_last = at + 1 == self.handlers().len() && self.added.is_empty();
        let answers = self.listeners().is_some_and(|entry| entry.answerer == Some(at));
        self.incoming.ack = match (answers, self.ack, &self.once) {
            (true, Some(_), Some(once)) => AckRequest::Argument(once.clone()),
            (true, Some(id), None) => AckRequest::Value(id),
            _ => AckRequest::None,
        };
        match handler.call {
            Call::Sync(function) => {
                let ended = call(function, &self.incoming);
                return self.settle(ended, report);
            }
            Call::Async(call) => self.future = Some(Contained::new(call(self.for_future(is_last)))),
            Call::Connect(call) => {
                let parts = if is_last { std::mem::take(&mut self.parts) } else { self.parts.clone() };
                // a listener that a connect handler adds needs the frame as well
                self.future = Some(Contained::new(call(self.for_future(false), parts)));
            }
        }
        ControlFlow::Continue(())
    }

    fn call_listener(&mut self, callback: Callback, report: &mut dyn FnMut(SocketError)) -> ControlFlow<()> {
        self.incoming.ack = AckRequest::None;
        let event = IncomingEvent(self.incoming.clone());
        let called = contain(|| match callback {
            Callback::Sync(call) => {
                call(&event);
                None
            }
            Callback::Async(call) => Some(call(event)),
        });
        match called {
            Ok(future) => {
                self.future = future.map(Contained::new);
                ControlFlow::Continue(())
            }
            // a listener's failure does not end the execution
            Err(panic) => self.settle(Ended::Panicked(panic), report),
        }
    }

    /// The only handler was [called](call) already, and ended so.
    pub(crate) fn settle_only(&mut self, ended: Ended, report: &mut dyn FnMut(SocketError)) {
        self.current = Current::Handler(0);
        // it is the only one: whatever follows from it, nothing is run
        let _ = self.settle(ended, report);
    }

    /// Drops a future: that runs destructors of the user, which may panic, and nobody else may be touched.
    pub(crate) fn drop_future(&mut self) {
        let future = self.future.take().map(Contained::into_inner);
        if contain(|| drop(future)).is_err() {
            let observer = &self.incoming.socket().core().namespace.observer;
            observer.drop_panicked(self.event(), self.handler());
        }
    }

    /// The next step, which becomes the current one: first the handlers of the entry, then the listeners.
    fn next_step(&mut self) -> Option<Step> {
        let at = match self.current {
            Current::Upgrade | Current::Layers => 0,
            Current::Handler(at) => at + 1,
            Current::Listener(at) => return self.listener(at + 1),
        };
        match self.handlers().get(at) {
            Some(handler) => {
                let step = Step::Handler(handler, at);
                self.current = Current::Handler(at);
                Some(step)
            }
            None => self.listener(0),
        }
    }

    fn listener(&mut self, at: usize) -> Option<Step> {
        let callback = self.added(at)?;
        self.current = Current::Listener(at);
        Some(Step::Listener(callback))
    }

    /// The one at this place of those that were added at run time.
    fn added(&mut self, at: usize) -> Option<Callback> {
        // the connect handlers of a socket are the first who can add listeners to it
        if at == 0 && self.purpose == Purpose::Lifecycle(Lifecycle::Connect) {
            self.added = self.incoming.socket().core().added_to_moment(Lifecycle::Connect);
        }
        self.added.get(at).cloned()
    }

    fn listeners(&self) -> Option<&Entry> {
        self.entry.map(|entry| self.incoming.socket().core().namespace.table.entry(entry))
    }

    fn handlers(&self) -> &[&'static Handler] {
        self.listeners().map_or(&[], |entry| &entry.handlers)
    }

    /// The event for a handler's future. The last one takes the frame along.
    fn for_future(&mut self, is_last: bool) -> Incoming {
        let body = if is_last {
            std::mem::replace(&mut self.incoming.body, Body::Empty)
        } else {
            self.incoming.body.clone()
        };
        Incoming {
            origin: self.incoming.origin.clone(),
            name: self.incoming.name.clone(),
            body,
            ack: self.incoming.ack.clone(),
        }
    }

    /// Records how a step ended. Breaks if nothing further is to be run.
    fn settle(&mut self, ended: Ended, report: &mut dyn FnMut(SocketError)) -> ControlFlow<()> {
        let answerer = self.listeners().and_then(|entry| entry.answerer);
        // one that hears every event, or was added at run time, neither answers nor refuses
        let (counts, answers) = match self.current {
            Current::Upgrade => (true, false),
            Current::Layers => return self.settle_layers(ended, report),
            Current::Handler(at) => {
                (self.listeners().is_some_and(|entry| entry.any <= at), answerer == Some(at))
            }
            Current::Listener(_) => (false, false),
        };
        let failure = self.failure_of(ended, report);
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
            if self.behind
                && !self.answered
                && let Some(once) = &self.once
            {
                once.owe();
            }
        }
        let Some(failure) = failure.filter(|_| counts) else { return ControlFlow::Continue(()) };
        if answers || answerer.is_none() && self.failure.is_none() {
            self.failure = Some(failure);
        }
        if self.purpose == Purpose::Lifecycle(Lifecycle::Connect) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn failure_of(&self, ended: Ended, report: &mut dyn FnMut(SocketError)) -> Option<ClientError> {
        let event = || self.event().to_owned();
        match ended {
            Ended::Outcome(Outcome::Done | Outcome::Answered) => None,
            Ended::Outcome(Outcome::Told(error)) => error,
            Ended::Outcome(Outcome::Failed(error)) => {
                report(SocketError::Failed { event: event(), handler: self.handler(), error: error.clone() });
                Some(error)
            }
            Ended::Outcome(Outcome::Rejected { error, .. }) => {
                report(SocketError::Rejected {
                    event: event(),
                    handler: self.handler(),
                    error: error.clone(),
                });
                Some(error)
            }
            Ended::Panicked(message) => {
                report(SocketError::Panicked { event: event(), handler: self.handler(), message });
                Some(ClientError::panicked())
            }
        }
    }

    /// The answer that is still owed, when all handlers are through.
    pub(crate) fn verdict(&mut self) -> Verdict {
        match (self.ack, self.failure.take()) {
            (_, Some(error)) if !self.answered => Verdict::Failed(error),
            (Some(_), None) if !self.answered => Verdict::Nothing,
            _ => Verdict::Answered,
        }
    }
}

/// Inside and around middleware: see [`layers`](super::layers).
impl Execution {
    /// The future of middleware is polled in place of the handlers, which are inside it. `once` is what they may answer
    /// with.
    pub(super) fn around(mut self, layers: BoxFuture, once: Option<Arc<AckOnce>>) -> Self {
        self.current = Current::Layers;
        self.future = Some(Contained::new(layers));
        self.once = once;
        self
    }

    /// An execution for the layers before this one.
    pub(super) fn outside(&mut self) -> Self {
        let Incoming { name, body, .. } = self.incoming.clone();
        // it is the one that waits, and is charged for
        let (bytes, charge) = (self.bytes, self.charge.take());
        let work = Work { purpose: self.purpose, name, body, ack: self.ack, bytes, charge };
        Self::new(self.incoming.socket(), self.entry, self.added.clone(), work)
    }

    /// It runs inside middleware.
    pub(super) fn behind(mut self, once: Option<Arc<AckOnce>>) -> Self {
        self.behind = true;
        self.once = once;
        self
    }

    /// No handler runs: a gate has stopped it.
    pub(super) fn stop(&mut self, error: Option<ClientError>) {
        // nobody hears of an event that is dropped
        self.answered = error.is_none();
        self.failure = error;
    }

    /// What layers see of it.
    pub(super) fn incoming(&self) -> &Incoming {
        &self.incoming
    }

    /// Middleware has ended. The handlers have reported their errors where they happened.
    #[cold]
    fn settle_layers(&mut self, ended: Ended, report: &mut dyn FnMut(SocketError)) -> ControlFlow<()> {
        let is_disconnect = self.purpose == Purpose::Lifecycle(Lifecycle::Disconnect);
        self.failure = self.failure_of(ended, report);
        let take_over = self.once.as_ref().map(|once| once.take_over());
        if is_disconnect && take_over == Some(true) {
            // it has not run its `Next`: it may look at the end, not refuse it
            self.failure = None;
            return ControlFlow::Continue(());
        }
        self.answered = take_over == Some(false);
        ControlFlow::Break(())
    }
}

/// Calls a plain function.
pub(crate) fn call(function: fn(&Incoming) -> Outcome, incoming: &Incoming) -> Ended {
    match contain(|| function(incoming)) {
        Ok(outcome) => Ended::Outcome(outcome),
        Err(panic) => Ended::Panicked(panic),
    }
}
