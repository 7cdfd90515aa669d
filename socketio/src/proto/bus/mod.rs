//! The envelope of the plain event bus (subprotocol `socketio.bus.v1`).
//!
//! ```text
//! request  {"event":"name","data":value,"id":7}      one argument
//!          {"event":"name","args":[a,b],"id":7}      several
//!          {"event":"name"}                          none
//! answer   {"ack":7,"data":value}    {"ack":7,"args":[..]}    {"ack":7,"error":{"code":..,"message":..}}
//! ```
//! Both directions use the same form, with ids of their own. Unknown keys are ignored; `offset` and `ns` are
//! reserved for later versions.

use std::{borrow::Cow, ops::Range};

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The name of the subprotocol.
pub(crate) const SUBPROTOCOL: &str = "socketio.bus.v1";

/// What a text frame holds.
#[derive(Debug, PartialEq)]
pub(crate) enum Envelope<'a> {
    /// The peer sends an event.
    Event { name: Cow<'a, str>, args: Span, id: Option<u64> },
    /// The peer answers our event `id`.
    Ack { id: u64, args: Span },
    /// The peer answers our event `id` with an error: a JSON value at this range.
    AckError { id: u64, error: Range<usize> },
}

/// Where the arguments stand in the frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Span {
    None,
    /// One value.
    One(Range<usize>),
    /// The inside of an array.
    Many(Range<usize>),
}

/// Why a text frame is no envelope.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnvelopeError {
    #[error("not an envelope: {0}")]
    Json(#[from] serde_json::Error),
    #[error("an envelope has `data` or `args`, not both")]
    DataAndArgs,
    #[error("`args` is an array")]
    ArgsNotArray,
    #[error("an envelope has an `event` or an `ack`")]
    NoEvent,
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow, default)]
    event: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    data: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    args: Option<&'a RawValue>,
    #[serde(default)]
    id: Option<u64>,
    #[serde(default)]
    ack: Option<u64>,
    #[serde(borrow, default, deserialize_with = "present")]
    error: Option<&'a RawValue>,
}

/// Borrows where there are no escapes; an `Option<Cow<str>>` would always copy.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A key that is there, also as `null`: `"data":null` is one argument.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Reads a text frame.
pub(crate) fn decode(text: &str) -> Result<Envelope<'_>, EnvelopeError> {
    let fields: Fields<'_> = serde_json::from_str(text)?;
    let range = |value: &RawValue| {
        let start = value.get().as_ptr().addr() - text.as_ptr().addr();
        start..start + value.get().len()
    };
    let args = match (fields.data, fields.args) {
        (Some(_), Some(_)) => return Err(EnvelopeError::DataAndArgs),
        (Some(data), None) => Span::One(range(data)),
        (None, Some(args)) if args.get().starts_with('[') => {
            let Range { start, end } = range(args);
            Span::Many(start + 1..end - 1)
        }
        (None, Some(_)) => return Err(EnvelopeError::ArgsNotArray),
        (None, None) => Span::None,
    };
    match (fields.event, fields.ack, fields.error) {
        (Some(Text(name)), None, _) => Ok(Envelope::Event { name, args, id: fields.id }),
        (None, Some(id), Some(error)) => Ok(Envelope::AckError { id, error: range(error) }),
        (None, Some(id), None) => Ok(Envelope::Ack { id, args }),
        _ => Err(EnvelopeError::NoEvent),
    }
}

/// Writes what stands in front of the arguments of an event.
pub(crate) fn begin_event(out: &mut Vec<u8>, name: &str, arity: usize) -> Result<(), serde_json::Error> {
    out.extend_from_slice(b"{\"event\":");
    serde_json::to_writer(&mut *out, name)?;
    begin_args(out, arity);
    Ok(())
}

/// Writes what stands in front of the arguments of an acknowledgement. If its value `spreads`, it is the array of
/// all arguments.
pub(crate) fn begin_ack(out: &mut Vec<u8>, id: u64, arity: usize, spreads: bool) {
    out.extend_from_slice(b"{\"ack\":");
    write_id(out, id);
    if spreads {
        out.extend_from_slice(b",\"args\":");
    } else {
        begin_args(out, arity);
    }
}

fn begin_args(out: &mut Vec<u8>, arity: usize) {
    match arity {
        0 => {}
        1 => out.extend_from_slice(b",\"data\":"),
        _ => out.extend_from_slice(b",\"args\":["),
    }
}

/// Writes what stands behind the arguments; `id` if an acknowledgement is asked for.
pub(crate) fn end(out: &mut Vec<u8>, arity: usize, id: Option<u64>) {
    if arity > 1 {
        out.push(b']');
    }
    if let Some(id) = id {
        out.extend_from_slice(b",\"id\":");
        write_id(out, id);
    }
    out.push(b'}');
}

/// Writes a whole answer that is an error.
pub(crate) fn ack_error(
    out: &mut Vec<u8>,
    id: u64,
    error: &impl serde::Serialize,
) -> Result<(), serde_json::Error> {
    out.extend_from_slice(b"{\"ack\":");
    write_id(out, id);
    out.extend_from_slice(b",\"error\":");
    serde_json::to_writer(&mut *out, error)?;
    out.push(b'}');
    Ok(())
}

/// Appends a number in decimal digits.
pub(crate) fn write_id(out: &mut Vec<u8>, id: u64) {
    use std::io::Write;
    // writing into a `Vec` cannot fail
    let _ = write!(out, "{id}");
}

#[cfg(test)]
mod tests;
