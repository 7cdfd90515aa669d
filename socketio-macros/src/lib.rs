//! The macros of the `socketio` crate, which re-exports them: their documentation is there.
//!
//! Each macro is a pipeline of four steps: `on`, `event` and `lists` show them in a few lines. The item is parsed
//! (`ast`), then its attributes (`attr`); what tokens alone show is checked (`check`); the rest is left to the compiler
//! by the generated code (`expand`). A step knows those before it and none after it.

mod ast;
mod attr;
mod cfg;
mod check;
mod client_error;
mod diag;
mod event;
mod expand;
#[cfg(test)]
mod expansions;
mod lists;
mod on;
mod words;

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use proc_macro::TokenStream;

/// Registers a function as a handler. See the documentation of the `socketio` crate.
#[proc_macro_attribute]
pub fn on(attr: TokenStream, item: TokenStream) -> TokenStream {
    // a crate is expanded in one process
    static EXPANSIONS: AtomicU32 = AtomicU32::new(0);
    on::on(attr.into(), &item.into(), EXPANSIONS.fetch_add(1, Relaxed)).into()
}

/// Makes a type an event. See the documentation of the `socketio` crate.
#[proc_macro_derive(Event, attributes(event))]
pub fn derive_event(item: TokenStream) -> TokenStream {
    event::derive_event(item.into()).into()
}

/// Makes a type an argument of events and an acknowledgement. See the documentation of the `socketio` crate.
#[proc_macro_derive(Payload, attributes(payload))]
pub fn derive_payload(item: TokenStream) -> TokenStream {
    event::derive_payload(item.into()).into()
}

/// Says what a client receives of an error. See the documentation of the `socketio` crate.
#[proc_macro_derive(IntoClientError, attributes(client_error))]
pub fn derive_into_client_error(item: TokenStream) -> TokenStream {
    client_error::derive(item.into()).into()
}

/// Lists the events that a crate knows. See the documentation of the `socketio` crate.
#[proc_macro]
pub fn events(item: TokenStream) -> TokenStream {
    lists::events(item.into()).into()
}

/// An event by its name, to be emitted. See the documentation of the `socketio` crate.
#[proc_macro]
pub fn event(item: TokenStream) -> TokenStream {
    lists::event(item.into()).into()
}

/// A list of handlers. See the documentation of the `socketio` crate.
#[proc_macro]
pub fn handlers(item: TokenStream) -> TokenStream {
    lists::handlers(item.into()).into()
}

/// The namespace of a module's handlers. See the documentation of the `socketio` crate.
#[proc_macro]
pub fn namespace(item: TokenStream) -> TokenStream {
    lists::namespace(item.into()).into()
}
