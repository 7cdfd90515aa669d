//! The future of an acknowledgement that a client was asked for.

use std::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::{
    sync::oneshot,
    time::{Sleep, sleep},
};

use super::{Socket, acks::Answer};
use crate::{
    error::{AckError, ClientError, DecodeError},
    event::Payload,
    handler::{Body, Cursor},
};

/// The acknowledgement of an emitted event; made by [`Socket::emit_with_ack`].
///
/// Resolves to the client's answer, or to an error: after [`ack_timeout`](crate::Config::ack_timeout), counted
/// from the first poll, and when the socket ends. Dropping it forgets the answer.
///
/// ```
/// # async fn example(socket: &socketio::Socket) -> Result<(), socketio::error::AckError> {
/// use std::time::Duration;
///
/// use socketio::event;
///
/// let ready: bool = socket.ask(event!("ready?")).timeout(Duration::from_secs(3)).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "futures do nothing unless awaited; use `emit` where no answer is wanted"]
pub struct AckFuture<T> {
    state: Progress,
    answer: PhantomData<fn() -> T>,
}

enum Progress {
    Failed(Option<AckError>),
    Waiting {
        socket: Socket,
        id: u32,
        answer: oneshot::Receiver<Answer>,
        timeout: Duration,
        timer: Option<Pin<Box<Sleep>>>,
    },
}

impl<T> AckFuture<T> {
    pub(super) fn failed(error: AckError) -> Self {
        Self { state: Progress::Failed(Some(error)), answer: PhantomData }
    }

    pub(super) fn waiting(
        socket: Socket,
        id: u32,
        answer: oneshot::Receiver<Answer>,
        timeout: Duration,
    ) -> Self {
        Self { state: Progress::Waiting { socket, id, answer, timeout, timer: None }, answer: PhantomData }
    }

    /// Waits this long instead of [`ack_timeout`](crate::Config::ack_timeout).
    pub fn timeout(mut self, limit: Duration) -> Self {
        if let Progress::Waiting { timeout, timer, .. } = &mut self.state {
            *timeout = limit;
            *timer = None;
        }
        self
    }
}

impl<T: Payload + DeserializeOwned> Future for AckFuture<T> {
    type Output = Result<T, AckError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        match &mut this.state {
            Progress::Failed(error) => Poll::Ready(Err(error.take().unwrap_or(AckError::Disconnected))),
            Progress::Waiting { answer, timeout, timer, .. } => {
                if let Poll::Ready(answer) = Pin::new(answer).poll(cx) {
                    return Poll::Ready(match answer {
                        Ok(answer) => answer.and_then(|reply| decode(reply.body()?)),
                        Err(_) => Err(AckError::Disconnected),
                    });
                }
                ready!(timer.get_or_insert_with(|| Box::pin(sleep(*timeout))).as_mut().poll(cx));
                Poll::Ready(Err(AckError::Timeout))
            }
        }
    }
}

/// The first argument of the answer; an answer without any is read as `null`. A type that spreads takes them all.
pub(crate) fn decode<T: Payload + DeserializeOwned>(body: &Body) -> Result<T, AckError> {
    let mut arguments = Cursor::new(body);
    let answer = if T::SPREADS {
        arguments.next_many()
    } else if arguments.is_exhausted() {
        serde_json::from_value(Value::Null).map_err(|error| ClientError::bad_payload(error.to_string()))
    } else {
        arguments.next()
    };
    answer.map_err(|error| DecodeError::new(error).into())
}

impl<T> Drop for AckFuture<T> {
    fn drop(&mut self) {
        if let Progress::Waiting { socket, id, .. } = &self.state {
            let core = socket.core();
            if core.acks.forget(*id) {
                core.namespace.observer.counts.acks.missed.one();
            }
        }
    }
}

impl<T> fmt::Debug for AckFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AckFuture").finish_non_exhaustive()
    }
}
