//! One socket of a connection, as its owner task sees it: what waits, what runs, where it is in its life.

use std::{borrow::Cow, sync::Arc, task::Context};

use tokio::time::Instant;

use super::{
    execution::{self, Ended, Execution, Purpose, Verdict, Work},
    inbox::Inbox,
};
use crate::{
    close::DisconnectReason,
    connection::{Charge, Mailbox},
    contained::contain,
    counts::Started,
    error::{ClientError, SocketError},
    handler::{
        AckRequest, Body, BoxFuture, EntryId, Incoming, Job, Lifecycle, Listeners, Name, Origin, Outcome,
        Waiting,
    },
    handshake::ConnectParts,
    namespace::Lease,
    observe,
    socket::Socket,
};

/// The owner's half of a socket.
pub(crate) struct Slot {
    pub(crate) socket: Socket,
    /// Keeps a namespace alive that exists only as long as somebody is in it.
    _lease: Lease,
    pub(super) stage: Stage,
    /// What waits for the running handler.
    inbox: Inbox,
    pub(super) running: Option<Box<Execution>>,
    /// Concurrent handlers that wait, while events after them go on.
    pub(super) beside: Vec<Execution>,
    /// A ping or pong event waits already: a flood of them is one.
    pinged: bool,
    ponged: bool,
}

/// Where a socket is in its life, for its owner.
#[derive(Debug)]
pub(super) enum Stage {
    /// The connect handlers run. `then`: the connection has ended meanwhile.
    Connecting {
        since: Instant,
        then: Option<Box<Ending>>,
    },
    Live,
    /// Its time is over: the handlers of `expired` decide, alongside what runs. What comes next waits for them.
    Expiring {
        since: Instant,
        asked: bool,
    },
    /// Events that were read are handled, then the final events run.
    Ending(Box<Ending>),
    Done,
}

/// The end of a socket.
#[derive(Debug)]
pub(super) struct Ending {
    reason: DisconnectReason,
    /// Events that were read and are not handled.
    dropped: usize,
    next: LastWord,
}

/// The order of a socket's last events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LastWord {
    Close,
    Disconnect,
    Error,
    None,
}

/// What a socket wants of its connection.
#[derive(Debug, PartialEq)]
pub(crate) enum Wish {
    /// The connect handlers accepted: send the reply and admit it.
    Accept,
    /// They refused.
    Refuse(ClientError),
    /// Its time is over.
    Expire(ClientError),
}

impl Slot {
    pub(crate) fn new(socket: Socket, lease: Lease) -> Self {
        Self {
            socket,
            _lease: lease,
            stage: Stage::Connecting { since: Instant::now(), then: None },
            inbox: Inbox::default(),
            running: None,
            beside: vec![],
            pinged: false,
            ponged: false,
        }
    }

    /// Starts the connect handlers, after `callback` if there is one.
    pub(crate) fn connect(
        &mut self,
        cx: &mut Context<'_>,
        callback: Option<BoxFuture>,
        body: Body,
        parts: ConnectParts,
    ) -> Option<Wish> {
        self.begin(cx, Execution::connect(&self.socket, callback, body, parts))
    }

