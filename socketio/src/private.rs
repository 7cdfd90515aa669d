//! What only generated code may name. Nothing here is part of the public interface.

pub use std::{column, file, line, module_path, result::Result};

pub use inventory;
pub use serde;

pub use crate::{
    answer::*,
    check::*,
    emit::{Content, Fired, NamedEvent},
    event::{AcknowledgedWith, NeverAnswers, NotAcknowledged, Takes, Token, Untyped},
    extract::{ConnectArgument, OfParts, Own, PartsFallback, Via},
    handler::{Answers, BoxFuture, Call, Incoming, Location, Outcome, StateNeed, Submitted},
    handshake::ConnectParts,
};
// public items, by a path that does not change when theirs do
pub use crate::{
    Acknowledged, ArgsWriter, Arguments, Carries, ClientError, Cx, Direction, EncodeError, Event, FromEvent,
    Handler, Lifecycle, Outgoing, Payload, Subject, kind,
};

/// A handler's future.
pub fn pin<F: Future<Output = Outcome> + Send + 'static>(future: F) -> BoxFuture {
    Box::pin(future)
}

/// What the crate's `events!` and the module's `namespace!` shadow.
pub mod open {
    pub const __SOCKETIO_EVENTS: crate::EventSet = crate::EventSet::OPEN;
    pub const __SOCKETIO_NAMESPACE: &str = "/";
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
