//! The events of a server for those who write its clients: TypeScript, AsyncAPI, JSON. Feature `contract`.
//!
//! [`SocketIo::contract`] knows every event of the server with its arguments and its acknowledgement, from the same types
//! that the server reads and writes. See [`guide::contract`](crate::guide::contract).

mod asyncapi;
mod check;
mod collect;
mod document;
mod json;
mod marks;
mod names;
#[doc(hidden)]
pub mod probe;
mod schemas;
mod types;
mod typescript;
mod warning;

use std::fmt;

pub use schemars::{self, JsonSchema};

use self::document::{Dialect, Document};
pub use self::{check::ContractError, warning::Warning};
use crate::io::SocketIo;

impl SocketIo {
    /// What clients may send and receive: for each namespace every event, with its direction, its arguments, its
    /// acknowledgement and its documentation.
    ///
    /// What clients send is what the server has handlers for. What the server sends is every event type of the program (of
    /// the modules that were [discovered](crate::SocketIoBuilder::discover_in)) that is not `from = client`, in each namespace
    /// or in the one that `#[event(.., namespace = "/admin")]` names, and the names of
    /// [required](crate::SocketIoBuilder::require) lists that have no type.
    ///
    /// ```
    /// use serde::{Deserialize, Serialize};
    /// use socketio::{Event, Payload, SocketIo, contract::{JsonSchema, schemars}, on};
    ///
    /// #[derive(Serialize, Deserialize, JsonSchema, Payload)]
    /// struct Receipt {
    ///     id: u32,
    /// }
    ///
    /// #[derive(Deserialize, JsonSchema, Event)]
    /// #[event("chat:send", from = client, ack = Receipt)]
    /// struct Send {
    ///     text: String,
    /// }
    ///
    /// #[on(Send)]
    /// fn send(send: Send) -> Receipt {
    ///     Receipt { id: send.text.len() as u32 }
    /// }
    ///
    /// # fn main() -> Result<(), socketio::error::BuildError> {
    /// let io = SocketIo::builder().discover().build()?;
    /// let typescript = io.contract().typescript();
    /// assert!(typescript.contains(r#""chat:send": (data: Send, ack: (answer: Receipt | Failure) => void) => void;"#));
    /// # Ok(())
    /// # }
    /// ```
    pub fn contract(&self) -> Contract {
        let (found, doubts) = collect::collect(self.hub());
        let document = Document::new(&found, Dialect::Latest, &doubts);
        Contract { found, doubts, document, allowed: vec![] }
    }
}

/// The events of a server: made by [`SocketIo::contract`].
///
/// The outputs are the same in every build of a program: they depend on nothing but its types and handlers.
pub struct Contract {
    found: Vec<collect::Namespace>,
    doubts: Vec<Warning>,
    document: Document,
    allowed: Vec<String>,
}

impl Contract {
    /// A module of TypeScript without imports: `ClientToServerEvents` and `ServerToClientEvents` for the namespace `/`, for
    /// others with a prefix (`AdminClientToServerEvents`), all of them in the table `Namespaces`, and every type of a
    /// payload.
    pub fn typescript(&self) -> String {
        typescript::write(&self.document)
    }

    /// A document of AsyncAPI 3.1: a namespace is a channel, an event a message, an acknowledgement a reply. `title` and
    /// `version` are those of the program.
    pub fn asyncapi(&self, title: &str, version: &str) -> String {
        let document = Document::new(&self.found, Dialect::Draft07, &self.doubts);
        asyncapi::write(&document, title, version)
    }

    /// The same as JSON with schemas of JSON Schema 2020-12, for other generators.
    pub fn json(&self) -> String {
        json::write(&self.document)
    }

    /// What is not as exact as it could be: types without a schema, which are `unknown`, and names that two types share.
    pub fn warnings(&self) -> &[Warning] {
        &self.document.warnings
    }

    /// Takes a [warning](Self::warnings) about this [subject](Warning::subject) as known, so that the checks do not fail because of it.
    #[must_use]
    pub fn allow(mut self, subject: impl Into<String>) -> Self {
        self.allowed.push(subject.into());
        self
    }
}

impl fmt::Debug for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.found.iter().map(|namespace| namespace.name);
        f.debug_list().entries(names).finish()
    }
}
