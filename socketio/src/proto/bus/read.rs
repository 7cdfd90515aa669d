//! Reading an envelope.

use std::{borrow::Cow, ops::Range};

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::proto::Span;

/// What a text frame holds.
#[derive(Debug, PartialEq)]
pub(crate) enum Envelope<'a> {
    /// The peer sends an event.
    Event { name: Cow<'a, str>, args: Option<Span>, id: Option<u64> },
    /// The peer answers our event `id`.
    Ack { id: u64, args: Option<Span> },
    /// The peer answers our event `id` with an error: one JSON value.
    AckError { id: u64, error: Span },
}

/// Why a text frame is not an envelope.
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
        (Some(data), None) => Some(Span::one(range(data))),
        (None, Some(args)) if args.get().starts_with('[') => {
            let Range { start, end } = range(args);
            Some(Span::many(start + 1..end - 1))
        }
        (None, Some(_)) => return Err(EnvelopeError::ArgsNotArray),
        (None, None) => None,
    };
    match (fields.event, fields.ack, fields.error) {
        (Some(Text(name)), None, _) => Ok(Envelope::Event { name, args, id: fields.id }),
        (None, Some(id), Some(error)) => Ok(Envelope::AckError { id, error: Span::one(range(error)) }),
        (None, Some(id), None) => Ok(Envelope::Ack { id, args }),
        _ => Err(EnvelopeError::NoEvent),
    }
}
