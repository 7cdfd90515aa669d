//! What only generated code may name. Nothing here is part of the public interface.

pub use std::{module_path, result::Result};

pub use inventory;
#[cfg(feature = "contract")]
pub use schemars::JsonSchema;
pub use serde;

pub use crate::{
    __describe_entry as describe_entry, __describe_event as describe_event,
    __describe_handler as describe_handler,
    answer::*,
    check::*,
    describe::*,
    emit::{
        content::{Content, Fired},
        named::NamedEvent,
    },
    encode::{ArgsWriter, Arguments},
    error::{
        EncodeError, FieldErrors, IntoClientError,
        client::ClientError,
        derived::{ErrorData, error_with},
    },
    event::{
        Acknowledged, AcknowledgedWith, BetweenNodes, Carries, Direction, Event, NeverAnswers,
        NotAcknowledged, Outgoing, Payload, Takes, Token, Untyped, kind,
    },
    extract::{
        EventContext, FromEvent,
        connect::{ConnectArgument, OfParts, Own, PartsFallback, Via},
        validate::*,
    },
    handler::{
        Handler, Lifecycle, Subject,
        descriptor::{Answers, BoxFuture, Call, Guard, Here, Location, Outcome, StateNeed, Submitted, here},
        incoming::Incoming,
    },
    handshake::ConnectParts,
    middleware::AsGuard,
};

#[cfg(feature = "contract")]
pub use crate::contract::probe::*;

/// The traits that answer for types which say nothing themselves: with all of them in scope, an expansion needs one import.
pub mod fallbacks {
    pub use crate::{
        answer::{
            AckParamFallback as _, AckTokenFallback as _, AnswersFallback as _, IsAckFallback as _,
            NoEvent as _, Pick as _, StateNeedFallback as _, TakesNothing as _, With as _,
        },
        extract::connect::PartsFallback as _,
    };
}

/// What a handler of an event type listens to.
pub const fn subject_of(name: &'static str, direction: Direction) -> Subject {
    if matches!(direction, Direction::Node) { Subject::Node(name) } else { Subject::Event(name) }
}

/// A handler's future.
pub fn pin<F: Future<Output = Outcome> + Send + 'static>(future: F) -> BoxFuture {
    Box::pin(future)
}

/// What the crate's `events!` and the module's `namespace!` shadow.
pub mod open {
    pub const __SOCKETIO_EVENTS: crate::handler::EventSet = crate::handler::EventSet::OPEN;
    pub const __SOCKETIO_NAMESPACE: &str = "/";
    pub const __SOCKETIO_GUARDS: &[crate::handler::descriptor::Guard] = &[];
}

/// What the macros know too, and cannot import: a test compares both.
pub mod words {
    pub const RESERVED: &[&str] = &crate::proto::packet::RESERVED;
    pub const LIFECYCLE: &[&str] = crate::check::LIFECYCLE;
    pub const MAX_NAME: usize = crate::proto::MAX_NAME;

    /// The edit distance, up to a limit.
    pub fn distance(a: &str, b: &str, limit: usize) -> usize {
        crate::check::distance(a, b, limit)
    }
}
