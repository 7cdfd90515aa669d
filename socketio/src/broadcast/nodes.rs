//! Events between the nodes of a cluster.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Broadcast, settled};
use crate::{
    cluster::{self, Asks, Packed, Reply},
    error::{AckError, EncodeError, RemoteError},
    event::{Acknowledged, BetweenNodes, Payload},
    namespace::Namespace,
    node::NodeId,
    socket::decode,
};

impl Broadcast {
    /// Runs the handlers of an event on every other node, for this namespace and whatever the selection; nobody answers.
    /// Without a cluster there are no other nodes.
    ///
    /// ```
    /// use serde::{Deserialize, Serialize};
    /// use socketio::{Event, SocketIo, State, on};
    ///
    /// #[derive(Serialize, Deserialize, Event)]
    /// #[event("cache:drop", from = node, ack = usize)]
    /// struct CacheDrop {
    ///     prefix: String,
    /// }
    ///
    /// #[on(CacheDrop)]
    /// fn dropped(event: CacheDrop, io: SocketIo) -> usize {
    ///     println!("{} is dropped, {} sockets are here", event.prefix, io.socket_count());
    ///     1
    /// }
    ///
    /// # async fn example(io: SocketIo) -> Result<(), Box<dyn std::error::Error>> {
    /// let event = CacheDrop { prefix: "user:".to_owned() };
    /// io.server_side_emit(&event);
    /// // or with the answer of each
    /// let dropped: Vec<usize> = io.server_side_emit_with_ack(&event).await?;
    /// # Ok(())
    /// # }
    /// ```
    /// A value that cannot be encoded is reported to `tracing`.
    pub fn server_side_emit<E: BetweenNodes>(&self, event: &E) {
        let Some(cluster) = self.cluster() else { return };
        match Packed::event(E::NAME, event) {
            Ok(event) => cluster::tell(cluster, &self.namespace.name, &event),
            Err(error) => self.report(&error),
        }
    }

    /// The same, with the answers of the other nodes: all of them, in the order in which they came. The event is sent when
    /// this is called. Waits as long as [`cluster_timeout`](crate::Config::cluster_timeout), or
    /// [`timeout`](Self::timeout), lets it.
    ///
    /// # Errors
    /// If a node is there and does not answer, has no handler, or answers with an error: with the answers that came.
    pub fn server_side_emit_with_ack<E: BetweenNodes + Acknowledged>(&self, event: &E) -> NodeAnswers<E::Ack>
    where
        E::Ack: Payload + DeserializeOwned + Send + 'static,
    {
        let asking = match self.cluster() {
            None => Ok(None),
            Some(_) => Packed::event(E::NAME, event).map(|event| self.ask(Asks::Tell(&event))),
        };
        NodeAnswers(Box::pin(answers(asking)))
    }

    fn cluster(&self) -> Option<&cluster::Attached> {
        let namespace: &Namespace = &self.namespace;
        namespace.cluster.as_deref().filter(|_| !self.local)
    }
}

/// The answers of the other nodes; made by [`Broadcast::server_side_emit_with_ack`].
///
/// Dropping it forgets the answers.
#[must_use = "the answers come when it is awaited; use `server_side_emit` where none are wanted"]
pub struct NodeAnswers<T>(Pin<Box<dyn Future<Output = Answers<T>> + Send>>);

type Answers<T> = Result<Vec<T>, RemoteError<T>>;

impl<T> Future for NodeAnswers<T> {
    type Output = Answers<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl<T> fmt::Debug for NodeAnswers<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeAnswers").finish_non_exhaustive()
    }
}

async fn answers<T: Payload + DeserializeOwned>(
    asking: Result<Option<cluster::Asking>, EncodeError>,
) -> Result<Vec<T>, RemoteError<T>> {
    let Some(mut asking) = asking? else { return Ok(vec![]) };
    let (mut answers, mut failed): (Vec<T>, Vec<(Option<NodeId>, AckError)>) = (vec![], vec![]);
    while let Some((node, reply)) = asking.next().await {
        match reply {
            Reply::Value(value) => match answer(value) {
                Ok(value) => answers.push(value),
                Err(error) => failed.push((node, error)),
            },
            Reply::Nobody => failed.push((node, AckError::Refused(no_handler()))),
            _ => {}
        }
    }
    settled(&asking, answers, failed)
}

/// An answer of another node: a value, or `{"error":{..}}`.
fn answer<T: Payload + DeserializeOwned>(value: Packed) -> Result<T, AckError> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Refusal {
        error: Value,
    }
    if value.text().trim_start().starts_with("{\"error\"")
        && let Ok(refusal) = serde_json::from_str::<Refusal>(value.text())
        && refusal.error.get("code").is_some()
    {
        return Err(AckError::Refused(refusal.error));
    }
    decode(&value.into_answer())
}

fn no_handler() -> Value {
    serde_json::json!({ "code": crate::error::code::UNKNOWN_EVENT, "message": "no handler for this event" })
}
