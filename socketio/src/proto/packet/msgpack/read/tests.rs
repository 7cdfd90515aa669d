use proptest::{collection::vec, prelude::*};
use serde_json::Value;

use super::*;

const LIMITS: Limits = Limits { max_attachments: 10, max_text: 1 << 20 };

fn bytes(hex: &str) -> Bytes {
    let digits: Vec<u32> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).expect("a byte")).collect()
}

fn read(hex: &str) -> Result<(String, Vec<Bytes>), MsgpackError> {
    to_text(&bytes(hex), LIMITS).map(|read| (read.text, read.attachments))
}

fn text(hex: &str) -> String {
    let (text, attachments) = read(hex).expect("a packet");
    assert!(attachments.is_empty());
    text
}

/// The bytes of `type`, `nsp` and the entries given: hex of keys and values.
fn packet(kind: &str, entries: &[&str]) -> String {
    format!("8{}a474797065{kind}a36e7370a12f{}", entries.len() + 2, entries.concat())
}

const DATA: &str = "a464617461";
const ID: &str = "a26964";

/// The text of a payload, in an event's array of one value.
fn payload(value: &str) -> Result<String, MsgpackError> {
    let (text, _) = read(&packet("02", &[&format!("{DATA}91{value}")]))?;
    Ok(text[2..text.len() - 1].to_owned())
}

// the bytes of socket.io-msgpack-parser 3.0.2 in Node

