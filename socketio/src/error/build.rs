//! Everything that is wrong with a server, found when it is built.

use std::fmt;

/// Everything that is wrong with a server, found when it is built.
///
/// Printed, it is one line for each fault, and those of a handler start with its `file:line`.
///
/// ```
/// use socketio::{SocketIo, error::FaultKind};
///
/// let error = SocketIo::builder().build().expect_err("no handler");
/// assert_eq!(error.faults()[0].kind(), FaultKind::NoHandler);
/// println!("{error}");
/// ```
/// `Debug` prints the same, so that a `main` that returns it ends with a text for people.
#[derive(Clone, PartialEq, Eq)]
pub struct BuildError {
    faults: Vec<Fault>,
}

impl BuildError {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self { faults }
    }

    /// All faults: at least one.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server cannot start")?;
        for fault in &self.faults {
            write!(f, "\n  {fault}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for BuildError {}

/// One thing that is wrong with a server.
///
/// ```
/// use socketio::{Config, SocketIo, error::FaultKind, on};
///
/// #[on("said")]
/// fn said() {}
///
/// let config = Config::new().max_payload(0);
/// let error = SocketIo::builder().discover().config(config).build().expect_err("a fault");
/// let fault = &error.faults()[0];
/// assert_eq!(fault.kind(), FaultKind::Setting("max_payload"));
/// assert_eq!(fault.location(), None, "no handler is at fault");
/// assert_eq!(fault.to_string(), "config: `max_payload` is at least 1 byte");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    kind: FaultKind,
    location: Option<FaultLocation>,
    message: String,
}

/// What is wrong, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// The server has no handler at all.
    NoHandler,
    /// Two handlers answer one event.
    AnsweredTwice,
    /// The file of a handler is compiled twice, so that it would run twice.
    RegisteredTwice,
    /// A handler takes a state that the server does not have.
    MissingState,
    /// The server was given two states of one type.
    StateTwice,
    /// An event of a required list has no handler.
    Unhandled,
    /// A handler listens to an event name that the protocol reserves, or that is empty or longer than
    /// [`max_name`](crate::Config::max_name): it could never come.
    EventName,
    /// A handler belongs to a namespace whose name cannot be.
    NamespaceName,
    /// There are two clusters, or one is joined outside a tokio runtime.
    Cluster,
    /// Gates or middleware were given to a namespace that no handler belongs to.
    UnknownNamespace,
    /// A setting of [`Config`](crate::Config), by the name of its method, has a value that cannot be.
    Setting(&'static str),
}

/// Where the handler with a fault stands. Prints as `file:line`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct FaultLocation {
    /// The path of the source file, as the compiler saw it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

impl Fault {
    pub(crate) fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, location: None, message: message.into() }
    }

    /// A fault of a handler.
    pub(crate) fn at(location: FaultLocation, kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, location: Some(location), message: message.into() }
    }

    /// What is wrong, for programs.
    pub fn kind(&self) -> FaultKind {
        self.kind
    }

    /// Where the handler stands, if it is the fault of one.
    pub fn location(&self) -> Option<FaultLocation> {
        self.location
    }

    /// What is wrong and what to do about it, for people; without the location.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = self.location {
            write!(f, "{location}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl FaultLocation {
    pub(crate) fn new(file: &'static str, line: u32, column: u32) -> Self {
        Self { file, line, column }
    }
}

impl fmt::Display for FaultLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
