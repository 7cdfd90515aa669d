//! A cursor over the arguments of an event or of an acknowledgement.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize,
    de::{DeserializeSeed, IgnoredAny, SeqAccess, value::SeqAccessDeserializer},
};
use serde_json::value::RawValue;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::Body;
use crate::{
    error::ClientError,
    message::{Message, Raw, with_attachments},
    proto::{Json, json},
};

/// The arguments that were not taken yet. Values borrow from the frame.
#[derive(Debug)]
pub(crate) struct Cursor<'e> {
    rest: Remaining<'e>,
    /// What placeholders in the arguments stand for.
    attachments: &'e [bytes::Bytes],
    /// How many were taken.
    taken: u32,
    /// The next one could not be taken.
    failed: bool,
}

/// Why the next argument could not be taken.
enum Untaken {
    Missing,
    Bad(String),
}

#[derive(Debug, Clone, Copy)]
enum Remaining<'e> {
    None,
    /// `1, {"a":2}`: the inside of an array.
    Many(&'e str),
    /// One JSON value.
    One(&'e str),
    /// A text frame as it came.
    Text(&'e Utf8Bytes),
    /// A binary frame as it came.
    Binary(&'e bytes::Bytes),
}

impl<'e> From<Json<'e>> for Remaining<'e> {
    fn from(json: Json<'e>) -> Self {
        match json {
            Json::One(text) => Self::One(text),
            Json::Many(text) => Self::Many(text),
        }
    }
}

impl<'e> Cursor<'e> {
    pub(crate) fn new(body: &'e Body) -> Self {
        let mut attachments: &[bytes::Bytes] = &[];
        let rest = match body {
            Body::Attached(packet) => {
                attachments = &packet.attachments;
                packet.args.of(packet.text.as_str()).into()
            }
            Body::Json { frame, span } => span.of(frame.as_str()).into(),
            Body::Text(frame) => Remaining::Text(frame),
            Body::Binary(bytes) => Remaining::Binary(bytes),
            Body::Empty | Body::Query(_) | Body::Reason(_) | Body::Error(_) => Remaining::None,
        };
        Self { rest, attachments, taken: 0, failed: false }
    }

    /// Takes the next argument as JSON.
    pub(crate) fn next<T: Deserialize<'e>>(&mut self) -> Result<T, ClientError> {
        self.take().map_err(|untaken| self.bad(untaken))
    }

    /// Takes the `auth` of a connecting client: its only argument.
    pub(crate) fn next_auth<T: Deserialize<'e>>(&mut self) -> Result<T, ClientError> {
        self.take().map_err(|untaken| untaken.of("auth"))
    }

    fn take<T: Deserialize<'e>>(&mut self) -> Result<T, Untaken> {
        // In one pass: the deserializer reads a value and says where it ended, so that the array need not be
        // split first.
        let (text, many) = match self.rest {
            Remaining::Many(text) => (json::skip_separator(text), true),
            Remaining::One(text) => (text, false),
            Remaining::Text(frame) => (frame.as_str(), false),
            Remaining::None => ("", false),
            Remaining::Binary(_) => return self.fail("expected JSON, found a binary message".to_owned()),
        };
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<T>();
        match with_attachments(self.attachments, || values.next()) {
            Some(Ok(value)) => {
                let rest = text.get(values.byte_offset()..).unwrap_or_default();
                if !many && !rest.trim_ascii().is_empty() {
                    return self.fail("expected one JSON value".to_owned());
                }
                self.rest = if many { Remaining::Many(rest) } else { Remaining::None };
                self.taken += 1;
                Ok(value)
            }
            Some(Err(error)) => self.fail(json::describe(text, &error)),
            None => Err(Untaken::Missing),
        }
    }

    fn fail<T>(&mut self, what: String) -> Result<T, Untaken> {
        self.failed = true;
        Err(Untaken::Bad(what))
    }

    /// Passes over the argument that could not be taken, if that is why an extractor has failed: the next one starts after it.
    pub(crate) fn pass_failed(&mut self) {
        if std::mem::take(&mut self.failed) && self.take::<IgnoredAny>().is_err() {
            self.take_frame();
        }
    }

    /// Takes the next arguments as the elements of a tuple.
    pub(crate) fn next_many<T: Deserialize<'e>>(&mut self) -> Result<T, ClientError> {
        T::deserialize(SeqAccessDeserializer::new(Elements(self))).map_err(|error| error.0)
    }

    /// Takes the next argument as text: a raw frame as it is, a JSON string without its quotes.
    pub(crate) fn next_text(&mut self) -> Result<Cow<'e, str>, ClientError> {
        /// Borrows where the string has no escapes; a bare `Cow` would always copy.
        #[derive(Deserialize)]
        struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

        match self.rest {
            Remaining::Text(frame) => {
                self.take_frame();
                Ok(Cow::Borrowed(frame.as_str()))
            }
            Remaining::Many(text) => match json::plain_string(json::skip_separator(text)) {
                Some((plain, rest)) => {
                    self.rest = Remaining::Many(rest);
                    self.taken += 1;
                    Ok(Cow::Borrowed(plain))
                }
                None => self.next::<Text<'e>>().map(|text| text.0),
            },
            _ => self.next::<Text<'e>>().map(|text| text.0),
        }
    }

    /// Takes the argument that is a whole frame, if it is one: shared, not copied.
    pub(crate) fn next_frame(&mut self) -> Option<Message> {
        let message = match self.rest {
            Remaining::Text(frame) => Message(Raw::Text(frame.clone())),
            Remaining::Binary(bytes) => Message(Raw::Binary(bytes.clone())),
            Remaining::None | Remaining::Many(_) | Remaining::One(_) => return None,
        };
        self.take_frame();
        Some(message)
    }

    /// Takes the next argument as a message: a text, or bytes.
    pub(crate) fn next_message(&mut self) -> Result<Message, ClientError> {
        if let Some(message) = self.next_frame() {
            return Ok(message);
        }
        let is_placeholder = match self.rest {
            Remaining::Many(text) => {
                !self.attachments.is_empty() && json::skip_separator(text).starts_with('{')
            }
            _ => false,
        };
        if is_placeholder {
            return self.next::<crate::Bytes>().map(Message::binary);
        }
        self.next_text().map(|text| Message::text(text.into_owned()))
    }

    /// Takes the argument that is a binary frame, if it is one.
    pub(crate) fn next_binary(&mut self) -> Option<bytes::Bytes> {
        let Remaining::Binary(bytes) = self.rest else { return None };
        self.take_frame();
        Some(bytes.clone())
    }

    /// Is there no argument left?
    pub(crate) fn is_exhausted(&self) -> bool {
        match self.rest {
            Remaining::None => true,
            Remaining::Many(text) => json::skip_separator(text).is_empty(),
            Remaining::One(_) | Remaining::Text(_) | Remaining::Binary(_) => false,
        }
    }

    /// Takes the next argument if it is `null`.
    pub(crate) fn take_null(&mut self) -> bool {
        let rest = match self.rest {
            Remaining::Many(text) => json::skip_separator(text).strip_prefix("null").map(Remaining::Many),
            Remaining::One(text) => (text.trim_ascii() == "null").then_some(Remaining::None),
            Remaining::None | Remaining::Text(_) | Remaining::Binary(_) => None,
        };
        let Some(rest) = rest else { return false };
        self.rest = rest;
        self.taken += 1;
        true
    }

    fn take_frame(&mut self) {
        self.rest = Remaining::None;
        self.taken += 1;
    }

    fn bad(&self, untaken: Untaken) -> ClientError {
        untaken.of(format_args!("argument {}", self.taken))
    }
}

