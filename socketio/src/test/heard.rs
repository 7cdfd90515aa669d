//! What a client receives, read from its frames by the server's own readers.

use std::{collections::VecDeque, fmt};

use bytes::Bytes;
use serde::{Deserialize, de::DeserializeOwned, de::IgnoredAny};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::Refusal;
use crate::{
    Message,
    error::ClientError,
    handler::{Attached, Body, Cursor},
    proto::{
        Span,
        bus::{self, Envelope},
        packet::{self, Kind},
    },
};

/// What came, as far as it is the test's business.
#[derive(Debug)]
pub(super) enum Heard {
    /// The server decided: accepted.
    Accepted(Reply),
    Refused(Refusal),
    Event(Event),
    /// A frame of the plain wire that is not an envelope.
    Message(Message),
    Ack {
        id: u64,
        answer: Result<Body, ClientError>,
    },
    Ended(Ended),
    /// Something that no server of ours sends.
    Strange(String),
}

/// The reply to a CONNECT.
#[derive(Debug, Deserialize)]
pub(super) struct Reply {
    pub(super) sid: String,
    #[serde(default)]
    pub(super) pid: Option<String>,
}

/// An event of the server.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) body: Body,
    /// The server asks for an acknowledgement.
    pub(super) id: Option<u64>,
}

/// How a client's socket ended, seen from the client.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// The server ended this socket and said so: [`Socket::disconnect`](crate::Socket::disconnect).
    Disconnected,
    /// The server closed the connection.
    Closed {
        /// The code of the close frame; 1005 if there was none.
        code: u16,
        /// Its text.
        reason: String,
    },
    /// The connection broke without a word.
    Lost,
}

/// Reads frames of one client.
#[derive(Debug)]
pub(super) struct Reader {
    is_plain: bool,
    /// A packet whose attachments are still to come.
    open: Option<(Utf8Bytes, Vec<Bytes>, usize)>,
}

/// What a frame was.
pub(super) enum Frame {
    /// To be answered with this text.
    Heartbeat(&'static str),
    /// Nothing for anybody.
    Nothing,
    Heard(Heard),
}

impl Reader {
    pub(super) fn new(is_plain: bool) -> Self {
        Self { is_plain, open: None }
    }

    pub(super) fn text(&mut self, text: Utf8Bytes) -> Frame {
        if self.is_plain {
            return Frame::Heard(envelope(text));
        }
        match text.as_str().as_bytes().first() {
            Some(b'0' | b'6') => Frame::Nothing,
            Some(b'2') => Frame::Heartbeat("3"),
            Some(b'1') => Frame::Heard(Heard::Ended(Ended::Lost)),
            Some(b'4') => self.packet(text),
            _ => Frame::Heard(Heard::Strange(text.as_str().to_owned())),
        }
    }

    fn packet(&mut self, text: Utf8Bytes) -> Frame {
        if let Some(refused) = text.as_str().strip_prefix("44") {
            return Frame::Heard(refusal(refused));
        }
        match packet::decode(text.as_str(), 1) {
            Err(error) => Frame::Heard(Heard::Strange(format!("{}: {error}", text.as_str()))),
            Ok(packet) if packet.attachments > 0 => {
                self.open = Some((text.clone(), vec![], packet.attachments));
                Frame::Nothing
            }
            Ok(_) => Frame::Heard(heard(&text, vec![])),
        }
    }

    pub(super) fn binary(&mut self, bytes: Bytes) -> Frame {
        let Some((text, mut attachments, missing)) = self.open.take() else {
            return Frame::Heard(Heard::Message(Message::binary(bytes.to_vec())));
        };
        attachments.push(bytes);
        if attachments.len() < missing {
            self.open = Some((text, attachments, missing));
            return Frame::Nothing;
        }
        Frame::Heard(heard(&text, attachments))
    }
}

/// A whole packet.
fn heard(text: &Utf8Bytes, attachments: Vec<Bytes>) -> Heard {
    let strange = || Heard::Strange(text.as_str().to_owned());
    let Ok(packet) = packet::decode(text.as_str(), 1) else { return strange() };
    let body = |args: Span| {
        if attachments.is_empty() {
            Body::Json { frame: text.clone(), span: args }
        } else {
            Body::Attached(Attached { text: text.clone(), args, attachments: attachments.clone() }.into())
        }
    };
    match packet.kind {
        Kind::Connect { auth: Some(span) } => {
            serde_json::from_str(&text.as_str()[span.range()]).map_or_else(|_| strange(), Heard::Accepted)
        }
        Kind::Disconnect => Heard::Ended(Ended::Disconnected),
        Kind::Event { id, name, args } => {
            Heard::Event(Event { name: name.into_owned(), body: body(args), id })
        }
        Kind::Ack { id, args } => {
            let body = body(args);
            let answer = error_in(&body).map_or(Ok(body), Err);
            Heard::Ack { id, answer }
        }
        Kind::Connect { auth: None } | Kind::Nothing => strange(),
    }
}

/// The error that an acknowledgement is, if it is one: its only argument is `{"error":{"code":..,"message":..}}`.
fn error_in(body: &Body) -> Option<ClientError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Failure {
        error: Shown,
    }
    let mut arguments = Cursor::new(body);
    let failure: Failure = arguments.next().ok()?;
    arguments.is_exhausted().then(|| failure.error.into())
}

/// A [`ClientError`] as a client receives it.
#[derive(Deserialize)]
struct Shown {
    code: String,
    message: String,
    #[serde(default)]
    data: Option<Value>,
}

