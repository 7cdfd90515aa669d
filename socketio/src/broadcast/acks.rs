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
    cluster::{Asking, Reply},
    error::{AckError, Incomplete},
    event::Payload,
    namespace::Namespace,
    node::NodeId,
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
    /// How many of this process have not answered, or said that they will not.
    missing: usize,
    /// The clients of the other nodes.
    remote: Option<Asking>,
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
#[error(
    "{missing} clients and {silent_nodes} nodes did not answer in time, {} answered with an error or left",
    failed.len()
)]
#[non_exhaustive]
pub struct PartialAcks<T> {
    /// The answers that came.
    pub answers: Vec<T>,
    /// The sockets that did not answer with a value, and why.
    pub failed: Vec<(Answerer, AckError)>,
    /// How many did not answer in time.
    pub missing: usize,
    /// How many other nodes did not say in time how many clients they have; none without a cluster.
    pub silent_nodes: usize,
}

/// From where an answer to a message to many came.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Answerer {
    /// A socket of this process.
    Local(SocketId),
    /// A socket of another node, if the wire says of which: acknowledgements travel without the id of the socket.
    Remote(Option<NodeId>),
}

impl fmt::Display for Answerer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(id) => id.fmt(f),
            Self::Remote(Some(node)) => write!(f, "a socket of node {node}"),
            Self::Remote(None) => f.write_str("a socket of another node"),
        }
    }
}

impl From<SocketId> for Answerer {
    fn from(id: SocketId) -> Self {
        Self::Local(id)
    }
}

impl<T> BroadcastAcks<T> {
    pub(super) fn new(
        namespace: Arc<Namespace>,
        id: u32,
        answers: mpsc::UnboundedReceiver<(SocketId, Answer)>,
        sent: usize,
        remote: Option<Asking>,
        timeout: Duration,
    ) -> Self {
        Self { namespace, id, answers, missing: sent, remote, timeout, timer: None, value: PhantomData }
    }

    /// How many are known not to have answered yet.
    pub fn missing(&self) -> usize {
        self.missing + self.remote.as_ref().map_or(0, |asking| asking.tally().missing_clients())
    }

    /// How many other nodes have not said how many clients they have.
    fn silent_nodes(&self) -> usize {
        let tally = self.remote.as_ref().map(Asking::tally);
        tally.map_or(0, |tally| tally.expected().saturating_sub(tally.answered()))
    }

    /// Is the answer of the other nodes known not to be complete?
    fn is_cut_off(&self) -> bool {
        self.remote.as_ref().is_some_and(|asking| asking.incomplete() == Some(Incomplete::NotConnected))
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
        let (missing, silent_nodes) = (self.missing(), self.silent_nodes());
        if failed.is_empty() && missing == 0 && silent_nodes == 0 && !self.is_cut_off() {
            Ok(answers)
        } else {
            Err(PartialAcks { answers, failed, missing, silent_nodes })
        }
    }
}

impl<T: Payload + DeserializeOwned> Stream for BroadcastAcks<T> {
    type Item = (Answerer, Result<T, AckError>);

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.missing > 0
            && let Poll::Ready(answer) = this.answers.poll_recv(cx)
        {
            return Poll::Ready(answer.map(|(id, answer)| {
                this.missing -= 1;
                (id.into(), answer.and_then(|reply| decode(reply.body()?)))
            }));
        }
        let is_remote_over = match &mut this.remote {
            None => true,
            Some(asking) => loop {
                match asking.poll_next(cx) {
                    Poll::Pending => break false,
                    Poll::Ready(None) => break true,
                    Poll::Ready(Some((node, Reply::Acked(value)))) => {
                        return Poll::Ready(Some((Answerer::Remote(node), decode(&value.into_answer()))));
                    }
                    Poll::Ready(Some((node, Reply::NoAck))) => {
                        return Poll::Ready(Some((Answerer::Remote(node), Err(AckError::Disconnected))));
                    }
                    // how many clients a node has is kept in the tally
                    Poll::Ready(Some(_)) => {}
                }
            },
        };
        if this.missing == 0 && is_remote_over {
            return Poll::Ready(None);
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
