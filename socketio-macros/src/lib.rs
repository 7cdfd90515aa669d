//! The macros of the `socketio` crate, which re-exports them: their documentation is there.
//!
//! Four steps, a file each: attributes are parsed (`attr`), then the item (`ast`), what only tokens show is
//! checked (`check`), and the rest is left to the compiler by what is expanded (`expand`).

mod ast;
mod attr;
mod check;
mod diag;
mod expand;

use proc_macro::TokenStream;

/// Registers a function as a handler. See the documentation of the `socketio` crate.
#[proc_macro_attribute]
pub fn on(attr: TokenStream, item: TokenStream) -> TokenStream {
    expand::on::expand(attr.into(), &item.into()).into()
}

/// Makes a type an event. See the documentation of the `socketio` crate.
#[proc_macro_derive(Event, attributes(event))]
pub fn derive_event(item: TokenStream) -> TokenStream {
    expand::event::expand_event(item.into()).into()
}

/// Makes a type an argument of events and an acknowledgement. See the documentation of the `socketio` crate.
#[proc_macro_derive(Payload, attributes(payload))]
pub fn derive_payload(item: TokenStream) -> TokenStream {
    expand::event::expand_payload(item.into()).into()
}

/// Lists the events that a crate knows. See the documentation of the `socketio` crate.
#[proc_macro]
pub fn events(item: TokenStream) -> TokenStream {
    expand::lists::events(item.into()).into()
}

/// An event by its name, to be emitted. See the documentation of the `socketio` crate.
#[proc_macro]
pub fn event(item: TokenStream) -> TokenStream {
    expand::lists::event(item.into()).into()
}

/// A list of handlers. See the documentation of the `socketio` crate.
#[proc_macro]
pub fn handlers(item: TokenStream) -> TokenStream {
    expand::lists::handlers(item.into()).into()
}

/// The namespace of a module's handlers. See the documentation of the `socketio` crate.
#[proc_macro]
pub fn namespace(item: TokenStream) -> TokenStream {
    expand::lists::namespace(item.into()).into()
}
