use std::time::Duration;

use proptest::prelude::*;
use socketio::cluster::{Fetched, Reply};

use super::*;

fn channels() -> Channels {
    Channels::new("socket.io", "/", "e6aeff")
}

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

/// What `@socket.io/redis-adapter` 8.3.0 published.
#[test]
fn broadcasts_of_node_are_read() {
    let message = unhex(
        "93a6382d3478443283a47479706502a46461746191a26869a36e7370a12f83a5726f6f6d7392a27231a27232a665786365707491a27233a5666c61677382a8766f6c6174696c65c3a8636f6d7072657373c2",
    );
    let mut read = broadcast(&message).expect("a broadcast");
    assert_eq!((read.uid, read.namespace, read.volatile, read.compress), ("8-4xD2", "/", true, false));
    assert_eq!(read.selection, to(&["r1", "r2"], &["r3"]));
    assert_eq!(read.event().expect("an event").text(), r#"["hi"]"#);
    assert_eq!(sender(&message), Ok("8-4xD2"));
    let message = unhex(
        "93a6382d3478443283a47479706502a46461746194a362696ec4020102c0d6ff00000000a36e7370a12f83a5726f6f6d7390a665786365707490a5666c61677380",
    );
    let event = broadcast(&message).and_then(|mut read| read.event()).expect("an event");
    assert_eq!(event.text(), r#"["bin",{"_placeholder":true,"num":0},null,"1970-01-01T00:00:00.000Z"]"#);
    assert_eq!(event.attachments(), [&[1, 2][..]]);
    // the emitter: other order of keys
    let message = unhex(
        "93a7656d697474657283a47479706502a46461746191a26869a36e7370a52f6368617483a5726f6f6d7392a161a162a5666c61677380a665786365707491a163",
    );
    let read = broadcast(&message).expect("a broadcast");
    assert_eq!((read.uid, read.namespace), ("emitter", "/chat"));
    assert_eq!(read.selection, to(&["a", "b"], &["c"]));
}

/// The bytes that Node was seen to accept.
#[test]
fn our_broadcast_has_the_bytes_of_a_node() {
    let (event, selection) = (packed(r#"["one-room"]"#), to(&["room1"], &[]));
    let action = Action::Emit { event: &event, volatile: false, compress: true };
    let message = operation(&channels(), "e6aeff", "/", &selection, &action).expect("a message");
    assert_eq!(message.channel, "socket.io#/#room1#");
    let mut expected = vec![0x93];
    for part in [
        &b"\xa6e6aeff\x83\xa4type\x02\xa4data\x91\xa8one-room\xa3nsp\xa1/"[..],
        b"\x83\xa5rooms\x91\xa5room1\xa6except\x90\xa5flags\x80",
    ] {
        expected.extend_from_slice(part);
    }
    assert_eq!(message.body, expected);
}

#[test]
fn requests_of_node_are_read() {
    let read = |text: &str| request(text.as_bytes()).expect("a request");
    let join = read(r#"{"uid":"8-4xD2","type":2,"opts":{"rooms":["r1"],"except":[]},"rooms":["a","b"]}"#);
    assert_eq!((&*join.uid, join.id, join.selection), ("8-4xD2", None, to(&["r1"], &[])));
    assert!(matches!(join.what, Requested::Join(rooms) if rooms.len() == 2));
    assert!(matches!(
        read(r#"{"type":4,"opts":{"rooms":["r1"],"except":[]},"close":false}"#).what,
        Requested::Disconnect(false)
    ));
    let tell =
        read(r#"{"uid":"x","requestId":"Mus62i","type":6,"data":["ping",{"type":"Buffer","data":[7]}]}"#);
    let Requested::Tell(event) = tell.what else { panic!("an event") };
    assert_eq!(
        (&*event.name().expect("an event"), event.attachments()),
        ("ping", &[Bytes::from_static(&[7])][..])
    );
    let ask = unhex(
        "85a3756964a6382d34784432a9726571756573744964a643355a446b35a47479706507a67061636b657483a47479706502a46461746192a171a178a36e7370a12fa46f70747383a5726f6f6d7390a665786365707490a5666c61677381a774696d656f7574cd03e8",
    );
    let ask = request(&ask).expect("a request");
    assert_eq!((ask.id.as_deref(), ask.namespace.as_deref()), (Some("C5ZDk5"), Some("/")));
    assert!(matches!(ask.what, Requested::Emit(event) if event.text() == r#"["q","x"]"#));
    let old = read(r#"{"requestId":"x","type":4,"sid":"abc"}"#);
    assert_eq!(old.selection, to(&["abc"], &[]), "the old form is about one socket");
}

/// Never "everybody": an old form without `opts` would disconnect all clients.
#[test]
fn a_request_without_a_selection_is_refused() {
    for kind in [2, 3, 4, 5] {
        let refused = request(format!(r#"{{"type":{kind},"rooms":["a"]}}"#).as_bytes());
        assert_eq!(refused.err(), Some(Malformed::Everybody), "{kind}");
    }
}

#[test]
fn hostile_messages_are_refused() {
    // the ones that end a Node process
    for message in [&b"\x01"[..], b"\x81\xa1a\x01", b"\x93\xa1x\x01\x02", b"\x92\xa1x\x80", b""] {
        assert!(broadcast(message).is_err(), "{message:?}");
    }
    assert_eq!(broadcast(b"\x93\xa1x\x81\xa4data\x90\x80\x00").err(), Some(Malformed::Trailing));
    let many: Vec<u8> =
        [&b"\x93\xa1x\x81\xa4data\x90\x81\xa5rooms\xdc\x03\xe9"[..], &b"\xa1r".repeat(1001)].concat();
    assert_eq!(broadcast(&many).err(), Some(Malformed::Rooms));
    for text in ["{", "{}", r#"{"type":9}"#, r#"{"type":"2"}"#, r#"{"type":6}"#, r#"{"type":7,"opts":{}}"#] {
        assert!(request(text.as_bytes()).is_err(), "{text}");
    }
    // what is missing is empty
    let read = broadcast(b"\x93\xa1x\x82\xa4type\x05\xa4data\x91\xa1e\x81\xa5flags\x90").expect("tolerated");
    assert_eq!((read.namespace, read.selection), ("/", Selection::default()));
}

fn replied(reply: &Reply) -> Reply {
    let id = request_id("e6aeff", QuestionId(31));
    let body = response(&id, false, reply).expect("an answer");
    let (question, reply) = answer("e6aeff", &body).expect("read").expect("ours");
    assert_eq!(question, QuestionId(31));
    assert!(answer("other0", &body).expect("read").is_none(), "for another node");
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
    assert!(matches!(replied(&Reply::Rooms(vec!["a".into()])), Reply::Rooms(rooms) if *rooms[0] == *"a"));
    let socket = Fetched {
        id: "x".to_owned(),
        rooms: vec!["x".into(), "a".into()],
        data: Some(r#"{"n":1}"#.into()),
        handshake: Some("{}".into()),
    };
    assert!(
        matches!(replied(&Reply::Sockets(vec![socket.clone()])), Reply::Sockets(read) if read == [socket])
    );
    // to Node nothing is said where its own nodes say nothing
    assert!(response("Mus62i", false, &Reply::Nobody).is_none());
    assert!(response("Mus62i", false, &Reply::NoAck).is_none());
}

/// An acknowledgement without an argument has no `packet`, and counts.
#[test]
fn what_node_leaves_out_is_null() {
    let id = request_id("e6aeff", QuestionId(1));
    let text = format!(r#"{{"type":6,"requestId":"{id}"}}"#);
    let (_, reply) = answer("e6aeff", text.as_bytes()).expect("read").expect("ours");
    assert!(matches!(reply, Reply::Value(value) if value.text() == "null"));
    let text = format!(r#"{{"type":9,"requestId":"{id}"}}"#);
    let (_, reply) = answer("e6aeff", text.as_bytes()).expect("read").expect("ours");
    assert!(matches!(reply, Reply::Acked(value) if value.text() == "null"));
}

#[test]
fn a_namespace_is_matched_by_its_name_alone() {
    assert_eq!(Channels::new("socket.io", "/a[b]*?\\", "u").pattern(), "socket.io#/a\\[b\\]\\*\\?\\\\#*");
    assert_eq!(channels().room_of("socket.io#/#room#1#"), Some("room#1"));
    assert_eq!(channels().room_of("socket.io#/#"), None);
}

proptest! {
    /// What we write is what we read.
    #[test]
    fn broadcasts_are_read_as_they_are_written(
        name in ".{0,20}", text in ".{0,100}", number: i64,
        rooms in prop::collection::vec(".{1,20}", 0..5), except in prop::collection::vec(".{1,20}", 0..5),
        volatile: bool,
    ) {
        let event = packed(&json!([name, text, number, { "a": [null, true] }]).to_string());
        let names = |list: &[String]| list.iter().map(|name| Arc::from(&**name)).collect();
        let selection = Selection { rooms: names(&rooms), except: names(&except) };
        let action = Action::Emit { event: &event, volatile, compress: !volatile };
        let message = operation(&channels(), "e6aeff", "/x", &selection, &action).expect("a message");
        let mut read = broadcast(&message.body).expect("a broadcast");
        prop_assert_eq!((read.uid, read.namespace, read.volatile, read.compress), ("e6aeff", "/x", volatile, !volatile));
        prop_assert_eq!(&read.selection, &selection);
        prop_assert_eq!(read.event().expect("an event"), event.clone());
        let question = Question {
            id: QuestionId(1), namespace: "/x", selection: &selection,
            timeout: Duration::from_secs(1), asks: Asks::Emit(&event),
        };
        let message = super::question(&channels(), "e6aeff", "/x", &question).expect("a message");
        let read = request(&message.body).expect("a request");
        prop_assert_eq!(read.namespace.as_deref(), Some("/x"));
        prop_assert_eq!(read.selection, selection);
        let Requested::Emit(read) = read.what else { return Err(TestCaseError::fail("another kind")) };
        prop_assert_eq!(read, event);
    }

    /// Whatever comes on the channels ends with a message or a reason.
    #[test]
    fn any_bytes_are_a_message_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), text in ".{0,100}") {
        for bytes in [bytes, format!("{{{text}").into_bytes()] {
            let _ = broadcast(&bytes).and_then(|mut read| read.event());
            let _ = request(&bytes);
            let _ = answer("e6aeff", &bytes);
        }
    }
}
