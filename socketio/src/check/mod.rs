//! Checks of event names that run in the compiler: const evaluation sees what macros cannot, the other items.
//!
//! Everything here is written for the const evaluator: tables and filters, because its steps are limited.

mod near;
mod set;
mod text;

use self::text::{Text, same};
use crate::event::{Direction, Takes};

pub(crate) use self::near::{LIFECYCLE, distance};
pub use self::set::{EventSet, check_first, event_set, table};

/// A name that `#[on(..)]` or `event!(..)` uses must be in the crate's list, if it has one.
#[track_caller]
pub const fn check_name(name: &str, events: &EventSet) {
    if !events.is_strict() || events.knows(name) {
        return;
    }
    let text = Text::new().push("unknown event \"").push(name).push("\"");
    let near = events.nearest(name);
    let text = if near.is_empty() {
        events.list(text.push(": it is not in this crate's `socketio::events!` (known: ")).push(")")
    } else {
        text.push(", did you mean \"").push(near).push("\"?")
    };
    panic!("{}", text.as_str())
}

/// An event type that a crate declares must be in the crate's list, if it has one.
#[track_caller]
pub const fn check_declared(name: &str, events: &EventSet) {
    if !events.is_strict() || events.knows(name) {
        return;
    }
    let text = Text::new().push("event \"").push(name);
    let text = text.push("\" is declared here but is missing from this crate's `socketio::events!`");
    panic!("{}", text.as_str())
}

/// The list stands where it is looked for: what is found from the crate's root must be a list.
#[track_caller]
pub const fn check_in_root(events: &EventSet) {
    if !events.is_strict() {
        panic!("`socketio::events!` stands in the crate's root (`main.rs` or `lib.rs`), outside any function")
    }
}

/// What the root of a crate with `events!` imports.
pub mod listed {
    /// Hides the deprecated item of this name by which `#[on(..)]` warns: the list decides about names.
    #[allow(non_upper_case_globals)]
    pub const misspelt_lifecycle_word: () = ();
}

/// A handler listens to what clients send.
#[track_caller]
pub const fn check_incoming(name: &str, direction: Direction) {
    if let Direction::Server = direction {
        let text = Text::new().push("event \"").push(name);
        let text =
            text.push("\" is declared `from = server`: clients never send it, so it cannot have a handler");
        panic!("{}", text.as_str())
    }
}

/// What the type of an argument says: the event that it is the payload of, how many arguments it takes, whether it is an `Ack`.
pub type AboutArgument = (Option<&'static str>, Takes, bool);

/// An argument that is an extractor of ours.
pub const OURS: AboutArgument = (None, Takes::Nothing, false);

/// Checks the argument at `at` of a handler of `event`. The macro writes one call that does it all, because the compiler has to
/// type-check every call that it writes, in every handler.
#[track_caller]
pub const fn check_argument(event: &str, all: &[AboutArgument], at: usize) {
    check_payload(event, all[at].0);
    check_place(all, at);
    check_ack(all, at);
}

/// The argument at `at` of a handler of events of any name.
#[track_caller]
pub const fn check_argument_of_any(all: &[AboutArgument], at: usize) {
    check_any_payload(all[at].0);
    check_place(all, at);
    check_ack(all, at);
}

/// A typed payload belongs to the event that its handler listens to.
#[track_caller]
const fn check_payload(event: &str, payload: Option<&str>) {
    if let Some(payload) = payload
        && !same(event, payload)
    {
        let text = Text::new().push("this handler listens to \"").push(event);
        let text = text.push("\", but this argument is the payload of event \"").push(payload).push("\"");
        panic!("{}", text.as_str())
    }
}

/// The argument of a handler at `at` has a place where something is left for it, and leaves what others need.
#[track_caller]
const fn check_place(all: &[AboutArgument], at: usize) {
    if let Takes::Nothing = all[at].1 {
        return;
    }
    let mut i = 0;
    while i < all.len() {
        match (all[i].1, all[at].1) {
            (Takes::All, _) if i < at => {
                panic!("nothing is left for this argument: `Rest` before it takes all that remain")
            }
            (Takes::One, Takes::Optional) if i > at => panic!(
                "an `Option` may be missing, so that it stands last: an argument that may only be `null` is `Data<Option<T>>`"
            ),
            _ => {}
        }
        i += 1;
    }
}

/// A handler answers once.
#[track_caller]
const fn check_ack(all: &[AboutArgument], at: usize) {
    let mut i = 0;
    while i < at {
        if all[i].2 && all[at].2 {
            panic!("an event is acknowledged once: this handler has an `Ack` already");
        }
        i += 1;
    }
}

/// Events of any name have no payload of their own.
#[track_caller]
const fn check_any_payload(payload: Option<&str>) {
    if let Some(payload) = payload {
        let text = Text::new()
            .push("this handler takes events of any name, but this argument is the payload of event \"");
        let text = text.push(payload).push("\": take `Rest`, or handle that event by its name");
        panic!("{}", text.as_str())
    }
}
