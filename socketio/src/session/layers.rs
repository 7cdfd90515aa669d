//! Gates and middleware before handlers.
//!
//! An onion of futures before an execution, not a step in its loop: where there are no layers, an event meets no code
//! for them. Gates at the front are judged in place, without a future. From the first middleware on, there are two
//! executions: the outer one's future is the middleware, which owns the inner one, and with it the handlers. Dropping a
//! future drops what is inside it, so that time-outs and the grace after the end need no code here.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use super::{
    execution::{Execution, Purpose, Verdict},
    slot::{Slot, Wish, report},
};
use crate::{
    contained::contain,
    error::{ClientError, SocketError, code},
    handler::{
        self, AckOnce, AckRequest, Body, Job, Lifecycle,
        incoming::Call,
        layer::{Layer, LayerKind, Next, Outcome, OutcomeFuture, Stop},
    },
    socket::Socket,
};

type Layers = Arc<[Layer<Call>]>;

impl Slot {
    /// Runs an execution, inside the layers of its namespace if there are any.
    pub(super) fn begin(&mut self, cx: &mut Context<'_>, execution: Execution) -> Option<Wish> {
        if self.is_layered() { self.run_layered(cx, execution) } else { self.run(cx, execution) }
    }

    /// Has the namespace layers?
    pub(super) fn is_layered(&self) -> bool {
        !self.socket.core().namespace.table.layers().is_empty()
    }

    /// Runs an execution inside the layers of its namespace, unless it is of a moment that has none.
    #[cold]
    #[inline(never)]
    fn run_layered(&mut self, cx: &mut Context<'_>, mut execution: Execution) -> Option<Wish> {
        let Some(seen) = Seen::of(execution.purpose) else { return self.run(cx, execution) };
        let layers = self.socket.core().namespace.table.layers().clone();
        let mut call = Call { incoming: execution.incoming().clone(), moment: seen.moment() };
        let first = match first_future(&layers, 0, &call, seen) {
            Ok(first) => first,
            Err(stopped) => {
                let purpose = execution.purpose;
                let error = stopped.error(&mut |error| self.raise(purpose, error), execution.event());
                execution.stop(error);
                execution.purpose = seen.outer();
                return self.finish(&mut execution);
            }
        };
        let Some(first) = first else { return self.run(cx, execution) };
        let once = match (execution.ack, seen) {
            (Some(id), _) => Some(Arc::new(AckOnce::new(id))),
            // claimed when the handlers start
            (None, Seen::Disconnect) => Some(Arc::new(AckOnce::new(0))),
            (None, _) => None,
        };
        if let (Some(once), Seen::Event) = (&once, seen) {
            call.incoming.ack = AckRequest::Argument(once.clone());
        }
        let mut outer = execution.outside();
        outer.purpose = seen.outer();
        let inside =
            Inside { layers, call, seen, execution: execution.behind(once.clone()), once: once.clone() };
        let future = inside.run_from(first);
        let told = Box::pin(async move { handler::Outcome::Told(future.await.into_parts().0) });
        self.run(cx, outer.around(told, once))
    }
}

/// What layers see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Event,
    Connect,
    Disconnect,
}

impl Seen {
    fn of(purpose: Purpose) -> Option<Self> {
        match purpose {
            Purpose::Event | Purpose::Unhandled => Some(Self::Event),
            Purpose::Lifecycle(Lifecycle::Connect) => Some(Self::Connect),
            Purpose::Lifecycle(Lifecycle::Disconnect) => Some(Self::Disconnect),
            Purpose::Lifecycle(_) => None,
        }
    }

    fn moment(self) -> Option<Lifecycle> {
        match self {
            Self::Event => None,
            Self::Connect => Some(Lifecycle::Connect),
            Self::Disconnect => Some(Lifecycle::Disconnect),
        }
    }

    /// What the outer execution is for: whether somebody handles an event is found out inside.
    fn outer(self) -> Purpose {
        self.moment().map_or(Purpose::Event, Purpose::Lifecycle)
    }
}

/// A gate or guard has stopped an event.
struct Stopped {
    name: &'static str,
    how: How,
    /// A client that connects is always answered.
    is_connect: bool,
}

enum How {
    Stop(Stop),
    Panic(String),
}

impl Stopped {
    /// What the client receives; `None`: nothing. The `error` event is raised.
    fn error(self, raise: &mut dyn FnMut(SocketError), event: &str) -> Option<ClientError> {
        let event = event.to_owned();
        match self.how {
            How::Stop(Stop::Drop) if self.is_connect => {
                Some(ClientError::new(code::REJECTED, "the client is not accepted"))
            }
            How::Stop(Stop::Drop) => None,
            How::Stop(Stop::Refuse(error)) => {
                raise(SocketError::Rejected { event, handler: self.name, error: error.clone() });
                Some(error)
            }
            How::Panic(message) => {
                raise(SocketError::Panicked { event, handler: self.name, message });
                Some(ClientError::panicked())
            }
        }
    }
}

/// Judges the gates from this layer on, as far as they stand before the first layer that needs a future: returns that
/// one's place, or `None` if there is none.
fn first_future(layers: &Layers, from: usize, call: &Call, seen: Seen) -> Result<Option<usize>, Stopped> {
    for (at, layer) in layers.iter().enumerate().skip(from) {
        match &layer.kind {
            LayerKind::Around(_) => return Ok(Some(at)),
            // looks at what the connect handlers have put into the socket
            LayerKind::Guard(_) if seen == Seen::Connect => return Ok(Some(at)),
            // nothing refuses the end
            LayerKind::Gate(_) | LayerKind::Guard(_) if seen == Seen::Disconnect => {}
            LayerKind::Gate(judge) | LayerKind::Guard(judge) => {
                self::judge(layer.name, seen, || judge(call))?;
            }
        }
    }
    Ok(None)
}

