//! What goes out: an operation or a question of this process, for the other nodes.

use std::{sync::Arc, time::Duration};

use super::{
    Action, Asking, Asks, Attached, Operation, Packed, Question, Selection, attached::pack, state::count,
};
use crate::{
    error::EncodeError,
    namespace::{Namespace, Target, Verb},
};

/// Gives an operation to the cluster of a namespace, if it has one. Verbs of this process stay here. Returns `true` if the
/// members of this process get it from there as well, in the order of the cluster's history.
///
/// # Errors
/// If a value cannot be encoded.
pub(crate) fn publish(namespace: &Namespace, target: &Target, verb: &Verb<'_>) -> Result<bool, EncodeError> {
    let Some(cluster) = &namespace.cluster else { return Ok(false) };
    let selection = Selection::from(target);
    let publish =
        |action| cluster.publish(&Operation { namespace: &namespace.name, selection: &selection, action });
    match verb {
        Verb::Emit { content, delivery } => {
            let event = &pack(content)?;
            let compress = content.may_be_compressed();
            let is_taken = publish(Action::Emit { event, volatile: delivery.volatile, compress });
            return Ok(is_taken && !delivery.volatile && namespace.history().is_some());
        }
        Verb::Join(room) => publish(Action::Join(std::slice::from_ref(room))),
        Verb::Leave(room) => publish(Action::Leave(&[Arc::from(*room)])),
        Verb::Disconnect => publish(Action::Disconnect { close: false }),
        Verb::Fetch | Verb::Fire(_) => false,
    };
    Ok(false)
}

/// Asks the other nodes, if there is a cluster.
pub(crate) fn ask(
    namespace: &Namespace,
    target: &Target,
    timeout: Duration,
    asks: Asks<'_>,
) -> Option<Asking> {
    let cluster = namespace.cluster.as_ref()?;
    let counts_clients = matches!(asks, Asks::Emit(_));
    let mut asking = Asking::new(cluster.clone(), namespace.name.clone(), timeout, counts_clients);
    let selection = Selection::from(target);
    let question =
        Question { id: asking.id(), namespace: &namespace.name, selection: &selection, timeout, asks };
    match cluster.driver().ask(&question) {
        Ok(()) => count(&cluster.counters.published),
        Err(_) => asking.not_connected(),
    }
    Some(asking)
}

/// Tells the other nodes an event between nodes; nobody answers.
pub(crate) fn tell(cluster: &Attached, namespace: &str, event: &Packed) {
    let selection = Selection::default();
    cluster.publish(&Operation { namespace, selection: &selection, action: Action::Tell(event) });
}

impl From<&Target> for Selection {
    /// Each socket is in the room of its id.
    fn from(target: &Target) -> Self {
        let own = |id: &Option<crate::SocketId>| id.map(|id| Arc::<str>::from(id.to_string()));
        let rooms = target.rooms.iter().cloned().chain(own(&target.only)).collect();
        let except = target.except.iter().cloned().chain(own(&target.except_socket)).collect();
        Self { rooms, except }
    }
}
