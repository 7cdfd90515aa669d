use proptest::prelude::*;

use super::*;
use crate::proto::{Json, Span};

fn event(text: &str) -> (String, Option<&str>, Option<u64>) {
    match decode(text) {
        Ok(Envelope::Event { name, args, id }) => (
            name.into_owned(),
            match args {
                None => None,
                Some(span) => Some(&text[span.range()]),
            },
            id,
        ),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn events_carry_none_one_or_several_arguments() {
    assert_eq!(event(r#"{"event":"a"}"#), ("a".into(), None, None));
    assert_eq!(event(r#"{"event":"a","data":{"x":1},"id":7}"#), ("a".into(), Some(r#"{"x":1}"#), Some(7)));
    assert_eq!(event(r#" {"id":0, "args":[1, [2]], "event":"a"} "#), ("a".into(), Some("1, [2]"), Some(0)));
    assert_eq!(event(r#"{"event":"a","data":null}"#), ("a".into(), Some("null"), None));
    assert_eq!(event(r#"{"event":"a","args":[]}"#), ("a".into(), Some(""), None));
    assert_eq!(event(r#"{"event":"a\"b","offset":"x","ns":5,"later":[]}"#), ("a\"b".into(), None, None));
}

#[test]
fn acks_carry_a_value_or_an_error() {
    assert_eq!(
        decode(r#"{"ack":3,"data":5}"#).ok(),
        Some(Envelope::Ack { id: 3, args: Some(Span::one(16..17)) })
    );
    assert_eq!(decode(r#"{"ack":3}"#).ok(), Some(Envelope::Ack { id: 3, args: None }));
    let text = r#"{"ack":3,"error":{"code":"no"}}"#;
    assert_eq!(decode(text).ok(), Some(Envelope::AckError { id: 3, error: Span::one(17..30) }));
}

#[test]
fn everything_else_is_an_error() {
    for text in [
        "",
        "hello",
        "5",
        "[]",
        "{}",
        "null",
        r#"{"event":5}"#,
        r#"{"event":"a","data":1,"args":[]}"#,
        r#"{"event":"a","args":{}}"#,
        r#"{"event":"a","id":-1}"#,
        r#"{"event":"a","id":1.5}"#,
        r#"{"event":"a","ack":1}"#,
        r#"{"ack":99999999999999999999999}"#,
        r#"{"event":"a"} x"#,
        r#"{"event":"a","event":"b"}"#,
        r#"{"event":"a","data":}"#,
    ] {
        assert!(decode(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn what_we_write_we_read(name in ".{0,20}", values in prop::collection::vec(any::<i64>(), 0..4), id in any::<Option<u64>>()) {
        let mut out = vec![];
        begin_event(&mut out, &name, values.len())?;
        for (i, value) in values.iter().enumerate() {
            if i > 0 { out.push(b','); }
            serde_json::to_writer(&mut out, value)?;
        }
        end(&mut out, values.len(), id);
        let text = String::from_utf8(out)?;
        let Envelope::Event { name: read, args, id: read_id } = decode(&text)? else { panic!("{text}") };
        prop_assert_eq!(read, name);
        prop_assert_eq!(read_id, id);
        let read: Vec<i64> = match args.map(|args| args.of(&text)) {
            None => vec![],
            Some(Json::One(value)) => vec![serde_json::from_str(value)?],
            Some(Json::Many(values)) => serde_json::from_str(&format!("[{values}]"))?,
        };
        prop_assert_eq!(read, values);
    }

    #[test]
    fn acks_are_read_as_they_are_written(id in any::<u64>(), value in any::<i64>(), is_error in any::<bool>()) {
        let mut out = vec![];
        if is_error {
            ack_error(&mut out, id, &value)?;
        } else {
            begin_ack(&mut out, id, 1, false);
            serde_json::to_writer(&mut out, &value)?;
            end(&mut out, 1, None);
        }
        let text = String::from_utf8(out)?;
        let (read_id, span) = match decode(&text)? {
            Envelope::Ack { id, args: Some(args) } if !is_error => (id, args),
            Envelope::AckError { id, error } if is_error => (id, error),
            _ => panic!("{text}"),
        };
        prop_assert_eq!((read_id, &text[span.range()]), (id, &*value.to_string()));
    }

    #[test]
    fn decoding_never_panics(text in ".{0,80}") {
        let _ = decode(&text);
    }

    #[test]
    fn almost_envelopes_never_panic(head in "[\\[{\"a-z:,\\\\]{0,12}", tail in ".{0,30}") {
        let _ = decode(&format!("{{\"event\":\"x\",{head}{tail}"));
    }
}
