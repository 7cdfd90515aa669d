//! Attributes and options: what they say, and the words that they know.

mod event;
mod on;

pub(crate) use self::{
    event::{EventAttr, From, event},
    on::{OnAttr, Subject, is_on, take_on},
};

use syn::{Path, Result, parse::ParseStream};

use crate::diag::nearest;

/// The words of `#[on(..)]` that are moments of a socket's life and not names, and their variants of `Lifecycle`.
pub(crate) const LIFECYCLE: [(&str, &str); 6] = [
    ("connect", "Connect"),
    ("disconnect", "Disconnect"),
    ("close", "Close"),
    ("error", "Error"),
    ("ping", "Ping"),
    ("pong", "Pong"),
];

/// Names that the protocol keeps for itself: no event may have them.
pub(crate) const RESERVED: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// The longest name of an event, in bytes.
pub(crate) const MAX_NAME: usize = 256;

/// The variant of `Lifecycle` for a word.
pub(crate) fn lifecycle(word: &str) -> Option<&'static str> {
    LIFECYCLE.iter().find(|(known, _)| *known == word).map(|(_, variant)| *variant)
}

/// The value of `crate = path`.
fn krate_option(input: ParseStream<'_>) -> Result<Path> {
    input.call(Path::parse_mod_style)
}

fn unknown_option(word: &str, known: &[&str]) -> String {
    match nearest(word, known, 2) {
        Some(near) => format!("unknown option `{word}`, did you mean `{near}`?"),
        None => {
            let known: Vec<String> = known.iter().map(|option| format!("`{option}`")).collect();
            format!("unknown option `{word}`: expected {}", known.join(", "))
        }
    }
}
