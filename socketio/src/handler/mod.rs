//! What `#[on]` registers, and the frozen table that events are looked up in.

mod body;
mod build;
mod cursor;
pub(crate) mod descriptor;
pub(crate) mod incoming;
mod job;
pub(crate) mod layer;
mod lifecycle;
mod print;
mod table;

pub use self::{lifecycle::Lifecycle, print::HandlerTable};
pub use crate::{
    check::EventSet,
    listener::{IncomingEvent, Listener, ListensTo},
};

pub(crate) use self::{
    body::{AckOnce, AckRequest, Attached, Body, Name},
    build::{Tables, collect, is_inside},
    cursor::Cursor,
    descriptor::{Answers, BoxFuture, Call, Guard, Location, Outcome, StateNeed, Submitted},
    incoming::{Incoming, NodeCall, Origin},
    job::{EntryId, Job, Listeners, Waiting},
    table::{Entry, Table},
};

use crate::describe::Described;

/// What a handler listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Subject {
    /// A moment in the life of a socket.
    Lifecycle(Lifecycle),
    /// An event by its name on the wire.
    Event(&'static str),
    /// An event of another node, by its name.
    Node(&'static str),
    /// Events that nobody listens to by name.
    Fallback,
    /// Every event.
    Any,
}

impl Subject {
    /// The word of `#[on(..)]`, or the event's name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Lifecycle(moment) => moment.as_str(),
            Self::Event(name) | Self::Node(name) => name,
            Self::Fallback => "fallback",
            Self::Any => "any",
        }
    }
}

/// One annotated function and one thing it listens to.
///
/// Made by `#[on]`; a program meets it only as an item of [`handlers!`](crate::handlers) and in the printed
/// table of [`SocketIo::table`](crate::SocketIo::table).
#[derive(Debug)]
pub struct Handler {
    #[doc(hidden)]
    pub subject: Subject,
    #[doc(hidden)]
    pub namespace: (&'static str, &'static [Guard]),
    #[doc(hidden)]
    pub priority: i32,
    #[doc(hidden)]
    pub concurrent: bool,
    #[doc(hidden)]
    pub location: Location,
    #[doc(hidden)]
    pub call: Call,
    #[doc(hidden)]
    pub answers: Answers,
    #[doc(hidden)]
    pub needs_parts: bool,
    #[doc(hidden)]
    pub needs: &'static [Option<StateNeed>],
    #[doc(hidden)]
    pub described: Described,
}

#[cfg(test)]
mod tests;
