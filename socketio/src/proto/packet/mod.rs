//! Socket.IO v5 packets in text form: type, number of attachments, namespace, acknowledgement id, JSON.

pub(crate) mod msgpack;
mod placeholders;
mod read;
mod returning;
mod write;

pub(crate) use self::{
    read::{Kind, Packet, PacketError, decode},
    returning::{Offset, take_returning},
    write::{begin, begin_ack, begin_event, end_args, end_with_offset, make_binary},
};

/// The type of a packet, as its first character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Type {
    Connect = b'0',
    Disconnect = b'1',
    Event = b'2',
    Ack = b'3',
    ConnectError = b'4',
    BinaryEvent = b'5',
    BinaryAck = b'6',
}

impl Type {
    /// The same as the number that parsers of objects write.
    pub(crate) fn number(self) -> u8 {
        self as u8 - Self::Connect as u8
    }
}

/// Names that have a meaning of their own in the reference implementation: no event may have them.
pub(crate) const RESERVED: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// The most attachments of one packet, both ways: official clients accept no more either.
pub(crate) const MAX_ATTACHMENTS: usize = 10;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::proto::Span;

    fn event(frame: &str) -> Option<(&str, Option<u64>, String, &str)> {
        match decode(frame, 1).ok()? {
            Packet { namespace, kind: Kind::Event { id, name, args }, .. } => {
                Some((namespace, id, name.into_owned(), &frame[args.range()]))
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
        assert_eq!((&*name, frame[args.range()].trim_matches([' ', ','])), ("a", &*deep));
        assert!(decode(&format!("42[\"a\",{}]", "[".repeat(300)), 1).is_err());
        assert!(decode(&format!("42{{\"a\":{deep}}}"), 1).is_err());
        // placeholders are not looked for so far down: it is not a violation
        assert!(decode(&format!(r#"451-["a",{{"_placeholder":true,"num":0}},{deep}]"#), 1).is_ok());
        for depth in 120..140 {
            let deep = "[".repeat(depth) + &"]".repeat(depth);
            assert!(decode(&format!(r#"451-["a",{deep}]"#), 1).is_ok(), "{depth}");
            assert!(decode(&format!(r#"40{{"a":{deep}}}"#), 1).is_ok(), "{depth}");
        }
    }

    /// Found, and mended, wherever it stands.
    #[test]
    fn unusual_json_is_mended() {
        for frame in [
            r#"42["say","hi \ud83d"]"#,
            r#"42/x,7["say",{"\udead":1}]"#,
            r#"42["\ud83d"]"#,
            "42[\"n\",1e400]",
            "42[\"n\",[-0]]",
            "42[\"n\",{\"a\":5.0}]",
            r#"431["\ud83d"]"#,
            r#"40{"token":"\ud83d"}"#,
            r#"40/x,{"n":1e400}"#,
            r#"451-["a",{"_placeholder":true,"num":0},"\ud83d"]"#,
            r#"451-["a",{"_placeholder":true,"num":0.0}]"#,
        ] {
            let Err(PacketError::Unusual(at)) = decode(frame, 1) else {
                panic!("{frame}: {:?}", decode(frame, 1))
            };
            let mended = [&frame[..at], &crate::proto::json::mend::mend(&frame[at..])].concat();
            assert!(decode(&mended, 1).is_ok(), "{frame} {mended}");
        }
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
        assert_eq!(decoded("40/x,{\"a\":1}"), packet("/x", Kind::Connect { auth: Some(Span::one(5..12)) }));
        assert_eq!(decoded("40/x"), packet("/x", Kind::Connect { auth: None }));
        assert_eq!(decoded("41/x,"), packet("/x", Kind::Disconnect));
        assert_eq!(decoded("42"), packet("/", Kind::Nothing));
        assert_eq!(decoded("43/x,"), packet("/x", Kind::Nothing));
        assert_eq!(decoded("43[1]"), packet("/", Kind::Nothing));
        assert_eq!(decoded("4312[1]"), packet("/", Kind::Ack { id: 12, args: Span::many(5..6) }));
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
