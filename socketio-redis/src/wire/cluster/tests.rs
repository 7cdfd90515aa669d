use std::{sync::Arc, time::Duration};

use proptest::prelude::*;
use serde_json::json;
use socketio::cluster::{Action, Asks, Fetched, Packed, Question, QuestionId, Reply, Selection};

use super::*;
use crate::wire::{Malformed, classic::request_id};

const UID: &str = "17aa9a153885e32b";

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
}

fn packed(text: &str) -> Packed {
    Packed::new(text, vec![]).expect("JSON")
}

fn to(rooms: &[&str], except: &[&str]) -> Selection {
    let list = |names: &[&str]| names.iter().map(|name| Arc::from(*name)).collect();
    Selection { rooms: list(rooms), except: list(except) }
}

/// What `createShardedAdapter` of `@socket.io/redis-adapter` 8.3.0 published.
#[test]
fn messages_of_the_sharded_adapter_are_read() {
    let read = message("me", br#"{"type":3,"data":{"packet":{"type":2,"data":["hi"]},"opts":{"rooms":["r1","r2"],"except":["r3"],"flags":{"volatile":true,"compress":false}}},"uid":"17aa9a153885e32b","nsp":"/"}"#);
    let read = read.expect("a broadcast");
    assert_eq!((&*read.uid, &*read.namespace), (UID, "/"));
    assert_eq!(read.selection, to(&["r1", "r2"], &["r3"]));
    let Heard::Emit { event, volatile, compress } = read.what else { panic!("an event") };
    assert_eq!((event.text(), volatile, compress), (r#"["hi"]"#, true, false));
    // with bytes: notepack
    let bytes = unhex(
        "84a47479706503a46461746182a67061636b657482a47479706502a46461746194a362696ec4020102c0d6ff00000000a46f70747383a5726f6f6d7390a665786365707490a5666c61677380a3756964b031376161396131353338383565333262a36e7370a12f",
    );
    let Heard::Emit { event, .. } = message("me", &bytes).expect("a broadcast").what else {
        panic!("an event")
    };
    assert_eq!(event.text(), r#"["bin",{"_placeholder":true,"num":0},null,"1970-01-01T00:00:00.000Z"]"#);
    assert_eq!(event.attachments(), [&[1, 2][..]]);
    let read = message("me", br#"{"type":9,"data":{"requestId":"d8fc022cd7ff0178","packet":["ping",1]},"uid":"17aa9a153885e32b","nsp":"/"}"#).expect("a question");
    assert_eq!(read.id.as_deref(), Some("d8fc022cd7ff0178"));
    assert!(matches!(read.what, Heard::Tell(event) if event.text() == r#"["ping",1]"#));
    let read = message("me", br#"{"type":6,"data":{"opts":{"rooms":["r1"],"except":[],"flags":{}},"close":true},"uid":"17aa9a153885e32b","nsp":"/"}"#);
    assert!(matches!(read.expect("an operation").what, Heard::Disconnect(true)));
}

/// What `@socket.io/redis-streams-adapter` 0.3.1 added, and published.
#[test]
fn entries_of_the_streams_adapter_are_read() {
    let read = entry(
        "me",
        ("u", "/"),
        "3",
        Some(b"gqZwYWNrZXSCpHR5cGUCpGRhdGGUo2JpbsQCAQLA1v8AAAAApG9wdHODpXJvb21zkKZleGNlcHSQpWZsYWdzgA=="),
    );
    let Heard::Emit { event, .. } = read.expect("an entry").what else { panic!("an event") };
    assert_eq!(event.attachments(), [&[1, 2][..]]);
    let read = entry(
        "me",
        ("u", "/"),
        "4",
        Some(br#"{"opts":{"rooms":["r1"],"except":[],"flags":{}},"rooms":["a","b"]}"#),
    )
    .expect("an entry");
    assert!(matches!(read.what, Heard::Join(rooms) if rooms.len() == 2));
    let ask = unhex(
        "84a47479706507a46461746182a46f70747383a5726f6f6d7391a27231a665786365707490a5666c61677380a9726571756573744964b032623537316237353864653439626163a3756964b033326337343438366430313335643066a36e7370a12f",
    );
    let read = message("me", &ask).expect("a question");
    assert!(matches!(read.what, Heard::Fetch));
    assert_eq!((read.id.as_deref(), read.selection), (Some("2b571b758de49bac"), to(&["r1"], &[])));
}

/// Key for key what Node's sharded adapter publishes.
#[test]
fn our_broadcast_is_that_of_a_node() {
    let event = packed(r#"["hi",1,"two",{"a":[true,null]}]"#);
    let action = Action::Emit { event: &event, volatile: false, compress: true };
    let ours = operation(&Selection::default(), &action).expect("a message");
    let text = r#"{"type":3,"data":{"packet":{"type":2,"data":["hi",1,"two",{"a":[true,null]}]},"opts":{"except":[],"flags":{},"rooms":[]}},"uid":"17aa9a153885e32b","nsp":"/"}"#;
    assert_eq!(String::from_utf8(ours.message(UID, "/", Form::Text)).expect("JSON"), text);
    // on the channels of the streams adapter nothing but MessagePack is read
    assert_eq!(ours.message(UID, "/", Form::MessagePack)[0], 0x84);
    assert_eq!(ours.entry()[0], b'{');
}

#[test]
fn hostile_messages_are_refused() {
    for bytes in [&b"x"[..], b"\x01", b"{", b"{}", br#"{"type":3}"#, br#"{"type":3,"uid":"x","nsp":"/"}"#] {
        assert!(message("me", bytes).is_err(), "{bytes:?}");
    }
    for kind in 3..8 {
        let text = format!(r#"{{"type":{kind},"uid":"x","nsp":"/","data":{{"packet":{{"data":["e"]}}}}}}"#);
        assert_eq!(message("me", text.as_bytes()).err(), Some(Malformed::Everybody), "{kind}");
    }
    let rooms = json!((0..1001).map(|room| room.to_string()).collect::<Vec<_>>());
    let text = format!(r#"{{"opts":{{"rooms":{rooms}}},"rooms":["a"]}}"#);
    assert_eq!(entry("me", ("x", "/"), "4", Some(text.as_bytes())).err(), Some(Malformed::Rooms));
    assert!(entry("me", ("x", "/"), "four", Some(b"{}")).is_err());
    assert!(entry("me", ("x", "/"), "3", Some(b"not base64!")).is_err());
    // beats of other adapters, and what is newer
    for kind in [1, 2, 13, 99] {
        let text = format!(r#"{{"type":{kind},"uid":"x","nsp":"/"}}"#);
        assert!(matches!(message("me", text.as_bytes()).expect("known").what, Heard::Nothing), "{kind}");
    }
}

fn replied(reply: &Reply) -> Reply {
    let id = request_id(UID, QuestionId(31));
    let body = response(&id, reply).expect("an answer").message("other", "/", Form::MessagePack);
    let Heard::Answer(question, reply) = message(UID, &body).expect("read").what else { panic!("ours") };
    assert_eq!(question, QuestionId(31));
    assert!(matches!(message("third", &body).expect("read").what, Heard::Nothing), "for another node");
    reply
}

#[test]
fn answers_are_read_as_they_are_written() {
    let bytes = Packed::new(r#"{"a":{"_placeholder":true,"num":0}}"#, vec![vec![1, 2].into()]).expect("JSON");
    assert!(matches!(replied(&Reply::Value(bytes.clone())), Reply::Value(read) if read == bytes));
    assert!(matches!(replied(&Reply::Acked(bytes.clone())), Reply::Acked(read) if read == bytes));
    assert!(matches!(replied(&Reply::Clients(7)), Reply::Clients(7)));
    assert!(matches!(replied(&Reply::Nobody), Reply::Nobody));
    assert!(matches!(replied(&Reply::NoAck), Reply::NoAck));
    let socket = Fetched {
        id: "x".to_owned(),
        rooms: vec!["x".into(), "a".into()],
        data: Some(r#"{"n":1}"#.into()),
        handshake: Some("{}".into()),
    };
    assert!(
        matches!(replied(&Reply::Sockets(vec![socket.clone()])), Reply::Sockets(read) if read == [socket])
    );
    assert!(response("Mus62i", &Reply::Nobody).is_none());
    assert!(response("Mus62i", &Reply::NoAck).is_none());
}

/// With several streams, JavaScript's remainder keeps the sign.
#[test]
fn a_namespace_has_the_stream_that_it_has_in_node() {
    assert_eq!(stream("socket.io", 1, "/notifications"), "socket.io");
    assert_eq!(stream("socket.io", 4, "/notifications"), "socket.io--3");
    assert_eq!(stream("socket.io", 4, "/"), "socket.io-3");
    assert_eq!(streams("s", 2), ["s--1", "s-0", "s-1"]);
}

proptest! {
    /// What we write is what we read, in each form.
    #[test]
    fn messages_are_read_as_they_are_written(
        name in ".{0,20}", text in ".{0,100}", number: i64, bytes in prop::option::of(prop::collection::vec(any::<u8>(), 0..20)),
        rooms in prop::collection::vec(".{1,20}", 0..5), except in prop::collection::vec(".{1,20}", 0..5),
        volatile: bool,
    ) {
        let mut value = json!([name, text, number, { "a": [null, true] }]);
        if bytes.is_some() {
            value.as_array_mut().expect("an array").push(json!({ "_placeholder": true, "num": 0 }));
        }
        let event = Packed::new(value.to_string(), bytes.into_iter().map(Into::into).collect()).expect("JSON");
        let names = |list: &[String]| list.iter().map(|name| Arc::from(&**name)).collect();
        let selection = Selection { rooms: names(&rooms), except: names(&except) };
        let action = Action::Emit { event: &event, volatile, compress: !volatile };
        let ours = operation(&selection, &action).expect("a message");
        let question = Question {
            id: QuestionId(1), namespace: "/x", selection: &selection,
            timeout: Duration::from_secs(1), asks: Asks::Emit(&event),
        };
        let asked = super::question(UID, &question).expect("a message");
        for (form, ours) in [Form::Text, Form::MessagePack].into_iter().flat_map(|form| [(form, &ours), (form, &asked)]) {
            let read = message("me", &ours.message(UID, "/x", form)).expect("a message");
            prop_assert_eq!((&*read.uid, &*read.namespace), (UID, "/x"));
            prop_assert_eq!(&read.selection, &selection);
            let Heard::Emit { event: read, .. } = read.what else { return Err(TestCaseError::fail("another kind")) };
            prop_assert_eq!(&read, &event);
        }
        let read = entry("me", (UID, "/x"), "3", Some(&ours.entry())).expect("an entry");
        prop_assert_eq!(&read.selection, &selection);
        let Heard::Emit { event: read, volatile: is_volatile, .. } = read.what else { return Err(TestCaseError::fail("another kind")) };
        prop_assert_eq!((&read, is_volatile), (&event, volatile));
    }

    /// Whatever comes ends with a message or a reason.
    #[test]
    fn any_bytes_are_a_message_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), text in ".{0,100}") {
        for bytes in [bytes, format!("{{{text}").into_bytes()] {
            let _ = message(UID, &bytes);
            let _ = entry(UID, ("u", "/"), "3", Some(&bytes));
        }
    }
}
