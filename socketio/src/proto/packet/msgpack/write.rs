//! Writing a packet.

use crate::proto::packet::Type;

/// Writes `{type, nsp, id?, data?}` up to the value of `data`, which follows. It is the last one, because an offset
/// stands at its end.
pub(crate) fn begin(out: &mut Vec<u8>, kind: Type, namespace: &str, id: Option<u64>, has_data: bool) {
    out.push(0x80 | (2 + u8::from(id.is_some()) + u8::from(has_data)));
    write_str(out, "type");
    out.push(kind.number());
    write_str(out, "nsp");
    write_str(out, namespace);
    if let Some(id) = id {
        write_str(out, "id");
        write_uint(out, id);
    }
    if has_data {
        write_str(out, "data");
    }
}

/// Writes the head of the array of all arguments.
pub(crate) fn begin_args(out: &mut Vec<u8>, len: u16) {
    if len < 16 {
        out.push(0x90 | len as u8);
    } else {
        out.push(0xdc);
        out.extend_from_slice(&len.to_be_bytes());
    }
}

/// Writes the offset of an event as its last argument: the array's head has counted it.
pub(crate) fn end_with_offset(out: &mut Vec<u8>, offset: &str) {
    write_str(out, offset);
}

/// Writes one argument, or a payload.
#[cfg(feature = "msgpack")]
pub(crate) fn write_value<T: serde::Serialize + ?Sized>(
    out: &mut Vec<u8>,
    value: &T,
) -> Result<(), rmp_serde::encode::Error> {
    value.serialize(&mut rmp_serde::Serializer::new(out).with_struct_map())
}

/// Writes a string of less than 64 KiB: keys, namespaces and offsets are.
fn write_str(out: &mut Vec<u8>, text: &str) {
    match text.len() {
        len @ 0..=31 => out.push(0xa0 | len as u8),
        len @ 32..=0xff => out.extend_from_slice(&[0xd9, len as u8]),
        len => {
            out.push(0xda);
            out.extend_from_slice(&(len as u16).to_be_bytes());
        }
    }
    out.extend_from_slice(text.as_bytes());
}

fn write_uint(out: &mut Vec<u8>, number: u64) {
    match number {
        0..=0x7f => out.push(number as u8),
        0x80..=0xff => out.extend_from_slice(&[0xcc, number as u8]),
        0x100..=0xffff => {
            out.push(0xcd);
            out.extend_from_slice(&(number as u16).to_be_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            out.push(0xce);
            out.extend_from_slice(&(number as u32).to_be_bytes());
        }
        _ => {
            out.push(0xcf);
            out.extend_from_slice(&number.to_be_bytes());
        }
    }
}

#[cfg(all(test, feature = "msgpack"))]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::proto::packet::{
        self, Kind, Packet,
        msgpack::{Limits, to_text},
    };

    proptest! {
        /// What is written is read as it was: type, namespace, id, arguments and offset.
        #[test]
        fn packets_are_read_as_they_are_written(
            namespace in "/[a-zé]{0,140}",
            id in prop::option::of(prop_oneof![0_u64..300, 0..1_u64 << 53]),
            args in prop::collection::vec("[a-z]{0,40}", 0..20),
            offset in "[a-zA-Z0-9-]{1,40}",
        ) {
            let mut out = vec![];
            begin(&mut out, Type::Event, &namespace, id, true);
            begin_args(&mut out, 2 + args.len() as u16);
            write_str(&mut out, "name");
            for arg in &args {
                write_value(&mut out, arg).expect("a string");
            }
            end_with_offset(&mut out, &offset);
            let limits = Limits { max_attachments: 10, max_text: 10_000 };
            let text = to_text(&Bytes::from(out), limits).expect("a packet").text;
            let Packet { namespace: read, kind, .. } = packet::decode(&text, 0).expect("a packet");
            prop_assert_eq!(read, &*namespace);
            let Kind::Event { id: read_id, name, args: span } = kind else {
                return Err(TestCaseError::fail("another kind"));
            };
            prop_assert_eq!((read_id, &*name), (id, "name"));
            let read: Vec<String> =
                serde_json::from_str(&format!("[{}]", text[span.range()].trim_start_matches(','))).expect("strings");
            let sent: Vec<String> = args.into_iter().chain([offset]).collect();
            prop_assert_eq!(read, sent);
        }
    }
}