impl Untaken {
    /// What the client receives.
    fn of(self, whose: impl fmt::Display) -> ClientError {
        ClientError::bad_payload(match self {
            Self::Missing => format!("{whose} is missing"),
            Self::Bad(what) => format!("{whose}: {what}"),
        })
    }
}

/// The arguments as a sequence, each of a type of its own.
struct Elements<'a, 'e>(&'a mut Cursor<'e>);

impl<'e> SeqAccess<'e> for Elements<'_, 'e> {
    type Error = ElementError;

    fn next_element_seed<S: DeserializeSeed<'e>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ElementError> {
        let cursor = &mut *self.0;
        if cursor.is_exhausted() {
            return Ok(None);
        }
        let text = cursor.next::<&'e RawValue>().map_err(ElementError)?.get();
        let value = with_attachments(cursor.attachments, || {
            seed.deserialize(&mut serde_json::Deserializer::from_str(text))
        });
        let value = value.map_err(|error| {
            cursor.taken -= 1;
            ElementError(cursor.bad(Untaken::Bad(json::describe(text, &error))))
        })?;
        Ok(Some(value))
    }
}

/// The text that the client receives, as an error of serde's.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct ElementError(ClientError);

impl serde::de::Error for ElementError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(ClientError::bad_payload(message.to_string()))
    }
}