    /// Does this socket still receive what its peer sends?
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Connecting { then: None, .. } | Stage::Live | Stage::Expiring { .. })
    }

    pub(crate) fn is_connecting(&self) -> bool {
        matches!(self.stage, Stage::Connecting { .. })
    }

    /// Since when handlers decide about it, if they do: those of `connect`, or those of `expired`.
    pub(crate) fn undecided_since(&self) -> Option<Instant> {
        match self.stage {
            Stage::Connecting { since, .. } | Stage::Expiring { since, .. } => Some(since),
            _ => None,
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }

    /// Does a handler run although the socket has ended?
    pub(crate) fn is_overdue(&self) -> bool {
        (self.running.is_some() || !self.beside.is_empty()) && !self.is_open()
    }

    /// The peer sent something: it is handled now, or when what is before it is done.
    pub(crate) fn receive(&mut self, cx: &mut Context<'_>, job: Job) {
        if !self.is_open() || self.is_left() {
            return;
        }
        // what the last handler has fired was there before this
        if self.socket.core().link.mailbox.is_notified() {
            self.collect();
        }
        if self.running.is_none() && self.inbox.is_empty() && matches!(self.stage, Stage::Live) {
            self.start(cx, job, None);
        } else {
            let waiting = Waiting::new(self.mailbox(), job);
            self.inbox.push(waiting);
        }
    }

    /// The peer sent a ping, or the heartbeat was answered. At most one of each waits.
    pub(crate) fn receive_control(&mut self, cx: &mut Context<'_>, moment: Lifecycle, body: Body) {
        let waits = if moment == Lifecycle::Ping { &mut self.pinged } else { &mut self.ponged };
        if *waits || !self.socket.core().hears(moment) {
            return;
        }
        *waits = true;
        self.receive(cx, Job::Lifecycle { moment, body });
    }

    /// Takes what other tasks and the socket's own handlers have queued: it goes to the head of all that waits.
    pub(crate) fn collect(&mut self) {
        self.inbox.put_first(self.socket.core().take_queued());
    }

    pub(super) fn mailbox(&self) -> &Arc<Mailbox> {
        &self.socket.core().link.mailbox
    }

    /// The socket ends: what is read is still handled or is dropped, then its final events run.
    ///
    /// Its core has ended before: nothing can be queued after what is collected here.
    pub(crate) fn end(&mut self, reason: DisconnectReason) {
        self.collect();
        let dropped = if reason.keeps_inbox() { 0 } else { self.inbox.clear() };
        let by_server = matches!(
            reason,
            DisconnectReason::ServerClose { .. }
                | DisconnectReason::ServerDisconnect
                | DisconnectReason::Expired
                | DisconnectReason::Shutdown
        );
        let next = if by_server { LastWord::Close } else { LastWord::Disconnect };
        let ending = Box::new(Ending { reason, dropped, next });
        match &mut self.stage {
            Stage::Connecting { then, .. } if then.is_none() => *then = Some(ending),
            Stage::Live | Stage::Expiring { .. } => self.stage = Stage::Ending(ending),
            _ => {}
        }
    }

    /// The connection has answered the wish to be accepted: `admitted` unless the socket had ended.
    pub(crate) fn accepted(&mut self) {
        if let Stage::Connecting { then, .. } = &mut self.stage {
            self.stage = match then.take() {
                None => Stage::Live,
                Some(ending) => Stage::Ending(ending),
            };
            // a time that was set meanwhile counts from here on
            if self.socket.expiry().is_some() {
                self.mailbox().notify();
            }
        }
    }

    /// The socket was never accepted: nothing follows.
    pub(crate) fn refused(&mut self) {
        self.collect();
        self.inbox.clear();
        self.stage = Stage::Done;
    }

    /// Handlers that run took too long: they are dropped, and the next one runs.
    pub(crate) fn abandon(&mut self) {
        let running = self.running.take().map(|running| *running);
        for mut running in running.into_iter().chain(std::mem::take(&mut self.beside)) {
            let core = self.socket.core();
            core.namespace.observer.handler_overdue(core.link.number, running.event(), running.handler());
            running.drop_future();
        }
        if self.is_connecting() {
            self.refused();
        }
    }

    /// Handlers, until one has to wait or nothing is left to do.
    pub(crate) fn advance(&mut self, cx: &mut Context<'_>) -> Option<Wish> {
        let wish = self.advance_beside(cx);
        if wish.is_some() {
            return wish;
        }
        loop {
            let wish = if let Some(mut running) = self.running.take() {
                let purpose = running.purpose;
                if running.poll(cx, &mut |error| self.raise(purpose, error)).is_pending() {
                    self.keep(*running);
                    if self.running.is_some() {
                        return None;
                    }
                    continue;
                }
                self.finish(&mut running)
            } else if matches!(self.stage, Stage::Connecting { .. } | Stage::Expiring { .. })
                || matches!(self.stage, Stage::Live) && self.is_left()
            {
                return None;
            } else if let Some(Waiting { job, charge }) = self.inbox.pop() {
                self.start(cx, job, Some(charge));
                None
            } else if !self.beside.is_empty() {
                return None;
            } else if let Some(job) = self.last_word() {
                self.start(cx, job, None);
                None
            } else {
                self.inbox.shrink();
                return None;
            };
            if wish.is_some() {
                return wish;
            }
        }
    }

    /// Has the server ended the socket, and the connection not heard of it yet? Then nothing more is handled.
    pub(super) fn is_left(&self) -> bool {
        self.socket.core().ended().is_some()
    }

    /// Starts the handlers of what is next. Only while nothing runs.
    fn start(&mut self, cx: &mut Context<'_>, job: Job, charge: Option<Charge>) {
        let core = self.socket.core();
        let table = &core.namespace.table;
        let (entry, added, work) = match job {
            Job::Event { listeners: Listeners::Entry(id), body, ack } => {
                let entry = table.entry(id);
                if let Some(function) = entry.only
                    && !core.is_added_to(entry.name)
                {
                    return self.call(id, function, body, ack);
                }
                let added = core.added_to_event(entry.name);
                let (name, bytes) = (Name::Known(entry.name), body.len());
                let work = Work { purpose: Purpose::Event, name, body, ack, bytes, charge };
                (Some(id), added, work)
            }
            Job::Event { listeners: Listeners::Unnamed(name), body, ack } => {
                let added = core.added_to_event(&name);
                let (entry, purpose) = match (table.fallback(), table.any()) {
                    (_, any) if !added.is_empty() => (any, Purpose::Event),
                    (Some(fallback), _) => (Some(fallback), Purpose::Event),
                    (None, Some(any)) => (Some(any), Purpose::Unhandled),
                    (None, None) if self.is_layered() => (None, Purpose::Unhandled),
                    (None, None) => return self.unknown(&name, ack),
                };
                let bytes = name.len() + body.len();
                (entry, added, Work { purpose, name: Name::Other(name), body, ack, bytes, charge })
            }
            Job::Lifecycle { moment, body } => {
                match moment {
                    Lifecycle::Ping => self.pinged = false,
                    Lifecycle::Pong => self.ponged = false,
                    _ => {}
                }
                let (entry, added) = (table.moment(moment), core.added_to_moment(moment));
                let is_seen = moment == Lifecycle::Disconnect && self.is_layered();
                if entry.is_none() && added.is_empty() && !is_seen {
                    return;
                }
                let (purpose, name) = (Purpose::Lifecycle(moment), Name::Known(moment.as_str()));
                let bytes = body.len();
                (entry, added, Work { purpose, name, body, ack: None, bytes, charge })
            }
        };
        let execution = Execution::new(&self.socket, entry, added, work);
        self.begin(cx, execution);
    }

    /// Calls the one plain function that listens to an event. What an [`Execution`] knows is needed only if it fails:
    /// without one, an event takes 400 instructions less.
    fn call(&mut self, id: EntryId, function: fn(&Incoming) -> Outcome, body: Body, ack: Option<u64>) {
        let entry = self.socket.core().namespace.table.entry(id);
        let answers = entry.answerer.is_some();
        let asked = match ack {
            Some(id) if answers => AckRequest::Value(id),
            _ => AckRequest::None,
        };
        let name = Name::Known(entry.name);
        let incoming = Incoming { origin: Origin::Client(self.socket.clone()), name, body, ack: asked };
        let started = Started::now();
        let ended = execution::call(function, &incoming);
        if let Ended::Outcome(Outcome::Done | Outcome::Answered) = ended {
            self.socket.core().namespace.table.counts_of(Some(id)).handled(started, false);
            if let (Some(id), false) = (ack, answers) {
                self.socket.send_ack_nothing(id);
            }
            return;
        }
        let Incoming { name, body, .. } = incoming;
        let work = Work { purpose: Purpose::Event, name, body, ack, bytes: 0, charge: None };
        let mut execution = Execution::new(&self.socket, Some(id), vec![], work);
        execution.started = started;
        execution.settle_only(ended, &mut |error| self.raise(Purpose::Event, error));
        self.finish(&mut execution);
    }

    pub(super) fn run(&mut self, cx: &mut Context<'_>, mut execution: Execution) -> Option<Wish> {
        let purpose = execution.purpose;
        if execution.poll(cx, &mut |error| self.raise(purpose, error)).is_pending() {
            self.keep(execution);
            return None;
        }
        self.finish(&mut execution)
    }

    /// All handlers are through.
    pub(super) fn finish(&mut self, execution: &mut Execution) -> Option<Wish> {
        let verdict = execution.verdict();
        if execution.purpose == Purpose::Event {
            let counts = self.socket.core().namespace.table.counts_of(execution.counted_entry());
            counts.handled(execution.started, matches!(verdict, Verdict::Failed(_)));
        }
        match execution.purpose {
            Purpose::Lifecycle(Lifecycle::Connect) => Some(match verdict {
                Verdict::Failed(error) => Wish::Refuse(error),
                Verdict::Answered | Verdict::Nothing => Wish::Accept,
            }),
            Purpose::Lifecycle(Lifecycle::Expired) => self.decide_expired(verdict),
            Purpose::Lifecycle(_) => None,
            Purpose::Unhandled => {
                self.unknown(execution.event(), execution.ack);
                None
            }
            Purpose::Event => {
                if let Some(id) = execution.ack {
                    match verdict {
                        Verdict::Answered => {}
                        Verdict::Nothing => self.socket.send_ack_nothing(id),
                        Verdict::Failed(error) => self.socket.send_ack_error(id, &error),
                    }
                }
                None
            }
        }
    }

    /// An event that nobody listens to.
    fn unknown(&mut self, name: &str, ack: Option<u64>) {
        self.raise(Purpose::Event, SocketError::UnknownEvent { event: name.to_owned() });
        if let Some(id) = ack {
            let near = self.socket.core().namespace.table.in_other_case(name);
            self.socket.send_ack_error(id, &ClientError::unknown_event(name, near));
        }
    }

    /// Something went wrong: it reaches `tracing`, and the `error` handlers before anything that was read is handled.
    ///
    /// Not those of a socket that connects, nor for faults of final events or of `error` handlers: nothing follows those.
    pub(crate) fn raise(&mut self, purpose: Purpose, error: SocketError) {
        report(&self.socket, &error);
        let may_follow = match purpose {
            Purpose::Event | Purpose::Unhandled => true,
            Purpose::Lifecycle(moment) => {
                matches!(moment, Lifecycle::Ping | Lifecycle::Pong | Lifecycle::Expired)
            }
        };
        if !may_follow || !self.socket.core().hears(Lifecycle::Error) {
            return;
        }
        let job = Job::Lifecycle { moment: Lifecycle::Error, body: Body::Error(Arc::new(error)) };
        let waiting = Waiting::new(self.mailbox(), job);
        self.inbox.push_error(waiting);
    }

    /// The next of the socket's last events.
    fn last_word(&mut self) -> Option<Job> {
        let Stage::Ending(ending) = &mut self.stage else { return None };
        let reason = || Body::Reason(ending.reason.clone());
        let (moment, body, next) = match ending.next {
            LastWord::Close => (Lifecycle::Close, reason(), LastWord::Disconnect),
            LastWord::Disconnect => {
                let next = if ending.reason.is_clean() { LastWord::None } else { LastWord::Error };
                (Lifecycle::Disconnect, reason(), next)
            }
            LastWord::Error => {
                let error =
                    SocketError::Disconnected { reason: ending.reason.clone(), dropped: ending.dropped };
                (Lifecycle::Error, Body::Error(Arc::new(error)), LastWord::None)
            }
            LastWord::None => {
                self.stage = Stage::Done;
                return None;
            }
        };
        ending.next = next;
        Some(Job::Lifecycle { moment, body })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.socket.core().close_listeners();
    }
}

/// Tells `tracing` of something that went wrong. Errors of the program say what they are in its own words.
pub(super) fn report(socket: &Socket, error: &SocketError) {
    let (link, observer) = (&socket.core().link, &socket.core().namespace.observer);
    let said = contain(|| match error {
        SocketError::Panicked { event, .. } => {
            socket.core().namespace.table.counts_for(event).panics.one();
            observer.handler_panicked(link.number, error);
        }
        SocketError::UnknownEvent { .. } | SocketError::Malformed { .. } | SocketError::Rejected { .. } => {
            link.report_fault(error);
        }
        _ => observe::socket_error(link.number, error),
    });
    if let Err(panic) = said {
        observer.error_panicked(link.number, &panic);
    }
}

/// Who listens to an event of this name?
pub(super) fn listeners(slot: &Slot, name: Cow<'_, str>) -> Listeners {
    let table = &slot.socket.core().namespace.table;
    let entry = table.event(&name);
    table.counts_of(entry).received.one();
    match entry {
        Some(entry) => Listeners::Entry(entry),
        None => Listeners::Unnamed(name.into()),
    }
}
