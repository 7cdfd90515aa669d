//! Everything that is wrong with a server, found when it is built.

use std::fmt;

/// Everything that is wrong with a server, found when it is built.
///
/// ```
/// let error = socketio::SocketIo::builder().build().expect_err("no handler");
/// for fault in error.faults() {
///     println!("{fault}");
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildError {
    faults: Vec<String>,
}

impl BuildError {
    pub(crate) fn new(faults: Vec<String>) -> Self {
        Self { faults }
    }

    /// One line for each fault; those of a handler start with its `file:line`.
    pub fn faults(&self) -> &[String] {
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

impl std::error::Error for BuildError {}
