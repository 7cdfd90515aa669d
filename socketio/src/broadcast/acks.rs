//! Acknowledgements of a message to many.

use std::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use serde::de::DeserializeOwned;
use tokio::{
    sync::mpsc,
    time::{Sleep, sleep},
};

use crate::{
    error::AckError,
    event::Payload,
    namespace::Namespace,
    socket::{Answer, SocketId, decode},
};

/// The answers to a broadcast, as they come; made by [`Broadcast::emit_with_ack`](super::Broadcast::emit_with_ack).
///
/// A [`Stream`] of the answers, each with its socket. It ends when everyone has answered or left, or when
/// the time, counted from the first poll, is over. Awaited as a whole it gives all answers, or those that
/// came:
///
/// ```
/// # use socketio::{Event, Payload, SocketIo};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Event)]
/// # #[event("ready", from = server, ack = bool)]
/// # struct AreYouReady;
/// # async fn example(io: SocketIo) {
/// match io.to("players").emit_with_ack(&AreYouReady).await {
///     Ok(answers) => assert!(answers.into_iter().all(|ready| ready)),
///     Err(partial) => println!("{} did not answer", partial.missing),
/// }
/// # }
/// ```
#[must_use = "answers come when it is polled; use `emit` where none are wanted"]
pub struct BroadcastAcks<T> {
    namespace: Arc<Namespace>,
    id: u32,
    answers: mpsc::UnboundedReceiver<(SocketId, Answer)>,
    /// How many have not answered, or said that they will not.
    missing: usize,
    timeout: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    value: PhantomData<fn() -> T>,
}

/// Not everyone has answered with what was asked for.
///
/// ```
/// # async fn example(io: &socketio::SocketIo) {
/// use serde::{Deserialize, Serialize};
/// use socketio::{Event, Payload};
///
/// #[derive(Serialize, Deserialize, Event)]
/// #[event("vote", from = server, ack = Vote)]
/// struct Ask;
///
/// #[derive(Serialize, Deserialize, Payload)]
/// struct Vote(bool);
///
/// match io.emit_with_ack(&Ask).await {
///     Ok(votes) => println!("{} votes", votes.len()),
///     Err(partial) => println!("{partial}"),
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{missing} clients did not answer in time, {} answered with an error or left", failed.len())]
#[non_exhaustive]
pub struct PartialAcks<T> {
    /// The answers that came.
    pub answers: Vec<T>,
    /// The sockets that did not answer with a value, and why.
    pub failed: Vec<(SocketId, AckError)>,
    /// How many did not answer in time.
    pub missing: usize,
}

impl<T> BroadcastAcks<T> {
    pub(super) fn new(
        namespace: Arc<Namespace>,
        id: u32,
        answers: mpsc::UnboundedReceiver<(SocketId, Answer)>,
        sent: usize,
        timeout: Duration,
    ) -> Self {
        Self { namespace, id, answers, missing: sent, timeout, timer: None, value: PhantomData }
    }

    /// How many have not answered yet.
    pub fn missing(&self) -> usize {
        self.missing
    }
}

impl<T: Payload + DeserializeOwned> BroadcastAcks<T> {
    /// Waits for all answers.
    ///
    /// # Errors
    /// If somebody does not answer in time, leaves, or answers with something else: with the answers that came.
    ///
    /// # Cancel safety
    /// Dropping the future forgets the answers that came.
    pub async fn all(mut self) -> Result<Vec<T>, PartialAcks<T>> {
        let (mut answers, mut failed) = (vec![], vec![]);
        while let Some((id, answer)) = std::future::poll_fn(|cx| Pin::new(&mut self).poll_next(cx)).await {
            match answer {
                Ok(answer) => answers.push(answer),
                Err(error) => failed.push((id, error)),
            }
        }
        let missing = self.missing;
        if failed.is_empty() && missing == 0 {
            Ok(answers)
        } else {
            Err(PartialAcks { answers, failed, missing })
        }
    }
}

impl<T: Payload + DeserializeOwned> Stream for BroadcastAcks<T> {
    type Item = (SocketId, Result<T, AckError>);

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.missing == 0 {
            return Poll::Ready(None);
        }
        if let Poll::Ready(answer) = this.answers.poll_recv(cx) {
            return Poll::Ready(answer.map(|(id, answer)| {
                this.missing -= 1;
                (id, answer.and_then(|body| decode(&body)))
            }));
        }
        let timeout = this.timeout;
        ready!(this.timer.get_or_insert_with(|| Box::pin(sleep(timeout))).as_mut().poll(cx));
        Poll::Ready(None)
    }
}

impl<T: Payload + DeserializeOwned + Send + 'static> IntoFuture for BroadcastAcks<T> {
    type Output = Result<Vec<T>, PartialAcks<T>>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.all())
    }
}

impl<T> Drop for BroadcastAcks<T> {
    fn drop(&mut self) {
        if self.missing > 0 {
            self.namespace.forget_ack(self.id);
        }
    }
}

impl<T> fmt::Debug for BroadcastAcks<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BroadcastAcks").field("missing", &self.missing).finish_non_exhaustive()
    }
}
