//! What `#[on]` registers, and the frozen table that events are looked up in.

mod body;
mod build;
mod cursor;
mod incoming;
mod job;
mod lifecycle;
mod print;
mod table;

use std::{any::TypeId, pin::Pin};

use crate::{error::ClientError, handshake::ConnectParts};

pub(crate) use self::{
    body::{AckOnce, AckRequest, Attached, Body, Name},
    build::{Place, collect, is_inside},
    cursor::Cursor,
    job::{EntryId, Job, Listeners, Load},
    table::{Entry, Table},
};
pub use self::{build::BuildError, incoming::Incoming, lifecycle::Lifecycle, print::HandlerTable};

/// What a handler listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Subject {
    /// A moment in the life of a socket.
    Lifecycle(Lifecycle),
    /// An event by its name on the wire.
    Event(&'static str),
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
            Self::Event(name) => name,
            Self::Fallback => "fallback",
            Self::Any => "any",
        }
    }
}

/// How a handler is called.
#[derive(Debug, Clone, Copy)]
#[doc(hidden)]
pub enum Call {
    /// A plain function: called in place, without a future.
    Sync(fn(&Incoming) -> Outcome),
    /// An async function: the future owns the event, so that its arguments may borrow from the frame.
    Async(fn(Incoming) -> BoxFuture),
    /// A connect handler, sync or async: its extractors may be async.
    Connect(fn(Incoming, ConnectParts) -> BoxFuture),
}

#[doc(hidden)]
pub type BoxFuture = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// How a handler's call ended.
#[derive(Debug)]
#[doc(hidden)]
pub enum Outcome {
    /// It returned; a peer that asked for an acknowledgement has none from this handler.
    Done,
    /// It returned, and its value is on the way to the peer that asked; or it took the `Ack` with it.
    Answered,
    /// It returned an error, or its value could not be encoded.
    Failed(ClientError),
    /// The argument at `argument` could not be extracted: the handler did not run.
    Rejected {
        /// Position of the argument in the signature.
        argument: usize,
        /// What the client receives.
        error: ClientError,
    },
}

/// Who acknowledges an event: at most one of its handlers does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(hidden)]
pub enum Answers {
    /// The handler only listens: it returns nothing.
    Nothing,
    /// The returned value is the acknowledgement.
    Value,
    /// The handler takes an `Ack<T>` argument, and may answer later.
    Argument,
}

/// State that a handler takes through `State<S>`.
#[derive(Debug, Clone, Copy)]
#[doc(hidden)]
pub struct StateNeed {
    pub id: fn() -> TypeId,
    pub name: fn() -> &'static str,
}

impl StateNeed {
    pub const fn of<S: 'static>() -> Self {
        Self { id: TypeId::of::<S>, name: std::any::type_name::<S> }
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
    pub namespace: &'static str,
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
}

/// Where a handler stands in the source. The fields are in the order that handlers run in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[doc(hidden)]
pub struct Location {
    pub module: &'static str,
    pub file: &'static str,
    /// Line and column of the `impl` that holds the function; the function's own if there is none.
    pub block: (u32, u32),
    /// The line of the function's name. If a macro made the name, this is the line of the outermost macro call.
    pub line: u32,
    pub column: u32,
    /// Among those that one macro call made: line and column in the macro's definition, then what was expanded first.
    pub written: [u32; 4],
    pub function: &'static str,
}

/// What `inventory` collects: each descriptor is a `static`, so that it has one address in the program.
#[derive(Debug)]
#[doc(hidden)]
pub struct Submitted(pub &'static Handler);

inventory::collect!(Submitted);

#[cfg(test)]
mod tests;
