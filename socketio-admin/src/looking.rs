//! What other nodes ask for, on behalf of their administrators.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use socketio::{Event, SocketIo, State, namespace, on};

use crate::{seen::Seen, task::Shared};

namespace!("/admin");

/// What is to be seen of a node?
#[derive(Debug, Serialize, Deserialize, Event)]
#[event("socketio-admin:look", from = node, ack = Seen)]
pub(crate) struct Look {
    /// By server: where the events begin that were not seen yet.
    pub(crate) next: BTreeMap<String, u64>,
}

#[on(Look, manual)]
pub(crate) fn look(event: Look, io: SocketIo, State(shared): State<Arc<Shared>>) -> Seen {
    shared.look(&io, event.next.get(&shared.server.id).copied())
}