#[test]
fn packets_without_attachments() {
    assert_eq!(text("83a47479706500a464617461d40000a36e7370a12f"), "0");
    assert_eq!(
        text("83a47479706500a46461746181a5746f6b656ea174a36e7370a62f61646d696e"),
        r#"0/admin,{"token":"t"}"#
    );
    assert_eq!(text("82a47479706501a36e7370a62f61646d696e"), "1/admin,");
    assert_eq!(text("83a47479706504a36e7370a12fa46461746181a76d657373616765a26e6f"), r#"4{"message":"no"}"#);
    assert_eq!(
        text(
            "85a47479706502a46461746193a464617465d7000000018cc820db2ed700ffffffffffffffff\
             a76f7074696f6e7381a8636f6d7072657373c3a269640ca36e7370a52f63686174"
        ),
        r#"2/chat,12["date","2024-01-02T03:04:05.678Z","1969-12-31T23:59:59.999Z"]"#
    );
    assert_eq!(
        text(
            "84a47479706502a46461746195a175d40000c082a161d40000a16292c3c2a0\
             a76f7074696f6e7381a8636f6d7072657373c3a36e7370a12f"
        ),
        r#"2["u",null,null,{"a":null,"b":[true,false]},""]"#
    );
}

#[test]
fn the_text_is_a_packet() {
    for entries in [vec![], vec![format!("{DATA}81a161c0")]] {
        let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
        assert!(crate::proto::packet::decode(&text(&packet("00", &entries)), 0).is_ok());
    }
    let args = format!("{DATA}92a16105");
    for packet in [packet("01", &[]), packet("02", &[&args]), packet("03", &[&args, &format!("{ID}07")])] {
        assert!(crate::proto::packet::decode(&text(&packet), 0).is_ok(), "{packet}");
    }
}

#[test]
fn numbers() {
    assert_eq!(
        text(
            "83a47479706502a464617461dc0015a16e007fcc80ccffcd0100cdffffce00010000ceffffffff\
             cf0000000100000000cf001fffffffffffffffe0d0dfd080d1ff7fd18000d2ffff7fffd280000000\
             d3ffffffff7fffffffd3ffe0000000000001a36e7370a12f"
        ),
        "2[\"n\",0,127,128,255,256,65535,65536,4294967295,4294967296,9007199254740991,\
         -1,-32,-33,-128,-129,-32768,-32769,-2147483648,-2147483649,-9007199254740991]"
    );
    assert_eq!(
        text(
            "83a47479706502a46461746197a166cb3fe0000000000000cbbff4000000000000cb3e7ad7f29abcaf48\
             cb7ff8000000000000cb7ff0000000000000cbfff0000000000000a36e7370a12f"
        ),
        r#"2["f",0.5,-1.25,1e-7,null,1.7976931348623157e+308,-1.7976931348623157e+308]"#
    );
    // more than JavaScript keeps, and a float of 32 bits
    for (value, text) in [
        ("cfffffffffffffffff", "18446744073709551615"),
        ("d38000000000000000", "-9223372036854775808"),
        ("ca3fc00000", "1.5"),
        ("ca7f800000", "1.7976931348623157e+308"),
        ("ca7fc00000", "null"),
    ] {
        assert_eq!(payload(value).as_deref(), Ok(text), "{value}");
    }
}

#[test]
fn strings() {
    assert_eq!(
        text("83a47479706502a46461746193a173acf09f988020c3a920225c0a0181a66b22f09f988001a36e7370a12f"),
        r#"2["s","😀 é \"\\\n\u0001",{"k\"😀":1}]"#
    );
    let longest = payload(&format!("bf{}", "61".repeat(31)));
    assert_eq!(longest, Ok(format!("\"{}\"", "a".repeat(31))));
    for value in ["a161", "d90161", "da000161", "db0000000161"] {
        assert_eq!(payload(value).as_deref(), Ok(r#""a""#), "{value}");
    }
    for (value, text) in [
        ("dc0001c0", "[null]"),
        ("dd00000001c0", "[null]"),
        ("de0001a161c0", r#"{"a":null}"#),
        ("df00000001a161c0", r#"{"a":null}"#),
        ("82a16101a16202", r#"{"a":1,"b":2}"#),
    ] {
        assert_eq!(payload(value).as_deref(), Ok(text), "{value}");
    }
}

#[test]
fn attachments() {
    let packet = bytes(
        "84a47479706502a46461746194a162c40301020381a2696e91c400c702000405\
         a76f7074696f6e7381a8636f6d7072657373c3a36e7370a52f63686174",
    );
    let read = to_text(&packet, LIMITS).expect("a packet");
    assert_eq!(
        read.text,
        concat!(
            r#"53-/chat,["b",{"_placeholder":true,"num":0},"#,
            r#"{"in":[{"_placeholder":true,"num":1}]},{"_placeholder":true,"num":2}]"#
        )
    );
    assert_eq!(read.attachments, [&[1, 2, 3][..], &[], &[4, 5]]);
    // not copied
    assert!(packet.as_ptr_range().contains(&read.attachments[0].as_ptr()));

    assert_eq!(
        self::read("84a2696403a47479706503a46461746191c401ffa36e7370a12f"),
        Ok((r#"61-3[{"_placeholder":true,"num":0}]"#.to_owned(), vec![Bytes::from_static(&[255])]))
    );
    for value in ["c40107", "c5000107", "c60000000107", "c7010007", "c800010007", "c9000000010007"] {
        let (_, attachments) = self::read(&self::packet("02", &[&format!("{DATA}91{value}")])).expect(value);
        assert_eq!(attachments, [&[7][..]], "{value}");
    }
    for kind in ["00", "01", "04"] {
        let packet = self::packet(kind, &[&format!("{DATA}91c40107")]);
        assert_eq!(self::read(&packet), Err(MsgpackError::Binary));
    }
}

#[test]
fn attachments_are_limited() {
    let packet = |count: usize| packet("02", &[&format!("{DATA}9{count:x}{}", "c400".repeat(count))]);
    assert!(read(&packet(10)).is_ok());
    assert_eq!(read(&packet(11)), Err(MsgpackError::Attachments));
}

#[test]
fn text_is_limited() {
    // the limit is met inside the payload, or with what stands before it
    for (hex, length) in [
        (packet("02", &[&format!("{DATA}92a161a3010101"), &format!("{ID}cd0100")]), 30),
        (packet("02", &[&format!("{DATA}91c3")]), 7),
        (packet("02", &[]), 1),
    ] {
        let limited = |max_text| to_text(&bytes(&hex), Limits { max_text, ..LIMITS });
        assert_eq!(limited(length).expect("a packet").text.len(), length);
        for max_text in 0..length {
            assert_eq!(limited(max_text), Err(MsgpackError::Text), "{max_text} {hex}");
        }
    }
}

#[test]
fn the_limit_holds_while_writing() {
    let packet = bytes(&packet("02", &[&format!("{DATA}dc1000{}", "c2".repeat(0x1000))]));
    let mut reader = Reader {
        packet: &packet,
        at: packet.len() - 0x1000 - 3,
        json: Bounded { text: vec![], max: 100 },
        attachments: vec![],
        limits: LIMITS,
    };
    assert_eq!(reader.data(), Err(MsgpackError::Text));
    assert!(reader.json.text.len() <= 100);
}

#[test]
fn fields() {
    // in any order, with unknown keys of any form between them
    for (hex, text) in [
        ("84a36e7370a22f78a2696407a46461746191a161a47479706502", r#"2/x,7["a"]"#),
        ("83a16192c0c403010203a47479706501a36e7370a12f", "1"),
        ("84a16182a162a0c0d7000000000000000000a16191cb0000000000000000a47479706501a36e7370a12f", "1"),
        ("82a474797065cc01a36e7370a12f", "1"),
        ("82a474797065cb3ff0000000000000a36e7370a12f", "1"),
    ] {
        assert_eq!(self::text(hex), text, "{hex}");
    }
    for (id, text) in [
        ("d40000", "1"),
        ("00", "10"),
        ("d17fff", "132767"),
        ("cfffffffffffffffff", "118446744073709551615"),
        ("ca40e00000", "17"),
        ("cb4340000000000000", "19007199254740992"),
        ("cb8000000000000000", "10"),
    ] {
        assert_eq!(self::text(&packet("01", &[&format!("{ID}{id}")])), text, "{id}");
    }
}

#[test]
fn malformed_fields_are_errors() {
    let field = |name| Err(MsgpackError::Field(name));
    for kind in ["05", "ff", "c0", "d40000", "a132", "cb3ff8000000000000", "cf8000000000000000"] {
        assert_eq!(read(&packet(kind, &[])), field("type"), "{kind}");
    }
    for id in ["ff", "c0", "a131", "cb3ff8000000000000", "cb7ff0000000000000", "cb7ff8000000000000"] {
        assert_eq!(read(&packet("02", &[&format!("{ID}{id}")])), field("id"), "{id}");
    }
    for id in ["cb43f0000000000000", "cbbff0000000000000", "c3", "90"] {
        assert_eq!(read(&packet("02", &[&format!("{ID}{id}")])), field("id"), "{id}");
    }
    for name in ["a0", "a178", "a32f2c78", "c0", "d40000", "2f", "c4012f"] {
        assert_eq!(read(&format!("82a47479706502a36e7370{name}")), field("nsp"), "{name}");
    }
    // digits would be read as an id
    assert_eq!(read(&packet("03", &[&format!("{DATA}05")])), field("data"));
    assert_eq!(text(&packet("03", &[&format!("{DATA}ff")])), "3-1");
    // missing, and twice
    assert_eq!(read("81a47479706502"), field("nsp"));
    assert_eq!(read("81a36e7370a12f"), field("type"));
    assert_eq!(read(&packet("02", &["a47479706502"])), field("type"));
    assert_eq!(read(&packet("02", &["a36e7370a12f"])), field("nsp"));
    assert_eq!(read(&packet("02", &["a2696401", "a26964d40000"])), field("id"));
    assert_eq!(read(&packet("02", &["a464617461d40000", "a46461746190"])), field("data"));
}

#[test]
fn malformed_values_are_errors() {
    use MsgpackError::*;
    assert_eq!(read(""), Err(Truncated));
    for hex in ["90", "c0", "02", "a474797065", "c400"] {
        assert_eq!(read(hex), Err(Map), "{hex}");
    }
    assert_eq!(read("8102"), Err(Key));
    assert_eq!(read("81a1ff02"), Err(Utf8));
    assert_eq!(read(&packet("02", &[]).replace("a12f", "a22fff")), Err(Utf8));
    assert_eq!(read(&(packet("02", &[]) + "c0")), Err(Trailing));
    for (value, error) in [
        ("c1", Marker(0xc1)),
        ("81c400c0", Key),
        ("8190c0", Key),
        ("a2c3", Truncated),
        ("d301", Truncated),
        ("d40100", Extension),
        ("d40001", Extension),
        ("d5000000", Extension),
        ("d60000000000", Extension),
        ("d7010000000000000000", Extension),
        ("d7ff0000000000000000", Extension),
        ("d80000000000000000000000000000000000", Extension),
        ("c7010100", Extension),
        ("c800010100", Extension),
        ("c90000000101", Extension),
        // lengths that are not there
        ("dbffffffff", Truncated),
        ("ddffffffff", Truncated),
        ("dfffffffff", Truncated),
        ("c6ffffffff", Truncated),
        ("c9ffffffff00", Truncated),
    ] {
        assert_eq!(payload(value), Err(error), "{value}");
    }
    // in what is skipped
    for (value, error) in [("c1", Marker(0xc1)), ("ddffffffff", Truncated), ("dfffffffff", Truncated)] {
        assert_eq!(read(&packet("02", &[&format!("a178{value}")])), Err(error), "{value}");
    }
}

/// What JavaScript reads and Rust has no form for is not the end of the connection.
#[test]
fn texts_and_keys_are_what_javascript_makes_of_them() {
    for (value, text) in [
        // half of an emoji, alone, at the end, twice, and in the wrong order
        ("a3eda0bd", r#""\u{fffd}""#),
        ("a568eda0bd21", r#""h\u{fffd}!""#),
        ("a6eda0bdeda0bd", r#""\u{fffd}\u{fffd}""#),
        ("a6edb880eda0bd", r#""\u{fffd}\u{fffd}""#),
        // both halves, each of them written alone
        ("a6eda0bdedb880", r#""\u{1f600}""#),
        ("a1ff", r#""\u{fffd}""#),
        ("a361ed62", r#""a\u{fffd}b""#),
        ("81a1ff01", r#"{"\u{fffd}":1}"#),
        ("81a3eda0bdc0", r#"{"\u{fffd}":null}"#),
        ("8501a161ffa162c3a163c2a164c0a165", r#"{"1":"a","-1":"b","true":"c","false":"d","null":"e"}"#),
        ("cb4014000000000000", "5.0"),
    ] {
        assert_eq!(payload(value).as_deref(), Ok(&*unescaped(text)), "{value}");
    }
}

/// `\u{..}` as the character that it names.
fn unescaped(text: &str) -> String {
    text.replace("\\u{fffd}", "\u{fffd}").replace("\\u{1f600}", "\u{1f600}")
}

#[test]
fn nesting_is_limited() {
    let arrays = |levels| packet("02", &[&format!("{DATA}{}c0", "91".repeat(levels))]);
    let maps = |levels| packet("02", &[&format!("{DATA}{}c0", "81a161".repeat(levels))]);
    for nested in [arrays, maps] as [fn(usize) -> String; 2] {
        let text = text(&nested(120));
        assert!(serde_json::from_str::<Value>(&text[1..]).is_ok());
        // as deep as JavaScript writes: the reader of the text says what it thinks of it
        assert!(read(&nested(10_000)).is_ok());
        assert_eq!(read(&nested(10_001)), Err(MsgpackError::Nesting));
        assert_eq!(read(&nested(1_000_000)), Err(MsgpackError::Nesting));
    }
    // what is skipped costs no stack
    assert_eq!(text(&packet("02", &[&format!("a178{}c0", "91".repeat(1_000_000))])), "2");
}

#[test]
fn dates() {
    for (milliseconds, text) in [
        (0, Some("1970-01-01T00:00:00.000Z")),
        (951_782_400_000, Some("2000-02-29T00:00:00.000Z")),
        (-2_203_891_200_000, Some("1900-03-01T00:00:00.000Z")),
        (253_402_300_799_999, Some("9999-12-31T23:59:59.999Z")),
        (253_402_300_800_000, Some("+010000-01-01T00:00:00.000Z")),
        (-62_167_219_200_000, Some("0000-01-01T00:00:00.000Z")),
        (-62_167_219_200_001, Some("-000001-12-31T23:59:59.999Z")),
        (8_640_000_000_000_000, Some("+275760-09-13T00:00:00.000Z")),
        (-8_640_000_000_000_000, Some("-271821-04-20T00:00:00.000Z")),
        (8_640_000_000_000_001, None),
        (-8_640_000_000_000_001, None),
        (i64::MAX, None),
        (i64::MIN, None),
    ] {
        assert_eq!(date(milliseconds).as_deref(), text, "{milliseconds}");
        let json = text.map_or_else(|| "null".to_owned(), |text| format!("\"{text}\""));
        assert_eq!(payload(&format!("d700{milliseconds:016x}")), Ok(json));
    }
}

/// The other direction, by counting leap years and the days of months.
fn milliseconds(text: &str) -> i64 {
    let (year, rest) = text.split_at(text.len() - "-01-01T00:00:00.000Z".len());
    let year: i64 = year.parse().expect("a year");
    let field = |at: Range<usize>| rest[at].parse::<i64>().expect("digits");
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let leaps = |year: i64| year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = 365 * (year - 1970) + leaps(year - 1) - leaps(1969);
    let months = [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let (month, day) = (usize::try_from(field(1..3)).expect("a month"), field(4..6));
    assert!(day >= 1 && day <= months[month - 1], "{text}");
    let days = days + months[..month - 1].iter().sum::<i64>() + day - 1;
    let (hour, minute, second) = (field(7..9), field(10..12), field(13..15));
    assert!(hour < 24 && minute < 60 && second < 60, "{text}");
    (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + field(16..19)
}

/// MessagePack as notepack writes it, with the lengths of 16 bits.
fn encode(value: &Value, out: &mut Vec<u8>) {
    let length = |length: usize| u16::try_from(length).expect("short").to_be_bytes();
    match value {
        Value::Null => out.push(0xc0),
        Value::Bool(value) => out.push(0xc2 + u8::from(*value)),
        Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(number), ..) => out.extend([&[0xcf][..], &number.to_be_bytes()].concat()),
            (_, Some(number), _) => out.extend([&[0xd3][..], &number.to_be_bytes()].concat()),
            (.., number) => {
                out.extend([&[0xcb][..], &number.expect("a float").to_be_bytes()].concat());
            }
        },
        Value::String(text) => {
            out.extend([&[0xda][..], &length(text.len()), text.as_bytes()].concat());
        }
        Value::Array(values) => {
            out.extend([&[0xdc][..], &length(values.len())].concat());
            values.iter().for_each(|value| encode(value, out));
        }
        Value::Object(entries) => {
            out.extend([&[0xde][..], &length(entries.len())].concat());
            for (key, value) in entries {
                encode(&Value::String(key.clone()), out);
                encode(value, out);
            }
        }
    }
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 30, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((any::<String>(), inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn event(value: &Value, attachment: &[u8]) -> Vec<u8> {
    let mut packet = bytes("83a36e7370a22f78a47479706502a46461746193a161").to_vec();
    encode(value, &mut packet);
    packet.extend([0xc4, u8::try_from(attachment.len()).expect("short")]);
    packet.extend(attachment);
    packet
}

proptest! {
    #[test]
    fn values_keep_their_json(value in values(), attachment in vec(any::<u8>(), 0..9)) {
        let read = to_text(&event(&value, &attachment).into(), LIMITS).expect("a packet");
        let text = format!(r#"51-/x,["a",{value},{{"_placeholder":true,"num":0}}]"#);
        prop_assert_eq!(read.text, text);
        prop_assert_eq!(read.attachments, [attachment]);
    }

    #[test]
    fn a_prefix_is_truncated(value in values(), cut in any::<prop::sample::Index>()) {
        let packet = Bytes::from(event(&value, b"abc"));
        let prefix = packet.slice(..cut.index(packet.len()));
        prop_assert_eq!(to_text(&prefix, LIMITS), Err(MsgpackError::Truncated));
    }

    #[test]
    fn any_bytes_never_panic(packet in vec(any::<u8>(), 0..100)) {
        let _ = to_text(&packet.into(), LIMITS);
    }

    #[test]
    fn any_payload_never_panics(tail in vec(any::<u8>(), 0..60), max_text in 0_usize..200) {
        let mut packet = bytes("83a36e7370a22f78a47479706502a464617461").to_vec();
        packet.extend(tail);
        if let Ok(read) = to_text(&packet.into(), Limits { max_attachments: 3, max_text }) {
            prop_assert!(read.text.len() <= max_text && read.attachments.len() <= 3);
        }
    }

    #[test]
    fn a_changed_byte_never_panics(
        value in values(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut packet = event(&value, b"abc");
        let at = at.index(packet.len());
        packet[at] = byte;
        let packet = Bytes::from(packet);
        if let Ok(read) = to_text(&packet, LIMITS) {
            let (_, json) = read.text.split_once(',').expect("a namespace");
            prop_assert!(json.is_empty() || serde_json::from_str::<Value>(json).is_ok(), "{}", json);
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar(at in -8_640_000_000_000_000_i64..=8_640_000_000_000_000) {
        // half of them in years of four digits
        for at in [at, at / 300] {
            let text = date(at).expect("a date");
            prop_assert_eq!(milliseconds(&text), at, "{}", text);
        }
    }
}
