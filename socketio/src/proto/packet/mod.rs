//! Socket.IO v5 packets in text form: type, number of attachments, namespace, acknowledgement id, JSON.

#[cfg(feature = "msgpack")]
pub(crate) mod msgpack;
mod placeholders;

use std::{borrow::Cow, ops::Range};

use serde::de::IgnoredAny;

use super::json::check::{self, Elements, Fault};

/// A packet; ranges are offsets into the frame that was decoded.
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
    Connect { auth: Option<Range<usize>> },
    /// `1`
    Disconnect,
    /// `2`, `5`: `args` is the inside of the array behind the name.
    Event { id: Option<u64>, name: Cow<'a, str>, args: Range<usize> },
    /// `3`, `6`: `args` is the inside of the array.
    Ack { id: u64, args: Range<usize> },
    /// An event without a payload, or an acknowledgement without an id: the reference lets them pass.
    Nothing,
}

/// Why a frame is no packet. The connection ends.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PacketError {
    #[error("unknown packet type")]
    Type,
    #[error("malformed number of attachments")]
    Attachments,
    #[error("malformed acknowledgement id")]
    Id,
    #[error("malformed JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("malformed payload")]
    Payload,
    #[error("reserved event name")]
    Reserved,
}

/// Names that have a meaning of their own in the reference implementation: no event may have them.
pub(crate) const RESERVED: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// The most attachments of one packet, both ways: official clients accept no more either.
pub(crate) const MAX_ATTACHMENTS: usize = 10;

