//! The parts of a [`Handler`] that only generated code and the runtime name.

use std::{any::TypeId, pin::Pin};

use super::{Handler, Incoming, incoming};
use crate::{
    error::{ClientError, FaultLocation},
    handshake::ConnectParts,
};

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
    /// Middleware returned; an error was reported where it happened.
    Told(Option<ClientError>),
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

/// A guard that a module says with `namespace!`: all handlers of the namespace have it.
#[derive(Debug, Clone, Copy)]
#[doc(hidden)]
pub struct Guard {
    pub id: fn() -> TypeId,
    pub name: fn() -> &'static str,
    pub judge: fn(&incoming::Call) -> Result<(), ClientError>,
    pub needs: Option<StateNeed>,
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

/// File, line and column.
#[doc(hidden)]
pub type Here = (&'static str, u32, u32);

/// Where generated code calls this: one call, where `file!()`, `line!()` and `column!()` are three macros to expand.
#[doc(hidden)]
#[track_caller]
pub const fn here() -> Here {
    let here = std::panic::Location::caller();
    (here.file(), here.line(), here.column())
}

impl Location {
    pub const fn new(
        module: &'static str,
        (file, line, column): Here,
        written: [u32; 4],
        function: &'static str,
    ) -> Self {
        Self { module, file, block: (line, column), line, column, written, function }
    }

    pub const fn in_block_at(self, (_, line, column): Here) -> Self {
        Self { block: (line, column), ..self }
    }

    /// `src/chat.rs:12`
    pub(crate) fn place(&self) -> FaultLocation {
        FaultLocation::new(self.file, self.line, self.column)
    }
}

/// What `inventory` collects: each descriptor is a `static`, so that it has one address in the program.
#[derive(Debug)]
#[doc(hidden)]
pub struct Submitted(pub &'static Handler);

inventory::collect!(Submitted);