/// Runs a gate. It is not inside a future, so that its panics are caught here.
fn judge(name: &'static str, seen: Seen, judge: impl FnOnce() -> Result<(), Stop>) -> Result<(), Stopped> {
    let how = match contain(judge) {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(stop)) => How::Stop(stop),
        Err(panic) => How::Panic(panic),
    };
    Err(Stopped { name, how, is_connect: seen == Seen::Connect })
}

/// The handlers, and the layers that are still before them.
struct Inside {
    layers: Layers,
    call: Call,
    seen: Seen,
    execution: Execution,
    once: Option<Arc<AckOnce>>,
}

impl Inside {
    fn socket(&self) -> &Socket {
        self.call.incoming.socket()
    }

    /// From this layer on, gates first. The type is named, because it is part of itself.
    fn run(self, from: usize) -> OutcomeFuture {
        match first_future(&self.layers, from, &self.call, self.seen) {
            Ok(Some(at)) => self.run_from(at),
            Ok(None) => Box::pin(self.run_handlers()),
            Err(stopped) => {
                let socket = self.socket().clone();
                let error = stopped.error(&mut |error| raise(&socket, self.seen, error), self.call.event());
                if error.is_none()
                    && let Some(once) = &self.once
                {
                    // nobody answers an event that is dropped
                    once.claim();
                }
                Box::pin(std::future::ready(Outcome::told(error)))
            }
        }
    }

    /// From this layer on, which needs a future.
    fn run_from(self, at: usize) -> OutcomeFuture {
        let (layers, call, seen) = (self.layers.clone(), self.call.clone(), self.seen);
        let layer = layers[at].clone();
        match layer.kind {
            LayerKind::Around(around) => Box::pin(async move {
                let (name, event, socket) =
                    (layer.name, call.event().to_owned(), call.incoming.socket().clone());
                let next = Next::new(Box::pin(async move { self.run(at + 1).await }));
                // called inside a future of ours, which is polled where panics are caught; caught here as well, so
                // that the layers outside this one see an error
                let called = contain(|| around(call, next));
                let ended = match called {
                    Ok(future) => contained(future, &socket, &event, name).await,
                    Err(panic) => Err(panic),
                };
                match ended.map(Outcome::into_parts) {
                    Ok((Some(error), false)) => {
                        let told = SocketError::Failed { event, handler: name, error: error.clone() };
                        raise(&socket, seen, told);
                        Outcome::told(Some(error))
                    }
                    Ok((error, _)) => Outcome::told(error),
                    Err(message) => {
                        raise(&socket, seen, SocketError::Panicked { event, handler: name, message });
                        Outcome::told(Some(ClientError::panicked()))
                    }
                }
            }),
            // a guard at connect: after the handlers
            LayerKind::Guard(judge) | LayerKind::Gate(judge) => Box::pin(async move {
                let outcome = self.run(at + 1).await;
                if !outcome.is_ok() {
                    return outcome;
                }
                match self::judge(layer.name, seen, || judge(&call)) {
                    Ok(()) => outcome,
                    Err(stopped) => {
                        let socket = call.incoming.socket().clone();
                        let error = stopped.error(&mut |error| raise(&socket, seen, error), call.event());
                        Outcome::told(error)
                    }
                }
            }),
        }
    }

    async fn run_handlers(mut self) -> Outcome {
        if self.seen == Seen::Disconnect
            && let Some(once) = &self.once
            && !once.claim()
        {
            // it was run too late: the handlers have run without middleware
            return Outcome::done();
        }
        let socket = self.socket().clone();
        let seen = self.seen;
        std::future::poll_fn(|cx| self.execution.poll(cx, &mut |error| raise(&socket, seen, error))).await;
        let unhandled = self.execution.purpose == Purpose::Unhandled;
        let error = match self.execution.verdict() {
            _ if unhandled => {
                let event = self.call.event();
                raise(&socket, seen, SocketError::UnknownEvent { event: event.to_owned() });
                let near = socket.core().namespace.table.in_other_case(event);
                Some(ClientError::unknown_event(event, near))
            }
            Verdict::Failed(error) => Some(error),
            Verdict::Answered | Verdict::Nothing => None,
        };
        Outcome::told(error)
    }
}

/// The outcome of a future of the user's, or the text of its panic.
async fn contained(
    mut future: OutcomeFuture,
    socket: &Socket,
    event: &str,
    name: &'static str,
) -> Result<Outcome, String> {
    let ended = std::future::poll_fn(|cx| match contain(|| future.as_mut().poll(cx)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(outcome)) => Poll::Ready(Ok(outcome)),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await;
    // it is dropped where it ended, and the destructors of a future that panicked may panic as well
    if contain(|| drop(future)).is_err() {
        socket.core().link.observer().drop_panicked(event, name);
    }
    ended
}

/// Something went wrong inside middleware: it reaches `tracing`, and the `error` handlers after this event.
fn raise(socket: &Socket, seen: Seen, error: SocketError) {
    report(socket, &error);
    if seen == Seen::Event && socket.core().hears(Lifecycle::Error) {
        let job = Job::Lifecycle { moment: Lifecycle::Error, body: Body::Error(Arc::new(error)) };
        // a socket that has ended has said its last error; one whose queue is full has many
        let _ = socket.core().queue(job);
    }
}