/// Reads the packet that starts at byte `at` of the frame.
pub(crate) fn decode(frame: &str, at: usize) -> Result<Packet<'_>, PacketError> {
    let kind = *frame.as_bytes().get(at).ok_or(PacketError::Type)?;
    let (attachments, at) = match kind {
        b'0'..=b'3' => (0, at + 1),
        b'5' | b'6' => attachments(frame, at + 1)?,
        _ => return Err(PacketError::Type),
    };
    let (namespace, at) = namespace(frame, at);
    let json = at + count_digits(frame, at);
    let id: Option<u64> =
        if json == at { None } else { Some(frame[at..json].parse().map_err(|_| PacketError::Id)?) };
    let kind = match kind {
        b'0' => Kind::Connect { auth: object(frame, json, id)? },
        b'1' if json == frame.len() && id.is_none() => Kind::Disconnect,
        b'1' => return Err(PacketError::Payload),
        b'2' if json == frame.len() => Kind::Nothing,
        b'2' | b'5' => {
            let elements = array(frame, json, attachments)?;
            let (name, args) = name(frame, elements)?;
            Kind::Event { id, name, args }
        }
        b'3' if json == frame.len() => Kind::Nothing,
        _ => {
            let elements = array(frame, json, attachments)?;
            id.map_or(Kind::Nothing, |id| Kind::Ack { id, args: elements.start..elements.end })
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
fn object(frame: &str, at: usize, id: Option<u64>) -> Result<Option<Range<usize>>, PacketError> {
    if id.is_some() {
        return Err(PacketError::Payload);
    }
    if at == frame.len() {
        return Ok(None);
    }
    serde_json::from_str::<IgnoredAny>(&frame[at..])?;
    if !frame[at..].trim_start().starts_with('{') {
        return Err(PacketError::Payload);
    }
    Ok(Some(at..frame.len()))
}

/// The elements of the array that is the rest of the frame, as offsets into the frame.
fn array(frame: &str, at: usize, attachments: usize) -> Result<Elements, PacketError> {
    let text = &frame[at..];
    if attachments > 0 {
        placeholders::check(text, attachments)?;
    }
    let Elements { start, first_end, end } = match check::array(text) {
        Ok(elements) => elements,
        Err(Fault::Malformed) => return Err(PacketError::Payload),
        Err(Fault::TooDeep) => deep_array(text)?,
    };
    Ok(Elements { start: at + start, first_end: at + first_end, end: at + end })
}

/// For what has more brackets inside each other than anybody writes: serde_json's stack is on the heap.
fn deep_array(text: &str) -> Result<Elements, PacketError> {
    serde_json::from_str::<IgnoredAny>(text)?;
    let inside = text.trim_ascii();
    if !inside.starts_with('[') {
        return Err(PacketError::Payload);
    }
    let start = text.len() - text.trim_ascii_start().len() + 1;
    let end = start + inside.len() - 2;
    let mut elements = serde_json::Deserializer::from_str(&text[start..end]).into_iter::<IgnoredAny>();
    let first = elements.next();
    let first_end = if first.is_some() { start + elements.byte_offset() } else { start };
    Ok(Elements { start, first_end, end })
}

/// The event's name, and where its arguments are: the first element is a string, or a number.
fn name(frame: &str, elements: Elements) -> Result<(Cow<'_, str>, Range<usize>), PacketError> {
    let first = &frame[elements.start..elements.first_end];
    let plain = first.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let name = match plain.filter(|name| !name.contains('\\')) {
        Some(name) => Cow::Borrowed(name),
        None => serde_json::from_str::<Name<'_>>(first).map_err(|_| PacketError::Payload)?.0,
    };
    if RESERVED.contains(&&*name) {
        return Err(PacketError::Reserved);
    }
    Ok((name, elements.first_end..elements.end))
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

/// Writes type and namespace: `42/admin,`.
pub(crate) fn begin(out: &mut Vec<u8>, kind: u8, namespace: &str) {
    out.extend_from_slice(&[b'4', kind]);
    if namespace != "/" {
        out.extend_from_slice(namespace.as_bytes());
        out.push(b',');
    }
}

/// Makes a text packet, which starts at byte `at` of `out`, a binary one.
pub(crate) fn make_binary(out: &mut Vec<u8>, at: usize, attachments: usize) {
    let kind = &mut out[at + 1];
    *kind += b'5' - b'2';
    let number = format!("{attachments}-");
    out.splice(at + 2..at + 2, number.bytes()).for_each(drop);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(frame: &str) -> Option<(&str, Option<u64>, String, &str)> {
        match decode(frame, 1).ok()? {
            Packet { namespace, kind: Kind::Event { id, name, args }, .. } => {
                Some((namespace, id, name.into_owned(), &frame[args]))
            }
            _ => None,
        }
    }

    /// Deeper than the check counts: read all the same, in another way.
    #[test]
    fn deep_arguments_are_read() {
        let deep = "[".repeat(300) + &"]".repeat(300);
        let frame = format!("42[ \"a\" , {deep} ]");
        let Kind::Event { name, args, .. } = decode(&frame, 1).expect("a packet").kind else {
            panic!("an event")
        };
        assert_eq!((&*name, frame[args].trim_matches([' ', ','])), ("a", &*deep));
        assert!(decode(&format!("42[\"a\",{}]", "[".repeat(300)), 1).is_err());
        assert!(decode(&format!("42{{\"a\":{deep}}}"), 1).is_err());
    }

    #[test]
    fn events() {
        assert_eq!(event(r#"42["a",1,{"b":2}]"#), Some(("/", None, "a".into(), r#",1,{"b":2}"#)));
        assert_eq!(event(r#"42/x,007["a"]"#), Some(("/x", Some(7), "a".into(), "")));
        assert_eq!(event(r#"42["a\"\n"] "#), Some(("/", None, "a\"\n".into(), "")));
        assert_eq!(event("42[5,1]"), Some(("/", None, "5".into(), ",1")));
    }

    #[test]
    fn connect_and_the_rest() {
        let decoded = |frame| decode(frame, 1).ok();
        let packet = |namespace, kind| Some(Packet { namespace, kind, attachments: 0 });
        assert_eq!(decoded("40"), packet("/", Kind::Connect { auth: None }));
        assert_eq!(decoded("40/x,{\"a\":1}"), packet("/x", Kind::Connect { auth: Some(5..12) }));
        assert_eq!(decoded("40/x"), packet("/x", Kind::Connect { auth: None }));
        assert_eq!(decoded("41/x,"), packet("/x", Kind::Disconnect));
        assert_eq!(decoded("42"), packet("/", Kind::Nothing));
        assert_eq!(decoded("43/x,"), packet("/x", Kind::Nothing));
        assert_eq!(decoded("43[1]"), packet("/", Kind::Nothing));
        assert_eq!(decoded("4312[1]"), packet("/", Kind::Ack { id: 12, args: 5..6 }));
    }

    #[test]
    fn binary_packets_say_how_many_frames_follow() {
        let frame = r#"452-/x,7["a",{"_placeholder":true,"num":1}]"#;
        assert_eq!(event(frame), Some(("/x", Some(7), "a".into(), r#",{"_placeholder":true,"num":1}"#)));
        assert_eq!(decode(frame, 1).ok().map(|packet| packet.attachments), Some(2));
        assert!(matches!(
            decode("461-3[1]", 1),
            Ok(Packet { kind: Kind::Ack { id: 3, .. }, attachments: 1, .. })
        ));
        for bad in ["45[\"a\"]", "451[\"a\"]", "45-[\"a\"]", "450-[\"a\"]", "451.5-[\"a\"]", "4511-[\"a\"]"] {
            assert!(decode(bad, 1).is_err(), "{bad}");
        }
        for number in ["1", "-1", "0.5", "\"0\"", "null", "[]"] {
            let bad = format!(r#"451-["a",[{{"num":{number},"_placeholder":true}}]]"#);
            assert!(decode(&bad, 1).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_packet_becomes_binary() {
        let mut out = b"__42/x,7[1]".to_vec();
        make_binary(&mut out, 2, 3);
        assert_eq!(out, b"__453-/x,7[1]");
        let mut out = b"43[]".to_vec();
        make_binary(&mut out, 0, 1);
        assert_eq!(out, b"461-[]");
    }

    #[test]
    fn malformed_packets_are_errors() {
        for frame in [
            "4",
            "4x",
            "47",
            "40[]",
            "40\"a\"",
            "40null",
            "405{}",
            "41[]",
            "42{}",
            "42[]",
            "42[{}]",
            "42[\"a\"",
            "42[\"a\"]x",
            "42[\"connect\"]",
            "42[\"newListener\"]",
            "43{}",
            "42x[\"a\"]",
            "42-1[\"a\"]",
            "4299999999999999999999999[\"a\"]",
            "44{\"message\":\"x\"}",
            "42[null]",
            "42[\"a\",]",
        ] {
            assert!(decode(frame, 1).is_err(), "{frame}: {:?}", decode(frame, 1));
        }
    }

    proptest! {
        #[test]
        fn decoding_never_panics(frame in "4.{0,60}") {
            let _ = decode(&frame, 1);
        }

        #[test]
        fn almost_packets_never_panic(frame in "4[0-9](/[a-z]{0,3},?)?[0-9]{0,3}[\\[{\"a-z:,\\\\\\]}]{0,20}") {
            let _ = decode(&frame, 1);
        }
    }
}
