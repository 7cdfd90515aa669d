//! What comes before handlers: gates, guards, middleware.
//!
//! | | is | may | costs |
//! |---|---|---|---|
//! | gate | `Fn(&Call) -> Result<(), ClientError>` | let an event pass or refuse it, in place | a call |
//! | guard | an [extractor](crate::extract::FromEvent) that must succeed | the same, at connect after the handlers | an extraction |
//! | middleware | `async fn(.., call: Call, next: Next) -> Outcome` | look, wait, answer instead, give up, change an error | two boxes |
//!
//! They are added to the server ([`gate`](crate::SocketIoBuilder::gate), [`middleware`](crate::SocketIoBuilder::middleware)) or
//! to one of its namespaces ([`namespace`](crate::SocketIoBuilder::namespace)), and run in the order in which they were added,
//! the server's first. They cover events, those that nobody handles included, and the moments `connect` and
//! `disconnect`. A server without any pays nothing for it.
//!
//! The chapter on them is [`guide::middleware`](crate::guide::middleware).

mod around;
mod call;
mod gate;
mod limit;
mod rate;
mod scope;
mod trace;

pub use self::{
    around::{Middleware, Timeout},
    gate::Gate,
    limit::{Excess, RateLimit},
    scope::{AsGuard, NamespaceBuilder},
    trace::Trace,
};
pub use crate::handler::{
    incoming::Call,
    layer::{Next, Outcome, Stop},
};

pub(crate) use self::scope::Layers;
