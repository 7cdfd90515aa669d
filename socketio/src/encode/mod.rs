//! From a value to a finished frame: what each wire makes of an event, an acknowledgement, a reply.

mod arguments;

pub(crate) use self::arguments::local_args;
pub use self::arguments::{ArgsWriter, Arguments};

use bytes::Bytes;
use serde::Serialize;

use self::arguments::message_pack;
use crate::{
    ClientError,
    connection::{Frame, buffers},
    error::{EncodeError, EncodeFault},
    proto::{bus, frame, packet},
    wire::Wire,
};

/// What goes before the arguments of an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head<'a> {
    pub(crate) wire: Wire,
    pub(crate) namespace: &'a str,
    /// Asks for an acknowledgement with this id.
    pub(crate) ack: Option<u64>,
    /// Leaves room for an offset as the last argument: see [`Encoded::offset_at`].
    pub(crate) offset: bool,
}

/// A finished packet in the thread's buffer: one frame, and its attachments.
#[derive(Debug)]
pub(crate) struct Encoded<'a> {
    frame: &'a [u8],
    attachments: Vec<Vec<u8>>,
}

/// How long an offset is, in bytes: the same for all, so that a finished frame can be given one.
pub(crate) const OFFSET_LEN: usize = 12;

impl Encoded<'_> {
    /// Hands out what is pushed to an outbox: a packet with attachments is one piece, so that nothing comes
    /// between them and no policy tears them apart.
    pub(crate) fn with_frame<R>(self, push: impl FnOnce(Frame<'_>) -> R) -> R {
        if self.attachments.is_empty() {
            push(Frame::Own(self.frame))
        } else {
            push(Frame::Shared(&self.into_bytes()))
        }
    }

    /// The frames, one behind the other.
    pub(crate) fn into_bytes(self) -> Bytes {
        if self.attachments.is_empty() { Bytes::copy_from_slice(self.frame) } else { self.into_vec().into() }
    }

    /// The frames, one behind the other.
    pub(crate) fn into_vec(self) -> Vec<u8> {
        let len = self.frame.len()
            + self.attachments.iter().map(|bytes| frame::MAX_HEADER + bytes.len()).sum::<usize>();
        let mut frames = Vec::with_capacity(len);
        frames.extend_from_slice(self.frame);
        for attachment in &self.attachments {
            frame::append(&mut frames, frame::BINARY, attachment);
        }
        frames
    }

    /// Where the offset goes that [`Head::offset`] left room for.
    pub(crate) fn offset_at(&self, wire: Wire) -> usize {
        // `..,"<offset>"]`, or the last string of the map's last value
        let behind = if wire == Wire::MessagePack { 0 } else { 2 };
        self.frame.len() - behind - OFFSET_LEN
    }
}

