//! What comes before the handlers of a namespace: gates, guards and middleware, frozen into its table.
//!
//! `C` is the event on its way, which is a thing of the heart: nothing here knows it.

use std::{fmt, pin::Pin, sync::Arc};

use crate::{
    contained::{Contained, contain},
    error::ClientError,
};

/// One layer before the handlers.
pub(crate) struct Layer<C> {
    /// Its type's name, for reports.
    pub(crate) name: &'static str,
    pub(crate) kind: LayerKind<C>,
}

pub(crate) enum LayerKind<C> {
    /// Decides in place, without a future. Before the handlers, at connect as well.
    Gate(Judge<C>),
    /// The same, but at connect after the handlers: it reads what they have put into the socket.
    Guard(Judge<C>),
    /// Around everything after it.
    Around(Around<C>),
}

type Judge<C> = Arc<dyn Fn(&C) -> Result<(), Stop> + Send + Sync>;
type Around<C> = Arc<dyn Fn(C, Next) -> OutcomeFuture + Send + Sync>;

/// What middleware runs as.
pub(crate) type OutcomeFuture = Pin<Box<dyn Future<Output = Outcome> + Send>>;

impl<C> Clone for Layer<C> {
    fn clone(&self) -> Self {
        let kind = match &self.kind {
            LayerKind::Gate(judge) => LayerKind::Gate(judge.clone()),
            LayerKind::Guard(judge) => LayerKind::Guard(judge.clone()),
            LayerKind::Around(around) => LayerKind::Around(around.clone()),
        };
        Self { name: self.name, kind }
    }
}

impl<C> fmt::Debug for Layer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A gate stops an event: no handler runs.
///
/// ```
/// use socketio::{ClientError, middleware::{Call, Stop}};
///
/// fn only_while_open(call: &Call) -> Result<(), Stop> {
///     match call.event() {
///         "cursor" => Err(Stop::Drop),
///         "order" => Err(ClientError::new("closed", "try again tomorrow").into()),
///         _ => Ok(()),
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Stop {
    /// The client receives this error, if it asked for an acknowledgement; the `error` event is raised. At connect, the
    /// client is refused.
    Refuse(ClientError),
    /// Nothing happens: no acknowledgement, no `error` event. At connect, the client is refused with `rejected`.
    Drop,
}

impl From<ClientError> for Stop {
    fn from(error: ClientError) -> Self {
        Self::Refuse(error)
    }
}

/// How everything after a middleware ended.
///
/// A value that a handler returned is on its way to the client by then: middleware may change an error after its
/// [`Next`], not an answer.
///
/// ```
/// use socketio::{ClientError, middleware::{Call, Next, Outcome}};
///
/// async fn hide_details(_: Call, next: Next) -> Outcome {
///     match next.run().await.error() {
///         Some(error) => Outcome::failed(ClientError::new(error.code().to_owned(), "something went wrong")),
///         None => Outcome::done(),
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a middleware returns it"]
pub struct Outcome {
    error: Option<ClientError>,
    /// The `error` event knows the error already.
    reported: bool,
}

impl Outcome {
    /// Everything went well. A client that asked, and was not answered with a value, receives an empty acknowledgement.
    pub fn done() -> Self {
        Self { error: None, reported: true }
    }

    /// It failed: the client receives this error, unless a handler has answered it already. The `error` event is raised.
    pub fn failed(error: impl Into<ClientError>) -> Self {
        Self { error: Some(error.into()), reported: false }
    }

    /// An error that the `error` event knows already.
    pub(crate) fn told(error: Option<ClientError>) -> Self {
        Self { error, reported: true }
    }

    /// The error, if it failed: that of a handler, of an argument that could not be extracted, of a gate, `panicked`.
    pub fn error(&self) -> Option<&ClientError> {
        self.error.as_ref()
    }

    /// Did everything go well?
    pub fn is_ok(&self) -> bool {
        self.error.is_none()
    }

    /// Changes the error, if there is one. The `error` event has received it as it was.
    pub fn map_error(mut self, change: impl FnOnce(ClientError) -> ClientError) -> Self {
        self.error = self.error.map(change);
        self
    }

    /// The error, and whether the `error` event knows it.
    pub(crate) fn into_parts(self) -> (Option<ClientError>, bool) {
        (self.error, self.reported)
    }
}

/// Everything after a middleware: the ones that follow, then the handlers.
///
/// [`run`](Self::run) gives a future like any other: a time-out around it just works, and dropping it drops the
/// handlers. Where it is not run, no handler runs, and the middleware's own [`Outcome`] is what the client receives.
/// Only the handlers of `disconnect` run in any case: middleware may look at that, not refuse it.
#[must_use = "nothing runs before `next.run().await`"]
pub struct Next(OutcomeFuture);

impl Next {
    pub(crate) fn new(future: OutcomeFuture) -> Self {
        Self(future)
    }

    /// Runs what follows.
    ///
    /// # Cancel safety
    /// Dropping the future drops the handler that runs in it.
    pub fn run(self) -> impl Future<Output = Outcome> + Send + 'static {
        self.0
    }
}

impl fmt::Debug for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next").finish_non_exhaustive()
    }
}

/// What a program makes of errors before clients receive them. `S` is the socket.
pub(crate) struct ErrorMap<S>(Arc<ChangeError<S>>);

type ChangeError<S> = dyn Fn(ClientError, &S) -> ClientError + Send + Sync;

impl<S> ErrorMap<S> {
    pub(crate) fn new(change: impl Fn(ClientError, &S) -> ClientError + Send + Sync + 'static) -> Self {
        let change = Contained::new(change);
        Self(Arc::new(move |error, socket: &S| (*change)(error, socket)))
    }

    /// `None`: it panicked.
    pub(crate) fn apply(&self, error: ClientError, socket: &S) -> Option<ClientError> {
        contain(|| (self.0)(error, socket)).ok()
    }
}

impl<S> Clone for ErrorMap<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S> fmt::Debug for ErrorMap<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorMap").finish_non_exhaustive()
    }
}
