//! MessagePack as notepack.io writes it.

mod read;
mod write;

pub(crate) use self::{
    read::{Head, Reader},
    write::{write_array, write_json, write_map, write_str, write_uint},
};

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::wire::Malformed;

    fn json(bytes: &[u8]) -> Result<(String, Vec<Bytes>), Malformed> {
        let (mut out, mut attachments) = (vec![], vec![]);
        let mut reader = Reader::new(bytes);
        reader.json(&mut out, &mut attachments)?;
        reader.end()?;
        Ok((String::from_utf8(out).expect("JSON"), attachments))
    }

    /// Bytes that notepack.io wrote, read as Node reads them.
    #[test]
    fn the_dialect_of_node_is_read() {
        for (bytes, expected) in [
            (&b"\xd6\xff\x00\x00\x00\x00"[..], r#""1970-01-01T00:00:00.000Z""#),
            (b"\xd7\xff\x00\x00\x00\x00\x00\x00\x00\x01", r#""1970-01-01T00:00:01.000Z""#),
            (
                b"\xc7\x0c\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff",
                r#""1969-12-31T23:59:59.000Z""#,
            ),
            (b"\xd4\x00\x00", "null"),
            (b"\xd7\x00\x00\x00\x00\x00\x00\x00\x00\x00", r#""1970-01-01T00:00:00.000Z""#),
            (b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", "null"),
            (b"\xcf\x00\x00\x00\x01\x00\x00\x00\x00", "4294967296"),
            (b"\xe0", "-32"),
            (b"\x82\xa1a\x01\xa1b\x92\xc3\xc0", r#"{"a":1,"b":[true,null]}"#),
        ] {
            assert_eq!(json(bytes).expect("a value").0, expected, "{bytes:?}");
        }
        let (text, attachments) = json(b"\x92\xc4\x02\x01\x02\xd5\x00\x03\x04").expect("a value");
        assert_eq!(text, r#"[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#);
        assert_eq!(attachments, [&[1, 2][..], &[3, 4]]);
    }

    #[test]
    fn what_is_not_a_value_is_refused() {
        assert_eq!(json(b""), Err(Malformed::Truncated));
        assert_eq!(json(b"\xc1"), Err(Malformed::Marker));
        assert_eq!(json(b"\x01\x01"), Err(Malformed::Trailing));
        assert_eq!(json(b"\xa1\xff"), Err(Malformed::Utf8));
        assert_eq!(json(b"\xdd\xff\xff\xff\xff"), Err(Malformed::Truncated));
        assert_eq!(json(&[0x91; 200]), Err(Malformed::Nesting));
        let mut reader = Reader::new(b"\xdf\xff\xff\xff\xff\x01");
        assert_eq!(reader.skip(), Err(Malformed::Truncated));
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            // serde_json reads others up to their last bit
            any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0 + 0.125)),
            ".{0,300}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 64, 20, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..20).prop_map(Value::from),
                prop::collection::btree_map(".{0,40}", inner, 0..20)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// What is written is what is read.
        #[test]
        fn json_survives_the_way_there_and_back(value in values()) {
            let mut out = vec![];
            write_json(&mut out, &value.to_string(), &[]).expect("JSON");
            let read: Value = serde_json::from_str(&json(&out).expect("a value").0).expect("JSON");
            prop_assert_eq!(read, value);
            let mut reader = Reader::new(&out);
            prop_assert_eq!(reader.skip().and_then(|()| reader.end()), Ok(()));
        }

        /// Whatever comes, it ends with a value or a reason.
        #[test]
        fn any_bytes_are_a_value_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok((text, _)) = json(&bytes) {
                prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok(), "{}", text);
            }
        }
    }

    #[test]
    fn placeholders_are_bytes_and_what_looks_like_one_is_not() {
        let text = r#"["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":7},{"_placeholder":1}]"#;
        let mut out = vec![];
        write_json(&mut out, text, &[Bytes::from_static(&[9])]).expect("JSON");
        let (read, attachments) = json(&out).expect("a value");
        assert_eq!((&*read, attachments), (text, vec![Bytes::from_static(&[9])]));
    }
}
