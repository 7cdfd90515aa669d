//! Reading an envelope.

use std::{borrow::Cow, ops::Range};

use crate::proto::{
    Span,
    json::{
        check::{self, NotJson},
        plain_string,
    },
};

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
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum EnvelopeError {
    #[error("not an envelope: a JSON object is expected")]
    Json,
    #[error("not an envelope: duplicate field `{0}`")]
    Duplicate(&'static str),
    #[error("not an envelope: `event` is not a string")]
    Event,
    #[error("not an envelope: `{0}` is not a whole number from 0")]
    Number(&'static str),
    #[error("an envelope has `data` or `args`, not both")]
    DataAndArgs,
    #[error("`args` is an array")]
    ArgsNotArray,
    #[error("an envelope has an `event` or an `ack`")]
    NoEvent,
    /// It is [to be mended](crate::proto::json::mend): then it is read as JavaScript reads it.
    #[error("unusual JSON")]
    Unusual,
}

impl From<NotJson> for EnvelopeError {
    fn from(error: NotJson) -> Self {
        if error == NotJson::Unusual { Self::Unusual } else { Self::Json }
    }
}

/// Where the values of the known keys stand.
#[derive(Default)]
struct Fields {
    event: Option<Range<usize>>,
    data: Option<Range<usize>>,
    args: Option<Range<usize>>,
    id: Option<Range<usize>>,
    ack: Option<Range<usize>>,
    error: Option<Range<usize>>,
}

impl Fields {
    fn read(text: &str) -> Result<Self, EnvelopeError> {
        let (mut fields, mut duplicate) = (Self::default(), None);
        check::members(text, |key, value| {
            let (field, name) = match &*unquoted(&text[key])? {
                "event" => (&mut fields.event, "event"),
                "data" => (&mut fields.data, "data"),
                "args" => (&mut fields.args, "args"),
                "id" => (&mut fields.id, "id"),
                "ack" => (&mut fields.ack, "ack"),
                "error" => (&mut fields.error, "error"),
                _ => return Ok(()),
            };
            if field.replace(value).is_some() {
                duplicate = Some(name);
            }
            Ok(())
        })?;
        duplicate.map_or(Ok(fields), |name| Err(EnvelopeError::Duplicate(name)))
    }
}

/// The text of a JSON string, which is borrowed where there are no escapes.
fn unquoted(string: &str) -> Result<Cow<'_, str>, NotJson> {
    match plain_string(string) {
        Some((plain, "")) => Ok(Cow::Borrowed(plain)),
        _ => serde_json::from_str(string).map(Cow::Owned).map_err(|_| NotJson::Malformed),
    }
}

/// Reads a text frame.
pub(crate) fn decode(text: &str) -> Result<Envelope<'_>, EnvelopeError> {
    let Fields { event, data, args, id, ack, error } = Fields::read(text)?;
    // as if they were missing
    let not_null = |range: &Range<usize>| &text[range.clone()] != "null";
    let number = |range: Option<Range<usize>>, name| match range.filter(not_null) {
        None => Ok(None),
        Some(range) => text[range].parse::<u64>().map(Some).map_err(|_| EnvelopeError::Number(name)),
    };
    let name = match event.filter(not_null) {
        None => None,
        Some(range) => Some(unquoted(&text[range]).map_err(|_| EnvelopeError::Event)?),
    };
    let (id, ack) = (number(id, "id")?, number(ack, "ack")?);
    let args = match (data, args) {
        (Some(_), Some(_)) => return Err(EnvelopeError::DataAndArgs),
        (Some(data), None) => Some(Span::one(data)),
        (None, Some(Range { start, end })) if text[start..].starts_with('[') => {
            Some(Span::many(start + 1..end - 1))
        }
        (None, Some(_)) => return Err(EnvelopeError::ArgsNotArray),
        (None, None) => None,
    };
    match (name, ack, error) {
        (Some(name), None, _) => Ok(Envelope::Event { name, args, id }),
        (None, Some(id), Some(error)) => Ok(Envelope::AckError { id, error: Span::one(error) }),
        (None, Some(id), None) => Ok(Envelope::Ack { id, args }),
        _ => Err(EnvelopeError::NoEvent),
    }
}