/// An event.
pub(crate) fn event<R>(
    head: Head<'_>,
    name: &str,
    args: &dyn Arguments,
    take: impl FnOnce(Encoded<'_>) -> R,
) -> Result<R, EncodeError> {
    let arity = args.arity();
    packet(
        head.wire,
        |out, attachments| {
            let mut writer = ArgsWriter::new(out, head.wire, attachments);
            match head.wire {
                Wire::Bus | Wire::Engine => {
                    writer.begin_bus();
                    bus::begin_event(writer.out, name, arity)?;
                    args.write(&mut writer)?;
                    bus::end(writer.out, arity, head.ack);
                }
                Wire::Packet => {
                    packet::begin(writer.out, b'2', head.namespace);
                    if let Some(id) = head.ack {
                        bus::write_id(writer.out, id);
                    }
                    writer.out.push(b'[');
                    writer.arg(name)?;
                    args.write(&mut writer)?;
                    if head.offset {
                        writer.arg(NO_OFFSET)?;
                    }
                    writer.out.push(b']');
                }
                Wire::MessagePack => {
                    begin_map(writer.out, b'2', head.namespace, head.ack, true)?;
                    begin_array(writer.out, 1 + arity + usize::from(head.offset))?;
                    writer.arg(name)?;
                    args.write(&mut writer)?;
                    if head.offset {
                        writer.arg(NO_OFFSET)?;
                    }
                }
            }
            Ok(())
        },
        take,
    )
}

/// What stands where an offset will be.
const NO_OFFSET: &str = "............";

/// An acknowledgement with one value, or with none. A value that spreads is an array of the arguments.
pub(crate) fn ack<T: Serialize + ?Sized, R>(
    head: Head<'_>,
    value: Option<&T>,
    spreads: bool,
    take: impl FnOnce(Encoded<'_>) -> R,
) -> Result<R, EncodeError> {
    let id = head.ack.unwrap_or_default();
    packet(
        head.wire,
        |out, attachments| {
            let mut writer = ArgsWriter::new(out, head.wire, attachments);
            match head.wire {
                Wire::Bus | Wire::Engine => {
                    // the array itself is what stands behind the key `args`
                    let arity = usize::from(value.is_some());
                    writer.begin_bus();
                    bus::begin_ack(writer.out, id, arity, spreads);
                    value.map_or(Ok(()), |value| writer.arg(value))?;
                    bus::end(writer.out, arity, None);
                }
                Wire::Packet => {
                    packet::begin(writer.out, b'3', head.namespace);
                    bus::write_id(writer.out, id);
                    match value {
                        Some(value) if spreads => writer.arg(value)?,
                        value => {
                            writer.out.push(b'[');
                            value.map_or(Ok(()), |value| writer.arg(value))?;
                            writer.out.push(b']');
                        }
                    }
                }
                Wire::MessagePack => {
                    begin_map(writer.out, b'3', head.namespace, Some(id), true)?;
                    if !spreads {
                        begin_array(writer.out, usize::from(value.is_some()))?;
                    }
                    value.map_or(Ok(()), |value| writer.arg(value))?;
                }
            }
            Ok(())
        },
        take,
    )
}

/// An acknowledgement that is an error.
pub(crate) fn ack_error<R>(
    head: Head<'_>,
    error: &ClientError,
    take: impl FnOnce(Encoded<'_>) -> R,
) -> Result<R, EncodeError> {
    #[derive(Serialize)]
    struct Refusal<'a> {
        error: &'a ClientError,
    }
    if !head.wire.is_bus() {
        return ack(head, Some(&Refusal { error }), false, take);
    }
    packet(
        head.wire,
        |out, attachments| {
            ArgsWriter::new(out, head.wire, attachments).begin_bus();
            Ok(bus::ack_error(out, head.ack.unwrap_or_default(), error)?)
        },
        take,
    )
}

/// A packet of Socket.IO's own: the reply to CONNECT (`0`), DISCONNECT (`1`), CONNECT_ERROR (`4`).
pub(crate) fn control<T: Serialize, R>(
    wire: Wire,
    kind: u8,
    namespace: &str,
    payload: Option<&T>,
    take: impl FnOnce(Encoded<'_>) -> R,
) -> Result<R, EncodeError> {
    packet(
        wire,
        |out, attachments| {
            if wire == Wire::MessagePack {
                begin_map(out, kind, namespace, None, payload.is_some())?;
            } else {
                packet::begin(out, kind, namespace);
            }
            let mut writer = ArgsWriter::new(out, wire, attachments);
            payload.map_or(Ok(()), |payload| writer.arg(payload))
        },
        take,
    )
}

/// A message of the plain bus, as it is.
pub(crate) fn message<R>(wire: Wire, text: bool, bytes: &[u8], take: impl FnOnce(Encoded<'_>) -> R) -> R {
    let opcode = if text { frame::TEXT } else { frame::BINARY };
    let framed: Result<R, std::convert::Infallible> = buffers::with_frame(
        opcode,
        |out| {
            if text && wire == Wire::Engine {
                out.push(b'4');
            }
            out.extend_from_slice(bytes);
            Ok(())
        },
        |frame| take(Encoded { frame, attachments: vec![] }),
    );
    match framed {
        Ok(result) => result,
    }
}

/// Writes a packet into the thread's buffer.
fn packet<R>(
    wire: Wire,
    write: impl FnOnce(&mut Vec<u8>, &mut Vec<Vec<u8>>) -> Result<(), EncodeError>,
    take: impl FnOnce(Encoded<'_>) -> R,
) -> Result<R, EncodeError> {
    let mut attachments = vec![];
    let list = &mut attachments;
    let mut buffer = buffers::Encoder::take();
    write(buffer.payload(), list)?;
    if !attachments.is_empty() {
        if attachments.len() > packet::MAX_ATTACHMENTS {
            return Err(EncodeFault::Attachments.into());
        }
        // only now is their number known, and that the packet is of another type
        packet::make_binary(buffer.payload(), frame::MAX_HEADER, attachments.len());
    }
    Ok(take(Encoded { frame: buffer.finish(wire.opcode()), attachments }))
}

/// `{type, nsp, id?, data?}`: the value of `data` follows. It is the last one, because an offset stands at its end.
fn begin_map(
    out: &mut Vec<u8>,
    kind: u8,
    namespace: &str,
    id: Option<u64>,
    has_data: bool,
) -> Result<(), EncodeError> {
    out.push(0x80 | (2 + u8::from(id.is_some()) + u8::from(has_data)));
    message_pack(out, "type")?;
    out.push(kind - b'0');
    message_pack(out, "nsp")?;
    message_pack(out, namespace)?;
    if let Some(id) = id {
        message_pack(out, "id")?;
        message_pack(out, &id)?;
    }
    if has_data {
        message_pack(out, "data")?;
    }
    Ok(())
}

fn begin_array(out: &mut Vec<u8>, len: usize) -> Result<(), EncodeError> {
    if len < 16 {
        out.push(0x90 | len as u8);
    } else {
        out.push(0xdc);
        out.extend_from_slice(&u16::try_from(len).map_err(|_| EncodeFault::Arguments)?.to_be_bytes());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::{Bytes as Binary, Rest, Value, message::with_attachments, value::Args};

    const PACKET: Head<'_> = Head { wire: Wire::Packet, namespace: "/", ack: None, offset: false };

    fn frames(encoded: Encoded<'_>) -> Vec<u8> {
        encoded.into_vec()
    }

    fn text(payload: &str) -> Vec<u8> {
        let mut out = vec![];
        frame::append(&mut out, frame::TEXT, payload.as_bytes());
        out
    }

    #[test]
    fn bytes_travel_behind_the_packet_in_depth_first_order() {
        let args = Args((json!({"a": 1}), vec![Binary::from(vec![1, 2]), Binary::from(vec![3])]));
        let mut expected =
            text(r#"452-/x,7["e",{"a":1},[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]]"#);
        frame::append(&mut expected, frame::BINARY, &[1, 2]);
        frame::append(&mut expected, frame::BINARY, &[3]);
        let head = Head { namespace: "/x", ack: Some(7), ..PACKET };
        assert_eq!(event(head, "e", &args, frames).expect("encodes"), expected);
        let answer = ack(Head { ack: Some(9), ..PACKET }, Some(&Binary::from(vec![9])), false, frames);
        let mut expected = text(r#"461-9[{"_placeholder":true,"num":0}]"#);
        frame::append(&mut expected, frame::BINARY, &[9]);
        assert_eq!(answer.expect("encodes"), expected);
    }

    #[test]
    fn more_attachments_than_a_client_accepts_are_refused() {
        let eleven: Vec<Binary> = (0..11).map(|i| Binary::from(vec![i])).collect();
        assert!(event(PACKET, "e", &Args((eleven,)), frames).is_err());
    }

    #[test]
    fn an_offset_is_the_last_argument() {
        for args in [vec![], vec![Binary::from(vec![1, 2, 3])]] {
            let head = Head { offset: true, ..PACKET };
            let (mut frames, at) = event(head, "e", &Args((args,)), |encoded| {
                let at = encoded.offset_at(Wire::Packet);
                (encoded.into_vec(), at)
            })
            .expect("encodes");
            frames[at..at + OFFSET_LEN].copy_from_slice(b"abcdefghijkl");
            assert!(String::from_utf8_lossy(&frames).contains(r#","abcdefghijkl"]"#));
        }
    }

    proptest! {
        /// What is written as a packet is read as it was: name, namespace, id, arguments, and bytes in their places.
        #[test]
        fn events_are_read_as_they_are_written(
            name in "[^\u{0}]{1,20}",
            namespace in "/[a-z0-9/]{0,10}",
            ack in prop::option::of(0..u64::from(u32::MAX)),
            texts in prop::collection::vec(".{0,20}", 0..5),
            binaries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..10),
        ) {
            prop_assume!(!packet::RESERVED.contains(&&*name));
            let sent: Vec<Value> = texts.iter().map(|text| Value::Text(text.clone())).collect();
            let bytes: Vec<Value> = binaries.iter().map(|bytes| Value::Binary(bytes.clone().into())).collect();
            let args = Rest(sent.into_iter().chain([Value::List(bytes)]).collect());
            let head = Head { wire: Wire::Packet, namespace: &namespace, ack, offset: false };
            let frames = event(head, &name, &args, frames).expect("encodes");
            let (_, text, mut rest) = frame::split_first(&frames).expect("a text");
            let text = str::from_utf8(text).expect("UTF-8");
            let mut attachments = vec![];
            while let Some((opcode, bytes, next)) = frame::split_first(rest) {
                prop_assert_eq!(opcode, frame::BINARY);
                attachments.push(Bytes::copy_from_slice(bytes));
                rest = next;
            }
            let read = packet::decode(text, 1).expect("a packet");
            prop_assert_eq!((read.namespace, read.attachments), (&*namespace, binaries.len()));
            let packet::Kind::Event { id, name: read_name, args: range } = read.kind else {
                return Err(TestCaseError::fail("another kind"));
            };
            prop_assert_eq!((id, &*read_name), (ack, &*name));
            let array = format!("[{}]", text[range].trim_start_matches(','));
            let read: Rest = with_attachments(&attachments, || serde_json::from_str(&array)).expect("JSON");
            prop_assert_eq!(read, args);
        }
    }

    #[cfg(feature = "msgpack")]
    #[test]
    fn message_pack_is_a_map_whose_last_value_is_the_data() {
        let head = Head { wire: Wire::MessagePack, namespace: "/x", ack: Some(3), offset: true };
        let (frames, at) = event(head, "e", &Args((Binary::from(vec![7]), 1)), |encoded| {
            let at = encoded.offset_at(Wire::MessagePack);
            (encoded.into_vec(), at)
        })
        .expect("encodes");
        let payload =
            b"\x84\xa4type\x02\xa3nsp\xa2/x\xa2id\x03\xa4data\x94\xa1e\xc4\x01\x07\x01\xac............";
        let mut expected = vec![];
        frame::append(&mut expected, frame::BINARY, payload);
        assert_eq!(frames, expected);
        assert_eq!(at, frames.len() - OFFSET_LEN);
    }
}