impl From<Shown> for ClientError {
    fn from(shown: Shown) -> Self {
        let error = Self::new(shown.code, shown.message);
        match shown.data {
            // a JSON value is JSON
            Some(data) => error.clone().with_data(&data).unwrap_or(error),
            None => error,
        }
    }
}

/// `/admin,{"message":"..","data":{"code":".."}}`
fn refusal(packet: &str) -> Heard {
    #[derive(Deserialize)]
    struct Payload {
        message: String,
        #[serde(default)]
        data: Option<Details>,
    }
    #[derive(Deserialize)]
    struct Details {
        code: String,
        #[serde(default)]
        data: Option<Value>,
    }
    let json = &packet[packet.find('{').unwrap_or(packet.len())..];
    match serde_json::from_str::<Payload>(json) {
        Err(error) => Heard::Strange(format!("44{packet}: {error}")),
        Ok(Payload { message, data }) => {
            let (code, data) = data.map_or((None, None), |details| (Some(details.code), details.data));
            Heard::Refused(Refusal { code, message, data })
        }
    }
}

fn envelope(text: Utf8Bytes) -> Heard {
    let body = |args: Option<Span>| args.map_or(Body::Empty, |span| Body::Json { frame: text.clone(), span });
    match bus::decode(text.as_str()) {
        Err(_) => Heard::Message(Message::text(text.as_str().to_owned())),
        Ok(Envelope::Event { name, args, .. }) if name == "connect_error" => {
            let body = body(args);
            match Cursor::new(&body).next::<Shown>() {
                Ok(Shown { code, message, data }) => {
                    Heard::Refused(Refusal { code: Some(code), message, data })
                }
                Err(_) => Heard::Strange(text.as_str().to_owned()),
            }
        }
        Ok(Envelope::Event { name, args, id }) => {
            Heard::Event(Event { name: name.into_owned(), body: body(args), id })
        }
        Ok(Envelope::Ack { id, args }) => Heard::Ack { id, answer: Ok(body(args)) },
        Ok(Envelope::AckError { id, error }) => {
            match serde_json::from_str::<Shown>(&text.as_str()[error.range()]) {
                Ok(shown) => Heard::Ack { id, answer: Err(shown.into()) },
                Err(_) => Heard::Strange(text.as_str().to_owned()),
            }
        }
    }
}

impl Event {
    /// The offset that recovery has put after the arguments: what an official client takes for one.
    pub(super) fn offset(&self) -> Option<String> {
        let mut arguments = Cursor::new(&self.body);
        let mut last = None;
        while !arguments.is_exhausted() {
            last = Some(arguments.next::<Value>().ok()?);
        }
        match last {
            Some(Value::String(offset)) if self.id.is_none() => Some(offset),
            _ => None,
        }
    }

    /// The arguments as a type: one argument as the value itself, several as the fields of a tuple or tuple struct,
    /// none as a unit. `surplus` arguments at the end are recovery's.
    pub(super) fn read<T: DeserializeOwned>(&self, surplus: usize) -> Result<T, String> {
        let count = self.count().saturating_sub(surplus);
        let text = |error: ClientError| error.message().to_owned();
        match count {
            0 => serde_json::from_str("null")
                .or_else(|_| serde_json::from_str("[]"))
                .map_err(|_| "the event has no arguments".to_owned()),
            1 => {
                let one = Cursor::new(&self.body).next();
                // a tuple struct whose last fields may be missing
                one.or_else(|error| Cursor::new(&self.body).next_many().map_err(|_| text(error)))
            }
            _ => {
                let many = Cursor::new(&self.body).next_many();
                many.or_else(|error| Cursor::new(&self.body).next().map_err(|_| text(error)))
            }
        }
    }

    fn count(&self) -> usize {
        let mut arguments = Cursor::new(&self.body);
        let mut count = 0;
        while !arguments.is_exhausted() && arguments.next::<IgnoredAny>().is_ok() {
            count += 1;
        }
        count
    }
}

impl fmt::Display for Heard {
    /// What came instead of something else.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(_) => f.write_str("the client was accepted"),
            Self::Refused(refusal) => write!(f, "the client was {refusal}"),
            Self::Event(event) if event.id.is_some() => write!(f, "the server asks {:?}", event.name),
            Self::Event(event) => write!(f, "the event {:?} came", event.name),
            Self::Message(_) => f.write_str("a bare message came"),
            Self::Ack { id, .. } => write!(f, "an answer to request {id} came, which nobody waits for"),
            Self::Ended(ended) => write!(f, "{ended}"),
            Self::Strange(what) => write!(f, "something came that a client does not understand: {what}"),
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disconnected => f.write_str("the server ended the socket"),
            Self::Closed { code, reason } => {
                write!(f, "the server closed the connection: {code} {reason:?}")
            }
            Self::Lost => f.write_str("the connection broke"),
        }
    }
}

/// The last frames, in both directions.
#[derive(Debug, Default)]
pub(super) struct Trace(VecDeque<String>);

impl Trace {
    pub(super) fn add(&mut self, direction: &str, frame: &str) {
        if self.0.len() == LAST_FRAMES {
            self.0.pop_front();
        }
        let mut shown: String = frame.chars().take(LONGEST_SHOWN).collect();
        if shown.len() < frame.len() {
            shown.push('…');
        }
        self.0.push_back(format!("{direction} {shown}"));
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("\n  no frame before");
        }
        f.write_str("\n  the last frames (> to the server, < from it):")?;
        self.0.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// A failed expectation shows this many frames.
const LAST_FRAMES: usize = 10;

/// And this many characters of each.
const LONGEST_SHOWN: usize = 300;
