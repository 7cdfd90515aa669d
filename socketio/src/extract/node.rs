//! What a handler of an event between nodes may take besides the event.

use super::{EventContext, EventName, FromEvent, State, own};
use crate::{
    error::{ClientError, code},
    event::kind::NodeEvent,
    handler::{NodeCall, Origin},
    node::NodeId,
};

impl<'e> EventContext<'e> {
    /// The call of another node.
    pub(crate) fn call(&self) -> Result<&'e NodeCall, ClientError> {
        match &self.incoming().origin {
            Origin::Node(call) => Ok(call),
            // handlers of this kind are in a table of their own
            Origin::Client(_) => Err(ClientError::new(code::INTERNAL, "not an event between nodes")),
        }
    }
}

/// The node that sent the event. A sender without a name of its own, such as Node's emitter, is `emitter`.
impl<'e> FromEvent<'e, NodeEvent> for NodeId {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        cx.call().map(|call| call.from().clone())
    }
}

impl<'e, S: Clone + Send + Sync + 'static> FromEvent<'e, NodeEvent> for State<S> {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        own::state(cx.call()?.namespace())
    }
}

impl<'e> FromEvent<'e, NodeEvent> for EventName<'e> {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        Ok(Self(cx.event()))
    }
}
