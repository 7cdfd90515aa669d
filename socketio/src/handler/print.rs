//! The handler table, printed.

use std::{fmt, sync::Arc};

use super::{Answers, Subject};
use crate::hub::Hub;

/// What is handled by whom; see [`SocketIo::table`](crate::SocketIo::table).
///
/// ```
/// # #[socketio::on("chat:message")] fn message() {}
/// # fn main() -> Result<(), socketio::error::BuildError> {
/// let io = socketio::SocketIo::builder().discover().build()?;
/// assert!(io.table().to_string().contains("\"chat:message\""));
/// # Ok(())
/// # }
/// ```
pub struct HandlerTable(Arc<Hub>);

impl HandlerTable {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        Self(hub)
    }
}

impl fmt::Display for HandlerTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, table) in self.0.namespaces().tables() {
            writeln!(f, "namespace {name}")?;
            for entry in table.entries() {
                for handler in entry.own() {
                    let subject = match handler.subject {
                        Subject::Event(name) => format!("{name:?}"),
                        Subject::Node(name) => format!("{name:?} (node)"),
                        word => word.as_str().to_owned(),
                    };
                    let answers = if handler.answers == Answers::Nothing { "" } else { " (answers)" };
                    let at = handler.location.place();
                    writeln!(
                        f,
                        "  {subject:24} {}::{}{answers} at {at}",
                        handler.location.module, handler.location.function
                    )?;
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for HandlerTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
