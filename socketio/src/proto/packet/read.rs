//! Reading a packet.

use std::borrow::Cow;

use super::{MAX_ATTACHMENTS, RESERVED, Type, placeholders};
use crate::proto::{
    Span,
    json::check::{self, Elements, NotJson},
};

/// A packet; its parts are places in the frame that was decoded.
#[derive(Debug, PartialEq)]
pub(crate) struct Packet<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) kind: Kind<'a>,
    /// How many binary frames follow and belong to it. Placeholders in the payload refer to these only.
    pub(crate) attachments: usize,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Kind<'a> {
    /// `0`, with the auth object if the client sent one.
    Connect { auth: Option<Span> },
    /// `1`
    Disconnect,
    /// `2`, `5`: `args` is the inside of the array after the name.
    Event { id: Option<u64>, name: Cow<'a, str>, args: Span },
    /// `3`, `6`: `args` is the inside of the array.
    Ack { id: u64, args: Span },
    /// An event without a payload, or an acknowledgement without an id: the reference lets them pass.
    Nothing,
}

/// Why a frame is not a packet. The connection ends.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PacketError {
    #[error("unknown packet type")]
    Type,
    #[error("malformed number of attachments")]
    Attachments,
    #[error("malformed acknowledgement id")]
    Id,
    #[error("{0}")]
    Placeholder(serde_json::Error),
    #[error("malformed payload")]
    Payload,
    #[error("reserved event name")]
    Reserved,
    /// The JSON that starts at this byte is [to be mended](crate::proto::json::mend): then it is read as JavaScript reads
    /// it.
    #[error("unusual JSON")]
    Unusual(usize),
}

impl PacketError {
    fn of(error: NotJson, at: usize) -> Self {
        if error == NotJson::Unusual { Self::Unusual(at) } else { Self::Payload }
    }
}

// bytes, not a `Type` made of one: ten instructions for each packet
const CONNECT: u8 = Type::Connect as u8;
const DISCONNECT: u8 = Type::Disconnect as u8;
const EVENT: u8 = Type::Event as u8;
const ACK: u8 = Type::Ack as u8;
const BINARY_EVENT: u8 = Type::BinaryEvent as u8;
const BINARY_ACK: u8 = Type::BinaryAck as u8;

/// Reads the packet that starts at byte `at` of the frame.
pub(crate) fn decode(frame: &str, at: usize) -> Result<Packet<'_>, PacketError> {
    let kind = *frame.as_bytes().get(at).ok_or(PacketError::Type)?;
    let (attachments, at) = match kind {
        CONNECT | DISCONNECT | EVENT | ACK => (0, at + 1),
        BINARY_EVENT | BINARY_ACK => attachments(frame, at + 1)?,
        // CONNECT_ERROR is not a client's
        _ => return Err(PacketError::Type),
    };
    let (namespace, at) = namespace(frame, at);
    let json = at + count_digits(frame, at);
    let id: Option<u64> =
        if json == at { None } else { Some(frame[at..json].parse().map_err(|_| PacketError::Id)?) };
    let kind = match kind {
        CONNECT => Kind::Connect { auth: object(frame, json, id)? },
        DISCONNECT if json == frame.len() && id.is_none() => Kind::Disconnect,
        DISCONNECT => return Err(PacketError::Payload),
        EVENT if json == frame.len() => Kind::Nothing,
        EVENT | BINARY_EVENT => {
            let elements = array(frame, json, attachments)?;
            let (name, args) = name(frame, elements)?;
            Kind::Event { id, name, args }
        }
        ACK if json == frame.len() => Kind::Nothing,
        _ => {
            let elements = array(frame, json, attachments)?;
            id.map_or(Kind::Nothing, |id| Kind::Ack { id, args: Span::many(elements.start..elements.end) })
        }
    };
    Ok(Packet { namespace, kind, attachments })
}

/// `2-`: how many attachments there are, and where the rest starts.
fn attachments(frame: &str, at: usize) -> Result<(usize, usize), PacketError> {
    let digits = count_digits(frame, at);
    let number: usize = frame[at..at + digits].parse().map_err(|_| PacketError::Attachments)?;
    if !(1..=MAX_ATTACHMENTS).contains(&number) || frame.as_bytes().get(at + digits) != Some(&b'-') {
        return Err(PacketError::Attachments);
    }
    Ok((number, at + digits + 1))
}

fn count_digits(frame: &str, at: usize) -> usize {
    frame.as_bytes()[at..].iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// The namespace, if the packet names one, and where the rest starts: the comma may be missing at the end.
fn namespace(frame: &str, at: usize) -> (&str, usize) {
    if frame.as_bytes().get(at) != Some(&b'/') {
        return ("/", at);
    }
    let rest = &frame[at..];
    match rest.find(',') {
        Some(comma) => (&rest[..comma], at + comma + 1),
        None => (rest, frame.len()),
    }
}

/// The payload of CONNECT: an object or nothing.
fn object(frame: &str, at: usize, id: Option<u64>) -> Result<Option<Span>, PacketError> {
    if id.is_some() {
        return Err(PacketError::Payload);
    }
    if at == frame.len() {
        return Ok(None);
    }
    check::members(&frame[at..], |_, _| Ok(())).map_err(|error| PacketError::of(error, at))?;
    Ok(Some(Span::one(at..frame.len())))
}

/// The elements of the array that is the rest of the frame, as offsets into the frame.
fn array(frame: &str, at: usize, attachments: usize) -> Result<Elements, PacketError> {
    let text = &frame[at..];
    let Elements { start, first_end, end } =
        check::array(text).map_err(|error| PacketError::of(error, at))?;
    if attachments > 0
        && let Err(error) = placeholders::check(text, attachments)
        // it is JSON: what else there is to say is that it is too deep, which the handler's arguments find out
        && error.is_data()
    {
        return Err(PacketError::Placeholder(error));
    }
    Ok(Elements { start: at + start, first_end: at + first_end, end: at + end })
}

/// The event's name, and where its arguments are: the first element is a string, or a number.
#[inline]
fn name(frame: &str, elements: Elements) -> Result<(Cow<'_, str>, Span), PacketError> {
    let first = &frame[elements.start..elements.first_end];
    let plain = first.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let name = match plain.filter(|name| !name.contains('\\')) {
        Some(name) => Cow::Borrowed(name),
        None => serde_json::from_str::<Name<'_>>(first).map_err(|_| PacketError::Payload)?.0,
    };
    if RESERVED.contains(&&*name) {
        return Err(PacketError::Reserved);
    }
    Ok((name, Span::many(elements.first_end..elements.end)))
}

struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> serde::Deserialize<'de> for Name<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an event name")
            }
            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }
            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
            fn visit_u64<E>(self, name: u64) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_string())))
            }
            fn visit_i64<E>(self, name: i64) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_string())))
            }
            fn visit_f64<E>(self, name: f64) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_string())))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
